"""IDoc INVOIC02: the segments of an invoice, and their two forms, XML and the flat file of the file port.

Segments, lengths and qualifiers are data (``idoc_*.csv``); source: SAP help on the IDoc inbound of logistics invoice verification
and of financial accounting (message INVOIC, process codes INVL and INVF), structures EDI_DC40 and EDI_DD40.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache

from lxml import etree

from exporters.booking import Booking, Item, book, idempotency_key
from exporters.context import ExportContext, Exported
from exporters.errors import DoesNotFit
from exporters.fields import Field, Stated, fill, read_rows, table
from exporters.sap import terms
from schemas import Invoice

CONTROL = "EDI_DC40"
IDOC_TYPE = "INVOIC02"
DATA_HEAD = (("SEGNAM", 30), ("MANDT", 3), ("DOCNUM", 16), ("SEGNUM", 6), ("PSGNUM", 6), ("HLEVEL", 2))
"""EDI_DD40 in front of the 1000 characters of data; 63 together."""
DATA_LENGTH = 1000
ROOT_LEVEL = 2
QUALIFIERS = ("QUALF", "IDDAT", "SUMID", "PARVW", "ALCKZ")


@dataclass(frozen=True)
class Segment:
    """One segment with its values as text, and the segments below it."""

    name: str
    values: Mapping[str, str]
    inner: tuple["Segment", ...] = ()


@dataclass
class Idoc:
    """Control record and segments of one invoice; ``left_out`` are paths whose text had no room."""

    control: dict[str, str]
    segments: list[Segment]
    left_out: list[str] = field(default_factory=list)


@cache
def definitions() -> Mapping[str, tuple[str, str]]:
    """Segment type -> (definition as flat files name it, parent)."""
    return {row["segment"]: (row["definition"], row["parent"]) for row in read_rows("exporters.sap", "idoc_segments.csv")}


@cache
def _limits() -> Mapping[tuple[str, str, str], tuple[int, str]]:
    rows = read_rows("exporters.sap", "idoc_limits.csv")
    return {(row["segment"], row["qualifier"], row["field"]): (int(row["length"]), row["meaning"]) for row in rows}


def fields_of(segment: str, qualifier: str = "") -> dict[str, Field]:
    """The fields of a segment; those that end up in a shorter field of SAP by this qualifier have its length."""
    fields = dict(table("exporters.sap", "idoc_fields.csv")[segment])
    for name, one in fields.items():
        limit = _limits().get((segment, qualifier, name))
        if limit:
            fields[name] = replace(one, length=limit[0])
    return fields


def _layout(segment: str) -> Mapping[str, Field]:
    """All fields in their order and full width, as the flat file has them."""
    return table("exporters.sap", "idoc_fields.csv")[segment]


class _Maker:
    """Makes the segments of one booking."""

    def __init__(self, booking: Booking, context: ExportContext) -> None:
        self.booking, self.context, self.sap = booking, context, context.targets.sap
        self.left_out: list[str] = []

    def segment(self, name: str, *inner: Segment, **given: Stated) -> Segment:
        qualifier = next((str(given[key].value) for key in QUALIFIERS if key in given), "")
        values = fill(fields_of(name, qualifier), given, self.left_out)
        return Segment(name, {key: str(value) for key, value in values.items()}, inner)

    def control(self) -> dict[str, str]:
        sap, created = self.sap, self.context.created
        variant = sap.order_variant if self.booking.has_order else sap.account_variant
        given = {
            "TABNAM": CONTROL,
            "MANDT": sap.client,
            "DIRECT": "2",
            "IDOCTYP": IDOC_TYPE,
            "MESTYP": "INVOIC",
            "MESCOD": variant,
            "SNDPOR": sap.sender_port,
            "SNDPRT": sap.sender_type,
            "SNDPFC": sap.sender_function,
            "SNDPRN": sap.sender_partner or self.booking.vendor_number,
            "RCVPOR": sap.receiver_port,
            "RCVPRT": sap.receiver_type,
            "RCVPRN": sap.receiver_partner,
            "CREDAT": f"{created:%Y%m%d}",
            "CRETIM": f"{created:%H%M%S}",
            "ARCKEY": idempotency_key(self.booking, "sap-idoc"),
        }
        paths = {"SNDPRN": "posting.vendor_number"}
        stated = {key: Stated(value, paths.get(key, f"settings.targets.sap ({key})")) for key, value in given.items()}
        values = fill(fields_of(CONTROL), stated, self.left_out)
        return {key: str(value) for key, value in values.items()}

    def header(self) -> Iterator[Segment]:
        booking, invoice = self.booking, self.booking.invoice
        if booking.kind == "subsequent":
            raise DoesNotFit("type_code", invoice.type_code or "", "INVOIC has no field for a subsequent debit")
        kind = "CRME" if booking.is_credit else "INVO"
        yield self.segment("E1EDK01", CURCY=Stated(booking.currency, "currency"), BSART=Stated(kind, "type_code"))
        yield from self.partners()
        yield self.segment(
            "E1EDK02", QUALF=_fixed("009"), BELNR=Stated(booking.number, "number"), DATUM=Stated(booking.issue_date, "issue_date")
        )
        orders = {item.share.purchase_order for item in booking.items if item.share is not None}
        if len(orders) == 1:
            yield self.segment("E1EDK02", QUALF=_fixed("001"), BELNR=Stated(orders.pop(), "match.lines[0].purchase_order"))
        for qualifier in ("012", "024"):
            yield self.segment("E1EDK03", IDDAT=_fixed(qualifier), DATUM=Stated(booking.issue_date, "issue_date"))
        for row in booking.taxes:
            yield self.segment("E1EDK04", **self.tax_of(row.tax_code, row.rate), MWSBT=Stated(row.amount, "tax_breakdown.amount"))
        for cost in booking.delivery_costs:
            yield self.segment(
                "E1EDK05",
                ALCKZ=_fixed("+" if cost.amount > 0 else "-"),
                KOTXT=Stated(cost.text, f"{cost.path}.reason"),
                BETRG=Stated(abs(cost.amount), f"{cost.path}.amount"),
                MWSKZ=Stated(terms.tax_code(cost.tax_code, self.context), f"{cost.path}.tax_code"),
            )
        yield from self.terms_of_payment()

    def partners(self) -> Iterator[Segment]:
        booking, sap = self.booking, self.sap
        role = sap.order_partner_function if booking.has_order else sap.account_partner_function
        vendor = Stated(terms.internal_number(booking.vendor_number), "posting.vendor_number")
        name = Stated(booking.invoice.seller.name, "seller.name")
        yield self.segment("E1EDKA1", PARVW=_fixed(role), PARTN=vendor, LIFNR=vendor, NAME1=name)
        company = self.context.buyer_master
        name = Stated(company.name if company else booking.invoice.buyer.name, "buyer.name")
        yield self.segment("E1EDKA1", PARVW=_fixed("RE"), PARTN=Stated(booking.company_code, "posting.company_code"), NAME1=name)

    def terms_of_payment(self) -> Iterator[Segment]:
        stated = terms.payment_terms(self.booking)
        for index, (days, percent) in enumerate(stated.discounts):
            path = f"payment_terms.discounts[{index}]"
            yield self.segment(
                "E1EDK18", QUALF=_fixed(f"{index + 1:03}"), TAGE=Stated(str(days), path), PRZNT=Stated(percent, path)
            )
        if stated.net_days is not None:
            yield self.segment("E1EDK18", QUALF=_fixed("003"), TAGE=Stated(str(stated.net_days), "payment_terms.net_days"))

    def tax_of(self, code: str, rate: Decimal) -> dict[str, Stated]:
        return {
            "MWSKZ": Stated(terms.tax_code(code, self.context), "posting.lines.tax_code"),
            "MSATZ": Stated(rate, "tax_breakdown.rate"),
        }

    def item(self, number: int, item: Item) -> Segment:
        inner = [*self.references(item), *self.objects(item)]
        amount = Stated(item.amount, f"{item.path}.net_amount")
        inner.append(self.segment("E1EDP26", QUALF=_fixed("003"), BETRG=amount))
        given = self.tax_of(item.tax_code, self.booking.rate_of(item))
        inner.append(self.segment("E1EDP04", **{**given, "MWSKZ": replace(given["MWSKZ"], path=f"{item.path}.tax_code")}))
        quantity = terms.quantity_of(item)
        unit = terms.iso_unit(terms.unit_of(item), self.context) if quantity is not None else None
        return self.segment(
            "E1EDP01",
            *inner,
            POSEX=_fixed(f"{number * 10:06}"),
            MENGE=Stated(quantity, f"{item.path}.quantity"),
            MENEE=Stated(unit, f"{item.path}.unit"),
        )

    def references(self, item: Item) -> Iterator[Segment]:
        if item.share is not None:
            yield self.segment(
                "E1EDP02",
                QUALF=_fixed("001"),
                BELNR=Stated(item.share.purchase_order, f"{item.path}.purchase_order"),
                ZEILE=Stated(_order_item(item), f"{item.path}.purchase_order_line"),
            )
            note = item.line.delivery_note if item.line else None
            note = note or self.booking.invoice.delivery_note_reference
            if note:
                yield self.segment("E1EDP02", QUALF=_fixed("016"), BELNR=Stated(note, "delivery_note_reference"))
            return
        for name in ("cost_center", "internal_order", "wbs_element", "asset"):
            value = getattr(item.posting, name)
            if value:
                yield self.segment("E1EDP02", QUALF=_fixed("021"), BELNR=Stated(value, f"{item.path}.{name}"))

    def objects(self, item: Item) -> Iterator[Segment]:
        if item.share is None:
            account = Stated(item.posting.gl_account, f"{item.path}.gl_account")
            yield self.segment("E1EDP19", QUALF=_fixed("002"), IDTNR=account, KTEXT=Stated(item.text, f"{item.path}.text"))
            return
        for qualifier, name in (("001", "buyer_item_id"), ("002", "seller_item_id")):
            value = getattr(item.line, name, None)
            if value:
                text = Stated(item.text if qualifier == "002" else None, "lines.name")
                yield self.segment("E1EDP19", QUALF=_fixed(qualifier), IDTNR=Stated(value, f"lines.{name}"), KTEXT=text)

    def totals(self) -> Iterator[Segment]:
        sap, booking = self.sap, self.booking
        for qualifier, amount, path in (
            (sap.net_qualifier, booking.net, "totals.tax_basis_total"),
            (sap.gross_qualifier, booking.gross, "totals.grand_total"),
            (sap.tax_qualifier, booking.tax, "totals.tax_total"),
        ):
            currency = Stated(booking.currency, "currency")
            yield self.segment("E1EDS01", SUMID=_fixed(qualifier), SUMME=Stated(amount, path), SUNIT=currency, WAERQ=currency)


def _fixed(value: str) -> Stated:
    return Stated(value, "")


def _order_item(item: Item) -> str:
    number = terms.item_number(item.share.purchase_order_line if item.share else None)
    if not number.isdigit():
        raise DoesNotFit(f"{item.path}.purchase_order_line", number, "E1EDP02-ZEILE takes digits only")
    return number.zfill(5)


def make(booking: Booking, context: ExportContext) -> Idoc:
    """Control record and segments. Raises ``DoesNotFit`` that names field, value and limit."""
    terms.check_items(booking)
    if booking.has_order and any(item.share is None for item in booking.items):
        path = next(item.path for item in booking.items if item.share is None)
        raise DoesNotFit(path, "", "INVOIC for invoice verification holds order items only; use sap-odata or sap-bapi")
    maker = _Maker(booking, context)
    items = [maker.item(number, item) for number, item in enumerate(booking.items, 1)]
    segments = [*maker.header(), *items, *maker.totals()]
    return Idoc(maker.control(), segments, maker.left_out)


def write_xml(invoice: Invoice, context: ExportContext) -> Exported:
    """``sap-idoc``: UTF-8 XML, the element names are those of the segments and fields."""
    idoc = make(book(invoice, context, "sap-idoc"), context)
    root = etree.Element(IDOC_TYPE)
    document = etree.SubElement(root, "IDOC", BEGIN="1")
    _append(document, Segment(CONTROL, idoc.control))
    for segment in idoc.segments:
        _append(document, segment)
    data = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return Exported(data, "application/xml", ".xml", not_carried=idoc.left_out)


def _append(parent: etree._Element, segment: Segment) -> None:
    element = etree.SubElement(parent, segment.name, SEGMENT="1")
    for name, value in segment.values.items():
        etree.SubElement(element, name).text = value
    for inner in segment.inner:
        _append(element, inner)


def write_flat(invoice: Invoice, context: ExportContext) -> Exported:
    """``sap-idoc-flat``: control record of 524 and data records of 63 + 1000 characters, nothing between them."""
    idoc = make(book(invoice, context, "sap-idoc-flat"), context)
    client = context.targets.sap.client
    records = ["".join(idoc.control.get(name, "").ljust(_width(one)) for name, one in _layout(CONTROL).items())]
    number = 0

    def walk(segment: Segment, parent: int, level: int) -> None:
        nonlocal number
        number += 1
        own = number
        head = (definitions()[segment.name][0], client, "", f"{own:06}", f"{parent:06}", f"{level:02}")
        front = "".join(value.ljust(width) for value, (_, width) in zip(head, DATA_HEAD, strict=True))
        data = "".join(segment.values.get(name, "").ljust(_width(one)) for name, one in _layout(segment.name).items())
        records.append(front + data.ljust(DATA_LENGTH))
        for inner in segment.inner:
            walk(inner, own, level + 1)

    for segment in idoc.segments:
        walk(segment, 0, ROOT_LEVEL)
    text, encoding = "".join(records), context.targets.sap.flat_encoding
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError as problem:
        where = problem.object[problem.start : problem.end]
        raise DoesNotFit(
            "invoice", where, f"the code page {encoding} has no such character; set flat_encoding to utf-8"
        ) from None
    return Exported(data, "text/plain", ".idoc", not_carried=idoc.left_out)


def _width(one: Field) -> int:
    """Characters the field takes in the record; a number has its point besides its digits."""
    return one.length + 1 if one.kind in ("amount", "quantity") else one.length
