"""Options that many commands share."""

from pathlib import Path
from typing import Annotated

import typer

HomeOption = Annotated[
    Path | None, typer.Option("--home", help="Folder of this installation; else BELEGFLUSS_HOME.", show_default=False)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")]
