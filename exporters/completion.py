"""Making an invoice complete for a profile without inventing anything.

Two sources only, and each value says which: master data (addresses, contacts, electronic addresses, buyer reference) and values
the norm defines by others that are stated (totals by BR-CO-10 to 16, a price by the other price and the discount, a code for what
the page says in words). What is still missing is named in ``MissingData``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from exporters.context import ExportContext
from exporters.errors import DoesNotFit, MissingData
from exporters.profiles import Profile, conventions, master_columns
from schemas import Invoice, Line, round_half_up
from schemas.invoice import AllowanceCharge, Party
from schemas.taxation import category_of, wording

ZERO = Decimal(0)


@dataclass
class Completed:
    """The completed copy, and the paths that were not printed."""

    invoice: Invoice
    from_master: list[str] = field(default_factory=list)
    derived: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def complete(invoice: Invoice, profile: Profile, context: ExportContext) -> Completed:
    """A completed copy. Raises ``MissingData`` and ``DoesNotFit``; the invoice passed in stays as it is."""
    done = Completed(invoice.model_copy(deep=True))
    done.invoice.specification = profile.specification
    done.invoice.business_process = invoice.business_process or profile.process
    if invoice.third_party_payments:
        raise DoesNotFit(
            "third_party_payments", str(len(invoice.third_party_payments)), "only the XRechnung extension holds them"
        )
    _derive_lines(done)
    _derive_tax(done)
    _derive_totals(done)
    _derive_references(done)
    _drop_second_name_of_currency(done)
    _derive_payment(done)
    if profile.pairs:
        _pair_percentages(done)
    if profile.skonto or not done.invoice.payment_terms.text:
        _write_skonto(done.invoice)
    _fill_from_master(done, profile, context)
    _derive_place_of_delivery(done)
    _refuse_schemes(done.invoice, profile)
    missing = [path for path in profile.required for path in _absent(done.invoice, path)]
    if missing:
        raise MissingData(profile.name, list(dict.fromkeys(missing)))
    return done


def _set(done: Completed, record: Any, name: str, path: str, value: Any) -> None:
    if getattr(record, name) in (None, "") and value not in (None, ""):
        setattr(record, name, value)
        done.derived.append(path)


def _derive_lines(done: Completed) -> None:
    lines = done.invoice.lines
    numbered = not any(line.id for line in lines)
    for index, line in enumerate(lines):
        path = f"lines[{index}]"
        if numbered:
            _set(done, line, "id", f"{path}.id", str(index + 1))
        if line.quantity is not None:
            _set(done, line, "unit", f"{path}.unit", conventions()["plain_unit"])
        if line.net_price is None and line.gross_price is not None:
            _set(done, line, "net_price", f"{path}.net_price", line.gross_price - (line.discount or ZERO))
        _derive_price_pair(done, line, path)


def _derive_price_pair(done: Completed, line: Line, path: str) -> None:
    """BT-146 = BT-148 - BT-147: the third from two; both syntaxes want gross price and discount together."""
    if line.net_price is None:
        return
    if line.discount is not None:
        _set(done, line, "gross_price", f"{path}.gross_price", line.net_price + line.discount)
    elif line.gross_price is not None and line.gross_price > line.net_price:
        _set(done, line, "discount", f"{path}.discount", line.gross_price - line.net_price)


def _derive_tax(done: Completed) -> None:
    """Categories where rate and wording leave one reading only; see ``schemas.taxation.category_of``."""
    invoice = done.invoice
    said = wording(invoice)
    for index, line in enumerate(invoice.lines):
        code = category_of(invoice, line.tax_category, line.tax_rate, said).code if line.tax_rate is not None else None
        _set(done, line, "tax_category", f"lines[{index}].tax_category", code)
    for name in ("tax_breakdown", "allowances", "charges"):
        for index, row in enumerate(getattr(invoice, name)):
            code = category_of(invoice, row.category, row.rate, said).code if row.rate is not None else None
            _set(done, row, "category", f"{name}[{index}].category", code)


def _sum(values: list[Decimal | None]) -> Decimal | None:
    """Sum, or ``None`` where one is not stated."""
    stated = [value for value in values if value is not None]
    return sum(stated, ZERO) if len(stated) == len(values) else None


def _derive_totals(done: Completed) -> None:
    """BT-106 to BT-115 by BR-CO-10 to 16, where all parts are stated."""
    invoice, totals = done.invoice, done.invoice.totals
    if invoice.lines:
        _set(done, totals, "line_total", "totals.line_total", _sum([line.net_amount for line in invoice.lines]))
    if invoice.allowances:
        _set(done, totals, "allowance_total", "totals.allowance_total", _sum([row.amount for row in invoice.allowances]))
    if invoice.charges:
        _set(done, totals, "charge_total", "totals.charge_total", _sum([row.amount for row in invoice.charges]))
    if invoice.tax_breakdown:
        _set(done, totals, "tax_total", "totals.tax_total", _sum([row.amount for row in invoice.tax_breakdown]))
    if totals.line_total is not None:
        net = totals.line_total - (totals.allowance_total or ZERO) + (totals.charge_total or ZERO)
        _set(done, totals, "tax_basis_total", "totals.tax_basis_total", round_half_up(net))
    if totals.tax_basis_total is not None and totals.tax_total is not None:
        _set(done, totals, "grand_total", "totals.grand_total", totals.tax_basis_total + totals.tax_total)
    if totals.grand_total is not None:
        due = totals.grand_total - (totals.prepaid or ZERO) + (totals.rounding or ZERO)
        _set(done, totals, "due_payable", "totals.due_payable", due)


def _derive_references(done: Completed) -> None:
    """A reference that every line repeats is the reference of the invoice."""
    invoice = done.invoice
    for header, of_line in (("purchase_order_reference", "purchase_order"), ("delivery_note_reference", "delivery_note")):
        stated = {getattr(line, of_line) for line in invoice.lines}
        if len(stated) == 1:
            _set(done, invoice, header, header, stated.pop())


def _drop_second_name_of_currency(done: Completed) -> None:
    """A VAT accounting currency (BT-6) that is the invoice currency says nothing, and breaks PEPPOL-EN16931-R005."""
    invoice = done.invoice
    if invoice.accounting_currency and invoice.accounting_currency == invoice.currency:
        invoice.accounting_currency = invoice.totals.tax_total_accounting = None
        done.left_out.append("accounting_currency")


def _derive_payment(done: Completed) -> None:
    """The code of the means of payment, from the account or mandate that the page names."""
    payment, codes = done.invoice.payment, conventions()
    if payment.mandate_reference and payment.debited_iban:
        _set(done, payment, "means_code", "payment.means_code", codes["sepa_debit"])
    elif payment.iban:
        is_sepa = payment.iban[:2].isalpha() and done.invoice.currency == codes["sepa_currency"]
        _set(done, payment, "means_code", "payment.means_code", codes["sepa_transfer" if is_sepa else "transfer"])


def _pair_percentages(done: Completed) -> None:
    """A percentage alone is given the base it was taken of, where the amount proves it; what stays alone is left out."""
    invoice = done.invoice
    rows = [
        (f"{name}[{i}]", row, invoice.totals.line_total) for name in ("allowances", "charges") for i, row in _rows(invoice, name)
    ]
    for index, line in enumerate(invoice.lines):
        whole = _line_product(line)
        rows += [
            (f"lines[{index}].{name}[{i}]", row, whole) for name in ("allowances", "charges") for i, row in _rows(line, name)
        ]
    for path, row, whole in rows:
        if (
            row.percent is not None
            and row.basis is None
            and whole is not None
            and row.amount == round_half_up(whole * row.percent / 100)
        ):
            _set(done, row, "basis", f"{path}.basis", round_half_up(whole))
        if (row.percent is None) != (row.basis is None):
            lone = "percent" if row.basis is None else "basis"
            setattr(row, lone, None)
            done.left_out.append(f"{path}.{lone}")


def _rows(record: Any, name: str) -> list[tuple[int, AllowanceCharge]]:
    return list(enumerate(getattr(record, name)))


def _line_product(line: Line) -> Decimal | None:
    """Quantity times price, before allowances and charges."""
    if line.quantity is None or line.net_price is None:
        return None
    return line.quantity * line.net_price / (line.price_quantity or Decimal(1))


def _write_skonto(invoice: Invoice) -> None:
    """Cash discounts as XRechnung wants them, after the text of the terms: one line each, the last one ended."""
    terms = invoice.payment_terms
    if "#SKONTO#" in (terms.text or ""):
        terms.text = f"{(terms.text or '').rstrip()}\n"  # the line break that ends the last line belongs to the form
    if not terms.discounts or "#SKONTO#" in (terms.text or ""):
        return
    lines = [f"#SKONTO#TAGE={row.days}#PROZENT={round_half_up(row.percent):.2f}#" for row in terms.discounts]
    terms.text = "\n".join([(terms.text or "").rstrip()] * bool(terms.text) + lines) + "\n"


def _fill_from_master(done: Completed, profile: Profile, context: ExportContext) -> None:
    """Only what the profile asks for: what nobody needs stays as printed."""
    wanted = {part for path in profile.required for part in path.split("|")}
    if any(row.category in ("AE", "K") for row in done.invoice.tax_breakdown):
        wanted.add("buyer.vat_id")  # BR-AE-02, BR-IC-02: the buyer owes the tax and is known by his VAT id
    masters: dict[str, Any] = {"seller": context.seller_master, "buyer": context.buyer_master}
    _fill_addresses(done, profile, masters, wanted)
    for path, column in master_columns().items():
        owner, _, name = path.rpartition(".")
        master = masters[owner or "buyer"]
        if path not in wanted or master is None or name.startswith("electronic_address"):
            continue
        record = getattr(done.invoice, owner) if owner else done.invoice
        value = getattr(master, column)
        if getattr(record, name) in (None, "") and value:
            setattr(record, name, value)
            done.from_master.append(path)


def _fill_addresses(done: Completed, profile: Profile, masters: dict[str, Any], wanted: set[str]) -> None:
    """Electronic address and its scheme go together: one of the document is never mixed with one of the master data."""
    for owner, master in masters.items():
        party: Party = getattr(done.invoice, owner)
        path = f"{owner}.electronic_address"
        has_own = party.electronic_address and party.electronic_address_scheme not in (None, *profile.forbidden_schemes)
        if path not in wanted or master is None or has_own:
            continue
        address, scheme = master.electronic_address, master.electronic_address_scheme
        email_scheme = conventions()["email_scheme"]
        if not (address and scheme) and master.email and email_scheme not in profile.forbidden_schemes:
            address, scheme = master.email, email_scheme
        if address and scheme and scheme not in profile.forbidden_schemes:
            party.electronic_address, party.electronic_address_scheme = address, scheme
            done.from_master += [path, f"{path}_scheme"]


def _derive_place_of_delivery(done: Completed) -> None:
    """BG-15 of an intra-Community supply (BR-IC-12, BR-DE-10/11): without another delivery address the goods go to the buyer."""
    invoice = done.invoice
    if not any(row.category == "K" for row in invoice.tax_breakdown) or not invoice.buyer.country:
        return
    has_address = invoice.deliver_to is not None and (invoice.deliver_to.city or invoice.deliver_to.country)
    invoice.deliver_to = invoice.deliver_to or Party()
    for name in ("country",) if has_address else ("street", "postcode", "city", "country"):
        _set(done, invoice.deliver_to, name, f"deliver_to.{name}", getattr(invoice.buyer, name))


def _refuse_schemes(invoice: Invoice, profile: Profile) -> None:
    for owner in ("seller", "buyer"):
        scheme = getattr(invoice, owner).electronic_address_scheme
        if scheme in profile.forbidden_schemes:
            raise DoesNotFit(f"{owner}.electronic_address_scheme", scheme, f"{profile.name} does not know this scheme")


def _absent(invoice: Invoice, path: str) -> Iterator[str]:
    """Paths of the alternatives of one required entry that are all absent, with the index of the row they are missing in."""
    alternatives = path.split("|")
    answers = [_values(invoice, alternative.split(".")) for alternative in alternatives]
    for options in zip(*answers, strict=True):
        if all(value in (None, "", []) for _, value in options):
            yield "|".join(where for where, _ in options)


def _values(record: Any, names: list[str], where: str = "") -> list[tuple[str, Any]]:
    """(path, value) of a field, once per row of the lists on the way. Absent optional groups ask for nothing."""
    name, rest = names[0], names[1:]
    value = getattr(record, name.removesuffix("[]"))
    here = f"{where}.{name.removesuffix('[]')}".lstrip(".")
    if not rest:
        return [(here, value)]
    if name.endswith("[]"):
        return [pair for index, row in enumerate(value) for pair in _values(row, rest, f"{here}[{index}]")]
    if value is None:
        return []
    return _values(value, rest, here)
