"""What unpacking gives: parts, mail facts, findings; and the budgets that keep a hostile container small.

Budgets are those of the attack table in the reliability notes: nesting 20, 200 parts, 50 documents, 100 MB decoded; archives
one level, 50 entries, ratio 100.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Literal

from extractors.media import Media
from schemas import Finding, MailFacts

MAX_DEPTH = 20
MAX_PARTS = 200
MAX_DOCUMENTS = 50
MAX_DECODED = 100_000_000
MAX_ENTRIES = 50
MAX_RATIO = 100
RATIO_FREE = 1_000_000  # a small file of blanks compresses well without being a bomb

Disposition = Literal["attachment", "inline", "body", "entry", "file"]


@dataclass(frozen=True)
class Part:
    """One file inside a container.

    ``name`` is for people, unique within the container, never a path. ``disposition``: attachment or inline as the mail says,
    body for a text body that is a document itself, entry of an archive, file where nothing was unpacked. ``depth`` counts the
    containers and multiparts around it. ``is_document``: to be read as an invoice; ``kept_because`` says why not, for a person.
    """

    name: str
    data: bytes
    media: Media
    disposition: Disposition
    depth: int
    is_document: bool
    kept_because: str | None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Unpacked:
    """Everything a file held. A file that is no container gives itself as its only part.

    ``mail`` holds the facts of the outer mail, ``forwarded`` those of mails inside it, outermost first. ``findings`` are about
    the container; an error finding means that something in it could not be opened and a person has to look.
    """

    media: Media
    parts: tuple[Part, ...] = ()
    mail: MailFacts | None = None
    forwarded: tuple[MailFacts, ...] = ()
    findings: tuple[Finding, ...] = field(default=())

    @property
    def documents(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.is_document)
