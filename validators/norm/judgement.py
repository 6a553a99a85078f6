"""Bytes of an e-invoice -> report: detect, check the schema, run the rules of its sets."""

from validators.norm import schema
from validators.norm.code_lists import version
from validators.norm.detection import AUTO, Detected, detect, levels
from validators.norm.registry import RULE_SETS, rules
from validators.norm.report import LegalClass, Report, Violation
from validators.norm.rule import Rule
from validators.norm.view import View

NOT_XML = "XML"
MAX_PER_RULE = 20
"""Hits of one rule that are reported; a thousand lines with the same fault say no more."""


def validate(data: bytes, *, profile: str = AUTO) -> Report:
    """The norm's verdict on UBL or CII bytes. ``profile``: auto, en16931, xrechnung, peppol, facturx.

    Never raises for what the bytes hold; ``ValueError`` for an unknown profile. A document that is no e-invoice is not valid.
    """
    detected = detect(data, profile)
    if detected.problem or detected.tree is None:
        violation = Violation(rule=NOT_XML, severity="fatal", message=detected.problem, legal_class=LegalClass.FORMAT)
        return Report(valid=False, syntax="unknown", violations=[violation])
    view = View(detected.tree.getroot(), detected.syntax)
    violations = schema.check(detected)
    severities = levels(detected.levels)
    for rule_set in detected.rule_sets:
        for rule in rules(rule_set, view):
            violations += _run(rule, view, severities.get(rule.id, rule.severity))
    is_valid = not any(violation.severity == "fatal" for violation in violations)
    return Report(
        valid=is_valid, syntax=detected.syntax, profile=detected.profile, rules=_judged_by(detected), violations=violations
    )


def _run(rule: Rule, view: View, severity: str) -> list[Violation]:
    found: list[Violation] = []
    for hit in rule.check(view):
        found.append(
            Violation(
                rule=rule.id,
                severity=severity,
                location=hit.location,
                message=hit.message,
                values=list(hit.values),
                legal_class=rule.legal_class,
            )
        )
        if len(found) == MAX_PER_RULE:
            break
    return found


def _judged_by(detected: Detected) -> list[str]:
    """Names and versions of what judged, and what was asked for but is not at hand."""
    artefact = schema.schema_of(detected)
    names = [f"XSD {artefact.version}"] if artefact else ["XSD: not installed"]
    for rule_set in detected.rule_sets:
        names.append(version() if rule_set == "en16931" else rule_set if rule_set in RULE_SETS else f"{rule_set}: not judged")
    return names
