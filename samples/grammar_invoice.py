"""Who the supplier of a seed is, and what he invoices."""

import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from samples.check_digits import gln, iban_of, vat_id
from samples.layout import Layout
from samples.sums import add_up
from schemas import AllowanceCharge, Invoice, Line, Party, Payment, PaymentTerms, round_half_up
from schemas.invoice import CashDiscount

_EU = frozenset({"DE", "AT", "FR", "NL", "IT", "ES", "BE", "PL", "CZ", "DK", "SE"})
_COUNTRIES = (
    ("DE",) * 4
    + ("AT", "CH")
    + ("FR",) * 3
    + ("GB",) * 2
    + ("NL", "NL", "IT", "IT", "ES", "ES", "BE")
    + ("PL", "CZ", "DK", "SE") * 2
)
_CURRENCIES = {"CH": "CHF", "GB": "GBP", "PL": "PLN", "CZ": "CZK", "DK": "DKK", "SE": "SEK"}
_BUYER_ID_AT_HOME = frozenset({"PL", "CZ", "IT", "ES"})
"""An invoice names the VAT id of a buyer at home, too."""
_ROUNDED = frozenset({"CZK", "DKK", "SEK"})
"""Currencies whose small coins are gone: the sum to pay may be whole."""
_STREET_FIRST = frozenset({"FR", "GB", "BE"})
_NUMBERS = (
    "RE-{y}-{n:04d}",
    "{n:06d}",
    "{y}{n:05d}",
    "F{y2}/{n}",
    "INV-{n:07d}",
    "{n}",
    "R{n:05d}",
    "{y}-{n}",
    "A{n}-{y2}",
    "{n:04d}/{y}",
)
_ORDERS = ("45{n:08d}", "PO-{n}", "B{y}/{n}", "{n}", "EK-{n}-{y2}")


@dataclass(frozen=True)
class Supplier:
    country: str
    language: str
    currency: str
    party: Party
    payment: Payment
    rates: tuple[Decimal, ...]


def random_supplier(rng: Random, words: dict[str, Any]) -> Supplier:
    country = rng.choice(_COUNTRIES)
    facts = words["country"][country]
    names = words["names"]
    first = rng.choice(names["first"])
    core = (
        first + rng.choice(names["second"])
        if facts["language"] == "de"
        else f"{first} {rng.choice(facts.get('second', names['foreign']))}"
    )
    name = f"{core} {rng.choice(facts['forms'])}"
    postcode, city = rng.choice(facts["towns"])
    street = rng.choice(facts["streets"])
    domain = _plain(core.lower().replace(" ", "-"))
    party = Party(
        name=name,
        vat_id=_identifier(rng, country, facts["vat"]),
        tax_number=f"{rng.randrange(10, 99)}/{rng.randrange(100, 999)}/{rng.randrange(10000, 99999)}"
        if country == "DE"
        else None,
        street=_address(rng, facts, country, street),
        postcode=postcode,
        city=city,
        country=country,
        contact=rng.choice(facts["people"]) if rng.random() < 0.6 else None,
        phone=facts["phone"] % (rng.randrange(20, 90), rng.randrange(0, 9999)) if rng.random() < 0.8 else None,
        email=f"{rng.choice(('info', 'invoice', 'office'))}@{domain}.example" if rng.random() < 0.8 else None,
    )
    stem, digits, bic = rng.choice(facts["account"])
    account = _digits(rng, stem) + "".join(rng.choices("0123456789", k=digits))
    if country == "FR":
        account += "??"
    elif country == "BE":
        account = account[:10] + "??"
    payment = Payment(iban=iban_of(country, account), bic=bic if rng.random() < 0.8 else None)
    currency = _CURRENCIES.get(country, "EUR")
    return Supplier(country, facts["language"], currency, party, payment, tuple(Decimal(rate) for rate in facts["rates"]))


def _address(rng: Random, facts: dict[str, Any], country: str, street: str) -> str:
    """Street and house number in the order of the country."""
    house = rng.choice(facts.get("house", ["{a}"])).format(a=rng.randrange(1, 199), b=rng.randrange(1, 30))
    return f"{house} {street}" if country in _STREET_FIRST else f"{street} {house}"


def _plain(text: str) -> str:
    """Letters as a domain name has them."""
    spelt = text.translate({ord("ł"): "l", ord("ø"): "oe", ord("æ"): "ae"})
    return unicodedata.normalize("NFKD", spelt).encode("ascii", "ignore").decode()


def _digits(rng: Random, stem: str) -> str:
    return "".join(rng.choice("0123456789") if char == "#" else char for char in stem)


def _identifier(rng: Random, country: str, stem: str) -> str:
    """Some stems have no check digits that fit; then another one is drawn."""
    for _ in range(200):
        candidate = _digits(rng, stem)
        try:
            return vat_id(country, candidate)
        except ValueError:
            continue
    raise ValueError(f"{stem!r} never makes a VAT id of {country}")


def random_invoice(rng: Random, words: dict[str, Any], supplier: Supplier, layout: Layout) -> Invoice:
    """One invoice or credit note with closing figures."""
    buyer, category = _buyer(rng, words, supplier)
    issued = date(2026, 1, 2) + timedelta(days=rng.randrange(0, 320))
    numbers = {"n": rng.randrange(1000, 99999), "y": issued.year, "y2": issued.year % 100, "m": issued.month}
    patterns = words["country"][supplier.country].get("numbers", _NUMBERS)
    credit = rng.random() < 0.08
    invoice = Invoice(
        type_code="381" if credit else "380",
        number=rng.choice(patterns).format(**numbers),
        issue_date=issued,
        currency=supplier.currency,
        purchase_order_reference=rng.choice(_ORDERS).format(**{**numbers, "n": rng.randrange(10000, 999999)})
        if rng.random() < 0.7
        else None,
        delivery_note_reference=f"{rng.choice(('LS', 'DN-', 'L', ''))}{rng.randrange(20000, 99999)}"
        if rng.random() < 0.4
        else None,
        preceding_invoice_reference=rng.choice(patterns).format(**{**numbers, "n": rng.randrange(1000, 99999)})
        if credit
        else None,
        delivery_date=issued - timedelta(days=rng.randrange(1, 12))
        if rng.random() < 0.7
        else (issued if rng.random() < 0.6 else None),
        seller=supplier.party.model_copy(deep=True),
        buyer=buyer,
        payment=supplier.payment.model_copy(deep=True),
        lines=_lines(rng, words, supplier, layout, category),
        payment_terms=_terms(rng, layout),
    )
    if rng.random() < 0.12 and "price_gross" not in layout.columns:
        _adjust(rng, words, invoice, supplier, category)
    add_up(invoice, lambda code: layout.word(f"note_{code}"))
    if not credit and rng.random() < 0.08 and invoice.totals.grand_total:
        invoice.totals.prepaid = round_half_up(invoice.totals.grand_total * Decimal("0.3"))
        invoice.totals.due_payable = invoice.totals.grand_total - invoice.totals.prepaid
    if supplier.currency in _ROUNDED and not credit and rng.random() < 0.3 and invoice.totals.due_payable is not None:
        due = round_half_up(invoice.totals.due_payable, 0)
        invoice.totals.rounding = (due - invoice.totals.due_payable) or None
        invoice.totals.due_payable = due.quantize(Decimal("0.01"))
    if rng.random() < 0.5 and invoice.payment_terms.net_days is not None:
        invoice.due_date = issued + timedelta(days=invoice.payment_terms.net_days)
    return invoice


def _buyer(rng: Random, words: dict[str, Any], supplier: Supplier) -> tuple[Party, str]:
    home = [entry for entry in words["buyers"]["names"] if entry[1] == supplier.country]
    name, country = rng.choice(home) if home and rng.random() < 0.7 else rng.choice(words["buyers"]["names"])
    facts = words["country"][country]
    postcode, city = rng.choice(facts["towns"])
    buyer = Party(
        name=name,
        street=_address(rng, facts, country, rng.choice(facts["streets"])),
        postcode=postcode,
        city=city,
        country=country,
    )
    category = "S"
    if country != supplier.country:
        both_eu = country in _EU and supplier.country in _EU
        category = rng.choice(("K", "K", "AE")) if both_eu else "G"
        if both_eu:
            buyer.vat_id = _identifier(rng, country, facts["vat"])
    elif country in _BUYER_ID_AT_HOME or rng.random() < 0.15:
        buyer.vat_id = _identifier(rng, country, facts["vat"])
    return buyer, category


def _lines(rng: Random, words: dict[str, Any], supplier: Supplier, layout: Layout, category: str) -> list[Line]:
    count = rng.choice((1, 1, 2, 2, 3, 4, 5, 6, 8, 12, 25, 45))
    several = category == "S" and rng.random() < 0.25 and ("tax" in layout.columns)
    step = rng.choice((1, 1, 1, 10))
    lines = [_line(rng, words, supplier, layout, category, several=several) for _ in range(count)]
    for index, line in enumerate(lines, start=1):
        line.id = str(index * step)
    return lines


def _line(rng: Random, words: dict[str, Any], supplier: Supplier, layout: Layout, category: str, *, several: bool) -> Line:
    quantity = Decimal(rng.choice((1, 1, 2, 3, 4, 5, 6, 10, 12, 20, 25, 50, 100, 250, 1000)))
    unit = rng.choice(("H87", "H87", "H87", "C62", "KGM", "HUR", "MTR", "LTR", "SET"))
    if unit in ("KGM", "HUR", "MTR", "LTR") and rng.random() < 0.4:
        quantity += Decimal(rng.choice(("0.5", "0.25", "0.75", "0.125")))
    price = Decimal(rng.randrange(35, 48000)) / 100
    per = None
    if unit == "H87" and quantity >= 100 and rng.random() < 0.3:
        per = Decimal(100)
    elif rng.random() < 0.08:
        price = Decimal(rng.randrange(100, 99999)) / 10000
    gross = discount = None
    if "price_gross" in layout.columns:  # whole net prices and quantities: the prices with tax have two decimals
        quantity, per, price = Decimal(max(1, int(quantity))), None, Decimal(rng.randrange(1, 900))
    if "discount" in layout.columns and rng.random() < 0.6:
        gross = price = Decimal(rng.randrange(2, 400))  # whole, so that the net price has two decimals
        discount = gross * Decimal(rng.choice((5, 10, 15, 20))) / 100
        price = gross - discount
    rate = Decimal(0)
    if category == "S":
        rate = rng.choice(supplier.rates) if several else supplier.rates[0]
    return Line(
        name=rng.choice(words["items"][supplier.language]),
        quantity=quantity,
        unit=unit,
        net_price=price,
        gross_price=gross,
        discount=discount,
        price_quantity=per,
        net_amount=round_half_up(quantity * price / (per or 1)),
        tax_category=category,
        tax_rate=rate,
        seller_item_id=f"{rng.choice(('', 'A', 'X-', '70'))}{rng.randrange(100, 99999)}",
        gtin=gln(f"40{rng.randrange(10**9, 10**10)}") if layout.show_gtin else None,
    )


def _terms(rng: Random, layout: Layout) -> PaymentTerms:
    days = rng.choice((7, 10, 14, 21, 30, 45, 60))
    if rng.random() < 0.25:
        percent, within = rng.choice(("2", "3")), rng.choice((7, 8, 10))
        text = layout.word("terms_discount", p=percent, d=str(within), days=str(days))
        return PaymentTerms(text=text, net_days=days, discounts=[CashDiscount(percent=Decimal(percent), days=within)])
    return PaymentTerms(text=layout.word("terms_days", days=str(days)), net_days=days)


def _adjust(rng: Random, words: dict[str, Any], invoice: Invoice, supplier: Supplier, category: str) -> None:
    rate = supplier.rates[0] if category == "S" else Decimal(0)
    basis = sum((line.net_amount or Decimal(0) for line in invoice.lines), Decimal(0))
    allowance, charge = words["reasons"][supplier.language]
    if any(line.tax_rate == rate for line in invoice.lines):
        if rng.random() < 0.5:
            percent = Decimal(rng.choice((2, 3, 5)))
            amount = round_half_up(basis * percent / 100)
            invoice.allowances = [
                AllowanceCharge(amount=amount, percent=percent, basis=basis, reason=allowance, category=category, rate=rate)
            ]
        else:
            amount = Decimal(rng.randrange(490, 4900)) / 100
            invoice.charges = [AllowanceCharge(amount=amount, reason=charge, category=category, rate=rate)]
