"""What the envelope of a mail says. Read from bytes of strangers: every text is cleaned of control characters and bounded."""

from datetime import datetime

from pydantic import Field

from schemas.base import Word


class MailFacts(Word):
    """Header facts of one mail, for sender checks. Absent headers are ``None`` or empty; nothing here is trusted.

    ``authentication_results`` are the raw header values, topmost first: only those of the own mail server count, and the caller
    knows its authserv-id. ``date`` is aware; a date without zone is taken as UTC. ``text`` is the body for people to read.
    """

    from_address: str | None = Field(None, description="Address of the first From header, lower case")
    from_name: str | None = Field(None, description="Display name of the first From header")
    from_addresses: list[str] = Field(default_factory=list, description="All addresses of all From headers; more than one is odd")
    reply_to: list[str] = Field(default_factory=list)
    return_path: str | None = None
    to: list[str] = Field(default_factory=list, description="Addresses of To and Cc")
    subject: str = ""
    date: datetime | None = None
    message_id: str | None = None
    authentication_results: list[str] = Field(default_factory=list)
    text: str = Field("", description="Readable body, at most 20,000 characters")
