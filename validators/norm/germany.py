"""The German national rules of Peppol BIS Billing 3.0 (DE-R-*): those of XRechnung, asked of UBL between parties in Germany.

Source: Peppol BIS 3.0.19, German rules. Only the names differ: DE-R-023-1 is BR-DE-23-a.
"""

from collections.abc import Iterator

from validators.norm import xrechnung
from validators.norm.national import between
from validators.norm.rule import Rule

_SAME = (*range(1, 12), 14, 15, 16, 17, 18, 19, 20, 22, 26, 27, 28, 30, 31)
_IN_TWO = (23, 24, 25)


def _names() -> Iterator[tuple[str, str]]:
    for number in _SAME:
        yield f"DE-R-{number:03}", f"BR-DE-{number}"
    for number in _IN_TWO:
        yield f"DE-R-{number:03}-1", f"BR-DE-{number}-a"
        yield f"DE-R-{number:03}-2", f"BR-DE-{number}-b"


def _rules() -> Iterator[Rule]:
    known = {rule.id: rule for rule in xrechnung.RULES}
    for name, same_as in _names():
        rule = known[same_as]
        yield rule._replace(id=name, check=between("DE", "DE", rule.check), syntax="ubl")


RULES: tuple[Rule, ...] = tuple(_rules())
