"""Invoice -> segments of one INVOIC message, by the table of its directory in ``schemas/edifact``. Knows no segment by name."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from exporters.edifact.texts import Charset, escaped, pieces
from exporters.edifact.views import Exemption, stated
from exporters.errors import DoesNotFit
from schemas import Invoice
from schemas.edifact import Constant, Part, Row, Slot, Template, lengths, rows
from schemas.money import plain

Elements = list[list[str]]


class Message:
    """The segments of one invoice between UNH and UNT, as text without terminators, and the fields they say."""

    def __init__(self, invoice: Invoice, directory: str, charset: Charset) -> None:
        self._invoice = invoice
        self._directory = directory
        self._charset = charset
        self._table = rows(directory)
        self._lengths = lengths(directory)
        self.segments: list[str] = []
        self.said: set[tuple[int, str]] = set()
        """(identity of the record, field) of every value that was written."""
        self._write_rows("invoice", invoice, "")

    def _write_rows(self, owner: str, record: Any, path: str) -> None:
        for row in self._table.get(owner, ()):
            if row.kind == "read":
                continue
            if not row.is_group:
                self._write(row, record, path)
                continue
            for inner, place in self._objects(row, record, path):
                self._write(row, inner, place, opens=True)
                self._write_rows(row.inner_owner(), inner, place)

    def _objects(self, row: Row, record: Any, path: str) -> Iterator[tuple[Any, str]]:
        """The objects of a group row, each with its path; empty ones are left out."""
        name = row.field
        if name.startswith("@"):
            view = stated(record, name, self._directory)
            self._say(record, view.fields)
            found, place = view.value, name[1:]
        elif name.startswith("."):
            found, place = record, path
        else:
            owner, base = (self._invoice, "") if name.startswith("/") else (record, path)
            holder, found = _follow(owner, name.lstrip("/"))
            place = f"{base}.{name.lstrip('/')}".lstrip(".")
            if name.startswith("/"):
                if (id(holder), name) in self.said:
                    return  # accounts may stand under seller or payee; they are written once
                self._say(holder, (name,))
        if row.kind == "one":
            if found is not None and (name.startswith(".") or found.model_dump(exclude_defaults=True)):
                if name.startswith(".") and not self._has_values(row, found):
                    return
                yield found, place
            return
        for index, item in enumerate(found or ()):
            yield item, f"{place}[{index}]"

    def _has_values(self, row: Row, record: Any) -> bool:
        inner = self._table.get(row.inner_owner(), ())
        slots = [slot for each in (row, *inner) for template in each.template for slot in template.slots]
        return any(self._value(slot, record)[0] not in (None, "") for slot in slots)

    def _write(self, row: Row, record: Any, path: str, *, opens: bool = False) -> None:
        """One row; a first segment without a value is written where it opens a group or leads to a segment with one."""
        filled = [self._fill(template, record, path) for template in row.template]
        if not (opens or row.kind == "always" or any(has_value for _, has_value in filled)):
            return
        for number, (texts, has_value) in enumerate(filled):
            if number == 0 or has_value:
                self.segments += texts

    def _fill(self, template: Template, record: Any, path: str) -> tuple[list[str], bool]:
        """The segment, repeated where a text goes on, and whether any slot had a value."""
        elements: Elements = []
        has_value = False
        rest: list[str] = []
        place = (0, 0)
        for at, parts in enumerate(template.elements):
            texts: list[str] = []
            for part in parts:
                if isinstance(part, Slot) and part.joined_by is not None:
                    whole, room = self._whole(template, part, record, path, at)
                    texts, rest, place = texts + whole[:room], whole[room:], (at, len(texts))
                    has_value = has_value or bool(whole)
                    continue
                text, is_value = self._text(template, part, record, path, (at, len(texts)))
                has_value = has_value or is_value
                texts.append(text)
            elements.append(texts if any(texts) and self._says_more_than_constants(parts, texts) else [])
        segments = [_joined(template.tag, elements)]
        room = len(self._lengths[template.tag][place[0]]) - place[1]
        while rest:
            again = [list(texts) for texts in elements]
            again[place[0]] = again[place[0]][: place[1]] + rest[:room]
            segments.append(_joined(template.tag, again))
            rest = rest[room:]
        return segments, has_value

    @staticmethod
    def _says_more_than_constants(parts: Iterable[Part], texts: list[str]) -> bool:
        """Constants beside slots that are all empty say nothing: ``:SRV`` without an item number."""
        slots = [text for part, text in zip(parts, texts, strict=False) if isinstance(part, Slot)]
        return not slots or any(slots) or len(texts) != len(list(parts))

    def _text(self, template: Template, part: Part, record: Any, path: str, at: tuple[int, int]) -> tuple[str, bool]:
        if part is None:
            return "", False
        if isinstance(part, Constant):
            return part.texts[0], False
        value, where, fields = self._value(part, record)
        if value in (None, ""):
            return "", False
        name = _named(path, part)
        text = self._written(name, value)
        kind, size = self._lengths[template.tag][at[0]][at[1]]
        digits = len(text.lstrip("-").replace(".", "")) if kind == "n" else len(text)
        if digits > size or (isinstance(value, str) and "\n" in text):
            if part.may_be_left_out:
                return "", False
            raise DoesNotFit(name, text, f"{template.tag} of {self._directory.upper()} holds {size} characters here")
        self._say(where, fields)
        return escaped(text), True

    def _whole(self, template: Template, slot: Slot, record: Any, path: str, at: int) -> tuple[list[str], int]:
        """A long text in pieces, and how many of them one segment holds."""
        value, where, fields = self._value(slot, record)
        sizes = self._lengths[template.tag][at]
        first = next(n for n, part in enumerate(template.elements[at]) if part is slot)
        if value in (None, ""):
            return [], len(sizes) - first
        text = self._charset.fit(_named(path, slot), str(value))
        if slot.joined_by == " ":
            text = text.replace("\n", " ")
        self._say(where, fields)
        size = sizes[first][1]
        room = sum(1 for _, length in sizes[first:] if length == size)
        return [escaped(piece) for piece in pieces(text, size, slot.joined_by or " ")], room

    def _value(self, slot: Slot, record: Any) -> tuple[Any, Any, tuple[str, ...]]:
        """The value, the record it belongs to, and the fields it says."""
        if slot.field.startswith("@"):
            view = stated(record, slot.field, self._directory)
            return view.value, record, view.fields
        if isinstance(record, Exemption):
            name = {"code": "exemption_code", "text": "exemption_reason"}[slot.field]
            return getattr(record, slot.field), record.row, (name,)
        owner = self._invoice if slot.field.startswith("/") else record
        inner, value = _follow(owner, slot.field.lstrip("/"))
        return value, inner, (slot.field.rpartition(".")[2].lstrip("/"),)

    def _written(self, name: str, value: Any) -> str:
        if isinstance(value, date):
            return f"{value:%Y%m%d}"
        if isinstance(value, Decimal):
            return plain(value if value else abs(value))  # a zero has no sign
        return self._charset.fit(name, str(value))

    def _say(self, record: Any, fields: Iterable[str]) -> None:
        self.said.update((id(record), name) for name in fields)


def _follow(record: Any, path: str) -> tuple[Any, Any]:
    """The record that holds the last name of a path, and its value; ``None`` where a record on the way is absent."""
    *way, last = path.split(".")
    for name in way:
        record = getattr(record, name, None)
    return record, getattr(record, last, None)


def _named(path: str, slot: Slot) -> str:
    name = slot.field.lstrip("/@")
    return name if slot.field.startswith("/") else f"{path}.{name}".lstrip(".")


def _joined(tag: str, elements: Elements) -> str:
    """``TAG+a:b++c``: empty components and elements at the end are left out, as the syntax demands."""
    texts = [":".join(_without_empty_end(components)) for components in elements]
    return "+".join([tag, *_without_empty_end(texts)])


def _without_empty_end(texts: list[str]) -> list[str]:
    end = len(texts)
    while end and not texts[end - 1]:
        end -= 1
    return texts[:end]
