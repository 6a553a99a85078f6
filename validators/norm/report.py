"""The verdict on one e-invoice: the shape of ``validate --json`` (CONTRACT section 2)."""

from enum import StrEnum

from pydantic import Field

from schemas.base import Word


class LegalClass(StrEnum):
    """What an error means for the invoice under German VAT law (BMF letter of 15.10.2025, DOMAIN 3.3)."""

    FORMAT = "format"
    """Not readable by the norm's structure: no e-invoice at all."""
    BUSINESS_RULE = "business-rule"
    """A rule of the norm; counts in law only where it hits an item of sections 14, 14a UStG."""
    CONTENT = "content"
    """A statement the law demands is missing or wrong: not a proper invoice."""


class Violation(Word):
    """One rule broken at one place. ``values`` are the two values compared, found first."""

    rule: str
    severity: str = Field(pattern="^(fatal|warning)$")
    location: str = Field("", description="XPath of the element, or of where it should be")
    message: str
    message_de: str = Field("", description="The same in German")
    values: list[str] = Field(default_factory=list)
    legal_class: LegalClass = LegalClass.BUSINESS_RULE


class Report(Word):
    """``valid`` is false with any fatal violation. ``syntax`` and ``profile`` say what the document was judged as."""

    valid: bool
    syntax: str
    profile: str | None = None
    rules: list[str] = Field(default_factory=list, description="Rule sets applied, with their versions")
    violations: list[Violation] = Field(default_factory=list)
