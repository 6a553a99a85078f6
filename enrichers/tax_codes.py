"""Tax code (SAP MWSKZ) by table: region of the supplier, category, rate, kind of supply. Source: tax_codes.csv, DOMAIN section 5.

Codes are the customer's own, so nothing is known here but the table. None or several that fit is a question for a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from schemas.invoice import Invoice
from schemas.master import Company, PurchaseOrderLine, TaxCode, Vendor
from schemas.money import plain
from schemas.taxation import EU_COUNTRIES, category_of, country_of_vat_id

Region = Literal["domestic", "eu", "third"]
Supply = Literal["goods", "services"]

TIME_UNITS = frozenset({"HUR", "DAY", "MON", "WEE", "ANN", "MIN", "LH", "E49", "QAN"})
"""UN/ECE Rec 20: hours, days, weeks, months, years, working hours and days. Work is measured in them, goods are not."""
SELF_ASSESSED = frozenset({"AE", "K"})
"""The buyer owes the tax: the invoice shows no rate, the table may name the rate the buyer applies."""


@dataclass(frozen=True)
class TaxFacts:
    """What of one line decides its tax code, and why the category is what it is."""

    category: str | None
    rate: Decimal | None
    region: Region | None
    supply: Supply | None
    because: str

    @property
    def words(self) -> str:
        rate = "no rate" if self.rate is None else f"{plain(self.rate.normalize())} %"
        supply = f", {self.supply}" if self.supply else ""
        return f"{self.region or 'unknown'} supplier, category {self.category or 'unknown'}, {rate}{supply}"


@dataclass(frozen=True)
class TaxChoice:
    """The code, or ``None`` and the reason in ``problem``."""

    code: str | None
    because: str
    problem: str | None = None


def tax_facts(
    invoice: Invoice,
    category: str | None,
    rate: Decimal | None,
    *,
    unit: str | None = None,
    is_goods: bool = False,
    order_line: PurchaseOrderLine | None = None,
    vendor: Vendor | None = None,
    company: Company | None = None,
) -> TaxFacts:
    """Facts of one line, allowance or charge. A line without rate takes that of a tax breakdown with only one row."""
    rows = invoice.tax_breakdown
    if category is None and rate is None and len(rows) == 1:
        category, rate = rows[0].category, rows[0].rate
        if rate is None and rows[0].amount == 0:
            rate = Decimal(0)
    elif category is None and rate is None and not rows and invoice.totals.tax_total == 0:
        rate = Decimal(0)
    known = category_of(invoice, category, rate)
    region = region_of(invoice, known.code, vendor, company)
    supply = _supply(known.code, region, unit, is_goods, order_line)
    return TaxFacts(known.code, rate, region, supply, known.because)


def region_of(invoice: Invoice, category: str | None, vendor: Vendor | None, company: Company | None) -> Region | None:
    """Where the supplier stands, seen from the company code.

    Charged tax (category S) is that of the country whose VAT id is printed: an Austrian firm with a German VAT id that charges
    German tax is a domestic supplier. Otherwise its seat counts: master data, address, VAT id.
    """
    home = (company.country or country_of_vat_id(company.vat_id)) if company else None
    registered = country_of_vat_id(invoice.seller.vat_id)
    seat = (vendor.country if vendor else None) or invoice.seller.country or registered
    country = (registered or seat) if category == "S" else seat
    if not home or not country:
        return None
    if country.upper() == home.upper():
        return "domestic"
    return "eu" if country.upper() in EU_COUNTRIES else "third"


def _supply(
    category: str | None, region: Region | None, unit: str | None, is_goods: bool, order_line: PurchaseOrderLine | None
) -> Supply | None:
    """Goods or services, where that is certain: K and G exist only for goods, reverse charge across a border for services."""
    if category in ("K", "G"):
        return "goods"
    if category == "AE" and region in ("eu", "third"):
        return "services"
    if unit in TIME_UNITS:
        return "services"
    if is_goods or (order_line is not None and order_line.assignment is None and order_line.value_limit is None):
        return "goods"
    return None


def choose_tax_code(facts: TaxFacts, codes: Sequence[TaxCode], company_code: str | None) -> TaxChoice:
    """The one row of the table that fits."""
    fitting = [row for row in codes if row.company_code == company_code and _misfit(row, facts) is None]
    if facts.supply is None and {row.supply for row in fitting} & {"goods", "services"} and len(fitting) > 1:
        return TaxChoice(None, facts.because, f"whether goods or services were supplied is not known ({facts.words})")
    if facts.category is None or facts.rate is None or facts.region is None:
        return TaxChoice(None, facts.because, f"tax code cannot be found: {facts.words}")
    names = sorted({row.tax_code for row in fitting})
    if len(names) == 1:
        return TaxChoice(names[0], f"table: {facts.words} ({facts.because})")
    if names:
        return TaxChoice(None, facts.because, f"tax codes {', '.join(names)} all fit: {facts.words}")
    return TaxChoice(None, facts.because, f"no tax code of company {company_code} fits: {facts.words}")


def confirm_tax_code(code: str, source: str, facts: TaxFacts, codes: Sequence[TaxCode], company_code: str | None) -> TaxChoice:
    """A code that order or rule prescribe, held against what the invoice says: a wrong code would book wrong tax."""
    rows = [row for row in codes if row.company_code == company_code and row.tax_code == code]
    if not rows:
        return TaxChoice(None, source, f"tax code {code} of {source} does not exist in company {company_code}")
    if facts.rate is None and facts.category is None:
        return TaxChoice(None, source, f"tax code {code} of {source} cannot be checked: the invoice states no rate")
    misfits = [misfit for row in rows if (misfit := _misfit(row, facts)) is not None]
    if len(misfits) == len(rows):
        return TaxChoice(None, source, f"tax code {code} of {source} is for {misfits[0]}, the invoice says {facts.words}")
    return TaxChoice(code, f"tax code {code} from {source}")


def _misfit(row: TaxCode, facts: TaxFacts) -> str | None:
    """What the row is for, where that contradicts the facts; ``None`` where nothing known contradicts."""
    if facts.category is not None and row.category != facts.category:
        return f"category {row.category}"
    if facts.region is not None and row.supplier_region != facts.region:
        return f"{row.supplier_region} suppliers"
    if facts.rate is not None and row.rate != facts.rate and not (facts.category in SELF_ASSESSED and facts.rate == 0):
        return f"{plain(row.rate)} %"
    if facts.supply is not None and row.supply not in ("any", facts.supply):
        return row.supply
    return None
