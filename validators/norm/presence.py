"""Rules that only ask whether something is there: BR-01 to BR-57 in their greater part. Table: ``presence.csv``."""

import csv
from collections.abc import Iterator
from importlib.resources import files

from validators.norm.report import LegalClass
from validators.norm.rule import Check, Hit, Rule, chain, found
from validators.norm.view import Node, View


def _is_there(node: Node, path: str, filled: bool) -> bool:
    texts = found(node, path)
    return any(texts) if filled else bool(texts)


def presence(owner: str, needs: str, filled: bool) -> Check:
    """A check that every owner has what it needs. At most one hit per owner, at the place where the first need would stand."""
    together = [part.split("|") for part in needs.split("&")]

    def check(view: View) -> Iterator[Hit]:
        for node in chain(view, owner):
            missing = [options for options in together if not any(_is_there(node, option, filled) for option in options)]
            if missing:
                names = " and ".join(" or ".join(options) for options in missing)
                yield Hit(_where(node, missing[0][0]), f"{names} must be {'given and not blank' if filled else 'given'}")

    return check


def _where(node: Node, path: str) -> str:
    *groups, last = path.split("/")
    for key in groups:
        inner = node.group(key)
        if inner is None:
            return f"{node.location} ({path})"
        node = inner
    return node.place(last)


def _load() -> tuple[Rule, ...]:
    text = files("validators.norm").joinpath("presence.csv").read_text(encoding="utf-8")
    records = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple(
        Rule(
            record["rule"],
            presence(record["owner"], record["needs"], record["test"] == "filled"),
            legal_class=LegalClass(record["law"]),
            syntax=record["syntax"],
        )
        for record in records
    )


RULES: tuple[Rule, ...] = _load()
