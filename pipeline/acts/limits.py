"""Up to which amount a role may approve (approval_limits.csv, gross)."""

from decimal import Decimal

from pipeline.acts.errors import NotHis
from pipeline.acts.person import Act
from pipeline.store import facts
from schemas.money import plain

TOP_ROLE = "approver"
DECIDES = frozenset({"clerk", "approver"})


def may_decide(act: Act) -> None:
    """Raises ``NotHis`` for roles that look on: auditors, admins, machines."""
    if act.person.role not in DECIDES:
        raise NotHis(f"The role {act.person.role} does not decide about invoices.")


def is_within_limit(act: Act) -> bool:
    """Whether the gross amount is within the limit of the person's role. Without a row an approver has none, a clerk no right."""
    limit = _limit(act)
    amount = abs(Decimal(act.row.grand_total or "0"))
    return amount <= limit if limit is not None else act.person.role == TOP_ROLE


def require_limit(act: Act) -> None:
    """Raises ``NotHis`` where the amount is above the limit of the role."""
    may_decide(act)
    if not is_within_limit(act):
        limit = _limit(act)
        shown = f"{plain(limit)} {act.row.currency}" if limit is not None else "nothing in this currency and company"
        raise NotHis(f"The role {act.person.role} may decide about {shown}; this invoice is above it.")


def _limit(act: Act) -> Decimal | None:
    rows = [
        row.amount
        for row in facts.approval_limits(act.connection)
        if row.role == act.person.role and row.company_code == act.row.company_code and row.currency == act.row.currency
    ]
    return min(rows, default=None)
