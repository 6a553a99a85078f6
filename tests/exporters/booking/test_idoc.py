"""INVOIC02: segments, qualifiers, totals, and the flat file byte by byte."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from lxml import etree

import exporters
from exporters import DoesNotFit, ExportContext, MissingData
from exporters.fields import table
from exporters.sap.idoc import DATA_HEAD, definitions
from schemas import Invoice
from schemas.targets import SapTarget, Targets
from tests.exporters.booking.scenes import D, bookings, context, ordered, posted, posting, share
from tests.exporters.invoices import line, plain_invoice, seller

CONTROL_LENGTH, HEAD_LENGTH, DATA_LENGTH = 524, 63, 1000


def written(invoice: Invoice, told: ExportContext) -> etree._Element:
    return etree.fromstring(exporters.write("sap-idoc", invoice, told).data)


def texts(root: etree._Element, path: str) -> list[str]:
    return [element.text or "" for element in root.findall(path)]


def segment(root: etree._Element, name: str, qualifier: str, value: str) -> etree._Element:
    return next(one for one in root.iter(name) if one.findtext(qualifier) == value)


@pytest.mark.parametrize("name", bookings())
def test_totals_and_amounts(name: str) -> None:
    invoice, told = bookings()[name]
    root = written(invoice, told)
    sums = {one.findtext("SUMID"): Decimal(one.findtext("SUMME") or "") for one in root.iter("E1EDS01")}
    totals = invoice.totals
    assert sums == {"010": totals.tax_basis_total, "011": totals.grand_total, "005": totals.tax_total}
    items = sum(Decimal(text) for text in texts(root, ".//E1EDP26/BETRG"))
    signs = {"+": 1, "-": -1}
    costs = sum(Decimal(one.findtext("BETRG") or "") * signs[one.findtext("ALCKZ") or ""] for one in root.iter("E1EDK05"))
    assert items + costs == totals.tax_basis_total
    assert sum(Decimal(text) for text in texts(root, ".//E1EDK04/MWSBT")) == totals.tax_total


@pytest.mark.parametrize("name", bookings())
def test_flat_file_says_what_the_xml_says(name: str) -> None:
    invoice, told = bookings()[name]
    data = exporters.write("sap-idoc-flat", invoice, told).data
    segments = [one for one in written(invoice, told).iter() if one.tag in definitions()]
    assert len(data) == CONTROL_LENGTH + len(segments) * (HEAD_LENGTH + DATA_LENGTH)
    text = data.decode("iso-8859-1")
    for number, (expected, record) in enumerate(zip(segments, records(text), strict=True), 1):
        head = dict(zip((key for key, _ in DATA_HEAD), cut(record, [width for _, width in DATA_HEAD]), strict=True))
        assert head["SEGNAM"] == definitions()[str(expected.tag)][0]
        assert head["SEGNUM"] == f"{number:06}"
        parent = expected.getparent()
        assert parent is not None
        nested = parent.tag != "IDOC"
        assert head["HLEVEL"] == ("03" if nested else "02")
        assert head["PSGNUM"] == (f"{segments.index(parent) + 1:06}" if nested else "000000")
        fields = table("exporters.sap", "idoc_fields.csv")[str(expected.tag)]
        widths = [one.length + (one.kind in ("amount", "quantity")) for one in fields.values()]
        values = dict(zip(fields, cut(record[HEAD_LENGTH:], widths), strict=True))
        assert {key: value for key, value in values.items() if value} == {one.tag: one.text for one in expected if not len(one)}


def records(text: str) -> Iterator[str]:
    for start in range(CONTROL_LENGTH, len(text), HEAD_LENGTH + DATA_LENGTH):
        yield text[start : start + HEAD_LENGTH + DATA_LENGTH]


def cut(record: str, widths: list[int]) -> Iterator[str]:
    at = 0
    for width in widths:
        yield record[at : at + width].rstrip()
        at += width


def test_control_record_by_position() -> None:
    data = exporters.write("sap-idoc-flat", *bookings()["order"]).data.decode("iso-8859-1")
    assert data[:10] == "EDI_DC40  "
    assert data[35] == "2"
    assert data[39:69].rstrip() == "INVOIC02"
    assert data[99:132].rstrip() == "INVOIC" + " " * 24 + "MM"
    assert data[148:172] == "BELEGFLUSSLI  0000100001"
    assert data[378:392] == "20260115093000"
    assert len(data[434:504].strip()) == 64


def test_order_references_and_partners() -> None:
    root = written(*bookings()["two rates"])
    pairs = [(one.findtext("BELNR"), one.findtext("ZEILE")) for one in root.iter("E1EDP02") if one.findtext("QUALF") == "001"]
    assert pairs == [("4500000001", "00010"), ("4500000001", "00020")]
    assert segment(root, "E1EDKA1", "PARVW", "RS").findtext("PARTN") == "0000100001"
    assert segment(root, "E1EDKA1", "PARVW", "RE").findtext("PARTN") == "1000"
    assert texts(root, ".//EDI_DC40/MESCOD") == ["MM"]
    assert texts(root, ".//E1EDP01/MENEE") == ["PCE", "PCE"]


def test_account_invoice_names_account_and_cost_object() -> None:
    root = written(*bookings()["account"])
    assert texts(root, ".//EDI_DC40/MESCOD") == ["FI"]
    assert segment(root, "E1EDP19", "QUALF", "002").findtext("IDTNR") == "420000"
    assert segment(root, "E1EDP02", "QUALF", "021").findtext("BELNR") == "4711"
    assert not [one for one in root.iter("E1EDP02") if one.findtext("QUALF") == "001"]


def test_kind_and_terms() -> None:
    root = written(*bookings()["credit memo of an order"])
    assert texts(root, ".//BSART") == ["CRME"]
    terms = [
        (one.findtext("QUALF"), one.findtext("TAGE"), one.findtext("PRZNT"))
        for one in written(*bookings()["cash discount"]).iter("E1EDK18")
    ]
    assert terms == [("001", "14", "2.00"), ("003", "30", None)]


def test_settings_change_profile_and_qualifiers() -> None:
    invoice, told = bookings()["order"]
    sap = SapTarget(gross_qualifier="010", net_qualifier="012", sender_partner="ARCHIV", sender_type="LS", order_variant="")
    root = written(invoice, replace(told, targets=Targets(sap=sap)))
    assert [one.findtext("SUMME") for one in root.iter("E1EDS01") if one.findtext("SUMID") == "010"] == ["119.00"]
    assert texts(root, ".//SNDPRN") + texts(root, ".//SNDPRT") == ["ARCHIV", "LS"]
    assert texts(root, ".//MESCOD") == []


REFUSED = {
    "number of 17": (plain_invoice(number="R" * 17), context(lines=[posted()]), "number", "16"),
    "name of 36": (plain_invoice(seller=seller(name="N" * 36)), context(lines=[posted()]), "seller.name", "35"),
    "tax code of 3": (plain_invoice(), context(lines=[posted(tax_code="V19")]), "posting.lines[0].tax_code", "2"),
    "order of 11": (
        plain_invoice(),
        context(lines=[ordered()], shares=[share(purchase_order="45000000011")]),
        "posting.lines[0].purchase_order",
        "10",
    ),
    "order item in letters": (
        plain_invoice(),
        context(lines=[ordered()], shares=[share(purchase_order_line="A1")]),
        "posting.lines[0].purchase_order_line",
        "digits",
    ),
    "quantity of four decimals": (
        plain_invoice(),
        context(lines=[ordered()], shares=[share(quantity=D("1.2345"))]),
        "posting.lines[0].quantity",
        "3 decimals",
    ),
    "item below zero": (
        plain_invoice(
            lines=[line(1, net_amount=D("150.00")), line(2, net_amount=D("-50.00"))],
        ),
        context(lines=[ordered(1, "150.00"), ordered(2, "-50.00")], shares=[share(1), share(2)]),
        "posting.lines[1].net_amount",
        "below zero",
    ),
    "order and account": (
        plain_invoice(lines=[line(1, net_amount=D("60.00")), line(2, net_amount=D("40.00"))]),
        context(lines=[ordered(1, "60.00"), posted(2, "40.00")], shares=[share(1)]),
        "posting.lines[1]",
        "order items only",
    ),
    "subsequent debit": (plain_invoice(type_code="383"), context(lines=[posted()]), "type_code", "subsequent"),
    "corrected invoice": (plain_invoice(type_code="384"), context(lines=[posted()]), "type_code", "corrected"),
    "another sum": (plain_invoice(), context(lines=[posted(1, "99.00")]), "tax_breakdown[0].basis", "99.00"),
    "rounding": (
        plain_invoice(totals=plain_invoice().totals.model_copy(update={"rounding": D("0.01")})),
        context(lines=[posted()]),
        "totals.rounding",
        "amount",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("form", ["sap-idoc", "sap-idoc-flat"])
def test_what_does_not_fit_is_refused_with_its_field(name: str, form: str) -> None:
    invoice, told, field, limit = REFUSED[name]
    with pytest.raises(DoesNotFit) as caught:
        exporters.write(form, invoice, told)
    assert caught.value.field == field
    assert limit in caught.value.limit


MISSING = {
    "posting": (ExportContext(created=context(lines=[]).created), "posting"),
    "vendor": (replace(context(lines=[]), posting=posting(posted(), vendor_number=None)), "posting.vendor_number"),
    "tax code": (context(lines=[posted(tax_code=None)]), "posting.lines[0].tax_code"),
    "amount": (context(lines=[posted().model_copy(update={"net_amount": None})]), "posting.lines[0].net_amount"),
}


@pytest.mark.parametrize("name", MISSING)
def test_what_is_missing_is_named(name: str) -> None:
    told, path = MISSING[name]
    with pytest.raises(MissingData) as caught:
        exporters.write("sap-idoc", plain_invoice(), told)
    assert path in caught.value.paths


def test_letters_beyond_the_code_page() -> None:
    invoice, told = plain_invoice(seller=seller(name="Łódzkie Łożyska")), context(lines=[posted()])
    with pytest.raises(DoesNotFit, match="Ł"):
        exporters.write("sap-idoc-flat", invoice, told)
    unicode_port = replace(told, targets=Targets(sap=SapTarget(flat_encoding="utf-8")))
    text = exporters.write("sap-idoc-flat", invoice, unicode_port).data.decode("utf-8")
    assert (len(text) - CONTROL_LENGTH) % (HEAD_LENGTH + DATA_LENGTH) == 0


def test_a_text_nobody_books_by_is_left_out_whole() -> None:
    invoice = plain_invoice(lines=[line(name="T" * 71)])
    one = exporters.write("sap-idoc", invoice, context(lines=[posted()]))
    assert b"TTT" not in one.data
    assert one.not_carried == ["posting.lines[0].text"]
