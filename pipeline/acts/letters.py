"""Letters that belong to an act: written down in its transaction, withdrawn when it is undone before they went out."""

from datetime import timedelta

from pipeline.acts.errors import Unusable
from pipeline.acts.person import Act
from pipeline.clock import queue_time
from pipeline.letters import Letter, LetterUnusable
from pipeline.store import letters


def write_letter(act: Act, letter: Letter) -> None:
    """Keep a letter to be sent when the time to undo is over. Raises ``Unusable``; then the act does not happen either."""
    settings = act.desk.settings
    if not settings.smtp.host:
        raise Unusable(["letter: no mail server is named (setting smtp.host), so none can be sent"])
    try:
        fit = letter.checked()
    except LetterUnusable as problem:
        raise Unusable([str(problem)]) from problem
    identifier = letters.add(
        act.connection,
        act.row.id,
        to=fit.to,
        subject=fit.subject,
        body=fit.body,
        answers=fit.answers,
        sender_domain=settings.smtp.sender.rpartition("@")[2],
        now=act.transaction.now,
        not_before=queue_time() + timedelta(seconds=settings.policy.undo_seconds),
    )
    act.note("letter-written", after={"letter": identifier, "to": fit.to, "subject": fit.subject, "body": fit.body})


def withdraw_letters(act: Act) -> None:
    """What nobody has begun to send stays here. What went out stays in the trail."""
    for identifier in letters.withdraw(act.connection, act.row.id, act.transaction.now):
        act.note("letter-withdrawn", before={"letter": identifier})
