"""The development corpus beside the repository; tests that need it skip with a reason where it is not there."""

from pathlib import Path

import pytest

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="the development corpus is not beside the repository")


def corpus_files(folder: str, *patterns: str) -> list[Path]:
    """Files of a corpus folder, sorted; empty where the corpus is missing."""
    return sorted(path for pattern in patterns for path in (CORPUS / folder).glob(pattern))
