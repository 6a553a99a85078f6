"""The fake product: prints what it was given; FAKE_EXIT is its exit code."""

import os
import sys

import tiny_dependency  # type: ignore[import-not-found]  # made by the test


def main() -> int:
    """Prints its arguments and the version of its only dependency."""
    print("product", *sys.argv[1:], tiny_dependency.VERSION)
    return int(os.environ.get("FAKE_EXIT", "0"))
