"""The command for a class: the exercises, their answer key, a student's progress."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .common import AsJson, print_json


def course(
    key: Annotated[Path | None, typer.Option("--key", metavar="F.md", help="Write the answer key.")] = None,
    progress: Annotated[
        Path | None, typer.Option("--progress", metavar="F.json", help="Sum up a student's progress file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The exercises of the course; with --key the answers, made by the engine; with --progress what was predicted."""
    from blackletter.exercises import Progress, bundled
    from blackletter.exports import write_whole
    from blackletter.reader import load
    from blackletter.sheets import answer_key

    exercises = bundled()
    if key is not None:
        write_whole(key, answer_key(load(), exercises))
        typer.echo(f"{len(exercises)} answers written to {key}")
        return
    tried = Progress(progress).read() if progress is not None else {}
    rows = [
        {"id": e.id, "notebook": e.notebook, "title": e.title, "tries": len(tried.get(e.id, ())),
         "right": any(t.get("right") for t in tried.get(e.id, ()))}
        for e in exercises
    ]  # fmt: skip
    if as_json:
        print_json({"exercises": rows})
        return
    for row in rows:
        done = f"  {'right' if row['right'] else 'not yet'} after {row['tries']}" if progress is not None else ""
        typer.echo(f"{row['notebook']:<40} {row['id']:<32} {row['title']}{done}")
