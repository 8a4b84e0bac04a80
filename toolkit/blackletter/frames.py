"""Frames of hypotheticals: columns of words, numbers and days read as facts, and rows answered group by group.

A row of a frame is ``law.hypothetical(preset, **cells)``: a missing cell says that the fact is unknown; a missing
``preset``, ``award`` or ``as_of`` says nothing. What presets and awards state becomes columns too. Rows on days
between which no rule tells a difference, that know the same dates, States and suits, are one group; which of its other
facts a row knows is a bit like any other. The verdicts of a group are compiled once (`blackletter.verdicts`) and run
over planes of its rows.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from .circuits import Compiled, bit_name, compile_verdicts
from .columns import Column
from .desk import ask
from .errors import FactError, Fault, near_name, unknown_name
from .exact import CAPACITIES, OutOfRoomError, Room, with_room
from .hypothetical import UNKNOWN, Hypothetical
from .planes import pack
from .verdicts import Key, VaryingRow, gap_name, verdict_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .ruleset import Ruleset

    Array: TypeAlias = NDArray[Any]

SPECIAL = ("as_of", "preset", "award")
"""Columns that are no facts and are read all the same."""
CARRIED = ("preset", "award", "name")
MOST_FAULTS = 100
LIKE_A_FACT = 0.8
"""How near an unknown column may come to the name of a fact before it is taken for a slip of the pen."""
FEW = 24
"""Rows of a group that are asked one by one before it is worth compiling."""
KEPT_GROUPS = 256
"""How many groups stay compiled."""
KEPT_KINDS = 4096
"""Of how many groups, compiled or not, something is remembered."""
KEPT_ROWS = 20_000
"""How many answers to single rows are kept."""
SPREAD = np.unpackbits(np.arange(256, dtype=np.uint8), bitorder="little").view(np.uint64)
"""Each byte of a plane, eight rows, as eight bytes of 0 or 1."""


def finding_keys(law: Ruleset, findings: str = "all", only: Collection[str] | None = None) -> tuple[Key, ...]:
    """The findings a sweep answers: (action, basis) and (choice, law); or (action, "") for actions over their bases.

    ``findings`` is ``all``, ``bases``, ``choices`` or ``actions``; ``only`` limits it to some actions and choices.
    Raises `FactError` for unknown words.
    """
    kinds = ("all", "bases", "choices", "actions")
    faults = (
        [] if findings in kinds else [unknown_name("kind of findings", findings, kinds, plural="kinds of findings")]
    )
    known = (*law.actions, *law.choices)
    faults += [
        unknown_name("action or choice", name, known, plural="actions and choices")
        for name in only or ()
        if name not in known
    ]
    if faults:
        raise FactError(faults)
    keys: list[Key] = []
    if findings == "actions":
        keys += [(action, "") for action in law.actions]
    if findings in ("all", "bases"):
        keys += [(a, b) for action in law.actions for b, a in law.code.pairs if a == action]
    if findings in ("all", "choices"):
        keys += [(choice, name) for choice in law.choices for name in law.laws]
    return tuple(key for key in keys if only is None or key[0] in only)


class Reader:
    """Reads frames against one law, remembering the words it has read and the groups it has compiled."""

    def __init__(self, law: Ruleset, keys: Sequence[Key], few: int = FEW) -> None:
        self.law, self.keys, self.few = law, tuple(keys), few
        self.only = {name for name, _ in keys}
        self.words = {word: n for n, word in enumerate(verdict_words(law))}
        self._read: dict[tuple[str, type, Any], tuple[Any, tuple[Fault, ...]]] = {}
        self._bases: dict[tuple[Any, Any], Hypothetical] = {}
        self._compiled: OrderedDict[Any, Compiled] = OrderedDict()
        self._met: Counter[Any] = Counter()
        self._asked: OrderedDict[Any, Array] = OrderedDict()
        self._gapped: set[str] = set()
        self.cut: dict[Any, frozenset[str]] = {}
        self.apart = False
        self._categories: dict[str, tuple[Any, list[Any]]] = {}

    def check_columns(self, columns: Iterable[Any], extra: Collection[str] = ()) -> tuple[Any, ...]:
        """The columns that are carried through; raises `FactError` for those that look like a misspelt fact."""
        facts = (*self.law.facts, *SPECIAL)
        carried = [c for c in columns if c not in self.law.facts and c != "as_of"]
        strange = [c for c in carried if c not in CARRIED and c not in extra and isinstance(c, str)]
        faults = [
            replace(unknown_name("column", c, ()), near=near, known=(), known_as="facts") for c in strange
            if (near := near_name(c, facts)) and _likeness(c, near) >= LIKE_A_FACT
        ]  # fmt: skip
        if faults:
            hint = "name columns that are meant to be no facts in extra"
            raise FactError([*faults, Fault("hint", hint)])
        return tuple(carried)

    def word(self, column: str, value: Any) -> tuple[Any, tuple[Fault, ...]]:
        """The value that a cell states (None: unknown, or nothing stated), or what is wrong with it."""
        key = column, type(value), value
        if key not in self._read:
            try:
                self._read[key] = self._typed(column, value), ()
            except FactError as error:
                self._read[key] = None, error.faults
        return self._read[key]

    def categories(self, column: str, words: Any) -> list[tuple[Any, tuple[Fault, ...]]]:
        """The words of a categorical column read; blocks of a frame share their categories; the last read are kept."""
        if column not in self._categories or self._categories[column][0] is not words:
            self._categories[column] = words, [self.word(column, w) for w in words]
        return self._categories[column][1]

    def _typed(self, column: str, value: Any) -> Any:
        law = self.law
        if column == "preset":
            if value not in law.presets:
                raise FactError(unknown_name("preset", value, law.presets))
            return value
        if column == "award":
            return law.hypothetical(award=value).award
        if column == "as_of":
            return law.hypothetical(as_of=value).as_of
        kind = law.facts[column].kind
        if kind == "one of" and isinstance(value, float) and value.is_integer():
            value = int(value)
        if kind == "set" and str(value).strip().lower() == "none":
            value = ""
        return law.hypothetical(None, **{column: value}).facts.get(column)

    def base(self, preset: Any, award: Any) -> Hypothetical:
        """What a row starts from before its cells."""
        key = preset, award
        if key not in self._bases:
            self._bases[key] = self.law.hypothetical(preset, **({"award": award} if award else {}))
        return self._bases[key]

    def gapped(self, columns: Mapping[str, Column]) -> frozenset[str]:
        """The facts whose gaps groups may have: those met with gaps so far, none once that has grown too large."""
        if self.apart:
            return frozenset()
        self._gapped |= {f for f in self.fillable & columns.keys() if columns[f].gaps is not None}
        return frozenset(self._gapped & columns.keys())

    def compiled(self, key: Any, row: Callable[[], VaryingRow]) -> Compiled:
        """The verdicts of a group; those of the groups met last are kept. Raises `OutOfRoomError`."""
        if key not in self._compiled:
            self._compiled[key] = self._compile(row())
            if len(self._compiled) > KEPT_GROUPS:
                self._compiled.popitem(last=False)
        self._compiled.move_to_end(key)
        return self._compiled[key]

    def _compile(self, row: VaryingRow) -> Compiled:
        from oxidd.util import DDMemoryError

        if not row.gapped:
            return with_room(partial(compile_verdicts, self.law, row, self.keys))
        try:
            return compile_verdicts(self.law, row, self.keys, Room(CAPACITIES[0]))
        except DDMemoryError:
            raise OutOfRoomError("rows with different gaps are too many for one diagram") from None

    def rare(self, key: Any, rows: int) -> bool:
        """Whether so few rows of a group have been met that compiling it would not pay."""
        if key in self._compiled:
            return False
        _bound(self._met)
        self._met[key] += rows
        return self._met[key] <= self.few

    def asked(self, key: Any, posed: Callable[[], Hypothetical]) -> Array:
        """The numbers of the verdict words of one row, asked alone; rows asked last are kept."""
        if key not in self._asked:
            board = ask(self.law, posed(), only=self.only)
            said = [board[k].verdict if k[1] else board.actions[k[0]].verdict for k in self.keys]
            self._asked[key] = np.array([self.words[word] for word in said], dtype=np.int8)
            if len(self._asked) > KEPT_ROWS:
                self._asked.popitem(last=False)
        return self._asked[key]

    @cached_property
    def fillable(self) -> frozenset[str]:
        """The facts whose gaps a group may have: nothing follows from them, and they are compared with no other."""
        law = self.law
        followed = {law.facts[name].follows for name in law.followers}
        return frozenset(
            name for name, noun in law.facts.items()
            if name in self.telling - followed and noun.kind in ("yes or no", "one of", "number") and not noun.follows
            and not any(atom.other for atom in law.code.by_fact.get(name, ()))
        )  # fmt: skip

    @cached_property
    def telling(self) -> frozenset[str]:
        """The columns on which some verdict can turn."""
        law, found = self.law, {"as_of", "acted_on", "party_to", "not_party_to"}
        for name in law.code.by_fact:
            found |= {"agency", "actor"} if name.startswith("actor.") else {name}
        found |= {law.facts[f].follows or f for f in law.followers} | {f for c in law.choices.values() for f in c.forms}
        return frozenset(found)


def _bound(kept: MutableMapping[Any, Any]) -> None:
    """Forgets all that is kept when it is too much."""
    if len(kept) >= KEPT_KINDS:
        kept.clear()


def _likeness(word: str, name: str) -> float:
    from difflib import SequenceMatcher

    return SequenceMatcher(None, word, name).ratio()


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
        for at in np.flatnonzero((raw < low) | (raw > high) | np.isinf(raw)):
            self.faults += [(int(at), name, f) for f in self.reader.word(name, float(raw[at]))[1]]
        cuts: Any = sorted({float(v) for a in self.law.code.by_fact.get(name, ()) for v in a.values})  # type: ignore[arg-type]
        codes = np.searchsorted(cuts, raw, "left") + np.searchsorted(cuts, raw, "right")
        codes[np.isnan(raw)] = -1
        ends = [cuts[0] - 1, *cuts, cuts[-1] + 1] if cuts else [0.0, 0.0]
        values = [x for a, b in pairwise(ends) for x in ((a + b) / 2, b)][:-1]
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
        pairs = _joined([first, self.columns[other].codes])
        if pairs is None:
            self._blame(0, slice(None), other)
            return
        for at, rows in _rows(pairs):
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
        codes = _joined([c.codes for c in given])
        if codes is None:
            return np.zeros(self.rows, dtype=np.intp), [self._preset(0)] if self.rows else []
        numbers, first = pd.factorize(codes)[0], []
        for at, _ in _rows(numbers):
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
        return _joined([*keys, *(self._cells(day) for day in ("as_of", "acted_on") if day in self.every)])

    def _cells(self, day: str) -> Array:
        """The number of the span of days, between which no rule tells a difference, in which each row's day stands."""
        column = self.every[day]
        marks = [_marks(self.law, value) for value in column.values]
        numbers = {mark: n for n, mark in enumerate(dict.fromkeys(marks))}
        return np.array([*(numbers[m] for m in marks), -1])[column.codes]

    def _groups(self, numbers: Array | None) -> Iterator[tuple[int, Any]]:
        if numbers is not None:
            yield from _rows(numbers)
        elif self.rows:
            yield 0, slice(None)

    def _split(self, at: int, rows: Any, fixed: Sequence[str]) -> Iterator[tuple[int, Any]]:
        """The rows of a group by their values of facts that no plane may carry."""
        numbers = _joined([self.every[fact].codes[rows] for fact in fixed])
        if numbers is None:
            yield at, rows
            return
        where = np.arange(self.rows)[rows]
        for first, part in _rows(numbers):
            yield int(where[first]), where[part]

    def _fixed(self, posed: Hypothetical) -> frozenset[str]:
        """Known facts by whose value the domain of an unknown one is cut."""
        key = frozenset(posed.facts), posed.open
        if key not in self.reader.cut:
            _bound(self.reader.cut)
            self.reader.cut[key] = frozenset(self._cutting(posed))
        return self.reader.cut[key]

    def _cutting(self, posed: Hypothetical) -> set[str]:
        row, law = posed.row, self.law
        found = {f for f in law.followers if f in posed.facts and law.facts[f].follows not in posed.facts}
        if "party_to" not in posed.facts:
            found.add("not_party_to")
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
            numbers = _numbers([planes[n] for n in outcome.planes], words, scratch)
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


def _joined(keys: Sequence[Any]) -> Array | None:
    """One number for each combination of numbers in a row, None when every row has the same."""
    found: Array | None = None
    for key in keys:
        if not len(key) or (key == key[0]).all():
            continue
        numbers = key.astype(np.int64)
        numbers -= numbers.min()
        found = numbers if found is None else pd.factorize(found * (numbers.max() + 1) + numbers)[0]
    return found


def _rows(numbers: Array) -> Iterator[tuple[int, Array]]:
    """For each number the first row that has it, and all of its rows in order."""
    codes = pd.factorize(numbers)[0]
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes)).tolist()
    for start, end in zip([0, *ends], ends, strict=False):
        if end > start:
            yield int(order[start]), order[start:end]


def _numbers(planes: Sequence[Array], words: Sequence[int], scratch: Array) -> Array:
    """The number of the verdict word of each row: the first word's, but where a plane says that another is the verdict.

    Eight rows at a time: a byte of a plane becomes eight bytes that change the first number into the other. The planes
    of one finding exclude each other, so that changes do not meet.
    """
    found, change = scratch
    found.view(np.uint8).fill(words[0])
    for plane, word in zip(planes, words[1:], strict=True):
        np.take(SPREAD * np.uint64(words[0] ^ word), plane.view(np.uint8), out=change, mode="clip")
        found ^= change
    return np.asarray(found.view(np.int8))
