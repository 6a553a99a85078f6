"""Why an act was refused; nothing was changed then. Each message is a sentence that says what to do."""

from pipeline.errors import BelegflussError


class ActRefused(BelegflussError):
    """Base of all."""


class NoSuchInvoice(ActRefused):
    pass


class ChangedMeanwhile(ActRefused):
    """Somebody, or the machine, changed the invoice since the person looked at it."""


class NotNow(ActRefused):
    """The invoice is not in a state for this; ``reasons`` says what is open."""

    def __init__(self, message: str, reasons: list[str] | None = None) -> None:
        super().__init__(message)
        self.reasons = reasons or []


class NotHis(ActRefused):
    """This person may not: the role, its limit, or four eyes."""


class Unusable(ActRefused):
    """What was said makes no sense; ``problems`` names each value."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems
