"""The norm's verdict on the bytes of an e-invoice."""

from validators.norm.report import LegalClass, Report, Violation

__all__ = ["LegalClass", "Report", "Violation"]
