"""Is a file finished? What a scanner, a copy over the network or a pausing writer leaves must not be read as a document.

Three signs, none of them enough alone: nobody has it open for writing (the kernel's word, on local file systems), and the file
has the end its kind must have. That nothing changed for a while is for the caller to see.
"""

import errno
import fcntl
import re
import signal

TAIL = 64 * 1024
HEAD = 4096
_LINEARIZED = re.compile(rb"/Linearized\b[^>]*?/L\s+(\d{1,15})|/L\s+(\d{1,15})[^>]*?/Linearized\b")


def is_being_written(descriptor: int) -> bool:
    """Whether someone holds the file open for writing. ``False`` also where the file system cannot tell."""
    try:
        # the signal of a broken lease is one that is ignored by default; that of the system would end the process
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as problem:
        return problem.errno == errno.EAGAIN
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def what_is_missing(data: bytes) -> str:
    """What a file lacks to be whole, empty when it looks whole. Only kinds that have an end of their own are judged."""
    if not data:
        return "it is empty"
    head, tail = data[:HEAD], data[-TAIL:]
    if b"%PDF-" in head[:1024]:
        return _missing_in_pdf(head, tail, len(data))
    if data.startswith(b"PK\x03\x04"):
        return "" if b"PK\x05\x06" in data[-(TAIL + 22) :] else "the directory at the end of the archive"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<?xml") and not tail.rstrip(b"\x00 \t\r\n").endswith(b">"):
        return "the end of the XML"
    return ""


def _missing_in_pdf(head: bytes, tail: bytes, size: int) -> str:
    if b"%%EOF" not in tail:
        return "the end mark of the PDF"
    if (found := _LINEARIZED.search(head)) and size < int(found[1] or found[2]):
        return f"{int(found[1] or found[2]) - size:,} bytes of the PDF"
    return ""
