"""Rows -> XLSX (Office Open XML spreadsheet), the parts a reader needs and nothing that changes from run to run.

Written here because the libraries put the time of writing into the file, and the same invoice must give the same bytes. Text is
inline, so that nothing in it is ever taken for a formula; numbers are exact decimals. Source: ECMA-376 part 1, SpreadsheetML.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from lxml import etree

from schemas.money import plain

Cell = str | Decimal | date | None
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml."
DAY_ZERO = date(1899, 12, 30)
"""Serial 0 of spreadsheet dates that count the 29 February 1900 that never was; right from March 1900 on."""
MOMENT = (1980, 1, 1, 0, 0, 0)
PLAIN, BOLD, DATE, AMOUNT = range(4)


def workbook(title: str, rows: Sequence[Sequence[Cell]], bold_rows: int = 1) -> bytes:
    """A workbook of one sheet. The first ``bold_rows`` rows are headings."""
    parts = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": _book(title),
        "xl/_rels/workbook.xml.rels": _relations([("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml")]),
        "xl/styles.xml": _styles(),
        "xl/worksheets/sheet1.xml": _sheet(rows, bold_rows),
    }
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, root in parts.items():
            info = ZipInfo(name, MOMENT)
            info.compress_type = ZIP_DEFLATED
            archive.writestr(info, etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))
    return packed.getvalue()


def _element(name: str, namespace: str, **attributes: str) -> etree._Element:
    nsmap = {None: namespace, "r": OFFICE}
    return etree.Element(f"{{{namespace}}}{name}", attributes, nsmap=nsmap)  # type: ignore[arg-type]


def _add(parent: etree._Element, tag: str, text: str | None = None, **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{etree.QName(parent).namespace}}}{tag}", attributes)
    element.text = text
    return element


def _content_types() -> etree._Element:
    root = _element("Types", f"{PACKAGE}/content-types")
    _add(root, "Default", Extension="rels", ContentType="application/vnd.openxmlformats-package.relationships+xml")
    for part, kind in (("workbook", "sheet.main"), ("worksheets/sheet1", "worksheet"), ("styles", "styles")):
        _add(root, "Override", PartName=f"/xl/{part}.xml", ContentType=f"{TYPES}{kind}+xml")
    return root


def _relations(targets: list[tuple[str, str]]) -> etree._Element:
    root = _element("Relationships", f"{PACKAGE}/relationships")
    for number, (kind, target) in enumerate(targets, 1):
        _add(root, "Relationship", Id=f"rId{number}", Type=f"{OFFICE}/{kind}", Target=target)
    return root


def _book(title: str) -> etree._Element:
    root = _element("workbook", MAIN)
    sheet = _add(_add(root, "sheets"), "sheet", name=title, sheetId="1")
    sheet.set(f"{{{OFFICE}}}id", "rId1")
    return root


def _styles() -> etree._Element:
    """Cell formats by number: plain, bold, date (built-in 14), amount (built-in 4)."""
    root = _element("styleSheet", MAIN)
    fonts = _add(root, "fonts", count="2")
    _add(fonts, "font")
    _add(_add(fonts, "font"), "b")
    fills = _add(root, "fills", count="2")
    for pattern in ("none", "gray125"):
        _add(_add(fills, "fill"), "patternFill", patternType=pattern)
    _add(_add(root, "borders", count="1"), "border")
    _add(_add(root, "cellStyleXfs", count="1"), "xf", numFmtId="0", fontId="0", fillId="0", borderId="0")
    formats = _add(root, "cellXfs", count="4")
    for number, font in (("0", "0"), ("0", "1"), ("14", "0"), ("4", "0")):
        _add(
            formats, "xf", numFmtId=number, fontId=font, fillId="0", borderId="0", xfId="0", applyNumberFormat="1", applyFont="1"
        )
    _add(_add(root, "cellStyles", count="1"), "cellStyle", name="Normal", xfId="0", builtinId="0")
    return root


def _sheet(rows: Sequence[Sequence[Cell]], bold_rows: int) -> etree._Element:
    root = _element("worksheet", MAIN)
    data = _add(root, "sheetData")
    for number, row in enumerate(rows, 1):
        line = _add(data, "row", r=str(number))
        for name, cell in zip(_columns(), row, strict=False):
            if cell is not None and cell != "":
                _cell(line, f"{name}{number}", cell, number <= bold_rows)
    return root


def _cell(line: etree._Element, place: str, cell: str | Decimal | date, is_bold: bool) -> None:
    if isinstance(cell, str):
        element = _add(line, "c", r=place, t="inlineStr", s=str(BOLD if is_bold else PLAIN))
        text = _add(_add(element, "is"), "t", cell)
        text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    elif isinstance(cell, Decimal):
        _add(_add(line, "c", r=place, s=str(AMOUNT)), "v", plain(cell))
    else:
        _add(_add(line, "c", r=place, s=str(DATE)), "v", str((cell - DAY_ZERO).days))


def _columns() -> Iterator[str]:
    """A, B, ..., Z, AA, AB, ..."""
    number = 0
    while True:
        number += 1
        name, rest = "", number
        while rest:
            rest, letter = divmod(rest - 1, 26)
            name = chr(ord("A") + letter) + name
        yield name
