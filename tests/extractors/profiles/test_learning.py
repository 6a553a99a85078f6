"""What one correction teaches: the next document of that supplier is read right, no other supplier's is touched, nothing is forced."""

from typing import Any

import pytest

from extractors import read
from extractors.profiles import NothingToLearn, learn
from schemas import Document
from schemas.finding import Severity
from schemas.profile import SupplierProfile
from tests.extractors.pdf.pages import drawn, text
from tests.extractors.text_layer.invoices import Line, rows, totals

HEAD = ("Pos", "Bezeichnung", "Menge", "Preis", "Betrag")
SELLER = (
    "Nordwerk Feinmechanik GmbH",
    "Mühlenstraße 7",
    "20095 Hamburg",
    "USt-IdNr. DE136695976",
    "IBAN DE88 2008 0000 0970 3757 00",
)
OTHER = ("Südtal Kunststoffe GmbH", "Bergweg 3", "80331 München", "USt-IdNr. DE811907980", "IBAN DE02 1203 0000 0000 2020 51")


def page(
    number: str = "NW/77/A",
    day: str = "04.05.2026",
    *,
    seller: tuple[str, str, str, str, str] = SELLER,
    label: str = "Vorgang",
    amount: str = "100,00",
    quantity: str = "4 Gbd",
    sums: tuple[str, str, str] = ("100,00", "19,00", "119,00"),
    below: tuple[Line, ...] = (),
) -> bytes:
    """One invoice that names its number and its day in words of its own."""
    name, street, city, vat_id, iban = seller
    return drawn(
        text(
            (60, 50, name), (60, 62, street), (60, 74, city),
            (60, 150, "Beispiel Abnehmer AG"), (60, 162, "Hafenstraße 9"), (60, 174, "18055 Rostock"),
            (60, 220, "Rechnung"), (300, 240, f"{label}: {number}"), (300, 254, f"Ausgefertigt: {day}"),
            *rows(300, HEAD, ("1", "Drehteil Messing", quantity, "25,00", amount)),
            *totals(360, ("Netto", f"{sums[0]} EUR"), ("19 % MwSt.", f"{sums[1]} EUR"), ("Gesamtbetrag", f"{sums[2]} EUR")),
            *below,
            (60, 780, vat_id), (300, 780, iban),
        )
    )  # fmt: skip


TRUTH: dict[str, Any] = {
    "number": "NW/77/A",
    "issue_date": "2026-05-04",
    "lines": [{"name": "Drehteil Messing", "quantity": "4", "unit": "XBE", "net_price": "25.00", "net_amount": "100.00"}],
    "totals": {"grand_total": "119.00"},
}


@pytest.fixture(scope="module")
def profile() -> SupplierProfile:
    return learn(page(), TRUTH).model_copy(update={"id": "nordwerk"})


def document(data: bytes, *profiles: SupplierProfile) -> Document:
    (found,) = read(data, "rechnung.pdf", source="text-layer", profiles=list(profiles)).documents
    return found


def number_and_date(found: Document) -> tuple[str | None, str | None]:
    assert found.invoice is not None
    return found.invoice.number, found.invoice.issue_date and found.invoice.issue_date.isoformat()


NEXT = page("NW/78/C", "17.06.2026", amount="50,00", quantity="2 Gbd", sums=("50,00", "9,50", "59,50"))


def test_the_page_is_not_understood_without_the_correction() -> None:
    found = document(NEXT)
    assert number_and_date(found) != ("NW/78/C", "2026-06-17")
    assert not found.accepted


def test_one_correction_makes_the_next_document_right(profile: SupplierProfile) -> None:
    found = document(NEXT, profile)
    assert number_and_date(found) == ("NW/78/C", "2026-06-17")
    assert found.invoice is not None
    assert found.invoice.lines[0].unit == "XBE"
    assert (found.profile, found.profile_fits) == ("nordwerk", True)
    assert found.accepted, [f.message for f in found.findings]
    assert "profile" in found.evidence["number"][0].proofs


def test_another_supplier_is_read_as_if_there_were_no_profile(profile: SupplierProfile) -> None:
    strange = page("ST/1/B", seller=OTHER, label="Zeichen")
    with_it, without = document(strange, profile), document(strange)
    assert with_it.profile is None
    assert with_it.as_json() == without.as_json()


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"number": "XX/99/Z"}, id="a number that is not on the page"),
        pytest.param({"issue_date": "2031-01-01"}, id="a date that is not on the page"),
        pytest.param({"seller": {"vat_id": "DE999999999"}}, id="an id that is not on the page"),
        pytest.param({"totals": {"grand_total": "1.00"}}, id="a total that is not on the page"),
    ],
)
def test_what_the_page_does_not_show_is_not_learnt(wrong: dict[str, Any], profile: SupplierProfile) -> None:
    """A poisoned correction: the next document holds no value of it, and no right value is lost."""
    poisoned = learn(page(), {**TRUTH, **wrong}, profile).model_copy(update={"id": "poisoned"})
    found = document(NEXT, poisoned)
    assert found.invoice is not None
    told = str(found.as_json())
    assert not any(value in told for value in ("XX/99/Z", "2031-01-01", "DE999999999"))
    assert found.invoice.totals.grand_total is None or str(found.invoice.totals.grand_total) == "59.50"
    assert found.invoice.number in (None, "NW/78/C")


def test_a_profile_that_stops_fitting_is_noticed_and_forces_nothing(profile: SupplierProfile) -> None:
    """The supplier prints new forms: the learnt labels are gone, the usual ones are read, and the document says so."""
    new = drawn(
        text(
            (60, 50, SELLER[0]), (60, 62, SELLER[1]), (60, 74, SELLER[2]),
            (60, 150, "Beispiel Abnehmer AG"), (60, 162, "Hafenstraße 9"), (60, 174, "18055 Rostock"),
            (60, 220, "Rechnung Nr. 2026-0815"), (60, 240, "Rechnungsdatum: 01.07.2026"),
            *rows(300, HEAD, ("1", "Drehteil Messing", "4 Stk", "25,00", "100,00")),
            *totals(360, ("Netto", "100,00 EUR"), ("19 % MwSt.", "19,00 EUR"), ("Gesamtbetrag", "119,00 EUR")),
            (60, 780, SELLER[3]), (300, 780, SELLER[4]),
        )
    )  # fmt: skip
    found = document(new, profile)
    assert number_and_date(found) == ("2026-0815", "2026-07-01")
    assert found.profile_fits is False
    assert any("does not fit" in finding.message for finding in found.findings)


def test_a_misprint_is_not_accepted_because_a_profile_fits(profile: SupplierProfile) -> None:
    found = document(page("NW/79/A", sums=("100,00", "19,00", "129,00")), profile)
    assert not found.accepted
    assert any(finding.severity is Severity.ERROR for finding in found.findings)


def test_a_second_correction_adds_to_the_first(profile: SupplierProfile) -> None:
    other_label = page("NW/80/B", "20.06.2026", label="Kennung")
    truth = {**TRUTH, "number": "NW/80/B", "issue_date": "2026-06-20"}
    twice = learn(other_label, truth, profile).model_copy(update={"id": "nordwerk"})
    assert twice.documents == profile.documents + 1
    for data, expected in ((NEXT, "NW/78/C"), (page("NW/81/D", label="Kennung"), "NW/81/D")):
        assert number_and_date(document(data, twice))[0] == expected


def test_learning_is_a_pure_function(profile: SupplierProfile) -> None:
    before = profile.model_dump_json()
    assert learn(page(), TRUTH).as_json() == learn(page(), TRUTH).as_json()
    learn(page("NW/82/E"), {**TRUTH, "number": "NW/82/E"}, profile)
    assert profile.model_dump_json() == before


def test_a_field_the_truth_does_not_name_is_not_touched() -> None:
    """Only the number is corrected: the date stays for the next person to say."""
    some = learn(page(), {"number": "NW/77/A"}).model_copy(update={"id": "nordwerk"})
    assert {anchor.path for anchor in some.anchors if anchor.means} == {"number"}
    assert number_and_date(document(NEXT, some))[0] == "NW/78/C"


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 broken", drawn(text())])
def test_a_file_without_text_teaches_nothing(data: bytes) -> None:
    with pytest.raises(NothingToLearn):
        learn(data, TRUTH)
