"""A block: some rows of a frame, their words, numbers and days read as facts, and answered group by group.

What presets and awards state becomes columns too. Rows on days between which no rule tells a difference, that know the
same dates, States and suits, are one group; which of its other facts a row knows is a bit like any other. The verdicts
of a group are compiled once (`blackletter.verdicts`) and run over planes of its rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from .circuits import Compiled, bit_name, numbered
from .columns import Column, joined, rows_by
from .errors import FactError, Fault
from .exact import OutOfRoomError
from .frames import SPECIAL, Reader, bound
from .hypothetical import UNKNOWN, Hypothetical
from .planes import pack
from .verdicts import VaryingRow, gap_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .ruleset import Ruleset

    Array: TypeAlias = NDArray[Any]

MOST_FAULTS = 100


class Block:
    """Some rows of a frame, read. Raises `FactError` with every fault: the first hundred, then how many more."""

    def __init__(self, reader: Reader, frame: pd.DataFrame) -> None:
        self.reader, self.law, self.frame, self.rows = reader, reader.law, frame, len(frame)
        self.faults: list[tuple[int, str, Fault]] = []
        names = [c for c in frame.columns if c in self.law.facts or c in SPECIAL]
        self.columns = {name: self._column(name, frame[name]) for name in names}
        self._agree()
        self._stop()
        self.every = {**self.columns, **self._stated()}
        self.gapped = reader.gapped(self.every)

    # reading -------------------------------------------------------------------------------------------------------

    def _column(self, name: str, series: pd.Series[Any]) -> Column:
        noun = self.law.facts.get(name)
        if noun is not None and noun.kind == "yes or no" and series.dtype == np.dtype(bool):
            return Column((False, True), series.to_numpy().view(np.int8))
        if noun is not None and noun.kind == "number" and pd.api.types.is_numeric_dtype(series.dtype):
            return self._numbers(name, series)
        if isinstance(series.dtype, pd.CategoricalDtype):
            read = self.reader.categories(name, series.cat.categories)
            return self._worded(name, series.array.codes, read)
        codes, words = pd.factorize(series)
        return self._worded(name, codes, [self.reader.word(name, w) for w in words])

    def _worded(self, name: str, codes: Array, read: Sequence[tuple[Any, tuple[Fault, ...]]]) -> Column:
        wrong = [n for n, (_, faults) in enumerate(read) if faults]
        for n in wrong:
            self.faults += [(int(at), name, f) for at in np.flatnonzero(codes == n) for f in read[n][1]]
        values = [value for value, _ in read]
        if any(v is None for v in values):
            places = np.array([-1 if v is None else n for n, v in enumerate(values)] + [-1])
            codes = places[codes]
        return Column(values, codes)

    def _numbers(self, name: str, series: pd.Series[Any]) -> Column:
        """A column of numbers by the cells between the numbers it is compared with."""
        noun = self.law.facts[name]
        raw = series.to_numpy(dtype=float, na_value=np.nan)
        low = noun.least if noun.least is not None else -np.inf
        high = noun.most if noun.most is not None else np.inf
        broken = (raw % 1 > 0) if noun.whole else np.False_
        for at in np.flatnonzero((raw < low) | (raw > high) | np.isinf(raw) | broken):
            self.faults += [(int(at), name, f) for f in self.reader.word(name, float(raw[at]))[1]]
        cuts: Any = sorted({float(v) for a in self.law.code.by_fact.get(name, ()) for v in a.values})  # type: ignore[arg-type]
        codes = np.searchsorted(cuts, raw, "left") + np.searchsorted(cuts, raw, "right")
        codes[np.isnan(raw)] = -1
        ends = [cuts[0] - 1, *cuts, cuts[-1] + 1] if cuts else [0.0, 0.0]
        values = [x for a, b in pairwise(ends) for x in ((a + b) // 2 if noun.whole else (a + b) / 2, b)][:-1]
        return Column([ends[0], *values[1:-1], ends[-1]] if cuts else [0.0], codes, raw)

    def _agree(self) -> None:
        """Columns that bind each other: a circuit follows from its State; no suit is both stated and denied."""
        for one, other in (*((noun.follows, f) for f, noun in self.law.facts.items()), ("party_to", "not_party_to")):
            if one is not None and other in self.columns and not self.faults:
                self._agree_on(one, other)

    def _agree_on(self, one: str, other: str) -> None:
        """Poses each pair of values once, and blames every row that has a pair which cannot be."""
        bases, _ = self._start
        first = self.columns[one].codes if one in self.columns else bases
        pairs = joined([first, self.columns[other].codes])
        if pairs is None:
            self._blame(0, slice(None), other)
            return
        for at, rows in rows_by(pairs):
            self._blame(at, rows, other)

    def _blame(self, at: int, rows: Any, column: str) -> None:
        if self.rows:
            try:
                self.posed(at)
            except FactError as error:
                self.faults += [(int(n), column, f) for n in np.arange(self.rows)[rows] for f in error.faults]

    def _stop(self) -> None:
        if not self.faults:
            return
        self.faults.sort(key=lambda fault: fault[0])
        shown, listed = [], set()
        for at, column, fault in self.faults[:MOST_FAULTS]:
            what = f"row {self.frame.index[at]}, column {column}: {fault.what}"
            shown.append(replace(fault, what=what, known=() if column in listed else fault.known))
            listed.add(column)
        more = len(self.faults) - len(shown)
        raise FactError([*shown, Fault("more", f"and {more:,} more faults like these")] if more else shown)

    # one row -------------------------------------------------------------------------------------------------------

    @cached_property
    def _start(self) -> tuple[Array, list[tuple[Any, Any]]]:
        """The number of what each row starts from, and (preset, award) by number."""
        given = [self.columns[name] for name in ("preset", "award") if name in self.columns]
        codes = joined([c.codes for c in given])
        if codes is None:
            return np.zeros(self.rows, dtype=np.intp), [self._preset(0)] if self.rows else []
        numbers, first = pd.factorize(codes)[0], []
        for at, _ in rows_by(numbers):
            first.append(self._preset(at))
        return numbers, first

    def _preset(self, at: int) -> tuple[Any, Any]:
        preset, award = (self.columns[c].value(at) if c in self.columns else None for c in ("preset", "award"))
        return preset, award

    def _stated(self) -> dict[str, Column]:
        """What the presets and awards that rows start from state differently, as columns."""
        start, pairs = self._start
        if len(pairs) < 2:
            return {}
        bases, found = [self.reader.base(*pair) for pair in pairs], {}
        for name in self.law.facts.keys() - self.columns.keys():
            whole = self.law.facts[name].kind == "set" or name == "acted_on"
            values = [base.facts.get(name) if whole else base.row.known.get(name) for base in bases]
            if any(value != values[0] for value in values):
                known = list(dict.fromkeys(v for v in values if v is not None))
                places = np.array([-1 if v is None else known.index(v) for v in values])
                found[name] = Column(known, places[start])
        days, own = [base.as_of for base in bases], self.columns.get("as_of")
        if own is None:
            found["as_of"] = Column(days, start)
        elif own.gaps is not None:
            found["as_of"] = Column([*own.values, *days], np.where(own.gaps, start + len(own.values), own.codes))
        return found

    def _ways(self) -> Array:
        """A number of how what a row starts from speaks of what is not just known or unknown: the act, the suits."""
        start, pairs = self._start
        names = {"acted_on", "actor", "party_to", "not_party_to"} - self.columns.keys()
        bases = [self.reader.base(*pair) for pair in pairs]
        said = [tuple((name in base.facts, name in base.open) for name in sorted(names)) for base in bases]
        return np.array([said.index(each) for each in said])[start]

    def posed(self, at: int) -> Hypothetical:
        """The hypothetical in one row."""
        preset, award = self._preset(at)
        cells = {name: column.value(at) for name, column in self.columns.items() if name not in SPECIAL}
        facts = {name: UNKNOWN if value is None else value for name, value in cells.items()}
        as_of = self.columns["as_of"].value(at) if "as_of" in self.columns else None
        facts |= {k: v for k, v in (("award", award), ("as_of", as_of)) if v is not None}
        return self.law.hypothetical(preset, **facts)

    def signature(self, at: int) -> tuple[Any, ...]:
        """What one row states, as a key."""
        return tuple(column.value(at) for column in self.columns.values())

    # groups --------------------------------------------------------------------------------------------------------

    def verdicts(self, out: Array) -> None:
        """Fills ``out`` (findings by rows) with the numbers of the verdict words."""
        try:
            self._fill(out)
        except OutOfRoomError:
            self.reader.apart, self.gapped = True, frozenset()
            self._fill(out)

    def _fill(self, out: Array) -> None:
        for at, rows in self._groups(self._patterns()):
            posed = self.posed(at)
            fixed = sorted(f for f in self._fixed(posed) if f in self.every)
            for first, part in self._split(at, rows, fixed):
                self._answer(self.posed(first) if first != at else posed, first, part, fixed, out)

    def _patterns(self) -> Array | None:
        """The number of each row's group, None when they are all one: gaps that no bit may carry, and days."""
        telling = {name: c for name, c in self.every.items() if name in self.reader.telling - self.gapped}
        keys = [c.gaps for name, c in telling.items() if c.gaps is not None and name != "as_of"]
        keys += [self._ways()] if len(self._start[1]) > 1 else []
        suits = self.every.get("party_to")
        if suits is not None and any(v is not None and UNKNOWN in v for v in suits.values):
            keys.append(suits.chosen([v is not None and UNKNOWN in v for v in suits.values], slice(None)))
        return joined([*keys, *(self._cells(day) for day in ("as_of", "acted_on") if day in self.every)])

    def _cells(self, day: str) -> Array:
        """The number of the span of days, between which no rule tells a difference, in which each row's day stands."""
        column = self.every[day]
        marks = [_marks(self.law, value) for value in column.values]
        numbers = {mark: n for n, mark in enumerate(dict.fromkeys(marks))}
        return np.array([*(numbers[m] for m in marks), -1])[column.codes]

    def _groups(self, numbers: Array | None) -> Iterator[tuple[int, Any]]:
        if numbers is not None:
            yield from rows_by(numbers)
        elif self.rows:
            yield 0, slice(None)

    def _split(self, at: int, rows: Any, fixed: Sequence[str]) -> Iterator[tuple[int, Any]]:
        """The rows of a group by their values of facts that no plane may carry."""
        numbers = joined([self.every[fact].codes[rows] for fact in fixed])
        if numbers is None:
            yield at, rows
            return
        where = np.arange(self.rows)[rows]
        for first, part in rows_by(numbers):
            yield int(where[first]), where[part]

    def _fixed(self, posed: Hypothetical) -> frozenset[str]:
        """Known facts by whose value the domain of an unknown one is cut."""
        suits: Any = posed.facts.get("party_to", ())
        key = frozenset(posed.facts), posed.open, UNKNOWN in suits
        if key not in self.reader.cut:
            bound(self.reader.cut)
            self.reader.cut[key] = frozenset(self._cutting(posed))
        return self.reader.cut[key]

    def _cutting(self, posed: Hypothetical) -> set[str]:
        row, law = posed.row, self.law
        found = {f for f in law.followers if f in posed.facts and law.facts[f].follows not in posed.facts}
        suits: Any = posed.facts.get("party_to")
        if suits is None or UNKNOWN in suits:
            found |= {"party_to", "not_party_to"}
        for atom in law.code.atoms.values():
            known = [f for f in atom.facts if row.value(f) is not None]
            if atom.other and len(known) == 1:
                found |= {known[0]} | ({"as_of"} if known[0] == "acted_on" and not self._states_act(posed) else set())
        return found

    def _states_act(self, posed: Hypothetical) -> bool:
        return "acted_on" in posed.facts or "acted_on" in posed.open

    def _answer(self, posed: Hypothetical, at: int, rows: Any, fixed: Sequence[str], out: Array) -> None:
        key = self._key(posed, at, fixed)
        count = self.rows if isinstance(rows, slice) else len(rows)
        if self.reader.rare(key, count):
            self._ask(rows, out)
            return
        try:
            compiled = self.reader.compiled(key, lambda: self._row(posed, at, fixed))
        except OutOfRoomError:
            if self.gapped:
                raise
            self._ask(rows, out)
            return
        planes = compiled.run(self._planes(compiled, posed, rows), count)
        scratch = np.empty((2, planes.shape[1] * 8), dtype=np.uint64)
        for outcome, places in compiled.outcomes.items():
            words = [self.reader.words[word] for word in outcome.words]
            numbers = numbered([planes[n] for n in outcome.planes], words, scratch)
            for place in places:
                out[place, rows] = numbers[:count]

    def _ask(self, rows: Any, out: Array) -> None:
        """Each row alone."""
        for each in np.arange(self.rows)[rows]:
            signature = tuple(self.columns), self.signature(each)
            out[:, each] = self.reader.asked(signature, partial(self.posed, each))

    def _row(self, posed: Hypothetical, at: int, fixed: Sequence[str]) -> VaryingRow:
        varying = self._varying(posed, at, fixed)
        return VaryingRow(posed, varying, self._compared(posed), gapped=self.gapped)

    def _key(self, posed: Hypothetical, at: int, fixed: Sequence[str]) -> tuple[Any, ...]:
        """What the rows of a group share."""
        every, law = self.every, self.law
        shared = frozenset(
            (f, value) for f, value in posed.facts.items()
            if f not in every and law.facts[f].follows not in posed.facts
        )  # fmt: skip
        known = frozenset(name for name in every.keys() - self.gapped if every[name].codes[at] >= 0)
        days = _marks(law, posed.as_of), _marks(law, posed.facts.get("acted_on"))
        values = tuple((f, every[f].value(at)) for f in fixed)
        return shared, posed.open - self.gapped, frozenset(every), self.gapped, known, days, values

    def _varying(self, posed: Hypothetical, at: int, fixed: Sequence[str]) -> set[str]:
        """The variables whose values planes carry."""
        law, found = self.law, set(self.gapped)
        for name, column in self.every.items():
            if name not in law.facts or name in fixed or name == "acted_on" or column.codes[at] < 0:
                continue
            if name not in self.reader.telling or law.facts[name].follows in posed.facts:
                continue
            found |= set(self._members(name)) if law.facts[name].kind == "set" else {name}
        return found

    def _members(self, name: str) -> list[str]:
        """The variables that a set of suits gives."""
        both = ("party_to", "not_party_to") if name == "party_to" else ("not_party_to",)
        return [v for kind in both for suit in self.law.suits if (v := f"{kind}:{suit}") in self.law.code.by_fact]

    def _compared(self, posed: Hypothetical) -> set[str]:
        """The comparisons of two known days, of which one differs between rows."""
        moving = set(self.every) | ({"acted_on"} if "as_of" in self.every else set())
        row = posed.row
        return {
            name for name, atom in self.law.code.atoms.items()
            if atom.other and moving & {*atom.facts} and all(row.value(f) is not None for f in atom.facts)
        }  # fmt: skip

    # planes --------------------------------------------------------------------------------------------------------

    def _planes(self, compiled: Compiled, posed: Hypothetical, rows: Any) -> dict[str, Any]:
        row = compiled.row
        return {bit_name(v, bit): pack(self._bit(row, posed, v, bit, rows)) for v, bit in compiled.inputs}

    def _bit(self, row: VaryingRow, posed: Hypothetical, variable: str, bit: int, rows: Any) -> Array:
        """One bit of the number of the class of values in which each row's value of a variable stands."""
        if variable in row.compared:
            one, other = self.law.code.atoms[variable].facts
            return np.asarray(self._days(posed, one, rows) < self._days(posed, other, rows))
        kind, _, name = variable.partition(":")
        if name and variable == gap_name(name):
            return np.asarray(self.every[name].codes[rows] < 0)
        if name:
            return np.asarray(self._outside(posed, kind, name)[rows])
        column = self.every[variable]
        return column.chosen([v is not None and bool(row.place(variable, v) >> bit & 1) for v in column.values], rows)

    def _outside(self, posed: Hypothetical, kind: str, suit: str) -> Array:
        """The rows in which the city is not a party (or, of ``not_party_to``, is not said not to be)."""
        outside = ~self._has("party_to", posed, suit)
        return outside if kind == "party_to" else ~(outside | self._has("not_party_to", posed, suit))

    def _has(self, name: str, posed: Hypothetical, suit: str) -> Array:
        if name not in self.every:
            return np.full(self.rows, suit in posed.facts.get(name, ()))  # type: ignore[operator]
        column = self.every[name]
        return np.asarray(np.array([*(v is not None and suit in v for v in column.values), False])[column.codes])

    def _days(self, posed: Hypothetical, name: str, rows: Any) -> Array:
        """A date fact in each row, as the number of its day."""
        column = self.every.get(name)
        if name == "acted_on" and not self._states_act(posed):
            column = self.every.get("as_of")
        if column is None:
            day: Any = posed.row.value(name)
            return np.asarray(np.full(self.rows, day.toordinal())[rows])
        here: Any = posed.as_of
        numbers = [(here if v is None else v).toordinal() for v in column.values]
        return np.asarray(np.array([*numbers, here.toordinal()])[column.codes[rows]])


def _marks(law: Ruleset, day: Any) -> tuple[bool, ...] | None:
    """What rules can tell of a day, as the day of asking and as that of the act."""
    if day is None:
        return None
    clocks = [a for clock in ("as_of", "acted_on") for a in law.code.by_fact.get(clock, ()) if not a.other]
    return tuple(atom.test(day) for atom in clocks)
