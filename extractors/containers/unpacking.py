"""Take a file apart: mail in mail in archive, step by step from a stack, never by recursion, until nothing or the budget is left.

Bytes of strangers: no exception leaves ``unpack``; whatever cannot be opened is kept as a part and named in a finding.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass, field

from extractors.containers import archive, cms, mail, outlook, tnef
from extractors.containers.names import display_name, unique_name
from extractors.containers.parts import MAX_DECODED, MAX_DEPTH, MAX_DOCUMENTS, MAX_PARTS, Disposition, Part, Unpacked
from extractors.containers.policy import finding_about, why_not_a_document
from extractors.errors import Unreadable
from extractors.media import Media, sniff
from schemas import Finding, MailFacts, Severity
from schemas.finding import error, info

_ENDINGS = {Media.PDF: "pdf", Media.XML: "xml", Media.EDIFACT: "edi", Media.MAIL: "eml", Media.ZIP: "zip", Media.TEXT: "txt"}
_ENCRYPTED_TYPES = frozenset({"application/pgp-encrypted", "multipart/encrypted"})
_SMIME_TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_DOCUMENTS = frozenset({Media.PDF, Media.XML, Media.EDIFACT, Media.ZIP})
_SIGNATURES = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"})


@dataclass
class _Task:
    """Something still to open. Exactly one of ``message`` and ``data`` is set."""

    depth: int
    zips: int = 0
    message: "mail.Message[str, str] | None" = None
    is_mail: bool = False
    data: bytes | None = None
    name: str = ""
    disposition: Disposition = "file"
    content_type: str = ""
    has_content_id: bool = False
    owner: int = -1
    """Which of the mails found so far the part belongs to."""


@dataclass
class _Mail:
    """A mail found: its structure and the texts of its body so far, or its facts where they are known already."""

    message: "mail.Message[str, str] | None" = None
    plain: list[str] = field(default_factory=list)
    markup: list[str] = field(default_factory=list)
    known: MailFacts | None = None

    def facts(self) -> MailFacts:
        if self.known is not None or self.message is None:
            return self.known or MailFacts()
        return mail.facts_of(self.message, _body(self.plain, self.markup))


@dataclass
class _Work:
    """Everything gathered so far, and the budgets."""

    parts: list[Part] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    hashes: dict[str, str] = field(default_factory=dict)
    mails: list[_Mail] = field(default_factory=list)
    stack: list[_Task] = field(default_factory=list)
    decoded: int = 0
    leaves: int = 0
    steps: int = 0
    full: bool = False

    def refuse(self, problem: Unreadable, what: str) -> None:
        self.findings.append(error(problem.code, "", f"{what}: {problem.reason}"))

    def stop(self, reason: str) -> None:
        if not self.full:
            self.findings.append(error("READ-TOO-LARGE", "", f"{reason}; the rest is not opened"))
        self.full = True
        self.stack.clear()


def unpack(data: bytes, name: str) -> Unpacked:
    """Parts, mail facts and findings of a mail or ZIP archive; a file that is no container is its own only part. Never raises.

    Parts stand in reading order. The budgets of ``extractors.containers.parts`` hold for the whole file; when one is used up,
    the finding READ-TOO-LARGE says so and what was found until then is given.
    """
    media = sniff(data, name)
    work = _Work()
    if media is Media.MAIL:
        _open_mail(work, data, depth=0, zips=0, what="the mail")
    elif media is Media.ZIP:
        _open_archive(work, _Task(depth=0, data=data, name=name), "the archive")
    elif media is Media.TNEF:
        _open_tnef(work, _Task(depth=0, data=data, name=name), data, "the Outlook container")
    elif media is Media.MSG:
        _open_outlook(work, _Task(depth=0, data=data, name=name), data, "the Outlook message")
    else:
        _keep(work, _Task(depth=0, data=data, name=name, disposition="file"), data, media)
    while work.stack:
        _step(work, work.stack.pop())
    facts = [found.facts() for found in work.mails]
    _mention_odd_senders(work, facts)
    outer = facts[0] if media in (Media.MAIL, Media.MSG) and facts else None
    return Unpacked(media, tuple(work.parts), outer, tuple(facts[1:] if outer else facts), tuple(work.findings))


def _step(work: _Work, task: _Task) -> None:
    work.steps += 1
    if work.steps > MAX_PARTS * 5 or work.leaves > MAX_PARTS:
        work.stop(f"more than {MAX_PARTS} parts")
    elif task.depth > MAX_DEPTH:
        work.stop(f"nested more than {MAX_DEPTH} levels deep")
    elif task.message is not None:
        _open_message(work, task)
    elif task.data is not None:
        _open_file(work, task, task.data)


def _open_mail(work: _Work, data: bytes, *, depth: int, zips: int, what: str) -> None:
    try:
        message = mail.parse_mail(data)
    except Unreadable as problem:
        work.refuse(problem, what)
        return
    work.stack.append(_Task(depth, zips, message=message, is_mail=True))


def _open_message(work: _Work, task: _Task) -> None:
    message = task.message
    assert message is not None
    if task.is_mail:
        work.mails.append(_Mail(message))
        task.owner = len(work.mails) - 1
    content_type = message.get_content_type()
    if content_type in _ENCRYPTED_TYPES:
        work.findings.append(error("READ-ENCRYPTED", "", "the mail is encrypted; decrypt it and send it again"))
    inner = message.get_payload() if message.is_multipart() else None
    if isinstance(inner, list):
        is_mail = content_type == "message/rfc822"
        children = [child for child in inner if isinstance(child, mail.Message)]
        if is_mail and _is_encoded(message) and (wrapped := _encoded_mail(children)) is not None:
            _open_mail(work, wrapped, depth=task.depth + 1, zips=task.zips, what="the forwarded mail")
            return
        tasks = [_Task(task.depth + 1, task.zips, message=child, is_mail=is_mail, owner=task.owner) for child in children]
        work.stack.extend(reversed(tasks))
        return
    _open_leaf(work, task, message, content_type)


def _open_leaf(work: _Work, task: _Task, message: "mail.Message[str, str]", content_type: str) -> None:
    work.leaves += 1
    data, defects = mail.payload(message)
    name = mail.file_name(message)
    attached = str(message.get("Content-Disposition", "")).strip().lower().startswith("attachment")
    if defects is not None:
        shown = display_name(name, "the body")
        work.findings.append(
            error("READ-CORRUPT", "", f"{shown} is damaged in transport ({defects}); what could be decoded is kept")
        )
    is_text = content_type in ("text/plain", "text/html") and not attached and name is None
    readable = {Media.PDF, Media.EDIFACT} | ({Media.XML} if content_type == "text/plain" else set())
    if is_text and sniff(data, "") not in readable:
        _add_body(work, task, message, data)
        return
    disposition: Disposition = "attachment" if attached else ("body" if is_text else "inline")
    work.stack.append(
        _Task(
            task.depth,
            task.zips,
            data=data,
            name=name or "",
            disposition=disposition,
            content_type=content_type,
            owner=task.owner,
            has_content_id="Content-ID" in message,
        )
    )


def _open_file(work: _Work, task: _Task, data: bytes) -> None:
    work.decoded += len(data)
    if work.decoded > MAX_DECODED:
        work.stop(f"more than {MAX_DECODED} bytes when decoded")
        return
    media = sniff(data, task.name)
    shown = display_name(task.name, "a part without name")
    if task.content_type in _SMIME_TYPES or task.name.lower().endswith(".p7m"):
        _open_signed(work, task, data, shown)
    elif media is Media.MAIL:
        _open_mail(work, data, depth=task.depth + 1, zips=task.zips, what=shown)
    elif media is Media.ZIP and task.zips == 0:
        _open_archive(work, task, shown)
    elif media is Media.TNEF:
        _open_tnef(work, task, data, shown)
    elif media is Media.MSG:
        _open_outlook(work, task, data, shown)
    else:
        if media is Media.ZIP:
            work.findings.append(error("READ-EMBEDDED-FILE", "", f"{shown} is an archive inside an archive and is not opened"))
        _keep(work, task, data, media)


def _open_signed(work: _Work, task: _Task, data: bytes, shown: str) -> None:
    """S/MIME holds a part of a mail inside the signature, any other ``.p7m`` the file whose name it carries."""
    try:
        content = cms.signed_content(data)
        inner = mail.parse_mail(content) if task.content_type in _SMIME_TYPES and sniff(content, "") not in _DOCUMENTS else None
    except Unreadable as problem:
        work.refuse(problem, shown)
        _keep(work, task, data, Media.OTHER)
        return
    name = task.name[:-4] if task.name.lower().endswith(".p7m") and task.name.lower() != "smime.p7m" else ""
    depth = task.depth + 1
    if inner is not None:
        work.stack.append(_Task(depth, task.zips, message=inner, owner=task.owner))
    else:
        work.stack.append(_Task(depth, task.zips, data=content, name=name, disposition=task.disposition, owner=task.owner))


def _open_outlook(work: _Work, task: _Task, data: bytes, shown: str) -> None:
    try:
        found = outlook.messages(data)
    except Unreadable as problem:
        work.refuse(problem, shown)
        _keep(work, task, data, Media.MSG)
        return
    tasks: list[_Task] = []
    for message in found:
        work.mails.append(_Mail(known=message.facts))
        for item in message.attachments:
            disposition: Disposition = "inline" if item.shown_inline else "attachment"
            depth, owner = task.depth + message.depth + 1, len(work.mails) - 1
            tasks.append(_Task(depth, task.zips, data=item.data, name=item.name, disposition=disposition, owner=owner))
    work.stack.extend(reversed(tasks))


def _open_tnef(work: _Work, task: _Task, data: bytes, shown: str) -> None:
    try:
        found = tnef.attachments(data)
    except Unreadable as problem:
        work.refuse(problem, shown)
        _keep(work, task, data, Media.TNEF)
        return
    depth = task.depth + 1
    tasks = [
        _Task(depth, task.zips, data=item.data, name=item.name, disposition="attachment", owner=task.owner) for item in found
    ]
    work.stack.extend(reversed(tasks))


def _open_archive(work: _Work, task: _Task, what: str) -> None:
    assert task.data is not None
    tasks: list[_Task] = []
    try:
        for entry in archive.entries(task.data, MAX_DECODED - work.decoded):
            if entry.problem is not None:
                work.refuse(entry.problem, display_name(entry.name, "a file in the archive"))
            else:
                tasks.append(_Task(task.depth + 1, task.zips + 1, data=entry.data, name=entry.name, disposition="entry"))
    except Unreadable as problem:
        work.refuse(problem, what)
        _keep(work, task, task.data, Media.ZIP)
    work.stack.extend(reversed(tasks))


def _keep(work: _Work, task: _Task, data: bytes, media: Media) -> None:
    if len(work.parts) >= MAX_PARTS:
        work.stop(f"more than {MAX_PARTS} parts")
        return
    number = len(work.parts) + 1
    fallback = f"part-{number}.{_ENDINGS[media]}" if media in _ENDINGS else f"part-{number}"
    name = unique_name(display_name(task.name, fallback), work.names)
    because = why_not_a_document(data, media)
    if because is None:
        digest = hashlib.sha256(data).hexdigest()
        twin = work.hashes.setdefault(digest, name)
        if twin != name:
            because = f"the same bytes as {twin}"
            work.findings.append(info("READ-EMBEDDED-FILE", "", f"{name} has the same bytes as {twin} and is read once"))
    elif task.disposition != "file" and task.content_type not in _SIGNATURES:
        finding = finding_about(name, data, media, shown_inline=task.disposition == "inline" or task.has_content_id)
        work.findings.extend([finding] if finding else [])
    if because is None and sum(part.is_document for part in work.parts) >= MAX_DOCUMENTS:
        work.stop(f"more than {MAX_DOCUMENTS} documents")
        return
    work.parts.append(Part(name, data, media, task.disposition, task.depth, because is None, because))


def _add_body(work: _Work, task: _Task, message: "mail.Message[str, str]", data: bytes) -> None:
    if task.owner < 0:
        return
    text = mail.decode_text(data[: mail.MAX_TEXT * 20], message.get_content_charset())
    found = work.mails[task.owner]
    (found.plain if message.get_content_type() == "text/plain" else found.markup).append(text)


def _body(plain: list[str], markup: list[str]) -> str:
    """The plain text where it says something, else the HTML without its markup."""
    text = "\n".join(plain).strip() or "\n".join(mail.readable_html(page) for page in markup[:5]).strip()
    return "".join(character for character in text[: mail.MAX_TEXT] if character in "\n\t" or character.isprintable())


def _mention_odd_senders(work: _Work, facts: list[MailFacts]) -> None:
    if facts and len(set(facts[0].from_addresses)) > 1:
        names = ", ".join(facts[0].from_addresses[:5])
        work.findings.append(
            Finding(code="READ-MALFORMED", severity=Severity.WARNING, message=f"the mail names more than one sender: {names}")
        )


def _is_encoded(message: "mail.Message[str, str]") -> bool:
    return str(message.get("Content-Transfer-Encoding", "")).strip().lower() == "base64"


def _encoded_mail(inner: "list[mail.Message[str, str]]") -> bytes | None:
    """A forwarded mail that was base64-encoded, against RFC 2046 but in the wild; the parser took its letters for a body."""
    raw = inner[0].get_payload() if inner else None
    if not isinstance(raw, str):
        return None
    try:
        data = base64.b64decode("".join(raw.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if sniff(data, ".eml") is Media.MAIL else None
