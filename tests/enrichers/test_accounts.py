"""assign_accounts: order, rule, history, nothing; validity on the posting date; tax codes by table."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from enrichers import PostingResult, assign_accounts
from enrichers.history import propose
from schemas.facts import AccountFacts
from schemas.invoice import Invoice
from schemas.master import AccountRule, Company, CostObject, GlAccount, PostedLine, PurchaseOrderLine, TaxCode, Vendor
from schemas.matching import Match, MatchLine, MatchState, ReceiptShare

DAY = date(2026, 11, 20)
COMPANY = Company(company_code="1000", name="Nordwerk GmbH", vat_id="DE129273398", country="DE")
GERMAN = Vendor(vendor_number="100001", name="Möwe GmbH", vat_id="DE136695976", country="DE")
AUSTRIAN = Vendor(vendor_number="200001", name="Präzision GmbH", vat_id="ATU13585627", country="AT")
SWISS = Vendor(vendor_number="300001", name="Feinmechanik AG", country="CH")


def code(name: str, category: str, rate: str, region: str = "domestic", supply: str = "any") -> TaxCode:
    values = {"company_code": "1000", "tax_code": name, "category": category, "rate": rate}
    return TaxCode.model_validate({**values, "supplier_region": region, "supply": supply})


CODES = (
    *(code("V1", "S", "19"), code("V2", "S", "7"), code("R2", "AE", "0"), code("VE", "E", "0"), code("V0", "Z", "0")),
    *(code("E1", "K", "0", "eu", "goods"), code("R1", "AE", "0", "eu", "services")),
    *(code("I0", "G", "0", "third", "goods"), code("R3", "AE", "0", "third", "services")),
    TaxCode(company_code="2000", tax_code="XX", category="S", rate=Decimal(19), supplier_region="domestic"),
)
ACCOUNTS = tuple(GlAccount(company_code="1000", gl_account=number, name=number) for number in ("540000", "651000", "641000"))
OBJECTS = (
    CostObject(company_code="1000", kind="cost_center", id="1100", name="Verwaltung"),
    CostObject(
        company_code="1000",
        kind="cost_center",
        id="1200",
        name="Projekt",
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 6, 30),
    ),
    CostObject(company_code="1000", kind="asset", id="90001", name="Presse"),
)


def rule(priority: int, account: str | None = "651000", **more: Any) -> AccountRule:
    return AccountRule.model_validate({"priority": priority, "gl_account": account, "cost_center": "1100", **more})


def order(line: str = "10", **more: Any) -> PurchaseOrderLine:
    values = {
        "po_number": "4500001001",
        "po_line": line,
        "vendor_number": "100001",
        "company_code": "1000",
        "currency": "EUR",
        "quantity": "10",
        "unit": "H87",
        "net_price": "10",
        "tax_code": "V1",
    }
    return PurchaseOrderLine.model_validate({**values, **more})


COST_CENTRE = order(assignment="K", gl_account="651000", cost_center="1100")


def invoice(**changes: Any) -> Invoice:
    line = {"id": "1", "name": "Bürobedarf", "quantity": "10", "unit": "H87", "net_amount": "100.00", "tax_rate": "19"}
    values: dict[str, Any] = {"type_code": "380", "currency": "EUR", "lines": [{**line, **changes.pop("line", {})}]}
    return Invoice.model_validate({**values, **changes})


def run(
    subject: Invoice,
    *,
    rules: Any = (),
    orders: Any = (),
    match: Match | None = None,
    vendor: Vendor | None = GERMAN,
    company: Company | None = COMPANY,
    history: Any = (),
    day: date = DAY,
) -> PostingResult:
    facts = AccountFacts(tuple(rules), ACCOUNTS, OBJECTS, CODES, tuple(history))
    if match is None and orders:
        rows = [MatchLine(invoice_line="1", purchase_order=row.po_number, purchase_order_line=row.po_line) for row in orders]
        match = Match(state=MatchState.MATCHED, lines=rows)
    return assign_accounts(subject, match, facts, vendor=vendor, company=company, order_lines=orders, posting_date=day)


def codes(result: PostingResult) -> list[str]:
    return [finding.code for finding in result.findings]


def test_order_decides_before_rules() -> None:
    result = run(invoice(), orders=(COST_CENTRE,), rules=(rule(1, "540000"),))
    line = result.posting.lines[0]
    assert (line.gl_account, line.cost_center, line.tax_code, line.source) == ("651000", "1100", "V1", "purchase-order")
    assert (result.posting.document_type, line.confidence, codes(result)) == ("RE", Decimal(1), [])
    assert "4500001001/10" in line.because


@pytest.mark.parametrize(
    ("row", "findings"),
    [
        pytest.param(order(gl_account="999999"), [], id="stock: no account, whatever the order carries"),
        pytest.param(order(assignment="K", gl_account="651000"), ["ENRICH-INVALID-OBJECT"], id="K without cost centre"),
        pytest.param(order(assignment="K", cost_center="1100"), ["ENRICH-NO-ACCOUNT"], id="K without account"),
        pytest.param(order(assignment="A", asset="90001"), [], id="asset: account by class"),
        pytest.param(order(assignment="A", asset="90009"), ["ENRICH-INVALID-OBJECT"], id="unknown asset"),
        pytest.param(
            order(assignment="F", gl_account="651000", internal_order="7"), ["ENRICH-INVALID-OBJECT"], id="unknown order"
        ),
        pytest.param(
            order(assignment="K", gl_account="777777", cost_center="1100"), ["ENRICH-INVALID-OBJECT"], id="unknown account"
        ),
    ],
)
def test_order_lines(row: PurchaseOrderLine, findings: list[str]) -> None:
    result = run(invoice(), orders=(row,))
    assert codes(result) == findings
    if row.assignment is None:
        assert result.posting.lines[0].gl_account is None


@pytest.mark.parametrize(
    ("day", "valid"),
    [(date(2025, 12, 31), False), (date(2026, 1, 1), True), (date(2026, 6, 30), True), (date(2026, 7, 1), False)],
)
def test_cost_centre_is_valid_on_both_end_dates(day: date, valid: bool) -> None:
    result = run(invoice(), rules=(rule(1, cost_center="1200"),), day=day)
    assert codes(result) == ([] if valid else ["ENRICH-INVALID-OBJECT"])


RULES: list[Any] = [
    pytest.param([rule(2, "540000"), rule(1, "651000")], "651000", [], id="lowest priority wins"),
    pytest.param([rule(1, "540000", text="BÜRO"), rule(2, "651000")], "540000", [], id="text without case"),
    pytest.param([rule(1, "540000", text="fracht"), rule(2, "651000")], "651000", [], id="text that is not there"),
    pytest.param([rule(1, "540000", vendor_number="9"), rule(2, "651000")], "651000", [], id="another vendor's rule"),
    pytest.param([rule(1, "540000", company_code="2000"), rule(2, "651000")], "651000", [], id="another company's rule"),
    pytest.param([rule(1, "540000"), rule(1, "651000", text="büro")], None, ["ENRICH-NO-ACCOUNT"], id="a tie is a question"),
    pytest.param([rule(1, "651000"), rule(1, "651000", text="büro")], "651000", [], id="a tie with one answer"),
    pytest.param([rule(1, None), rule(2, "651000")], "651000", [], id="a rule without account assigns nothing"),
    pytest.param([], None, ["ENRICH-NO-ACCOUNT"], id="no rule"),
]


@pytest.mark.parametrize(("rules", "account", "findings"), RULES)
def test_rules(rules: list[AccountRule], account: str | None, findings: list[str]) -> None:
    result = run(invoice(), rules=rules)
    assert (result.posting.lines[0].gl_account, codes(result)) == (account, findings)
    assert result.posting.lines[0].source == ("rule" if account else "none")


@pytest.mark.parametrize(
    ("type_code", "orders", "expected"),
    [("380", (), "KR"), ("381", (), "KG"), ("380", (COST_CENTRE,), "RE"), ("381", (COST_CENTRE,), "RE")],
)
def test_document_type(type_code: str, orders: Any, expected: str) -> None:
    assert run(invoice(type_code=type_code), orders=orders).posting.document_type == expected


TAX: list[Any] = [
    pytest.param({}, {}, GERMAN, "V1", id="domestic 19 %"),
    pytest.param({"tax_rate": "7.00"}, {}, GERMAN, "V2", id="domestic 7 %"),
    pytest.param({"tax_rate": "16"}, {}, GERMAN, None, id="a rate the table does not have"),
    pytest.param({"tax_rate": None}, {"tax_breakdown": [{"rate": "19"}]}, GERMAN, "V1", id="the only rate of the invoice"),
    pytest.param({"tax_rate": None}, {"tax_breakdown": [{"rate": "19"}, {"rate": "7"}]}, GERMAN, None, id="one of two rates"),
    pytest.param({"tax_rate": "0"}, {}, GERMAN, None, id="zero alone does not say why"),
    pytest.param({"tax_rate": "0", "tax_category": "E"}, {}, GERMAN, "VE", id="exempt"),
    pytest.param({"tax_rate": "0", "tax_category": "Z"}, {}, GERMAN, "V0", id="zero rate"),
    pytest.param(
        {"tax_rate": "0"}, {"notes": [{"text": "Steuerschuldnerschaft des Leistungsempfängers"}]}, GERMAN, "R2", id="13b"
    ),
    pytest.param({"tax_rate": "0"}, {"notes": [{"text": "Reverse charge"}]}, AUSTRIAN, "R1", id="EU service"),
    pytest.param({"tax_rate": "0"}, {"notes": [{"text": "Innergemeinschaftliche Lieferung"}]}, AUSTRIAN, "E1", id="EU goods"),
    pytest.param({"tax_rate": "0"}, {"notes": [{"text": "Steuerfreie Ausfuhrlieferung"}]}, SWISS, "I0", id="import"),
    pytest.param({"tax_rate": "20"}, {}, AUSTRIAN, None, id="foreign tax without a code"),
    pytest.param({}, {"seller": {"vat_id": "DE136695976"}}, AUSTRIAN, "V1", id="foreign firm that charges our tax"),
]


@pytest.mark.parametrize(("line", "changes", "vendor", "expected"), TAX)
def test_tax_code_by_table(line: dict[str, Any], changes: dict[str, Any], vendor: Vendor, expected: str | None) -> None:
    result = run(invoice(line=line, **changes), rules=(rule(1),), vendor=vendor)
    assert result.posting.lines[0].tax_code == expected
    assert codes(result) == ([] if expected else ["ENRICH-NO-TAX-CODE"])


@pytest.mark.parametrize(
    ("prescribed", "line", "expected"),
    [
        pytest.param("V1", {}, "V1", id="agrees with the invoice"),
        pytest.param("V1", {"tax_rate": "7"}, None, id="order says 19 %, invoice 7 %"),
        pytest.param("R1", {}, None, id="order says reverse charge, invoice charges tax"),
        pytest.param("ZZ", {}, None, id="no such code"),
        pytest.param("XX", {}, None, id="code of another company"),
        pytest.param("V1", {"tax_rate": None}, None, id="the invoice states no rate"),
    ],
)
@pytest.mark.parametrize("by", ["order", "rule"])
def test_prescribed_tax_code_is_held_against_the_invoice(
    prescribed: str, line: dict[str, Any], expected: str | None, by: str
) -> None:
    row = order(assignment="K", gl_account="651000", cost_center="1100", tax_code=prescribed)
    how: dict[str, Any] = {"orders": (row,)} if by == "order" else {"rules": (rule(1, tax_code=prescribed),)}
    result = run(invoice(line=line), **how)
    assert result.posting.lines[0].tax_code == expected
    assert codes(result) == ([] if expected else ["ENRICH-NO-TAX-CODE"])


def test_goods_and_services_with_different_codes_are_a_question_until_one_is_known() -> None:
    table = (code("G1", "S", "19", supply="goods"), code("D1", "S", "19", supply="services"))
    for line, expected in (({}, None), ({"unit": "HUR"}, "D1"), ({"gtin": "4006381333931"}, "G1")):
        facts = AccountFacts((rule(1),), ACCOUNTS, OBJECTS, table)
        result = assign_accounts(
            invoice(line=line), None, facts, vendor=GERMAN, company=COMPANY, order_lines=(), posting_date=DAY
        )
        assert result.posting.lines[0].tax_code == expected, line


def test_line_of_two_order_lines_is_shared_out() -> None:
    orders = (order("10"), order("20"))
    shares = [
        MatchLine(
            invoice_line="1",
            purchase_order="4500001001",
            purchase_order_line=row.po_line,
            receipts=[ReceiptShare(receipt="1", line="1", quantity=quantity)],
        )
        for row, quantity in zip(orders, (Decimal(1), Decimal(2)), strict=True)
    ]
    result = run(invoice(), orders=orders, match=Match(state=MatchState.MATCHED, lines=shares))
    assert [line.net_amount for line in result.posting.lines] == [Decimal("33.33"), Decimal("66.67")]
    assert codes(result) == []


def test_shares_that_are_not_known_are_a_question() -> None:
    assert codes(run(invoice(), orders=(order("10"), order("20")))) == ["ENRICH-NO-ACCOUNT", "ENRICH-NO-ACCOUNT"]


def test_charges_without_order_go_with_the_lines() -> None:
    subject = invoice(
        charges=[{"amount": "9.90", "reason": "Fracht", "rate": "19"}], allowances=[{"amount": "5.00", "rate": "19"}]
    )
    result = run(subject, rules=(rule(1),))
    assert [(line.invoice_line, line.gl_account, line.net_amount, line.source) for line in result.posting.lines] == [
        ("1", "651000", Decimal("100.00"), "rule"),
        ("allowances[0]", "651000", Decimal("-5.00"), "rule"),
        ("charges[0]", "651000", Decimal("9.90"), "rule"),
    ]
    assert [line.invoice_line for line in run(subject, orders=(COST_CENTRE,)).posting.lines] == ["1"]


def posted(description: str, account: str, number: str = "R") -> PostedLine:
    return PostedLine(
        vendor_number="100001", number=number, line="1", net_amount=Decimal(1), description=description, gl_account=account
    )


def test_history_proposes_and_says_why() -> None:
    history = [posted(f"Reinigung {month:02d}/2026", "651000", f"R{month}") for month in range(1, 7)]
    result = run(invoice(line={"name": "Reinigung 11/2026"}), history=history)
    line = result.posting.lines[0]
    assert (line.gl_account, line.source, codes(result)) == ("651000", "history", [])
    assert "R6/1, R5/1, R4/1" in line.because
    assert line.confidence is not None
    assert Decimal("0.9") < line.confidence < 1


@pytest.mark.parametrize(
    ("text", "history", "account"),
    [
        pytest.param("Papier", [], None, id="nothing known"),
        pytest.param("Papier", [posted("Papier", "651000")], "651000", id="one precedent of the same text"),
        pytest.param("Toner", [posted("Papier", "651000")], None, id="one precedent of another text is too little"),
        pytest.param("Toner", [posted("Papier", "651000")] * 6, "651000", id="a vendor with one account"),
        pytest.param("Toner", [posted("Papier", "651000"), posted("Fracht", "641000")] * 6, None, id="a vendor with two"),
        pytest.param("Fracht", [posted("Papier", "651000"), posted("Fracht", "641000")] * 6, "641000", id="told apart by text"),
        pytest.param("Papier", [posted("Papier", "651000")] * 3 + [posted("Papier", "641000")] * 3, None, id="undecided"),
        pytest.param("Papier", [posted("Papier", "651000")] * 3 + [posted("Papier", "641000")] * 9, "641000", id="drift"),
    ],
)
def test_history(text: str, history: list[PostedLine], account: str | None) -> None:
    proposal = propose(text, history)
    assert (proposal.assignment.gl_account if proposal else None) == account


def test_one_correction_is_visible_in_the_next_confidence() -> None:
    before = propose("Papier", [posted("Papier", "651000")] * 5)
    after = propose("Papier", [posted("Papier", "651000")] * 5 + [posted("Papier", "641000")])
    assert before is not None
    assert after is None or after.confidence < before.confidence


def test_nothing_known_at_all_never_raises() -> None:
    result = assign_accounts(Invoice(lines=[]), None, AccountFacts(), vendor=None, company=None, order_lines=(), posting_date=DAY)
    assert (result.posting.lines, result.findings) == ([], [])
    result = run(Invoice.model_validate({"lines": [{}]}), vendor=None, company=None)
    assert set(codes(result)) == {"ENRICH-NO-ACCOUNT", "ENRICH-NO-TAX-CODE"}
