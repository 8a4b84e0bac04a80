"""Cities side by side: what each of them may meet on its day, and what has changed for each since a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING, Any

from .desk import ask
from .errors import FactError, unknown_name
from .findings import NOT_REGULATED, OUTSIDE
from .pages import styled
from .strip import cause_words, changes_words
from .timeline import Interval, Timeline, intervals
from .views import MARKS, long_date, plain, short_words

if TYPE_CHECKING:
    from .findings import Board
    from .hypothetical import Hypothetical
    from .ruleset import Ruleset

Key = tuple[str, str]
"""An action and "", or a choice and a law."""
QUIET = frozenset((NOT_REGULATED, OUTSIDE))


@dataclass(frozen=True)
class Comparison:
    """Boards side by side: actions down, then choices under each law that speaks to one of the cities; cities across.

    Index with ``[action, city]`` or ``[choice, law, city]`` for a verdict; ``boards`` maps the name of a city to its
    board, where the reasons are.
    """

    law: Ruleset = field(repr=False)
    boards: dict[str, Board] = field(repr=False)
    keys: tuple[Key, ...] = field(repr=False)

    @property
    def cities(self) -> tuple[str, ...]:
        """The names of the cities, in the order given."""
        return tuple(self.boards)

    def __getitem__(self, key: tuple[str, ...]) -> str:
        *about, city = key
        if city not in self.boards:
            raise FactError(unknown_name("city", city, self.cities, plural="cities"))
        board = self.boards[city]
        found = board[about[0]] if len(about) == 1 else board[about[0], about[1]]
        if isinstance(found, tuple):
            raise FactError(f'"{about[0]}" is a choice: say under which law ({", ".join(self.law.laws)})')
        return str(found.verdict)

    def verdicts(self, key: Key) -> tuple[str, ...]:
        """The verdict of each city on one row."""
        return tuple(self[(*filter(None, key), city)] for city in self.cities)

    def differs(self, key: Key) -> bool:
        """Whether the cities have different answers on one row."""
        return len(set(self.verdicts(key))) > 1

    def differences(self) -> Comparison:
        """The rows on which the cities differ."""
        return replace(self, keys=tuple(k for k in self.keys if self.differs(k)))

    def frame(self) -> Any:
        """The verdicts as a pandas DataFrame: rows by title, a column for each city."""
        import pandas as pd

        rows = {self.title(key): self.verdicts(key) for key in self.keys}
        return pd.DataFrame.from_dict(rows, orient="index", columns=list(self.cities))

    def title(self, key: Key) -> str:
        """A row in words."""
        action, under = key
        if not under:
            return self.law.actions[action].title
        return f"{self.law.choices[action].title} ({self.law.laws[under].title})"

    def text(self) -> str:
        """The table as text; ``≠`` before a row says that the cities differ."""
        head = [f"{name}, {board.hypothetical.as_of}" for name, board in self.boards.items()]
        cells = [[f"{MARKS[v]} {short_words(v)}" for v in self.verdicts(key)] for key in self.keys]
        widths = [max(map(len, column)) for column in zip(head, *cells, strict=True)]
        first = max((len(self.title(key)) for key in self.keys), default=0)
        lines = [_line("", " ", first, head, widths)]
        for key, row in zip(self.keys, cells, strict=True):
            lines.append(_line(self.title(key), "≠" if self.differs(key) else " ", first, row, widths))
        return "\n".join([*lines, _foot(self.law)])

    def html(self) -> str:
        """The table as captioned HTML."""
        head = "".join(
            f"<th scope='col'>{escape(plain(name))}<br>{long_date(board.hypothetical.as_of)}</th>"
            for name, board in self.boards.items()
        )
        differ = "<th scope='col'>Differ?</th>" if len(self.boards) > 1 else ""
        return styled(
            "<table class='bl-compare'><caption>What the federal side may do, and what the law says of the city's "
            f"choices</caption><thead><tr><th scope='col'>Act or choice</th>{head}{differ}</tr></thead>"
            f"<tbody>{''.join(map(self._row, self.keys))}</tbody></table>"
            f"<p class='bl-foot'>{escape(_foot(self.law))}</p>"
        )

    def _row(self, key: Key) -> str:
        cells = "".join(
            f"<td data-verdict='{escape(v)}'><span class='bl-mark'>{escape(MARKS[v])}</span> "
            f"{escape(short_words(v))}</td>"
            for v in self.verdicts(key)
        )
        if len(self.boards) > 1:
            cells += f"<td>{'<strong>yes</strong>' if self.differs(key) else 'no'}</td>"
        return f"<tr><th scope='row'>{escape(self.title(key))}</th>{cells}</tr>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": self.text(), "text/html": self.html()}


@dataclass(frozen=True)
class Since:
    """What changed for each city from ``start`` (its own verdicts are the first) to the city's day, both included."""

    law: Ruleset = field(repr=False)
    start: dt.date
    timelines: tuple[Timeline, ...]

    @property
    def changes(self) -> tuple[tuple[dt.date, str, Interval], ...]:
        """(day, city, the interval that begins there), oldest first, cities in the order given."""
        found = [(i.start, line.hypothetical.title, i) for line in self.timelines for i in line[1:]]
        return tuple(sorted(found, key=lambda change: change[0]))

    @property
    def unchanged(self) -> tuple[str, ...]:
        """The cities for which nothing changed."""
        return tuple(line.hypothetical.title for line in self.timelines if len(line) == 1)

    def __len__(self) -> int:
        return len(self.changes)

    def text(self) -> str:
        """One paragraph for each change: the day, the city, why, what."""
        lines = [self._title()]
        for day, city, interval in self.changes:
            lines.append(f"{long_date(day)}, {plain(city)}")
            lines.append(f"  because: {self._because(interval)}")
            lines += [f"    {words}" for words in self._said(interval)]
        lines += [f"Nothing changed for {plain(city)}." for city in self.unchanged]
        return "\n".join([*lines, _foot(self.law)])

    def html(self) -> str:
        """The changes as a captioned table."""
        rows = "".join(
            f"<tr data-start='{day}'><th scope='row' style='width:13%'>{long_date(day)}</th>"
            f"<td>{escape(plain(city))}</td><td>{escape(self._because(interval))}</td>"
            f"<td>{''.join(f'<div>{escape(words)}</div>' for words in self._said(interval))}</td></tr>"
            for day, city, interval in self.changes
        )
        heads = {"Day": "13%", "City": "13%", "Why it changed": "30%", "What changed": "44%"}
        head = "".join(f"<th scope='col' style='width:{wide}'>{name}</th>" for name, wide in heads.items())
        quiet = "".join(f"<p>Nothing changed for {escape(plain(city))}.</p>" for city in self.unchanged)
        return styled(
            f"<table class='bl-since'><caption>{escape(self._title())}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{rows}</tbody></table>{quiet}<p class='bl-foot'>{escape(_foot(self.law))}</p>"
        )

    def _title(self) -> str:
        return f"What changed since {long_date(self.start)}"

    def _because(self, interval: Interval) -> str:
        return "; ".join(words.rstrip(".") for words in cause_words(self.law, interval.cause))

    def _said(self, interval: Interval) -> Iterator[str]:
        return changes_words(self.law, ((*c.key, c.before, c.after) for c in interval.changes))

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": self.text(), "text/html": self.html()}


def compare(law: Ruleset, cities: Sequence[Hypothetical]) -> Comparison:
    """The boards of some cities side by side; raises `FactError` unless each has a name of its own."""
    _named_apart(cities)
    boards = {city.title: ask(law, city) for city in cities}
    actions = [(a, "") for a in law.actions if any(b.actions[a].bases for b in boards.values())]
    choices = [k for c in law.choices for k in _spoken(boards.values(), c)]
    return Comparison(law, boards, (*actions, *choices))


def since(
    law: Ruleset, start: dt.date, cities: Sequence[Hypothetical], actions: Collection[str] | None = None
) -> Since:
    """What changed for some cities since a day, about some actions and choices (default: all of them).

    Raises `FactError` for a city whose day is before ``start``, for days outside the model, for an unknown action, and
    unless each city has a name of its own.
    """
    _named_apart(cities)
    known = (*law.actions, *law.choices)
    strange = [unknown_name("action", a, known) for a in actions or () if a not in known]
    if strange:
        raise FactError(strange)
    lines = [Timeline(law, c, tuple(intervals(law, c, start, c.as_of, actions))) for c in cities]
    return Since(law, start, tuple(lines))


def _named_apart(cities: Sequence[Hypothetical]) -> None:
    names = [city.title for city in cities]
    twice = sorted({name for name in names if names.count(name) > 1})
    if not names:
        raise FactError("name at least one city")
    if twice:
        raise FactError(f'each city needs a name of its own, as in with_facts(name="..."): {", ".join(twice)}')


def _spoken(boards: Collection[Board], choice: str) -> Iterator[Key]:
    """The laws that say something of a choice to one of the cities at least."""
    for law in dict.fromkeys(key for board in boards for key in board.choices if key[0] == choice):
        if any(board.choices[law].verdict not in QUIET for board in boards if law in board.choices):
            yield law


def _line(title: str, mark: str, first: int, cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
    return f"{mark} {title:<{first}}  {padded}".rstrip()


def _foot(law: Ruleset) -> str:
    over = "".join(f" · {o}" for o in law.overlays)
    return f"Ruleset {law.id} {law.version} · {law.hash}{over}. {law.not_advice}"
