"""Fields of the invoice that no segment said, as paths with ``[*]`` for the rows of a list. Each once, in order."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from schemas import Invoice

Said = set[tuple[int, str]]
_UNDERSTOOD = frozenset({"payment_terms.net_days"})  # what we made of a text that is written; no term of its own


def unsaid(invoice: Invoice, said: Said) -> list[str]:
    """Paths of values that are stated and were not written."""
    return list(dict.fromkeys(path for path in _walk(invoice, said, "") if not _is_said_elsewhere(invoice, path)))


def _walk(record: BaseModel, said: Said, prefix: str) -> Iterator[str]:
    for name in type(record).model_fields:
        value: Any = getattr(record, name)
        if value in (None, "", []) or (id(record), name) in said:
            continue
        path = f"{prefix}.{name}".lstrip(".")
        if isinstance(value, BaseModel):
            yield from _walk(value, said, path)
        elif isinstance(value, list) and isinstance(value[0], BaseModel):
            for item in value:
                yield from _walk(item, said, f"{path}[*]")
        else:
            yield path


def _is_said_elsewhere(invoice: Invoice, path: str) -> bool:
    if path in ("payment.iban", "payment.bic"):
        return bool(invoice.payment.accounts)  # those of the first account
    if path.startswith("payment_terms.discounts"):
        return "#SKONTO#" in (invoice.payment_terms.text or "")
    return path in _UNDERSTOOD
