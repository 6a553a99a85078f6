"""XML from strangers: safe parsing, what a root element is, and the reader driven by a table of terms and paths."""

from extractors.xml.parsing import Xml, parse
from extractors.xml.roots import Root, root_of

__all__ = ["Root", "Xml", "parse", "root_of"]
