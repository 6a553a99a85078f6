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
def rules(rule_set: str, syntax: str) -> tuple[Rule, ...]:
    """The rules of a set that can be hit in a syntax; none for a set that is not here."""
    return tuple(rule for rule in RULE_SETS.get(rule_set, ()) if rule.syntax in ("", syntax))


RULE_SETS: Mapping[str, tuple[Rule, ...]] = MappingProxyType(
    {
        "en16931": EN16931,
        "xrechnung": xrechnung.RULES,
        "xrechnung-extension": xrechnung_extension.EXTENSION,
        "xrechnung-cvd": xrechnung_extension.CVD,
        "peppol": (*peppol.RULES, *peppol_codes.RULES, *national.RULES, *germany.RULES),
        "facturx-extended": facturx.EXTENDED,
    }
)
"""Rules by name of the set. A set that is asked for and not here is named in the report as not judged."""
