"""decide: from approved to quarantined, one thing changed at a time."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from schemas.choices import AcceptedVariance, Choices, DismissedFinding
from schemas.finding import Finding, Severity, error, info, warning
from schemas.matching import Block, Match, MatchLine, MatchState, Variance
from schemas.posting import Posting, PostingLine
from tests.validators.cases import COMPANY, document, limit
from validators import decide, score

LIMITS = (limit("auto", "1000.00"), limit("clerk", "5000.00"))
MATCHED = Match(state=MatchState.MATCHED)
NO_REFERENCE = Match(state=MatchState.NO_REFERENCE)
MISSING: Any = object()


def posting(**line: Any) -> Posting:
    values: dict[str, Any] = {"invoice_line": "1", "gl_account": "540000", "tax_code": "V1", "source": "rule", **line}
    return Posting(vendor_number="100001", company_code="1000", document_type="KR", lines=[PostingLine(**values)])


def verdict(
    findings: Sequence[Finding] = (),
    changes: dict[str, Any] | None = None,
    match: Match | None = MATCHED,
    booked: Any = MISSING,
    **more: Any,
) -> Any:
    keywords: dict[str, Any] = {"company": COMPANY, "limits": LIMITS, "has_order": match is MATCHED, **more}
    booked = posting(source="purchase-order") if booked is MISSING else booked
    return decide(document(changes), list(findings), match, booked, **keywords)


def blocked(key: str, block: Block) -> Match:
    variance = Variance(key=key, amount=Decimal("300.00"), exceeded=True, explanation=f"{key} is above its limit")
    return Match(state=MatchState.BLOCKED, blocks=[block], lines=[MatchLine(invoice_line="1", variances=[variance])])


def test_nothing_speaks_against_it() -> None:
    answer = verdict()
    assert (answer.decision.value, answer.reasons, answer.proposal) == ("approved", [], None)


@pytest.mark.parametrize(
    ("kind", "decision"),
    [
        ("unreadable", "quarantined"),
        ("order", "not-an-invoice"),
        ("reminder", "not-an-invoice"),
        ("statement", "not-an-invoice"),
        ("other", "not-an-invoice"),
        ("credit-note", "approved"),
    ],
)
def test_kinds(kind: str, decision: str) -> None:
    assert verdict(changes={"kind": kind}).decision.value == decision


def test_invoice_that_could_not_be_read_is_quarantined() -> None:
    answer = verdict(changes={"invoice": None, "findings": [error("READ-MALFORMED", "", "broken").as_json()]})
    assert (answer.decision.value, answer.reasons[1]) == ("quarantined", "broken")


def test_doubt_about_the_kind_goes_to_a_person() -> None:
    unsure = error("READ-UNSURE", "kind", "invoice or reminder?").as_json()
    assert verdict(changes={"kind": "reminder", "findings": [unsure]}).decision.value == "review"


@pytest.mark.parametrize(
    ("finding", "decision", "proposal"),
    [
        pytest.param(error("FRAUD-DUPLICATE", "number", "twice"), "blocked", "reject", id="duplicate"),
        pytest.param(error("FRAUD-BANK-CHANGED", "payment.iban", "new"), "blocked", "call-back", id="bank changed"),
        pytest.param(error("FRAUD-BLOCKED-VENDOR", "seller", "blocked"), "blocked", "ask-buyer", id="blocked vendor"),
        pytest.param(error("FRAUD-XML-PAGE-MISMATCH", "totals.grand_total", "a/b"), "blocked", "ask-supplier", id="page, total"),
        pytest.param(error("FRAUD-XML-PAGE-MISMATCH", "payment.iban", "a/b"), "blocked", "ask-supplier", id="page, account"),
        pytest.param(error("FRAUD-XML-PAGE-MISMATCH", "number", "a/b"), "review", "ask-supplier", id="page, number"),
        pytest.param(error("FRAUD-GLYPH-REMAP", "", "glyphs"), "blocked", "ask-supplier", id="glyphs"),
        pytest.param(error("FRAUD-REIMPORT", "", "ours"), "blocked", "reject", id="our own export"),
        pytest.param(error("FRAUD-HIDDEN-TEXT", "", "white"), "review", "ask-supplier", id="hidden text"),
        pytest.param(error("FRAUD-DUPLICATE-SIMILAR", "number", "alike"), "review", "reject", id="similar"),
        pytest.param(error("COMPLETE-NUMBER", "number", "missing"), "review", "ask-supplier", id="incomplete"),
        pytest.param(error("ARITH-TAX", "totals.tax_total", "does not close"), "review", "correct", id="arithmetic"),
        pytest.param(error("BR-CO-10", "totals.line_total", "rule"), "review", "correct", id="a rule of the norm"),
        pytest.param(warning("FORM-GTIN", "lines[0].gtin", "digit"), "approved", None, id="one light warning"),
        pytest.param(info("ARITH-TAX", "tax_breakdown[0].amount", "rounding"), "approved", None, id="rounding"),
        pytest.param(info("FRAUD-ROUND", "totals.grand_total", "round"), "approved", None, id="info"),
    ],
)
def test_one_finding(finding: Finding, decision: str, proposal: str | None) -> None:
    answer = verdict([finding])
    assert (answer.decision.value, answer.proposal) == (decision, proposal)
    assert answer.reasons[:1] == ([] if decision == "approved" else [finding.message])


@pytest.mark.parametrize(
    ("match", "decision", "proposal"),
    [
        pytest.param(blocked("PP", Block.PRICE), "blocked", "ask-buyer", id="price"),
        pytest.param(blocked("DW", Block.QUANTITY), "blocked", "wait-for-receipt", id="no receipt"),
        pytest.param(blocked("STOCHASTIC", Block.STOCHASTIC), "blocked", "approve", id="random check"),
        pytest.param(Match(state=MatchState.MATCHED_WITH_TOLERANCE), "approved", None, id="within tolerance"),
        pytest.param(Match(state=MatchState.AMBIGUOUS), "review", "correct", id="ambiguous"),
        pytest.param(NO_REFERENCE, "review", "ask-buyer", id="the order was not found"),
        pytest.param(None, "review", "correct", id="not matched at all"),
    ],
)
def test_match(match: Match | None, decision: str, proposal: str | None) -> None:
    answer = verdict(match=match, has_order=True)
    assert (answer.decision.value, answer.proposal) == (decision, proposal)


def test_lower_side_warns_and_never_blocks() -> None:
    variance = Variance(key="PP", amount=Decimal("-6.00"), lower_exceeded=True)
    match = Match(state=MatchState.MATCHED_WITH_TOLERANCE, lines=[MatchLine(invoice_line="1", variances=[variance])])
    answer = verdict([warning("MATCH-PP", "lines[0].net_amount", "cheaper")], match=match, has_order=True)
    assert answer.decision.value == "approved"


@pytest.mark.parametrize(
    ("line", "decision"),
    [
        pytest.param({"source": "purchase-order", "gl_account": None}, "approved", id="stock: the ERP finds the account"),
        pytest.param({"source": "rule", "gl_account": None}, "review", id="rule without account"),
        pytest.param({"source": "rule"}, "approved", id="freight by rule beside an order"),
        pytest.param({"tax_code": None}, "review", id="no tax code"),
        pytest.param({"source": "history"}, "review", id="a proposal is no assignment"),
        pytest.param({"source": "none", "gl_account": None}, "review", id="nothing"),
    ],
)
def test_posting(line: dict[str, Any], decision: str) -> None:
    assert verdict(booked=posting(**line)).decision.value == decision


@pytest.mark.parametrize(
    "booked",
    [None, Posting(), posting().model_copy(update={"vendor_number": None}), posting().model_copy(update={"company_code": None})],
)
def test_incomplete_posting(booked: Posting | None) -> None:
    assert verdict(booked=booked).decision.value == "review"


@pytest.mark.parametrize(
    ("gross", "line", "limits", "decision"),
    [
        pytest.param("1000.00", {}, LIMITS, "approved", id="at the limit"),
        pytest.param("1000.01", {}, LIMITS, "review", id="a cent above"),
        pytest.param("-1000.01", {}, LIMITS, "review", id="a large credit"),
        pytest.param("10.00", {}, (limit("clerk", "5000.00"),), "review", id="no limit for auto"),
        pytest.param("10.00", {}, (limit("auto", "5000.00", "CHF"),), "review", id="limit in another currency"),
        pytest.param("10.00", {"source": "history"}, LIMITS, "review", id="no rule"),
        pytest.param(None, {}, LIMITS, "review", id="no amount"),
    ],
)
@pytest.mark.parametrize("match", [NO_REFERENCE, None])
def test_without_order(gross: str | None, line: dict[str, Any], limits: Any, decision: str, match: Match | None) -> None:
    changes = {"invoice.totals.grand_total": gross}
    answer = verdict(changes=changes, match=match, booked=posting(**line), has_order=False, limits=limits)
    assert answer.decision.value == decision


def test_reading_that_is_not_accepted_is_never_approved() -> None:
    answer = verdict(changes={"accepted": False})
    assert (answer.decision.value, answer.proposal) == ("review", "correct")


def test_invoice_without_number_is_never_approved() -> None:
    assert verdict(changes={"invoice.number": None}).decision.value == "review"


def test_blocked_wins_over_review_and_most_severe_comes_first() -> None:
    findings = [error("ENRICH-NO-ACCOUNT", "lines[0]", "no account"), error("FRAUD-BANK-CHANGED", "payment.iban", "new account")]
    answer = verdict(findings, changes={"accepted": False})
    assert answer.decision.value == "blocked"
    assert answer.reasons[:2] == ["new account", "no account"]


def test_at_most_three_reasons_and_one_per_code() -> None:
    findings = [error("READ-UNSURE", f"lines[{n}].quantity", f"quantity of line {n}") for n in range(9)]
    findings += [
        error("COMPLETE-NUMBER", "number", "no number"),
        error("COMPLETE-TAX", "", "no tax"),
        error("FORM-DATE", "", "date"),
    ]
    answer = verdict(findings)
    assert answer.reasons == ["quantity of line 0 (and 8 more like it)", "no number", "no tax"]


def test_findings_of_the_reading_count_once() -> None:
    finding = error("ARITH-TAX", "totals.tax_total", "does not close")
    assert verdict([finding], changes={"findings": [finding.as_json()]}).reasons == ["does not close"]


def test_a_dismissed_finding_no_longer_speaks() -> None:
    finding = error("FRAUD-BANK-CHANGED", "payment.iban", "new account", stated="DE1")
    other = error("FRAUD-BANK-CHANGED", "payment.iban", "newer account", stated="DE2")
    assert verdict([finding], choices=Choices(dismissed=(DismissedFinding.of(finding),))).decision.value == "approved"
    assert verdict([other], choices=Choices(dismissed=(DismissedFinding.of(finding),))).decision.value == "blocked"


def test_rejected_only_by_setting_and_only_if_the_reading_is_certain() -> None:
    finding = error("COMPLETE-NUMBER", "number", "missing")
    assert verdict([finding]).decision.value == "review"
    assert verdict([finding], reject_incomplete=True).decision.value == "rejected"
    assert verdict([finding], reject_incomplete=True, changes={"accepted": False}).decision.value == "review"
    stop = error("FRAUD-DUPLICATE", "number", "twice")
    assert verdict([finding, stop], reject_incomplete=True).decision.value == "blocked"


def weighted(code: str, confidence: str | None = None) -> Finding:
    return Finding(code=code, severity=Severity.WARNING, message=code, confidence=Decimal(confidence) if confidence else None)


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ([], "0"),
        ([weighted("FRAUD-BANK-COUNTRY")], "0.30"),
        ([weighted("FRAUD-BANK-COUNTRY"), weighted("FRAUD-BANK-COUNTRY")], "0.30"),
        ([weighted("FRAUD-REPLY-TO"), weighted("FRAUD-PRESSURE")], "0.5875"),
        ([weighted("FRAUD-AMOUNT-OUTLIER", "0.5")], "0.325"),
        ([weighted("FRAUD-AMOUNT-OUTLIER")], "0.65"),
    ],
)
def test_score(findings: list[Finding], expected: str) -> None:
    assert score(findings) == Decimal(expected)


def test_warnings_together_ask_a_person() -> None:
    mail = [weighted("FRAUD-REPLY-TO"), weighted("FRAUD-PRESSURE")]
    assert verdict(mail).decision.value == "approved"
    assert verdict([*mail, weighted("FRAUD-BANK-COUNTRY")]).decision.value == "review"
    assert verdict(mail, score_threshold=Decimal("0.58")).decision.value == "review"


def test_an_unusual_amount_is_explained_by_order_and_receipt() -> None:
    outlier = [weighted("FRAUD-AMOUNT-OUTLIER")]
    assert verdict(outlier).decision.value == "approved"
    assert verdict(outlier, match=NO_REFERENCE, booked=posting(), has_order=False).decision.value == "review"


def test_german_reasons() -> None:
    assert verdict(changes={"accepted": False}, language="de").reasons == ["Nicht jeder Wert, der gebucht würde, ist bewiesen."]


def test_a_variance_a_person_took_blocks_no_more_until_it_grows() -> None:
    over = Variance(key="PP", amount=Decimal("156.00"), exceeded=True, explanation="438.00 instead of 412.00")
    blocked = Match(
        state=MatchState.BLOCKED, blocks=[Block.PRICE], lines=[MatchLine(invoice_line="1", purchase_order="45", variances=[over])]
    )
    finding = error("MATCH-PP", "lines[0].net_price", "price", stated="438.00")
    taken = Choices(accepted=(AcceptedVariance(key="PP", invoice_line="1", amount=Decimal("156.00")),))
    less = Choices(accepted=(AcceptedVariance(key="PP", invoice_line="1", amount=Decimal("100.00")),))
    other_line = Choices(accepted=(AcceptedVariance(key="PP", invoice_line="2", amount=Decimal("156.00")),))
    ask = {"findings": [finding], "match": blocked, "has_order": True}
    assert verdict(**ask).decision.value == "blocked"
    assert verdict(**ask, choices=taken).decision.value == "approved"
    assert verdict(**ask, choices=less).decision.value == "blocked"
    assert verdict(**ask, choices=other_line).decision.value == "blocked"


def test_approval_settles_limits_and_guesses_but_no_error() -> None:
    approved = Choices(is_approved=True)
    above = {"invoice.totals.grand_total": "999999.00"}
    assert verdict(has_order=False, match=None, changes=above).decision.value == "review"
    assert verdict(has_order=False, match=None, changes=above, choices=approved).decision.value == "approved"
    wrong = error("COMPLETE-ISSUE-DATE", "issue_date", "there is no date of issue")
    assert verdict([wrong], choices=approved).decision.value == "review"
