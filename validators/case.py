"""One invoice under judgement: what all rules see, with what several of them would otherwise work out again and again."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from schemas.document import Document, Source
from schemas.facts import CheckFacts, KnownInvoice
from schemas.finding import Finding
from schemas.identifiers import compact
from schemas.invoice import CREDIT_NOTES, Invoice
from schemas.taxation import Category, category_of, country_of_vat_id, wording
from validators.numbers import Likeness, compare

REGULAR = 3
"""An amount billed so often under different numbers is usual for its supplier."""


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
    def names_order(self) -> bool:
        """An order number is printed, for the document or in a line."""
        return bool(self.invoice.purchase_order_reference) or any(line.purchase_order for line in self.invoice.lines)

    @cached_property
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
    def known(self) -> tuple[KnownInvoice, ...]:
        """Known invoices of the vendor, of the printed VAT id or with one of the printed accounts, newest first."""
        vendor, vat_id = self.facts.vendor, compact(self.invoice.seller.vat_id)
        number = vendor.vendor_number if vendor else None
        accounts = {iban for _, iban in self.accounts}
        found = [
            known
            for known in self.facts.history.invoices
            if known.vendor_number == number
            or (vat_id and known.vat_id and compact(known.vat_id) == vat_id)
            or (known.iban and compact(known.iban) in accounts)
        ]
        return tuple(sorted(found, key=lambda known: (known.issue_date, known.number), reverse=True))

    def likeness(self, known: KnownInvoice) -> Likeness:
        """How alike the numbers are, worked out once for each known number."""
        found = self._likeness.get(known.number)
        if found is None:
            found = self._likeness[known.number] = compare(self.invoice.number, known.number)
        return found

    @cached_property
    def _likeness(self) -> dict[str, Likeness]:
        return {}

    @cached_property
    def known_credits(self) -> tuple[KnownInvoice, ...]:
        return tuple(known for known in self.known if known.type_code in CREDIT_NOTES)

    @cached_property
    def regular_amounts(self) -> frozenset[Decimal]:
        """Amounts (without sign) this supplier has billed at least ``REGULAR`` times: rent, leasing, subscriptions."""
        counted = Counter(abs(known.grand_total) for known in self.known if known.type_code not in CREDIT_NOTES)
        return frozenset(amount for amount, times in counted.items() if times >= REGULAR)

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
