"""Is everything on the invoice that the law demands? A decision table by country, kind of invoice, date and amount.

The table is ``validators/data/completeness.csv``: one row per demand with its law and validity. ``demands`` says how a demand is
tested, ``situations`` in which cases a row applies. Laws as of November 2026; source: DOMAIN section 3.
"""

from collections.abc import Iterator

from schemas.finding import Finding, Severity
from validators.case import Case, Rule
from validators.completeness.demands import DEMANDS
from validators.completeness.situations import kind_of, law_country
from validators.completeness.table import requirements


def completeness(case: Case) -> Iterator[Finding]:
    """COMPLETE-*: every row of the table that applies and is not met. One finding per code and path, the first law counts."""
    kind, country = kind_of(case), law_country(case)
    seen: set[tuple[str, str]] = set()
    for row in requirements():
        if not row.applies(case, kind, country):
            continue
        for path, detail in DEMANDS[row.demand](case):
            if (row.code, path) in seen:
                continue
            seen.add((row.code, path))
            message = f"{row.message}{f': {detail}' if detail else ''} ({row.law})"
            severity = Severity(row.severity)
            clears = "a corrected invoice from the supplier"
            yield Finding(
                code=row.code,
                severity=severity,
                path=path,
                message=message,
                clears=clears,
                law=row.law,
                legal_class="content",
            )


RULES: tuple[Rule, ...] = (completeness,)
