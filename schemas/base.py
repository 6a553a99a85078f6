"""What all words share: unknown keys are refused, JSON carries amounts as strings and dates as ISO 8601."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Word(BaseModel):
    """A record of the model. Unknown keys raise ``pydantic.ValidationError``: a misspelt field must not vanish."""

    model_config = ConfigDict(extra="forbid", use_enum_values=False)

    def as_json(self) -> dict[str, Any]:
        """The JSON form of CONTRACT: amounts as strings, dates ISO, absent values ``None``."""
        return self.model_dump(mode="json")


def term(number: str, meaning: str, default: Any = None, **limits: Any) -> Any:
    """A field that stands for a business term of EN 16931, for example ``term("BT-1", "Invoice number")``."""
    return Field(default, description=f"{number} {meaning}", json_schema_extra={"bt": number}, **limits)


def group(number: str, meaning: str, factory: Any) -> Any:
    """A field that stands for a business group of EN 16931 (BG-n); ``factory`` makes the empty group."""
    return Field(default_factory=factory, description=f"{number} {meaning}", json_schema_extra={"bt": number})
