"""Containers: mails and archives, taken apart into parts without recursion and within budgets."""

from extractors.containers.parts import Part, Unpacked
from extractors.containers.unpacking import unpack

__all__ = ["Part", "Unpacked", "unpack"]
