"""The parsers, which the core imports only when needed: loaded once by the fork server, so that no child pays for it."""

import extractors.hybrid
import extractors.pdf.structure
import extractors.text_layer

__all__ = ["extractors"]
