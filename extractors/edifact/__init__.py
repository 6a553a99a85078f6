"""EDIFACT INVOIC -> documents: one for each message of the interchange. Never raises for what the bytes hold.

tokens     bytes -> segments, the envelope judged
groups     segments -> groups, who belongs to whom
reading    groups -> fields of the invoice, by the tables of schemas/edifact
assembly   what the message says as a whole: notes for what no row explains, exemptions, currencies, counts
"""

from extractors.edifact.assembly import read_message
from extractors.edifact.tokens import Complaint, tokenize
from extractors.errors import Unreadable
from schemas import Document, Kind
from schemas.finding import error

__all__ = ["Complaint", "read_interchange", "tokenize"]


def read_interchange(data: bytes) -> list[Document]:
    """Every message of an interchange as a document; an unreadable one says why."""
    try:
        interchange = tokenize(data)
        return [read_message(interchange, number) for number in range(len(interchange.messages))]
    except Unreadable as problem:
        return [Document(kind=Kind.UNREADABLE, findings=[error(problem.code, "", problem.reason)])]
