"""Invoice -> one EDIFACT interchange with one INVOIC message. Source: ISO 9735, the tables of ``schemas/edifact``."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from exporters.completion import complete
from exporters.context import ExportContext, Exported
from exporters.copying import add_notes, keep_out_foreign_content
from exporters.edifact.losses import unsaid
from exporters.edifact.message import Message
from exporters.edifact.texts import Charset, choose, escaped
from exporters.profiles import Profile, required_fields
from schemas import Invoice, Party
from schemas.finding import Finding, info

MEDIA_TYPE = "application/EDIFACT"
SUFFIX = ".edi"
_SERVICE_STRING = {"3": "UNA:+.? '", "4": "UNA:+.?*'"}
_GLN_QUALIFIER = "14"
SPECIFICATION = "urn:cen.eu:en16931:2017"


@dataclass(frozen=True)
class EdifactFormat:
    """A row of ``formats.toml``."""

    directory: str
    release: str
    charsets: tuple[str, ...]
    syntax: str
    profile: Profile


@cache
def formats() -> Mapping[str, EdifactFormat]:
    """The EDIFACT formats by name."""
    text = files(__name__).joinpath("formats.toml").read_text(encoding="utf-8")
    return MappingProxyType(
        {
            name: EdifactFormat(
                directory=entry["directory"],
                release=entry["release"],
                charsets=tuple(entry["charsets"]),
                syntax=entry["syntax"],
                profile=Profile(name, entry["meaning"], "edifact", SPECIFICATION, required_fields(entry["required"])),
            )
            for name, entry in tomllib.loads(text).items()
        }
    )


def write_edifact(name: str, invoice: Invoice, context: ExportContext) -> Exported:
    """One interchange. Raises ``MissingData`` or ``DoesNotFit``; what the message has no place for is in ``not_carried``."""
    form = formats()[name]
    completed = complete(invoice, form.profile, context)
    foreign = keep_out_foreign_content(completed.invoice)
    add_notes(completed, form.profile, context)
    said = completed.invoice
    charset = choose(said.model_dump_json(), form.charsets)
    message = Message(said, form.directory, charset)
    objects = _objects(said, message) if form.syntax == "4" else []
    lost = foreign + completed.left_out + unsaid(said, message.said)
    data = _interchange(form, said, context, (message.segments, objects), charset)
    return Exported(
        data,
        MEDIA_TYPE,
        SUFFIX,
        findings=list(_replaced(charset)),
        from_master=completed.from_master,
        derived=completed.derived,
        not_carried=[path for path in lost if path != "specification"],
    )


def _replaced(charset: Charset) -> list[Finding]:
    words = dict(charset.replaced)
    return [
        info("EXPORT-DOES-NOT-FIT", path, f"{character!r} stands in its plain form: {charset.encoding} lacks it")
        for path, character in words.items()
    ]


def _objects(invoice: Invoice, message: Message) -> list[str]:
    """Attached files behind the message, each between UNO and UNP with its reference and length (ISO 9735-8)."""
    found = []
    for number, document in enumerate((d for d in invoice.supporting_documents if d.content), start=1):
        content = document.content or ""
        about = f"1:{escaped(document.reference or '')}+13:{escaped(document.media_type or '')}".rstrip(":")
        found.append(f"UNO+P{number}+{about}+{len(content)}'\n{content}UNP+{len(content)}+P{number}")
        message.said |= {(id(document), "content"), (id(document), "media_type")}
    return found


def _interchange(
    form: EdifactFormat,
    invoice: Invoice,
    context: ExportContext,
    parts: tuple[list[str], list[str]],
    charset: Charset,
) -> bytes:
    reference = _reference(invoice, context)
    moment = f"{context.created:%Y%m%d}" if form.syntax == "4" else f"{context.created:%y%m%d}"
    parties = "+".join(_partner(party, charset) for party in (invoice.seller, invoice.buyer))
    opening = f"UNB+{charset.identifier}:{form.syntax}+{parties}+{moment}:{context.created:%H%M}+{reference}"
    segments, objects = parts
    inner = ["UNH+1+INVOIC:" + form.release, *segments]
    closing = [f"UNT+{len(inner) + 1}+1", *objects, f"UNZ+1+{reference}"]
    text = _SERVICE_STRING[form.syntax] + "\n" + "'\n".join([opening, *inner, *closing]) + "'\n"
    return text.encode(charset.encoding)


def _reference(invoice: Invoice, context: ExportContext) -> str:
    """The interchange control reference, an..14: the same for the same invoice written at the same moment, else another one."""
    seed = f"{context.created.isoformat()}|{invoice.seller.vat_id}|{invoice.number}"
    return hashlib.sha256(seed.encode()).hexdigest()[:14].upper()


def _partner(party: Party, charset: Charset) -> str:
    """Who sends or receives: the GLN with its qualifier, else whatever identifies the party best."""
    if party.gln:
        return f"{escaped(party.gln)}:{_GLN_QUALIFIER}"
    known = party.vat_id or party.id or party.tax_number or party.registration or party.name or "UNKNOWN"
    return escaped(charset.fit("partner", known)[:35])
