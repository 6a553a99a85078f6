"""All checks in one list, in the order in which their findings are shown. Matching and the norm have their own entry points.

A new check is one function with the shape ``validators.case.Rule`` and one name in the registry of its module.
"""

from decimal import localcontext

from schemas.document import Document
from schemas.facts import CheckFacts
from schemas.finding import Finding
from validators import completeness, form, fraud
from validators.case import Case, Rule

PRECISION = 120
"""Digits of arithmetic; enough for any product or quotient of two amounts the model can hold, so nothing overflows."""

RULES: tuple[Rule, ...] = (*form.RULES, *completeness.RULES, *fraud.RULES)


def check(document: Document, facts: CheckFacts) -> list[Finding]:
    """New findings about one document: form, completeness by law, fraud. Those of the reading are not repeated.

    Empty for documents that are not payable or hold no invoice. Pure and repeatable; never raises.
    """
    if document.invoice is None or not document.kind.is_payable:
        return []
    case = Case(document, document.invoice, facts)
    with localcontext(prec=PRECISION):
        return [finding for rule in RULES for finding in rule(case)]
