"""Places where EDIFACT and our model cut differently: ``{@name}`` in the tables, and what a record says there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from schemas.invoice import Invoice, Line, Note, Party, PrecedingInvoice, TaxBreakdown

GLN_SCHEME = "0088"
EMAIL_SCHEME = "EM"
AGENCY_GS1, AGENCY_BUYER = "9", "92"
PLAIN_NOTE: Mapping[str, str] = MappingProxyType({"d14b": "GEN", "d01b": "ZZZ", "d96a": "ZZZ"})
"""UNTDID 4451 of a note that has no subject of its own."""
_GTIN_LIST: Mapping[str, str] = MappingProxyType({"d14b": "SRV", "d01b": "SRV", "d96a": "EN"})
_TAKEN_SUBJECTS = frozenset({"AAB", "AGM", "DOC", "REG", "TXD", "GEN", "ZZZ"})
"""Subjects under which the tables write something else than a note, or a note without subject."""


@dataclass(frozen=True, slots=True)
class Exemption:
    """BT-120 and BT-121 of one row of the tax breakdown, as a text of the header."""

    row: TaxBreakdown
    code: str | None
    text: str | None


@dataclass(frozen=True, slots=True)
class Stated:
    """What a view says, and the fields it says by that."""

    value: Any
    fields: tuple[str, ...] = ()


NOTHING = Stated(None)


def _identity(party: Party) -> tuple[str | None, str | None, tuple[str, ...]]:
    """The identifier that stands in NAD, its scheme and its field: the GLN, else a schemed one, else the plain one."""
    if party.gln:
        return party.gln, GLN_SCHEME, ("gln",)
    schemed = next((other for other in party.other_ids if other.scheme), None)
    if schemed and not party.id:
        return schemed.id, schemed.scheme, ("other_ids",) if len(party.other_ids) == 1 else ()
    return party.id, None, ("id",)


def _id(party: Party, _directory: str) -> Stated:
    value, scheme, fields = _identity(party)
    if _directory != "d14b" and scheme not in (None, GLN_SCHEME):
        return NOTHING  # the old directories know no schemes of ISO 6523
    return Stated(value, fields)


def _id_scheme(party: Party, _directory: str) -> Stated:
    return Stated(_identity(party)[1])


def _agency(party: Party, directory: str) -> Stated:
    if _id(party, directory).value is None:
        return NOTHING
    return Stated(AGENCY_GS1 if party.gln else AGENCY_BUYER)


def _second_id(party: Party, _directory: str) -> Stated:
    return Stated(party.id, ("id",)) if party.id and _identity(party)[2] != ("id",) else NOTHING


def _mail_address(party: Party, _directory: str) -> Stated:
    if party.electronic_address_scheme != EMAIL_SCHEME:
        return NOTHING  # COM knows no other schemes of EAS
    return Stated(party.electronic_address, ("electronic_address", "electronic_address_scheme"))


def _subject(note: Note, directory: str) -> Stated:
    plain = PLAIN_NOTE[directory]
    if note.subject_code is None or note.subject_code in _TAKEN_SUBJECTS:
        return Stated(plain)  # a subject that is taken is reported as not carried
    return Stated(note.subject_code, ("subject_code",))


def _preceding(invoice: Invoice, _directory: str) -> Stated:
    first = invoice.preceding_invoice_reference
    head = [PrecedingInvoice(number=first, issue_date=invoice.preceding_invoice_date)] if first else []
    fields = ("preceding_invoice_reference", "preceding_invoice_date") if first else ()
    return Stated(head + invoice.further_preceding_invoices, fields)


def _exemptions(invoice: Invoice, _directory: str) -> Stated:
    rows = [row for row in invoice.tax_breakdown if row.exemption_reason or row.exemption_code]
    return Stated([Exemption(row, row.exemption_code, row.exemption_reason) for row in rows])


def _item_id(line: Line, _directory: str) -> Stated:
    return Stated(line.gtin, ("gtin",))


def _item_list(line: Line, directory: str) -> Stated:
    return Stated(_GTIN_LIST[directory]) if line.gtin else NOTHING


def _line_count(invoice: Invoice, _directory: str) -> Stated:
    return Stated(str(len(invoice.lines)))


_STATED: Mapping[str, Callable[[Any, str], Stated]] = MappingProxyType(
    {
        "@agency": _agency,
        "@exemptions": _exemptions,
        "@id": _id,
        "@id_scheme": _id_scheme,
        "@item_id": _item_id,
        "@item_list": _item_list,
        "@line_count": _line_count,
        "@mail_address": _mail_address,
        "@preceding": _preceding,
        "@second_id": _second_id,
        "@subject": _subject,
    }
)


def stated(record: Any, view: str, directory: str) -> Stated:
    """What a record says under a view."""
    return _STATED[view](record, directory)
