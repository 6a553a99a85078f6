"""Hostile XML and EDIFACT files with their ends."""

from collections.abc import Iterator
from functools import partial

from tests.extractors.invoices import cii, cii_line, ubl
from tests.hostile.case import HOST, Case, End

LAUGHS = (
    "<!DOCTYPE a [<!ENTITY a 'ha'>"
    + "".join(f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>\n"
)
QUADRATIC = f"<!DOCTYPE a [<!ENTITY a '{'x' * 50_000}'>]>\n"
BAD = ("READ-MALFORMED",)


def _doctype(doctype: str, **changed: str) -> bytes:
    return cii(doctype=doctype, **changed)


def xml() -> Iterator[Case]:
    refused = {
        "empty DOCTYPE": lambda: _doctype("<!DOCTYPE x>\n"),
        "DTD of another machine": lambda: _doctype(f'<!DOCTYPE x SYSTEM "{HOST}/x.dtd">\n'),
        "entity of a file": lambda: _doctype('<!DOCTYPE x [<!ENTITY n SYSTEM "file:///etc/hostname">]>\n', number="&n;"),
        "parameter entity": lambda: _doctype(f'<!DOCTYPE x [<!ENTITY % p SYSTEM "{HOST}/p"> %p;]>\n'),
        "laughs": lambda: _doctype(LAUGHS, number="&i;"),
        "quadratic growth": lambda: _doctype(QUADRATIC, seller="&a;" * 1000),
        "100000 deep": lambda: b"<a>" * 100_000,
        "text of 11 MB": lambda: cii(number="R" * 11_000_000),
        "invalid UTF-8": lambda: cii(number="R-\xff").replace("\xff".encode(), b"\xff"),
        "NUL inside": lambda: cii().replace(b"<ram:ID>R", b"<ram:ID>\x00R"),
        "unknown encoding": lambda: cii().replace(b"UTF-8", b"UTF-97"),
        "cut": lambda: cii()[:900],
        "attribute twice": lambda: b"<a" + b" b='c'" * 10 + b"/>",
        "style sheet only": f"<?xml-stylesheet href='{HOST}/x'?><x/>".encode,
    }
    for name, build in refused.items():
        yield Case(name, "a.xml", build, End.REFUSED)
    yield Case("comment inside the account", "a.xml", lambda: cii(iban="DE8937040044<!-- x -->0532013000"), End.ACCEPTED)
    yield Case("instruction inside the total", "a.xml", lambda: cii(gross="1<?p x?>19.00"), End.ACCEPTED)
    yield Case("CDATA inside the total", "a.xml", lambda: cii(gross="<![CDATA[119.00]]>"), End.ACCEPTED)
    odd = ("NaN", "1E+400", "١١٩.٠٠", "119,00", "0x77", "Infinity", "1_19.00", "9" * 400, "119.00 EUR", "--119.00")
    for amount in odd:
        yield Case(f"total {amount[:12]}", "a.xml", partial(cii, gross=amount), End.SAFE)
    yield Case("account in Cyrillic", "a.xml", lambda: cii(iban="DЕ89370400440532013000"), End.SAFE)
    yield Case("direction marks in the number", "a.xml", lambda: cii(number="R-\u202e1174"), End.SAFE)
    yield Case(
        "line amounts that do not add up",
        "a.xml",
        lambda: cii(lines=cii_line(amount="10.00")),
        End.HELD,
        ("ARITH-LINE", "ARITH-SUM", "ARITH-TOTAL"),
    )
    schema = f'xsi:schemaLocation="urn:a {HOST}/a.xsd" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:rsm='
    place = partial(bytes.replace, cii(), b"xmlns:rsm=", schema.encode())
    yield Case("schema of another machine", "a.xml", place, End.ACCEPTED)
    yield Case("another currency to pay", "a.xml", lambda: ubl(due_currency="TRY"), End.SAFE)
    yield Case(
        "include of another file",
        "a.xml",
        lambda: cii(notes='<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/hostname"/>'),
        End.ACCEPTED,
    )


HEAD = "UNA:+.? 'UNB+UNOC:3+S:14+R:14+260302:1010+7'UNH+1+INVOIC:D:96A:UN:EAN008'BGM+380+4711+9'DTM+137:20260302:102'"
BODY = (
    "NAD+SU+++Beispiel Handels GmbH+Lindenweg 4+Köln++50667+DE'RFF+VA:DE136695976'NAD+BY+++Muster AG+Hafen 9+Rostock++18055+DE'"
    "CUX+2:EUR:4'LIN+1++4012345001235:EN'IMD+F++:::Kaffee'QTY+47:10:PCE'MOA+203:100'PRI+AAA:10'TAX+7+VAT+++:::19+S'"
    "UNS+S'MOA+79:100'MOA+125:100'MOA+124:19'MOA+77:119'MOA+9:119'TAX+7+VAT+++:::19+S'MOA+125:100'MOA+124:19'"
)
TAIL = "UNT+24+1'UNZ+1+7'"


def _edi(*swaps: tuple[str, str], tail: str = TAIL) -> bytes:
    text = HEAD + BODY + tail
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new)
    return text.encode("utf-8" if "UNOY" in text else "latin-1")


def edifact() -> Iterator[Case]:
    made = {
        "message cut": lambda: _edi(tail="")[:300],
        "no end of the interchange": lambda: _edi(tail="UNT+24+1'"),
        "total not a number": lambda: _edi(("MOA+77:119'", "MOA+77:NaN'")),
        "total with exponent": lambda: _edi(("MOA+77:119'", "MOA+77:1E9'")),
        "total of 400 digits": lambda: _edi(("MOA+77:119'", f"MOA+77:{'9' * 400}'")),
        "sums that do not add up": lambda: _edi(("MOA+77:119'", "MOA+77:191'")),
        "release at the very end": lambda: _edi(tail="") + b"?",
        "no message": lambda: b"UNA:+.? 'UNB+UNOC:3+A+B'",
        "separators that are all the same": lambda: b"UNA++++++UNB+UNOC:3+A+B'" + b"+" * 5000,
        "element of 5 MB": lambda: _edi(("Kaffee", "K" * 5_000_000)),
        "60000 segments": lambda: _edi(("UNS+S'", "FTX+ZZZ+++x'" * 60_000 + "UNS+S'")),
        "noise": lambda: b"UNA:+.? 'UNB+" + bytes(range(256)) * 40,
        "right-to-left mark in the name": lambda: _edi(("UNOC", "UNOY"), ("Beispiel", "Bei\u202espiel")),
        "control characters in the number": lambda: _edi(("380+4711", "380+47\x0011")),
    }
    harmless = ("element of 5 MB", "60000 segments")
    yield Case("EDIFACT: honest", "a.edi", _edi, End.ACCEPTED)
    for name, build in made.items():
        yield Case(f"EDIFACT: {name}", "a.edi", build, End.ACCEPTED if name in harmless else End.SAFE)


def cases() -> Iterator[Case]:
    yield from xml()
    yield from edifact()
