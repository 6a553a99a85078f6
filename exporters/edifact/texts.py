"""Text of the invoice -> text an interchange can hold: character set, length, the pieces of a composite.

Nothing is cut. A typographic character the set lacks is replaced by its plain form and reported; any other one is refused.
"""

from dataclasses import dataclass, field

from exporters.errors import DoesNotFit
from schemas.edifact import charsets, replacements

SERVICE = "+:'?*"
UTF8 = "UNOW"
_CONTROL = {c for c in map(chr, range(32)) if c != "\n"} | {chr(127)}


@dataclass
class Charset:
    """One character set of UNB. ``replaced`` collects what stands in plain form: field and character."""

    identifier: str
    replaced: list[tuple[str, str]] = field(default_factory=list)

    @property
    def encoding(self) -> str:
        return charsets()[self.identifier]

    def fit(self, path: str, text: str) -> str:
        """The text in characters of the set. Raises ``DoesNotFit`` for one that it lacks."""
        kept = "".join(" " if c in _CONTROL else c for c in text.replace("\r\n", "\n").replace("\r", "\n"))
        if self._holds(kept):
            return kept
        return "".join(self._plain(path, character) for character in kept)

    def _plain(self, path: str, character: str) -> str:
        if self._holds(character):
            return character
        plain = replacements().get(character)
        if plain is None:
            raise DoesNotFit(path, character, f"the character set {self.identifier} ({self.encoding}) lacks it")
        self.replaced.append((path, character))
        return plain

    def _holds(self, text: str) -> bool:
        try:
            text.encode(self.encoding)
        except UnicodeEncodeError:
            return False
        return True


def choose(texts: str, candidates: tuple[str, ...]) -> Charset:
    """The first set that holds every character, else the first one: its gaps are then filled or refused one by one."""
    for identifier in candidates:
        charset = Charset(identifier)
        if all(charset._holds(c) or c in replacements() or c in _CONTROL or c == "\n" for c in set(texts)):
            return charset
    return Charset(candidates[0])


def pieces(text: str, size: int, joined_by: str) -> list[str]:
    """A text as components of at most ``size`` characters.

    Joined again it is the text: a full component goes on in the next one, a shorter one ends a line (``joined_by`` a line break) or a
    word. An empty component ends a line that fills its last component exactly.
    """
    found: list[str] = []
    lines = text.split("\n") if joined_by == "\n" else [text]
    for number, line in enumerate(lines):
        chunks = [line[at : at + size] for at in range(0, len(line), size)] or [""]
        found += chunks
        if number < len(lines) - 1 and len(chunks[-1]) == size:
            found.append("")
    return found


def escaped(text: str) -> str:
    """Release characters before every service character."""
    return "".join(f"?{c}" if c in SERVICE else c for c in text)
