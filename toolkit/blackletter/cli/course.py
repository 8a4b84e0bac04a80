"""The command for a class: the exercises, their answer key, a student's progress; the rules no notebook names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .common import AsJson, print_json


def course(
    key: Annotated[Path | None, typer.Option("--key", metavar="F.md", help="Write the answer key.")] = None,
    kit: Annotated[Path | None, typer.Option("--kit", metavar="DIR", help="Write handout, key and list.")] = None,
    progress: Annotated[
        Path | None,
        typer.Option("--progress", metavar="F.json", help="Sum up a student's file, or a folder with a class's."),
    ] = None,
    unnamed: Annotated[bool, typer.Option("--unnamed", help="The rules that no notebook names.")] = False,
    notebooks: Annotated[
        Path, typer.Option("--notebooks", metavar="DIR", help="Where they are, for --unnamed.")
    ] = Path("notebooks"),
    as_json: AsJson = False,
) -> None:
    """The exercises of the course, their answers, your progress.

    With --key the answers, made by the engine; with --progress what was predicted.

    --kit writes a folder with the handout, the key and a list for a grade book. With --unnamed, instead, the rules on
    file that no notebook names, by instrument.
    """
    if unnamed:
        _unnamed(notebooks, as_json)
        return
    if kit is not None:
        _kit(kit)
        return
    if progress is not None and progress.is_dir():
        _class(progress, as_json)
        return
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


def _kit(folder: Path) -> None:
    from blackletter.classroom import write_kit
    from blackletter.reader import load

    for path in write_kit(load(), folder):
        typer.echo(str(path))


def _class(folder: Path, as_json: bool) -> None:
    from blackletter.classroom import class_report
    from blackletter.reader import load

    found = class_report(load(), folder)
    if as_json:
        print_json(found.json())
        return
    typer.echo(found.text())


def _unnamed(folder: Path, as_json: bool) -> None:
    from blackletter.coverage import unnamed_rules
    from blackletter.errors import FactError
    from blackletter.reader import load

    paths = sorted(folder.glob("*.ipynb"))
    if not paths:
        raise FactError(f"{folder} holds no notebook: name their folder with --notebooks")
    law = load()
    found = unnamed_rules(law, paths)
    count, known = sum(map(len, found.values())), sum(len(i.rules) for i in law.instruments.values())
    if as_json:
        print_json({"notebooks": len(paths), "rules": known, "unnamed": {k: list(v) for k, v in found.items()}})
        return
    typer.echo(f"{count} of {known} rules are named by none of {len(paths)} notebooks:")
    for name, rules in found.items():
        typer.echo(f"  {len(rules):>2}  {law.instruments[name].title}: {', '.join(r.partition('#')[2] for r in rules)}")
