"""Cursors of lists: where the last page ended, as text a caller passes on without looking inside."""

import base64
import binascii
import json
from collections.abc import Sequence

from pipeline.store.queries import Order
from pipeline.web.problems import NotUsable

MAX_LENGTH = 200
MAX_INTEGER = 2**63 - 1  # what a database column holds; a forged cursor must not become a database error


def encode(position: Sequence[str | int]) -> str:
    return base64.urlsafe_b64encode(json.dumps(position, separators=(",", ":")).encode()).decode().rstrip("=")


def decode_queue(text: str, order: Order) -> tuple[str | int, str] | None:
    """A position in the queue; ``None`` for its beginning. Raises ``NotUsable`` for what no page of ours gave out."""
    if not text:
        return None
    match _decode(text):
        case [str(due), str(identifier)] if order == "due":
            return due, identifier
        case [int(arrival), str(identifier)] if order == "newest" and _is_index(arrival):
            return arrival, identifier
    raise NotUsable("The cursor belongs to another list or order.")


def decode_id(text: str) -> str:
    """The id a walk of a program ended with; empty for its beginning."""
    if not text:
        return ""
    match _decode(text):
        case [str(identifier)]:
            return identifier
    raise NotUsable("The cursor belongs to another list.")


def decode_index(text: str) -> int | None:
    """The entry of the log a page ended with."""
    if not text:
        return None
    match _decode(text):
        case [int(index)] if _is_index(index):
            return index
    raise NotUsable("The cursor belongs to another list.")


def _is_index(value: int) -> bool:
    return not isinstance(value, bool) and 0 <= value <= MAX_INTEGER


def _decode(text: str) -> list[object]:
    try:
        if len(text) > MAX_LENGTH:
            raise ValueError
        value = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError) as wrong:
        raise NotUsable("The cursor is not one of this server's.") from wrong
    if not isinstance(value, list) or any(isinstance(part, str) and not part.isprintable() for part in value):
        raise NotUsable("The cursor is not one of this server's.")
    return value
