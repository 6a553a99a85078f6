"""What people do: each act is judged at once, told in the trail, refused where it must be, and can be undone."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline import acts
from pipeline.acts import NotHis, NotNow, Person, Unusable
from pipeline.clock import FixedClock, queue_time
from pipeline.desk import Desk, open_desk
from pipeline.running import drain
from pipeline.settings import Settings
from pipeline.store import audit, profiles, records
from pipeline.store.tables import export, job
from schemas.choices import AccountChoice, OrderLineChoice
from schemas.matching import Match
from tests.pipeline.scenes import hand_in, hand_in_bytes, invoice_of, load_master, twin_of

CLERK, OTHER_CLERK = Person("anna", "clerk"), Person("ben", "clerk")
APPROVER, AUDITOR = Person("cora", "approver"), Person("dora", "auditor")
OVER_PRICE = "40-preis-ueber-bestellung.pdf"
UNSURE = "53-summe-stimmt-nicht.pdf"


@pytest.fixture
def stocked(desk: Desk) -> Desk:
    load_master(desk)
    return desk


def events(desk: Desk, item: str) -> list[str]:
    with desk.database.read() as connection:
        return [entry.type for entry in audit.entries(connection, [item])]


def decision(desk: Desk, item: str) -> str:
    return str(invoice_of(desk, id=item).decision)


def codes_of(desk: Desk, item: str) -> set[str]:
    return {finding.code for finding in records.all_findings(invoice_of(desk, id=item))}


def test_a_variance_taken_with_a_reason_releases_the_invoice(stocked: Desk) -> None:
    item = hand_in(stocked, OVER_PRICE)
    line = Match.model_validate_json(invoice_of(stocked, id=item).match).lines[0].invoice_line
    with pytest.raises(Unusable):
        acts.accept_variance(stocked, item, CLERK, "PP", line, reason=" ")
    with pytest.raises(Unusable):
        acts.accept_variance(stocked, item, CLERK, "DQ", line, reason="fine")
    assert decision(stocked, item) == "blocked"
    acts.accept_variance(stocked, item, CLERK, "PP", line, reason="new price list, confirmed by purchasing")
    assert decision(stocked, item) == "approved"
    assert "variance-accepted" in events(stocked, item)


def test_the_export_of_what_a_person_released_waits_so_that_it_can_be_undone(stocked: Desk) -> None:
    item = hand_in(stocked, OVER_PRICE)
    line = Match.model_validate_json(invoice_of(stocked, id=item).match).lines[0].invoice_line
    acts.accept_variance(stocked, item, CLERK, "PP", line, reason="agreed")
    with stocked.database.read() as connection:
        waiting = connection.execute(job.select().where(job.c.item == item, job.c.stage == "export")).one()
    assert waiting.state == "ready"
    assert waiting.not_before > queue_time().isoformat()
    acts.undo(stocked, item, CLERK)
    assert decision(stocked, item) == "blocked"
    with stocked.database.read() as connection:
        assert connection.execute(export.select().where(export.c.invoice_id == item)).first() is None
    assert events(stocked, item)[-2:] == ["undone", "decided"]


def test_roles_that_look_on_do_not_act(stocked: Desk) -> None:
    item = hand_in(stocked, OVER_PRICE)
    for act in (acts.approve, lambda *a: acts.reject(*a, reason="no")):
        with pytest.raises(NotHis):
            act(stocked, item, AUDITOR)


def test_an_invoice_with_an_open_error_is_not_approved_and_the_reasons_are_named(stocked: Desk) -> None:
    item = hand_in(stocked, OVER_PRICE)
    with pytest.raises(NotNow) as refused:
        acts.approve(stocked, item, CLERK)
    assert refused.value.reasons
    assert decision(stocked, item) == "blocked"


def test_without_order_or_rule_a_person_names_the_account_and_approves(stocked: Desk) -> None:
    item = hand_in(stocked, "55-anwalt-ohne-bestellung-ohne-regel.pdf")
    assert decision(stocked, item) == "review"
    posting = json.loads(invoice_of(stocked, id=item).posting)
    accounts = [AccountChoice(invoice_line=line["invoice_line"], gl_account="99", tax_code="V1") for line in posting["lines"]]
    with pytest.raises(Unusable):
        acts.assign_accounts(stocked, item, CLERK, [AccountChoice(invoice_line="99", gl_account="1")])
    acts.assign_accounts(stocked, item, CLERK, accounts)
    assert "ENRICH-INVALID-OBJECT" in codes_of(stocked, item)  # an account nobody knows is refused like any other
    acts.undo(stocked, item, CLERK)
    known = _known_account(stocked)
    acts.assign_accounts(stocked, item, CLERK, [a.model_copy(update={"gl_account": known}) for a in accounts])
    assert {line["source"] for line in json.loads(invoice_of(stocked, id=item).posting)["lines"]} == {"person"}
    acts.approve(stocked, item, OTHER_CLERK)
    assert decision(stocked, item) == "approved"


def _known_account(desk: Desk) -> str:
    from pipeline.store import master
    from schemas.master import GlAccount

    with desk.database.read() as connection:
        return next(a.gl_account for a in master.everything(connection, "gl_accounts", GlAccount) if a.company_code == "1000")


def test_a_correction_is_proven_by_the_person_and_judged_again(stocked: Desk) -> None:
    item = hand_in(stocked, UNSURE)
    row = invoice_of(stocked, id=item)
    document = records.document_of(row)
    assert not document.accepted
    assert document.invoice is not None
    totals = document.invoice.totals
    assert totals.tax_basis_total is not None
    assert totals.tax_total is not None
    right = str(totals.tax_basis_total + totals.tax_total)
    patch = {"totals": {"grand_total": right, "due_payable": right}}
    acts.correct(stocked, item, CLERK, patch, reason="as printed in the letter of the supplier")
    revised = records.document_of(invoice_of(stocked, id=item))
    assert revised.invoice is not None
    assert revised.invoice.totals.grand_total == Decimal(right)
    assert revised.evidence["totals.grand_total"][0].proofs[-1] == "person"
    assert "corrected" in events(stocked, item)
    assert invoice_of(stocked, id=item).grand_total == right


def test_four_eyes_whoever_changed_an_amount_does_not_approve(stocked: Desk) -> None:
    item = hand_in(stocked, UNSURE)
    stated = records.document_of(invoice_of(stocked, id=item)).invoice
    assert stated is not None
    right = str((stated.totals.tax_basis_total or 0) + (stated.totals.tax_total or 0))
    acts.correct(stocked, item, CLERK, {"totals": {"grand_total": right, "due_payable": right}})
    assert decision(stocked, item) == "review"  # now all sums close, and yet nobody but him has seen it
    with pytest.raises(NotHis, match="Four eyes"):
        acts.approve(stocked, item, CLERK)
    acts.approve(stocked, item, OTHER_CLERK)
    assert decision(stocked, item) == "approved"


def test_a_correction_undone_is_as_before(stocked: Desk) -> None:
    item = hand_in(stocked, UNSURE)
    before = records.document_of(invoice_of(stocked, id=item))
    acts.correct(stocked, item, CLERK, {"number": "ANOTHER-1"})
    assert invoice_of(stocked, id=item).number == "ANOTHER-1"
    acts.undo(stocked, item, OTHER_CLERK)
    assert records.document_of(invoice_of(stocked, id=item)) == before
    with pytest.raises(NotNow, match="nothing to undo"):
        acts.undo(stocked, item, CLERK)


@pytest.mark.parametrize(
    "patch",
    [{"totals": {"grand_total": 12.5}}, {"totals": {"grand_total": "12,50"}}, {"grand_totals": "1"}, {"lines": "none"}, {}],
    ids=["a float", "a comma", "no such field", "no list", "nothing"],
)
def test_a_correction_that_is_no_invoice_is_refused_and_changes_nothing(stocked: Desk, patch: dict[str, object]) -> None:
    item = hand_in(stocked, UNSURE)
    before = invoice_of(stocked, id=item)
    with pytest.raises(Unusable):
        acts.correct(stocked, item, CLERK, patch)
    assert invoice_of(stocked, id=item) == before


def test_a_rejected_invoice_makes_room_for_the_one_it_held_up(stocked: Desk) -> None:
    first = hand_in(stocked, OVER_PRICE)
    twin = hand_in_bytes(stocked, twin_of("40-preis-ueber-bestellung", number="TWIN-7"), "twin.xml")
    assert "MATCH-DQ" in codes_of(stocked, twin)
    acts.reject(stocked, first, CLERK, reason="wrong price, the supplier sends a new one")
    drain(stocked)
    assert decision(stocked, first) == "rejected"
    assert "MATCH-DQ" not in codes_of(stocked, twin)
    acts.undo(stocked, first, CLERK)
    drain(stocked)
    assert decision(stocked, first) == "blocked"


def test_a_stop_is_set_aside_by_one_person_and_approved_by_another(stocked: Desk) -> None:
    hand_in(stocked, "02-werkzeug-kostenstelle.pdf")
    again = hand_in(stocked, "43-dieselbe-datei-nochmal.pdf")
    assert decision(stocked, again) == "blocked"
    duplicate = next(f for f in records.all_findings(invoice_of(stocked, id=again)) if f.code == "FRAUD-DUPLICATE")
    acts.dismiss_finding(stocked, again, CLERK, duplicate.code, duplicate.path, reason="the first one was cancelled")
    assert "finding-dismissed" in events(stocked, again)
    with pytest.raises(NotHis, match="Four eyes"):
        acts.approve(stocked, again, CLERK)


def test_a_new_account_needs_two_people(stocked: Desk) -> None:
    item = hand_in(stocked, "47-bankverbindung-geaendert.pdf")
    assert decision(stocked, item) == "blocked"
    stated = records.document_of(invoice_of(stocked, id=item)).invoice
    assert stated is not None
    iban = stated.payment.iban or ""
    with pytest.raises(NotNow):
        acts.dismiss_finding(stocked, item, CLERK, "FRAUD-BANK-CHANGED", _path(stocked, item), reason="looks fine")
    with pytest.raises(Unusable):
        acts.confirm_bank(stocked, item, CLERK, "DE02120300000000202051", "Frau Keller, +49 40 1")
    acts.confirm_bank(stocked, item, CLERK, iban, "Frau Keller, +49 40 555")
    assert decision(stocked, item) == "blocked"
    with pytest.raises(NotHis, match="second person"):
        acts.confirm_bank(stocked, item, CLERK, iban, "Frau Keller, +49 40 555")
    acts.confirm_bank(stocked, item, OTHER_CLERK, iban, "Frau Keller, +49 40 555")
    assert "FRAUD-BANK-CHANGED" not in codes_of(stocked, item)
    acts.undo(stocked, item, OTHER_CLERK)
    assert "FRAUD-BANK-CHANGED" in codes_of(stocked, item)


def _path(desk: Desk, item: str) -> str:
    return next(f.path for f in records.all_findings(invoice_of(desk, id=item)) if f.code == "FRAUD-BANK-CHANGED")


def test_an_order_line_chosen_ends_the_question(stocked: Desk) -> None:
    item = hand_in(stocked, "56-zwei-gleiche-bestellpositionen.pdf")
    found = Match.model_validate_json(invoice_of(stocked, id=item).match)
    line = next(one for one in found.lines if one.alternatives)
    order, position = line.alternatives[-1].split("/")
    choice = OrderLineChoice(invoice_line=line.invoice_line, purchase_order=order, purchase_order_line=position)
    acts.assign_lines(stocked, item, CLERK, [choice])
    after = Match.model_validate_json(invoice_of(stocked, id=item).match)
    assert next(one for one in after.lines if one.invoice_line == line.invoice_line).purchase_order_line == position
    assert after.state.value != "ambiguous"


def test_postponed_and_asked_stay_open_with_their_words(stocked: Desk) -> None:
    item = hand_in(stocked, OVER_PRICE)
    for act in (acts.postpone, acts.reject):
        with pytest.raises(Unusable):
            act(stocked, item, CLERK, reason="")
    acts.postpone(stocked, item, CLERK, reason="waits for purchasing")
    acts.ask_buyer(stocked, item, CLERK, question="Was 438.00 agreed?")
    assert invoice_of(stocked, id=item).postponed_until == "2026-11-26"
    assert decision(stocked, item) == "blocked"
    assert {"postponed", "buyer-asked"} <= set(events(stocked, item))


def test_a_booking_is_acknowledged_once(stocked: Desk) -> None:
    item = hand_in(stocked, "01-schrauben-preis-je-100.pdf")
    machine = Person("machine", "machine")
    assert decision(stocked, item) == "approved"
    for _ in range(2):
        acts.acknowledge(stocked, item, machine, number="5105600123", year="2026", system="S4")
    assert events(stocked, item).count("acknowledged") == 1
    assert invoice_of(stocked, id=item).state == "acknowledged"
    with pytest.raises(NotNow, match="already booked"):
        acts.acknowledge(stocked, item, machine, number="5105600124", year="2026")
    with pytest.raises(NotNow):
        acts.reject(stocked, item, CLERK, reason="too late")


def test_above_his_limit_a_clerk_hands_on_to_an_approver(stocked: Desk, tmp_path: Path) -> None:
    from tests.pipeline.scenes import import_rows, sample_row

    item = hand_in(stocked, "55-anwalt-ohne-bestellung-ohne-regel.pdf")
    low = sample_row("approval_limits", company_code="1000", role="clerk", currency="EUR") | {"amount": "1.00"}
    import_rows(stocked, tmp_path / "low", "approval_limits", low)
    lines = json.loads(invoice_of(stocked, id=item).posting)["lines"]
    account = _known_account(stocked)
    chosen = [AccountChoice(invoice_line=line["invoice_line"], gl_account=account, tax_code="V1") for line in lines]
    acts.assign_accounts(stocked, item, CLERK, chosen)
    acts.approve(stocked, item, CLERK)
    assert decision(stocked, item) == "review"
    with pytest.raises(NotHis):
        acts.approve(stocked, item, OTHER_CLERK)
    acts.approve(stocked, item, APPROVER)
    assert decision(stocked, item) == "approved"


@pytest.fixture
def at_once(tmp_path: Path) -> Iterator[Desk]:
    """A desk where approvals are exported without waiting for somebody to undo them."""
    settings = Settings.model_validate({"policy": {"undo_seconds": 0}, "export": {"formats": ("zugferd",)}})
    made = open_desk(tmp_path / "home", FixedClock("2026-11-25"), settings)
    load_master(made)
    yield made
    made.close()


def learnt_from(desk: Desk) -> int:
    with desk.database.read() as connection:
        return sum(profile.documents for profile in profiles.everything(connection))


def test_what_a_person_corrected_teaches_when_the_invoice_goes_out(at_once: Desk) -> None:
    item = hand_in(at_once, UNSURE)
    stated = records.document_of(invoice_of(at_once, id=item)).invoice
    assert stated is not None
    right = str((stated.totals.tax_basis_total or 0) + (stated.totals.tax_total or 0))
    acts.correct(at_once, item, CLERK, {"totals": {"grand_total": right, "due_payable": right}})
    assert learnt_from(at_once) == 0  # it may still be undone
    acts.approve(at_once, item, OTHER_CLERK)
    drain(at_once)
    assert learnt_from(at_once) == 1
    assert events(at_once, item)[-2:] == ["profile-learned", "ready-for-pull"]


def test_an_invoice_nobody_corrected_teaches_nothing(at_once: Desk) -> None:
    item = hand_in(at_once, OVER_PRICE)
    line = Match.model_validate_json(invoice_of(at_once, id=item).match).lines[0].invoice_line
    acts.accept_variance(at_once, item, CLERK, "PP", line, reason="agreed")
    drain(at_once)
    assert decision(at_once, item) == "approved"
    assert learnt_from(at_once) == 0
