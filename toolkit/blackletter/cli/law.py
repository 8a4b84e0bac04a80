"""Commands about the law on file: check and docket."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from blackletter.errors import RulesetError

from .common import AsJson, print_json


def check(
    path: Annotated[Path | None, typer.Argument(help="A ruleset folder; default: the bundled law.")] = None,
    as_json: AsJson = False,
    ledger: Annotated[
        Path | None, typer.Option("--ledger", metavar="F.html", help="Write the ledger as a page.")
    ] = None,
) -> None:
    """Checks a folder of law files: shape, names, examples.

    Also which rules no example reaches, the ledger of the digest, and the invariants. Exits 1 when something fails.
    """
    from blackletter.check import check_ruleset

    if path is not None and not path.is_dir():
        raise RulesetError(f"{path} is not a folder of law files")
    if ledger is not None:
        _write_ledger(path, ledger)
    report = check_ruleset(path)
    if as_json:
        print_json(report.json())
    else:
        typer.echo(report.text())
    if report.errors:
        raise typer.Exit(1)


def _write_ledger(path: Path | None, page: Path) -> None:
    from blackletter.coverage import read_ledger
    from blackletter.exports import write_whole
    from blackletter.reader import find_ruleset, load

    root = path or find_ruleset()
    text = read_ledger(load(root), root / "coverage").html()
    write_whole(page, text)


def docket(
    file: Annotated[
        Path | None, typer.Option("--file", metavar="F", help="One docket file; default: the bench.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Asks decided cases of the law, and compares what courts held.

    Each is asked the day before, on the reading adopted, and the day after. Exits 1 where they disagree unexplained.
    """
    from blackletter.docket import read_cases, run_docket
    from blackletter.reader import find_ruleset, load

    bench = run_docket(load(), read_cases(file or find_ruleset() / "docket"))
    if as_json:
        print_json(bench.json())
    else:
        typer.echo(bench.text())
    if bench.unexplained:
        raise typer.Exit(1)
