"""One invoice under judgement: what all rules see, with what several of them would otherwise work out again and again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from schemas.document import Document, Source
from schemas.facts import CheckFacts
from schemas.finding import Finding
from schemas.identifiers import compact
from schemas.invoice import CREDIT_NOTES, Invoice
from schemas.taxation import Category, category_of, country_of_vat_id, wording


@dataclass(frozen=True)
class Case:
    """A payable document with its invoice, and the facts it is judged by."""

    document: Document
    invoice: Invoice
    facts: CheckFacts

    @property
    def is_structured(self) -> bool:
        return self.document.source not in (None, Source.TEXT_LAYER)

    @property
    def is_credit(self) -> bool:
        """Reduces what is owed. The type code counts; without one, the kind of the document."""
        code = self.invoice.type_code
        return code in CREDIT_NOTES if code else self.document.kind.value == "credit-note"

    @cached_property
    def said(self) -> frozenset[str]:
        """Meanings of the tax wording that stands on the invoice."""
        return wording(self.invoice)

    @cached_property
    def categories(self) -> tuple[Category, ...]:
        """VAT category of each row of the tax breakdown; without a breakdown, of each line, else of the document."""
        invoice = self.invoice
        if invoice.tax_breakdown:
            return tuple(category_of(invoice, row.category, row.rate, self.said) for row in invoice.tax_breakdown)
        if invoice.lines:
            return tuple(category_of(invoice, line.tax_category, line.tax_rate, self.said) for line in invoice.lines)
        return (category_of(invoice, None, None, self.said),)

    @cached_property
    def category_codes(self) -> frozenset[str]:
        return frozenset(category.code for category in self.categories if category.code)

    @cached_property
    def accounts(self) -> tuple[tuple[str, str], ...]:
        """Path and compact form of every account to pay to, each once."""
        payment = self.invoice.payment
        found: dict[str, str] = {}
        for path, iban in [
            ("payment.iban", payment.iban),
            *((f"payment.accounts[{index}].iban", account.iban) for index, account in enumerate(payment.accounts)),
        ]:
            if compact(iban):
                found.setdefault(compact(iban), path)
        return tuple((path, iban) for iban, path in found.items())

    @cached_property
    def seller_country(self) -> str | None:
        """Where the supplier sits: as printed, else by VAT id, else by master data, else as our own company."""
        seller, facts = self.invoice.seller, self.facts
        return (
            _code(seller.country)
            or country_of_vat_id(seller.vat_id)
            or _code(facts.vendor.country if facts.vendor else None)
            or _code(facts.company.country if facts.company else None)
        )

    @cached_property
    def buyer_country(self) -> str | None:
        """Where the recipient sits: our company's country, else as printed, else by VAT id."""
        buyer, facts = self.invoice.buyer, self.facts
        return _code(facts.company.country if facts.company else None) or _code(buyer.country) or country_of_vat_id(buyer.vat_id)


Rule = Callable[[Case], Iterator[Finding]]
"""One check: looks, and yields what somebody should know. Never repairs, never raises."""


def _code(country: str | None) -> str | None:
    return country.strip().upper() if country and country.strip() else None
