"""Three-way matching: invoice lines, order lines and goods receipts, with SAP's tolerance keys.

``match`` compares an invoice with the facts it is given; ``order_references`` says which facts to look up.
"""

from validators.matching.keys import number_key
from validators.matching.references import OrderReference, References, order_references
from validators.matching.result import MatchResult
from validators.matching.three_way import match

__all__ = ["MatchResult", "OrderReference", "References", "match", "number_key", "order_references"]
