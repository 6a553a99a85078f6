"""The tables say only what the model has, and they leave no term of the norm out."""

import typing
from decimal import Decimal
from typing import Any

import pytest

from extractors.xml.mapping import Blocks, load
from schemas import Invoice
from schemas.base import Word

TABLES = [
    pytest.param("extractors.cii", "cii.csv", "cii", id="cii"),
    pytest.param("extractors.cii", "zugferd1.csv", "zugferd1", id="zugferd1"),
    pytest.param("extractors.cii", "zugferd1.csv", "zugferd-rc", id="zugferd-rc"),
    pytest.param("extractors.ubl", "ubl.csv", "ubl", id="ubl"),
]
NUMBERS = {"amount", "accounting-amount", "price", "decimal"}

# Fields no table fills: the reader makes them (path), or the model itself (the first account once more), or the syntax has none.
MADE_ELSEWHERE = {"payment.iban", "payment.bic", "payment_terms.net_days"}
NOT_IN = {
    "cii": {"third_party_payments[]."},
    "ubl": {"lines[].subtype", "information_lines[].subtype", "notes[].subject_code", "payment_terms.discounts[]."},
}
# What a group has in the model but not in the norm: EN 16931 gives lines no category per allowance, and parties fewer terms.
NOT_IN_THE_NORM = (
    ".path",
    "lines[].allowances[].category",
    "lines[].allowances[].rate",
    "lines[].charges[].category",
    "lines[].charges[].rate",
)


def fields_of(model: type[Word], prefix: str = "") -> dict[str, Any]:
    """Every leaf field with its type, lists as ``name[]``."""
    found: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        inner, many = _word_in(field.annotation)
        if inner is None:
            found[prefix + name] = field.annotation
        else:
            found |= fields_of(inner, f"{prefix}{name}{'[]' if many else ''}.")
    return found


def _word_in(annotation: Any) -> tuple[type[Word] | None, bool]:
    arguments = typing.get_args(annotation)
    many = typing.get_origin(annotation) is list
    for candidate in (annotation, *arguments):
        if isinstance(candidate, type) and issubclass(candidate, Word):
            return candidate, many
    return None, many


def filled(blocks: Blocks, block: str = "invoice", prefix: str = "") -> dict[str, set[str]]:
    """Every field a table fills -> the types of its rows."""
    found: dict[str, set[str]] = {}
    for row in blocks[block]:
        if row.block is not None:
            for name, kinds in filled(blocks, row.block, f"{prefix}{row.field}{'[]' if row.is_list else ''}.").items():
                found.setdefault(name, set()).update(kinds)
        elif row.type != "structure":
            found.setdefault(prefix + row.field, set()).add(row.type)
    return found


@pytest.mark.parametrize(("package", "file", "dialect"), TABLES)
def test_rows_name_fields_of_the_model_with_the_right_type(package: str, file: str, dialect: str) -> None:
    model = fields_of(Invoice)
    for name, kinds in filled(load(package, file, dialect)).items():
        assert name in model, name
        is_number = Decimal in typing.get_args(model[name]) or model[name] is Decimal or "Decimal" in str(model[name])
        assert bool(kinds & NUMBERS) == is_number, name


@pytest.mark.parametrize(("package", "file", "dialect"), [TABLES[0], TABLES[3]])
def test_every_term_of_the_model_is_read(package: str, file: str, dialect: str) -> None:
    missing = set(fields_of(Invoice)) - set(filled(load(package, file, dialect))) - MADE_ELSEWHERE
    missing = {name for name in missing if not any(name.startswith(prefix) for prefix in NOT_IN[dialect])}
    missing = {name for name in missing if not name.replace("information_", "").endswith(NOT_IN_THE_NORM)}
    parties = {name for name in missing if name.startswith(("payee.", "tax_representative.", "deliver_to."))}
    assert missing - parties == set()
    assert {f"{party}.name" for party in ("payee", "tax_representative", "deliver_to")} & parties == set()


def test_bounded_findings() -> None:
    from extractors import read
    from tests.extractors.invoices import cii, cii_line

    lines = "".join(cii_line(id=str(number), quantity="x") for number in range(600))
    (document,) = read(cii(lines=lines), "a.xml").documents
    assert len(document.findings) == 501
    assert document.findings[-1].code == "READ-TOO-LARGE"
    assert not document.accepted
