"""All commands and their options (CONTRACT section 2). What a command does stands in the module it imports."""

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.audit_app import audit_app
from pipeline.cli.options import HomeOption, JsonOption
from pipeline.errors import BelegflussError, ExitCode, MasterDataError

app = typer.Typer(
    name="belegfluss",
    help="Supplier invoices from PDF text layers: read, proven, matched, account-assigned, exported, with an audit trail.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
master_app = typer.Typer(help="Vendors, orders, receipts, accounts.", no_args_is_help=True)
app.add_typer(audit_app, name="audit")
app.add_typer(master_app, name="master")

MasterOption = Annotated[Path | None, typer.Option("--master", help="Folder with master data as CSV.", show_default=False)]
OutOption = Annotated[Path | None, typer.Option("--out", help="Folder to write to.", show_default=False)]
Files = Annotated[list[Path], typer.Argument(help="Files to read.", show_default=False)]


def run() -> None:
    """Entry point. Errors a user can do something about become one line on stderr and their exit code."""
    try:
        code = app(standalone_mode=False)
    except BelegflussError as problem:
        _complain(problem)
        sys.exit(problem.exit_code)
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
    except typer.Exit as leaving:
        sys.exit(leaving.exit_code)
    except BrokenPipeError:
        sys.exit(ExitCode.CLEAN)
    except Exception as problem:
        if hasattr(problem, "show") and hasattr(problem, "exit_code"):  # usage errors of the command line library
            problem.show()
            sys.exit(problem.exit_code)
        raise
    sys.exit(int(code) if isinstance(code, int) else ExitCode.CLEAN)


def _complain(problem: BelegflussError) -> None:
    print(f"belegfluss: {problem}", file=sys.stderr)
    if isinstance(problem, MasterDataError):
        for line in problem.problems[:200]:
            print(f"  {line}", file=sys.stderr)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Show the version.", is_eager=True)] = False,
) -> None:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if version:
        from importlib.metadata import version as installed

        print(f"belegfluss {installed('belegfluss')}")
        raise typer.Exit


@app.command()
def demo(
    home: HomeOption = None,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="End after the table of outcomes.")] = False,
    port: Annotated[int, typer.Option(help="Port of the web pages; 0 takes a free one.")] = 0,
    as_json: JsonOption = False,
) -> int:
    """Send the sample invoices through every stage and show what became of them.

    Examples: belegfluss demo · belegfluss demo --home ./demo --no-serve
    """
    from pipeline.cli.demo import demo as perform

    return perform(home, serve=not no_serve, port=port, as_json=as_json)


@app.command()
def extract(
    files: Files,
    source: Annotated[str, typer.Option(help="auto, embedded (XML inside) or text-layer (the page).")] = "auto",
    master: MasterOption = None,
    home: HomeOption = None,
    out: OutOption = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Documents at the same time.")] = 2,
    as_json: JsonOption = False,
) -> int:
    """Read documents: every value with the place it stands at and what proves it.

    Examples: belegfluss extract invoice.pdf --json · belegfluss extract *.pdf --out readings
    """
    from pipeline.cli.extracting import extract as perform

    return perform(files, source=source, master=master, home=home, out=out, jobs=jobs, as_json=as_json)


@app.command()
def learn(
    file: Annotated[Path, typer.Argument(help="The document that was read wrong.", show_default=False)],
    truth: Annotated[
        Path, typer.Option("--truth", help="JSON with the right values, shaped like an invoice.", show_default=False)
    ],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Learn from a correction: the supplier's next documents are read with it.

    Examples: belegfluss learn invoice.pdf --truth right.json · belegfluss extract next.pdf --home ./home
    """
    from pipeline.cli.learning import learn as perform

    return perform(file, truth=truth, home=home, as_json=as_json)


@app.command()
def validate(
    files: Files,
    profile: Annotated[str, typer.Option(help="auto, en16931, xrechnung, peppol or facturx.")] = "auto",
    batch: Annotated[bool, typer.Option("--batch", help="One JSON object per line, in order.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Check e-invoices (CII, UBL, hybrid PDF) by the rules of the norm.

    Examples: belegfluss validate invoice.xml · belegfluss validate *.xml --batch
    """
    from pipeline.cli.judging import validate as perform

    return perform(files, profile=profile, batch=batch, as_json=as_json)


@app.command()
def convert(
    file: Annotated[Path, typer.Argument(help="PDF, XML or invoice JSON.", show_default=False)],
    to: Annotated[str, typer.Option("--to", help="Target format, for example zugferd or xrechnung-ubl.", show_default=False)],
    output: Annotated[Path | None, typer.Option("-o", help="File to write; else stdout.", show_default=False)] = None,
    master: MasterOption = None,
) -> int:
    """Turn a document into an e-invoice or, approved and with --master, into a booking. Nothing is written that breaks its rules.

    Examples: belegfluss convert invoice.pdf --to xrechnung-ubl -o invoice.xml
    · belegfluss convert invoice.pdf --to sap-idoc --master master
    """
    from pipeline.cli.judging import convert as perform

    return perform(file, to=to, output=output, master=master)


@app.command()
def export(
    to: Annotated[str, typer.Option("--to", help="Format of a finance system, for example datev.", show_default=False)],
    since: Annotated[str, typer.Option("--from", help="First invoice date.", show_default=False)],
    until: Annotated[str, typer.Option("--until", help="Last invoice date.", show_default=False)],
    output: Annotated[Path, typer.Option("-o", help="Folder to write to.", show_default=False)],
    home: HomeOption = None,
    again: Annotated[bool, typer.Option("--again", help="Also what was given out before.")] = False,
) -> int:
    """Write the bookings of all approved invoices of a span of time; for DATEV one file for each period.

    Examples: belegfluss export --to datev --from 2026-10-01 --until 2026-10-31 -o datev
    """
    from pipeline.cli.exporting import export as perform

    return perform(to, since=since, until=until, folder=output, home=home, again=again)


@app.command()
def process(
    files: Files,
    master: Annotated[Path, typer.Option("--master", help="Folder with master data as CSV.", show_default=False)],
    now: Annotated[str | None, typer.Option("--now", help="Date or UTC time to take for today.", show_default=False)] = None,
    out: OutOption = None,
    as_json: JsonOption = False,
) -> int:
    """Send documents through every stage, one after the other, in a throw-away home.

    Examples: belegfluss process invoice.pdf --master master · belegfluss process *.pdf *.eml --master master --json
    """
    from pipeline.cli.processing import process as perform

    return perform(files, master=master, now=now, out=out, as_json=as_json)


@app.command()
def ingest(
    files: Annotated[list[str], typer.Argument(help="Files; - reads one document from stdin.", show_default=False)],
    home: HomeOption = None,
) -> int:
    """Put documents into the home; a running service takes them up. Prints one id per line.

    Examples: belegfluss ingest invoice.pdf · belegfluss ingest - < mail.eml
    """
    from pipeline.cli.processing import ingest as perform

    return perform(files, home=home)


@app.command(name="run")
def run_service(
    home: HomeOption = None, port: Annotated[int | None, typer.Option(help="Port of the web pages.", show_default=False)] = None
) -> int:
    """The whole service in one process tree: workers and web pages.

    Examples: belegfluss run · belegfluss run --home /srv/belegfluss --port 8765
    """
    from pipeline.cli.service import run

    return run(home, port)


@app.command()
def serve(
    home: HomeOption = None, port: Annotated[int | None, typer.Option(help="Port of the web pages.", show_default=False)] = None
) -> int:
    """Only the web pages, for several machines.

    Examples: belegfluss serve · belegfluss serve --port 8765
    """
    from pipeline.cli.service import serve as perform

    return perform(home, port)


@app.command()
def worker(
    home: HomeOption = None,
    until_idle: Annotated[bool, typer.Option("--until-idle", help="End when nothing is left to do.")] = False,
) -> int:
    """Only a worker: takes jobs until it is stopped.

    Examples: belegfluss worker · belegfluss worker --until-idle
    """
    from pipeline.cli.service import work

    return work(home, until_idle)


@app.command()
def status(home: HomeOption = None, as_json: JsonOption = False) -> int:
    """How many invoices are where, and what waits.

    Examples: belegfluss status · belegfluss status --json
    """
    from pipeline.cli.service import status as perform

    return perform(home, as_json)


@app.command()
def doctor(home: HomeOption = None, as_json: JsonOption = False) -> int:
    """Check the environment; every failed check says how to mend it.

    Examples: belegfluss doctor · belegfluss doctor --json
    """
    from pipeline.cli.doctor import doctor as perform

    return perform(home, as_json)


@app.command()
def schema(name: Annotated[str, typer.Argument(help="Invoice, Extraction, Match, Posting, Finding, ...")] = "Invoice") -> int:
    """The JSON schema of a record; business terms of EN 16931 stand in the descriptions.

    Examples: belegfluss schema · belegfluss schema Extraction
    """
    from pipeline.cli.output import print_schema

    return print_schema(name)


@master_app.command("import")
def master_import(
    folder: Annotated[Path, typer.Argument(metavar="DIR", show_default=False)],
    home: HomeOption = None,
    replace: Annotated[bool, typer.Option("--replace", help="The files are the whole truth: rows not in them go.")] = False,
) -> int:
    """Load master data; a bad row is named and then nothing changes. Waiting invoices it concerns are judged again.

    Examples: belegfluss master import ./master · belegfluss master import ./receipts-of-today
    """
    from pipeline.cli.mastering import import_master

    return import_master(folder, home, replace)


@master_app.command("check")
def master_check(folder: Annotated[Path, typer.Argument(metavar="DIR", show_default=False)]) -> int:
    """Judge master data without loading them.

    Examples: belegfluss master check ./master
    """
    from pipeline.cli.mastering import check_master

    return check_master(folder)
