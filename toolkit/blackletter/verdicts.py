"""The verdicts of many hypotheticals at once: Boolean functions of the facts in which they differ.

Hypotheticals of a group know the same facts and differ only in some of their values. Those *varying* facts become
variables of the diagrams beside the unknown facts and the open readings; then what is unknown is quantified once for
the whole group, as `desk` does for one hypothetical. What is left of each verdict is a function of the varying facts:
it can be counted, said as conditions, or run over planes of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from .atoms import Atom, Value, days
from .choices import verdict_parts
from .desk import Desk, gate_literals
from .exact import Function, Room, Space, all_of, any_of, evaluate, none_of
from .findings import (
    AFTER_PROCESS,
    CONFLICT,
    CONTESTED,
    FORBIDDEN,
    NOT_PERMITTED,
    NOT_REGULATED,
    NOT_RIPE,
    OUTSIDE,
    PERMITTED,
    REQUIRED,
    UNDETERMINED,
)
from .hypothetical import Hypothetical, Row, value_text

if TYPE_CHECKING:
    import datetime as dt

    from .model import Choice
    from .ruleset import Ruleset

Key: TypeAlias = tuple[str, str]
"""(action, basis), (action, "") for the action over all its bases, or (choice, law)."""
Parts: TypeAlias = Mapping[str, Function]
"""Verdict -> the values of the varying facts for which it is the verdict; together they are everything."""


def verdict_words(law: Ruleset) -> tuple[str, ...]:
    """Every verdict, those that allow least first; the words about choices last.

    >>> import blackletter as bl
    >>> verdict_words(bl.load())[2:5]
    ('enjoined', 'no authority', 'unconstitutional')
    """
    closed = dict.fromkeys((*(word.verdict for word in law.verdicts), NOT_RIPE))
    federal = (OUTSIDE, CONFLICT, *closed, NOT_PERMITTED, UNDETERMINED, CONTESTED, AFTER_PROCESS, PERMITTED)
    return (*federal, FORBIDDEN, REQUIRED, NOT_REGULATED)


# -- rows that differ -----------------------------------------------------------------------------------------------


class VaryingRow(Row):
    """A row in which some known facts vary; ``compared`` names comparisons of two known dates that vary as well.

    With ``merged``, values of a varying fact that no rule and no form of a choice tells apart are taken as one.
    ``gapped`` names varying facts that some of the rows do not know: which, is one more bit of each row.
    """

    def __init__(
        self,
        hypothetical: Hypothetical,
        varying: Iterable[str],
        compared: Iterable[str] = (),
        merged: bool = True,
        gapped: Iterable[str] = (),
    ) -> None:
        super().__init__(hypothetical)
        self.compared, self.merged = frozenset(compared), merged
        self.gapped = frozenset(gapped)
        self.varying = frozenset(varying) | self.gapped
        facts = self.law.facts
        followers = {name for name in self.law.followers if facts[name].follows in self.varying}
        for name in self.varying | followers:
            self.known.pop(name, None)

    def settling(self, fact: str, value: Value) -> VaryingRow:
        """The same rows with one fact set to one value in all of them."""
        posed = replace(self.hypothetical, facts={**self.hypothetical.facts, fact: value})
        row = VaryingRow(posed, self.varying - {fact}, self.compared, self.merged, self.gapped - {fact})
        row._found, row._tests = self._found, self._tests
        return row

    @cached_property
    def free(self) -> frozenset[str]:
        """Every variable that is given by a row, not by a completion."""
        return self.varying | self.compared

    def source(self, name: str) -> tuple[str, Callable[[Value], Value]]:
        if name.startswith("actor.") and "actor" in self.varying:
            return "actor", lambda value: value
        return super().source(name)

    def _truth(self, atom: Atom) -> bool | None:
        return None if atom.name in self.compared else super()._truth(atom)

    def domain(self, variable: str) -> tuple[Value, ...]:
        if variable in self.compared or variable.startswith(("party_to:", "not_party_to:")):
            return (True, False)
        if variable in self.varying and self.merged:
            return tuple(self._classes(variable).values())
        return super().domain(variable)

    def place(self, variable: str, value: Value) -> int:
        """The number of the class of values that ``value`` stands in."""
        if (variable, value) not in self._places:
            self._places[variable, value] = list(self._classes(variable)).index(self._marks(variable, value))
        return self._places[variable, value]

    @cached_property
    def _places(self) -> dict[tuple[str, Value], int]:
        return {}

    def _classes(self, variable: str) -> dict[tuple[bool, ...], Value]:
        """The truth of every test of a fact -> a value of which the tests are so true."""
        if variable not in self._found:
            values = self._cells(variable) if self._is_day(variable) else super().domain(variable)
            self._found[variable] = {self._marks(variable, v): v for v in reversed(values)}
        return self._found[variable]

    @cached_property
    def _found(self) -> dict[str, dict[tuple[bool, ...], Value]]:
        return {}

    def _is_day(self, variable: str) -> bool:
        return variable in self.law.facts and self.law.facts[variable].kind == "date"

    def _cells(self, variable: str) -> tuple[dt.date, ...]:
        cuts: Any = {a.values[0] for a in self.code.by_fact.get(variable, ()) if not a.other}
        return days(cuts, 1, self.law.facts[variable].never)

    def _marks(self, variable: str, value: Value) -> tuple[bool, ...]:
        return tuple(test(value) for test in self._tests.get(variable, ()))

    @cached_property
    def _tests(self) -> dict[str, list[Callable[[Value], bool]]]:
        found: dict[str, list[Callable[[Value], bool]]] = {name: [] for name in self.varying}
        for atom in self.code.atoms.values():
            variable, how = self.source(atom.fact)
            if atom.other is None and variable in found:
                found[variable].append(lambda value, atom=atom, how=how: atom.test(how(value)))  # type: ignore[misc]
        for choice in self.law.choices.values():
            for fact, forms in choice.forms.items():
                if fact in found:
                    found[fact].append(lambda value, forms=forms: value_text(value) in forms)  # type: ignore[misc]
        return found


class Quantified:
    """Boolean functions with what is unknown quantified away; `VaryingSpace` and `Quantifiers` say how."""

    certain: bool = False
    """Whether every fact is known: only readings are open."""

    def somewhere(self, f: Function) -> Function:
        """Where ``f`` holds in some completion."""
        raise NotImplementedError

    def some_reading(self, f: Function) -> Function:
        """Where some reading makes ``f`` true, the facts staying as they are."""
        raise NotImplementedError

    def everywhere(self, f: Function) -> Function:
        """Where ``f`` holds in every completion."""
        return none_of(self.somewhere(none_of(f)))

    def turns(self, f: Function) -> Function:
        """Where, whatever the facts, some reading makes ``f`` true and some other false."""
        return self.everywhere(all_of((self.some_reading(f), self.some_reading(none_of(f)))))


class Quantifiers(Quantified):
    """The two quantifiers, given as functions."""

    def __init__(self, some: Callable[[Function], Function], some_reading: Callable[[Function], Function]) -> None:
        self._some, self._some_reading = some, some_reading

    def somewhere(self, f: Function) -> Function:
        return self._some(f)

    def some_reading(self, f: Function) -> Function:
        return self._some_reading(f)


class VaryingSpace(Space, Quantified):
    """The completions of every row of a group; what is asked is answered as a function of the varying facts."""

    row: VaryingRow

    def add(self, variable: str) -> None:
        super().add(variable)
        if variable in self.row.gapped and variable not in self.missing:
            self.missing[variable] = self.room.code(gap_name(variable), (False, True)).codes[1]

    @cached_property
    def missing(self) -> dict[str, Function]:
        """Gapped fact -> the rows that do not know it."""
        return {}

    def atom(self, atom: Atom) -> Function:
        if atom.name in self.row.compared:
            self.add(atom.name)
            return self.codes[atom.name][0]
        return super().atom(atom)

    def member(self, variable: str, chosen: Callable[[Value], bool]) -> Function:
        """The rows in which a varying fact has one of the chosen values."""
        self.add(variable)
        return self._pick(variable, map(chosen, self.variables[variable]))

    def known(self, fact: str) -> Function:
        """The rows that know a varying fact."""
        self.add(fact)
        return none_of(self.missing.get(fact, False))

    def _unknowns(self, constraint: tuple[tuple[str, ...], tuple[str, ...]]) -> set[str]:
        return super()._unknowns(constraint) - (self.row.free - self.row.gapped)

    def _constraint(self, when: Iterable[str], then: Iterable[str]) -> Function:
        """What is stated stands, whatever its value: a constraint binds only what is unknown."""
        bound = (self._binding(x) for x in then if self._unknowns(((), (x,))))
        kept = all_of(f for f in bound if f is not False)
        return any_of((none_of(all_of(map(self._literal, when))), kept))

    def _binding(self, literal: str) -> Function:
        """A literal, in the rows that do not know what it speaks of."""
        f, about = self._literal(literal), self._unknowns(((), (literal,)))
        if about - self.row.gapped:
            return f
        return any_of((f, all_of(map(self.known, about))))

    @cached_property
    def _unknown_bits(self) -> Function:
        """The bits of what rows do not give. Reading it fixes the set of variables."""
        _ = self.whole
        return self._all_bits(tuple(v for v in self.variables if v not in self.row.free))

    @cached_property
    def certain(self) -> bool:  # type: ignore[override]
        """Whether every fact is known in every row: only readings are open."""
        _ = self.whole
        return all(v in self.row.free - self.row.gapped or v.startswith("free:") for v in self.variables)

    def somewhere(self, f: Function) -> Function:
        """The rows in which ``f`` holds in some completion."""
        return self._once("somewhere", f, lambda: self._somewhere(all_of((f, self.whole))))

    def _somewhere(self, inside: Function) -> Function:
        if not isinstance(inside, bool) and self._unknown_bits is not True:
            inside = self._exists(inside)
        return settled(self._gaps_filled(inside))

    def _exists(self, f: Function) -> Function:
        return f.exists(self._unknown_bits)

    def _gaps_filled(self, f: Function) -> Function:
        """The rows in which ``f`` holds as stated, or for some value of what a row does not know."""
        for fact, missing in self.missing.items():
            if not isinstance(f, bool):
                f = any_of((f, all_of((missing, f.exists(self.bits[fact])))))
        return f


def gap_name(fact: str) -> str:
    """The variable that says of each row whether it does not know a gapped fact."""
    return f"unknown:{fact}"


def settled(f: Function) -> Function:
    """``f``, as True or False when it is constant."""
    if isinstance(f, bool):
        return f
    return True if f.valid() else bool(f.satisfiable()) and f


# -- verdicts -------------------------------------------------------------------------------------------------------


class _ManyDesk(Desk):
    """A desk whose functions are read for every row of a group."""

    space: VaryingSpace

    def __init__(self, law: Ruleset, row: VaryingRow, room: Room, wanted: Iterable[str]) -> None:
        self.law, self.code, self.hypothetical, self.engine = law, law.code, row.hypothetical, "exact"
        self.space = VaryingSpace(row, room)
        self.values = evaluate(self.code.program, self.space, self.code.cone(wanted))
        self.memo = {}


@dataclass(frozen=True)
class Joined:
    """All, or any, of some tests: kept apart, since their one diagram can be far larger than the two."""

    kind: Literal["all", "any"]
    tests: tuple[Test, ...]


@dataclass(frozen=True, eq=False)
class Cascade:
    """One finding as tests in order: the verdict is the word of the first test that a row meets."""

    tests: tuple[tuple[str, Test], ...]

    @cached_property
    def parts(self) -> Parts:
        """Verdict -> the rows of which it is the verdict."""
        left: Function = True
        found: dict[str, Function] = {}
        for word, test in self.tests:
            f = holds(test)
            found[word] = settled(any_of((found.get(word, False), all_of((left, f)))))
            left = settled(all_of((left, none_of(f))))
        return {word: f for word, f in found.items() if f is not False}


@dataclass(frozen=True)
class Ends:
    """The test that another finding ends in a word."""

    cascade: Cascade
    word: str


Test: TypeAlias = Function | Joined | Ends
"""The rows that meet a condition."""


def holds(test: Test) -> Function:
    """The rows that meet a test, as one function."""
    if isinstance(test, Joined):
        return (all_of if test.kind == "all" else any_of)(map(holds, test.tests))
    return test.cascade.parts.get(test.word, False) if isinstance(test, Ends) else test


def joined(kind: Literal["all", "any"], *tests: Test) -> Test:
    """All, or any, of tests, constants left out."""
    absorbing = kind == "any"
    kept = tuple(t for t in tests if not isinstance(t, bool))
    if any(t is absorbing for t in tests) or not kept:
        return absorbing if any(t is absorbing for t in tests) else not absorbing
    return kept[0] if len(kept) == 1 else Joined(kind, kept)


def cascade(tests: Iterable[tuple[str, Test]]) -> Cascade:
    """The tests that some row may meet, up to the first that every row meets."""
    kept: list[tuple[str, Test]] = []
    for word, test in tests:
        if test is not False:
            kept.append((word, test))
        if test is True:
            break
    return Cascade(tuple(kept))


def verdicts(law: Ruleset, row: VaryingRow, room: Room, only: Collection[str] | None = None) -> dict[Key, Cascade]:
    """Every verdict that `blackletter.desk.ask` gives, as functions of the varying facts of ``row``.

    ``only`` limits the answer to some actions and choices.
    """
    named = [a for a in law.actions if only is None or a in only]
    desk = _ManyDesk(law, row, room, gate_literals(law, named))
    found: dict[Key, Cascade] = {}
    for action in named:
        weighed = {basis: desk.weigh(basis, pair) for (basis, a), pair in law.code.pairs.items() if a == action}
        each = {basis: desk.once((w, "tests"), partial(basis_tests, desk.space, w)) for basis, w in weighed.items()}
        found |= {(action, basis): tests for basis, tests in each.items()}
        together = partial(action_tests, desk, desk.space, tuple(weighed.values()), tuple(each.values()))
        found[action, ""] = desk.once((tuple(weighed.values()), "tests"), together)
    for choice, noun in law.choices.items():
        if only is None or choice in only:
            found |= {(choice, name): tests for name, tests in _of_choice(law, row, room, choice, noun).items()}
    return found


def basis_tests(space: Quantified, w: Any) -> Cascade:
    """The verdict of one basis, weighed on a desk."""
    permitted = w.partition[PERMITTED]
    return cascade((
        (CONFLICT, space.somewhere(w.conflict)),
        *((word, space.everywhere(closed)) for word, closed in w.closings.items()),
        (NOT_PERMITTED, none_of(space.somewhere(permitted))),
        *_settle(space, permitted, True, _steps(space, w)),
    ))  # fmt: skip


def _steps(space: Quantified, w: Any) -> Function:
    """The rows in which some step of process is, or may be, still to come."""
    return any_of(space.somewhere(f) for f in w.step_functions.values())


def _settle(space: Quantified, permitted: Function, able: Test, steps: Test) -> Iterator[tuple[str, Test]]:
    """The verdicts on what is permitted in some completion, or ``able`` to be."""
    always = space.everywhere(permitted)
    yield AFTER_PROCESS, joined("all", able, always, steps)
    yield PERMITTED, joined("all", able, always)
    # What is neither always nor never permitted, with every fact known, turns on readings.
    yield CONTESTED, joined("all", able, space.certain or space.turns(permitted))
    yield UNDETERMINED, able


def action_tests(desk: Desk, space: Quantified, weighed: Sequence[Any], each: tuple[Cascade, ...]) -> Cascade:
    """The verdict of an action over all its bases, as weighed on a desk; ``each`` are their own verdicts."""
    if not weighed:
        return cascade([(OUTSIDE, True)])
    partition = desk.together(weighed).partition
    able = joined("any", *(space.somewhere(w.partition[PERMITTED]) for w in weighed))
    ends = {word: [Ends(c, word) for c in each if word in dict(c.tests)] for word in desk.law.nearest}
    return cascade((
        (CONFLICT, space.somewhere(partition[CONFLICT])),
        *_settle(space, partition[PERMITTED], able, _steps_together(space, weighed)),
        *((word, joined("any", *tests)) for word, tests in ends.items() if tests),
        (NOT_PERMITTED, True),
    ))  # fmt: skip


def _steps_together(space: Quantified, weighed: Sequence[Any]) -> Test:
    """The rows in which a basis that can permit has steps, and no basis always permits without any."""
    permitted = [(w.partition[PERMITTED], _steps(space, w)) for w in weighed]
    due = (joined("all", space.somewhere(f), steps) for f, steps in permitted)
    plain = (all_of((space.somewhere(f), space.everywhere(f), none_of(steps))) for f, steps in permitted)
    return joined("all", joined("any", *due), *(none_of(f) for f in plain))


def _of_choice(law: Ruleset, row: VaryingRow, room: Room, choice: str, noun: Choice) -> dict[str, Cascade]:
    """Law -> what it says of a choice. A row without a form of the choice is asked as if it had the first."""
    speaking = {name: law.code.choices[choice, name] for name in law.laws if (choice, name) in law.code.choices}
    found: dict[str, list[tuple[str, Test]]] = {name: [] for name in law.laws}
    wanted = [x for literals in speaking.values() for x in literals.values()]
    for here, posed in _forms(row, room, noun):
        desk = _ManyDesk(law, posed, room, wanted)
        for name, literals in speaking.items():
            said = choice_tests(desk.space, verdict_parts(desk, literals, law.laws[name].complete))
            found[name] += [(word, settled(all_of((here, f)))) for word, f in said]
    silent = {name: [(NOT_REGULATED if law.laws[name].complete else OUTSIDE, True)] for name in law.laws}
    return {name: cascade(tests if name in speaking else silent[name]) for name, tests in found.items()}


def _forms(row: VaryingRow, room: Room, noun: Choice) -> Iterator[tuple[Function, VaryingRow]]:
    """The rows in which each fact is the first without a form of the choice, with that fact set to its first form."""
    space = VaryingSpace(row, room)
    left: Function = True
    for fact, forms in noun.forms.items():
        has = _has(space, fact, forms)
        here = settled(all_of((left, none_of(has))))
        if here is not False:
            first: Value = forms[0] == "yes" if forms[0] in ("yes", "no") else forms[0]
            yield here, row.settling(fact, first)
        left = settled(all_of((left, has)))
    if left is not False:
        yield left, row


def _has(space: VaryingSpace, fact: str, forms: Sequence[str]) -> Function:
    """The rows in which a fact has one of the forms of a choice."""
    if fact in space.row.varying:
        return all_of((space.member(fact, lambda value: value_text(value) in forms), space.known(fact)))
    facts = space.row.hypothetical.facts
    return fact in facts and value_text(facts[fact]) in forms


def choice_tests(space: Quantified, parts: Parts) -> Iterator[tuple[str, Function]]:
    """What a law says of a choice; ``parts`` are the completions of each verdict."""
    for word, f in parts.items():
        yield word, space.everywhere(f)
    readings = (space.some_reading(none_of(f)) for f in parts.values())
    yield CONTESTED, space.certain or space.everywhere(all_of(readings))
    yield UNDETERMINED, True
