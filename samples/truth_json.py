"""The truth of a sample as JSON, in the shape of CONTRACT section 3.

``invoice`` holds what the document says. A field that the page could print and does not is null. What the page implies
without printing it (tax category, unit code, country, currency code, sums of one-line invoices) has its value; ``_printed``
tells the two apart, with the characters that stand on the page.
"""

from decimal import Decimal
from typing import Any

from schemas import Invoice, Line, Party, Payment

PARTY_KEYS = (
    "name", "vat_id", "tax_number", "id", "gln", "street", "postcode", "city", "country", "email", "phone", "contact"
)  # fmt: skip
LINE_KEYS = (
    "id", "name", "description", "quantity", "unit", "net_price", "price_quantity", "gross_price", "discount", "net_amount",
    "tax_category", "tax_rate", "seller_item_id", "buyer_item_id", "gtin", "purchase_order", "purchase_order_line",
    "delivery_note", "period", "allowances", "charges",
)  # fmt: skip
HEADER_KEYS = (
    "type_code", "number", "issue_date", "due_date", "delivery_date", "period", "currency", "buyer_reference",
    "purchase_order_reference", "delivery_note_reference", "preceding_invoice_reference", "payment_terms",
)  # fmt: skip
TOTAL_KEYS = (
    "line_total", "allowance_total", "charge_total", "tax_basis_total", "tax_total", "grand_total", "prepaid", "rounding",
    "due_payable",
)  # fmt: skip
ADJUSTMENT_KEYS = ("amount", "percent", "basis", "reason", "category", "rate")
_OPTIONAL = frozenset({
    "number", "issue_date", "due_date", "delivery_date", "purchase_order_reference", "delivery_note_reference",
    "preceding_invoice_reference",
})  # fmt: skip
_OPTIONAL_PARTY = frozenset({"name", "vat_id", "tax_number", "street", "postcode", "city", "contact", "phone", "email"})
_OPTIONAL_LINE = frozenset({
    "id", "description", "seller_item_id", "buyer_item_id", "gtin", "purchase_order_line", "delivery_note", "quantity",
})  # fmt: skip


def only_printed(invoice: Invoice, printed: dict[str, str]) -> Invoice:
    """A copy without the optional fields that the page does not print."""
    copy = invoice.model_copy(deep=True)
    _drop(copy, _OPTIONAL, "", printed)
    for who in ("seller", "buyer"):
        party: Party = getattr(copy, who)
        _drop(party, _OPTIONAL_PARTY, f"{who}.", printed)
    for index, line in enumerate(copy.lines):
        _drop_from_line(line, f"lines[{index}].", printed)
    for item in (*copy.allowances, *copy.charges):
        item.basis = None
    iban = copy.payment.iban if "payment.iban" in printed else None
    bic = copy.payment.bic if "payment.bic" in printed else None
    copy.payment = Payment(iban=iban, bic=bic)
    return copy


def _drop(holder: Any, names: frozenset[str], prefix: str, printed: dict[str, str]) -> None:
    for name in names:
        if getattr(holder, name, None) is not None and prefix + name not in printed:
            setattr(holder, name, None)


def _drop_from_line(line: Line, prefix: str, printed: dict[str, str]) -> None:
    _drop(line, _OPTIONAL_LINE, prefix, printed)
    if line.quantity is None:  # a table without quantities prints neither unit nor price
        line.unit = line.net_price = line.price_quantity = None


def contract_shape(invoice: Invoice) -> dict[str, Any]:
    """The keys of CONTRACT section 3, in its order, absent values null."""
    full = invoice.as_json()
    payment = {key: full["payment"][key] for key in ("means_code", "iban", "bic")}
    payment["accounts"] = [{"iban": entry["iban"], "bic": entry["bic"]} for entry in full["payment"]["accounts"]]
    payment |= {key: full["payment"][key] for key in ("mandate_reference", "remittance")}
    return {
        **{key: full[key] for key in HEADER_KEYS},
        "seller": {key: full["seller"][key] for key in PARTY_KEYS},
        "buyer": {key: full["buyer"][key] for key in PARTY_KEYS},
        "payee": None,
        "payment": payment,
        "totals": {key: full["totals"][key] for key in TOTAL_KEYS},
        "allowances": [{key: entry[key] for key in ADJUSTMENT_KEYS} for entry in full["allowances"]],
        "charges": [{key: entry[key] for key in ADJUSTMENT_KEYS} for entry in full["charges"]],
        "tax_breakdown": full["tax_breakdown"],
        "lines": [{key: entry[key] for key in LINE_KEYS} for entry in full["lines"]],
        "notes": [entry["text"] for entry in full["notes"]],
    }


def printed_flags(shape: dict[str, Any], printed: dict[str, str]) -> dict[str, bool]:
    """``path -> is it printed`` for every scalar of the truth that is not null (format of the reading corpus)."""
    flags: dict[str, bool] = {}

    def walk(value: Any, path: str) -> None:
        if isinstance(value, dict):
            for key, entry in value.items():
                walk(entry, f"{path}.{key}" if path else key)
        elif isinstance(value, list):
            for index, entry in enumerate(value):
                walk(entry, f"{path}[{index}]")
        elif value is not None:
            flags[path] = path.replace("payment.accounts[0].", "payment.") in printed

    walk(shape, "")
    flags["type_code"] = flags["currency"] = True
    return flags


def accepted_readings(invoice: Invoice, extra: dict[str, list[str]]) -> dict[str, list[str]]:
    """Other readings that are right too: the gross price of a line with discount, no tax category where none is implied."""
    accept = {path: list(values) for path, values in extra.items()}
    for index, line in enumerate(invoice.lines):
        if line.gross_price is not None:
            accept.setdefault(f"lines[{index}].net_price", []).append(format(line.gross_price, "f"))
        if line.price_quantity and line.net_price is not None:
            each = (line.net_price / line.price_quantity).normalize()
            accept.setdefault(f"lines[{index}].net_price", []).append(format(each, "f"))
    if invoice.totals.allowance_total == Decimal(0):
        accept["totals.allowance_total"] = ["0.00"]
    return accept
