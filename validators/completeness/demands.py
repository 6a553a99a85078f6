"""How each demand of the table is tested. A demand yields (path, detail) for everything that is missing; nothing: it is met."""

import csv
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files

import stdnum.fr.siren
import stdnum.fr.siret

from schemas.invoice import Line, Party, TaxBreakdown
from schemas.taxation import category_of, meanings, plain_words
from validators.case import Case
from validators.completeness.situations import gross_of, is_taxed

Missing = Iterator[tuple[str, str]]

UNTAXED = frozenset({"AE", "K", "G", "E", "O"})
"""Categories under which no tax may be shown. Z is a rate of zero by law and needs no reason."""
UNTAXED_WORDING = {"K": "intra-community", "G": "export"}
EXEMPTION_WORDING = frozenset(
    ("exempt", "small-business", "export", "intra-community", "reverse-charge", "margin-scheme", "travel-scheme", "triangular")
)
SCHEMES = {
    "small-business": "a small business",
    "margin-scheme": "the margin scheme",
    "travel-scheme": "the scheme for travel agents",
}
_SUPPLY_DATE = re.compile(
    r"\b(leistung|liefer|ausfuhrung|supply|deliver|livraison|prestation)\w*[ a-z]{0,40}?"
    r"\b(\d{1,2} )?(\d{1,2}|[a-z]{3,9}) 20\d\d\b"
)
"""A date or month after a word for supply, in a note that was not read into a field. Works on ``plain_words``."""


@cache
def phrases(kind: str) -> tuple[str, ...]:
    """Phrases of one kind of ``data/vague_descriptions.csv``: ``vague``, ``reference`` or ``lump-sum``."""
    table = (files("validators") / "data" / "vague_descriptions.csv").read_text("utf-8")
    return tuple(sorted(plain_words(row["phrase"]) for row in csv.DictReader(table.splitlines()) if row["kind"] == kind))


def seller_address(case: Case) -> Missing:
    """Name, street and place. Where the vendor is known, name and place identify him, which is enough (UStDV 31(2))."""
    return _address("seller", case.invoice.seller, is_known=case.facts.vendor is not None)


def buyer_address(case: Case) -> Missing:
    return _address("buyer", case.invoice.buyer, is_known=case.facts.company is not None)


def seller_place(case: Case) -> Missing:
    return _address("seller", case.invoice.seller, is_known=True)


def buyer_name(case: Case) -> Missing:
    if not _has(case.invoice.buyer.name):
        yield "buyer.name", "no name"


def _address(path: str, party: Party, *, is_known: bool) -> Missing:
    if not (_has(party.name) or _has(party.trading_name)):
        yield f"{path}.name", "no name"
    if not (_has(party.postcode) or _has(party.city)):
        yield f"{path}.city", "no place"
    elif not is_known and not any(map(_has, (party.street, party.address_line_2, party.address_line_3))):
        yield f"{path}.street", "no street"


def _has(text: str | None) -> bool:
    return bool(text and text.strip())


def _seller_vat_id(case: Case) -> str | None:
    representative = case.invoice.tax_representative
    return case.invoice.seller.vat_id or (representative.vat_id if representative else None)


def seller_tax_id(case: Case) -> Missing:
    if not (_has(_seller_vat_id(case)) or _has(case.invoice.seller.tax_number)):
        yield "seller.vat_id", ""


def seller_vat_id(case: Case) -> Missing:
    """A VAT id that stands in the field of the tax number is still printed."""
    number = case.invoice.seller.tax_number or ""
    if not _has(_seller_vat_id(case)) and not number[:2].isalpha():
        yield "seller.vat_id", ""


def buyer_vat_id(case: Case) -> Missing:
    if not _has(case.invoice.buyer.vat_id):
        yield "buyer.vat_id", ""


def both_vat_ids(case: Case) -> Missing:
    if not _has(_seller_vat_id(case)):
        yield "seller.vat_id", "that of the supplier"
    if not _has(case.invoice.buyer.vat_id):
        yield "buyer.vat_id", "that of the recipient"


def buyer_siren(case: Case) -> Missing:
    """Nine digits, also as the first nine of a SIRET or the last nine of a French VAT id."""
    buyer = case.invoice.buyer
    numbers = [buyer.registration, buyer.id, buyer.tax_number, *(other.id for other in buyer.other_ids)]
    numbers.append((buyer.vat_id or "")[-9:])
    if not any(number and (stdnum.fr.siren.is_valid(number) or stdnum.fr.siret.is_valid(number)) for number in numbers):
        yield "buyer.registration", ""


def issue_date(case: Case) -> Missing:
    if case.invoice.issue_date is None:
        yield "issue_date", ""


def number(case: Case) -> Missing:
    if not _has(case.invoice.number):
        yield "number", ""


def description(case: Case) -> Missing:
    """Each line names its goods or services. On paper and PDF a line may refer to another document by its number (UStDV 31(1)),
    a structured invoice must speak for itself."""
    if not case.invoice.lines:
        yield "lines", "no lines"
    for index, line in enumerate(case.invoice.lines):
        text = _text(line)
        words = re.sub(r"\b\w*\d\w*\b", " ", text).split()
        bare = " ".join(words)
        if not bare and not line.gtin:
            yield f"lines[{index}].name", "no description"
        elif bare in phrases("vague") and not line.gtin:
            yield f"lines[{index}].name", f'only "{line.name or line.description}"'
        elif bare.startswith(phrases("reference")) and len(words) <= 5 and (case.is_structured or text == bare):
            yield f"lines[{index}].name", f'only a reference, "{line.name or line.description}"'


def _text(line: Line) -> str:
    return plain_words(f"{line.name or ''} {line.description or ''}")


def quantity(case: Case) -> Missing:
    """Quantity of goods or extent of services; a lump sum, a fee or a period is an extent.

    So is the description where nothing speaks of goods: no order, no quantity, price or article in any line.
    """
    lines = case.invoice.lines
    is_plain_service = not case.names_order and not any(map(_speaks_of_goods, lines))
    for index, line in enumerate(lines):
        if line.quantity is None and not is_plain_service and not _has_extent(line):
            yield f"lines[{index}].quantity", f"line {line.id or index + 1}"


def _speaks_of_goods(line: Line) -> bool:
    stated = (line.quantity, line.unit, line.net_price, line.gtin, line.seller_item_id, line.buyer_item_id, line.delivery_note)
    return any(value is not None for value in stated)


def _has_extent(line: Line) -> bool:
    if line.unit or line.net_price is not None or line.gtin:
        return False
    if line.period:
        return True
    words = f" {_text(line)} "
    return any(f" {phrase} " in words for phrase in phrases("lump-sum"))


def supply_date(case: Case) -> Missing:
    """Day, period or month of supply, the tax point, or words that it is the invoice date."""
    invoice = case.invoice
    periods = [invoice.period, *(line.period for line in invoice.lines)]
    has_period = periods[0] is not None or (len(periods) > 1 and all(periods[1:]))
    if invoice.delivery_date or invoice.tax_point_date or has_period or "supply-on-issue-date" in case.said:
        return
    if any(_SUPPLY_DATE.search(plain_words(note.text)) for note in invoice.notes):
        return
    yield "delivery_date", ""


def net(case: Case) -> Missing:
    invoice = case.invoice
    missing = [index for index, row in enumerate(invoice.tax_breakdown) if row.basis is None]
    if invoice.totals.tax_basis_total is None and (missing or not invoice.tax_breakdown):
        yield "totals.tax_basis_total", ""
    elif len(invoice.tax_breakdown) > 1:
        for index in missing:
            yield f"tax_breakdown[{index}].basis", ""


def gross(case: Case) -> Missing:
    if gross_of(case) is None:
        yield "totals.grand_total", ""


def tax(case: Case) -> Missing:
    """Rate and amount of every taxed row. Without any row: the tax total, and a rate in the lines."""
    invoice = case.invoice
    for index, row in enumerate(invoice.tax_breakdown):
        if category_of(invoice, row.category, row.rate, case.said).code in UNTAXED | {"Z"} or _is_zero(row):
            continue
        if row.rate is None:
            yield f"tax_breakdown[{index}].rate", "no rate"
        if row.amount is None and (len(invoice.tax_breakdown) > 1 or invoice.totals.tax_total is None):
            yield f"tax_breakdown[{index}].amount", "no amount"
    if invoice.tax_breakdown:
        return
    if invoice.totals.tax_total is None and is_taxed(case):
        yield "totals.tax_total", "no amount"
    elif is_taxed(case) and not any(line.tax_rate is not None for line in invoice.lines):
        yield "tax_breakdown", "no rate"


def rate_or_note(case: Case) -> Missing:
    invoice = case.invoice
    has_rate = any(row.rate is not None for row in invoice.tax_breakdown) or any(
        line.tax_rate is not None for line in invoice.lines
    )
    if not has_rate and not case.said & EXEMPTION_WORDING and not any(map(_states_reason, invoice.tax_breakdown)):
        yield "tax_breakdown", ""


def exemption_note(case: Case) -> Missing:
    """A reason for every row without tax: its own text or code, or wording anywhere on the invoice. Zero rate (Z) needs none."""
    invoice = case.invoice
    if not invoice.tax_breakdown:
        rates = [line.tax_rate for line in invoice.lines if line.tax_rate is not None]
        stated_zero = all(line.tax_category == "Z" for line in invoice.lines) and invoice.lines
        if not is_taxed(case) and not stated_zero and not case.said & EXEMPTION_WORDING:
            yield "totals.tax_total", "no tax is shown" if not rates else "the rate is zero"
        return
    for index, row in enumerate(invoice.tax_breakdown):
        if not _is_zero(row) or row.category in ("Z", "AE") or _states_reason(row):
            continue  # the note on reverse charge has its own demand
        wanted = UNTAXED_WORDING.get(row.category or "")
        if not case.said & EXEMPTION_WORDING or (wanted and not case.said & {wanted, "exempt", "reverse-charge"}):
            yield f"tax_breakdown[{index}].exemption_reason", f"category {row.category or 'not stated'}"


def _is_zero(row: TaxBreakdown) -> bool:
    return (row.amount or 0) == 0 and (row.rate or 0) == 0 and not (row.category == "S" and row.rate is None)


def _states_reason(row: TaxBreakdown) -> bool:
    return _has(row.exemption_reason) or _has(row.exemption_code)


def reverse_charge_note(case: Case) -> Missing:
    """The words in any language of the Union, anywhere on the invoice. In a structured invoice the code of the reason counts."""
    codes = {row.exemption_code for row in case.invoice.tax_breakdown}
    if "reverse-charge" in case.said or (case.is_structured and "VATEX-EU-AE" in codes):
        return
    yield "tax_breakdown", ""


def no_tax_shown(case: Case) -> Missing:
    """Tax under an untaxed category, or beside words that exclude it. An invoice that mixes taxed rows with an untaxed one,
    to which the words may belong, is not judged by words."""
    invoice = case.invoice
    rows = [(index, row) for index, row in enumerate(invoice.tax_breakdown) if row.category in UNTAXED]
    for index, row in rows:
        if (row.amount or 0) != 0 or (row.rate or 0) != 0:
            yield f"tax_breakdown[{index}].amount", f"category {row.category}"
    if not is_taxed(case) or rows or any(map(_is_zero, invoice.tax_breakdown)):
        return
    if any((line.tax_rate == 0 or line.tax_category in UNTAXED) for line in invoice.lines):
        return
    for meaning, words in SCHEMES.items():
        if meaning in case.said:
            yield "totals.tax_total", f"the invoice names {words}"
            return
    if "reverse-charge" in case.said:
        yield "totals.tax_total", "the invoice says that the recipient owes the tax"


def self_billing_note(case: Case) -> Missing:
    """The word stands on the page; in a structured invoice the type code says it (CONTRACT section 5)."""
    title = " ".join(evidence.text for evidence in case.document.evidence.get("type_code", ()))
    if case.is_structured or "self-billing" in case.said or _is_self_billing_title(title):
        return
    yield "type_code", ""


def _is_self_billing_title(title: str) -> bool:
    return "self-billing" in meanings(title)


def our_company(case: Case) -> Missing:
    """Not judged where no company is known at all."""
    if case.facts.company is None and case.facts.companies:
        yield "buyer", case.invoice.buyer.name or "no recipient named"


def e_invoice(case: Case) -> Missing:
    if not case.is_structured:
        yield "", "this is a PDF without structured data" if case.document.source else ""


def operation_kind(case: Case) -> Missing:
    if "operation-kind" not in case.said:
        yield "notes", ""


DEMANDS: dict[str, Callable[[Case], Missing]] = {
    function.__name__.replace("_", "-"): function
    for function in (
        *(seller_address, buyer_address, seller_place, buyer_name, seller_tax_id, seller_vat_id, buyer_vat_id, both_vat_ids),
        *(buyer_siren, issue_date, number, description, quantity, supply_date, net, gross, tax, rate_or_note, exemption_note),
        *(reverse_charge_note, no_tax_shown, self_billing_note, our_company, e_invoice, operation_kind),
    )
}
