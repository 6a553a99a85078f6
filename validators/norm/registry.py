"""Which rules belong to which rule set. A tuple per set; ``specifications.toml`` says which sets a document asks for."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from validators.norm import (
    categories,
    codes,
    decimals,
    details,
    facturx,
    facturx_extended,
    germany,
    national,
    peppol,
    peppol_codes,
    presence,
    structure,
    structure_cii,
    totals,
    xrechnung,
    xrechnung_extension,
)
from validators.norm.rule import Rule
from validators.norm.view import View

EN16931: tuple[Rule, ...] = (
    *presence.RULES,
    *details.RULES,
    *totals.RULES,
    *decimals.RULES,
    *categories.RULES,
    *codes.RULES,
    *structure.RULES,
    *structure_cii.RULES,
)


@cache
def _by_trigger(rule_set: str, syntax: str) -> tuple[tuple[Rule, ...], Mapping[str, tuple[Rule, ...]]]:
    """Rules of a set that are always asked, and the others by what must stand in the document."""
    asked = [rule for rule in RULE_SETS.get(rule_set, ()) if rule.syntax in ("", syntax)]
    triggers: dict[str, tuple[Rule, ...]] = {}
    for rule in asked:
        triggers[rule.trigger] = (*triggers.get(rule.trigger, ()), rule)
    return triggers.pop("", ()), MappingProxyType(triggers)


def rules(rule_set: str, view: View) -> tuple[Rule, ...]:
    """The rules of a set that a document can hit; none for a set that is not here."""
    always, triggered = _by_trigger(rule_set, view.syntax)
    names = sorted(triggered.keys() & view.names)
    return (*always, *(rule for name in names for rule in triggered[name]))


RULE_SETS: Mapping[str, tuple[Rule, ...]] = MappingProxyType(
    {
        "en16931": EN16931,
        "xrechnung": xrechnung.RULES,
        "xrechnung-extension": xrechnung_extension.EXTENSION,
        "xrechnung-cvd": xrechnung_extension.CVD,
        "peppol": (*peppol.RULES, *peppol_codes.RULES, *national.RULES, *germany.RULES),
        "facturx-minimum": (*facturx.limits("minimum"), *facturx.asked_of("minimum", EN16931)),
        "facturx-basic-wl": (*facturx.limits("basic-wl"), *facturx.asked_of("basic-wl", EN16931)),
        "facturx-basic": facturx.limits("basic"),
        "facturx-en16931": facturx.limits("en16931"),
        "facturx-extended": (
            *facturx.limits("extended"),
            *facturx.asked_of("extended", EN16931),
            *facturx_extended.RULES,
        ),
    }
)
"""Rules by name of the set. A set that is asked for and not here is named in the report as not judged."""
