"""Does the text layer hold readable text at all? Fonts without a map to characters give gibberish, which must be refused."""

from collections.abc import Sequence

from extractors.pdf.glyphs import GlyphPage

STRANGE_SHARE = 0.12  # of the glyphs may be characters that no invoice is written with


def why_illegible(pages: Sequence[GlyphPage]) -> str | None:
    """The reason in words, or nothing when the text reads like text."""
    glyphs = [glyph.text for page in pages for glyph in page.glyphs]
    if not glyphs:
        return None
    strange = sum(1 for text in glyphs if _is_strange(text))
    if strange > STRANGE_SHARE * len(glyphs):
        return "the text layer is gibberish: its fonts do not say which characters they show; ask the supplier for another PDF"
    letters = [text for text in glyphs if text.isalpha()]
    vowels = sum(1 for text in letters if text.casefold() in _VOWELS)
    if len(letters) > 60 and vowels < 0.15 * len(letters):
        return "the text layer is gibberish: its letters make no words; ask the supplier for another PDF"
    return None


_VOWELS = frozenset("aeiouyäöüéèêàâîïôûùåæøœáíóúýěůąęò")


def _is_strange(text: str) -> bool:
    code = ord(text[0])
    return (
        text == "\N{REPLACEMENT CHARACTER}"
        or 0xE000 <= code <= 0xF8FF
        or code < 0x20
        or 0x0500 <= code < 0x1E00
        or code >= 0xF0000
    )
