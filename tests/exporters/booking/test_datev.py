"""DATEV: the batch read back column by column, the LEDGER against the invoice, and what is refused."""

import csv
import io
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from zipfile import ZipFile

import pytest
from lxml import etree

import exporters
from exporters import DoesNotFit, ExportContext, MissingData
from exporters.datev.extf import fields_of, merge
from exporters.fields import table
from schemas import Invoice
from schemas.targets import DatevTarget, Targets
from tests.exporters.booking.scenes import D, bookings, context, invoice_of, posted
from tests.exporters.invoices import plain_invoice, seller

KEYS = {
    ("datev", "company", "consultant"): "29098",
    ("datev", "company", "client"): "55003",
    ("datev", "vendor", "100001"): "70001",
    ("datev", "gl_account", "420000"): "4200",
    ("datev", "gl_account", ""): "3200",
    ("datev", "gl_account", "delivery-costs"): "3800",
    ("datev", "tax_code", "V1"): "9",
    ("datev", "tax_code", "V2"): "8",
    ("datev", "tax_code", "V3"): "",
    ("datev", "tax_code", "VR"): "94",
}
BOOKED = {name: (invoice, replace(told, keys=KEYS)) for name, (invoice, told) in bookings().items() if invoice.currency == "EUR"}
TITLES = {
    1: "Umsatz (ohne Soll/Haben-Kz)",
    2: "Soll/Haben-Kennzeichen",
    7: "Konto",
    8: "Gegenkonto (ohne BU-Schlüssel)",
    9: "BU-Schlüssel",
}
TITLES |= {
    10: "Belegdatum",
    11: "Belegfeld 1",
    14: "Buchungstext",
    20: "Beleglink",
    37: "KOST1 - Kostenstelle",
    38: "KOST2 - Kostenstelle",
}
TITLES |= {
    40: "EU-Land u. UStID (Bestimmung)",
    114: "Festschreibung",
    115: "Leistungsdatum",
    117: "Fälligkeit",
    125: "Abw. Skontokonto",
}
"""Column numbers as DATEV documents them."""


def batch(invoice: Invoice, told: ExportContext) -> tuple[list[str], list[str], list[dict[str, str]]]:
    """Head, titles and lines, read as DATEV reads them."""
    one = exporters.write("datev", invoice, told)
    text = one.data.decode("cp1252")
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    head, titles, *lines = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    return head, titles, [dict(zip(titles, line, strict=True)) for line in lines]


def signed(line: dict[str, str]) -> Decimal:
    amount = Decimal(line[TITLES[1]].replace(",", "."))
    return amount if line[TITLES[2]] == "S" else -amount


def test_columns_stand_where_datev_documents_them() -> None:
    _, titles, _ = batch(*BOOKED["account"])
    assert len(titles) == len(fields_of("EXTF")) == 125
    assert {number: titles[number - 1] for number in TITLES} == TITLES


@pytest.mark.parametrize("name", BOOKED)
def test_every_column_keeps_its_form(name: str) -> None:
    invoice, told = BOOKED[name]
    raw = exporters.write("datev", invoice, told).data.decode("cp1252").split("\r\n")
    head, _, lines = batch(invoice, told)
    assert len(head) == 31
    assert re.fullmatch(
        r'"EXTF";700;21;"Buchungsstapel";13;\d{17};;"RE";"";"";29098;55003;20260101;4;20260101;20260131;.*', raw[0]
    )
    forms = {
        "amount": r"(\d+,\d{2,6})?",
        "number": r"\d*",
        "date-ddmm": r"(\d{4})?",
        "date-ddmmyyyy": r"(\d{8})?",
        "text": r'".*"',
    }
    for line, cells in zip(lines, raw[2:], strict=False):
        assert cells.count(";") >= 124
        for title, one in fields_of("EXTF").items():
            value = line[title]
            if one.kind != "text":
                assert re.fullmatch(forms[one.kind], value), title
            assert len(value) <= one.length + (one.kind == "amount"), title
    assert sum(signed(line) for line in lines) == (-1 if invoice.type_code == "381" else 1) * (invoice.totals.grand_total or D(0))


def test_one_line_read_back() -> None:
    _, _, (line,) = batch(*BOOKED["account"])
    filled = {title: value for title, value in line.items() if value}
    link = filled.pop("Beleglink")
    assert re.fullmatch(r'BEDI "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"', link)
    assert filled == {
        "Umsatz (ohne Soll/Haben-Kz)": "119,00",
        "Soll/Haben-Kennzeichen": "S",
        "WKZ Umsatz": "EUR",
        "Konto": "4200",
        "Gegenkonto (ohne BU-Schlüssel)": "70001",
        "BU-Schlüssel": "0009",
        "Belegdatum": "1201",
        "Belegfeld 1": "RE-2026-0001",
        "Buchungstext": "Beispiel Werkzeuge GmbH",
        "KOST1 - Kostenstelle": "4711",
        "Festschreibung": "0",
        "Leistungsdatum": "09012026",
        "Fälligkeit": "11022026",
    }


def test_rates_keys_and_delivery_costs_have_lines_of_their_own() -> None:
    _, _, lines = batch(*BOOKED["two rates"])
    assert [(line["Konto"], line["BU-Schlüssel"], line[TITLES[1]]) for line in lines] == [
        ("3200", "0009", "119,00"),
        ("3800", "0009", "7,14"),
        ("3200", "0008", "53,50"),
    ]


def test_credit_memo_and_automatic_account() -> None:
    assert batch(*BOOKED["credit memo of an account"])[2][0][TITLES[2]] == "H"
    invoice, told = BOOKED["account"]
    automatic = replace(told, keys=KEYS | {("datev", "automatic_account", "420000"): ""})
    assert batch(invoice, automatic)[2][0]["BU-Schlüssel"] == ""


def test_one_file_for_each_period() -> None:
    told = BOOKED["account"][1]
    days = [date(2026, 2, 3), date(2026, 1, 5), date(2026, 2, 28)]
    single = [exporters.write("datev", plain_invoice(number=f"R{day:%d}", issue_date=day), told).data for day in days]
    merged = merge(single)
    assert [key[4:] for key in merged] == [("20260201", "20260228"), ("20260101", "20260131")]
    assert [len(data.splitlines()) - 2 for data in merged.values()] == [2, 1]
    first = next(iter(merged.values())).split(b"\r\n")
    assert first[2:] == [single[0].split(b"\r\n")[2], single[2].split(b"\r\n")[2], b""]
    assert merge(single[:1]) == {next(iter(merged)): single[0]}


def test_fiscal_year_that_begins_in_july() -> None:
    invoice, told = BOOKED["account"]
    july = replace(told, targets=Targets(datev=DatevTarget(fiscal_year_month=7)))
    assert batch(invoice, july)[0][12] == "20250701"


def package(invoice: Invoice, told: ExportContext) -> tuple[etree._Element, etree._Element, dict[str, bytes]]:
    with ZipFile(io.BytesIO(exporters.write("datev-documents", invoice, told).data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    document = etree.fromstring(files["document.xml"])
    ledger_name = document.xpath("string(//@datafile)")
    return document, etree.fromstring(files[str(ledger_name)]), files


@pytest.mark.parametrize("name", BOOKED)
def test_ledger_adds_up_to_the_invoice(name: str) -> None:
    invoice, told = BOOKED[name]
    _, ledger, _ = package(invoice, told)
    sign = -1 if invoice.type_code == "381" else 1
    (group,) = ledger
    amounts = [Decimal(one.text or "") for one in group.iter("{*}amount")]
    assert sum(amounts) == Decimal(group.get("consolidatedAmount") or "") == sign * (invoice.totals.grand_total or D(0))
    order = list(table("exporters.datev", "ledger_fields.csv")["accountsPayableLedger"])
    for entry in group:
        names = [etree.QName(one).localname for one in entry]
        assert names == sorted(names, key=order.index)


def test_package_holds_what_it_names() -> None:
    invoice, told = BOOKED["account"]
    document, _, files = package(invoice, replace(told, original_pdf=b"%PDF-1.7"))
    named = document.xpath("//@datafile | //*[@name]/@name")
    assert set(files) == {"document.xml", *map(str, named)}  # type: ignore[arg-type]
    assert b"%PDF-1.7" in files.values()
    link = batch(invoice, told)[2][0]["Beleglink"]
    assert str(document.xpath("string(//@guid)")) in link
    again = exporters.write("datev-documents", invoice, replace(told, original_pdf=b"%PDF-1.7")).data
    assert again == exporters.write("datev-documents", invoice, replace(told, original_pdf=b"%PDF-1.7")).data


def told(**more: Any) -> ExportContext:
    return replace(context(lines=[posted(**more)]), keys=KEYS)


REFUSED = {
    "number of 37": (plain_invoice(number="R" * 37), told(), "number"),
    "number with a blank": (plain_invoice(number="RE 7"), told(), "number"),
    "tax code without key": (plain_invoice(), told(tax_code="V9"), "posting.lines[0].tax_code"),
    "account of six digits": (plain_invoice(), told(gl_account="651000"), "posting.lines[0].gl_account"),
    "creditor without number": (
        plain_invoice(),
        replace(told(), keys={key: value for key, value in KEYS.items() if key[1] != "vendor"}),
        "posting.vendor_number",
    ),
    "cost center of 37": (plain_invoice(), told(cost_center="K" * 37), "posting.lines[0].cost_center"),
    "foreign currency": (plain_invoice(currency="USD"), told(), "currency"),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("form", ["datev", "datev-documents"])
def test_what_does_not_fit_is_refused_with_its_field(name: str, form: str) -> None:
    invoice, given, field = REFUSED[name]
    if (name, form) == ("number with a blank", "datev-documents"):
        assert exporters.write(form, invoice, given).data  # the LEDGER takes blanks
        return
    with pytest.raises(DoesNotFit) as caught:
        exporters.write(form, invoice, given)
    assert caught.value.field == field


def test_client_number_is_needed() -> None:
    nobody = replace(told(), keys={key: value for key, value in KEYS.items() if key[2] != "client"})
    with pytest.raises(MissingData, match=r"settings\.datev\.client"):
        exporters.write("datev", plain_invoice(), nobody)


def test_a_name_that_windows_does_not_know_is_left_out_whole() -> None:
    one = exporters.write("datev", plain_invoice(seller=seller(name="Łódź")), told())
    assert one.not_carried == ["seller.name"]


def test_an_amount_of_eleven_digits() -> None:
    invoice = invoice_of("10000000000.00", tax="0.00", rate="0")
    large = replace(context(lines=[posted(1, "10000000000.00")]), keys=KEYS)
    for form, field in (("datev", "posting.lines[0].net_amount"), ("datev-documents", "totals.grand_total")):
        with pytest.raises(DoesNotFit) as caught:
            exporters.write(form, invoice, large)
        assert caught.value.field == field
