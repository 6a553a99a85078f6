"""The fake checks: print what they were given and whether they run as CI does."""

import os
import sys

import tiny_test  # type: ignore[import-not-found]  # made by the test

print("checks", *sys.argv[1:], tiny_test.VERSION, os.environ.get("CI", "no CI"))
