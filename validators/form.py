"""Form of identifiers, dates and codes: can the value be right at all? Codes FORM-*.

A value that law or payment needs is an error, every other one a warning (CONTRACT section 6). Sources: ISO 13616 (IBAN),
ISO 9362 (BIC), the VAT id algorithms of the member states as in python-stdnum, GS1 check digits, ISO 4217, UN/ECE Rec 20/21.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from types import ModuleType

import stdnum.bic
import stdnum.ch.uid
import stdnum.ch.vat
import stdnum.de.stnr
import stdnum.ean
import stdnum.eu.vat
import stdnum.gb.vat
import stdnum.iban
import stdnum.no.mva

from schemas.finding import Finding, Severity, error, warning
from schemas.identifiers import compact
from schemas.invoice import Party
from schemas.taxation import EU_COUNTRIES, country_of_vat_id
from validators.case import Case, Rule

SEPA_MEANS = frozenset({"58", "59"})
"""UNTDID 4461: SEPA credit transfer, SEPA direct debit; both need an IBAN."""
DAYS_AHEAD = 1
"""An issue date of tomorrow may come from another time zone; later is a date in the future."""
OLD = timedelta(days=3 * 365)
"""Limitation period of section 195 BGB: an invoice issued longer ago is unusual."""
IMPOSSIBLY_OLD = timedelta(days=10 * 365)
"""Longest retention period of section 147 AO: an older date is more likely a wrong date."""
LONGEST_WAY = timedelta(days=366)
"""Supply further than this from the date of issue is unusual."""


@cache
def code_list(name: str) -> frozenset[str]:
    """Codes of ``data/<name>.txt``; lines that begin with # are comments."""
    lines = (files("validators") / "data" / f"{name}.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def form_iban(case: Case) -> Iterator[Finding]:
    """FORM-IBAN: length, country format and check digits of every account to pay to.

    Something that does not look like an IBAN is a national account number: an error where SEPA demands an IBAN, else a warning.
    """
    for path, iban in case.accounts:
        if iban[:2].isalpha() and iban[2:4].isdigit():
            if not stdnum.iban.is_valid(iban):
                yield error("FORM-IBAN", path, f"IBAN {iban} fails its check digits or length", stated=iban)
        else:
            severity = Severity.ERROR if case.invoice.payment.means_code in SEPA_MEANS else Severity.WARNING
            message = f"account {iban} is not an IBAN"
            yield Finding(code="FORM-IBAN", severity=severity, path=path, message=message, stated=iban)


def form_bic(case: Case) -> Iterator[Finding]:
    """FORM-BIC: 8 or 11 characters with a country. Needed for payment only where there is no IBAN."""
    payment = case.invoice.payment
    seen: set[str] = set()
    for path, bic in [
        ("payment.bic", payment.bic),
        *((f"payment.accounts[{index}].bic", account.bic) for index, account in enumerate(payment.accounts)),
    ]:
        if bic and compact(bic) not in seen and not stdnum.bic.is_valid(bic):
            severity = Severity.WARNING if case.accounts else Severity.ERROR
            yield Finding(code="FORM-BIC", severity=severity, path=path, message=f"BIC {bic} has no valid form", stated=bic)
        seen.add(compact(bic))


def is_valid_vat_id(vat_id: str) -> bool | None:
    """Prefix and check digits; ``None`` for countries whose rules are not known here."""
    country = country_of_vat_id(vat_id)
    if country in EU_COUNTRIES:
        return bool(stdnum.eu.vat.is_valid(vat_id))
    number = compact(vat_id)
    if country == "CH":
        return bool(stdnum.ch.vat.is_valid(number) or stdnum.ch.uid.is_valid(number[:12]))
    if country == "GB":
        return bool(stdnum.gb.vat.is_valid(number.removeprefix("XI").removeprefix("GB")))
    if country == "NO":
        return bool(stdnum.no.mva.is_valid(number.removeprefix("NO")))
    return None


def _vat_id_in_country(vat_id: str, country: str | None) -> bool | None:
    """As printed, or without its prefix where the address says the country."""
    valid = is_valid_vat_id(vat_id)
    if valid is None and country and compact(vat_id)[:1].isdigit():
        prefix = {"GR": "EL", "CH": "CHE"}.get(country, country)
        return is_valid_vat_id(prefix + vat_id)
    return valid


def form_vat_id(case: Case) -> Iterator[Finding]:
    """FORM-VAT-ID: check digits. The seller's is needed by law unless a tax number stands beside it; the buyer's only for
    intra-Community supplies and reverse charge across borders."""
    invoice = case.invoice
    parties: list[tuple[str, Party, bool]] = [
        ("seller", invoice.seller, not invoice.seller.tax_number),
        ("buyer", invoice.buyer, "K" in case.category_codes or ("AE" in case.category_codes and _crosses_border(case))),
    ]
    if invoice.tax_representative:
        parties.append(("tax_representative", invoice.tax_representative, not invoice.seller.tax_number))
    for name, party, needed in parties:
        if not party.vat_id:
            continue
        country = case.seller_country if name == "seller" else case.buyer_country
        valid = _vat_id_in_country(party.vat_id, party.country or country)
        if valid is False:
            severity = Severity.ERROR if needed or name == "seller" else Severity.WARNING
            message = f"VAT id {party.vat_id} fails its check digit or length"
            yield Finding(code="FORM-VAT-ID", severity=severity, path=f"{name}.vat_id", message=message, stated=party.vat_id)


def _crosses_border(case: Case) -> bool:
    return bool(case.seller_country and case.buyer_country and case.seller_country != case.buyer_country)


def form_tax_number(case: Case) -> Iterator[Finding]:
    """FORM-TAX-NUMBER: the seller's German tax number in the form of its state or of the federation. An error where no valid
    VAT id stands beside it, because the law then rests on it."""
    seller = case.invoice.seller
    if not seller.tax_number or case.seller_country != "DE" or is_valid_vat_id(seller.tax_number):
        return
    if stdnum.de.stnr.is_valid(seller.tax_number):
        return
    severity = Severity.WARNING if seller.vat_id and is_valid_vat_id(seller.vat_id) is not False else Severity.ERROR
    message = f"tax number {seller.tax_number} has none of the German forms"
    yield Finding(code="FORM-TAX-NUMBER", severity=severity, path="seller.tax_number", message=message, stated=seller.tax_number)


def form_gtin(case: Case) -> Iterator[Finding]:
    """FORM-GTIN: 8, 12, 13 or 14 digits with the GS1 check digit."""
    for index, line in enumerate(case.invoice.lines):
        if line.gtin and not _is_gs1(line.gtin, (8, 12, 13, 14)):
            yield warning("FORM-GTIN", f"lines[{index}].gtin", f"GTIN {line.gtin} fails its check digit", stated=line.gtin)


def form_gln(case: Case) -> Iterator[Finding]:
    """FORM-GLN: 13 digits with the GS1 check digit."""
    invoice = case.invoice
    for name in ("seller", "buyer", "payee", "deliver_to"):
        party: Party | None = getattr(invoice, name)
        if party and party.gln and not _is_gs1(party.gln, (13,)):
            yield warning("FORM-GLN", f"{name}.gln", f"GLN {party.gln} fails its check digit", stated=party.gln)


def _is_gs1(number: str, lengths: tuple[int, ...]) -> bool:
    digits = compact(number)
    ean: ModuleType = stdnum.ean
    return len(digits) in lengths and digits.isdigit() and ean.calc_check_digit(digits[:-1]) == digits[-1]


def form_date(case: Case) -> Iterator[Finding]:
    """FORM-DATE: issue date not in the future and not implausibly old, periods forwards, due and supply near the issue date.

    An issue date in the future and a period that ends before it begins are errors: law and posting rest on them.
    """
    invoice, today = case.invoice, case.facts.today
    issued = invoice.issue_date
    if issued and issued > today + timedelta(days=DAYS_AHEAD):
        message = f"issued on {issued}, which is after today, {today}"
        yield error("FORM-DATE", "issue_date", message, stated=str(issued), expected=f"at most {today}")
    elif issued and issued < today - IMPOSSIBLY_OLD:
        yield error("FORM-DATE", "issue_date", f"issued on {issued}, more than ten years ago", stated=str(issued))
    elif issued and issued < today - OLD:
        yield warning("FORM-DATE", "issue_date", f"issued on {issued}, more than three years ago", stated=str(issued))
    if issued and invoice.due_date and invoice.due_date < issued:
        message = f"due on {invoice.due_date}, before it was issued on {issued}"
        yield warning("FORM-DATE", "due_date", message, stated=str(invoice.due_date))
    if issued and invoice.delivery_date and abs(invoice.delivery_date - issued) > LONGEST_WAY:
        message = f"supplied on {invoice.delivery_date}, issued on {issued}: more than a year apart"
        yield warning("FORM-DATE", "delivery_date", message, stated=str(invoice.delivery_date))
    periods = [("period", invoice.period), *((f"lines[{index}].period", line.period) for index, line in enumerate(invoice.lines))]
    for path, period in periods:
        if period and _backwards(period.start, period.end):
            message = f"the period ends on {period.end}, before it begins on {period.start}"
            yield error("FORM-DATE", path, message, stated=f"{period.start} - {period.end}")


def _backwards(start: date | None, end: date | None) -> bool:
    return start is not None and end is not None and end < start


def form_currency(case: Case) -> Iterator[Finding]:
    """FORM-CURRENCY: a code of ISO 4217 in use. Payment and posting need it."""
    currency = case.invoice.currency
    if currency and currency not in code_list("currencies"):
        yield error("FORM-CURRENCY", "currency", f"{currency} is not a currency code of ISO 4217", stated=currency)


def form_unit(case: Case) -> Iterator[Finding]:
    """FORM-UNIT: a code of UN/ECE Recommendation 20, or of 21 with a leading X."""
    for index, line in enumerate(case.invoice.lines):
        if line.unit and line.unit not in code_list("units"):
            message = f"unit {line.unit} is not a code of UN/ECE Recommendation 20 or 21"
            yield warning("FORM-UNIT", f"lines[{index}].unit", message, stated=line.unit)


RULES: tuple[Rule, ...] = (
    *(form_iban, form_bic, form_vat_id, form_tax_number, form_gtin, form_gln),
    *(form_date, form_currency, form_unit),
)
