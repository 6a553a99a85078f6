"""What an XML says that the reading does not hold: the judge of "read completely", independent of the reader's tables.

A leaf element is explained when its text stands in some field of the invoice (numbers by value, dates by day) and its place is
named by the evidence, or when it is one of the few elements that only say how to read others.
"""

import contextlib
import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree

from schemas import Document

# (local name, local name of the parent, value): what they say is expressed by the field their neighbours went to.
STRUCTURE = (
    ("TypeCode", "ApplicableTradeTax|CategoryTradeTax|AppliedTradeTax", "VAT"),
    ("TypeCode", "AdditionalReferencedDocument", "50|130|916"),
    ("ReferenceTypeCode", "AdditionalReferencedDocument", "IV|OI"),
    ("Indicator", "ChargeIndicator", "true|false"),
    ("Indicator", "TestIndicator", "false"),
    ("TestIndicator", ".*", "false"),
    ("ChargeIndicator", ".*", "true|false|0|1"),
    ("ID", "TaxScheme", ".*"),
    ("DocumentTypeCode", "AdditionalDocumentReference|DocumentReference", "50|130"),
    ("UBLVersionID", ".*", ".*"),
    ("Name", "SpecifiedProcuringProject", "Project reference"),
)
# BT-8 is kept by its UBL code list.
TRANSLATED = {"5": "3", "29": "35", "72": "432"}


def unexplained(xml: bytes, document: Document) -> list[str]:
    """``place: text`` of every leaf element with text that the document does not hold."""
    assert document.invoice is not None
    held = set(_forms_of_all(document.invoice.as_json()))
    proven = {evidence.path for places in document.evidence.values() for evidence in places}
    root = etree.fromstring(xml, etree.XMLParser(remove_comments=True, remove_pis=True))
    missing = []
    for element in root.iter():
        text = unicodedata.normalize("NFC", " ".join((element.text or "").split()))
        if len(element) or not text or _is_structure(element, text):
            continue
        if _name(element) == "DueDateTypeCode":
            text = TRANSLATED.get(text, text)
        place = _place(element)
        if not any(form in held for form in _forms(text)):
            missing.append(f"{place}: {text[:80]}")
        elif not any(path is not None and _plain(path) == place for path in proven):
            missing.append(f"{place}: {text[:80]} (no evidence)")
    return missing


def _is_structure(element: Any, text: str) -> bool:
    parent = element.getparent()
    return any(
        _name(element) == name and re.fullmatch(above, _name(parent)) and re.fullmatch(value, text)
        for name, above, value in STRUCTURE
    )


def _forms_of_all(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _forms_of_all(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _forms_of_all(inner)
    elif value is not None:
        yield from _forms(" ".join(str(value).split()))
        for line in str(value).splitlines():
            yield from _forms(" ".join(line.split()))
        if ": " in str(value) and str(value).startswith("/"):
            yield from _forms(" ".join(str(value).partition(": ")[2].split()))


def _forms(text: str) -> Iterator[str]:
    """All the ways one value may be written: as is, without spaces, as a number, as a day, without a subject code."""
    yield text
    yield "".join(text.split())
    yield re.sub(r"^#[A-Z]{3}#", "", text).strip()
    with contextlib.suppress(InvalidOperation):
        yield f"number {Decimal(text).normalize():f}"
    for pattern in (r"(\d{4})(\d{2})(\d{2})$", r"(\d{4})-(\d{2})-(\d{2})"):
        if match := re.match(pattern, text):
            with contextlib.suppress(ValueError):
                yield f"day {date(int(match[1]), int(match[2]), int(match[3]))}"


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _place(element: Any) -> str:
    steps = []
    while element is not None:
        parent = element.getparent()
        twins = [] if parent is None else [child for child in parent if child.tag == element.tag]
        steps.append(_name(element) + (f"[{twins.index(element) + 1}]" if len(twins) > 1 else ""))
        element = parent
    return "/" + "/".join(reversed(steps))


def _plain(path: str) -> str:
    return re.sub(r"/[a-z]+:", "/", path)
