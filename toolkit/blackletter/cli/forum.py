"""The command that asks one hypothetical everywhere: map."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from blackletter.errors import FactError

from .common import AsJson, AsOf, Assumes, AwardId, Basis, Engine, Hyp, Sets, Withouts, pose_one, print_json, read_law


def map_forums(
    hyp: Hyp, action: Annotated[str, typer.Argument(help="An action or a choice.")], basis: Basis = None,
    as_of: AsOf = None, sets: Sets = None, assume: Assumes = None, without: Withouts = None, award: AwardId = None,
    engine: Engine = "exact",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="A picture (.svg) or a page (.html).")] = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """One hypothetical in every State, on one day.

    The District of Columbia and the territories too; -o draws a picture or writes a page.
    """
    law = read_law(assume, without)
    found = law.map(pose_one(law, hyp, as_of, sets, award), action, basis, engine)
    if output is not None:
        write = {".svg": found.svg, ".html": found.html}.get(output.suffix)
        if write is None:
            raise FactError(f"{output} is no .svg or .html file")
        try:
            output.write_text(write(), encoding="utf-8")
        except OSError as error:
            raise FactError(f"{output} cannot be written: {error.strerror}") from None
        typer.echo(f"wrote {output}", err=True)
    if as_json:
        print_json({
            "ruleset": {"id": law.id, "version": law.version, "hash": law.hash, "overlays": list(law.overlays)},
            "as_of": found.hypothetical.as_of.isoformat(), "action": action, "basis": basis,
            "counts": found.counts(), "note": law.not_advice,
            "rows": [
                {"state": r.state, "name": r.name, "circuit": r.circuit, "verdict": r.verdict, "by": list(r.by)}
                for r in found.rows
            ],
        })  # fmt: skip
    elif output is None:
        typer.echo(str(found))
