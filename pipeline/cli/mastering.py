"""``master import`` and ``master check``."""

from pathlib import Path

from pipeline.cli.output import print_table, say
from pipeline.cli.places import desk_at
from pipeline.errors import ExitCode
from pipeline.store import csv_files


def import_master(folder: Path, home: Path | None, replace: bool) -> int:
    from pipeline.rematching import after_import
    from pipeline.store.importing import import_folder
    from pipeline.transaction import Transaction

    desk = desk_at(home)
    try:
        with desk.database.write() as connection:
            transaction = Transaction(connection, desk.clock.now())
            changes = import_folder(connection, folder, transaction.now, replace=replace)
            again = after_import(transaction, changes)
    finally:
        desk.close()
    columns = ("file", "added", "changed", "removed", "unchanged", "not in the file, kept")
    print_table("Imported", columns, [(f"{stem}.csv", *change.counts().values()) for stem, change in changes.items()])
    if again:
        say(f"{again} waiting invoice(s) are judged again.")
    if any(change.kept for change in changes.values()):
        say("Rows that are not in a file were kept. If a file is the whole truth, import it with --replace.")
    return ExitCode.CLEAN


def check_master(folder: Path) -> int:
    loaded = csv_files.load(folder)
    print_table("Checked, no problems", ("file", "rows"), [(f"{stem}.csv", str(len(rows))) for stem, rows in loaded.rows.items()])
    return ExitCode.CLEAN
