"""The limits of the Factur-X profiles, on what the writers make: sound as it is, and with one thing that the profile does not allow."""

import re

import pytest

from exporters.einvoice import write_xml
from exporters.errors import ExportError
from exporters.profiles import profiles
from tests.exporters import invoices as made
from validators.norm import validate

FORMATS = ("zugferd-minimum", "zugferd-basic-wl", "zugferd-basic", "zugferd", "zugferd-extended")
PRODUCT = "</ram:Name></ram:SpecifiedTradeProduct>"
LINE = "</ram:LineID></ram:AssociatedDocumentLineDocument>"
NOTE = "<ram:IncludedNote><ram:SubjectCode>AAI</ram:SubjectCode></ram:IncludedNote>"


def sound(format_name: str) -> list[bytes]:
    found = []
    for invoice in made.samples().values():
        try:
            found.append(write_xml(invoice, profiles()[format_name], made.context()).data)
        except ExportError:  # a sample that the profile has no room for
            continue
    return found


def broken_rules(format_name: str, old: str, new: str) -> set[str]:
    """The rules that a changed invoice breaks, warnings too."""
    text = re.sub(r">\s+<", "><", write_xml(made.plain_invoice(), profiles()[format_name], made.context()).data.decode())
    assert old in text
    changed = text.replace(old, new, 1).encode()
    return {each.rule for each in validate(changed, profile="facturx").violations} | {
        each.rule for each in validate(changed).violations
    }


@pytest.mark.parametrize("format_name", FORMATS)
def test_what_the_writers_make_keeps_to_its_profile(format_name: str) -> None:
    for data in sound(format_name):
        report = validate(data)
        assert report.valid, report.violations
        assert not any("not judged" in name for name in report.rules)


CURRENCY = ' currencyID="EUR">'
CASES = (
    ("zugferd-minimum", "<ram:TypeCode>380<", "<ram:TypeCode>999<", "FX-SCH-A-000023"),
    ("zugferd-minimum", "<ram:GrandTotalAmount>", f"<ram:GrandTotalAmount{CURRENCY}", "FX-NOT-USED"),
    ("zugferd-minimum", "<ram:DuePayableAmount>119.00</ram:DuePayableAmount>", "", "FX-SCH-A-000044"),
    ("zugferd-basic-wl", "<ram:TaxBasisTotalAmount>", f"<ram:TaxBasisTotalAmount{CURRENCY}", "FX-NOT-USED"),
    ("zugferd-basic-wl", "<ram:CategoryCode>S", "<ram:CategoryCode>Q", "FX-SCH-A-000179"),
    ("zugferd-basic", PRODUCT, "</ram:Name><ram:Description>x</ram:Description></ram:SpecifiedTradeProduct>", "XSD"),
    ("zugferd-basic", "<ram:LineID>1<", "<ram:LineID> <", "PEPPOL-EN16931-R008"),
    (
        "zugferd-extended",
        LINE,
        LINE.replace("</ram:LineID>", "</ram:LineID><ram:ParentLineID>9</ram:ParentLineID>"),
        "BR-FXEXT-11",
    ),
    ("zugferd-extended", LINE, LINE.replace("</ram:LineID>", "</ram:LineID>" + NOTE), "BR-FXEXT-02"),
    ("zugferd-extended", "<ram:GrandTotalAmount>119.00", "<ram:GrandTotalAmount>119.03", "BR-FXEXT-CO-15"),
    ("zugferd-extended", "<ram:LineTotalAmount>100.00", "<ram:LineTotalAmount>100.20", "BR-FXEXT-S08b"),
)


@pytest.mark.parametrize(("format_name", "old", "new", "rule"), CASES)
def test_what_a_profile_does_not_allow_is_found(format_name: str, old: str, new: str, rule: str) -> None:
    assert rule in broken_rules(format_name, old, new)


def test_a_cent_per_amount_is_allowed_in_extended() -> None:
    assert "BR-FXEXT-CO-15" not in broken_rules(
        "zugferd-extended", "<ram:GrandTotalAmount>119.00", "<ram:GrandTotalAmount>119.01"
    )
