"""A name for a mail that people recognise."""

from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header, make_header

HEADERS = 64 * 1024
MAX_SUBJECT = 100


def mail_name(data: bytes) -> str:
    """The subject with ``.eml`` behind it; ``mail.eml`` when there is none that can be read. Never raises for any bytes."""
    head = data[:HEADERS].partition(b"\r\n\r\n")[0]
    try:
        stated = message_from_bytes(head, policy=policy.compat32)["subject"] or ""
        subject = str(make_header(decode_header(stated)))
    except (MessageError, ValueError, LookupError):
        subject = ""
    plain = " ".join("".join(c if c.isprintable() and c not in "/\\" else " " for c in subject).split())
    return f"{plain[:MAX_SUBJECT].strip() or 'mail'}.eml"
