"""Invoice and looked-up facts -> vendor, company code, posting proposal. Every value with its reason.

Entry points: ``identify`` right after reading, ``assign_accounts`` after the match. ``party_keys`` and ``keys_of_vendor`` say by
which values the shell looks vendors up.
"""

from enrichers.accounts import PostingResult, assign_accounts, document_type, line_id
from enrichers.parties import Identity, PartyKeys, identify, keys_of_vendor, party_keys

__all__ = [
    "Identity",
    "PartyKeys",
    "PostingResult",
    "assign_accounts",
    "document_type",
    "identify",
    "keys_of_vendor",
    "line_id",
    "party_keys",
]
