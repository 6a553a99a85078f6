"""Which law and which kind of invoice a case falls under, and in which situations a row of the table applies."""

import csv
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from schemas.taxation import EU_COUNTRIES, country_of_vat_id
from validators.case import Case

SELF_BILLED = frozenset({"389", "261"})
"""UNTDID 1001: self-billed invoice, self-billed credit note."""
PREPAYMENT = frozenset({"386"})
OWN_ROWS = frozenset({"DE", "AT", "CH", "FR"})
"""Countries with their own rows; other member states fall under EU, the rest under third."""
NOT_SMALL = frozenset({"AE", "K"})
"""UStDV 33 sentence 3: the relief for small amounts does not hold for reverse charge and intra-Community supplies."""


class SmallInvoice(NamedTuple):
    country: str
    valid_from: date
    valid_to: date | None
    currency: str
    measure: str
    up_to: Decimal


@cache
def small_invoices() -> tuple[SmallInvoice, ...]:
    """Limits up to which the law asks for less, by country and date (``data/small_invoices.csv``)."""
    table = (files("validators") / "data" / "small_invoices.csv").read_text("utf-8")
    return tuple(
        SmallInvoice(
            row["country"],
            date.fromisoformat(row["valid_from"]),
            date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            row["currency"],
            row["measure"],
            Decimal(row["up_to"]),
        )
        for row in csv.DictReader(table.splitlines())
    )


def law_country(case: Case) -> str:
    """Country whose law the invoice must meet: the supplier's seat, or our own where he charges tax under a VAT id of ours.

    One of ``OWN_ROWS``, ``EU`` or ``third``. Source: 2006/112/EC art. 219a.
    """
    registered = country_of_vat_id(case.invoice.seller.vat_id)
    country = registered if is_taxed(case) and registered == case.buyer_country else case.seller_country
    if country in OWN_ROWS:
        return country
    return "EU" if country in EU_COUNTRIES or country is None else "third"


def day_of(case: Case) -> date:
    """The day by which the law is chosen: the date of issue, else today."""
    return case.invoice.issue_date or case.facts.today


def gross_of(case: Case) -> Decimal | None:
    """Gross total without sign; without one, what is due."""
    totals = case.invoice.totals
    amount = totals.grand_total if totals.grand_total is not None else totals.due_payable
    return None if amount is None else abs(amount)


def kind_of(case: Case) -> str:
    """``small-business`` by its wording, ``small`` by amount, date and country, else ``full``."""
    codes = {row.exemption_code for row in case.invoice.tax_breakdown}
    if "small-business" in case.said or "VATEX-FR-FRANCHISE" in codes:
        return "small-business"
    if case.category_codes & NOT_SMALL or "reverse-charge" in case.said:
        return "full"
    country, day = law_country(case), day_of(case)
    for row in small_invoices():
        if row.country == country and row.valid_from <= day and (row.valid_to is None or day <= row.valid_to):
            amount = gross_of(case) if row.measure == "gross" else case.invoice.totals.tax_basis_total
            if amount is not None and abs(amount) <= row.up_to and case.invoice.currency == row.currency:
                return "small"
    return "full"


def is_taxed(case: Case) -> bool:
    """Tax is charged at least on a part."""
    invoice = case.invoice
    if any((row.amount or 0) != 0 for row in invoice.tax_breakdown) or (invoice.totals.tax_total or 0) != 0:
        return True
    return any((row.rate or 0) > 0 for row in invoice.tax_breakdown) or any((line.tax_rate or 0) > 0 for line in invoice.lines)


def is_reverse_charge(case: Case) -> bool:
    return "AE" in case.category_codes


def crosses_border(case: Case) -> bool:
    return bool(case.seller_country and case.buyer_country and case.seller_country != case.buyer_country)


def is_intra_eu(case: Case) -> bool:
    return crosses_border(case) and {case.seller_country, case.buyer_country} <= EU_COUNTRIES


def replaces_another(case: Case) -> bool:
    """A correction that names its invoice takes the date of supply from there (UStDV 31(5))."""
    return bool(case.invoice.preceding_invoice_reference) and (case.is_credit or case.invoice.type_code == "384")


SITUATIONS: dict[str, Callable[[Case], bool]] = {
    "always": lambda case: True,
    "taxed": is_taxed,
    "domestic": lambda case: bool(case.seller_country) and case.seller_country == case.buyer_country,
    "not-prepayment": lambda case: case.invoice.type_code not in PREPAYMENT and not replaces_another(case),
    "self-billed": lambda case: case.invoice.type_code in SELF_BILLED,
    "reverse-charge": is_reverse_charge,
    "cross-border-reverse-charge": lambda case: is_reverse_charge(case) and is_intra_eu(case),
    "intra-community": lambda case: "K" in case.category_codes,
    "triangular": lambda case: "triangular" in case.said,
}
