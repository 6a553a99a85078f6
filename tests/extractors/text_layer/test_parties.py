"""Supplier and customer on pages of all kinds: whose address, whose name, whose numbers; and what is left to a person."""

from collections.abc import Sequence

import pytest

from extractors.text_layer.addresses import city_in
from extractors.text_layer.company_names import has_legal_form
from schemas import Document, Invoice
from tests.extractors.text_layer.invoices import Line, read, rows, totals

ITEMS = (
    *rows(300, ("Pos", "Artikel", "Menge", "Preis", "Betrag"), ("1", "Schraube", "2", "50,00", "100,00")),
    *totals(360, ("Netto", "100,00"), ("19 % USt", "19,00"), ("Gesamtbetrag", "119,00 EUR")),
)
DATA: Sequence[Line] = ((60, 230, "Rechnung Nr. 2026-0815"), (60, 250, "Rechnungsdatum: 04.05.2026"))


def page(*lines: Line, bottom: Sequence[Line] = ()) -> Document:
    return read(*DATA, *ITEMS, top=lines, bottom=bottom)


def invoice(*lines: Line, bottom: Sequence[Line] = ()) -> Invoice:
    found = page(*lines, bottom=bottom).invoice
    assert found is not None
    return found


def block(x: float, y: float, *lines: str) -> list[Line]:
    return [(x, y + 12 * n, line) for n, line in enumerate(lines)]


CUSTOMER = block(60, 140, "Beispiel Abnehmer AG", "Hafenstrasse 9", "18055 Rostock")


@pytest.mark.parametrize(
    "text",
    [
        "Müller GmbH", "Müller GmbH & Co. KG", "Verein Muster e.V.", "Firma Klein e.K.", "Delvaux Ascenseurs NV/SA", "Wisla Sp. z o.o.",
        "Vidal & Roca Asesores, S.L.P.", "Voyages du Val SARL", "Immobiliare Adige S.r.l.", "Rengøring ApS", "Torvet I/S", "Bilen AB",
        "Ridgeline, Inc.", "Shannon Foundry DAC", "SAS Oenodata", "KOOP s.r.o.", "Kwekerij B.V.", "Alpin IT Services AG",
    ],
)  # fmt: skip
def test_legal_forms(text: str) -> None:
    assert has_legal_form(text)


@pytest.mark.parametrize(
    "text", ["as we see it", "Mit freundlichen Grüßen", "Ihr Ansprechpartner", "siehe a. a. O.", "Kommission"]
)
def test_words_that_are_no_legal_form(text: str) -> None:
    assert not has_legal_form(text)


@pytest.mark.parametrize(
    ("text", "postcode", "city"),
    [
        ("65817 Eppstein", "65817", "Eppstein"),
        ("CH-7306 Fläsch", "7306", "Fläsch"),
        ("Salt Lake City, UT 84109", "84109", "Salt Lake City, UT"),
        ("31-982 Kraków", "31-982", "Kraków"),
        ("2391 PJ Hazerswoude-Dorp", "2391 PJ", "Hazerswoude-Dorp"),
        ("Limerick V94 N2T8", "V94 N2T8", "Limerick"),
        ("75008 Paris CEDEX 08", "75008", "Paris CEDEX 08"),
    ],
)
def test_cities(text: str, postcode: str, city: str) -> None:
    found = city_in(text)
    assert found is not None
    assert found[:2] == (postcode, city)


@pytest.mark.parametrize(
    "text",
    [
        "2418 Foothill Blvd",
        "HRA 8801 AG Kempten",
        "Steuernummer 040 807 60331 Finanzamt Hofheim",
        "1,3 Geschäftsgebühr Nr. 2300 VV RVG",
        "IBAN ES09 0182 6136 2799 3671 2174 BBVA",
    ],
)
def test_numbers_beside_words_are_no_cities(text: str) -> None:
    assert city_in(text) is None


def test_the_legal_name_may_stand_in_the_footer_alone() -> None:
    """The customer's name is the only one with a legal form near an address block; it must not become the supplier's."""
    letterhead = [(60.0, 40.0, "KOVAC"), (200.0, 40.0, "Escher Strasse 244, 50739 Köln")]
    footer = [
        (60.0, 790.0, "Trockenbau Kovac GmbH · AG Köln HRB 88120 · USt-IdNr. DE136695976 · IBAN DE88 2008 0000 0970 3757 00")
    ]
    found = invoice(*letterhead, *CUSTOMER, bottom=footer)
    assert (found.seller.name, found.seller.city) == ("Trockenbau Kovac GmbH", "Köln")
    assert (found.buyer.name, found.buyer.city) == ("Beispiel Abnehmer AG", "Rostock")


def test_a_tagline_is_no_name_and_nobody_vouches_for_it() -> None:
    letterhead = block(60, 40, "grafische Gestaltung", "Lindenweg 4", "50667 Köln")
    document = page(*letterhead, *CUSTOMER, bottom=[(60, 790, "Steuernummer 214/5021/1177")])
    assert not document.accepted
    assert "seller.name" in {f.path for f in document.findings if f.code == "READ-UNSURE"}


def test_a_dash_inside_a_name_is_part_of_it() -> None:
    footer = [
        (
            60.0,
            790.0,
            "Delvaux Ascenseurs – Liften NV/SA · Chaussee de Ninove 410 · 1070 Bruxelles · IBAN DE88 2008 0000 0970 3757 00",
        )
    ]
    assert invoice(*CUSTOMER, bottom=footer).seller.name == "Delvaux Ascenseurs – Liften NV/SA"


def test_a_name_goes_on_in_the_next_line() -> None:
    letterhead = block(60, 40, "Harzer Entsorgungs- und", "Recycling GmbH", "Am Bahnhof 10", "38640 Goslar")
    assert invoice(*letterhead, *CUSTOMER).seller.name == "Harzer Entsorgungs- und Recycling GmbH"


def test_the_block_under_the_sender_line_is_the_customers() -> None:
    lines = [
        (60.0, 40.0, "HanseCargo Spedition GmbH * Billstrasse 71 * 20539 Hamburg"),
        *block(60, 80, *[t for _, _, t in CUSTOMER]),
    ]
    found = invoice(*lines)
    assert (found.seller.city, found.buyer.city) == ("Hamburg", "Rostock")


def test_two_blocks_side_by_side_are_told_apart_by_phone_and_number() -> None:
    left = block(60, 76, "Tandlaegerne I/S", "Torvet 9", "8600 Silkeborg")
    right = block(330, 52, "Vesterlund Rengoring ApS", "Industrivej 52", "8600 Silkeborg", "Tlf. 86 80 44 12", "CVR-nr. 42833827")
    found = invoice(*left, *right)
    assert (found.seller.name, found.buyer.name) == ("Vesterlund Rengoring ApS", "Tandlaegerne I/S")
    assert found.seller.vat_id == "42833827"


@pytest.mark.parametrize(
    ("label", "number", "valid"),
    [
        ("NIP:", "609-508-65-90", True),
        ("NIP:", "609-508-65-91", False),
        ("P.IVA", "01879580965", True),
        ("CIF:", "B10659373", True),
        ("VAT Reg No", "123 4567 82", True),
        ("NIP:", "1234", False),
        ("VAT", "124767.28 EUR", False),
        ("VAT", "275952.00", False),
    ],
)
def test_vat_numbers_without_their_country(label: str, number: str, valid: bool) -> None:
    letterhead = block(330, 40, "Muster Handel GmbH", "Lindenweg 4", "50667 Köln", f"{label} {number}")
    found = invoice(*letterhead, *CUSTOMER).seller.vat_id
    assert found == ("".join(c for c in number if c.isalnum()) if valid else None)


def test_an_account_goes_on_in_the_next_line_of_the_footer() -> None:
    footer = [
        (60.0, 780.0, "Muster GmbH · Lindenweg 4 · 50667 Köln · IBAN DE88 2008 0000"),
        (60.0, 790.0, "0970 3757 00 · BIC DRESDEFF200"),
    ]
    payment = invoice(*CUSTOMER, bottom=footer).payment
    assert (payment.iban, payment.bic) == ("DE88200800000970375700", "DRESDEFF200")


def test_the_account_a_direct_debit_is_taken_from_is_not_the_suppliers() -> None:
    sentence = (60.0, 460.0, "Den Betrag buchen wir von Ihrem Konto DE88 2008 0000 0970 3757 00 ab.")
    letterhead = block(330, 40, "Muster Handel GmbH", "Lindenweg 4", "50667 Köln")
    assert invoice(*letterhead, *CUSTOMER, bottom=[sentence]).payment.iban is None


def test_in_self_billing_the_letterhead_is_the_customers() -> None:
    lines = [
        (60.0, 40.0, "Kontor Handels AG, Am Strom 19, 18119 Rostock, Tel. 0381 1"),
        *block(60, 119, "Energieberatung Dreyer", "Feldstrasse 60", "18057 Rostock"),
        (60.0, 215.0, "Gutschrift Nr. GS-26-1 vom 04.05.2026"),
        (60.0, 270.0, "Wir rechnen im Gutschriftverfahren nach § 14 Abs. 2 UStG ab."),
    ]
    found = read(*ITEMS, top=lines, bottom=[]).invoice
    assert found is not None
    assert found.type_code == "389"
    assert (found.seller.name, found.buyer.name) == ("Energieberatung Dreyer", "Kontor Handels AG")
