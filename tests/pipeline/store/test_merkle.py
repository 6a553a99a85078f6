"""The tree against the definition of RFC 6962 section 2.1, written here the long way."""

import hashlib

import pytest

from pipeline.store import merkle


def by_definition(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + by_definition(leaves[:split]) + by_definition(leaves[split:])).digest()


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 64, 100])
def test_frontier_gives_the_root_of_the_definition(size: int) -> None:
    leaves = [merkle.leaf_hash(str(n).encode()) for n in range(size)]
    assert merkle.root_of(leaves) == by_definition(leaves).hex()


def test_known_value() -> None:
    """RFC 6962 leaf of the empty string: SHA-256 of one zero byte."""
    assert merkle.leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


class InMemory:
    """A tree that keeps what ``grow`` says is to be kept."""

    def __init__(self, size: int) -> None:
        self.leaves = [merkle.leaf_hash(str(n).encode()) for n in range(size)]
        self.kept: dict[tuple[int, int], bytes] = {}
        frontier = list[bytes]()
        for n, leaf in enumerate(self.leaves):
            frontier, full = merkle.grow(n, frontier, leaf)
            self.kept |= {(node.level, node.position): node.hash for node in full}

    def hashes(self, level: int, first: int, count: int) -> list[bytes]:
        if level == 0:
            return self.leaves[first : first + count]
        return [self.kept[level, n] for n in range(first, first + count)]


def climb(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes:
    """Root that an audit path leads to, by recursion over the definition."""
    if size == 1:
        return leaf
    split = 1
    while split * 2 < size:
        split *= 2
    if index < split:
        return merkle.node_hash(climb(index, split, leaf, path[:-1]), path[-1])
    return merkle.node_hash(path[-1], climb(index - split, size - split, leaf, path[:-1]))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 255, 256, 257, 700, 1025])
def test_an_audit_path_leads_to_the_root(size: int) -> None:
    tree = InMemory(size)
    for index in {0, 1, size // 2, size - 1} & set(range(size)):
        path = merkle.inclusion(tree, index, size)
        assert climb(index, size, tree.leaves[index], path) == by_definition(tree.leaves)


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 511, 512, 700])
def test_the_root_of_every_older_state_is_known(size: int) -> None:
    tree = InMemory(700)
    assert merkle.root_at(tree, size) == by_definition(tree.leaves[:size]).hex()


def test_large_trees_use_what_was_kept() -> None:
    tree = InMemory(70_000)
    asked = []
    plain = tree.hashes
    tree.hashes = lambda level, first, count: asked.append(count) or plain(level, first, count)  # type: ignore[method-assign, func-returns-value]
    path = merkle.inclusion(tree, 12_345, 70_000)
    assert sum(asked) < 3 * merkle.WIDTH
    assert climb(12_345, 70_000, tree.leaves[12_345], path) == by_definition(tree.leaves)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 3)])
def test_no_path_where_there_is_no_leaf(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        merkle.inclusion(InMemory(3), index, size)
