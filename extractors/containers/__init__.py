"""Containers: mails and archives, taken apart into parts without recursion and within budgets. See ``unpacking.unpack``."""
