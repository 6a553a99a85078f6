"""How documents found in something received become rows with jobs of their own."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from sqlalchemy import Row

from pipeline.store import audit, records
from pipeline.store.audit import Event
from pipeline.transaction import Transaction
from schemas import Document, Kind
from schemas.finding import Finding, Severity, error


def unreadable(code: str, reason: str) -> Document:
    """A document that could not be read, with the reason as its finding."""
    return Document(kind=Kind.UNREADABLE, findings=[error(code, "", reason)])


def left_over(findings: Sequence[Finding]) -> Document:
    """What stands for a container without documents, or with a part that could not be opened: listed, never dropped.

    A part that could not be opened may have been an invoice, so a person has to look even where other parts were read.
    """
    could_not_open = any(f.severity is Severity.ERROR for f in findings)
    return Document(kind=Kind.UNREADABLE if could_not_open else Kind.OTHER, findings=list(findings))


def add_documents(transaction: Transaction, row: Row[Any], pages: int, documents: Sequence[Document]) -> None:
    """One invoice row per document, its story begun, and the next job: invoices are identified, all else is decided."""
    for ordinal, document in enumerate(documents):
        identifier = records.add_invoice(transaction.connection, row, ordinal, document, pages, transaction.now)
        transaction.note(
            identifier,
            Event(
                "extracted",
                after={
                    "received": row.id,
                    "file": row.name,
                    "document": row.sha256,
                    "kind": document.kind.value,
                    "source": document.source.value if document.source else None,
                    "pages": document.pages,
                    "accepted": document.accepted,
                    "number": document.invoice.number if document.invoice else None,
                    "invoice_sha256": audit.digest(document.invoice.as_json()) if document.invoice else None,
                    "software": f"belegfluss {version('belegfluss')}",
                    "proofs": _proofs(document),
                    "profile": document.profile,
                    "findings": [f.code for f in document.findings],
                },
            ),
        )
        is_invoice = document.kind.is_payable and document.invoice is not None
        records.set_invoice(transaction.connection, identifier, transaction.now, state="extracted")
        transaction.queue(identifier, "identify" if is_invoice else "decide", row.arrival)
    records.set_received(transaction.connection, row.id, state="extracted")


def _proofs(document: Document) -> list[str]:
    """The kinds of proof its values have, among them the second reader, each once."""
    return sorted({proof for found in document.evidence.values() for one in found for proof in one.proofs})
