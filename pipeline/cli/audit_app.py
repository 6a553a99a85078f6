"""The commands ``audit ...`` and their options (CONTRACT section 2). What they do stands in ``auditing``."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import HomeOption, JsonOption

audit_app = typer.Typer(help="The trail of every invoice.", no_args_is_help=True)


@audit_app.command("show")
def audit_show(
    identifier: Annotated[
        str | None, typer.Argument(metavar="ID", help="Id of an invoice or document.", show_default=False)
    ] = None,
    number: Annotated[str | None, typer.Option("--number", help="Invoice number instead of the id.", show_default=False)] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """The story of one invoice, oldest entry first.

    Examples: belegfluss audit show --number RE-2026-0815 · belegfluss audit show 0198... --json
    """
    from pipeline.cli.auditing import show

    return show(identifier, number, home, as_json)


@audit_app.command("verify")
def audit_verify(
    home: HomeOption = None,
    anchor: Annotated[
        list[Path] | None, typer.Option("--anchor", help="Further folder with signed heads.", show_default=False)
    ] = None,
    key: Annotated[
        list[str] | None, typer.Option("--key", help="Trust only this public key (text or file).", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """Recompute the whole log. Exit 0 clean, 1 names the first bad entry, 4 cannot run.

    Examples: belegfluss audit verify --json · belegfluss audit verify --anchor /mnt/worm --key auditor.pub
    """
    from pipeline.cli.auditing import verify

    return verify(home, anchor or [], key or [], as_json)


@audit_app.command("bundle")
def audit_bundle(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="Id of an invoice.", show_default=False)],
    output: Annotated[Path, typer.Option("-o", help="ZIP to write.", show_default=False)],
    home: HomeOption = None,
) -> int:
    """A self-contained proof of one invoice: documents, entries, proofs, signed head, and a script that checks them offline.

    Examples: belegfluss audit bundle 0198... -o proof.zip · python verify.py proof.zip --key audit.pub
    """
    from pipeline.cli.auditing import bundle

    return bundle(identifier, output, home)


@audit_app.command("export")
def audit_export(
    first: Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD.", show_default=False)],
    last: Annotated[str, typer.Option("--to", help="Last day, YYYY-MM-DD.", show_default=False)],
    output: Annotated[Path, typer.Option("-o", help="ZIP to write.", show_default=False)],
    originals: Annotated[bool, typer.Option("--originals", help="Received documents too.")] = False,
    home: HomeOption = None,
) -> int:
    """The tax auditor's export: index.xml and CSV of invoices, lines, matches, events, findings, postings.

    Examples: belegfluss audit export --from 2026-01-01 --to 2026-12-31 -o 2026.zip
    """
    from pipeline.cli.auditing import export

    return export(first, last, output, originals, home)


@audit_app.command("procedure")
def audit_procedure(
    output: Annotated[Path, typer.Option("-o", help="File to write, .md or .pdf.", show_default=False)],
    home: HomeOption = None,
) -> int:
    """The procedure documentation (Verfahrensdokumentation) of this installation, from its running configuration.

    Examples: belegfluss audit procedure -o verfahren.pdf · belegfluss audit procedure -o verfahren.md
    """
    from pipeline.cli.auditing import procedure

    return procedure(output, home)


@audit_app.command("rotate-key")
def audit_rotate_key(
    reason: Annotated[str, typer.Option("--reason", help="Why, for the log.", show_default=False)], home: HomeOption = None
) -> int:
    """A new signing key from now on. Hand the printed public key to the auditor; the old one stays valid for what it signed.

    Examples: belegfluss audit rotate-key --reason "yearly"
    """
    from pipeline.cli.auditing import rotate_key

    return rotate_key(reason, home)
