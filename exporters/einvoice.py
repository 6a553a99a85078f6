"""One e-invoice as XML: complete, turn into terms, adapt to the syntax, write by table. Source: CEN/TS 16931-3-2 and 3-3.

A format is data (``profiles.toml``), a syntax is a table (``schemas/bindings``); nothing here knows a single term by name beyond
the type code that chooses the root element.
"""

from dataclasses import dataclass
from typing import Any

from lxml import etree

from exporters.adaptation import ADAPTATIONS
from exporters.completion import Completed, complete
from exporters.context import ExportContext
from exporters.errors import DoesNotFit
from exporters.losses import lost_paths, unmapped_paths
from exporters.notice import MARKER, copy_note, master_note
from exporters.profiles import Profile, conventions
from exporters.terms import invoice_terms
from exporters.xml_writer import XmlWriter
from schemas import Invoice, Note
from schemas.bindings import NAMESPACES, Row

UBL_ROOT = "urn:oasis:names:specification:ubl:schema:xsd:{0}-2"


@dataclass(frozen=True)
class Xml:
    """The document, the completed invoice it says, and the paths it could not carry."""

    data: bytes
    completed: Completed
    not_carried: list[str]


def write_xml(invoice: Invoice, profile: Profile, context: ExportContext) -> Xml:
    """UTF-8 XML of one profile. Raises ``MissingData`` or ``DoesNotFit``; the result is judged by the caller's rules."""
    completed = complete(invoice, profile, context)
    kept_out = _keep_out_foreign_content(completed.invoice)
    _add_notes(completed, profile, context)
    terms = invoice_terms(completed.invoice)
    no_room = ADAPTATIONS[profile.syntax](terms)
    document_type = _document_type(completed.invoice, profile)
    root = _root(profile.syntax, document_type)

    def keep(row: Row) -> bool:
        return row.scope in ("", document_type) if profile.syntax == "ubl" else profile.includes(row.scope)

    writer = XmlWriter(profile.syntax, root, terms, keep)
    lost = kept_out + completed.left_out + no_room + lost_paths(terms, writer.written) + unmapped_paths(completed.invoice)
    _refuse_open_sum(completed.invoice, lost)
    data = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return Xml(data, completed, lost)


def _refuse_open_sum(invoice: Invoice, lost: list[str]) -> None:
    """A target that states what is due must state how it came about (BR-CO-16); MINIMUM states no sum at all."""
    if "totals.rounding" in lost and "totals.line_total" not in lost:
        raise DoesNotFit("totals.rounding", str(invoice.totals.rounding), "this profile has no rounding amount (BT-114)")


def _document_type(invoice: Invoice, profile: Profile) -> str:
    if profile.syntax != "ubl":
        return "CrossIndustryInvoice"
    return "CreditNote" if invoice.type_code in conventions()["credit_note_codes"] else "Invoice"


def _root(syntax: str, document_type: str) -> etree._Element:
    prefixes = dict(NAMESPACES[syntax])
    if syntax == "ubl":
        default = UBL_ROOT.format(document_type)
        nsmap: Any = {None: default, **prefixes}  # the stubs do not know the default namespace
        return etree.Element(f"{{{default}}}{document_type}", nsmap=nsmap)
    return etree.Element(f"{{{prefixes['rsm']}}}{document_type}", nsmap=dict(prefixes))


def _keep_out_foreign_content(invoice: Invoice) -> list[str]:
    """Content of the source that no term has a place for is not written as a note of the supplier; it is reported."""
    lost = [f"notes[{index}]" for index, note in enumerate(invoice.notes) if note.path]
    invoice.notes = [note for note in invoice.notes if not note.path]
    return lost + [f"information_lines[{index}]" for index in range(len(invoice.information_lines))]


def _add_notes(completed: Completed, profile: Profile, context: ExportContext) -> None:
    notes = completed.invoice.notes
    if not any(note.text.startswith(MARKER) for note in notes):
        notes.append(Note(text=copy_note(context)))
    if completed.from_master:
        notes.append(Note(text=master_note(completed.from_master)))
    if profile.single_note and len(notes) > 1:
        codes = {note.subject_code for note in notes if note.subject_code}
        shared = codes.pop() if len(codes) == 1 else None  # several codes cannot share one note; they stay as text
        texts = [note.text if note.subject_code in (None, shared) else f"{note.subject_code}: {note.text}" for note in notes]
        completed.invoice.notes = [Note(text="\n".join(texts), subject_code=shared)]
