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
from exporters.copying import add_notes, keep_out_foreign_content
from exporters.errors import DoesNotFit
from exporters.losses import lost_paths, unmapped_paths
from exporters.profiles import Profile, conventions
from exporters.terms import invoice_terms
from exporters.xml_writer import XmlWriter
from schemas import Invoice
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
    kept_out = keep_out_foreign_content(completed.invoice)
    add_notes(completed, profile, context)
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


def plain_xml(invoice: Invoice, syntax: str = "ubl") -> bytes:
    """The invoice as it stands, nothing completed and nothing refused: for rules that judge XML, not for a receiver."""
    terms = invoice_terms(invoice)
    document_type = "CrossIndustryInvoice"
    if syntax == "ubl":
        document_type = "CreditNote" if invoice.type_code in conventions()["credit_note_codes"] else "Invoice"
    ADAPTATIONS[syntax](terms)
    root = _root(syntax, document_type)
    XmlWriter(syntax, root, terms, lambda row: row.scope in ("", document_type) if syntax == "ubl" else row.scope != "extended")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


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
