"""What keeps an export from being written.

    ExportError
    ├── UnknownFormat    nobody writes a format of this name
    ├── DoesNotFit       a value does not fit into its field; the value is kept as it was
    ├── MissingData      mandatory values that neither the document nor the master data hold
    └── NotWritable      the carrier (a PDF) cannot be made; says why

All are final: the same call fails the same way.
"""


class ExportError(Exception):
    """Base of this package's exceptions."""


class UnknownFormat(ExportError):
    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        self.name, self.known = name, known
        super().__init__(f"unknown format {name!r}; known are {', '.join(known)}")


class DoesNotFit(ExportError):
    """``field`` is a path of the invoice or a term, ``value`` what stands there, ``limit`` what the target allows."""

    def __init__(self, field: str, value: str, limit: str) -> None:
        self.field, self.value, self.limit = field, value, limit
        super().__init__(f"{field} {value!r} does not fit: {limit}")


class MissingData(ExportError):
    """``paths`` are fields of the invoice, for example ``buyer.electronic_address``."""

    def __init__(self, format_name: str, paths: list[str]) -> None:
        self.format_name, self.paths = format_name, paths
        super().__init__(f"{format_name} needs what neither the document nor the master data hold: {', '.join(paths)}")


class NotWritable(ExportError):
    pass
