"""The command that shows what courts have said on open questions: splits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from blackletter.errors import FactError

from .common import (
    AsJson,
    AsOf,
    Assumes,
    AwardId,
    Engine,
    Sets,
    Withouts,
    day,
    one_engine,
    pose_one,
    print_json,
    read_law,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blackletter.splits import Precedents, Splits

Question = Annotated[str | None, typer.Argument(help="One question; default: every question a court has ruled on.")]
For = Annotated[str | None, typer.Option("--for", metavar="HYP", help="A preset id or a file: what binds that city.")]


def splits(
    question: Question = None, hyp: For = None, as_of: AsOf = None, sets: Sets = None, assume: Assumes = None,
    without: Withouts = None, award: AwardId = None, engine: Engine = "exact", as_json: AsJson = False,
) -> None:  # fmt: skip
    """Open questions by period and circuit; what binds one city.

    With --for a city: what binds it, what persuades, and where courts are silent.

    Without --for, --as-of asks about that one day; with it, about the city on that day.
    """
    from blackletter.draft import say_day
    from blackletter.splits import precedents, splits

    one_engine(engine, "what binds is found", "planes")
    law = read_law(assume, without)
    if hyp is None and (sets or award):
        raise FactError("--set and --award say something of a city: name it with --for")
    posed = None if hyp is None else pose_one(law, hyp, as_of, sets, award)
    one = None if hyp is not None or as_of is None else day(law, as_of)
    table = splits(law, None if question is None else [question], None if one is None else [one])
    asked = law.questions if question is None else [question]
    found = [] if posed is None else [precedents(posed, q) for q in asked]
    if as_json:
        city: dict[str, Any] | None = None
        if posed is not None:
            city = {"name": posed.title, "as_of": posed.as_of.isoformat(), "questions": [p.json() for p in found]}
        head = {"id": law.id, "version": law.version, "hash": law.hash, "overlays": list(law.overlays)}
        print_json({"ruleset": head, "questions": table.json(), "hypothetical": city, "note": law.not_advice})
        return
    whom = "" if posed is None else f"{posed.title} on {say_day(posed.as_of)}"
    typer.echo(_text(table, found, whom, law.not_advice))


def _text(table: Splits, found: Sequence[Precedents], whom: str, note: str) -> str:
    blocks = [] if found else [table.text()]
    if found:
        blocks.append(f"What courts have said, for {whom}")
        blocks += [p.text() for p in found if not p.silent or len(found) == 1]
        silent = [p.asks for p in found if p.silent]
        if silent and len(found) > 1:
            blocks.append("\n".join(["No court on file has ruled on these:", *(f"  {asks}" for asks in silent)]))
        if len(found) == 1:
            blocks.append(table.text())
    return "\n\n".join([*blocks, note])
