"""Account assignment: where each line is to be booked, and why. Order first, then rule, then history, else a question.

Document types (SAP BLART): RE for whatever refers to an order, invoice and credit memo alike, as logistics invoice verification
books both with one type in its standard customizing; without an order KR (vendor invoice) and KG (vendor credit memo).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, localcontext

from enrichers.history import propose
from enrichers.objects import check_objects
from enrichers.tax_codes import TaxChoice, TaxFacts, choose_tax_code, confirm_tax_code, tax_facts
from schemas.choices import AccountChoice
from schemas.facts import AccountFacts
from schemas.finding import Finding, error
from schemas.invoice import CREDIT_NOTES, AllowanceCharge, Invoice, Line
from schemas.master import AccountRule, Company, PurchaseOrderLine, Vendor
from schemas.matching import Match, MatchLine
from schemas.money import round_half_up
from schemas.posting import Posting, PostingLine

ASSIGNMENT_OBJECT = {"K": "cost_center", "F": "internal_order", "P": "wbs_element", "A": "asset"}
"""SAP account assignment category -> the object it needs."""
PRECISION = 120
"""Digits of arithmetic; enough for any product of two amounts the model can hold."""
NEEDS_NO_ACCOUNT = frozenset({None, "A"})
"""Stock: the ERP finds the account by material (OBYC); asset: by asset class."""


@dataclass(frozen=True)
class PostingResult:
    """The proposal, and what keeps it from being complete."""

    posting: Posting
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class _Item:
    """Something to book: a line, a share of a line, or an allowance or charge of the document."""

    path: str
    id: str
    text: str
    amount: Decimal | None
    tax: TaxFacts
    order_line: PurchaseOrderLine | None = None


@dataclass(frozen=True)
class _Context:
    facts: AccountFacts
    vendor: Vendor | None
    company: Company | None
    posting_date: date

    @property
    def company_code(self) -> str | None:
        return self.company.company_code if self.company else None


def assign_accounts(
    invoice: Invoice,
    match: Match | None,
    facts: AccountFacts,
    *,
    vendor: Vendor | None,
    company: Company | None,
    order_lines: Sequence[PurchaseOrderLine],
    posting_date: date,
    choices: Sequence[AccountChoice] = (),
) -> PostingResult:
    """Posting proposal with a reason per line. Never raises; whatever is missing is an ENRICH finding.

    ``order_lines`` are those the match names. A line that the match shares out over several order lines gives one posting line
    for each, in proportion to the quantities received. Allowances and charges of the document are posted only where no order
    is involved; with an order they are unplanned delivery costs, which the finance system distributes. ``choices``: accounts
    and objects a person entered; they are checked like all others.
    """
    context = _Context(facts, vendor, company, posting_date)
    items = list(_items(invoice, match, order_lines, context))
    has_order = any(item.order_line is not None for item in items)
    chosen = {choice.invoice_line: choice for choice in choices}
    if not has_order:
        items += _document_items(invoice, context)
    lines: list[PostingLine] = []
    findings: list[Finding] = []
    for item in items:
        line, problems = _assign(item, lines, context)
        choice = chosen.get(line.invoice_line)
        if choice is not None:
            line = _as_chosen(line, choice)
            problems = [problem for problem in problems if not _settles(line, problem)]
        lines.append(line)
        findings += problems
        findings += check_objects(line, item.path, facts, context.company_code, posting_date)
    posting = Posting(
        vendor_number=vendor.vendor_number if vendor else None,
        company_code=context.company_code,
        document_type=document_type(invoice, has_order),
        lines=lines,
    )
    return PostingResult(posting, findings)


def _as_chosen(line: PostingLine, choice: AccountChoice) -> PostingLine:
    """What was entered over what was proposed. A stock line whose account the ERP finds stays a line of the order."""
    entered = choice.model_dump(exclude={"invoice_line"}, exclude_none=True)
    of_order = line.source == "purchase-order" and choice.gl_account is None
    source = "purchase-order" if of_order else "person"
    return line.model_copy(update={**entered, "source": source, "confidence": Decimal(1), "because": "entered by a person"})


def _settles(line: PostingLine, problem: Finding) -> bool:
    """What was missing is there now."""
    return (problem.code == "ENRICH-NO-ACCOUNT" and line.gl_account is not None) or (
        problem.code == "ENRICH-NO-TAX-CODE" and line.tax_code is not None
    )


def document_type(invoice: Invoice, has_order: bool) -> str:
    if has_order:
        return "RE"
    return "KG" if invoice.type_code in CREDIT_NOTES else "KR"


def line_id(line: Line, index: int) -> str:
    """How match and posting name a line: as the invoice does, else by its position from 1."""
    return line.id or str(index + 1)


def _items(invoice: Invoice, match: Match | None, order_lines: Sequence[PurchaseOrderLine], context: _Context) -> Iterator[_Item]:
    by_key = {(row.po_number, row.po_line): row for row in order_lines}
    for index, line in enumerate(invoice.lines):
        shares = _order_shares(line_id(line, index), match, by_key)
        amounts = _split(line.net_amount, [share for share, _ in shares])
        for amount, (_, order_line) in zip(amounts, shares, strict=True):
            facts = tax_facts(
                invoice,
                line.tax_category,
                line.tax_rate,
                unit=line.unit,
                is_goods=bool(line.gtin),
                order_line=order_line,
                vendor=context.vendor,
                company=context.company,
            )
            text = " ".join(part for part in (line.name, line.description) if part)
            yield _Item(f"lines[{index}]", line_id(line, index), text, amount, facts, order_line)


def _order_shares(
    name: str, match: Match | None, by_key: dict[tuple[str, str], PurchaseOrderLine]
) -> list[tuple[Decimal | None, PurchaseOrderLine | None]]:
    """Quantity and order line of each match line of this invoice line; one entry without order where there is none."""
    found: list[tuple[Decimal | None, PurchaseOrderLine | None]] = []
    for row in match.lines if match else ():
        order_line = by_key.get((row.purchase_order or "", row.purchase_order_line or ""))
        if row.invoice_line == name and order_line is not None:
            found.append((_received(row), order_line))
    return found or [(None, None)]


def _received(row: MatchLine) -> Decimal | None:
    return sum((share.quantity for share in row.receipts), Decimal(0)) if row.receipts else None


def _split(amount: Decimal | None, shares: Sequence[Decimal | None]) -> list[Decimal | None]:
    """The amount in proportion to the shares, to the cent, the last one takes the rest. Unknown shares: unknown amounts."""
    if len(shares) == 1:
        return [amount]
    known = [share for share in shares if share is not None]
    total = sum(known, Decimal(0))
    if amount is None or len(known) < len(shares) or total == 0:
        return [None] * len(shares)
    with localcontext(prec=PRECISION):
        parts = [round_half_up(amount * share / total) for share in known[:-1]]
        return [*parts, amount - sum(parts, Decimal(0))]


def _document_items(invoice: Invoice, context: _Context) -> Iterator[_Item]:
    groups: tuple[tuple[str, int, list[AllowanceCharge]], ...] = (
        ("allowances", -1, invoice.allowances),
        ("charges", 1, invoice.charges),
    )
    for name, sign, rows in groups:
        for index, row in enumerate(rows):
            facts = tax_facts(invoice, row.category, row.rate, vendor=context.vendor, company=context.company)
            amount = None if row.amount is None else sign * row.amount
            path = f"{name}[{index}]"
            yield _Item(path, path, row.reason or "", amount, facts)


def _assign(item: _Item, before: Sequence[PostingLine], context: _Context) -> tuple[PostingLine, list[Finding]]:
    if item.order_line is not None:
        return _by_order(item, item.order_line, context)
    if item.path.startswith(("allowances", "charges")):
        line = _as_the_lines(item, before)
        if line is not None:
            return _with_tax_code(line, item, None, "", context)
    rules = _fitting_rules(item, context)
    if rules:
        return _by_rule(item, rules, context)
    proposal = propose(item.text, context.facts.history)
    line = PostingLine(invoice_line=item.id, net_amount=item.amount)
    if proposal is not None:
        line = line.model_copy(
            update={
                **proposal.assignment._asdict(),
                "source": "history",
                "confidence": proposal.confidence,
                "because": proposal.because,
            }
        )
        return _with_tax_code(line, item, None, "", context)
    line.because = "no order, no rule and no earlier posting that is clear enough"
    line, problems = _with_tax_code(line, item, None, "", context)
    message = f"line {item.id} ({item.text[:60] or 'without text'}): {line.because.split('; ')[0]}"
    return line, [error("ENRICH-NO-ACCOUNT", item.path, message), *problems]


def _by_order(item: _Item, row: PurchaseOrderLine, context: _Context) -> tuple[PostingLine, list[Finding]]:
    order = f"order {row.po_number}/{row.po_line}"
    line = PostingLine(invoice_line=item.id, net_amount=item.amount, source="purchase-order", confidence=Decimal(1))
    problems: list[Finding] = []
    if row.assignment is None:
        line.because = f"{order} is for stock: the finance system finds the account"
    else:
        line.gl_account = row.gl_account
        line.cost_center, line.internal_order = row.cost_center, row.internal_order
        line.wbs_element, line.asset = row.wbs_element, row.asset
        line.because = f"{order}, assignment {row.assignment}"
        needed = ASSIGNMENT_OBJECT[row.assignment]
        if getattr(row, needed) is None:
            message = f"{order} has assignment {row.assignment}, but no {needed.replace('_', ' ')}"
            problems.append(error("ENRICH-INVALID-OBJECT", item.path, message))
        if row.gl_account is None and row.assignment not in NEEDS_NO_ACCOUNT:
            problems.append(error("ENRICH-NO-ACCOUNT", item.path, f"{order} has no G/L account"))
    if item.amount is None:
        message = f"line {item.id} belongs to several order lines, and the amounts of the shares are not known"
        problems.append(error("ENRICH-NO-ACCOUNT", item.path, message))
    line, tax_problems = _with_tax_code(line, item, row.tax_code, order, context)
    return line, [*problems, *tax_problems]


def _fitting_rules(item: _Item, context: _Context) -> list[AccountRule]:
    """Rules of the lowest priority that fit; several only where two rows share a priority."""
    text = " ".join(item.text.casefold().split())
    number = context.vendor.vendor_number if context.vendor else None
    fitting = [
        rule
        for rule in context.facts.rules
        if rule.gl_account
        and rule.company_code in (None, "", context.company_code)
        and rule.vendor_number in (None, "", number)
        and " ".join((rule.text or "").casefold().split()) in text
    ]
    lowest = min((rule.priority for rule in fitting), default=0)
    return [rule for rule in fitting if rule.priority == lowest]


def _by_rule(item: _Item, rules: Sequence[AccountRule], context: _Context) -> tuple[PostingLine, list[Finding]]:
    rule = rules[0]
    targets = {(r.gl_account, r.cost_center, r.internal_order, r.wbs_element, r.tax_code) for r in rules}
    if len(targets) > 1:
        line = PostingLine(invoice_line=item.id, net_amount=item.amount)
        line.because = f"{len(rules)} account rules of priority {rule.priority} fit"
        message = f"line {item.id}: {line.because}"
        return line, [error("ENRICH-NO-ACCOUNT", item.path, message)]
    line = PostingLine(
        invoice_line=item.id,
        gl_account=rule.gl_account,
        cost_center=rule.cost_center,
        internal_order=rule.internal_order,
        wbs_element=rule.wbs_element,
        net_amount=item.amount,
        source="rule",
        confidence=Decimal(1),
        because=_rule_words(rule),
    )
    return _with_tax_code(line, item, rule.tax_code, f"account rule {rule.priority}", context)


def _rule_words(rule: AccountRule) -> str:
    parts = [f"vendor {rule.vendor_number}"] if rule.vendor_number else []
    parts += [f'text "{rule.text}"'] if rule.text else []
    return f"account rule {rule.priority} ({', '.join(parts) or 'any'})"


def _as_the_lines(item: _Item, before: Sequence[PostingLine]) -> PostingLine | None:
    """An allowance or charge of the document goes where all its lines go, if that is one place."""
    targets = {(line.gl_account, line.cost_center, line.internal_order, line.wbs_element, line.source) for line in before}
    if len(targets) != 1 or not before[0].gl_account:
        return None
    because = f"as all lines: {before[0].because.split('; ')[0]}"
    return before[0].model_copy(update={"invoice_line": item.id, "net_amount": item.amount, "because": because, "tax_code": None})


def _with_tax_code(
    line: PostingLine, item: _Item, prescribed: str | None, source: str, context: _Context
) -> tuple[PostingLine, list[Finding]]:
    codes, company_code = context.facts.tax_codes, context.company_code
    choice: TaxChoice
    if prescribed:
        choice = confirm_tax_code(prescribed, source, item.tax, codes, company_code)
    else:
        choice = choose_tax_code(item.tax, codes, company_code)
    line = line.model_copy(update={"tax_code": choice.code})
    if choice.problem is not None:
        return line, [error("ENRICH-NO-TAX-CODE", item.path, f"line {item.id}: {choice.problem}")]
    line.because = "; ".join(part for part in (line.because, choice.because) if part)
    return line, []
