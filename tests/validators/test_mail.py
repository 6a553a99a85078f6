"""Mail checks: forged headers, forwarders, look-alike domains and honest second domains."""

from typing import Any

import pytest

from schemas.mail import MailFacts
from tests.validators.cases import COMPANY, VENDOR, document, facts
from validators import check

KNOWN = VENDOR.model_copy(update={"email_domains": ["muster-schrauben.example", "muster.co.uk"]})
OURS = COMPANY.model_copy(update={"authserv_id": "mx.beispiel.example"})


def codes(mail: dict[str, Any] | None, notes: str = "") -> list[str]:
    known = facts(
        vendor=KNOWN,
        company=OURS,
        companies=(OURS,),
        mail=None if mail is None else MailFacts.model_validate(mail),
        known_domains=("lindner-papier.example",),
    )
    changes = {"invoice.notes": [{"text": notes}]} if notes else {}
    wanted = ("FRAUD-MAIL", "FRAUD-LOOKALIKE", "FRAUD-REPLY", "FRAUD-PRESSURE")
    return [finding.code for finding in check(document(changes), known) if finding.code.startswith(wanted)]


def auth(*headers: str) -> dict[str, Any]:
    return {"from_address": "a@muster-schrauben.example", "authentication_results": list(headers)}


@pytest.mark.parametrize(
    ("headers", "failed"),
    [
        pytest.param([], False, id="nothing said"),
        pytest.param(["mx.beispiel.example; dkim=none; spf=none; dmarc=none"], False, id="none is neutral"),
        pytest.param(["mx.beispiel.example; dkim=pass; spf=pass; dmarc=pass"], False, id="pass"),
        pytest.param(["mx.beispiel.example 1; dmarc=fail (p=reject) header.from=x"], True, id="DMARC fails"),
        pytest.param(["mx.beispiel.example; spf=fail; dkim=pass"], False, id="forwarder"),
        pytest.param(["mx.beispiel.example; spf=pass; dkim=fail"], False, id="mailing list"),
        pytest.param(["mx.beispiel.example; spf=fail; dkim=none"], True, id="nothing passes"),
        pytest.param(["mx.beispiel.example; spf=softfail"], False, id="soft failure"),
        pytest.param(["mx.fremd.example; dmarc=fail"], False, id="not our server"),
        pytest.param(
            ["mx.beispiel.example; dmarc=fail", "mx.beispiel.example; dmarc=pass"],
            True,
            id="a forged one below ours does not help",
        ),
        pytest.param(["mx.fremd.example; dmarc=pass", "MX.Beispiel.Example; dmarc=fail"], True, id="a foreign one above ours"),
    ],
)
def test_authentication(headers: list[str], failed: bool) -> None:
    assert codes(auth(*headers)) == (["FRAUD-MAIL-AUTH"] if failed else [])


@pytest.mark.parametrize(
    ("address", "flagged"),
    [
        ("a@muster-schrauben.example", False),
        ("a@rechnung.muster-schrauben.example", False),
        ("a@datev-portal.example", False),
        ("a@lindner-papier.example", False),
        ("a@muster-schraubem.example", True),
        ("a@muster-schruaben.example", True),
        ("a@rnuster-schrauben.example", True),
        ("a@muster-schrauben.test", True),
        ("a@muster-schrauben-rechnung.example", True),
        ("a@mustеr-schrauben.example", True),  # Cyrillic e
        ("a@lindner-papler.example", True),
        ("muster.schrauben@gmx.de", True),
        ("info4711@gmx.de", False),
        ("a@muster.co.uk", False),
        ("a@master.co.uk", True),
        ("", False),
    ],
)
def test_lookalike(address: str, flagged: bool) -> None:
    assert codes({"from_address": address}) == (["FRAUD-LOOKALIKE-DOMAIN"] if flagged else [])


@pytest.mark.parametrize(
    ("reply_to", "flagged"),
    [
        ([], False),
        (["b@muster-schrauben.example"], False),
        (["b@mail.muster-schrauben.example"], False),
        (["b@muster.co.uk"], False),
        (["b@anders.example"], True),
    ],
)
def test_reply_to(reply_to: list[str], flagged: bool) -> None:
    mail = {"from_address": "a@muster-schrauben.example", "reply_to": reply_to}
    assert codes(mail) == (["FRAUD-REPLY-TO"] if flagged else [])


@pytest.mark.parametrize(
    ("text", "flagged"),
    [
        ("Anbei unsere Rechnung. Freundliche Grüße", False),
        ("Bitte beachten Sie unsere neue Bankverbindung!", True),
        ("Dringend: bitte heute noch überweisen", True),
        ("Our bank details have changed.", True),
        ("Insurgent Records Ltd", False),
    ],
)
def test_pressure(text: str, flagged: bool) -> None:
    expected = ["FRAUD-PRESSURE"] if flagged else []
    assert codes({"text": text}) == expected
    assert codes(None, notes=text) == expected
