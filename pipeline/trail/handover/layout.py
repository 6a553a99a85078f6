"""The tables and their columns (``tables.toml``), and the index.xml that describes them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from lxml import etree

DTD = "gdpdu-01-09-2004.dtd"
DELIMITER, QUOTE, RECORD_END = ";", '"', "\r\n"


@dataclass(frozen=True)
class Column:
    name: str
    kind: str
    description: str
    key: bool = False


@dataclass(frozen=True)
class TableLayout:
    name: str
    description: str
    columns: tuple[Column, ...]

    @property
    def file(self) -> str:
        return f"{self.name}.csv"


@cache
def layouts() -> dict[str, TableLayout]:
    """All tables by name, in the order of the file."""
    text = files("pipeline.trail.handover").joinpath("tables.toml").read_text("utf-8")
    return {
        name: TableLayout(name, table["description"], tuple(Column(**column) for column in table["columns"]))
        for name, table in tomllib.loads(text).items()
    }


@dataclass(frozen=True)
class Supplier:
    """Whose data they are."""

    name: str
    location: str
    comment: str


def write_index(supplier: Supplier, first_day: str, last_day: str, places: Mapping[tuple[str, str], int]) -> bytes:
    """The index.xml. ``places``: decimal places that the numbers of a table and column need."""
    root = etree.Element("DataSet")
    _add(root, "Version", "1.0")
    told = _add(root, "DataSupplier")
    for name, text in (("Name", supplier.name), ("Location", supplier.location), ("Comment", supplier.comment)):
        _add(told, name, text)
    media = _add(root, "Media")
    _add(media, "Name", "Belegfluss")
    for table in layouts().values():
        _add_table(media, table, first_day, last_day, places)
    doctype = f'<!DOCTYPE DataSet SYSTEM "{DTD}">'
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", doctype=doctype, pretty_print=True))


def _add_table(media: "etree._Element", table: TableLayout, first: str, last: str, places: Mapping[tuple[str, str], int]) -> None:
    element = _add(media, "Table")
    _add(element, "URL", table.file)
    _add(element, "Name", table.name)
    _add(element, "Description", table.description)
    validity = _add(element, "Validity")
    span = _add(validity, "Range")
    _add(span, "From", first)
    _add(span, "To", last)
    _add(validity, "Format", "YYYY-MM-DD")
    _add(element, "UTF8")
    _add(element, "DecimalSymbol", ".")
    _add(element, "DigitGroupingSymbol", ",")
    content = _add(element, "VariableLength")
    _add(content, "ColumnDelimiter", DELIMITER)
    _add(content, "RecordDelimiter", RECORD_END)
    _add(content, "TextEncapsulator", QUOTE)
    for tag, wanted in (("VariablePrimaryKey", True), ("VariableColumn", False)):
        for column in table.columns:
            if column.key is wanted:
                _add_column(_add(content, tag), column, places.get((table.name, column.name), 0))
    if table.name != "invoices" and any(column.name == "invoice_id" for column in table.columns):
        foreign = _add(content, "ForeignKey")
        _add(foreign, "Name", "invoice_id")
        _add(foreign, "References", "invoices")


def _add_column(element: "etree._Element", column: Column, places: int) -> None:
    _add(element, "Name", column.name)
    _add(element, "Description", column.description)
    if column.kind == "number":
        _add(_add(element, "Numeric"), "Accuracy", str(places))
    elif column.kind == "date":
        _add(_add(element, "Date"), "Format", "YYYY-MM-DD")
    else:
        _add(element, "AlphaNumeric")


def _add(parent: "etree._Element", tag: str, text: str | None = None) -> "etree._Element":
    element = etree.SubElement(parent, tag)
    element.text = text
    return element
