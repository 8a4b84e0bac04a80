"""The command that measures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .common import AsJson, print_json


def bench(
    peers: Annotated[bool, typer.Option("--peers", help="Other engines on the same rules; from a checkout.")] = False,
    rows: Annotated[int, typer.Option("--rows", min=64, help="Rows of a sweep.")] = 1 << 22,
    asks: Annotated[int, typer.Option("--asks", min=1, help="Asks of the memory test.")] = 300,
    repeat: Annotated[int, typer.Option("--repeat", min=1, help="Runs behind each median.")] = 7,
    write: Annotated[Path | None, typer.Option("--write", help="A folder for bench.md and bench.svg.")] = None,
    as_json: AsJson = False,
) -> None:
    """What answers cost on this machine, beside budget or peer.

    Medians of several runs; never a pass or a failure.
    """
    from blackletter import bench as costs
    from blackletter.reader import load

    law, sizes = load(), costs.Sizes(rows, asks, repeat)
    found = list(costs.bench(law, sizes))
    if peers:
        found += costs.outside("peers").measure(law, sizes, lambda note: typer.echo(note, err=True))
    if write is not None:
        costs.outside("page").write(found, write)
    if as_json:
        print_json(costs.as_json(found))
        return
    for row in found:
        typer.echo(row.text())
