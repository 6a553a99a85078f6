"""Reasons as chips: named after codes, in the reader's language, stops before errors as the policy ordered them."""

import pytest
from sqlalchemy import select

from pipeline.desk import Desk
from pipeline.store import queries
from pipeline.store.tables import invoice
from pipeline.web.reasons import chips, recognise, say_again
from pipeline.web.texts import Language, Texts
from schemas.decision import Decision
from schemas.finding import error
from schemas.matching import Match, MatchLine, Variance
from tests.pipeline.web.rows import keep, make_document, make_invoice
from validators.reasons import sentence
from validators.reasons import texts as policy_sentences

BANK = error("FRAUD-BANK-CHANGED", "payment.iban", "the IBAN is not known for this vendor")
NORM = error("BR-DE-15", "buyer_reference", "a buyer reference is missing")
PRICE = "price 1.60 instead of 1.00"


def details(desk: Desk, identifier: str) -> queries.AnyRow:
    with desk.database.read() as connection:
        return queries.findings_of_page(connection, [identifier])[identifier]


@pytest.mark.parametrize(
    ("decision", "reason", "language", "expected"),
    [
        ("blocked", BANK.message, "en", [("IBAN changed", "stop")]),
        ("blocked", BANK.message, "de", [("IBAN geändert", "stop")]),
        ("blocked", f"{BANK.message} (and 2 more like it)", "de", [("IBAN geändert", "stop")]),
        ("review", NORM.message, "de", [("BR-DE-15", "error")]),
        ("blocked", PRICE, "de", [("Preisabweichung", "error")]),
        ("blocked", "Order and receipt block the invoice: price, quantity.", "de", [("Preis", "stop"), ("Menge", "stop")]),
        ("review", "The account of line 3 is only a proposal from history.", "de", [("Konto ist geraten", "error")]),
        ("not-an-invoice", "The document is not an invoice: reminder.", "de", [("Mahnung", "info")]),
        ("review", "something nobody foresaw", "de", [("something nobody foresaw", "error")]),
        ("review", "<script>alert(1)</script>", "en", [("<script>alert(1)</script>", "error")]),
    ],
)
def test_chips(desk: Desk, decision: Decision, reason: str, language: Language, expected: list[tuple[str, str]]) -> None:
    match = Match(state="blocked", lines=[MatchLine(invoice_line="1", variances=[variance()])])
    document = make_document(make_invoice("1", "A"), NORM)
    identifier = keep(desk, document, Decision(decision), reasons=(reason,), match=match, checks=(BANK,))
    found = chips(details(desk, identifier), Texts(language))
    assert [(chip.label, chip.tone) for chip in found] == expected


def variance() -> Variance:
    return Variance.model_validate({"key": "PP", "amount": "300", "exceeded": True, "explanation": PRICE})


def test_a_label_stands_once_and_in_the_order_of_the_policy(desk: Desk) -> None:
    reasons = ("The posting has no vendor number.", BANK.message, f"{BANK.message} (and 1 more like it)")
    identifier = keep(desk, make_document(make_invoice("1", "A")), reasons=reasons, checks=(BANK,))
    assert [chip.label for chip in chips(details(desk, identifier), Texts("en"))] == ["No vendor", "IBAN changed"]


def test_an_undecided_invoice_has_no_chips(desk: Desk) -> None:
    identifier = keep(desk, make_document(make_invoice("1", "A")))
    with desk.database.write() as connection:
        connection.execute(invoice.update().values(verdict=None))
        assert connection.scalar(select(invoice.c.verdict)) is None
    assert chips(details(desk, identifier), Texts("en")) == []


WORDS = {
    "kind": "reminder",
    "blocks": "price, date",
    "line": "12",
    "company": "1000",
    "currency": "EUR",
    "amount": "1500.00",
    "limit": "1000.00",
    "score": "0.71",
    "message": "a (b) c",
    "count": "4",
}


@pytest.mark.parametrize("key", list(policy_sentences("en")))
def test_every_sentence_of_the_policy_is_recognised(key: str) -> None:
    text = sentence(key, "en", **WORDS)
    found, values = recognise(text)
    assert found == key
    assert all(WORDS[name] == value for name, value in values.items())
    if key not in ("more", "kind", "match-blocked"):
        assert say_again(text, Texts("de")) == sentence(key, "de", **WORDS)


def test_sentences_with_words_of_the_house_are_said_again_with_them() -> None:
    german = Texts("de")
    assert say_again("The document is not an invoice: reminder.", german).endswith("Mahnung.")
    assert say_again("Order and receipt block the invoice: price, date.", german).endswith("Preis, Termin.")
    assert say_again("unknown", german) == "unknown"
