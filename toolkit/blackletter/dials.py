"""Hypotheticals with dials: facts that may be set otherwise, the verdicts as functions of them, the fewest moves.

`blackletter.desk` says the verdict of one hypothetical. Here the same questions (is a gate closed in every completion,
can it be open in some, does some reading divide) are answered for every setting of the dials at once: what is unknown
is quantified away and a diagram over the dials is left. A dial may be set to a value or, where it stands so, left
unknown; a question may be settled by a ruling; the clocks may be moved.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from .atoms import NEVER, Atom, Value
from .choices import as_form, verdict_parts
from .desk import Desk, gate_literals
from .exact import Coded, Function, Room, all_of, any_of, evaluate, none_of
from .findings import CONFLICT, CONTESTED, FORBIDDEN, NOT_REGULATED, NOT_RIPE, OUTSIDE, REQUIRED, UNDETERMINED
from .hypothetical import following
from .verdicts import Quantifiers, action_tests, basis_tests, cascade, choice_tests, settled, verdict_words

if TYPE_CHECKING:
    from .hypothetical import Hypothetical, Row
    from .ruleset import Ruleset

AROUND = range(-2, 3)
"""Days before and after a day that a dial may be set to: enough for three unknown dates to fall in any order."""

Setting = Value | None
"""A value of a dial; None leaves the fact unknown."""
Dials = Mapping[str, tuple[Setting, ...]]
"""Facts that may be set, each with its values; the first is how it stands."""
Move = tuple[str, int]
"""A dial and the number of the setting it is moved to."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a verdict is about: an action under a basis, an action over all its bases, or a choice under a law."""

    action: str
    basis: str | None = None

    def literals(self, law: Ruleset) -> list[str]:
        """The literals that the verdict is read from; none when the ruleset does not speak to it."""
        if self.action in law.choices:
            return list(law.code.choices.get((self.action, self.basis or ""), {}).values())
        if self.basis is None:
            return gate_literals(law, [self.action])
        pair = law.code.pairs.get((self.basis, self.action))
        return [] if pair is None else [*pair.gates.values(), *pair.causes.values(), *pair.steps.values()]


def posed_for(law: Ruleset, hypothetical: Hypothetical, key: Key) -> Hypothetical:
    """The hypothetical a verdict is asked of: a choice is asked in one of its forms."""
    return as_form(law, hypothetical, key.action)[0] if key.action in law.choices else hypothetical


class Panel:
    """The completions of a row for every setting of some dials, as `blackletter.exact.evaluate` wants them.

    A dial that stands at None is, so left, an unknown like any other. It has the bits of the unknown and one more that
    says whether it is set; where it is not, its completions are quantified away.
    """

    def __init__(self, row: Row, dials: Dials, room: Room) -> None:
        self.row, self.dials, self.room = row, dials, room
        self.moved: dict[str, Coded] = {}
        """The dials in use."""
        self.hidden: dict[str, Coded] = {}
        """The unknown in use: facts and readings."""
        self.set: dict[str, Function] = {}
        """The dials in use that stand at None -> when they are set."""

    def dial(self, name: str) -> Coded:
        """The codes of a dial's settings."""
        if name not in self.moved:
            first, *others = self.dials[name]
            if first is None:
                self.moved[name] = self._unset(name, others)
            else:
                self.moved[name] = self.room.code(f"set {name}", (first, *(v for v in others if v is not None)))
        return self.moved[name]

    def _unset(self, name: str, others: Sequence[Setting]) -> Coded:
        """The codes of a dial that stands at None: not set, or set and a value of the unknown."""
        is_set = self.set[name] = self.room.code(f"set {name}", (False, True)).codes[1]
        codes = {value: code for code, value in self._unknown(name)}
        chosen = tuple(all_of((is_set, codes[value])) for value in others)  # type: ignore[index]
        hidden = self.hidden[name]
        return Coded((~is_set, *chosen), any_of((~is_set, *chosen)), all_of((is_set, hidden.cube)), hidden.width + 1)

    def atom(self, atom: Atom) -> Function:
        """The settings and completions in which an atom is true."""
        if atom.other is None:
            return any_of(code for code, value in self.cases(atom.fact) if atom.test(value))
        others = self.cases(atom.other)
        return any_of(
            all_of((code, any_of(c for c, other in others if atom.test(value, other))))
            for code, value in self.cases(atom.fact)
        )

    def cases(self, name: str) -> list[tuple[Function, Value]]:
        """Every value a fact or followed name may have, with when it has it."""
        variable, how = self.source(name)
        if variable in self.dials:
            coded = self.dial(variable)
            if variable not in self.set:
                return [(c, how(v)) for c, v in zip(coded.codes, self.dials[variable], strict=True)]  # type: ignore[arg-type]
        elif (value := self.row.value(name)) is not None:
            return [(True, value)]
        return [(code, how(value)) for code, value in self._unknown(variable)]

    def _unknown(self, variable: str) -> Iterator[tuple[Function, Value]]:
        values = self._domain(variable)
        if variable not in self.hidden:
            self.hidden[variable] = self.room.code(variable, values)
        return zip(self.hidden[variable].codes, values, strict=True)

    def source(self, name: str) -> tuple[str, Callable[[Value], Value]]:
        """The variable or dial that ``name`` is read from, and how."""
        noun = self.row.law.facts.get(name)
        if noun is not None and noun.follows in self.dials:
            return str(noun.follows), lambda value: following(self.row.law, name, value)
        if name == "acted_on" and "as_of" in self.dials and not acts_apart(self.row.hypothetical):
            return "as_of", _same
        if name.startswith("actor.") and "actor" in self.dials:
            return "actor", _same
        return (name, _same) if name in self.dials else self.row.source(name)

    def _domain(self, variable: str) -> tuple[Value, ...]:
        """The values of an unknown; a day also around the days of every dial it may be compared with."""
        values = self.row.domain(variable)
        if variable not in self.row.law.facts or self.row.law.facts[variable].kind != "date":
            return values
        near = {v for v in values if isinstance(v, dt.date)}
        for name in self._compared(variable) & self.dials.keys() - {variable}:
            turns = {v for v in self.dials[name] if isinstance(v, dt.date)} - {NEVER}
            near |= {day + dt.timedelta(n) for day in turns for n in AROUND}
        return tuple(sorted(near))

    def _compared(self, variable: str) -> set[str]:
        """The dates tied to one by comparisons with each other."""
        found, agenda = {variable}, [variable]
        while agenda:
            for atom in self.row.code.by_fact.get(agenda.pop(), ()):
                fresh = {self.source(f)[0] for f in atom.facts} - found if atom.other else set()
                found |= fresh
                agenda += fresh
        return found

    # constraints and quantifiers -----------------------------------------------------------------------------------

    @cached_property
    def whole(self) -> Function:
        """The completions that respect every constraint, as far as what is stated does not break it already."""
        return all_of(self._constraint(when, then, spared=True) for when, then in self.row.code.constraints)

    @cached_property
    def lawful(self) -> Function:
        """The settings and completions that break no constraint at all."""
        return all_of(self._constraint(when, then, spared=False) for when, then in self.row.code.constraints)

    def _constraint(self, when: Sequence[str], then: Sequence[str], spared: bool) -> Function:
        ends = [any_of((self._literal(x), self._stated(x) if spared else False)) for x in then]
        return any_of((none_of(all_of(self._literal(x) for x in when)), all_of(ends)))

    def _literal(self, literal: str) -> Function:
        function = self.atom(self.row.code.atoms[literal.lstrip("~")])
        return none_of(function) if literal[0] == "~" else function

    def _stated(self, literal: str) -> Function:
        """When what a literal tests is stated, not unknown."""
        return all_of(map(self._known, self.row.code.atoms[literal.lstrip("~")].facts))

    def _known(self, fact: str) -> Function:
        variable, _ = self.source(fact)
        if variable not in self.dials:
            return self.row.value(fact) is not None
        self.dial(variable)
        return self.set.get(variable, True)

    def some(self, f: Function) -> Function:
        """The settings for which ``f`` holds in some completion."""
        inside = all_of((f, self.whole))
        return self.settings(inside)

    def settings(self, f: Function) -> Function:
        """The settings for which ``f`` holds of something unknown, whether or not constraints allow it."""
        found = self._without(f, self.hidden.keys() - self.set.keys())
        for name, is_set in reversed(self.set.items()):  # the lowest on the diagram first: it stays small
            if not isinstance(found, bool):
                found = is_set.ite(found, found.exists(self.hidden[name].cube))
        return settled(found)

    def some_reading(self, f: Function) -> Function:
        """The settings and completions of facts for which some reading makes ``f`` true."""
        return self._without(f, [v for v in self.hidden if v.startswith("free:")])

    def _without(self, f: Function, names: Iterable[str]) -> Function:
        cube = all_of(self.hidden[v].cube for v in names)
        return settled(f if isinstance(f, bool) or cube is True else f.exists(cube))

    def fixed(self, f: Function, setting: Mapping[str, int]) -> Function:
        """``f`` with some dials set, by the number of their setting."""
        if isinstance(f, bool) or not setting:
            return f
        codes = all_of(self.moved[name].codes[number] for name, number in setting.items())
        return settled((f & codes).exists(all_of(self.moved[name].cube for name in setting)))

    def count(self, f: Function) -> int:
        """The number of settings of the dials in use for which a function of dials holds; none may stand at None."""
        inside = all_of((f, *(coded.proper for coded in self.moved.values())))
        bits = sum(max(1, (len(self.dials[name]) - 1).bit_length()) for name in self.moved)
        if isinstance(inside, bool):
            return inside << bits
        return int(inside.sat_count(self.room.used)) >> (self.room.used - bits)


def _same(value: Value) -> Value:
    return value


def acts_apart(hypothetical: Hypothetical) -> bool:
    """Whether the day of the act is stated, or stated to be unknown: else it is the day of asking."""
    return "acted_on" in hypothetical.facts or "acted_on" in hypothetical.open


def satisfiable(f: Function) -> bool:
    """Whether ``f`` holds anywhere."""
    return f if isinstance(f, bool) else bool(f.satisfiable())


class OpenDesk(Desk):
    """A desk on a space of one's own, with the functions it has for the nodes of the program."""

    def __init__(self, hypothetical: Hypothetical, space: Any, values: Any) -> None:
        law = hypothetical.law
        self.law, self.code, self.hypothetical, self.engine = law, law.code, hypothetical, "exact"
        self.space, self.values = space, values
        self.memo: dict[object, Any] = {}

    @classmethod
    def of(cls, panel: Panel, literals: Sequence[str]) -> OpenDesk:
        """A desk whose functions are over the dials and the unknown of a panel together."""
        code = panel.row.code
        values = evaluate(code.program, panel, code.cone(dict.fromkeys(literals)))  # type: ignore[arg-type]
        return cls(panel.row.hypothetical, panel, values)


def verdict_functions(
    desk: Desk, key: Key, some: Callable[[Function], Function], some_reading: Callable[[Function], Function]
) -> Mapping[str, Function]:
    """Verdict word -> when it is the verdict; together they are everything, and no two hold at once.

    A word that is never the verdict is left out. ``some`` quantifies away what is unknown and not asked about,
    ``some_reading`` the readings alone.
    """
    over, law = Quantifiers(some, some_reading), desk.law
    if key.action in law.choices:
        literals = desk.code.choices[key.action, key.basis or ""]
        parts = verdict_parts(desk, literals, law.laws[key.basis or ""].complete)
        return cascade(choice_tests(over, parts)).parts
    pairs = {b: p for (b, a), p in desk.code.pairs.items() if a == key.action and key.basis in (None, b)}
    weighed = tuple(desk.weigh(basis, pair) for basis, pair in pairs.items())
    each = tuple(desk.once((w, "tests"), partial(basis_tests, over, w)) for w in weighed)
    return each[0].parts if key.basis is not None else action_tests(desk, over, weighed, each).parts


def verdict_names(law: Ruleset, key: Key) -> tuple[str, ...]:
    """Every verdict word a finding of this kind can have."""
    said = (FORBIDDEN, REQUIRED, NOT_REGULATED)
    if key.action in law.choices:
        return (CONFLICT, *said, NOT_RIPE, OUTSIDE, CONTESTED, UNDETERMINED)
    return tuple(word for word in verdict_words(law) if word not in (*said, OUTSIDE))


# -- the fewest moves -----------------------------------------------------------------------------------------------


class Moves:
    """The smallest sets of moves, from every dial at its first setting, that make a function true.

    Exact: it walks the diagram dial by dial and keeps, for each function met, the sets that are minimal by inclusion.
    """

    def __init__(self, panel: Panel) -> None:
        self.panel, self.names = panel, list(panel.moved)
        self.memo: dict[tuple[Function, int, int], tuple[frozenset[Move], ...]] = {}
        self.still: Function = all_of(c.codes[0] for c in panel.moved.values())

    def smallest(self, f: Function, most: int) -> tuple[frozenset[Move], ...]:
        """Every set of up to ``most`` moves that makes ``f`` true, none of whose proper subsets does.

        ``f`` is a function of dials alone. Sets with fewer moves come first.
        """
        found = self._walk(f, 0, most)
        return tuple(sorted(found, key=lambda s: (len(s), sorted((self.names.index(n), v) for n, v in s))))

    def _walk(self, f: Function, start: int, most: int) -> tuple[frozenset[Move], ...]:
        if isinstance(f, bool):
            return (frozenset(),) if f else ()
        if satisfiable(all_of((f, self.still))):
            return (frozenset(),)
        if not most:
            return ()
        key = f, start, most
        if key not in self.memo:
            self.memo[key] = self._sets(f, start, most)
        return self.memo[key]

    def _sets(self, f: Function, start: int, most: int) -> tuple[frozenset[Move], ...]:
        panel, name = self.panel, self.names[start]
        if f.exists(panel.moved[name].cube) == f:
            return self._walk(f, start + 1, most)
        still = panel.fixed(f, {name: 0})
        staying = self._walk(still, start + 1, most)
        found = list(staying)
        for number in range(1, len(panel.dials[name])):
            moved = panel.fixed(f, {name: number})
            if moved != still:
                grown = (s | {(name, number)} for s in self._walk(moved, start + 1, most - 1))
                found += [s for s in grown if not any(t <= s for t in staying)]
        return tuple(found)

    def fewest(self, f: Function) -> frozenset[Move] | None:
        """One of the sets with the fewest moves; None when no setting makes ``f`` true."""
        if not satisfiable(f):
            return None
        for most in range(len(self.names) + 1):
            found = self.smallest(f, most)
            if found:
                return found[0]
        return None
