"""What would change a verdict: every smallest set of changes, exact, each asked again with the rules engine.

A change sets a fact that the city or the federal side controls to another value, settles a question of law by a
ruling, or waits until a day on which something can change. What is unknown may also turn out one way or another. The
facts that may change are dials of a `blackletter.dials.Panel`; the verdict is then one diagram over the dials, on
which the smallest sets of moves are read off.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from . import chain, planes
from .atoms import NEVER, Value
from .completions import Table
from .desk import ask
from .dials import (
    Dials,
    Key,
    Move,
    Moves,
    OpenDesk,
    Panel,
    Setting,
    acts_apart,
    posed_for,
    satisfiable,
    verdict_functions,
)
from .draft import say_day
from .errors import EngineError, FactError, Fault, unknown_name
from .exact import Function, Room, with_room
from .hypothetical import Hypothetical, value_text
from .theory import negate
from .timeline import CLOCKS, boundaries

if TYPE_CHECKING:
    from .findings import Board
    from .hypothetical import Row
    from .ruleset import Ruleset

SIDES = ("city", "federal")
MOST = 3
"""How many changes a set has, unless more are asked for."""
MOST_CASES = 8
"""Completions that one set of changes is asked again in by the rules engine; past it the exact engine asks again."""


@dataclass(frozen=True, slots=True)
class Change:
    """One set of changes, the verdict it reaches, and how it was asked again.

    ``set`` maps a fact to its new value, a question to the reading of a ruling, ``as_of`` to the day waited for.
    ``supposes`` names those of them that were unknown before: if it turned out so. ``brings`` holds facts that
    cannot stay as they were once the set is made. ``checked`` is the engine that asked again.
    """

    set: Mapping[str, str]
    verdict: str
    supposes: tuple[str, ...] = ()
    brings: Mapping[str, str] = field(default_factory=dict)
    checked: str = "chain"

    def json(self) -> dict[str, Any]:
        """The change, by the contract."""
        return {
            "set": dict(self.set), "verdict": self.verdict, "supposes": list(self.supposes),
            "brings": dict(self.brings), "checked": self.checked,
        }  # fmt: skip


@dataclass(frozen=True)
class Changes:
    """Every smallest set of changes to one verdict, smallest first; a sequence of `Change`.

    ``most`` is how many changes a set may have. With none found, ``anyhow`` says whether more changes would do it,
    and ``instead`` holds the smallest sets that need a fact that is locked or on the other side.
    """

    board: Board = field(repr=False)
    key: Key
    verdict: str
    to: str | None
    side: str | None
    lock: tuple[str, ...]
    most: int
    found: tuple[Change, ...]
    anyhow: bool = True
    instead: tuple[Change, ...] = ()

    def __iter__(self) -> Iterator[Change]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)

    def __getitem__(self, number: int) -> Change:
        return self.found[number]

    def sentence(self, change: Change) -> str:
        """One of the changes in words, with what it brings with it and the verdict then."""
        return _sentence(self, change)

    def json(self) -> dict[str, Any]:
        """The changes, by the contract, with what was asked."""
        return {
            "action": self.key.action, "basis": self.key.basis, "verdict": self.verdict, "to": self.to,
            "most": self.most, "changes": [c.json() for c in self.found], "anyhow": self.anyhow,
            "instead": [c.json() for c in self.instead], "overlays": list(self.board.law.overlays),
        }  # fmt: skip

    def __str__(self) -> str:
        return "\n".join(_lines(self))


def change(
    board: Board, key: Key, to: str | None = None, side: str | None = None, lock: Iterable[str] = (), most: int = MOST
) -> Changes:
    """Every smallest set of up to ``most`` changes after which a verdict is ``to`` (default: any other).

    ``side`` is ``city`` or ``federal``; without it both may act and what is unknown may turn out. ``lock`` names
    facts and questions that stay (``as_of``: no waiting). Numbers and days change to one value for each range that
    the law tells apart, and of several only the nearest each way is given. Raises `FactError` for a verdict this
    finding cannot have, an unknown side, fact or question, and `EngineError` when the diagrams outgrow the room.
    """
    law, locked = board.law, tuple(lock)
    names = (*law.facts, *law.questions, "as_of")
    faults = [unknown_name("fact or question", name, names, plural="facts and questions")
              for name in locked if name not in names]  # fmt: skip
    if side is not None and side not in SIDES:
        faults.append(unknown_name("side", side, SIDES))
    if most < 1:
        faults.append(Fault("value", f"a set has at least one change, not {most}"))
    if faults:
        raise FactError(faults)
    asked = Changes(board, key, "", to, side, locked, most, ())
    if not key.literals(law):
        raise FactError(f"the ruleset does not speak to this ({_about(law, key)}): no change of facts would alter that")
    return with_room(partial(_search, asked))


def _search(asked: Changes, room: Room) -> Changes:
    search = _Search(asked, room)
    found = search.changes()
    if found or not (asked.side or asked.lock):
        return search.answer(found, search.possible)
    free = _Search(Changes(asked.board, asked.key, "", asked.to, None, (), asked.most, ()), Room(room.capacity))
    instead = free.changes()
    fewest = tuple(c for c in instead if len(c.set) == len(instead[0].set))
    return search.answer((), search.possible, fewest)


class _Search:
    """The verdict of one finding as a diagram over what may change."""

    def __init__(self, asked: Changes, room: Room) -> None:
        self.asked, self.law, self.key = asked, asked.board.law, asked.key
        self.hypothetical = posed_for(self.law, asked.board.hypothetical, asked.key)
        self.panel = Panel(self.hypothetical.row, _dials(asked, self.hypothetical), room)
        self.desk = OpenDesk.of(self.panel, self.key.literals(self.law))
        self.functions = verdict_functions(self.desk, self.key, self.panel.some, self.panel.some_reading)
        self.moves = Moves(self.panel)
        self.verdict = self._word(frozenset())
        self.goal = self._goal()

    def _goal(self) -> Function:
        to = self.asked.to
        if to is None:
            f = self.functions[self.verdict]
            return not f if isinstance(f, bool) else ~f
        if to not in self.functions:
            raise FactError(unknown_name("verdict", to, self.functions, where=_about(self.law, self.key)))
        if to == self.verdict:
            raise FactError(f'the verdict on {_about(self.law, self.key)} is "{to}" already')
        return self.functions[to]

    @property
    def possible(self) -> bool:
        """Whether any number of changes would do it."""
        return satisfiable(self.goal)

    def answer(self, found: tuple[Change, ...], anyhow: bool, instead: tuple[Change, ...] = ()) -> Changes:
        a = self.asked
        return Changes(a.board, a.key, self.verdict, a.to, a.side, a.lock, a.most, found, anyhow, instead)

    def changes(self) -> tuple[Change, ...]:
        sets = self.moves.smallest(self.goal, self.asked.most)
        kept = _nearest(self, {s: self._word(s) for s in sets})
        again = _Again(self.key, self.law)
        made = (self._change(s, word, again) for s, word in kept.items())
        ordered = sorted((c for c in made if c is not None), key=self._order)
        return tuple(ordered)

    def _order(self, c: Change) -> tuple[int, list[int]]:
        places = {name: number for number, name in enumerate((*self.law.facts, *self.law.questions, "as_of"))}
        return len(c.set), sorted(places[name] for name in c.set)

    def setting(self, moves: frozenset[Move]) -> dict[str, int]:
        """The number of every dial's setting after some moves."""
        return {**dict.fromkeys(self.panel.moved, 0), **dict(moves)}

    def _word(self, moves: frozenset[Move]) -> str:
        setting = self.setting(moves)
        return next(w for w, f in self.functions.items() if satisfiable(self.panel.fixed(f, setting)))

    def _change(self, moves: frozenset[Move], word: str, again: _Again) -> Change | None:
        """The change in words, asked again; None when the facts it makes cannot occur together."""
        dials = self.panel.dials
        settings = {name: dials[name][number] for name, number in moves}
        words = {name.removeprefix("assumed:"): value_text(v) for name, v in settings.items() if v is not None}
        supposes = tuple(name for name in settings if dials[name][0] is None)
        brings = brought(self.asked.board.hypothetical, words, self.asked.lock)
        if brings is None:
            return None
        reached, checked = again.verdict(made(self.asked.board.hypothetical, words))
        if brings:
            full = made(self.asked.board.hypothetical, {**words, **brings})
            if asked_again(full, self.key) != word:
                return None
        if reached != word:
            raise EngineError(f"{words}: the {checked} engine finds {reached}, not {word}")
        return Change(words, word, supposes, brings, checked)


def made(hypothetical: Hypothetical, words: Mapping[str, str]) -> Hypothetical:
    """The hypothetical after a change: its facts set, its questions read so, its day waited for."""
    law = hypothetical.law
    readings = {k: v for k, v in words.items() if k in law.questions}
    under = hypothetical.under(law.assume(**readings)) if readings else hypothetical
    return under.with_facts(**{k: v for k, v in words.items() if k not in law.questions})


def asked_again(hypothetical: Hypothetical, key: Key) -> str:
    """The verdict as `ask` gives it."""
    found = ask(hypothetical.law, hypothetical, only=[key.action])[(key.action, key.basis) if key.basis else key.action]
    return str(found.verdict)


# -- what may change ------------------------------------------------------------------------------------------------


def _dials(asked: Changes, hypothetical: Hypothetical) -> Dials:
    """Everything that may change and bears on the verdict, each with how it stands first."""
    law = asked.board.law
    held = {*asked.lock, *(law.choices[asked.key.action].forms if asked.key.action in law.choices else ())}
    read = _read(hypothetical, asked.key.literals(law))
    dials: dict[str, tuple[Setting, ...]] = {}
    for fact, noun in law.facts.items():
        if fact in held or fact not in read or noun.kind == "set" or fact == "acted_on":
            continue
        known = hypothetical.row.known.get(fact)
        if noun.side == asked.side if asked.side else noun.side or known is None:
            dials[fact] = _settings(hypothetical, fact, known)
    if asked.side != "city":
        dials.update(_rulings(hypothetical, held, read))
        dials.update(_waits(hypothetical, held))
    return dials


def _read(hypothetical: Hypothetical, literals: Sequence[str]) -> set[str]:
    """The facts that the verdict, or a constraint, is read from."""
    code = hypothetical.law.code
    names = {code.program.names[i] for i in code.cone(literals)} & code.atoms.keys()
    names |= {x.lstrip("~") for c in code.constraints for side in c for x in side}
    facts = {fact for name in names for fact in code.atoms[name].facts}
    return facts | {hypothetical.row.source(fact)[0] for fact in facts}


def _settings(hypothetical: Hypothetical, fact: str, known: Value | None) -> tuple[Setting, ...]:
    """How a fact stands (None: unknown), then the other values it may have."""
    unset = hypothetical if known is None else hypothetical.with_facts(**{fact: "unknown"})
    return (known, *(v for v in unset.row.domain(fact) if v != known))


def _rulings(hypothetical: Hypothetical, held: Collection[str], read: Collection[str]) -> Dials:
    """Every question the user has not settled by an assumption: a ruling may settle it, whatever was held."""
    law = hypothetical.law
    return {
        f"assumed:{q}": ("", *noun.readings)
        for q, noun in law.questions.items()
        if q not in held and q not in law.assumed and f"assumed:{q}" in read
    }


def _waits(hypothetical: Hypothetical, held: Collection[str]) -> Dials:
    """The clocks: the day of asking, which the act moves with unless its own day is stated."""
    law = hypothetical.law
    row, last = hypothetical.row, law.covered.to
    clocks = CLOCKS if acts_apart(hypothetical) else ("as_of",)
    found: dict[str, tuple[Setting, ...]] = {}
    for clock in clocks:
        now = row.known.get(clock)
        if clock not in held and isinstance(now, dt.date) and now < last:
            found[clock] = tuple(dict.fromkeys((now, *boundaries(law, hypothetical, now, last))))
    return found


def _nearest(search: _Search, words: Mapping[frozenset[Move], str]) -> dict[frozenset[Move], str]:
    """Without sets that only move a number or a day further than another set does, to the same verdict."""
    kept = dict(words)
    for name in search.panel.moved:
        values = search.panel.dials[name]
        if values[0] is None or isinstance(values[0], bool | str):
            continue
        best: dict[object, tuple[float, frozenset[Move]]] = {}
        for moves, word in kept.items():
            number = dict(moves).get(name)
            if number is not None:
                way = values[number] > values[0]  # type: ignore[operator]
                key = word, way, moves - {(name, number)}
                gap = abs(_place(values[number]) - _place(values[0]))
                if key not in best or gap < best[key][0]:
                    best[key] = gap, moves
        near = {moves for _, moves in best.values()}
        kept = {m: w for m, w in kept.items() if name not in dict(m) or m in near}
    return kept


def _place(value: Setting) -> float:
    return float(value.toordinal()) if isinstance(value, dt.date) else float(value)  # type: ignore[arg-type]


def brought(hypothetical: Hypothetical, words: Mapping[str, str], lock: Collection[str]) -> dict[str, str] | None:
    """The facts that a change brings with it, by the constraints of facts.yaml; None when they leave no way."""
    before, found = _broken(hypothetical), dict[str, str]()
    while True:
        after = made(hypothetical, {**words, **found})
        fresh = {c: literals for c, literals in _broken(after).items() if c not in before}
        if not fresh:
            return found
        for literal in (x for literals in fresh.values() for x in literals):
            atom = hypothetical.law.code.atoms[literal.lstrip("~")]
            fixed = {*words, *found, *lock}
            only = atom.op == "is" or atom.values == (NEVER,)  # on or after "never" is never
            if literal[0] == "~" or not only or len(atom.values) != 1 or atom.fact in fixed:
                return None
            found[atom.fact] = value_text(atom.values[0])


def _broken(hypothetical: Hypothetical) -> dict[int, list[str]]:
    """The number of each constraint that stated facts break, with the conclusions they deny."""
    row, code = hypothetical.row, hypothetical.law.code

    def truth(literal: str) -> bool | None:
        value = row.truth(code.atoms[literal.lstrip("~")])
        return value if value is None else value != (literal[0] == "~")

    found = {}
    for number, (when, then) in enumerate(code.constraints):
        denied = [x for x in then if truth(x) is False]
        if denied and all(truth(x) for x in when):
            found[number] = denied
    return found


# -- asking again ---------------------------------------------------------------------------------------------------


class _Again:
    """Asks again with the rules engine: one live session, told only what each change makes different."""

    def __init__(self, key: Key, law: Ruleset) -> None:
        self.key, self.program = key, law.code.program
        literals = key.literals(law)
        self.order = law.code.cone(literals)
        self.wanted = sorted({self.program.defeasible[x] >> 1 for lit in literals for x in (lit, negate(lit))})
        both = [2 * node + rail for node in self.wanted for rail in (0, 1)]
        try:
            self.session: chain.Session | None = chain.Session(self.program, wanted=both)
        except EngineError:
            self.session = None

    def verdict(self, hypothetical: Hypothetical) -> tuple[str, str]:
        """The verdict of a changed hypothetical, and the engine that found it."""
        posed = posed_for(hypothetical.law, hypothetical, self.key)
        try:
            cases = _Cases(posed.row, self)
        except EngineError:
            return asked_again(hypothetical, self.key), "exact"
        if cases.size > MOST_CASES:
            return asked_again(hypothetical, self.key), "exact"
        desk = OpenDesk(posed, cases, cases.evaluate())
        found = verdict_functions(desk, self.key, cases.possible, cases.some_reading)
        return next(w for w, f in found.items() if f), "chain" if self.session else "planes"

    def tokens(self, truths: Mapping[str, bool | None]) -> frozenset[int]:
        """Everything that follows from the truths of the atoms."""
        if self.session is None:
            return planes.close(self.program, truths)
        told = self.session.row
        for name, truth in truths.items():
            if truth is None and name in told:
                self.session.untell(name)
            elif truth is not None and told.get(name) is not truth:
                self.session.tell(name, truth)
        return self.session.tokens


class _Cases(Table):
    """The completions that matter, gone through one by one in a live session."""

    def __init__(self, row: Row, again: _Again) -> None:
        self.again = again
        super().__init__(row, "chain", again.order, again.wanted)

    def _fired(self, columns: Mapping[str, Any]) -> Mapping[int, Function]:
        found: dict[int, Any] = defaultdict(bool, {index: np.zeros(self.size, dtype=bool) for index in self.order})
        found[0] = True
        for number in range(self.size):
            truths = {**self.row.truths, **{name: bool(column[number]) for name, column in columns.items()}}
            for token in self.again.tokens(truths):
                if not token & 1 and token and token >> 1 in found:
                    found[token >> 1][number] = True
        return found


# -- in words -------------------------------------------------------------------------------------------------------

SHOWN = 12
"""Sets of changes listed in text; the others are counted."""


def _lines(c: Changes) -> Iterator[str]:
    law = c.board.law
    yield f"{_about(law, c.key)}: {c.verdict} on {say_day(c.board.hypothetical.as_of)}."
    goal = f'"{c.to}"' if c.to else "another verdict"
    if not c.found:
        yield from _nothing(c, goal)
    else:
        sets = "set" if len(c.found) == 1 else "sets"
        yield f"{len(c.found)} smallest {sets} of up to {_changes(c.most)} would give {goal}:"
    for number, item in enumerate(c.found[:SHOWN], 1):
        yield f"{number}. {_sentence(c, item)}"
    if len(c.found) > SHOWN:
        yield f"and {len(c.found) - SHOWN} more."
    if law.overlays:
        yield f"Under a changed law: {'; '.join(law.overlays)}."
    yield law.not_advice


def _changes(number: int) -> str:
    return "1 change" if number == 1 else f"{number} changes"


def _nothing(c: Changes, goal: str) -> Iterator[str]:
    whose = {"city": " by the city", "federal": " by the federal side"}.get(c.side or "", "")
    yield f"Nothing{whose} within {_changes(c.most)} gives {goal}."
    if not c.anyhow:
        yield "No larger set would either."
    if c.instead:
        held = [n for n in dict.fromkeys(n for item in c.instead for n in item.set) if n in c.lock]
        why = f"needs what is locked ({', '.join(_title(c, n) for n in held)})" if held else "lies with the other side"
        yield f"The shortest way {why}:"
        for item in c.instead[:3]:
            yield f"- {_sentence(c, item)}"


def _sentence(c: Changes, item: Change) -> str:
    parts = [_part(c, name, value, name in item.supposes) for name, value in item.set.items()]
    brings = "; ".join(_part(c, name, value, False) for name, value in item.brings.items())
    return f"{'; and '.join(parts)}{f' (which brings with it: {brings})' if brings else ''}: then {item.verdict}."


def _part(c: Changes, name: str, value: str, supposed: bool) -> str:
    law = c.board.law
    if name == "as_of" or (name == "acted_on" and not supposed):
        what = {"as_of": "wait until", "acted_on": "the act waits until"}[name]
        return f"{what} {say_day(dt.date.fromisoformat(value))}"
    if name in law.questions:
        return f'a ruling on "{law.questions[name].asks}": {law.questions[name].readings[value].says}'
    now = c.board.hypothetical[name] if not supposed else ""
    words = say_value(law, name, value)
    if supposed:
        return f'if it turned out, on "{law.facts[name].ask}": {words}'
    return f'"{law.facts[name].ask}" becomes: {words}{f", not: {say_value(law, name, now)}" if now else ""}'


def say_value(law: Ruleset, fact: str, value: str) -> str:
    """A value in the words of facts.yaml, days as people write them."""
    noun = law.facts[fact]
    if noun.kind == "date" and value not in ("never", "unknown"):
        return say_day(dt.date.fromisoformat(value))
    return f"{value} {noun.unit}".strip() if noun.kind == "number" else noun.values.get(value, value)


def _title(c: Changes, name: str) -> str:
    law = c.board.law
    if name in law.questions:
        return f'"{law.questions[name].asks}"'
    return f'"{law.facts[name].ask}"' if name in law.facts else "the day"


def _about(law: Ruleset, key: Key) -> str:
    if key.action in law.choices:
        return f"{law.choices[key.action].title} under {law.laws[key.basis or ''].title}"
    action = law.actions[key.action].title
    return action if key.basis is None else f"{action}, claimed under {law.bases[key.basis].title}"
