"""A fact about a document that somebody should know. Never an exception, never a repair."""

from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from schemas.base import Word
from schemas.money import Percent


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


LegalClass = Literal["format", "business-rule", "content"]
"""Classes of errors of an e-invoice: no e-invoice at all, a rule of the norm, a fact the law demands (BMF 15 October 2025)."""


class Finding(Word):
    """Code of CONTRACT section 6 (or a rule id of the norm), place, and both values in words.

    ``stated`` and ``expected`` repeat the two values for programs; ``clears`` says what would make the finding go away.
    """

    code: str = Field(pattern=r"^[A-Z][A-Z0-9-]+$")
    severity: Severity
    path: str = Field("", description="Field of the invoice, e.g. totals.grand_total or lines[0].quantity; empty: the document")
    message: str
    stated: str | None = None
    expected: str | None = None
    clears: str | None = Field(None, description="What would clear it, in words")
    confidence: Percent | None = Field(None, ge=0, le=1, description="0 to 1, how sure a statistical check is; None: certain")
    law: str | None = Field(None, description="Legal basis, for example UStG 14(4) no. 4")
    legal_class: LegalClass | None = None
    page: int | None = None
    box: tuple[float, float, float, float] | None = None


def error(code: str, path: str, message: str, **more: Any) -> Finding:
    return Finding(code=code, severity=Severity.ERROR, path=path, message=message, **more)


def warning(code: str, path: str, message: str, **more: Any) -> Finding:
    return Finding(code=code, severity=Severity.WARNING, path=path, message=message, **more)


def info(code: str, path: str, message: str, **more: Any) -> Finding:
    return Finding(code=code, severity=Severity.INFO, path=path, message=message, **more)
