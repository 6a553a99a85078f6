"""Hostile mails and archives with their ends: nothing is lost, nothing leaves its folder, every limit holds."""

import base64
import io
import struct
import zipfile
from collections.abc import Iterator
from functools import partial

from tests.extractors.files import zip_of
from tests.hostile.case import Case, End
from tests.hostile.invoice_page import page

HEAD = "From: Buchhaltung <rechnung@lieferant.example>\r\nTo: eingang@werk.example\r\n"
IN_BASE64 = "Content-Transfer-Encoding: base64\r\n\r\n"
LARGE, CORRUPT, LOCKED, PROGRAM = ("READ-TOO-LARGE",), ("READ-CORRUPT",), ("READ-ENCRYPTED",), ("READ-EMBEDDED-FILE",)


def encoded(data: bytes) -> str:
    return base64.encodebytes(data).decode().replace("\n", "\r\n")


def mail(*parts: str, headers: str = "") -> bytes:
    head = f"{HEAD}Subject: x\r\n{headers}MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=bb\r\n\r\n"
    return (head + "".join(f"--bb\r\n{part}\r\n" for part in parts) + "--bb--\r\n").encode("utf-8", "surrogateescape")


def attached(data: bytes, kind: str = "application/pdf", name: str = "a.pdf") -> str:
    return f'Content-Type: {kind}\r\nContent-Disposition: attachment; filename="{name}"\r\n{IN_BASE64}{encoded(data)}'


def named(name: str) -> bytes:
    return mail(attached(page(), name=name))


def nested(depth: int) -> bytes:
    head = "".join(f"Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n" for level in range(depth))
    tail = "".join(f"\r\n--b{level}--\r\n" for level in reversed(range(depth)))
    return f"{HEAD}{head}{attached(page())}{tail}".encode()


def forwarded(depth: int) -> bytes:
    """A mail in a mail in a mail, the invoice in the innermost."""
    inner = mail(attached(page()))
    for _ in range(depth):
        inner = f"{HEAD}Subject: Fwd\r\nContent-Type: message/rfc822\r\n\r\n".encode() + inner
    return inner


def mails() -> Iterator[Case]:
    odd_names = (
        "../../a.pdf",
        "C:\\\\Windows\\\\a.pdf",
        "a\u202efdp.exe.pdf",
        "x" * 5000 + ".pdf",
        "<script>alert(1)</script>.pdf",
    )
    for name in odd_names:
        yield Case(f"mail: named {name[:20]}", "a.eml", partial(named, name), End.PARTS, documents=1)
    made: list[tuple[str, bytes, tuple[str, ...], int]] = [
        ("nested 1000 deep", nested(1000), LARGE, 0),
        ("5000 parts", mail(*(f"Content-Type: text/csv\r\n\r\n{n}" for n in range(5000))), LARGE, 0),
        ("300 documents", mail(*(f"Content-Type: application/pdf\r\n\r\n%PDF-1.4 {n}" for n in range(300))), LARGE, 50),
        ("header of 900 kB", mail(attached(page()), headers=f"X-A: {'x' * 900_000}\r\n"), (), 1),
        ("5000 senders", b"From: " + b"a@b.example, " * 5000 + b"\r\nTo: c@d.example\r\n\r\nx", (), 0),
        ("no boundary", HEAD.encode() + b"Content-Type: multipart/mixed\r\n\r\nx", (), 0),
        ("unknown character set", HEAD.encode() + b"Content-Type: text/plain; charset=martian\r\n\r\n\xe4", (), 0),
        ("base64 cut", mail(f"Content-Type: application/pdf\r\n{IN_BASE64}AAAAA"), CORRUPT, 0),
        ("opaque signature cut", mail(f'Content-Type: application/pkcs7-mime; name="smime.p7m"\r\n{IN_BASE64}MIIB'), CORRUPT, 0),
        ("program", mail(attached(b"MZ" + bytes(50), "x/y", "a.exe")), PROGRAM, 0),
        ("script called pdf", mail(attached(b"alert(1)", "text/plain", "rechnung.pdf.js")), PROGRAM, 0),
        ("bomb inside", mail(attached(zip_of({"a.pdf": b"%PDF-1.4" + bytes(30_000_000)}), "application/zip", "a.zip")), LARGE, 0),
        ("empty nested mail", HEAD.encode() + b"Content-Type: message/rfc822\r\n\r\n", (), 0),
        ("forwarded three times", forwarded(3), (), 1),
        ("forwarded 100 times", forwarded(100), LARGE, 0),
        ("subject with line ends", mail(attached(page()), headers="X: =?utf-8?Q?a=0D=0ABcc:_x?=\r\n"), (), 1),
        ("nothing", b"", (), 0),
    ]
    for name, data, codes, documents in made:
        yield Case(f"mail: {name}", "a.eml", partial(bytes, data), End.PARTS, codes, documents)


def flagged_as_locked() -> bytes:
    data = bytearray(zip_of({"a.pdf": page()}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(signature) + offset] |= 1
    return bytes(data)


def link() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo("link.pdf")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    return buffer.getvalue()


def size_lie() -> bytes:
    data = bytearray(zip_of({"a.pdf": b"%PDF-1.4" + bytes(30_000_000)}))
    struct.pack_into("<I", data, data.find(b"PK\x01\x02") + 24, 10)
    return bytes(data)


def archives() -> Iterator[Case]:
    honest = page()
    made: list[tuple[str, bytes, tuple[str, ...], int]] = [
        ("honest", zip_of({"a.pdf": honest}), (), 1),
        ("names that lead out", zip_of({"../../../tmp/evil.pdf": honest, "/etc/cron.d/x.pdf": honest + b"\n"}), (), 2),
        ("bomb", zip_of({"a.pdf": b"%PDF-1.4" + bytes(30_000_000)}), LARGE, 0),
        ("archive in an archive", zip_of({"inner.zip": zip_of({"a.pdf": honest}), "b.pdf": honest}), PROGRAM, 1),
        ("5000 entries", zip_of({f"{number}.txt": b"x" for number in range(5000)}), LARGE, 0),
        ("encrypted", flagged_as_locked(), LOCKED, 0),
        ("link", link(), ("READ-MALFORMED",), 0),
        ("size that lies", size_lie(), (*LARGE, *CORRUPT), 0),
        ("cut", zip_of({"a.pdf": honest})[:200], CORRUPT, 0),
        ("method nobody has", zip_of({"a.pdf": honest}, zipfile.ZIP_LZMA), CORRUPT, 0),
        ("program and invoice", zip_of({"a.pdf": honest, "a.exe": b"MZ" + bytes(60)}), PROGRAM, 1),
        ("names with control characters", zip_of({"a\nb\x1b[31m.pdf": honest}), (), 1),
        ("empty", zip_of({}), (), 0),
    ]
    for name, data, codes, documents in made:
        yield Case(f"archive: {name}", "a.zip", partial(bytes, data), End.PARTS, codes, documents)


def cases() -> Iterator[Case]:
    yield from mails()
    yield from archives()
