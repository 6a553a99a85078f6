"""Every official instance, read and written again in both syntaxes: the same terms, and valid."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from exporters.einvoice import write_xml
from exporters.profiles import profiles
from extractors.structured import read_xml
from schemas import Invoice
from tests.exporters import invoices as made
from validators.norm import validate

STANDARDS = Path(__file__).resolve().parents[3] / "shared/corpus/standards"
FOLDERS = ("en16931-examples-ubl", "en16931-examples-cii", "en16931-testfiles", "xrechnung-testsuite-standard")
INSTANCES = [path for name in FOLDERS for path in sorted((STANDARDS / name).rglob("*")) if path.suffix.lower() == ".xml"]

pytestmark = pytest.mark.skipif(not INSTANCES, reason="the corpus of official instances is not beside the project")


@cache
def stated(path: Path) -> Invoice:
    invoice = read_xml(path.read_bytes()).invoice
    assert invoice is not None
    return invoice


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        return {key: leaf for name, inner in value.items() for key, leaf in leaves(inner, f"{path}.{name}".lstrip(".")).items()}
    if isinstance(value, list):
        return {key: leaf for at, inner in enumerate(value) for key, leaf in leaves(inner, f"{path}[{at}]").items()}
    if value in (None, ""):
        return {}
    return {path: " ".join(value.split()) if isinstance(value, str) else value}


def terms(invoice: Invoice) -> dict[str, Any]:
    """Every term of the norm; what a reader kept of foreign content is none. The profile is the writer's own."""
    own = invoice.model_copy(update={"notes": [n for n in invoice.notes if not n.path], "information_lines": []})
    found = leaves(own.model_dump())
    codes = {path: str(value).upper() for path, value in found.items() if path.endswith("exemption_code")}
    return {path: value for path, value in (found | codes).items() if path not in ("specification", "business_process")}


@pytest.mark.parametrize("syntax", ["ubl", "cii"])
@pytest.mark.parametrize("path", [pytest.param(path, id=path.name) for path in INSTANCES])
def test_reading_and_writing_keeps_every_term(path: Path, syntax: str) -> None:
    invoice = stated(path)
    profile = f"xrechnung-{syntax}" if "xrechnung" in (invoice.specification or "") else f"en16931-{syntax}"
    xml = write_xml(invoice, profiles()[profile], made.context())
    again = read_xml(xml.data).invoice
    assert again is not None
    lost = tuple(xml.not_carried)
    found = terms(again)
    missing = {
        name: value
        for name, value in terms(invoice).items()
        if found.get(name) != value and not re.sub(r"\[\d+\]", "[*]", name).startswith(lost or ("-",))
    }
    assert missing == {}
    assert {entry for entry in lost if not entry.startswith(("notes", "information_lines"))} <= {
        "buyer.tax_number",
        "accounting_currency",
    }
    fatal = [(v.rule, v.message) for v in validate(xml.data).violations if v.severity == "fatal"]
    assert fatal == [] or not validate(path.read_bytes()).valid
