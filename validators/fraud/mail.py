"""The mail an invoice came with (DOMAIN section 4, M1, M2 and T1). Without a mail nothing is said.

Only the ``Authentication-Results`` of our own mail server are believed (RFC 8601 section 5); everything else in a mail is what
a stranger wrote. A missing signature is no fault: many honest firms sign nothing.
"""

import csv
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from rapidfuzz.distance import OSA

from schemas.finding import Finding, error, warning
from schemas.taxation import plain_words
from validators.case import Case, Rule

_RESULT = re.compile(r"\b(dkim|spf|dmarc)\s*=\s*([a-z]+)")
_CONFUSABLE = str.maketrans({"0": "o", "1": "l", "3": "e", "5": "s", "-": "", "i": "l"})
LEAST_LABEL = 4
"""Shorter names are near many others."""
LONG_LABEL = 8
"""From this length two slips are still the same name to a hasty reader."""
MAX_HEADER = 4000


@cache
def words(kind: str) -> frozenset[str]:
    """Words of one kind of ``data/mail_words.csv``: ``freemailer``, ``suffix`` or ``pressure``."""
    table = (files("validators") / "data" / "mail_words.csv").read_text("utf-8")
    return frozenset(row["word"] for row in csv.DictReader(table.splitlines()) if row["kind"] == kind)


def mail_auth(case: Case) -> Iterator[Finding]:
    """FRAUD-MAIL-AUTH (error): our mail server says that the sender is not who he claims to be.

    DMARC decides where it says anything. Without it a failed signature or a hard SPF failure counts, unless the other one passed:
    forwarding breaks SPF, mailing lists break signatures.
    """
    mail = case.facts.mail
    ours = {
        company.authserv_id.lower() for company in (*case.facts.companies, case.facts.company) if company and company.authserv_id
    }
    if mail is None or not ours:
        return
    trusted = next((text for text in mail.authentication_results if _authserv_id(text) in ours), None)
    if trusted is None:
        return
    results: dict[str, set[str]] = {}
    for method, result in _RESULT.findall(trusted[:MAX_HEADER].lower()):
        results.setdefault(method, set()).add(result)
    dmarc, dkim, spf = (results.get(method, set()) for method in ("dmarc", "dkim", "spf"))
    if "pass" in dmarc:
        return
    if "fail" in dmarc or (("fail" in dkim or "fail" in spf) and "pass" not in dkim | spf):
        shown = ", ".join(f"{method}={'/'.join(sorted(found))}" for method, found in sorted(results.items()))
        message = f"the mail of {mail.from_address or 'an unknown sender'} failed authentication: {shown}"
        yield error("FRAUD-MAIL-AUTH", "", message, stated=shown, clears="a call to the number on file")


def _authserv_id(header: str) -> str:
    """First token before the first semicolon; a version number may follow it."""
    return next(iter(header[:MAX_HEADER].split(";", maxsplit=1)[0].split()), "").lower()


def lookalike_domain(case: Case) -> Iterator[Finding]:
    """FRAUD-LOOKALIKE-DOMAIN (error): the sender's domain is not a known one, but could be taken for it."""
    mail = case.facts.mail
    vendor_domains = case.facts.vendor.email_domains if case.facts.vendor else []
    known = {domain.lower() for domain in (*vendor_domains, *case.facts.known_domains) if domain}
    domain = _domain(mail.from_address if mail else None)
    if mail is None or not domain or any(domain == one or domain.endswith(f".{one}") for one in known):
        return
    local = (mail.from_address or "").split("@")[0]
    for one in sorted(known):
        why = _imitates(domain, local, one)
        if why:
            message = f"mail from {domain}, {why} {one}"
            yield error("FRAUD-LOOKALIKE-DOMAIN", "", message, stated=domain, expected=one, clears="a call to the number on file")
            return


def reply_to(case: Case) -> Iterator[Finding]:
    """FRAUD-REPLY-TO (warning): answers would go to another domain than the sender's, and not to a known one of the vendor."""
    mail = case.facts.mail
    sender = _registered(_domain(mail.from_address if mail else None))
    if mail is None or not sender:
        return
    vendor_domains = case.facts.vendor.email_domains if case.facts.vendor else []
    allowed = {sender, *(_registered(domain.lower()) for domain in vendor_domains)}
    for address in mail.reply_to:
        domain = _registered(_domain(address))
        if domain and domain not in allowed:
            message = f"the mail is from {sender}, answers go to {domain}"
            yield warning("FRAUD-REPLY-TO", "", message, stated=domain, expected=sender)
            return


def pressure(case: Case) -> Iterator[Finding]:
    """FRAUD-PRESSURE (warning): mail or invoice press for payment, secrecy or a new account."""
    mail = case.facts.mail
    texts = [*(note.text for note in case.invoice.notes), *((mail.subject, mail.text) if mail else ())]
    said = f" {plain_words(' / '.join(texts))} "
    found = sorted(word for word in words("pressure") if f" {word} " in said)
    if found:
        message = f'the text says "{", ".join(found[:3])}"'
        yield warning("FRAUD-PRESSURE", "", message, stated=", ".join(found[:3]))


def _domain(address: str | None) -> str:
    """Domain of an address in readable form, ``""`` for none; punycode is decoded, for people see it decoded."""
    domain = (address or "").rpartition("@")[2].strip().lower().rstrip(".")[:253]
    if "xn--" not in domain:
        return domain
    try:
        return domain.encode("ascii").decode("idna")
    except (UnicodeError, ValueError):
        return domain


def _registered(domain: str) -> str:
    """The part somebody registered: ``mail.firm.co.uk`` -> ``firm.co.uk``."""
    labels = domain.split(".")
    size = 3 if ".".join(labels[-2:]) in words("suffix") else 2
    return ".".join(labels[-size:])


def _imitates(domain: str, local: str, known: str) -> str | None:
    mine, theirs = _registered(domain).split(".")[0], _registered(known).split(".")[0]
    if len(theirs) < LEAST_LABEL or _registered(domain) == _registered(known):
        return None
    if _registered(domain) in words("freemailer"):
        return "a free mail service, under the name of" if _skeleton(theirs) in _skeleton(local) else None
    if mine == theirs:
        return "the same name under another ending than"
    if _skeleton(mine) == _skeleton(theirs):
        return "which looks like"
    if OSA.distance(mine, theirs, score_cutoff=2) <= (2 if len(theirs) >= LONG_LABEL else 1):
        return "a slip away from"
    if len(theirs) >= LEAST_LABEL + 1 and (mine.startswith(f"{theirs}-") or mine.endswith(f"-{theirs}")):
        return "with a word added to"
    return None


def _skeleton(label: str) -> str:
    """Characters that look alike made one, in the manner of UTS 39: ``rn`` is ``m``, ``vv`` is ``w``, ``1`` is ``l``."""
    plain = plain_words(label.translate(_CYRILLIC)).replace(" ", "")
    return plain.replace("rn", "m").replace("vv", "w").translate(_CONFUSABLE)


_CYRILLIC = str.maketrans("аеорсухіјѕԁһԛԝν", "aeopcyxijsdhqwv")
"""Cyrillic and Greek letters with the shape of Latin ones."""

RULES: tuple[Rule, ...] = (mail_auth, lookalike_domain, reply_to, pressure)
