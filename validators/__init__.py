"""Invoice and facts -> findings and a decision. Checks look, they never repair. Entry points: ``check``, ``decide``."""

from validators.checks import check
from validators.codes import codes
from validators.decision import decide, finding_key, is_stop, score

__all__ = ["check", "codes", "decide", "finding_key", "is_stop", "score"]
