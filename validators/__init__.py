"""Invoice and facts -> findings and a decision. Checks look, they never repair. Entry points: ``check``, ``decide``, ``revise``."""

from validators.checks import check
from validators.codes import codes
from validators.decision import decide, is_stop, score
from validators.revision import NotUsableCorrection, Revision, revise

__all__ = ["NotUsableCorrection", "Revision", "check", "codes", "decide", "is_stop", "revise", "score"]
