"""The norm's verdict on the bytes of an e-invoice: XML schema, EN 16931, XRechnung, Peppol, Factur-X. Entry point: ``validate``.

Rules are native Python and run on a raw view of the XML (docs/decisions/0007); the official XSLT is the second judge and runs in
the shell (``pipeline.official``).
"""

from validators.norm.judgement import validate
from validators.norm.report import LegalClass, Report, Violation
from validators.norm.wording import in_german

__all__ = ["LegalClass", "Report", "Violation", "in_german", "validate"]
