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

Hyp = Annotated[str, typer.Argument(metavar="HYP", help="A preset id or a YAML or JSON file.")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DAY", help="The day of asking, like 2017-04-26.")]
Sets = Annotated[list[str] | None, typer.Option("--set", metavar="FACT=VALUE", help="A fact; may be repeated.")]
Assumes = Annotated[list[str] | None, typer.Option("--assume", metavar="QUESTION=READING", help="Fix a reading.")]
Withouts = Annotated[list[str] | None, typer.Option("--without", metavar="ID", help="Leave out a suit, order or file.")]
AwardId = Annotated[str | None, typer.Option("--award", help="A preset award.")]
Engine = Annotated[str, typer.Option("--engine", help="exact, planes or chain.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout.")]
Basis = Annotated[str | None, typer.Option("--basis", help="One basis, or one law for a choice.")]


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
    posed = pose_all(law, hyp, as_of, sets, award)
    if len(posed) > 1:
        raise FactError(f"{hyp} names several entities; only ask takes them together")
    return posed[0]


def pose_all(
    law: Ruleset, hyp: str, as_of: str | None, sets: Sequence[str] | None, award: str | None
) -> tuple[Hypothetical, ...]:
    """The hypothetical a command names, or one for each entity of a file."""
    from blackletter.hypothetical import pose, read_entities

    facts: dict[str, object] = {}
    if award is not None:
        facts["award"] = award
    facts.update(pairs(sets, "--set"))
    if as_of is not None:
        facts["as_of"] = as_of
    if hyp in law.presets:
        return (pose(law, hyp, facts),)
    path = Path(hyp)
    if path.suffix in (".yaml", ".yml", ".json") or path.exists():
        return tuple(posed.with_facts(**facts) for posed in read_entities(law, path))
    raise FactError(unknown_name("preset", hyp, law.presets))


def day(law: Ruleset, text: str | None) -> dt.date | None:
    """A day as the hypothetical reads it; None stays None."""
    return None if text is None else law.hypothetical(as_of=text).as_of


def print_json(data: object) -> None:
    """Writes data to standard output as JSON."""
    typer.echo(json.dumps(data, indent=2, ensure_ascii=False))
