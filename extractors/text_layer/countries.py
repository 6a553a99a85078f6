"""Names of countries in the languages of the lexicon -> ISO 3166-1 codes. Source: CLDR, through babel."""

from functools import cache

from babel import Locale

from extractors.text_layer.lexicon import fold

LANGUAGES = ("de", "en", "fr", "it", "es", "nl", "pl", "cs", "da", "sv")
_MORE = {
    "uk": "GB",
    "greatbritain": "GB",
    "england": "GB",
    "usa": "US",
    "brd": "DE",
    "holland": "NL",
    "czechrepublic": "CZ",
    "schweizch": "CH",
    "iledelareunion": "RE",
    "lareunion": "RE",
}


@cache
def _names() -> dict[str, str]:
    names = dict(_MORE)
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha():
                names.setdefault(fold(name), code)
    return names


def country_code(text: str) -> str | None:
    """``"Deutschland"``, ``"GERMANY"``, ``"(DE)"`` -> ``"DE"``; ``None`` for anything else."""
    clean = text.strip(" .,;()[]")
    if not 2 <= len(clean) <= 40 or any(c.isdigit() for c in clean):
        return None
    if len(clean) == 2:
        return clean if clean.isupper() and clean in _names().values() else None
    return _names().get(fold(clean))
