"""XML from strangers: safe parsing, what a root element is, and the reader driven by a table of terms and paths."""
