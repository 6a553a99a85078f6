"""Views of the tables (``@name``) turned into the fields of our model, once their group is read."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

Record = dict[str, Any]

_GLN_SCHEME, _EMAIL_SCHEME, _AGENCY_GS1 = "0088", "EM", "9"
_GTIN_LISTS = frozenset({"SRV", "EN", "UP"})
_ITEM_LISTS: Mapping[str, str] = MappingProxyType(
    {"SA": "seller_item_id", "VN": "seller_item_id", "IN": "buyer_item_id", "BP": "buyer_item_id"}
)
_GENERAL_SUBJECTS = frozenset({"GEN", "ZZZ"})


def settle(group: str, record: Record) -> None:
    """Replace the views of one record of ``group`` by fields."""
    if (settled := _SETTLED.get(group)) is not None:
        settled(record)


def _party(party: Record) -> None:
    identity, scheme, agency = party.pop("@id", None), party.pop("@id_scheme", None), party.pop("@agency", None)
    second, mail = party.pop("@second_id", None), party.pop("@mail_address", None)
    if identity and (agency == _AGENCY_GS1 or scheme == _GLN_SCHEME):
        party["gln"] = identity
    elif identity and scheme:
        party["other_ids"] = [{"id": identity, "scheme": scheme}]
    elif identity:
        party["id"] = identity
    if second:
        party.setdefault("id", second)
    if mail:
        party["electronic_address"], party["electronic_address_scheme"] = mail, _EMAIL_SCHEME


def _line(line: Record) -> None:
    number, code_list = line.pop("@item_id", None), line.pop("@item_list", None)
    if number:
        line.setdefault(_ITEM_LISTS.get(code_list or "", "gtin" if code_list in _GTIN_LISTS else "standard_id"), number)


def _note(note: Record) -> None:
    subject = note.pop("@subject", None)
    if subject not in _GENERAL_SUBJECTS and subject:
        note["subject_code"] = subject


_SETTLED: Mapping[str, Callable[[Record], None]] = MappingProxyType(
    {
        **dict.fromkeys(("seller", "buyer", "payee", "tax_representative", "deliver_to"), _party),
        "lines": _line,
        "notes": _note,
    }
)
