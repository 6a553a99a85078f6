"""Everything that moves or remembers: stages, queue, store, audit log, intake, web, command line, settings."""
