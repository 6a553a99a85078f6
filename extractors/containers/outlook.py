"""An Outlook message file (``.msg``): facts, text and attachments. Source: [MS-OXMSG], property ids of [MS-OXPROPS].

A message that travelled keeps its transport headers, which are read like those of any mail; else sender, subject and text come
from its properties. A message attached to a message is a storage of the same shape inside the first.
"""

import re
from dataclasses import dataclass

from extractors.containers import mail
from extractors.containers.compound import Compound
from extractors.containers.names import clean_text
from schemas import MailFacts

_ATTACHMENT = re.compile(r"((?:.*/)?__attach_version1\.0_#[0-9A-F]{8}/)", re.IGNORECASE)
_SUBJECT, _HEADERS, _BODY, _HTML = 0x0037, 0x007D, 0x1000, 0x1013
_SENDER_NAME, _SENDER_ADDRESS, _SENDER_SMTP, _MESSAGE_ID = 0x0C1A, 0x0C1F, 0x5D01, 0x1035
_LONG_NAME, _SHORT_NAME, _DATA, _CONTENT_ID = 0x3707, 0x3704, 0x3701, 0x3712
_INNER = f"__substg1.0_{_DATA:04X}000D/"
_FIRST_LINE = re.compile(r"\A\s*Microsoft Mail Internet Headers[^\n]*\n")
_TEXTS = (("001F", "utf-16-le"), ("001E", "cp1252"))


@dataclass(frozen=True)
class Attached:
    """One attachment: name as written (never a path to use), bytes, and whether the HTML text shows it inline."""

    name: str
    data: bytes
    shown_inline: bool


@dataclass(frozen=True)
class Message:
    """``depth`` 0 is the file itself, 1 a message attached to it, and so on."""

    facts: MailFacts
    attachments: tuple[Attached, ...]
    depth: int


def messages(data: bytes) -> list[Message]:
    """The message and those inside it, outermost first. Raises ``Unreadable`` (READ-CORRUPT, READ-TOO-LARGE)."""
    file = Compound(data)
    paths = file.paths()
    inner = sorted({path[: path.rindex(_INNER) + len(_INNER)] for path in paths if _INNER in path})
    return [_message(file, paths, prefix) for prefix in ["", *inner]]


def _message(file: Compound, paths: list[str], prefix: str) -> Message:
    # Attachments of this message: one storage below it, not those of a message further inside.
    found = {match[1] for path in paths if (match := _ATTACHMENT.fullmatch(path.rpartition("/")[0] + "/"))}
    own = sorted(storage for storage in found if storage.startswith(prefix) and "/" not in storage[len(prefix) : -1])
    attachments = (
        Attached(
            _text(file, storage, _LONG_NAME) or _text(file, storage, _SHORT_NAME),
            file.read(f"{storage}__substg1.0_{_DATA:04X}0102"),
            bool(_text(file, storage, _CONTENT_ID)),
        )
        for storage in own
    )
    return Message(_facts(file, prefix), tuple(item for item in attachments if item.data), prefix.count(_INNER))


def _facts(file: Compound, prefix: str) -> MailFacts:
    text = _text(file, prefix, _BODY) or mail.readable_html(
        mail.decode_text(file.read(f"{prefix}__substg1.0_{_HTML:04X}0102")[: mail.MAX_TEXT * 20], "utf-8")
    )
    text = "".join(character for character in text[: mail.MAX_TEXT] if character in "\n\t" or character.isprintable())
    written = _FIRST_LINE.sub("", _text(file, prefix, _HEADERS))
    if written:
        facts = mail.facts_of(mail.parse_mail(written.lstrip().encode("utf-8", "replace")), text)
        if facts.from_address is not None:
            return facts
    address = _text(file, prefix, _SENDER_SMTP) or _text(file, prefix, _SENDER_ADDRESS)
    found = [address for _, address in mail.addresses(address)]
    return MailFacts(
        from_address=found[0] if found else None,
        from_name=clean_text(_text(file, prefix, _SENDER_NAME), 200) or None,
        from_addresses=found,
        subject=clean_text(_text(file, prefix, _SUBJECT), 500),
        message_id=clean_text(_text(file, prefix, _MESSAGE_ID), 500) or None,
        text=text,
    )


def _text(file: Compound, prefix: str, identifier: int) -> str:
    for kind, encoding in _TEXTS:
        if content := file.read(f"{prefix}__substg1.0_{identifier:04X}{kind}"):
            return content.decode(encoding, "replace").rstrip("\x00")
    return ""
