"""``doctor``: is everything there, and if not, what would mend it."""

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.cli.output import print_json, print_table
from pipeline.desk import Desk, open_desk
from pipeline.errors import BelegflussError, ExitCode
from pipeline.home import default_home

FREE_BYTES = 1 << 30
SOME_INVOICE = b"""<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>"""

Check = Callable[[Desk], str | None]
"""Nothing when all is well, else what to do."""


def doctor(home: Path | None, as_json: bool) -> int:
    checks: list[dict[str, Any]] = []
    try:
        desk = open_desk(home or default_home())
        checks.append({"name": "home and settings", "ok": True, "fix": ""})
        for name, check in CHECKS.items():
            checks.append(_ask(name, check, desk))
        desk.close()
    except BelegflussError as problem:
        checks.append({"name": "home and settings", "ok": False, "fix": str(problem)})
    if as_json:
        print_json({"checks": checks})
    else:
        print_table(
            "Environment", ("check", "state", "fix"), [(c["name"], "ok" if c["ok"] else "FAILED", c["fix"]) for c in checks]
        )
    return ExitCode.CLEAN if all(c["ok"] for c in checks) else ExitCode.ENVIRONMENT


def _ask(name: str, check: Check, desk: Desk) -> dict[str, Any]:
    try:
        fix = check(desk)
    except Exception as problem:
        fix = f"{type(problem).__name__}: {problem}"
    return {"name": name, "ok": fix is None, "fix": fix or ""}


def _python(_desk: Desk) -> str | None:
    return None if sys.version_info >= (3, 11) else "install Python 3.11 or newer"


def _disk(desk: Desk) -> str | None:
    usage = shutil.disk_usage(desk.home.folder)
    enough = usage.free >= FREE_BYTES and usage.free >= usage.total // 20
    return None if enough else f"free disk space in {desk.home.folder}: at least 1 GiB and 5 % are needed"


def _database(desk: Desk) -> str | None:
    from pipeline.store.database import get_meta

    with desk.database.read() as connection:
        return None if get_meta(connection, "schema") else "the database has no schema; restore a backup"


def _broker(desk: Desk) -> str | None:
    url = desk.settings.broker_url
    if not url:
        return None
    from pipeline.queue.broker import make_broker

    broker = make_broker(url)
    try:
        client = getattr(broker, "client", None)
        if client is not None:
            client.ping()
        else:
            broker.declare_queue("doctor")
    except Exception as problem:
        return f"the broker does not answer ({problem}); start it or mend broker_url"
    finally:
        broker.close()
    return None


def _parser(desk: Desk) -> str | None:
    """A child must start, be confined and answer."""
    answer = desk.sandbox.run("self-test", {})
    missing = [layer for layer, on in answer.items() if not on]
    return f"parser children lack: {', '.join(missing)}" if missing else None


def _official(desk: Desk) -> str | None:
    """Where they are installed they must run; without them the native rules judge."""
    if not desk.settings.export.official_rules or not desk.judge.available():
        return None
    from pipeline.official import ABORTED

    aborted = [v.message for v in desk.judge.judge(SOME_INVOICE) if v.rule == ABORTED]
    return f"the official rules do not run ({aborted[0]}); reinstall saxonche" if aborted else None


def _signing_key(desk: Desk) -> str | None:
    """Without its public key nothing can be verified; a private key that others read signs nothing any more."""
    file = desk.notary.keys.file
    if not file.exists():
        return None  # made when the first head is signed
    if file.stat().st_mode & 0o077:
        return f"others may read the signing key: chmod 600 {file}, then belegfluss audit rotate-key"
    desk.notary.keys.signer()
    return None


def _anchors(desk: Desk) -> str | None:
    """Signed heads must leave the database; a folder that is away must come back."""
    for anchor in desk.notary.anchors:
        try:
            anchor.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=anchor.folder):
                pass
        except OSError as problem:
            return f"cannot write to the anchor {anchor.folder} ({problem.strerror}); mount it or mend audit.anchors"
    return None


def _mailbox(desk: Desk) -> str | None:
    settings = desk.settings.intake.imap
    if not settings.host:
        return None
    from pipeline.intake.mailbox import TROUBLE, connect, leave

    try:
        box = connect(settings)
        try:
            missing = [folder for folder in settings.folders if not box.folder.exists(folder)]
        finally:
            leave(box)
    except TROUBLE as problem:
        return f"the mailbox cannot be opened ({problem}); mend intake.imap"
    return f"the mailbox has no folder {', '.join(missing)}; mend intake.imap.folders" if missing else None


def _letters(desk: Desk) -> str | None:
    if not desk.settings.smtp.host:
        return None
    import smtplib

    from pipeline.letters.sending import sign_in

    try:
        with sign_in(desk.settings.smtp) as client:
            client.noop()
    except (OSError, smtplib.SMTPException) as problem:
        return f"letters cannot be sent ({problem}); mend smtp"
    return None


CHECKS: dict[str, Check] = {
    "python": _python,
    "disk space": _disk,
    "database": _database,
    "signing key": _signing_key,
    "anchors": _anchors,
    "broker": _broker,
    "parser children": _parser,
    "official rules": _official,
    "mailbox": _mailbox,
    "letters": _letters,
}
