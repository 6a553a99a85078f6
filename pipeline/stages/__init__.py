"""The stages, in the order in which a document passes them.

    intake -> unpack -> extract -> identify -> check -> match -> enrich -> decide -> [review] -> export -> confirm

A stage reads what it needs, calls one pure function of the core, and returns the change to write. It decides nothing itself.
"""

from collections.abc import Callable

from pipeline.desk import Desk
from pipeline.stages.check import check
from pipeline.stages.confirm import confirm
from pipeline.stages.decide import decide
from pipeline.stages.enrich import enrich
from pipeline.stages.export import export
from pipeline.stages.extract import extract
from pipeline.stages.giving_up import give_up
from pipeline.stages.identify import identify
from pipeline.stages.intake import intake
from pipeline.stages.match import match
from pipeline.stages.unpack import unpack
from pipeline.store.jobs import Job
from pipeline.transaction import Write

Stage = Callable[[Job, Desk], Write]

STAGES: dict[str, Stage] = {
    "intake": intake,
    "unpack": unpack,
    "extract": extract,
    "identify": identify,
    "check": check,
    "match": match,
    "enrich": enrich,
    "decide": decide,
    "export": export,
    "confirm": confirm,
}

__all__ = ["STAGES", "Stage", "give_up"]
