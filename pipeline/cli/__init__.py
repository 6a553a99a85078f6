"""The command line: words in, exit codes out. Heavy packages are imported by the command that needs them."""
