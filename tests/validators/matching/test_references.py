"""Order numbers in the forms in which suppliers print them."""

import pytest

from schemas import Invoice, Line, Note
from validators.matching import order_references
from validators.matching.references import line_references


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        pytest.param("4500012345", {"4500012345"}, id="plain"),
        pytest.param("45 0001 2345", {"4500012345"}, id="in groups"),
        pytest.param("4500012345/10", {"4500012345"}, id="with line"),
        pytest.param("4500012345-00010", {"4500012345"}, id="with zero-padded line"),
        pytest.param("PO 4500012345 vom 03.11.2026", {"4500012345"}, id="with word and date"),
        pytest.param("4500012345, 4500012399", {"4500012345", "4500012399"}, id="two"),
        pytest.param("4500012345\n4500012399", {"4500012345", "4500012399"}, id="two lines"),
        pytest.param("B-2026/0815", {"B20260815"}, id="letters and slash"),
        pytest.param("0004711", {"4711"}, id="leading zeros"),
        pytest.param("e-mail Frau Muster", set(), id="no number"),
        pytest.param("", set(), id="empty"),
    ],
)
def test_order_field(text: str, numbers: set[str]) -> None:
    found = order_references(Invoice(purchase_order_reference=text))
    assert numbers <= set(found.order_numbers)
    assert bool(found.orders) == bool(numbers)
    assert all(reference.stated and reference.path == "purchase_order_reference" for reference in found.orders)


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("Ihre Bestellung Nr. 4500012345", {"4500012345"}),
        ("Bestell-Nr.: 45 0001 2345", {"4500012345"}),
        ("Your PO 4500012345 of 3 Nov 2026", {"4500012345"}),
        ("Votre commande n° 4500012345", {"4500012345"}),
        ("Rif. ordine 4500012345", {"4500012345"}),
        ("Bestellungen 4500012345, 4500012399 und 4500012400", {"4500012345", "4500012399", "4500012400"}),
        ("Lieferschein 80012345 vom 12.11.2026", set()),
        ("Vorgang 4500012345", set()),
        ("Ihre Bestellung vom 12.03.2026", set()),
        ("Bestellung 12.03.2026", set()),
        ("Bestellung 2026-03-12 per E-Mail", set()),
        ("Bitte unter 0800 4500 123 bestellen", set()),
    ],
)
def test_running_text(text: str, stated: set[str]) -> None:
    found = order_references(Invoice(notes=[Note(text=text)]))
    assert {reference.number for reference in found.orders if reference.stated} == stated


def test_a_number_without_a_word_is_looked_up_but_not_stated() -> None:
    (reference,) = order_references(Invoice(notes=[Note(text="Vorgang 4500012345")])).orders
    assert (reference.number, reference.stated) == ("4500012345", False)


@pytest.mark.parametrize(
    ("line", "order_line", "orders"),
    [
        pytest.param(Line(purchase_order_line="00020"), "20", set(), id="BT-132"),
        pytest.param(Line(purchase_order_line="4500012345/20"), "20", {"4500012345"}, id="BT-132 with the order"),
        pytest.param(Line(purchase_order="4500012345", purchase_order_line="20"), "20", {"4500012345"}, id="both fields"),
        pytest.param(Line(name="Schraube M6, Bestellpos. 30"), "30", set(), id="in the text"),
        pytest.param(
            Line(name="Mutter", description="Ihre Bestellung 4500012345 Pos. 40"), "40", {"4500012345"}, id="both in the text"
        ),
        pytest.param(Line(name="Mutter", note="PO 4500012345-00040"), "40", {"4500012345"}, id="in the note"),
        pytest.param(Line(id="20", name="Mutter Pos. 20"), None, set(), id="own numbering is no order line"),
    ],
)
def test_order_line(line: Line, order_line: str | None, orders: set[str]) -> None:
    found = line_references(line, "lines[0]")
    assert found.order_line == order_line
    assert orders <= {reference.number for reference in found.orders if reference.stated}


@pytest.mark.parametrize(
    ("field", "text", "notes"),
    [
        ("delivery_note_reference", "80012345", {"80012345"}),
        ("delivery_note_reference", "LS-0815; LS-0816", {"LS0815", "LS0816"}),
        ("note", "Lieferscheine 80012345 und 80012346", {"80012345", "80012346"}),
        ("note", "Delivery note no. DN-4711", {"DN4711"}),
        ("note", "Bon de livraison 123456", {"123456"}),
        ("note", "Lieferdatum 12.11.2026", set()),
    ],
)
def test_delivery_notes(field: str, text: str, notes: set[str]) -> None:
    document = Invoice(notes=[Note(text=text)]) if field == "note" else Invoice(delivery_note_reference=text)
    assert set(order_references(document).delivery_notes) == notes


def test_items() -> None:
    lines = [
        Line(seller_item_id="a-100 7", buyer_item_id="000700123", gtin="4006381333931"),
        Line(seller_item_id="A1007", gtin="4006381333932"),
    ]
    found = order_references(Invoice(lines=lines))
    assert found.item_ids == ("A1007", "700123")
    assert found.gtins == ("04006381333931",)  # the second check digit is wrong


def test_a_hostile_text_is_bounded() -> None:
    note = Note(text="4500012345 " * 200_000)
    found = order_references(Invoice(notes=[note] * 50, lines=[Line(name=f"{n} " * 5000) for n in range(300)]))
    assert 0 < len(found.orders) <= 2000
