"""Tests of the ways in: folder, mailbox, mail server; and of the letters out."""
