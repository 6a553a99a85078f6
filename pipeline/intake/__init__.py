"""The ways in besides upload and command line: a watched folder, a mailbox, a mail server; and the letters that go out.

One rule for all: the sender is told "received" (file moved, mail moved, answer 250) only after the bytes are on the disk and a
row is committed. Everything that arrives has a row and an outcome, also what holds no document.
"""
