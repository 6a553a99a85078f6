"""Whatever a stranger writes into an invoice: findings and a decision, never an exception, and the same answer twice."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import enrichers
from schemas.document import Document
from schemas.facts import AccountFacts, PartyFacts
from tests.validators.cases import COMPANY, HONEST, IBAN, OTHER_IBAN, VENDOR, facts, history, known_invoice, limit
from validators import check, decide

AMOUNTS = st.one_of(
    st.none(),
    st.sampled_from(["0", "0.00", "-0.01", "9" * 28, "-" + "9" * 28, "0." + "0" * 19 + "1", "966.70", "483.35", "100", "250.00"]),
    st.decimals(min_value=-(10**6), max_value=10**6, places=2).map(str),
)
TEXTS = st.one_of(
    st.none(),
    st.sampled_from(["", " ", "\x00", "­", "RE-2026-0815", "Diverses", "§ 19 UStG", "reverse charge", IBAN, OTHER_IBAN, "XX00"]),
    st.text(max_size=30),
)
DATES = st.one_of(st.none(), st.sampled_from([date.min, date.max, date(2026, 11, 16)]), st.dates()).map(lambda d: d and str(d))
CODES = st.sampled_from([None, "380", "381", "384", "386", "389", "261", "?"])
CATEGORIES = st.sampled_from([None, "S", "AE", "K", "G", "E", "Z", "O", "?"])
PARTY = st.fixed_dictionaries(
    dict.fromkeys(("name", "vat_id", "tax_number", "gln", "id", "street", "postcode", "city", "country"), TEXTS)
)
INVOICES = st.fixed_dictionaries(
    {
        "number": TEXTS,
        "issue_date": DATES,
        "delivery_date": DATES,
        "due_date": DATES,
        "type_code": CODES,
        "currency": TEXTS,
        "preceding_invoice_reference": TEXTS,
        "seller": PARTY,
        "buyer": PARTY,
        "payment": st.fixed_dictionaries({"iban": TEXTS, "bic": TEXTS, "means_code": st.sampled_from([None, "58", "59"])}),
        "totals": st.fixed_dictionaries(
            dict.fromkeys(("line_total", "tax_basis_total", "tax_total", "grand_total", "due_payable"), AMOUNTS)
        ),
        "tax_breakdown": st.lists(
            st.fixed_dictionaries(
                {"rate": AMOUNTS, "basis": AMOUNTS, "amount": AMOUNTS, "category": CATEGORIES, "exemption_reason": TEXTS}
            ),
            max_size=2,
        ),
        "lines": st.lists(
            st.fixed_dictionaries(
                {
                    **dict.fromkeys(("id", "name", "description", "unit", "gtin"), TEXTS),
                    **dict.fromkeys(("quantity", "net_price", "net_amount", "tax_rate"), AMOUNTS),
                    "tax_category": CATEGORIES,
                }
            ),
            max_size=2,
        ),
        "notes": st.lists(TEXTS.filter(bool).map(lambda text: {"text": text}), max_size=2),
    }
)
KNOWN = history(
    known_invoice(number="RE-2026-0815", issue_date="2026-11-16", grand_total="966.70"),
    known_invoice(number="", issue_date=date.min, grand_total=Decimal("9" * 28)),
    known_invoice(number="Ö", issue_date=date.max, grand_total=Decimal(0)),
    *(known_invoice(number=f"N{n}", issue_date=date(2026, 1 + n, 3), grand_total=f"{90 + n}.10") for n in range(9)),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(invoice=INVOICES, source=st.sampled_from(["text-layer", "ubl", None]), kind=st.sampled_from(["invoice", "credit-note"]))
def test_nothing_raises_and_the_answer_is_stable(invoice: dict[str, Any], source: str | None, kind: str) -> None:
    document = Document.model_validate({"kind": kind, "source": source, "accepted": True, "invoice": invoice})
    assert document.invoice is not None
    identity = enrichers.identify(document.invoice, PartyFacts((COMPANY,), (VENDOR,), ()))
    for vendor in (None, VENDOR):
        known = facts(vendor=vendor, company=identity.company, history=KNOWN, limits=(limit("auto", "500.00"),))
        findings = check(document, known)
        assert findings == check(document, known)
        booked = enrichers.assign_accounts(
            document.invoice,
            None,
            AccountFacts(),
            vendor=vendor,
            company=identity.company,
            order_lines=(),
            posting_date=date(2026, 11, 20),
        )
        verdict = decide(
            document,
            [*identity.findings, *findings, *booked.findings],
            None,
            booked.posting,
            company=identity.company,
            limits=known.limits,
            has_order=False,
        )
        assert verdict.decision.value in ("review", "blocked")
        assert verdict.reasons


def test_checks_change_nothing() -> None:
    document = Document.model_validate(HONEST)
    before = document.model_dump_json()
    check(document, facts(history=KNOWN))
    assert document.model_dump_json() == before


@pytest.mark.parametrize("kind", ["order", "reminder", "other", "unreadable"])
def test_other_kinds_are_not_checked(kind: str) -> None:
    assert check(Document.model_validate({**HONEST, "kind": kind}), facts()) == []
