"""``audit export``: the hand-over of data to tax auditors (Z3), as CSV described by an index.xml."""

from pipeline.trail.handover.packing import HandOver, make_hand_over

__all__ = ["HandOver", "make_hand_over"]
