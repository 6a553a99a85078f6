"""Names from strangers, made fit for people to read. They are shown and logged, never used as a path."""

import unicodedata

MAX_LENGTH = 120
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_SUFFIX_LENGTH = 12


def clean_text(text: str, limit: int) -> str:
    """One line without control, format and private characters, NFC, white space collapsed, at most ``limit`` characters."""
    spaced = "".join(" " if character in "\t\r\n" else character for character in text[: limit * 4])
    kept = "".join(character for character in spaced if unicodedata.category(character) not in _DROPPED)
    return " ".join(unicodedata.normalize("NFC", kept).split())[:limit]


def display_name(raw: str | None, fallback: str) -> str:
    """Last component of a file name as written: ``"..\\\\..\\\\a\\u202efdp.exe"`` -> ``"afdp.exe"``.

    An empty name gives ``fallback``. At most 120 characters; a long name is cut in the middle, so that its ending stays.
    """
    last = (raw or "").replace("\\", "/").rstrip("/").rpartition("/")[2]
    name = clean_text(last, 10_000).strip(". ")
    if not name:
        return fallback
    if len(name) > MAX_LENGTH:
        stem, dot, ending = name.rpartition(".")
        suffix = dot + ending if 0 < len(ending) <= _SUFFIX_LENGTH and stem else ""
        name = name[: MAX_LENGTH - len(suffix) - 1] + "…" + suffix
    return name


def unique_name(name: str, taken: set[str]) -> str:
    """``name``, or ``"name (2).pdf"`` where it is taken already. Adds the answer to ``taken`` (compared without case)."""
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > _SUFFIX_LENGTH:
        stem, dot, ending = name, "", ""
    candidate, number = name, 1
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{stem} ({number}){dot}{ending}"
    taken.add(candidate.casefold())
    return candidate
