"""What a reading and the truth say differently. A missing key of the truth says nothing, ``null`` says "not there"."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from rapidfuzz import fuzz

from extractors.text_layer.lexicon import fold
from schemas.identifiers import compact

HEADER = (
    "number", "issue_date", "due_date", "delivery_date", "type_code", "currency", "buyer_reference", "purchase_order_reference",
    "delivery_note_reference", "preceding_invoice_reference", "contract_reference", "sales_order_reference", "project_reference",
)  # fmt: skip
PARTY = ("name", "vat_id", "tax_number", "gln", "street", "postcode", "city", "country", "email", "phone")
PAYMENT = ("iban", "bic")
TOTALS = (
    "line_total", "allowance_total", "charge_total", "tax_basis_total", "tax_total", "grand_total", "prepaid", "rounding",
    "due_payable",
)  # fmt: skip
LINE = (
    "name", "quantity", "unit", "net_price", "price_quantity", "net_amount", "tax_rate", "seller_item_id", "buyer_item_id", "gtin",
)  # fmt: skip
TAX = ("category", "rate", "basis", "amount")
ZERO_IS_NONE = ("allowance_total", "charge_total", "prepaid", "rounding")
SAME_NAME = 90
_ID = ("vat_id", "tax_number", "gln", "gtin", "iban", "bic", "postcode")
_WORDS = ("name", "street", "city")


def differences(truth: dict[str, Any], stated: dict[str, Any]) -> Iterator[str]:
    """Paths at which the reading is not what the truth says. Lines and taxes are compared in order, and their number too."""
    for path in paths_of(truth):
        if not same(path, value_at(truth, path), value_at(stated, path)):
            yield path
    for name in ("lines", "tax_breakdown"):
        if truth.get(name) is not None and len(truth[name]) != len(stated.get(name) or []):
            yield name


def paths_of(truth: dict[str, Any]) -> Iterator[str]:
    """Every path the truth speaks about, ``null`` included."""
    yield from (name for name in HEADER if name in truth)
    groups: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("seller", PARTY),
        ("buyer", PARTY),
        ("payment", PAYMENT),
        ("totals", TOTALS),
    )
    for group, names in groups:
        inside = truth.get(group)
        if isinstance(inside, dict):
            yield from (f"{group}.{name}" for name in names if name in inside)
    for rows, fields in (("lines", LINE), ("tax_breakdown", TAX)):
        for number, row in enumerate(truth.get(rows) or []):
            yield from (f"{rows}[{number}].{name}" for name in fields if name in row)


def value_at(invoice: dict[str, Any], path: str) -> Any:
    """The value at ``lines[0].name`` and the like; ``None`` where something on the way is missing."""
    value: Any = invoice
    for part in path.replace("]", "").replace("[", ".").split("."):
        if isinstance(value, list):
            value = value[int(part)] if int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value


def same(path: str, truth: Any, stated: Any) -> bool:
    """Equal in what they say: numbers by value without sign, names by their words, identifiers by letters and digits."""
    name = path.rpartition(".")[2]
    if name in ZERO_IS_NONE:
        truth, stated = (None if number_of(value) == 0 else value for value in (truth, stated))
    if name == "price_quantity":
        truth, stated = (1 if value is None else value for value in (truth, stated))
    if truth is None or stated is None or stated == "" or truth == "":
        return (truth or None) is None and (stated or None) is None
    one, other = number_of(truth), number_of(stated)
    if _is_number(path) and one is not None and other is not None:
        return abs(one) == abs(other)
    if name in _ID:
        return compact(str(truth)) == compact(str(stated))
    if name in _WORDS:
        return fuzz.token_set_ratio(_words(truth), _words(stated)) >= SAME_NAME
    return fold(str(truth)) == fold(str(stated))


def _is_number(path: str) -> bool:
    name = path.rpartition(".")[2]
    return path.startswith("totals.") or name in ("quantity", "net_price", "price_quantity", "net_amount", "tax_rate", "rate",
                                                  "basis", "amount")  # fmt: skip


def _words(value: Any) -> str:
    return " ".join(fold(word) for word in str(value).split())


def number_of(value: Any) -> Decimal | None:
    if value is None or isinstance(value, (bool, float)):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def date_of(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def bare(path: str) -> str:
    """Without the index of the row: ``lines[0].unit`` -> ``lines.unit``."""
    head, bracket, rest = path.partition("[")
    return head + rest.partition("]")[2] if bracket else path
