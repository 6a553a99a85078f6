"""Do accounts and cost objects exist, and are they valid on the posting date?"""

from collections.abc import Iterator
from datetime import date

from schemas.facts import AccountFacts
from schemas.finding import Finding, error
from schemas.master import CostObject, CostObjectKind
from schemas.posting import PostingLine

KINDS: tuple[CostObjectKind, ...] = ("cost_center", "internal_order", "wbs_element", "asset")


def check_objects(line: PostingLine, path: str, facts: AccountFacts, company_code: str | None, day: date) -> Iterator[Finding]:
    """ENRICH-INVALID-OBJECT for each account or object of the line that the company code does not have on that day."""
    accounts = {account.gl_account for account in facts.gl_accounts if account.company_code == company_code}
    if line.gl_account and line.gl_account not in accounts:
        yield _invalid(path, f"G/L account {line.gl_account} does not exist in company {company_code}", line.gl_account)
    for kind in KINDS:
        wanted: str | None = getattr(line, kind)
        if wanted is None:
            continue
        words = kind.replace("_", " ")
        rows = [row for row in facts.cost_objects if (row.company_code, row.kind, row.id) == (company_code, kind, wanted)]
        if not rows:
            yield _invalid(path, f"{words} {wanted} does not exist in company {company_code}", wanted)
        elif not any(_is_valid(row, day) for row in rows):
            row = rows[0]
            spans = f"from {row.valid_from or 'the beginning'} to {row.valid_to or 'further notice'}"
            yield _invalid(path, f"{words} {wanted} is valid {spans}, not on {day}", wanted)


def _is_valid(row: CostObject, day: date) -> bool:
    return (row.valid_from is None or row.valid_from <= day) and (row.valid_to is None or day <= row.valid_to)


def _invalid(path: str, message: str, stated: str) -> Finding:
    return error("ENRICH-INVALID-OBJECT", path, message, stated=stated, clears="another account or object, or its opening")
