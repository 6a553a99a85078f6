"""The words of suppliers: the files are whole, say one thing each, and are found on the page; units and currencies are codes."""

import csv
import time
import tomllib
import unicodedata
from collections import defaultdict
from pathlib import Path

import pytest
from babel.numbers import list_currencies

from extractors.text_layer.amounts import currency_code
from extractors.text_layer.lexicon import MAX_TEXT, expand, find_phrases, fold, months
from extractors.text_layer.units import unit_code

DATA = Path(__file__).parents[3] / "extractors" / "text_layer" / "data"
OFFICIAL_UNITS = Path(__file__).parents[3] / "validators" / "data" / "units.txt"
LANGUAGES = ("cs", "da", "de", "en", "es", "fr", "it", "nl", "pl", "sv")
GROUPS = {"field", "behind", "total", "column", "row", "title", "sign", "payment", "period"}

# Wordings that honestly mean two things; who reads the page decides by place or by arithmetic.
AMBIGUOUS = {
    ("field", frozenset({"contact", "seller"})): "the supplier, or the salesman",
    ("field", frozenset({"customer", "customer_number"})): "the debtor, or his number",
    ("field", frozenset({"issue_date", "delivery_date"})): "invoice and delivery have one date",
    ("field", frozenset({"order_date", "purchase_order"})): "your order of: a date or a number follows",
    ("field", frozenset({"account_number", "customer_number"})): "account number: of the bank or of the customer",
    ("field", frozenset({"buyer_reference", "customer_number"})): "customer reference number",
    ("total", frozenset({"net_total", "tax_basis"})): "the basis of the only tax is the net total",
    ("total", frozenset({"line_total", "net_total"})): "the value of the goods, net",
    ("total", frozenset({"exempt", "tax_basis"})): "the basis that is exempt, or the word in place of a rate",
    ("column", frozenset({"item_id", "position"})): "item no: of the line or of the article",
    ("column", frozenset({"item_id", "name"})): "article: a number or a name",
    ("column", frozenset({"net_price", "price_quantity"})): "price unit: price per unit or units per price",
    ("column", frozenset({"net_price", "net_amount"})): "price without tax: of the unit or of the line",
}
# The same letters in two languages; none of these is read as a value of a document.
BETWEEN_LANGUAGES = {
    "bankkonto", "bc", "blz", "cin", "eannr", "eannummer", "levnr", "levnummer", "nif", "pg", "por", "site", "suma", "valuta",
    "a", "den", "en",  # small words of payment terms, which mean something beside a number or a date only
}  # fmt: skip
ESSENTIAL = {
    "field": "number issue_date date due_date delivery_date period purchase_order order_date buyer_reference customer_number "
    "delivery_note preceding_invoice vat_id buyer_vat_id registration iban bic contact payment_terms page customer seller "
    "deliver_to other_date",
    "total": "line_total net_total tax tax_total tax_basis grand_total credit_total due prepaid allowance charge rounding total",
    "column": "position item_id name quantity unit net_price gross_price discount_percent tax_rate tax_amount net_amount "
    "gross_amount",
    "row": "carry_over subtotal included item_id buyer_item_id gtin",
    "title": "invoice partial_invoice final_invoice prepayment_invoice proforma corrected_invoice credit_note self_billing "
    "cancellation copy order order_confirmation delivery_note offer inquiry reminder statement remittance price_change terms",
}


def load(language: str) -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((DATA / "labels" / f"{language}.toml").read_text("utf-8"))


def meanings(*languages: str) -> dict[tuple[str, str], set[str]]:
    """(group, folded phrase) -> terms."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for language in languages:
        for group, terms in load(language).items():
            for term, phrases in terms.items():
                for phrase in phrases:
                    for spelling in expand(phrase):
                        found[group, fold(spelling)].add(term)
    return found


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_language_has_its_file() -> None:
    assert {path.stem for path in (DATA / "labels").iterdir()} == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_essential_terms_have_words(language: str) -> None:
    words = load(language)
    assert set(words) == GROUPS
    missing = [f"{group}.{term}" for group, terms in ESSENTIAL.items() for term in terms.split() if not words[group].get(term)]
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_terms_are_those_of_the_first_language(language: str) -> None:
    known = {(group, term) for group, terms in load("de").items() for term in terms}
    assert {(group, term) for group, terms in load(language).items() for term in terms} <= known


@pytest.mark.parametrize("language", LANGUAGES)
def test_phrases_are_written_plainly(language: str) -> None:
    wrong = []
    for group, terms in load(language).items():
        for term, phrases in terms.items():
            wrong += [f"{group}.{term}: {p}" for p in phrases if not _is_plain(p)]
            wrong += [f"{group}.{term} twice: {p}" for p in phrases if phrases.count(p) > 1]
    assert wrong == []


def _is_plain(phrase: str) -> bool:
    balanced = phrase.count("{") == phrase.count("}") and "{" not in expand(phrase)[0]
    accents = any(unicodedata.combining(c) for c in unicodedata.normalize("NFD", phrase))
    return balanced and not accents and phrase == phrase.lower().strip() and all(fold(spelling) for spelling in expand(phrase))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_phrase_means_one_thing_unless_it_is_listed(language: str) -> None:
    doubtful = {
        f"{group}: {phrase}": sorted(terms)
        for (group, phrase), terms in meanings(language).items()
        if len(terms) > 1 and (group, frozenset(terms)) not in AMBIGUOUS
    }
    assert doubtful == {}


def test_languages_contradict_each_other_only_where_listed() -> None:
    alone = [meanings(language) for language in LANGUAGES]
    doubtful = set()
    for (group, phrase), terms in meanings(*LANGUAGES).items():
        known = [one[group, phrase] for one in alone if (group, phrase) in one]
        if len(terms) > max(len(one) for one in known) and (group, frozenset(terms)) not in AMBIGUOUS:
            doubtful.add(phrase)
    assert doubtful == BETWEEN_LANGUAGES & doubtful, sorted(doubtful - BETWEEN_LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_is_found_whole(language: str) -> None:
    lost = []
    for group, terms in load(language).items():
        for term, phrases in terms.items():
            for spelling in (s for phrase in phrases if group != "behind" for s in expand(phrase.lstrip("^="))):
                text = " ".join(spelling.split())
                found = find_phrases(text, frozenset({group}))
                if len(found) != 1 or f"{group}.{term}" not in found[0].terms or fold(text) != fold(text[: found[0].end]):
                    lost.append(f"{group}.{term}: {text}")
    assert lost == []


PHRASES = rows(Path(__file__).with_name("phrases.csv"))


@pytest.mark.parametrize("row", PHRASES, ids=[f"{row['language']} {row['text']} {row['phrase']}" for row in PHRASES])
def test_words_on_a_page(row: dict[str, str]) -> None:
    """The phrase is found in the text with these terms; ``!field``: it is no label of that group there."""
    wanted = set(row["terms"].split(";"))
    groups = frozenset(term.lstrip("!").partition(".")[0] for term in wanted)
    found = {row["text"][f.start : f.end]: set(f.terms) for f in find_phrases(row["text"], groups)}
    assert found.get(row["phrase"], {f"!{group}" for group in groups}) == wanted


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_every_language_are_among_the_cases(language: str) -> None:
    assert sum(row["language"] == language for row in PHRASES) >= 9


@pytest.mark.parametrize(
    ("text", "dated"),
    [
        pytest.param("Rechnung 17 vom 5.6.2026", "field.issue_date", id="behind an invoice number"),
        pytest.param("Rechnung Nr. RE 2026-17 vom 5.6.2026", "field.issue_date", id="behind a number with a prefix"),
        pytest.param("Gutschrift 3 zu Rechnung 17 vom 5.6.2026", "field.other_date", id="behind the number of another invoice"),
        pytest.param("Lieferschein 99 vom 5.6.2026", "field.other_date", id="behind a delivery note"),
        pytest.param("vom", "field.date", id="alone between two columns"),
        pytest.param("von", None, id="the beginning of a period"),
        pytest.param("Bad Homburg, den 5.6.2026", "field.date", id="behind a place"),
        pytest.param("Rechnung für Leistungen an den Anlagen vom 5.6.2026", None, id="too far behind a title"),
        pytest.param("Mit Beschluss vom 5.6.2026", None, id="in a sentence"),
        pytest.param("Am 3. Juni lieferten wir, wie besprochen, den Rest", None, id="a comma in a sentence"),
    ],
)
def test_what_a_date_behind_something_is(text: str, dated: str | None) -> None:
    terms = {term for found in find_phrases(text, frozenset({"field"})) for term in found.terms}
    dates = {"field.issue_date", "field.order_date", "field.other_date", "field.date"}
    assert terms & dates == ({dated} if dated else set())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("To: Kunde GmbH", True, id="at the beginning"),
        pytest.param("» To: Kunde GmbH", True, id="behind an ornament"),
        pytest.param("1 May to 31 May", False, id="inside"),
    ],
)
def test_words_that_only_count_at_the_beginning(text: str, found: bool) -> None:
    labels = [f for f in find_phrases(text, frozenset({"field"})) if text[f.start : f.end].lower() == "to"]
    assert bool(labels) is found


def test_no_phrase_reaches_over_the_gap_between_two_segments() -> None:
    assert next(f.terms for f in find_phrases("Total   excl. VAT", frozenset({"total"}))) == {"total.total"}


@pytest.mark.parametrize(
    "city",
    [
        "St. Gallen",
        "St. Pölten",
        "Le Mans",
        "Bad Homburg",
        "Essen",
        "Halle",
        "Most",
        "Lens",
        "Oss",
        "Bath",
        "Como",
        "León",
        "Vigo",
    ],
)
def test_cities_are_no_labels(city: str) -> None:
    assert find_phrases(city, frozenset({"field", "total", "column", "title"})) == []


@pytest.mark.parametrize(
    "text",
    ["vom " * 2000, "rechnung " * 2000, "a" * 100_000, "Rechnung 1 vom " * 1000, "\u0000\ud800" * 3000, "{|}" * 2000, "№" * 5000],
    ids=["vom", "title", "one word", "pairs", "no text", "braces", "number signs"],
)
def test_hostile_text_takes_no_time(text: str) -> None:
    started = time.process_time()
    found = find_phrases(text)
    assert time.process_time() - started < 5  # processor time; a quadratic search would take minutes
    assert all(0 <= f.start < f.end <= MAX_TEXT for f in found)


def test_units_are_codes_of_the_official_list() -> None:
    official = {line for line in OFFICIAL_UNITS.read_text("utf-8").split() if not line.startswith("#")}
    assert {row["code"] for row in rows(DATA / "units.csv")} - official == set()


def test_a_unit_word_has_one_code_in_all_languages() -> None:
    codes: dict[str, set[str]] = defaultdict(set)
    for row in rows(DATA / "units.csv"):
        codes[fold(row["word"])].add(row["code"])
    assert {word: found for word, found in codes.items() if len(found) > 1} == {}


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("Stk.", "H87"), ("Stück", "H87"), ("pcs", "H87"), ("pièce", "H87"), ("pz", "H87"), ("szt.", "H87"), ("ks", "H87"),
        ("Einheit", "C62"), ("Unit(s)", "C62"), ("uds.", "C62"), ("Std.", "HUR"), ("heures", "HUR"), ("godz.", "HUR"),
        ("timmar", "HUR"), ("uren", "HUR"), ("Monat", "MON"), ("måned", "MON"), ("m²", "MTK"), ("m³", "MTQ"), ("lfm", "MTR"),
        ("kWh", "KWH"), ("psch.", "LS"), ("forfait", "LS"), ("Eimer", "XBJ"), ("Blatt", "XST"), ("Karton", "XCT"),
        ("kpl.", "SET"), ("Seite", "ZP"), ("quintale", "DTN"),
        ("ml", None), ("ft", None), ("u", None), ("dozen", None), ("ct", None), ("Kunde", None), ("", None),
    ],
)  # fmt: skip
def test_unit_words(word: str, code: str | None) -> None:
    """What means a millilitre here and a metre there has no code: a person is asked."""
    assert unit_code(word) == code


def test_currencies_are_codes() -> None:
    signs = rows(DATA / "currencies.csv")
    assert {row["code"] for row in signs if row["code"]} <= set(list_currencies())
    assert len({row["sign"] for row in signs}) == len(signs)
    assert all(row["sign"] == row["sign"].casefold() for row in signs)


@pytest.mark.parametrize(
    ("sign", "code"),
    [
        ("€", "EUR"), ("Euro", "EUR"), ("CHF", "CHF"), ("SFr.", "CHF"), ("£", "GBP"), ("zł", "PLN"), ("Kč", "CZK"), ("US$", "USD"),
        ("C$", "CAD"), ("kr", None), ("kr.", None), ("Fr.", None), ("Rs", None), ("¥", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_currency_signs(sign: str | None, code: str | None) -> None:
    """A sign of several countries, or one that is also a day of the week ("Mo.-Fr. 8"), is no currency."""
    assert currency_code(sign) == code


def test_months_are_complete_for_every_language() -> None:
    names = rows(DATA / "months.csv")
    for language in LANGUAGES:
        assert {int(row["month"]) for row in names if language in row["languages"].split()} == set(range(1, 13)), language
    assert months()[fold("März")] == months()[fold("marca")] == months()[fold("března")] == months()["maaliskuuta"] == 3
