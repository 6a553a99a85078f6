"""What goes out, and what a target may answer to it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Parcel:
    """One file with the key under which its target takes it once."""

    key: str
    sha256: str
    file_name: str
    data: bytes


@dataclass(frozen=True)
class Receipt:
    """The target has it. ``number`` and ``year`` of the booking where it books."""

    number: str = ""
    year: str = ""


class NotSent(Exception):
    """Nothing reached the target: it cannot be reached, or does not let us in. Can be tried again."""


class NoAnswer(Exception):
    """It may have arrived or not. Only a look at the target tells."""


class Refused(Exception):
    """The target took nothing and never will as it is; the words are its own."""


class Target(Protocol):
    """A place invoices are handed over to. ``send`` is called only after ``look`` found nothing."""

    settle_seconds: float
    """So long after a lost answer, finding nothing is no proof."""
    busy_seconds: float
    """An attempt takes no longer."""

    def look(self, parcel: Parcel, *, is_ours: bool) -> Receipt | None:
        """Whether the target has it. ``is_ours``: we sent it before. Raises ``NotSent`` and ``Refused``."""

    def send(self, parcel: Parcel) -> Receipt:
        """Raises ``NotSent``, ``NoAnswer`` and ``Refused``."""
