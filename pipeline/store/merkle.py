"""RFC 6962 Merkle tree: its growth, its roots and its proofs.

The tree is kept as its frontier (the roots of the full subtrees, largest first): appending costs O(log n) and needs no earlier
leaf. For proofs every 8th level is kept too, as in C2SP tlog-tiles: a proof then reads a few hundred hashes, not the whole log.
Source: RFC 6962 section 2.1 (leaf prefix 0x00, node prefix 0x01).
"""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple, Protocol

EMPTY_ROOT = hashlib.sha256(b"").hexdigest()
STEP = 8  # levels between two that are kept
WIDTH = 1 << STEP


class Node(NamedTuple):
    """Root of a full subtree of ``256 ** level`` leaves, the ``position``-th of its size."""

    level: int
    position: int
    hash: bytes


class Tree(Protocol):
    def hashes(self, level: int, first: int, count: int) -> list[bytes]:
        """Kept hashes of one level (0: leaves) from ``first`` on, all of them full subtrees."""
        ...


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def append(size: int, frontier: list[bytes], leaf: bytes) -> list[bytes]:
    """The frontier of ``size + 1`` leaves. ``frontier`` has one entry per set bit of ``size``."""
    return grow(size, frontier, leaf)[0]


def grow(size: int, frontier: list[bytes], leaf: bytes) -> tuple[list[bytes], list[Node]]:
    """The frontier of ``size + 1`` leaves, and the nodes to keep that became full with it."""
    grown, node, kept, height = list(frontier), leaf, list[Node](), 0
    while (size >> height) & 1:
        node = node_hash(grown.pop(), node)
        height += 1
        if height % STEP == 0:
            kept.append(Node(height // STEP, size >> height, node))
    return [*grown, node], kept


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


def root_at(tree: Tree, size: int) -> str:
    """Root of the first ``size`` leaves, from the kept hashes."""
    return _subtree(tree, 0, size).hex() if size else EMPTY_ROOT


def inclusion(tree: Tree, index: int, size: int) -> list[bytes]:
    """Audit path of a leaf in the tree of ``size`` leaves, from the leaf upwards (RFC 6962 section 2.1.1)."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    path, low, high = list[bytes](), 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(_subtree(tree, middle, high))
            high = middle
        else:
            path.append(_subtree(tree, low, middle))
            low = middle
    return path[::-1]


def consistency(tree: Tree, old: int, new: int) -> list[bytes]:
    """That the first ``old`` leaves of the tree of ``new`` are what they were (RFC 6962 section 2.1.2)."""
    if not 0 < old <= new:
        raise ValueError(f"no proof from {old} to {new}")
    proof, low, high, is_whole = list[bytes](), 0, new, True
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            proof.append(_subtree(tree, middle, high))
            high = middle
        else:
            proof.append(_subtree(tree, low, middle))
            low, is_whole = middle, False
    if not is_whole:
        proof.append(_subtree(tree, low, high))
    return proof[::-1]


def fold(hashes: list[bytes]) -> bytes:
    """Root over a power of two of neighbouring hashes."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[n], hashes[n + 1]) for n in range(0, len(hashes), 2)]
    return hashes[0]


def _subtree(tree: Tree, low: int, high: int) -> bytes:
    """Merkle tree hash of the leaves from ``low`` to before ``high``."""
    count = high - low
    if count & (count - 1):
        middle = low + _split(count)
        return node_hash(_subtree(tree, low, middle), _subtree(tree, middle, high))
    level = (count.bit_length() - 1) // STEP
    unit = WIDTH**level
    return fold(tree.hashes(level, low // unit, count // unit))


def _split(count: int) -> int:
    """The largest power of two below ``count``."""
    return 1 << ((count - 1).bit_length() - 1)
