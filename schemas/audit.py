"""One entry of the audit trail (CONTRACT section 7). Amounts inside ``before``/``after`` are strings."""

from datetime import datetime
from typing import Any

from pydantic import Field

from schemas.base import Word


class AuditEntry(Word):
    index: int = Field(description="Position in the whole log, from 0, without gaps")
    time: datetime
    actor: str = Field(description="User name, or the stage that acted")
    role: str
    type: str
    invoice: str | None = Field(None, description="Id of the invoice or received document the entry is about")
    before: Any = None
    after: Any = None
    reason: str | None = None
    hash: str = Field(description="RFC 6962 leaf hash of the stored bytes, hex")
    previous: str | None = Field(None, description="Hash of the entry before it for the same invoice")
