"""Figures of an invoice that no reader has proven: corrected by a clerk, or given as JSON. Codes ARITH-*.

Findings of the reading come with the document, so ``validators.check`` does not repeat them; call this after a change of values.
"""

from schemas.equations import figures_close
from schemas.finding import Finding
from schemas.invoice import Invoice


def check_figures(invoice: Invoice) -> list[Finding]:
    """Every equation of EN 16931 (BR-CO-10 to 17, line equation, category sums) that does not hold.

    Errors for what does not close, info for rounding within the tolerances of CONTRACT section 3. Missing values are not judged.
    """
    return figures_close(invoice)
