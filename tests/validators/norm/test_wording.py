"""Every message of a rule has German words, with the values found and the names of the terms."""

import ast
import csv
import re
from pathlib import Path

import pytest

from exporters.einvoice import write_xml
from exporters.profiles import profiles
from tests.exporters import invoices as made
from validators.norm import validate
from validators.norm.wording import in_english, in_german, is_known

PACKAGE = Path("validators/norm")
OPEN = "§"
"""Stands for a value; no rule says it."""


def _text(node: ast.expr) -> list[str]:
    """The wordings an expression can have."""
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.IfExp):
        return [*_text(node.body), *_text(node.orelse)]
    if isinstance(node, ast.JoinedStr):
        found = [""]
        for part in node.values:
            value = part.value if isinstance(part, ast.FormattedValue) else part
            found = [before + after for before in found for after in _text(value)]
        return found
    return [OPEN]


def _messages() -> list[str]:
    """Second argument of every ``Hit(...)``, and what is given the name ``message``."""
    found: list[str] = []
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Hit" and len(node.args) > 1:
                found += _text(node.args[1])
            elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "message":
                found += _text(node.value)
    lines = (PACKAGE / "national.csv").read_text(encoding="utf-8").splitlines()
    found += [row["message"] for row in csv.DictReader(line for line in lines if not line.startswith("#"))]
    return sorted({message for message in found if message != OPEN})


def test_every_message_has_german_words() -> None:
    assert len(_messages()) > 150
    assert [message for message in _messages() if not is_known(message)] == []


CASES = (
    ("BT-115 is 118, BT-112 - BT-113 + BT-114 gives 119", "Amount due (BT-115) is 118, ", "Fälliger Betrag (BT-115) ist 118, "),
    ("BG-4/BT-27 must be given and not blank", "Seller name (BT-27) must", "Name des Verkäufers (BT-27) muss angegeben"),
    ("'XY' is not in ISO 4217 alpha-3", "'XY' is not", "'XY' steht nicht in der Codeliste ISO 4217 alpha-3"),
    ("category S needs BT-48 or BT-47", "Category S needs buyer VAT", "Steuerkategorie S braucht: USt-IdNr. des Käufers (BT-48) oder "),
    ("ram:Name must not stand here", "ram:Name must not", "ram:Name darf hier nicht stehen"),
    ("BT-152 of category Z must be zero", "VAT rate of the line", "Position (BT-152) der Kategorie Z muss null sein"),
    ("UNT counts nothing, the message has 37 segments", "UNT counts nothing, ", "UNT zählt nichts, die Nachricht hat 37 Segmente"),
    ("BT-106 is 1, the sum of BT-131 gives 2", "Sum of the line", "ergibt"),
)  # fmt: skip


@pytest.mark.parametrize(("message", "english", "german"), CASES)
def test_terms_have_names_and_values_stay(message: str, english: str, german: str) -> None:
    assert in_english(message).startswith(english)
    assert german in in_german(message)


def test_the_report_says_it_in_both_languages() -> None:
    data = write_xml(made.plain_invoice(), profiles()["xrechnung-ubl"], made.context()).data
    broken = re.sub(rb"(<cbc:PayableAmount[^>]*>)119.00", rb"\g<1>118.00", data)
    found = next(each for each in validate(broken).violations if each.rule == "BR-CO-16")
    assert "118" in found.message
    assert "119" in found.message
    assert "118" in found.message_de
    assert "119" in found.message_de
    assert "ergibt" in found.message_de
    schema = validate(data.replace(b"<cbc:ID>", b"<cbc:Nonsense/><cbc:ID>", 1)).violations[0]
    assert schema.rule == "XSD"
    assert "wird hier nicht erwartet" in schema.message_de
    assert "urn:" not in schema.message_de


def test_a_message_nobody_translated_stays_as_it_is() -> None:
    assert in_german("something else entirely") == "Something else entirely"
    assert not is_known("something else entirely")
