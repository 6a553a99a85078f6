"""Which memory a child will write to, so that it can be copied while the child waits.

A forked child shares its memory with the server until it writes; every page it then writes to is copied, and reading one document
writes to some four thousand (counters of references). One child reads the warm document to see which pages these are; the children
that wait for work copy them ahead, which takes as long but not while somebody waits. Where the kernel cannot say or do this, nothing
is done. Source: Linux, proc_pid_pagemap(5), madvise(2) MADV_POPULATE_WRITE (since 5.14).
"""

import contextlib
import ctypes
import os
import re
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")
POPULATE_WRITE = 23
EXCLUSIVE = 1 << 56  # bit of a pagemap entry: mapped here and nowhere else
JOINED = 2  # pages between two that are written to, copied with them
MOST = 64 * 1024 * 1024  # bytes copied ahead, whatever was seen
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # malloc.h of glibc
_WRITABLE = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw.p ")
_SPAN = struct.Struct("=QQ")

Span = tuple[int, int]  # address, length


def keep_freed_memory() -> None:
    """Large blocks come from the heap and stay in it when freed, so that children find memory there that is copied ahead."""
    with contextlib.suppress(AttributeError):  # a C library without mallopt
        adjust = ctypes.CDLL(None).mallopt
        adjust(M_MMAP_THRESHOLD, 32 * 1024 * 1024)
        adjust(M_TRIM_THRESHOLD, 512 * 1024 * 1024)


def observe(work: Callable[[], object]) -> list[Span]:
    """The pages that ``work`` writes to, found in a fork that does the work and ends. Empty where that cannot be seen."""
    reading, writing = os.pipe()
    number = os.fork()
    if number == 0:
        try:
            os.close(reading)
            work()
            with os.fdopen(writing, "wb") as answer:
                answer.writelines(_SPAN.pack(*span) for span in _exclusive())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        data = answer.read()
    os.waitpid(number, 0)
    return list(_SPAN.iter_unpack(data[: len(data) // _SPAN.size * _SPAN.size]))


def copy_ahead(spans: list[Span]) -> None:
    """Make the pages this process's own."""
    advise = ctypes.CDLL(None).madvise
    left = MOST
    for address, length in spans:
        left -= length
        if left < 0 or advise(ctypes.c_void_p(address), ctypes.c_size_t(length), POPULATE_WRITE) == -1:
            continue  # an old kernel, or memory that has gone since: it is copied when it is written to


def _exclusive() -> Iterator[Span]:
    try:
        maps = Path("/proc/self/maps").read_text("ascii", "replace")
        with Path("/proc/self/pagemap").open("rb") as pagemap:
            for match in _WRITABLE.finditer(maps):
                start, end = int(match[1], 16), int(match[2], 16)
                pagemap.seek(start // PAGE * 8)
                yield from _spans(start, pagemap.read((end - start) // PAGE * 8))
    except OSError:
        return


def _spans(start: int, entries: bytes) -> Iterator[Span]:
    """Runs of exclusive pages, short gaps included."""
    first = last = None
    for number, (entry,) in enumerate(struct.iter_unpack("=Q", entries)):
        if not entry & EXCLUSIVE:
            continue
        if first is None or last is None:
            first = number
        elif number - last > JOINED + 1:
            yield start + first * PAGE, (last + 1 - first) * PAGE
            first = number
        last = number
    if first is not None and last is not None:
        yield start + first * PAGE, (last + 1 - first) * PAGE
