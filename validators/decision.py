"""The policy: from reading, findings, match and posting to one decision with its reasons. Source: CONTRACT sections 4 and 6.

Severe first: quarantined, not-an-invoice, blocked, rejected (only by an explicit setting), review, approved. An invoice is
approved only when nothing speaks against it; every doubt is a reason, and the reasons are shown.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from schemas.choices import AcceptedVariance, Choices, DismissedFinding
from schemas.decision import Decision, Proposal, Verdict
from schemas.document import Document, Kind
from schemas.finding import Finding, Severity
from schemas.invoice import Invoice
from schemas.master import ApprovalLimit, Company
from schemas.matching import Match, MatchState, Variance
from schemas.money import plain, round_half_up
from schemas.posting import Posting
from validators.codes import codes
from validators.reasons import Language, sentence

SCORE_THRESHOLD = Decimal("0.60")
"""Score from which warnings alone ask a person; 0 to 1."""
MOST_REASONS = 3
"""More than three reasons are not read (DOMAIN section 4)."""
AUTO_ROLE = "auto"
_MATCHED = (MatchState.MATCHED, MatchState.MATCHED_WITH_TOLERANCE)
_FAMILIES = (
    *("duplicate", "bank", "sanction", "vendor", "mail", "page", "pressure", "amount", "date"),
    *("reading", "arithmetic", "completeness", "form", "match", "enrich", "export"),
)
"""Which of two findings of one severity is shown first."""
_STOP_FIELDS = ("totals.", "payment.")
"""Page and data may differ harmlessly in other fields; on total or IBAN it stops (CONTRACT section 6)."""


@dataclass(frozen=True)
class _Reason:
    text: str
    proposal: Proposal | None


def decide(
    document: Document,
    findings: Sequence[Finding],
    match: Match | None,
    posting: Posting | None,
    *,
    company: Company | None,
    limits: Sequence[ApprovalLimit],
    has_order: bool,
    score_threshold: Decimal = SCORE_THRESHOLD,
    choices: Choices = Choices(),  # noqa: B008  immutable
    reject_incomplete: bool = False,
    language: Language = "en",
) -> Verdict:
    """Decision, at most three reasons in words (most severe first), and what a person might do next. Never raises.

    ``findings`` are those of all later stages; the document's own are added here. ``has_order``: the invoice names an order, or
    one was found for it. ``choices`` are what people decided: findings set aside, variances taken, approval, which settles
    everything whose cause is not an error (limits, scores, guesses). ``reject_incomplete`` turns errors of
    completeness into a rejection, only where the reading itself is accepted: what was not read may still stand on the page.
    """
    invoice = document.invoice
    if document.kind is Kind.UNREADABLE:
        return _quarantined("unreadable", document, language)
    if not document.kind.is_payable:
        return _other_kind(document, language)
    if invoice is None:
        return _quarantined("no-invoice-read", document, language)

    taken = _taken_variances(match, choices.accepted)
    open_findings = [
        finding
        for finding in _merged(document.findings, findings)
        if not (DismissedFinding.of(finding) in choices.dismissed or _is_taken(finding, invoice, taken))
    ]
    stops = list(_grouped([finding for finding in open_findings if is_stop(finding)], language))
    blocks = list(_match_blocks(match, open_findings, taken, language))
    errors = [finding for finding in open_findings if finding.severity is Severity.ERROR and not is_stop(finding)]
    doubts = [
        *_grouped(errors, language),
        *_reading_doubts(document, invoice, language),
        *_match_doubts(match, has_order, choices.is_approved, language),
        *_posting_doubts(posting, choices.is_approved, language),
    ]
    if not choices.is_approved and not has_order and not (match is not None and match.state in _MATCHED):
        doubts += _limit_doubts(invoice, posting, company, limits, language)
    if choices.needs_second_person and not choices.is_approved:
        doubts.append(_Reason(sentence("second-person", language), "approve"))
    if choices.awaits_approver:
        doubts.append(_Reason(sentence("awaits-approver", language), "approve"))
    if not choices.is_approved:
        doubts += _score_doubts(open_findings, match, score_threshold, language)

    if stops or blocks:
        return _verdict(Decision.BLOCKED, [*stops, *blocks, *doubts])
    if reject_incomplete and document.accepted and any(_family(finding) == "completeness" for finding in errors):
        return _verdict(Decision.REJECTED, doubts)
    if doubts:
        return _verdict(Decision.REVIEW, doubts)
    return Verdict(decision=Decision.APPROVED)


def is_stop(finding: Finding) -> bool:
    """True for the stop rules of CONTRACT section 6: a person must clear the cause, approving is not enough."""
    code = codes().get(finding.code)
    if code is None or code.severity != "stop" or finding.severity is Severity.INFO:
        return False
    return finding.code != "FRAUD-XML-PAGE-MISMATCH" or finding.path.startswith(_STOP_FIELDS)


def score(findings: Sequence[Finding], ignored_families: Collection[str] = ()) -> Decimal:
    """Warnings as one number, 0 to 1: 1 - product over families of (1 - weight x confidence), the heaviest of each family.

    One family counts once, so that findings with one cause do not add up (DOMAIN section 4).
    """
    heaviest: dict[str, Decimal] = {}
    for finding in findings:
        code = codes().get(finding.code)
        if code is None or finding.severity is not Severity.WARNING or code.family in ignored_families:
            continue
        weight = code.weight * (Decimal(1) if finding.confidence is None else finding.confidence)
        heaviest[code.family] = max(weight, heaviest.get(code.family, Decimal(0)))
    harmless = Decimal(1)
    for weight in heaviest.values():
        harmless *= 1 - weight
    return 1 - harmless


def _quarantined(key: str, document: Document, language: Language) -> Verdict:
    causes = _grouped([finding for finding in document.findings if finding.severity is Severity.ERROR], language)
    return _verdict(Decision.QUARANTINED, [_Reason(sentence(key, language), "ask-supplier"), *causes])


def _other_kind(document: Document, language: Language) -> Verdict:
    """Kept and listed; but an invoice taken for a letter would be lost, so doubt about the kind goes to a person."""
    if any(finding.code == "READ-UNSURE" and finding.path == "kind" for finding in document.findings):
        return _verdict(Decision.REVIEW, [_Reason(sentence("kind-unsure", language), "correct")])
    return _verdict(Decision.NOT_AN_INVOICE, [_Reason(sentence("kind", language, kind=document.kind.value), None)])


def _merged(*lists: Sequence[Finding]) -> Iterator[Finding]:
    """Each finding once, also where a stage hands on those of an earlier one."""
    seen: set[tuple[str, str, str]] = set()
    for finding in (finding for findings in lists for finding in findings):
        key = (finding.code, finding.path, finding.message)
        if key not in seen:
            seen.add(key)
            yield finding


def _family(finding: Finding) -> str:
    code = codes().get(finding.code)
    return code.family if code else "export"


def _grouped(findings: Sequence[Finding], language: Language) -> Iterator[_Reason]:
    """One reason per code, the family that matters most first, else in the order found."""
    by_code: dict[str, list[Finding]] = {}
    for finding in sorted(findings, key=lambda finding: _FAMILIES.index(_family(finding))):
        by_code.setdefault(finding.code, []).append(finding)
    for name, group in by_code.items():
        text = group[0].message
        if len(group) > 1:
            text = sentence("more", language, message=text, count=len(group) - 1)
        code = codes().get(name)
        yield _Reason(text, code.proposal if code else "correct")


def _reading_doubts(document: Document, invoice: Invoice, language: Language) -> Iterator[_Reason]:
    if not document.accepted:
        yield _Reason(sentence("not-accepted", language), "correct")
    if not invoice.number:
        yield _Reason(sentence("no-number", language), "correct")


_Placed = tuple[str | None, str]
"""A variance by invoice line (``None``: the document) and tolerance key."""


def _exceeded(match: Match | None) -> list[tuple[_Placed, Variance]]:
    if match is None:
        return []
    found: list[tuple[_Placed, Variance]] = []
    for line in match.lines:
        found += [((line.invoice_line, variance.key), variance) for variance in line.variances if variance.exceeded]
    return found + [((None, variance.key), variance) for variance in match.variances if variance.exceeded]


def _taken_variances(match: Match | None, accepted: Collection[AcceptedVariance]) -> frozenset[_Placed]:
    """Those a person took and that are no larger than they were then. On a line billed to several orders, all of them."""
    allowed = {(one.invoice_line, one.key): one.amount for one in accepted}
    exceeded = _exceeded(match)
    too_large = {place for place, variance in exceeded if place not in allowed or variance.amount > allowed[place]}
    return frozenset(place for place, _ in exceeded if place not in too_large)


def _is_taken(finding: Finding, invoice: Invoice, taken: Collection[_Placed]) -> bool:
    """The finding of a variance somebody took; with DW also that of the missing receipt."""
    for line, key in taken:
        codes_of_it = (f"MATCH-{key}", "MATCH-NO-RECEIPT") if key == "DW" else (f"MATCH-{key}",)
        if finding.code in codes_of_it and finding.path.startswith(_line_path(line, invoice)):
            return True
    return False


def _line_path(name: str | None, invoice: Invoice) -> str:
    for index, line in enumerate(invoice.lines):
        if name is not None and name == (line.id or str(index + 1)):
            return f"lines[{index}]"
    return ""


def _match_blocks(
    match: Match | None, findings: Sequence[Finding], taken: Collection[_Placed], language: Language
) -> Iterator[_Reason]:
    """Exceeded upper limits with their explanation; blocks that no variance explains by name. What a person took is none."""
    if match is None or not (match.blocks or match.state is MatchState.BLOCKED):
        return
    named = _exceeded(match)
    exceeded = [variance for place, variance in named if place not in taken]
    if named and not exceeded:
        return
    proposal: Proposal = "ask-buyer"
    if any(variance.key == "DW" for variance in exceeded) or any(finding.code == "MATCH-DW" for finding in findings):
        proposal = "wait-for-receipt"
    elif exceeded and all(variance.key == "STOCHASTIC" for variance in exceeded):
        proposal = "approve"
    names = ", ".join(block.value for block in match.blocks) or match.state.value
    yield _Reason(sentence("match-blocked", language, blocks=names), proposal)
    for text in dict.fromkeys(variance.explanation for variance in exceeded if variance.explanation):
        yield _Reason(text, proposal)


def _match_doubts(match: Match | None, has_order: bool, is_approved: bool, language: Language) -> Iterator[_Reason]:
    if match is None:
        if has_order:
            yield _Reason(sentence("match-missing", language), "correct")
    elif match.state is MatchState.AMBIGUOUS:
        yield _Reason(sentence("match-ambiguous", language), "correct")
    elif has_order and match.state is MatchState.NO_REFERENCE and not is_approved:
        yield _Reason(sentence("match-no-reference", language), "ask-buyer")


def _posting_doubts(posting: Posting | None, is_approved: bool, language: Language) -> Iterator[_Reason]:
    """A stock line of an order needs no G/L account: the ERP determines it (DOMAIN section 5)."""
    if posting is None or not posting.lines:
        yield _Reason(sentence("posting-missing", language), "correct")
        return
    if not posting.vendor_number:
        yield _Reason(sentence("posting-vendor", language), "correct")
    if not posting.company_code:
        yield _Reason(sentence("posting-company", language), "correct")
    for line in posting.lines:
        if not line.tax_code or line.source == "none" or (line.source != "purchase-order" and not line.gl_account):
            yield _Reason(sentence("posting-line", language, line=line.invoice_line), "correct")
        elif line.source == "history" and not is_approved:
            yield _Reason(sentence("posting-guess", language, line=line.invoice_line), "correct")


def _limit_doubts(
    invoice: Invoice, posting: Posting | None, company: Company | None, limits: Sequence[ApprovalLimit], language: Language
) -> Iterator[_Reason]:
    """Without an order: every line by an account rule, and the gross amount within the limit of role ``auto``."""
    for line in posting.lines if posting else ():
        if line.source != "rule":
            yield _Reason(sentence("no-rule", language, line=line.invoice_line), "approve")
            break
    gross = invoice.totals.grand_total
    if gross is None:
        yield _Reason(sentence("no-amount", language), "correct")
        return
    code, currency = company.company_code if company else "", invoice.currency or "?"
    allowed = [
        limit.amount for limit in limits if limit.role == AUTO_ROLE and limit.company_code == code and limit.currency == currency
    ]
    if not allowed:
        yield _Reason(sentence("no-auto-limit", language, company=code or "?", currency=currency), "approve")
    elif abs(gross) > min(allowed):
        words = {"amount": plain(gross), "currency": currency, "limit": plain(min(allowed))}
        yield _Reason(sentence("above-auto-limit", language, **words), "approve")


def _score_doubts(findings: Sequence[Finding], match: Match | None, threshold: Decimal, language: Language) -> list[_Reason]:
    """An unusual amount that order and receipt explain is not unusual."""
    ignored = ("amount",) if match is not None and match.state in _MATCHED else ()
    total = score(findings, ignored)
    if total <= threshold:
        return []
    words = {"score": plain(round_half_up(total)), "limit": plain(threshold)}
    warnings = [finding for finding in findings if finding.severity is Severity.WARNING and _family(finding) not in ignored]
    warnings.sort(key=lambda finding: -_weight(finding))
    return [_Reason(sentence("score", language, **words), "approve"), *_grouped(warnings, language)]


def _weight(finding: Finding) -> Decimal:
    code = codes().get(finding.code)
    return code.weight if code else Decimal(0)


def _verdict(decision: Decision, reasons: Sequence[_Reason]) -> Verdict:
    shown = list(dict.fromkeys(reason.text for reason in reasons))[:MOST_REASONS]
    return Verdict(decision=decision, reasons=shown, proposal=reasons[0].proposal if reasons else None)
