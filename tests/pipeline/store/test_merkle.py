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
