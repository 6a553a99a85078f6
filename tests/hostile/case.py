"""What a hostile file is, and the ways a file may end."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

LISTENER = socket.create_server(("127.0.0.1", 0))
"""Nobody may ever call here; the files name it wherever a parser might fetch something."""
HOST = f"http://127.0.0.1:{LISTENER.getsockname()[1]}"


class End(Enum):
    """``ACCEPTED``: an honest control, or an attack that changes nothing. ``HELD``: read as an invoice that a person must look at.

    ``REFUSED``: no invoice comes of it. ``SAFE``: anything but an accepted invoice. ``PARTS``: a container, taken apart.
    """

    ACCEPTED = "accepted"
    HELD = "held"
    REFUSED = "refused"
    SAFE = "safe"
    PARTS = "parts"


@dataclass(frozen=True)
class Case:
    """``codes``: one of these errors has to be named (none given: any). ``documents``: how many parts of a container are documents."""

    name: str
    file: str
    build: Callable[[], bytes]
    end: End
    codes: tuple[str, ...] = ()
    documents: int = 0
