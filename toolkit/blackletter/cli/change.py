"""Commands about what could be otherwise: change, interview, diff."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from blackletter.errors import BlackletterError, FactError

from .common import (
    AsJson,
    AsOf,
    Assumes,
    AwardId,
    Basis,
    Engine,
    Hyp,
    Sets,
    Withouts,
    one_engine,
    pairs,
    pose_one,
    print_json,
    read_law,
)  # fmt: skip

if TYPE_CHECKING:
    from blackletter.interview import Interview
    from blackletter.ruleset import Ruleset


def change(
    hyp: Hyp, action: Annotated[str, typer.Argument(help="An action or a choice.")], basis: Basis = None,
    to: Annotated[str | None, typer.Option("--to", metavar="VERDICT", help="The verdict to reach.")] = None,
    lock: Annotated[list[str] | None, typer.Option("--lock", metavar="FACT", help="What may not change.")] = None,
    side: Annotated[str | None, typer.Option("--side", help="city or federal: who changes something.")] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="Changes in one set.")] = 3,
    as_of: AsOf = None, sets: Sets = None, assume: Assumes = None, without: Withouts = None, award: AwardId = None,
    engine: Engine = "exact", as_json: AsJson = False,
) -> None:  # fmt: skip
    """What would change a verdict: the smallest sets of changes."""
    law = read_law(assume, without)
    board = law.ask(pose_one(law, hyp, as_of, sets, award), engine)
    finding = board[action, _law_of(law, action, basis)] if basis or action in law.choices else board[action]
    found = finding.change(to, side, lock or (), most)
    if as_json:
        print_json(found.json())
        return
    typer.echo(str(found))


def _law_of(law: Ruleset, action: str, basis: str | None) -> str:
    """The basis asked for; for a choice the one law that speaks to it, when only one does."""
    if basis is not None:
        return basis
    speaking = [name for choice, name in law.code.choices if choice == action]
    if len(speaking) != 1:
        raise FactError(f"several laws speak to {action}: name one with --basis ({', '.join(speaking) or 'none'})")
    return speaking[0]


def interview(
    hyp: Annotated[str | None, typer.Argument(metavar="[HYP]", help="What is known already.")] = None,
    action: Annotated[list[str] | None, typer.Option("--action", help="Ask about this only; may be repeated.")] = None,
    as_of: AsOf = None, sets: Sets = None, assume: Assumes = None, without: Withouts = None, award: AwardId = None,
    engine: Engine = "exact", as_json: AsJson = False,
) -> None:  # fmt: skip
    """Asks only what can still move a verdict, then stops.

    Answers are lines of standard input: a value, "unknown", "FACT=VALUE" to change an earlier answer, "undo". A "#"
    after a value starts its source. With --json nothing is read: the next question after HYP and --set is printed.
    """
    one_engine(engine, "the next question is found")
    law = read_law(assume, without)
    if hyp is None:
        facts = {**({"award": award} if award else {}), **pairs(sets, "--set"), **({"as_of": as_of} if as_of else {})}
        start = law.hypothetical(**facts)
    else:
        start = pose_one(law, hyp, as_of, sets, award)
    held = law.interview(start, action)
    if as_json:
        question = held.next
        waiting = [q.fact for q in held.ranked]
        print_json({"next": question.json() if question else None, "done": held.done, "can_matter": waiting})
        return
    held = _converse(held, sys.stdin.isatty())
    typer.echo(str(held.board) if held.done else _unfinished(held))


def _converse(held: Interview, patient: bool) -> Interview:
    """Goes on until nothing can matter or the lines end; a mistake is told, and asked again of a person."""
    from blackletter.interview import question_text

    while (question := held.next) is not None:
        typer.echo(question_text(held.law, question) + "\n> ", nl=False, err=not patient)
        line = sys.stdin.readline()
        if not line:
            return held
        try:
            held = _answered(held, question.fact, line.strip())
        except BlackletterError as error:
            if not patient:
                raise
            typer.echo(str(error), err=True)
    return held


def _answered(held: Interview, fact: str, line: str) -> Interview:
    value, _, source = (part.strip() for part in line.partition("#"))
    if value == "undo":
        return held.undo()
    named, sign, other = (part.strip() for part in value.partition("="))
    if not sign:
        return held.answer(fact, value, source)
    if named in (a.fact for a in held.asked):
        return held.change(named, other, source or None)
    return held.answer(named, other, source)


def _unfinished(held: Interview) -> str:
    question = held.next
    left = len(held.ranked)
    asks = question.ask if question else ""
    return f"{left} question{'s' if left > 1 else ''} can still move a verdict. Next: {asks}\n\n{held.board}"


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A ruleset folder, or us for the bundled law.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The same, read under --assume, --without and --amend.")],
    hyp: Annotated[str | None, typer.Option("--hyp", metavar="HYP", help="The frame; default springfield.")] = None,
    free: Annotated[list[str] | None, typer.Option("--free", metavar="FACT", help="A fact that takes every value.")]
    = None,
    action: Annotated[list[str] | None, typer.Option("--action", help="One action or choice; may be repeated.")] = None,
    amend: Annotated[list[Path] | None, typer.Option("--amend", metavar="F.yaml", help="Laid over NEW.")] = None,
    as_of: AsOf = None, sets: Sets = None, assume: Assumes = None, without: Withouts = None, award: AwardId = None,
    engine: Engine = "exact", as_json: AsJson = False,
) -> None:  # fmt: skip
    """Where two laws decide otherwise, with an example of each.

    Over every policy of a city: how often they differ, the simplest example, and why.
    """
    one_engine(engine, "differences are found")
    before, after = _folder(old), _folder(new).without(*(without or ()))
    for path in amend or ():
        after = after.amend(path)
    if assume:
        after = after.assume(**pairs(assume, "--assume"))
    frame = None
    if hyp or as_of or sets or award:
        frame = pose_one(before, hyp or "springfield", as_of, sets, award)
    found = before.diff(after, frame, free, action)
    if as_json:
        print_json(found.json())
        return
    typer.echo(str(found))


def _folder(name: str) -> Ruleset:
    from blackletter.reader import find_ruleset, load

    return load(name if Path(name).is_dir() else find_ruleset(name))
