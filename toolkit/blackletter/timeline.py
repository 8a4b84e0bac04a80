"""A verdict by date: the law is piecewise constant, so one evaluation an interval, and the cause of each change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, overload

from .atoms import NEVER
from .desk import ask
from .errors import FactError, quoted
from .hypothetical import to_day

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


class Timeline(Sequence[Interval]):
    """The intervals of one hypothetical in order, each beginning where the one before it ends; a sequence.

    >>> import blackletter as bl
    >>> law = bl.load()
    >>> line = law.timeline(law.hypothetical("springfield"), dt.date(2017, 4, 1), dt.date(2017, 5, 1))
    >>> [str(interval.start) for interval in line]
    ['2017-04-01', '2017-04-25']
    """

    def __init__(self, law: Ruleset, hypothetical: Hypothetical, intervals: Sequence[Interval]) -> None:
        self.law, self.hypothetical, self.intervals = law, hypothetical, tuple(intervals)

    @overload
    def __getitem__(self, index: int) -> Interval: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Interval, ...]: ...
    def __getitem__(self, index: int | slice) -> Interval | tuple[Interval, ...]:
        return self.intervals[index]

    def __len__(self) -> int:
        return len(self.intervals)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timeline) and self.intervals == other.intervals

    def __hash__(self) -> int:
        return hash(tuple(interval.start for interval in self.intervals))

    @property
    def name(self) -> str:
        """Whose timeline it is, as a board would say it."""
        city = self.hypothetical
        preset = self.law.presets.get(city.preset or "")
        return preset.title.partition(",")[0] if preset and city.title == city.preset else city.title

    def text(self) -> str:
        """The stretches of days, why each began and what changed then, as lines."""
        from .strip import timeline_text

        return timeline_text(self)

    def html(self, day: dt.date | None = None) -> str:
        """The picture and the same in a table; ``day`` is marked in it."""
        from .strip import timeline_html

        return timeline_html(self, day)

    def svg(self, day: dt.date | None = None) -> str:
        """The picture alone: one band for each federal action."""
        from .strip import timeline_svg

        return timeline_svg(self, day)

    def __repr__(self) -> str:
        return f"<Timeline of {self.name}: {len(self)} intervals>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": self.text(), "text/html": self.html(self.hypothetical.as_of)}


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
    law: Ruleset, hypothetical: Hypothetical, start: dt.date | str | None = None, end: dt.date | str | None = None,
    engine: str = "exact",
) -> Timeline:  # fmt: skip
    """The intervals of a hypothetical, both clocks moving together, from ``start`` to ``end`` (both included).

    Raises `FactError` when a day is outside the covered ones.
    """
    return Timeline(law, hypothetical, tuple(intervals(law, hypothetical, start, end, engine=engine)))


def intervals(
    law: Ruleset, hypothetical: Hypothetical, start: dt.date | str | None = None, end: dt.date | str | None = None,
    only: Collection[str] | None = None, engine: str = "exact",
) -> Iterator[Interval]:  # fmt: skip
    """The intervals one by one as they are found; ``only`` limits them to some actions and choices."""
    first, last = _day(start) or law.covered.start, _day(end) or law.covered.to
    for day in (first, last):
        if not law.covers(day):
            raise FactError(f"{day} is outside the model: it covers {law.covered.start} to {law.covered.to}")
    if first > last:
        raise FactError(f"the timeline would end ({last}) before it starts ({first})")
    yield from _merged(law, hypothetical, first, last, only, engine)


def _day(given: dt.date | str | None) -> dt.date | None:
    day = None if given is None else to_day(given)
    if given is not None and (day is None or day == NEVER):
        raise FactError(f'a timeline begins and ends on a day like 2017-04-26, not "{quoted(given)}"')
    return day


def on(hypothetical: Hypothetical, day: dt.date) -> Hypothetical:
    """The hypothetical moved to another day: the act and what is known."""
    facts = {k: v for k, v in hypothetical.facts.items() if k != "acted_on"}
    return replace(hypothetical, as_of=day, facts=facts)


def _merged(
    law: Ruleset, hypothetical: Hypothetical, first: dt.date, last: dt.date, only: Collection[str] | None, engine: str
) -> Iterator[Interval]:
    current: Interval | None = None
    for day in boundaries(law, hypothetical, first, last):
        board = ask(law, on(hypothetical, day), engine, only)
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
