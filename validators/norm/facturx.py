"""Rules of the Factur-X profile EXTENDED that go beyond its schema. The tolerances of its totals (BR-FXEXT-*) are not here yet.

Source: Factur-X 1.09.2. MINIMUM and BASIC WL are no invoices under EN 16931: only their schema is checked.
"""

from collections.abc import Iterator

from validators.norm.rule import Hit, Rule, rules_of
from validators.norm.view import View


def br_co_25(view: View) -> Iterator[Hit]:
    """An amount due (BT-115) above zero has a due date (BT-9) or payment terms (BT-20)."""
    for totals in view.root.groups("BG-22"):
        due = totals.number("BT-115")
        if due is not None and due > 0 and not (view.root.has("BT-9") or view.root.has("BT-20")):
            yield Hit(
                totals.place("BT-115"), "an amount due needs a due date (BT-9) or payment terms (BT-20)", (totals.text("BT-115"),)
            )


EXTENDED: tuple[Rule, ...] = rules_of(br_co_25)
