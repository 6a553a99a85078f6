"""What a person decided about an invoice, as the core takes it in. Each stands in the audit trail with who, when and why."""

from dataclasses import dataclass

from schemas.base import Word
from schemas.finding import Finding
from schemas.money import Money


class OrderLineChoice(Word):
    """This invoice line bills this order line, because a person says so."""

    invoice_line: str
    purchase_order: str
    purchase_order_line: str


class AcceptedVariance(Word):
    """A variance that a person took: its tolerance key, the invoice line (``None``: of the whole document) and how much it was.

    Where it has grown since, by a return for example, it is a new question.
    """

    key: str
    invoice_line: str | None = None
    amount: Money


class AccountChoice(Word):
    """Where this invoice line is to be booked, because a person says so. A missing value leaves what was proposed."""

    invoice_line: str
    gl_account: str | None = None
    cost_center: str | None = None
    internal_order: str | None = None
    wbs_element: str | None = None
    asset: str | None = None
    tax_code: str | None = None


class DismissedFinding(Word):
    """A finding set aside: its code, its place and the value it was about. About another value it counts again."""

    code: str
    path: str = ""
    stated: str | None = None

    @classmethod
    def of(cls, finding: Finding) -> "DismissedFinding":
        return cls(code=finding.code, path=finding.path, stated=finding.stated)


@dataclass(frozen=True)
class Choices:
    """Everything people decided about one invoice that still stands."""

    order_lines: tuple[OrderLineChoice, ...] = ()
    accepted: tuple[AcceptedVariance, ...] = ()
    accounts: tuple[AccountChoice, ...] = ()
    dismissed: tuple[DismissedFinding, ...] = ()
    is_approved: bool = False
    """A person with a sufficient limit approved it as it stands."""
    needs_second_person: bool = False
    """Somebody changed what is paid, or set a stop rule aside: another person must approve (four eyes)."""
    awaits_approver: bool = False
    """A person approved it whose limit is too low: somebody with a higher one must."""
