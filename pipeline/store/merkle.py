"""RFC 6962 Merkle tree, kept as its frontier: the roots of the full subtrees, largest first.

Appending costs O(log n) and needs no earlier leaf. Source: RFC 6962 section 2.1 (leaf prefix 0x00, node prefix 0x01).
"""

import hashlib
from collections.abc import Iterable

EMPTY_ROOT = hashlib.sha256(b"").hexdigest()


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def append(size: int, frontier: list[bytes], leaf: bytes) -> list[bytes]:
    """The frontier of ``size + 1`` leaves. ``frontier`` has one entry per set bit of ``size``."""
    grown, node = list(frontier), leaf
    while size & 1:
        node = node_hash(grown.pop(), node)
        size >>= 1
    return [*grown, node]


def root(frontier: list[bytes]) -> str:
    """Merkle tree hash in hex of the leaves behind the frontier."""
    if not frontier:
        return EMPTY_ROOT
    node = frontier[-1]
    for subtree in reversed(frontier[:-1]):
        node = node_hash(subtree, node)
    return node.hex()


def root_of(leaves: Iterable[bytes]) -> str:
    """Root over leaf hashes, from scratch."""
    frontier = list[bytes]()
    for size, leaf in enumerate(leaves):
        frontier = append(size, frontier, leaf)
    return root(frontier)
