"""Parsers run here: a fresh child process for every document, with limits, and JSON back.

Anything from outside is hostile until parsed. A child has no environment, an empty working folder, bounded memory, time, files
and file size, and cannot gain privileges. It answers with JSON bytes of bounded length: never with pickles, which would let a
taken-over parser run code in the worker. Children are forked from a server that has the parsers loaded, which costs about
15 ms a document (docs/decisions/0005-isolation.md).
"""

from pipeline.sandbox.parent import ChildDied, ChildTimeout, Sandbox, SandboxError

__all__ = ["ChildDied", "ChildTimeout", "Sandbox", "SandboxError"]
