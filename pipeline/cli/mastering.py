"""``master import`` and ``master check``."""

from pathlib import Path

from pipeline.cli.output import print_table
from pipeline.cli.places import desk_at
from pipeline.errors import ExitCode
from pipeline.store import csv_files


def import_master(folder: Path, home: Path | None) -> int:
    from pipeline.store.master import import_folder

    desk = desk_at(home)
    try:
        with desk.database.write() as connection:
            counts = import_folder(connection, folder, desk.clock.now())
    finally:
        desk.close()
    print_table("Imported", ("file", "rows"), [(f"{stem}.csv", str(n)) for stem, n in counts.items()])
    return ExitCode.CLEAN


def check_master(folder: Path) -> int:
    loaded = csv_files.load(folder)
    print_table("Checked, no problems", ("file", "rows"), [(f"{stem}.csv", str(len(rows))) for stem, rows in loaded.rows.items()])
    return ExitCode.CLEAN
