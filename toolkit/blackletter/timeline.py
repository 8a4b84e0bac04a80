"""A verdict by date: the law is piecewise constant, so one evaluation an interval, and the cause of each change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .atoms import NEVER
from .desk import ask
from .errors import FactError

if TYPE_CHECKING:
    from .findings import Board
    from .hypothetical import Hypothetical
    from .ruleset import Ruleset

CLOCKS = ("acted_on", "as_of")
Key = tuple[str, str]


@dataclass(frozen=True)
class Change:
    """A finding whose verdict is another than in the interval before."""

    key: Key
    before: str
    after: str


@dataclass(frozen=True)
class Interval:
    """Days from ``start`` (counts) until ``until`` (does not count) with the same verdicts.

    ``verdicts`` maps (action, basis) and (choice, law) to a verdict, ``actions`` each action to its line. ``cause``
    names the rules, orders, holdings and instruments whose day it is at ``start``; ``changes`` what they changed.
    """

    start: dt.date
    until: dt.date
    verdicts: Mapping[Key, str]
    actions: Mapping[str, str]
    cause: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()


def boundaries(law: Ruleset, hypothetical: Hypothetical, start: dt.date, end: dt.date) -> list[dt.date]:
    """The days on which an answer can change: every day the law names, and the known days it compares them with."""
    days = {start}
    for clock in CLOCKS:
        for atom in law.code.by_fact.get(clock, ()):
            other = next((f for f in atom.facts if f not in CLOCKS), None)
            day = hypothetical.facts.get(other) if other else atom.values[0] if atom.values else None
            if isinstance(day, dt.date) and day != NEVER:
                days |= {day, day + dt.timedelta(1)} if other else {day}
    return sorted(d for d in days if start <= d <= end)


def timeline(
    law: Ruleset, hypothetical: Hypothetical, start: dt.date | None = None, end: dt.date | None = None
) -> tuple[Interval, ...]:
    """The intervals of a hypothetical, both clocks moving together, from ``start`` to ``end`` (both included).

    Raises `FactError` when a day is outside the covered ones.
    """
    first, last = start or law.covered.start, end or law.covered.to
    for day in (first, last):
        if not law.covers(day):
            raise FactError(f"{day} is outside the model: it covers {law.covered.start} to {law.covered.to}")
    if first > last:
        raise FactError(f"the timeline would end ({last}) before it starts ({first})")
    return tuple(_merged(law, hypothetical, first, last))


def on(hypothetical: Hypothetical, day: dt.date) -> Hypothetical:
    """The hypothetical moved to another day: the act and what is known."""
    facts = {k: v for k, v in hypothetical.facts.items() if k != "acted_on"}
    return replace(hypothetical, as_of=day, facts=facts)


def _merged(law: Ruleset, hypothetical: Hypothetical, first: dt.date, last: dt.date) -> Iterator[Interval]:
    current: Interval | None = None
    for day in boundaries(law, hypothetical, first, last):
        board = ask(law, on(hypothetical, day))
        verdicts, actions = _verdicts(board)
        if current is None:
            current = Interval(day, last + dt.timedelta(1), verdicts, actions)
        elif (verdicts, actions) != (current.verdicts, current.actions):
            yield replace(current, until=day)
            changes = _changes(current, verdicts, actions)
            current = Interval(day, last + dt.timedelta(1), verdicts, actions, _cause(law, hypothetical, day), changes)
    if current is not None:
        yield current


def _verdicts(board: Board) -> tuple[dict[Key, str], dict[str, str]]:
    verdicts = {(f.action, f.basis): f.verdict for f in board.findings}
    return verdicts, {name: found.verdict for name, found in board.actions.items() if found.bases}


def _changes(before: Interval, verdicts: Mapping[Key, str], actions: Mapping[str, str]) -> tuple[Change, ...]:
    found = [Change(k, before.verdicts[k], v) for k, v in verdicts.items() if before.verdicts[k] != v]
    found += [Change((a, ""), before.actions[a], v) for a, v in actions.items() if before.actions[a] != v]
    return tuple(found)


def _cause(law: Ruleset, hypothetical: Hypothetical, day: dt.date) -> tuple[str, ...]:
    """The sources of the rules that read an atom which turns on this day."""
    was, now = (on(hypothetical, d).row for d in (day - dt.timedelta(1), day))
    clocked = [a for clock in CLOCKS for a in law.code.by_fact.get(clock, ())]
    turned = {a.name for a in clocked if was.truth(a) != now.truth(a)}
    names = []
    for rule in law.code.theory.rules:
        if turned & {literal.lstrip("~") for literal in rule.body}:
            about = law.code.authority[rule.id]
            names.append(about.name or about.instrument or about.says)
    return tuple(dict.fromkeys(names))
