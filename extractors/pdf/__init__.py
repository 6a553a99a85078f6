"""PDF files: structure (pypdf), glyphs (pypdfium2, second reader pdfminer.six) and what a person can see of them."""

from extractors.pdf.errors import PdfError, PdfUnreadable
from extractors.pdf.glyphs import Glyph, GlyphPage, GlyphStyle, Reader
from extractors.pdf.structure import Attachment, Structure, inspect

__all__ = ["Attachment", "Glyph", "GlyphPage", "GlyphStyle", "PdfError", "PdfUnreadable", "Reader", "Structure", "inspect"]
