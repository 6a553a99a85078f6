"""Limits of the Factur-X / ZUGFeRD profiles: what each allows, and which rules of the norm it asks. CII only.

Tables: ``facturx_limits.csv`` (elements, attributes, codes), ``facturx.toml`` (rules of EN 16931 in MINIMUM, BASIC WL and EXTENDED).
MINIMUM and BASIC WL are no invoices under EN 16931: they have no lines. Source: Factur-X 1.09.2.
"""

import csv
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from lxml import etree

from schemas.bindings import NAMESPACES
from validators.norm.code_lists import codes
from validators.norm.report import LegalClass
from validators.norm.rule import Check, Hit, Rule
from validators.norm.view import View, content

LETTERS = {"minimum": "M", "basic-wl": "W", "basic": "B", "en16931": "E", "extended": "X"}
"""The profiles, and how the table calls them."""
MANY = 10**6
_TRANSACTION = "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction"
_PREFIXES = dict(NAMESPACES["cii"])
_PREDICATE = re.compile(r"\[[^\[\]]*\]")


@cache
def _compiled(path: str) -> etree.XPath:
    return etree.XPath(path.replace("~", _TRANSACTION), namespaces=_PREFIXES)


def _elements(path: str, element: etree._Element) -> list[etree._Element]:
    found = _compiled(path)(element)
    return [node for node in found if isinstance(node, etree._Element)] if isinstance(found, list) else []


def _counted(context: str, path: str, least: int, most: int) -> Check:
    def check(view: View) -> Iterator[Hit]:
        for element in _elements(context, view.root.element):
            number = len(_elements(path, element))
            if not least <= number <= most:
                wanted = str(most) if least == most else f"at least {least}" if most == MANY else f"at most {most}"
                yield Hit(
                    view.location(element), f"{path} stands here {number} times, {wanted} is allowed", (str(number), wanted)
                )

    return check


def _forbidden(context: str, path: str, value: str) -> Check:
    def check(view: View) -> Iterator[Hit]:
        for element in _elements(context, view.root.element):
            yield Hit(view.location(element), f"{view.name(element)} has no place in this profile")

    return check


def _attribute(context: str, path: str, value: str) -> Check:
    def check(view: View) -> Iterator[Hit]:
        for element in _elements(context, view.root.element):
            if element.get(path.lstrip("@")) is None:
                yield Hit(view.location(element), f"{view.name(element)} needs {path}")

    return check


def _no_attribute(context: str, path: str, value: str) -> Check:
    def check(view: View) -> Iterator[Hit]:
        for element in _elements(context, view.root.element):
            if element.get(path) is not None:
                yield Hit(f"{view.location(element)}/@{path}", f"@{path} has no place in this profile", (element.get(path, ""),))

    return check


def _coded(context: str, path: str, value: str) -> Check:
    allowed = frozenset(value[1:].split()) if value.startswith("=") else frozenset().union(*map(codes, value.split("|")))

    def check(view: View) -> Iterator[Hit]:
        for element in _elements(context, view.root.element):
            code = element.get(path[1:], "") if path.startswith("@") else element.text or ""
            if code and code not in allowed:
                yield Hit(view.location(element), f"{code!r} is no code of this profile", (code,))

    return check


_KINDS = {
    "exactly": lambda context, path, value: _counted(context, path, int(value), int(value)),
    "at-most": lambda context, path, value: _counted(context, path, 0, int(value)),
    "at-least": lambda context, path, value: _counted(context, path, int(value), MANY),
    "forbidden": _forbidden,
    "attribute": _attribute,
    "no-attribute": _no_attribute,
    "code": _coded,
}


def _steps(path: str) -> list[str]:
    while _PREDICATE.search(path):
        path = _PREDICATE.sub("", path)
    return path.split("/")


def _trigger(row: dict[str, str]) -> str:
    """The last two steps of what must stand in the document for the row to matter."""
    steps = _steps(row["context"])
    if row["kind"] == "no-attribute":
        return f"{steps[-1]}/@{row['path']}"
    if row["kind"] == "at-most":
        steps += _steps(row["path"])
    return "/".join(steps[-2:]).replace("~", "rsm:SupplyChainTradeTransaction").lstrip("/")


def empty(view: View) -> Iterator[Hit]:
    """No empty elements."""
    for element in view.all_elements():
        if not len(element) and not (element.text or "").strip():
            yield Hit(view.location(element), f"{view.name(element)} is empty")


def br_fx_en_04(view: View) -> Iterator[Hit]:
    """Between parties in Germany the day or the period of the delivery is told (section 14 UStG), but for a down payment (386)."""
    parties = (("BG-4/BG-5", "BT-40"), ("BG-7/BG-8", "BT-55"))
    german = all(any(each.text(term).upper() == "DE" for each in view.root.groups(key)) for key, term in parties)
    lines = view.root.groups("BG-25")
    day, period = view.root.has("BT-72"), view.root.groups("BG-14") or all(line.groups("BG-26") for line in lines)
    place = any(content(each) for each in view.elements("ram:ApplicableHeaderTradeDelivery"))
    if german and view.root_text("BT-3") != "386" and not (day or (period and place)):
        yield Hit(view.root.place("BT-72"), "the day of delivery (BT-72) or a period (BG-14, BG-26) is missing")


_WARNINGS = (
    (Rule("PEPPOL-EN16931-R008", empty, "warning", LegalClass.FORMAT, syntax="cii"), "BEX"),
    (Rule("BR-FX-EN-04", br_fx_en_04, "warning", LegalClass.CONTENT, syntax="cii"), "B"),
)


@cache
def limits(profile: str) -> tuple[Rule, ...]:
    """What a profile (``minimum`` to ``extended``) allows."""
    text = files("validators.norm").joinpath("facturx_limits.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    found = (
        Rule(
            row["rule"],
            _KINDS[row["kind"]](row["context"], row["path"], row["value"]),
            row["severity"],
            LegalClass.FORMAT,
            syntax="cii",
            trigger=_trigger(row),
        )
        for row in rows
        if LETTERS[profile] in row["profiles"]
    )
    return (*found, *(rule for rule, letters in _WARNINGS if LETTERS[profile] in letters))


@cache
def _of_the_norm() -> dict[str, frozenset[str]]:
    table = tomllib.loads(files("validators.norm").joinpath("facturx.toml").read_text(encoding="utf-8"))["rules"]
    return {profile: frozenset(entry["of-the-norm"].split()) for profile, entry in table.items()}


def asked_of(profile: str, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Those rules of the norm that the profile asks."""
    wanted = _of_the_norm()[profile]
    return tuple(rule for rule in rules if rule.id in wanted)
