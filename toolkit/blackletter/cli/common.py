"""What every command shares: the options that pose a hypothetical, and JSON out."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from blackletter.errors import FactError, unknown_name

if TYPE_CHECKING:
    from blackletter.hypothetical import Hypothetical
    from blackletter.ruleset import Ruleset

Hyp = Annotated[
    str, typer.Argument(metavar="HYP", help="A preset, like springfield or chicago, or a YAML or JSON file.")
]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DAY", help="The day of asking, like 2017-04-26.")]
Sets = Annotated[list[str] | None, typer.Option("--set", metavar="FACT=VALUE", help="A fact; may be repeated.")]
Assumes = Annotated[
    list[str] | None,
    typer.Option("--assume", metavar="QUESTION=READING", help="Read an open question so; may be repeated."),
]
Withouts = Annotated[
    list[str] | None, typer.Option("--without", metavar="ID", help="As if this suit, order or law file had never been.")
]
AwardId = Annotated[
    str | None, typer.Option("--award", metavar="ID", help="An award on file; or one of the awards that HYP names.")
]
Engine = Annotated[str, typer.Option("--engine", help="Who computes: exact, planes or chain; they agree.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout.")]
Basis = Annotated[str | None, typer.Option("--basis", metavar="ID", help="One power claimed; for a choice, one law.")]


def pairs(items: Sequence[str] | None, option: str) -> dict[str, str]:
    """The NAME=VALUE items of an option as a dictionary; raises `FactError` on any other shape."""
    found: dict[str, str] = {}
    for item in items or ():
        name, sign, value = item.partition("=")
        if not sign or not name.strip():
            raise FactError(f'{option} takes NAME=VALUE, not "{item}"')
        found[name.strip()] = value.strip()
    return found


def read_law(assume: Sequence[str] | None, without: Sequence[str] | None) -> Ruleset:
    """The bundled law under the overlays of the command line."""
    from blackletter.reader import load

    law = load().without(*(without or ()))
    return law.assume(**pairs(assume, "--assume")) if assume else law


def pose_one(law: Ruleset, hyp: str, as_of: str | None, sets: Sequence[str] | None, award: str | None) -> Hypothetical:
    """The one hypothetical a command names."""
    return _only(hyp, pose_all(law, hyp, as_of, sets, award))


def pose_awards(
    law: Ruleset, hyp: str, as_of: str | None, sets: Sequence[str] | None, award: str | None
) -> tuple[Hypothetical, ...]:
    """The hypothetical a command names, or one for each award of its city."""
    posed = pose_all(law, hyp, as_of, sets, award)
    return posed if len({p.name for p in posed}) == 1 else (_only(hyp, posed),)


def _only(hyp: str, posed: tuple[Hypothetical, ...]) -> Hypothetical:
    from blackletter.files import several

    if len(posed) > 1:
        named = several(posed)
        hint = "say which with --award" if "awards" in named else "only ask takes them together"
        raise FactError(f"{hyp} names {named}; {hint}")
    return posed[0]


def pose_all(
    law: Ruleset, hyp: str, as_of: str | None, sets: Sequence[str] | None, award: str | None
) -> tuple[Hypothetical, ...]:
    """The hypothetical a command names, or one for each award of each entity of a file."""
    from blackletter.files import read_rows
    from blackletter.hypothetical import pose

    facts: dict[str, object] = {**pairs(sets, "--set"), **({"as_of": as_of} if as_of is not None else {})}
    chosen = {"award": award} if award is not None else {}
    if hyp in law.presets:
        return (pose(law, hyp, {**chosen, **facts}),)
    path = Path(hyp)
    if path.suffix not in (".yaml", ".yml", ".json", ".csv") and not _is_file(path):
        raise FactError(unknown_name("preset", hyp, law.presets))
    rows = read_rows(law, path)
    if award is not None and any(row.award_name for row in rows):
        rows, chosen = _with_award(hyp, rows, award), {}
    return tuple(row.with_facts(**chosen, **facts) for row in rows)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name longer than a file's may be
        return False


def _with_award(hyp: str, rows: Sequence[Hypothetical], award: str) -> tuple[Hypothetical, ...]:
    """The rows about one of the awards that a file names."""
    found = tuple(row for row in rows if row.award_name == award)
    if not found:
        raise FactError(unknown_name("award", award, dict.fromkeys(str(row.award_name) for row in rows), where=hyp))
    return found


def one_engine(engine: str, what: str, own: str = "exact") -> None:
    """Says on stderr that ``what`` is the work of its own engine, where another is named; raises for an unknown one."""
    from blackletter.desk import ENGINES

    if engine not in ENGINES:
        raise FactError(unknown_name("engine", engine, ENGINES))
    if engine not in ("exact", own):
        typer.echo(f"{what} by the {own} engine, not by {engine}; their answers are the same", err=True)


def day(law: Ruleset, text: str | None, option: str = "--as-of") -> dt.date | None:
    """A day as the hypothetical reads it, a fault named after its option; None stays None."""
    try:
        return None if text is None else law.hypothetical(as_of=text).as_of
    except FactError as error:
        raise FactError(str(error).replace("as_of", option, 1)) from None


def print_json(data: object) -> None:
    """Writes data to standard output as JSON."""
    typer.echo(json.dumps(data, indent=2, ensure_ascii=False))
