"""Invoice -> business terms: the invoice as groups of EN 16931 terms, the form both XML writers take.

Table: ``schemas/bindings/model.csv``. Fields named ``field@view`` there take a view of this module: places where one field of our
model is several elements of the norm, or the other way round. Nothing is computed, nothing is left out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType, SimpleNamespace
from typing import Any

from schemas import Account, Invoice, Line, Party, Payment
from schemas.bindings import INVOICE, load
from schemas.invoice import Identifier, PrecedingInvoice

Term = str | date | Decimal
GLN_SCHEME = "0088"  # ISO 6523 ICD of the GLN
GTIN_SCHEME = "0160"  # ISO 6523 ICD of the GTIN


@dataclass
class Group:
    """A business group: its own terms, and the groups inside it in their order."""

    key: str
    terms: dict[str, Term] = field(default_factory=dict)
    groups: dict[str, list["Group"]] = field(default_factory=dict)

    def one(self, key: str) -> "Group | None":
        """The only (or first) inner group of this key."""
        inner = self.groups.get(key)
        return inner[0] if inner else None

    @property
    def is_empty(self) -> bool:
        return not self.terms and not self.groups


def _preceding_invoices(invoice: Invoice) -> list[PrecedingInvoice]:
    first = invoice.preceding_invoice_reference
    head = [PrecedingInvoice(number=first, issue_date=invoice.preceding_invoice_date)] if first else []
    return head + invoice.further_preceding_invoices


def _schemed_ids(party: Party) -> list[Identifier]:
    gln = [Identifier(id=party.gln, scheme=GLN_SCHEME)] if party.gln else []
    return gln + [other for other in party.other_ids if other.id and other.scheme]


def _unschemed_ids(party: Party) -> list[Identifier]:
    return [other for other in party.other_ids if other.id and not other.scheme]


def _is_iban(account: str) -> bool:
    return len(account) >= 15 and account[:2].isalpha() and account[2:4].isdigit() and account.isalnum()


def _payment_means(invoice: Invoice) -> list[SimpleNamespace]:
    """BG-16 once per account: both syntaxes repeat code and remittance with each. The text (BT-82) goes with the first."""
    payment: Payment = invoice.payment
    if payment.means_code is None and payment.model_dump(exclude_defaults=True) in ({}, {"remittance": payment.remittance}):
        return []
    means: list[SimpleNamespace] = []
    for account in payment.accounts or [Account()]:
        number = account.iban or ""
        iban = _is_iban(number)
        means.append(
            SimpleNamespace(
                means_code=payment.means_code,
                means_text=None if means else payment.means_text,
                remittance=payment.remittance,
                due_date=None if means else invoice.due_date,
                iban=number if iban else None,
                national_account=number if number and not iban else None,
                name=account.name,
                bic=account.bic,
                card_number=None if means else payment.card_number,
                card_holder=None if means else payment.card_holder,
                mandate_reference=None if means else payment.mandate_reference,
                debited_iban=None if means else payment.debited_iban,
            )
        )
    return means


def _standard_item_id(line: Line) -> str | None:
    return line.gtin or line.standard_id


def _standard_item_scheme(line: Line) -> str | None:
    return GTIN_SCHEME if line.gtin else line.standard_id_scheme


_VIEWS: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "preceding_invoices": _preceding_invoices,
        "schemed_ids": _schemed_ids,
        "unschemed_ids": _unschemed_ids,
        "payment_means": _payment_means,
        "standard_item_id": _standard_item_id,
        "standard_item_scheme": _standard_item_scheme,
    }
)


def _fetch(record: Any, place: str) -> Any:
    if place == ".":
        return record
    path, _, view = place.partition("@")
    if view:
        return _VIEWS[view](record)
    for name in path.split("."):
        record = getattr(record, name)
    return record


def _group(key: str, record: Any) -> Group:
    made = Group(key)
    for row in load("model").get(key, ()):
        value = _fetch(record, row.place)
        if value is None or value == "":
            continue
        if not row.is_group:
            made.terms[row.key] = value
            continue
        records = value if row.kind == "list" else [value]
        inner = [group for group in (_group(row.key, each) for each in records) if not group.is_empty]
        if inner:
            made.groups[row.key] = inner
    return made


def invoice_terms(invoice: Invoice) -> Group:
    """The invoice as group BG-0. Empty groups and absent values are left out."""
    return _group(INVOICE, invoice)
