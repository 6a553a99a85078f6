"""What the target had no place for, as paths of the invoice. Never dropped silently: the caller shows them."""

from exporters.terms import Group
from schemas import Invoice
from schemas.bindings import Table, load

PARTIES = {"BG-4": "seller", "BG-7": "buyer", "BG-10": "payee", "BG-11": "tax_representative", "BG-13": "deliver_to"}
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


def unmapped_paths(invoice: Invoice) -> list[str]:
    """Fields of parties that EN 16931 has no term for in their role, such as the street of a payee; and structured discounts."""
    lost = []
    for key, owner in (
        ("BG-4", "seller"),
        ("BG-7", "buyer"),
        ("BG-10", "payee"),
        ("BG-11", "tax_representative"),
        ("BG-13", "deliver_to"),
    ):
        party = getattr(invoice, owner)
        stated = party.model_dump(exclude_defaults=True) if party else {}
        lost += [f"{owner}.{name}" for name in stated if name not in _mapped(key)]
        if party and key != "BG-4" and any(not other.scheme for other in party.other_ids):
            lost.append(f"{owner}.other_ids")
    if invoice.payment_terms.discounts and "#SKONTO#" not in (invoice.payment_terms.text or ""):
        lost.append("payment_terms.discounts")
    return lost


def _mapped(key: str) -> frozenset[str]:
    """Fields of a party for which its group, or a group of the same party inside it, has a row."""
    rows = load("model")[key]
    own = {row.place.partition("@")[0] for row in rows if row.place != "."}
    inner = {row.place for group in rows if group.place == "." for row in load("model")[group.key]}
    identifiers = {"gln"} if any(row.key == f"{key}-ID" for row in rows) else set()
    return frozenset(own | inner | identifiers)
