"""Generated suppliers: deterministic, different from each other, and printed as their truth says."""

import io
import json
from pathlib import Path

import pikepdf
import pytest

from samples.__main__ import main
from samples.grammar import generate
from samples.layout import checked_layout, wording
from schemas import Kind, Severity
from schemas.equations import figures_close
from tests.samples.pages import page_text, squeeze

SEEDS = range(1, 61)


@pytest.mark.parametrize("seed", SEEDS)
def test_figures_close_and_the_page_prints_them(seed: int) -> None:
    sample = generate(seed)
    assert [finding for finding in figures_close(sample.invoice) if finding.severity is Severity.ERROR] == []
    text = page_text(sample.rendered.pdf)
    for path, value in sample.rendered.printed.items():
        assert squeeze(value) in text or all(squeeze(word) in text for word in value.split()), (path, value)
    printed = sample.truth()["_printed"]
    for path in ("number", "issue_date", "totals.grand_total", "seller.name", "buyer.name", "payment.iban", "seller.vat_id"):
        assert printed[path], path
    assert any(printed[f"tax_breakdown[0].{key}"] or printed["lines[0].tax_rate"] for key in ("rate",)) or (
        sample.invoice.tax_breakdown[0].exemption_reason is not None
    )


def test_a_seed_gives_the_same_bytes_and_another_seed_another_layout() -> None:
    assert generate(7).rendered.pdf == generate(7).rendered.pdf
    layouts = {repr(generate(seed).layout).replace(f"seed-{seed}", "") for seed in SEEDS}
    assert len(layouts) == len(SEEDS)


@pytest.mark.parametrize("seed", range(1, 21))
def test_a_misprint_breaks_an_equation(seed: int) -> None:
    sample = generate(seed, "misprint")
    assert sample.misprint is not None
    errors = [finding for finding in figures_close(sample.invoice) if finding.severity is Severity.ERROR]
    assert errors
    assert sample.misprint in sample.rendered.printed
    assert sample.layout.name == generate(seed).layout.name


def test_letters_have_their_own_title() -> None:
    kinds = set()
    for seed in range(1, 21):
        sample = generate(seed, "letter")
        kinds.add(sample.kind)
        text = page_text(sample.rendered.pdf)
        assert squeeze(sample.layout.overrides["invoice"]) in text
        with pikepdf.open(io.BytesIO(sample.rendered.pdf)) as document:
            assert str(document.docinfo["/Title"]).startswith(sample.layout.overrides["invoice"])
    assert kinds == {Kind.ORDER_CONFIRMATION, Kind.OFFER}


def test_the_choices_are_all_taken() -> None:
    layouts = [generate(seed).layout for seed in SEEDS]
    assert {layout.producer for layout in layouts} == {"reportlab", "fpdf2"}
    assert {layout.table for layout in layouts} >= {"ruled", "lines", "plain", "zebra", "band"}
    assert {layout.language for layout in layouts} == {"de", "en", "fr", "nl", "it", "es", "pl", "cs", "da", "sv"}
    assert {layout.totals for layout in layouts} == {"right", "boxed", "left", "wide"}
    assert {layout.runs for layout in layouts} == {"lines", "words", "glyphs"}


def test_languages_have_the_same_terms() -> None:
    """A term that one language lacks would only show with an unlucky seed."""
    german = set(wording("de"))
    for language in ("en", "fr", "nl", "it", "es", "pl", "cs", "da", "sv"):
        assert set(wording(language)) == german, language
        assert len(wording(language)["months"]) == 12


def test_a_choice_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="table"):
        checked_layout(name="x", table="dotted")


def test_command_writes_pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["samples", "--out", str(tmp_path), "--layouts", "2", "--seed", "5"])
    main()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "seed-000005.json", "seed-000005.pdf", "seed-000006.json", "seed-000006.pdf"
    ]  # fmt: skip
    truth = json.loads((tmp_path / "seed-000005.json").read_text(encoding="utf-8"))
    assert truth["_source"]["family"] == "seed-5"
    assert set(truth["_printed"]) > {"number", "totals.grand_total"}
