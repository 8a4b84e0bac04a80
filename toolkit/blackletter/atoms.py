"""What facts make true: conditions on facts, the atoms they compile to, and the values an unknown fact may take.

A condition is a short line of a law file::

    willful                                a yes-or-no fact, or a term that rules conclude
    not named_in_letter
    detainer = decline or listed_offenses
    hold_hours > 48
    acted_on >= 2017-06-30
    accepted_on >= term_known_on           two dates of the hypothetical
    party_to has santa-clara-v-trump
    jag_1373_applicable = broad            the reading of a question
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor

NEVER = dt.date.max
"""The date of what never happens: later than every day."""

Value = bool | str | float | dt.date
"""A known value of a fact: yes or no, a word, a number, a day."""

_CONDITION = re.compile(
    r"(?P<no>not\s+)?(?P<name>[A-Za-z0-9_.:#-]+)(?:\s*(?P<op>>=|<=|!=|=|>|<|\bhas\b)\s*(?P<value>.+))?"
)


@dataclass(frozen=True, slots=True)
class Condition:
    """A parsed condition: ``name``, perhaps compared (``op``) with ``values``, perhaps denied."""

    name: str
    op: str = ""
    values: tuple[str, ...] = ()
    denied: bool = False


def parse_condition(text: str) -> Condition | None:
    """The condition a line states, or None when it states none.

    >>> parse_condition("detainer = decline or honor")
    Condition(name='detainer', op='=', values=('decline', 'honor'), denied=False)
    >>> parse_condition("not willful").denied
    True
    """
    match = _CONDITION.fullmatch(text.strip())
    if match is None:
        return None
    values = tuple(v.strip() for v in re.split(r"\s+or\s+", match["value"])) if match["value"] else ()
    return Condition(match["name"], match["op"] or "", values, bool(match["no"]))


@dataclass(frozen=True, slots=True)
class Atom:
    """A test of one fact (or of two dates), named so that it can be a literal of the theory.

    ``op`` is ``is`` (one of ``values``), ``ge`` or ``gt`` (against the only value), or ``ge fact`` (against the date
    fact ``other``). A yes-or-no fact is tested ``is True``.
    """

    name: str
    fact: str
    op: str
    values: tuple[Value, ...] = ()
    other: str | None = None

    @property
    def facts(self) -> tuple[str, ...]:
        return (self.fact, self.other) if self.other else (self.fact,)

    def test(self, value: Value, other: Value | None = None) -> bool:
        """Whether the atom is true of known values."""
        if self.op == "is":
            return value in self.values
        against = other if self.other else self.values[0]
        if self.op == "gt":
            return value > against  # type: ignore[operator]
        return value >= against  # type: ignore[operator]


def is_atom(fact: str, values: Sequence[str]) -> Atom:
    """The atom for "the fact is one of these words".

    >>> is_atom("detainer", ["decline"]).name
    'detainer:decline'
    """
    kept = tuple(dict.fromkeys(values))
    name = f"{fact}:{kept[0]}" if len(kept) == 1 else f"{fact}:any:" + ":".join(kept)
    return Atom(name, fact, "is", kept)


def yes_atom(fact: str) -> Atom:
    """The atom for "the fact is yes"."""
    return Atom(fact, fact, "is", (True,))


def since_atom(fact: str, day: dt.date) -> Atom:
    """The atom for "the date is this day or later"."""
    return Atom(f"{fact}:ge:{day}", fact, "ge", (day,))


def number_atom(fact: str, op: str, number: float) -> Atom:
    """The atom for "the number is at least (``ge``) or above (``gt``) this"."""
    return Atom(f"{fact}:{op}:{number:g}", fact, op, (number,))


def order_atom(fact: str, other: str) -> Atom:
    """The atom for "this date is the other date or later"."""
    return Atom(f"{fact}:ge:{other}", fact, "ge fact", (), other)


def cells(
    thresholds: Iterable[Atom], least: float | None, most: float | None, whole: bool = False
) -> tuple[float, ...]:
    """One representative number for each cell between the numbers a fact is compared with; a whole one if need be.

    >>> cells([number_atom("h", "gt", 48.0)], 0, None)
    (24.0, 48.0, 49.0)
    >>> cells([number_atom("y", "ge", 2017.0), number_atom("y", "ge", 2018.0)], 2000, 2030, whole=True)
    (2008.0, 2017.0, 2018.0, 2024.0)
    """
    cuts = sorted({float(a.values[0]) for a in thresholds})  # type: ignore[arg-type]
    if not cuts:
        return (float(least if least is not None else most if most is not None else 0),)
    low = cuts[0] - 1 if least is None else (least + cuts[0]) / 2
    high = cuts[-1] + 1 if most is None else (cuts[-1] + most) / 2
    between = [low, *((a + b) / 2 for a, b in pairwise(cuts))]
    points = [*(map(floor, between) if whole else between), *cuts, ceil(high) if whole else high]
    inside = {p for p in points if (least is None or p >= least) and (most is None or p <= most)}
    return tuple(sorted(map(float, inside)))


def days(cuts: Iterable[dt.date], spare: int, never: bool) -> tuple[dt.date, ...]:
    """One day for each cell between ``cuts``, and ``spare`` more days in each cell for dates compared with each other.

    >>> [str(d) for d in days([dt.date(2017, 6, 30)], 0, False)]
    ['2017-06-29', '2017-06-30']
    """
    ordered = sorted(c for c in set(cuts) if c != NEVER)
    found: set[dt.date] = {NEVER} if never else set()
    for index, cut in enumerate(ordered):
        following = ordered[index + 1] if index + 1 < len(ordered) else NEVER
        found.add(cut)
        found.update(d for d in (cut + dt.timedelta(n) for n in range(1, spare + 1)) if d < following)
    first = ordered[0] if ordered else dt.date(2017, 1, 1)
    found.update(first - dt.timedelta(n) for n in range(1, spare + 2))
    return tuple(sorted(found))


Truth = Callable[[Atom], bool | None]
Values = Mapping[str, Value]
