"""What the target had no place for, as paths of the invoice. Never dropped silently: the caller shows them."""

from exporters.terms import Group
from schemas import Invoice
from schemas.bindings import Table, load

Written = set[tuple[str, str]]


def lost_paths(terms: Group, written: Written) -> list[str]:
    """Paths of the terms that no row of the syntax table wrote; ``[*]`` stands for any row of a list. Each once, in order.

    A term counts as carried when it was written under any owner: some stand at several places of a syntax.
    """
    return list(dict.fromkeys(_walk(load("model"), terms, "", written, {key for _, key in written})))


def _walk(model: Table, group: Group, prefix: str, written: Written, carried: set[str]) -> list[str]:
    lost: list[str] = []
    for row in model.get(group.key, ()):
        name = row.place.partition("@")[0]
        path = prefix if name == "." else f"{prefix}.{name}".lstrip(".")
        if not row.is_group:
            if row.key in group.terms and row.key not in carried:
                lost.append(path)
            continue
        if row.key in group.groups and (row.owner, row.key) not in written and name != ".":
            lost.append(path)
            continue
        inner_prefix = f"{path}[*]" if row.kind == "list" else path
        for inner in group.groups.get(row.key, ()):
            lost += _walk(model, inner, inner_prefix, written, carried)
    return lost


def surplus_identifiers(invoice: Invoice) -> list[str]:
    """Buyer, payee and deliver-to have one identifier in EN 16931: those beyond the one that is written."""
    lost = []
    for owner in ("buyer", "payee", "deliver_to"):
        party = getattr(invoice, owner)
        if party is None:
            continue
        schemed = [f"{owner}.gln"] * bool(party.gln) + [f"{owner}.other_ids[{i}]" for i in range(len(party.other_ids))]
        lost += schemed[1:] + ([f"{owner}.id"] if party.id and schemed else [])
    return lost
