"""The notes a converted copy carries, so that nobody takes it for the supplier's invoice (DOMAIN 3.4).

The marker is fixed: intake recognises it when a copy comes back (FRAUD-REIMPORT). Both languages, because it must be understood
wherever the file ends up.
"""

from exporters.context import ExportContext

MARKER = "Interne Konvertierung aus"
"""First words of the copy note, in every language of the reader."""

_UNKNOWN_SOURCE = "Rechnungsdaten / invoice data"


def copy_note(context: ExportContext) -> str:
    """One line for BT-22 and XMP. A copy of an e-invoice points to the original, a reading of a page says it is no invoice."""
    source = context.source_sha256 or _UNKNOWN_SOURCE
    if context.source_is_einvoice:
        return (
            f"{MARKER} {source}: Abschrift einer E-Rechnung, maßgeblich ist das Original. / "
            f"Internal conversion: copy of an e-invoice, the original prevails."
        )
    return (
        f"{MARKER} {source}, keine Rechnung i.S.d. § 14 UStG. / "
        f"Internal conversion of the document received, not an invoice under German VAT law."
    )


def master_note(paths: list[str]) -> str:
    """Names the fields that come from master data and do not stand on the original."""
    return f"Aus Stammdaten ergänzt / added from master data: {', '.join(paths)}"
