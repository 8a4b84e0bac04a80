"""What would change a verdict: every smallest set of changes, exact, each asked again with the rules engine.

A change sets a fact that the city or the federal side controls to another value, settles a question of law by a
ruling, or waits until a day on which something can change. What is unknown may also turn out one way or another. The
facts that may change are dials of a `blackletter.dials.Panel`; the verdict is then one diagram over the dials, on
which the smallest sets of moves are read off.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

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
    verdict_names,
)
from .draft import say_day
from .errors import EngineError, FactError, Fault, unknown_name
from .exact import Function, Room, all_of, none_of, with_room
from .hypothetical import Hypothetical, measured, value_text
from .theory import negate
from .timeline import CLOCKS, boundaries

if TYPE_CHECKING:
    from .findings import Board
    from .ruleset import Ruleset

SIDES = ("city", "federal")
MOST = 3
"""How many changes a set has, unless more are asked for."""
LISTED = 48
"""Sets of changes that are listed and asked again; the others are counted."""
ROOM = 1 << 18
"""Diagram nodes for everything that may change together; past it, only single changes are gone through."""
GROUP = 24
"""Facts and questions that may change in one diagram when single changes are gone through."""
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

    ``most`` is how many changes a set may have, ``through`` the size up to which all sets were gone through: smaller
    than ``most`` when the sets of that size are many already, or too much is unknown. ``more`` counts sets that were
    found and neither listed nor asked again. With none found, ``anyhow`` says whether more changes would do it, and
    ``instead`` holds the smallest sets that need a fact that is locked or on the other side.
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
    through: int = 0
    more: int = 0

    def __iter__(self) -> Iterator[Change]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)

    def __getitem__(self, number: int) -> Change:
        return self.found[number]

    def sentence(self, change: Change) -> str:
        """One of the changes in words, with what it brings with it and the verdict then."""
        return _sentence(self, change)

    def parts(self, change: Change) -> dict[str, str]:
        """Each part of one of the changes in words, by fact, question or day: waiting first."""
        names = sorted(change.set, key=lambda name: name != "as_of")
        return {name: _part(self, name, change.set[name], name in change.supposes) for name in names}

    def brought(self, change: Change) -> list[str]:
        """What one of the changes brings with it, in words."""
        return [_part(self, name, value, False) for name, value in change.brings.items()]

    def json(self) -> dict[str, Any]:
        """The changes, by the contract, with what was asked."""
        return {
            "action": self.key.action, "basis": self.key.basis, "verdict": self.verdict, "to": self.to,
            "most": self.most, "through": self.through, "changes": [c.json() for c in self.found], "more": self.more,
            "anyhow": self.anyhow, "instead": [c.json() for c in self.instead],
            "overlays": list(self.board.law.overlays),
        }  # fmt: skip

    def __str__(self) -> str:
        return "\n".join(_lines(self))


def change(
    board: Board, key: Key, to: str | None = None, side: str | None = None, lock: Iterable[str] = (), most: int = MOST
) -> Changes:
    """Every smallest set of up to ``most`` changes after which a verdict is ``to`` (default: any other).

    Of very many the smallest `LISTED` are given, and the rest counted.
    ``side`` is ``city`` or ``federal``; without it both may act and what is unknown may turn out. ``lock`` names
    facts and questions that stay (``as_of``: no waiting). Numbers and days change to one value for each range that
    the law tells apart, and of several only the nearest each way is given. Raises `FactError` for a verdict this
    finding cannot have, an unknown side, fact or question, and `EngineError` when the diagrams outgrow the room.
    """
    law, locked = board.law, ((lock,) if isinstance(lock, str) else tuple(lock))
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
    return _search(asked)


def _search(asked: Changes) -> Changes:
    search = _Search(asked)
    found = search.changes(LISTED, LISTED)
    if found or not (asked.side or asked.lock):
        return search.answer(found)
    free = _Search(replace(asked, side=None, lock=()))
    return search.answer((), free.changes(1, SHOWN))


class _Search:
    """The verdict of one finding as a diagram over what may change; as several, when it outgrows its room."""

    def __init__(self, asked: Changes) -> None:
        self.asked, self.law, self.key = asked, asked.board.law, asked.key
        self.hypothetical = posed_for(self.law, asked.board.hypothetical, asked.key)
        self.dials = _dials(asked, self.hypothetical)
        self.places = {n: i for i, n in enumerate((*self.law.facts, *self.law.questions, "as_of"))}
        self.through = self.more = 0
        self.controls = [_Controls(self, self.dials, Room(ROOM))]

    def changes(self, enough: int, most: int) -> tuple[Change, ...]:
        """Sets of one change, of two, and so on, until ``enough`` are found; of these the first ``most``."""
        from oxidd.util import DDMemoryError

        self.again = _Again(self.key, self.law)
        try:
            return self._changes(enough, most, self.asked.most)
        except DDMemoryError:
            names = [*self.dials]
            groups = [{n: self.dials[n] for n in names[i : i + GROUP]} for i in range(0, len(names), GROUP)]
            self.controls = [with_room(partial(self._group, group)) for group in groups]
            return self._changes(enough, most, 1)

    def _group(self, dials: Dials, room: Room) -> _Controls:
        controls = _Controls(self, dials, room)
        controls.sets(1)
        return controls

    def _changes(self, enough: int, most: int, largest: int) -> tuple[Change, ...]:
        found: list[Change] = []
        self.more = 0
        for size in range(1, largest + 1):
            sets = {s: word for controls in self.controls for s, word in controls.sets(size).items()}
            kept = _nearest(self.dials, sets)
            for moves in sorted(kept, key=self._order):
                change = self._change(moves, kept[moves]) if len(found) < most else None
                found += [change] if change else []
                self.more += len(found) == most and change is None
            self.through = size
            if len(found) >= enough:
                break
        return tuple(found)

    def _order(self, moves: frozenset[Move]) -> list[tuple[int, int]]:
        return sorted(map(self._in_order, moves))

    def _in_order(self, move: Move) -> tuple[int, int]:
        """Where a move stands in a list: facts in the order of the facts file, rulings, then waiting."""
        name, number = move
        return self.places[name.removeprefix("assumed:")], number

    def answer(self, found: tuple[Change, ...], instead: tuple[Change, ...] = ()) -> Changes:
        verdict, anyhow = self.controls[0].verdict, any(c.possible for c in self.controls)
        split = len(self.controls) > 1
        return replace(self.asked, verdict=verdict, found=found, anyhow=anyhow or split, instead=instead,
                       through=self.through, more=self.more)  # fmt: skip

    def _change(self, moves: frozenset[Move], word: str) -> Change | None:
        """The change in words, asked again; None when the facts it makes cannot occur together."""
        settings = {name: self.dials[name][number] for name, number in sorted(moves, key=self._in_order)}
        words = {name.removeprefix("assumed:"): value_text(v) for name, v in settings.items() if v is not None}
        supposes = tuple(name for name in settings if self.dials[name][0] is None)
        brings = brought(self.asked.board.hypothetical, words, self.asked.lock)
        if brings is None:
            return None
        reached, checked = self.again.verdict(made(self.asked.board.hypothetical, words))
        if brings:
            full = made(self.asked.board.hypothetical, {**words, **brings})
            if asked_again(full, self.key) != word:
                return None
        if reached != word:
            raise EngineError(f"{words}: the {checked} engine finds {reached}, not {word}")
        return Change(words, word, supposes, brings, checked)


class _Controls:
    """Some dials, all other facts as they stand, and the verdict as a diagram over them."""

    def __init__(self, search: _Search, dials: Dials, room: Room) -> None:
        self.search = search
        self.panel = Panel(search.hypothetical.row, dials, room)

    @cached_property
    def functions(self) -> Mapping[str, Function]:
        """Verdict word -> the settings for which it is the verdict."""
        desk = OpenDesk.of(self.panel, self.search.key.literals(self.search.law))
        return verdict_functions(desk, self.search.key, self.panel.some, self.panel.some_reading)

    @cached_property
    def verdict(self) -> str:
        """The verdict as things stand."""
        return self._word(frozenset())

    @cached_property
    def goal(self) -> Function:
        """The settings for which the verdict is the one asked for."""
        law, key, to = self.search.law, self.search.key, self.search.asked.to
        if to is None:
            return none_of(self.functions[self.verdict])
        if to not in (known := verdict_names(law, key)):
            raise FactError(unknown_name("verdict", to, known, where=_about(law, key)))
        if to == self.verdict:
            raise FactError(f'the verdict on {_about(law, key)} is "{to}" already')
        return self.functions.get(to, False)

    @property
    def possible(self) -> bool:
        """Whether any number of changes would do it."""
        return satisfiable(all_of((self.goal, *(coded.proper for coded in self.panel.moved.values()))))

    @cached_property
    def moves(self) -> Moves:
        return Moves(self.panel)

    def sets(self, size: int) -> dict[frozenset[Move], str]:
        """The smallest sets of just so many moves, each with the verdict it reaches."""
        goal = self.goal
        return {s: self._word(s) for s in self.moves.smallest(goal, size) if len(s) == size}

    def _word(self, moves: frozenset[Move]) -> str:
        functions, chosen = self.functions, dict(moves)
        setting = all_of(coded.codes[chosen.get(name, 0)] for name, coded in self.panel.moved.items())
        return next(word for word, f in functions.items() if satisfiable(all_of((f, setting))))


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


def _nearest(dials: Dials, words: Mapping[frozenset[Move], str]) -> dict[frozenset[Move], str]:
    """Without sets that only move a number or a day further than another set does, to the same verdict."""
    kept = dict(words)
    for name, values in dials.items():
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
            cases = Table(posed.row, "chain", self.order, self.wanted)
        except EngineError:
            return asked_again(hypothetical, self.key), "exact"
        if cases.size > MOST_CASES:
            return asked_again(hypothetical, self.key), "exact"
        desk = OpenDesk(posed, cases, cases.evaluate(self.tokens))
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
        number = len(c.found) + c.more
        sets = f"{number:,} smallest set{'s' if number > 1 else ''} of up to {_changes(c.through)}"
        yield f"{sets} would give {goal}{f'; {len(c.found)} were asked again' if c.more else ''}:"
    for number, item in enumerate(c.found[:SHOWN], 1):
        yield f"{number}. {_sentence(c, item)}"
    if len(c.found) > SHOWN:
        yield f"and {len(c.found) + c.more - SHOWN:,} more."
    if c.through < c.most:
        yield f"Larger sets than {_changes(c.through)} were not gone through: too much is unknown. Stating more helps."
    if law.overlays:
        yield f"Under a changed law: {'; '.join(law.overlays)}."
    yield law.not_advice


def _changes(number: int) -> str:
    return "1 change" if number == 1 else f"{number} changes"


def _nothing(c: Changes, goal: str) -> Iterator[str]:
    whose = {"city": " by the city", "federal": " by the federal side"}.get(c.side or "", "")
    yield f"Nothing{whose} within {_changes(c.through)} gives {goal}."
    if not c.anyhow:
        yield "No larger set would either."
    if c.instead:
        held = [n for n in dict.fromkeys(n for item in c.instead for n in item.set) if n in c.lock]
        why = f"needs what is locked ({', '.join(_title(c, n) for n in held)})" if held else "is not the city's"
        why = "is not the federal side's" if not held and c.side == "federal" else why
        yield f"The shortest way {why}:"
        for item in c.instead[:3]:
            yield f"- {_sentence(c, item)}"


def _sentence(c: Changes, item: Change) -> str:
    parts = [_part(c, name, value, name in item.supposes) for name, value in item.set.items()]
    parts[0] = parts[0][:1].upper() + parts[0][1:]
    brings = "; ".join(c.brought(item))
    also = f" (which brings with it: {brings})" if brings else ""
    return f"{'; and '.join(parts)}{also}: then the answer is {item.verdict}."


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
        return f'if the answer to "{law.facts[name].ask}" turned out to be: {words}'
    instead = f", instead of {say_value(law, name, now)}" if now else ""
    return f'the answer to "{law.facts[name].ask}" becomes {words}{instead}'


def say_value(law: Ruleset, fact: str, value: str) -> str:
    """A value in the words of facts.yaml, days as people write them."""
    noun = law.facts[fact]
    if noun.kind == "date" and value not in ("never", "unknown"):
        return say_day(dt.date.fromisoformat(value))
    if noun.kind == "number" and value != "unknown":
        return measured(value, noun.unit)
    return noun.values.get(value, value)


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
