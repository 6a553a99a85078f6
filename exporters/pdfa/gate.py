"""The gate: a hybrid file counts only when nobody finds a fault with its PDF/A-3.

Own structural check always; ``page-validation`` where it is installed. Two of its findings are known false alarms (it denies
files that the reference corpus holds for good, CONFORMANCE section 2) and do not count.
"""

from importlib.util import find_spec

from exporters.pdfa import check

FALSE_ALARMS = ("METADATA-FILTER", "malformed ToUnicode CMap")


def has_second_opinion() -> bool:
    """Whether page-validation is installed."""
    return find_spec("page") is not None and find_spec("page._page") is not None


def faults(data: bytes) -> list[str]:
    """What is wrong, one sentence each; empty means PDF/A-3B as far as these two judges see."""
    found = check.problems(data)
    if not found and has_second_opinion():
        found = _second_opinion(data)
    return found


def _second_opinion(data: bytes) -> list[str]:
    import page

    try:
        report = page.validate_pdf_bytes(data, profile=page.ValidationProfile.PDF_A_3B)
    except page.PageError as error:
        return [f"second opinion: {error}"]
    told = [f"{failure.rule_id}: {failure.message}" for failure in report.failures]
    return [text for text in told if not any(alarm in text for alarm in FALSE_ALARMS)]
