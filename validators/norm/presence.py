"""Rules that only ask whether something is there: BR-01 to BR-57 in their greater part. Table: ``presence.csv``."""

import csv
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from validators.norm.report import LegalClass
from validators.norm.rule import Check, Hit, Rule, chain, found
from validators.norm.view import Node, Value, View

NOT_BLANK, FILLED, EXISTS = "not-blank", "filled", "exists"


def _values(node: Node, path: str) -> Iterator[Value]:
    *groups, last = path.split("/")
    nodes = [node]
    for key in groups:
        nodes = [inner for each in nodes for inner in each.groups(key)]
    for inner in nodes:
        yield from inner.values(last)


def _is_blank(value: Value) -> bool:
    """Whether it holds white space and nothing else, which the official tests of CII take for a text."""
    return not value.text and bool(value.element.text if value.attribute is None else value.element.get(value.attribute))


def _is_there(node: Node, path: str, test: str) -> bool:
    texts = found(node, path)
    if test == FILLED and node.view.syntax == "cii":
        return any(texts) or any(_is_blank(value) for value in _values(node, path))
    return any(texts) if test != EXISTS else bool(texts)


def presence(owner: str, needs: str, test: str) -> Check:
    """A check that every owner has what it needs. At most one hit per owner, at the place where the first need would stand."""
    together = [part.split("|") for part in needs.split("&")]

    def check(view: View) -> Iterator[Hit]:
        for node in chain(view, owner):
            missing = [options for options in together if not any(_is_there(node, option, test) for option in options)]
            if missing:
                names = " and ".join(" or ".join(options) for options in missing)
                yield Hit(_where(node, missing[0][0]), f"{names} must be {'given' if test == EXISTS else 'given and not blank'}")

    return check


def _where(node: Node, path: str) -> str:
    *groups, last = path.split("/")
    for key in groups:
        inner = node.group(key)
        if inner is None:
            return f"{node.location} ({path})"
        node = inner
    return node.place(last)


@cache
def _rows() -> tuple[dict[str, str], ...]:
    text = files("validators.norm").joinpath("presence.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


def norm_blank(view: View) -> Iterator[Hit]:
    """What must be given holds blanks only. The official tests of CII let that pass, a reader does not know what to make of it."""
    for row in _rows():
        if row["test"] == FILLED and row["syntax"] != "ubl":
            for node in chain(view, row["owner"]):
                for value in _values(node, row["needs"]):
                    if _is_blank(value):
                        yield Hit(view.location(value.element), f"{row['needs']} holds nothing but blanks")


def _load() -> tuple[Rule, ...]:
    return tuple(
        Rule(
            record["rule"],
            presence(record["owner"], record["needs"], record["test"]),
            legal_class=LegalClass(record["law"]),
            syntax=record["syntax"],
        )
        for record in _rows()
    )


RULES: tuple[Rule, ...] = (*_load(), Rule("NORM-BLANK", norm_blank, "warning", syntax="cii"))
