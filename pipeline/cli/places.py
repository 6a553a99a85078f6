"""Where a command finds its home and its samples."""

import logging
import sys
from pathlib import Path
from typing import Any

from pipeline.clock import Clock
from pipeline.desk import Desk, open_desk
from pipeline.home import default_home

SAMPLES = Path(__file__).resolve().parent.parent.parent / "samples"


def desk_at(home: Path | None, clock: Clock | None = None) -> Desk:
    """The desk of the home named on the command line, else of the default one. Logs go to stderr."""
    desk = open_desk(home or default_home(), clock)
    set_up_logging(desk.settings.log_level)
    return desk


def set_up_logging(level: str) -> None:
    """One line per event on stderr: readable at a terminal, JSON otherwise."""
    import structlog

    plain = sys.stderr.isatty()
    shared: list[Any] = [structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True)]
    final: Any = structlog.dev.ConsoleRenderer() if plain else structlog.processors.JSONRenderer(ensure_ascii=False)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.format_exc_info, final],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("belegfluss").setLevel(level.upper())
