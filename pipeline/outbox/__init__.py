"""The outbox: what is approved reaches its target once. See ``handing_over`` for the rule and ``parcel`` for its words."""

from pipeline.outbox.folder import FolderTarget
from pipeline.outbox.handing_over import Outcome, hand_over
from pipeline.outbox.http import HttpTarget
from pipeline.outbox.parcel import NoAnswer, NotSent, Parcel, Receipt, Refused, Target

__all__ = [
    "FolderTarget",
    "HttpTarget",
    "NoAnswer",
    "NotSent",
    "Outcome",
    "Parcel",
    "Receipt",
    "Refused",
    "Target",
    "hand_over",
]
