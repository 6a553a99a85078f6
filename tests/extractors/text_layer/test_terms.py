"""Terms of payment in sentences of all languages, and which day a cash discount ends."""

from datetime import date

import pytest

from extractors.text_layer.terms import clauses

Way = tuple[str | None, int | None, str | None]


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("Zahlbar innerhalb von 14 Tagen mit 2 % Skonto, 30 Tage netto.", [("2", 14, None), (None, 30, None)]),
        (
            "Bei Zahlung innerhalb von 8 Tagen 3% Skonto, innerhalb 14 Tagen 2% Skonto, 30 Tage rein netto",
            [("3", 8, None), ("2", 14, None), (None, 30, None)],
        ),
        (
            "2 % Skonto bei Zahlung bis 12.03.2026, sonst netto bis 30.03.2026",
            [("2", None, "2026-03-12"), (None, None, "2026-03-30")],
        ),
        (
            "Zahlbar bis 12.03.2026 abzgl. 2% Skonto oder bis 30.03.2026 ohne Abzug.",
            [("2", None, "2026-03-12"), (None, None, "2026-03-30")],
        ),
        ("Escompte de 2 % pour paiement sous 8 jours, sinon 60 jours net.", [("2", 8, None), (None, 60, None)]),
        ("Bitte überweisen Sie den Betrag innerhalb einer Woche auf mein Konto", [(None, 7, None)]),
        ("Payment within 2 weeks", [(None, 14, None)]),
        ("Terms: Net 30", [(None, 30, None)]),
        ("Pagamento a 60 giorni data fattura.", [(None, 60, None)]),
        ("Betaling binnen 14 dagen", [(None, 14, None)]),
        ("Splatnost 14 dní", [(None, 14, None)]),
        ("Bei Zahlungsverzug berechnen wir 9 % Zinsen ab dem 30. Tag", []),
        ("Widerspruch innerhalb von 14 Tagen.", []),
        ("Netto 12.03.2026", []),
        ("Rabatt 5 % auf 10 Stück", []),
    ],
)
def test_clauses(text: str, ways: list[Way]) -> None:
    found: list[Way] = [
        (
            str(way.percent) if way.percent is not None else None,
            way.days,
            way.deadline.value.isoformat() if way.deadline else None,
        )
        for sentence in clauses(text)
        for way in sentence
        if way.days is not None or way.deadline is not None
    ]
    assert found == ways


def test_hostile_text_ends() -> None:
    for text in ("bis " * 500, "2 % Skonto, " * 50, "1" * 600, f"zahlbar bis {date.max}"):
        assert isinstance(clauses(text), list)
