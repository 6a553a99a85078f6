"""A person corrects what was read, or says that it is right."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from pipeline.acts.errors import Unusable
from pipeline.acts.person import Act, Done, Person, acting
from pipeline.desk import Desk
from pipeline.store import records
from pipeline.store.records import columns_of
from schemas.evidence import Evidence
from validators import NotUsableCorrection, revise

_OF_LINES = r"lines\[\d+\](\.(quantity|net_price|price_quantity|gross_price|discount|net_amount|tax_\w+|allowances|charges)\b|$)"
SENSITIVE = re.compile(rf"(number|type_code|currency|totals|allowances|charges|tax_breakdown|payment|payee|seller)\b|{_OF_LINES}")
"""Number, amounts, payee, bank account: who changes them may not approve (CONTRACT section 7)."""


def correct(
    desk: Desk,
    invoice_id: str,
    person: Person,
    patch: Mapping[str, Any],
    *,
    confirm: Collection[str] = (),
    places: Mapping[str, Evidence] | None = None,
    values: Mapping[str, Any] | None = None,
    reason: str | None = None,
    version: int | None = None,
) -> Done:
    """RFC 7396 merge patch on the invoice; values said again count as confirmed. ``values``: single ones by path.

    Everything is judged again.
    """

    def do(act: Act) -> None:
        document = records.document_of(act.row)
        try:
            revision = revise(document, patch, confirm, places, values)
        except NotUsableCorrection as problem:
            raise Unusable(problem.problems) from problem
        if not revision.changes and not revision.confirmed:
            raise Unusable(["the correction changes and confirms nothing"])
        changes = [{"path": c.path, "before": c.before, "after": c.after} for c in revision.changes]
        data = {"changes": changes, "confirmed": list(revision.confirmed)}
        sensitive = any(SENSITIVE.match(change.path) for change in revision.changes)
        act.keep("correct", data, sensitive=sensitive, before=document.model_dump_json())
        records.set_invoice(act.connection, act.row.id, act.transaction.now, **columns_of(revision.document))
        if changes:
            where = {p: e.model_dump(mode="json", include={"page", "box"}) for p, e in (places or {}).items()}
            act.note("corrected", after={"changes": changes, "places": where})
        if revision.confirmed:
            act.note("values-confirmed", after={"paths": list(revision.confirmed)})
        act.judge_from("identify")

    return acting(desk, invoice_id, person, do, reason=reason, version=version)
