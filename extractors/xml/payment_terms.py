"""Cash discounts written into BT-20 the XRechnung way: ``#SKONTO#TAGE=14#PROZENT=2.25#`` on a line of its own.

Source: XRechnung specification, BR-DE-18. A discount on a part of the amount only (``BASISBETRAG``) stays text, because the
model has no place for its base.
"""

import re
from decimal import Decimal

from schemas.invoice import CashDiscount

_LINE = re.compile(r"^#SKONTO#TAGE=([0-9]{1,4})#PROZENT=([0-9]{1,2}\.[0-9]{2})#\s*$", re.MULTILINE)


def discounts_in(text: str) -> list[CashDiscount]:
    """Every well-formed discount line of the text, in order. Never raises.

    >>> discounts_in("#SKONTO#TAGE=7#PROZENT=2.00#\\n#VERZUG#TAGE=30#PROZENT=5.00#\\nDanke")
    [CashDiscount(percent=Decimal('2.00'), days=7)]
    """
    return [CashDiscount(percent=Decimal(percent), days=int(days)) for days, percent in _LINE.findall(text)]
