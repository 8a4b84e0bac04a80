"""Everything exact about unknowns: Boolean functions of facts and readings on a decision diagram.

A function is ``True``, ``False`` or a diagram; constants cost nothing, so a hypothetical with every fact known is
decided in plain Python and only open readings reach the diagrams. On a complete row of an acyclic theory each tag is
the denial of its opposite (strong negation), so one function a node is enough. Diagrams are
OxiDD's BCDDs, by far the fastest of those compared on functions of this law (``benchmarks/diagrams.py``;
ARCHITECTURE.md has the figures).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from math import ceil, log2
from typing import TYPE_CHECKING, Any, TypeVar

from .atoms import Atom, Value
from .errors import EngineError
from .theory import Program

if TYPE_CHECKING:
    from .hypothetical import Row

Function = Any
"""True, False, or a diagram."""


CAPACITIES = (1 << 19, 1 << 22, 1 << 24)
"""How many diagram nodes a question may use: at first, and on two further tries."""

Answer = TypeVar("Answer")


class OutOfRoomError(EngineError):
    """A question outgrew the largest room."""


class Room:
    """The diagrams of one question: a manager made when first needed, shared by all its spaces.

    ``owner`` says which bit of which variable each diagram variable is.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity, self.used = capacity, 0
        self.coded: dict[tuple[str, tuple[Value, ...]], Coded] = {}
        self.picked: dict[tuple[str, Coded], Function] = {}
        self.owner: dict[int, tuple[str, int]] = {}
        self._reads: dict[Function, int] = {}

    @cached_property
    def manager(self) -> Any:
        from oxidd.bcdd import BCDDManager

        return BCDDManager(self.capacity, self.capacity // 4, 1)

    def code(self, variable: str, values: tuple[Value, ...]) -> Coded:
        """The bits of a variable, made once: every space of the room that has the same unknown shares them."""
        key = variable, values
        if key not in self.coded:
            first = self.used
            self.coded[key] = Coded.of(self.bits(max(1, ceil(log2(len(values))))), len(values))
            self.owner.update({n: (variable, n - first) for n in range(first, self.used)})
        return self.coded[key]

    def bits(self, count: int) -> list[Function]:
        """Fresh diagram variables."""
        self.used += count
        return [self.manager.var(i) for i in self.manager.add_vars(count)]

    def reads(self, f: Function) -> frozenset[str]:
        """The variables that a function reads."""
        mask = 0 if isinstance(f, bool) else self._mask(f)
        return frozenset(self.owner[n][0] for n in range(mask.bit_length()) if mask >> n & 1)

    def _mask(self, f: Function) -> int:
        """The diagram variables of a function, as the bits of a number."""
        if f not in self._reads:
            mask, seen, stack = 0, set(), [f]
            while stack:
                node = stack.pop()
                if node not in seen:
                    seen.add(node)
                    below = node.cofactors()
                    if below:
                        mask |= 1 << node.node_var()
                        stack += below
            self._reads[f] = mask
        return self._reads[f]


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A variable on the diagram: the code of each value, the patterns of bits that are no spare code, and its bits.

    The last value also takes the codes left over, so every pattern of bits is a completion, and only counting has to
    know which codes are spare.
    """

    codes: tuple[Function, ...]
    proper: Function
    cube: Function
    width: int

    @classmethod
    def of(cls, bits: Sequence[Function], count: int) -> Coded:
        """Codes for ``count`` values on these bits."""
        if count == 2:
            return cls((~bits[0], bits[0]), True, bits[0], 1)
        cubes = [_cube(bits, number) for number in range(count)]
        proper = True if count == 1 << len(bits) else any_of(cubes)
        return cls((*cubes[:-1], none_of(any_of(cubes[:-1]))), proper, all_of(bits), len(bits))


def with_room(work: Callable[[Room], Answer]) -> Answer:
    """The answer of ``work(room)``, tried again with more room; `EngineError` when the largest is too small."""
    from oxidd.util import DDMemoryError

    for capacity in CAPACITIES:
        try:
            return work(Room(capacity))
        except DDMemoryError:
            continue
    raise OutOfRoomError(f"this question needs more than {CAPACITIES[-1]:,} diagram nodes; state more facts")


def all_of(functions: Iterable[Function]) -> Function:
    """The conjunction."""
    result: Function = True
    for f in functions:
        if f is False:
            return False
        if f is not True:
            result = f if result is True else result & f
    return result


def any_of(functions: Iterable[Function]) -> Function:
    """The disjunction."""
    result: Function = False
    for f in functions:
        if f is True:
            return True
        if f is not False:
            result = f if result is False else result | f
    return result


def none_of(f: Function) -> Function:
    """The denial."""
    return not f if isinstance(f, bool) else ~f


class Space:
    """The completions of a row: a diagram variable for every bit of every unknown that matters.

    ``variables`` maps each unknown to its values; readings of questions are those named ``free:...``.
    """

    def __init__(self, row: Row, room: Room) -> None:
        self.row, self.room = row, room
        self.variables: dict[str, tuple[Value, ...]] = {}
        self.coded: dict[str, Coded] = {}
        self.codes: dict[str, tuple[Function, ...]] = {}
        self.bits: dict[str, Function] = {}
        self.proper: dict[str, Function] = {}
        self.questions: list[str] = []
        self.memo: dict[object, Any] = {}

    def supposing(self, row: Row, fact: str) -> Space:
        """The completions of a row that differs from this one's in one fact, once every function is evaluated.

        What is remembered of functions holds there too, unless a constraint reads the fact.
        """
        other = copy(self)
        other.row, other.variables = row, {name: v for name, v in self.variables.items() if name != fact}
        if fact in row.code.constrained:
            other.memo = {}
            for kept in ("whole", "counted", "_constraints", "_bound"):
                other.__dict__.pop(kept, None)
        return other

    def add(self, variable: str) -> None:
        """Gives an unknown its bits and each of its values a code."""
        if variable in self.variables:
            return
        values = self.row.domain(variable)
        coded = self.room.code(variable, values)
        self.variables[variable], self.coded[variable] = values, coded
        if variable.startswith("free:"):
            self.questions.append(variable)
        self.codes[variable], self.proper[variable], self.bits[variable] = coded.codes, coded.proper, coded.cube

    def atom(self, atom: Atom) -> Function:
        """The completions in which an atom is true."""
        truth = self.row.truth(atom)
        if truth is None:
            truth = self.row.overridden(atom)
        if truth is not None:
            return truth
        if atom.other and self.row.value(atom.other) is None:
            return self._pair(atom)
        return self._single(atom)

    def _single(self, atom: Atom) -> Function:
        unknown = atom.fact if self.row.value(atom.fact) is None else atom.other
        variable, how = self.row.source(unknown or atom.fact)
        self.add(variable)
        if atom.other is None:
            key = atom.name, self.coded[variable]
            if key not in self.room.picked:
                self.room.picked[key] = self._pick(variable, (atom.test(how(v)) for v in self.variables[variable]))
            return self.room.picked[key]
        if unknown == atom.fact:
            tests = (atom.test(how(v), self.row.value(atom.other)) for v in self.variables[variable])
        else:
            tests = (atom.test(self.row.value(atom.fact), how(v)) for v in self.variables[variable])  # type: ignore[arg-type]
        return self._pick(variable, tests)

    def _pick(self, variable: str, tests: Iterable[bool]) -> Function:
        chosen = [code for code, test in zip(self.codes[variable], tests, strict=True) if test]
        if len(chosen) == len(self.codes[variable]):
            return True
        return any_of(chosen)

    def _pair(self, atom: Atom) -> Function:
        if self.row.value(atom.fact) is not None:
            return self._single(atom)
        assert atom.other is not None
        self.add(atom.fact)
        self.add(atom.other)
        found: list[Function] = []
        for value, code in zip(self.variables[atom.fact], self.codes[atom.fact], strict=True):
            tests = (atom.test(value, other) for other in self.variables[atom.other])
            found.append(all_of((code, self._pick(atom.other, tests))))
        return any_of(found)

    # what completions there are ------------------------------------------------------------------------------------

    @cached_property
    def whole(self) -> Function:
        """The completions that respect every constraint. Reading it fixes the set of variables."""
        return all_of(self._constraints)

    @cached_property
    def counted(self) -> Function:
        """The same with one code for each value, so that counting codes counts completions."""
        return all_of((self.whole, *self.proper.values()))

    def _around(self, names: frozenset[str]) -> Function:
        """``counted``, of these variables and all that constraints tie to them: what a share of completions needs."""
        tied = [(self._support(f), f) for f in self._constraints]
        while more := frozenset().union(*(about for about, _ in tied if about & names)) - names:
            names |= more
        held = (f for about, f in tied if about & names)
        return all_of((*held, *(self.proper[name] for name in self.variables if name in names)))

    @cached_property
    def _constraints(self) -> list[Function]:
        """The constraints that reach a variable in use; each may bring further variables in.

        What a stated fact already contradicts is left out: the user's word stands.
        """
        waiting, found = list(self.row.code.constraints), []
        grown = True
        while grown:
            grown = False
            for constraint in list(waiting):
                if self._unknowns(constraint) & self.variables.keys():
                    waiting.remove(constraint)
                    found.append(self._constraint(*constraint))
                    grown = True
        return found

    def _constraint(self, when: Iterable[str], then: Iterable[str]) -> Function:
        kept = all_of(f for f in map(self._literal, then) if f is not False)
        return any_of((none_of(all_of(self._literal(x) for x in when)), kept))

    def _unknowns(self, constraint: tuple[tuple[str, ...], tuple[str, ...]]) -> set[str]:
        code, row = self.row.code, self.row
        atoms = [code.atoms[x.lstrip("~")] for side in constraint for x in side]
        return {row.source(f)[0] for a in atoms if row.truth(a) is None for f in a.facts if row.value(f) is None}

    def _literal(self, literal: str) -> Function:
        function = self.atom(self.row.code.atoms[literal.lstrip("~")])
        return none_of(function) if literal[0] == "~" else function

    # questions about functions -------------------------------------------------------------------------------------

    def always(self, f: Function) -> bool:
        """Whether ``f`` holds in every completion."""
        return f if isinstance(f, bool) else not self.possible(none_of(f))

    def possible(self, f: Function) -> bool:
        """Whether ``f`` holds in some completion."""
        if f is False:
            return False
        return bool(self._once("possible", f, lambda: _satisfiable(all_of((f, self.whole)))))

    def unsettled(self, node: int) -> bool:
        """Whether a node was left unanswered, because no verdict turns on it: never here."""
        return False

    def clashes(self, f: Function) -> bool:
        """Whether neither side of a gate prevails in some completion: a fault of the law, however rare."""
        return self.possible(f)

    def _once(self, what: str, key: object, work: Callable[[], Any]) -> Any:
        """The result of ``work``, remembered: many findings ask the same of the same function."""
        if (what, key) not in self.memo:
            self.memo[what, key] = work()
        return self.memo[what, key]

    def some_reading(self, f: Function) -> Function:
        """The completions of facts for which some reading makes ``f`` true."""
        if isinstance(f, bool) or not self.questions:
            return f
        found: Function = self._once("reading", f, lambda: f.exists(self._all_bits(tuple(self.questions))))
        return found

    def open_when(self, f: Function, readings: Mapping[str, Value]) -> bool:
        """Whether, questions so read, ``f`` holds in some completion and fails in another."""
        return all(_satisfiable(self.fix(self._some_facts(x), readings)) for x in (f, none_of(f)))

    def _some_facts(self, f: Function) -> Function:
        """The readings under which ``f`` holds in some completion of the facts."""
        return self._once("facts", f, lambda: self._projected(all_of((f, self.whole))))

    def _projected(self, f: Function) -> Function:
        facts = tuple(v for v in self.variables if not v.startswith("free:"))
        return f if isinstance(f, bool) else f.exists(self._all_bits(facts))

    def depends(self, functions: Sequence[Function]) -> list[str]:
        """The variables whose value alone can change which of the functions holds, in order of use.

        Wherever the constraints hold just one of the functions does.
        """
        told = self._telling(functions)
        near = self._read_by(told)
        return [name for name in list(self.variables) if name in near and _satisfiable(self._changed(told, name))]

    def share(self, functions: Sequence[Function], variable: str) -> float:
        """The share of completions in which this variable alone changes which function holds."""
        told = self._telling(functions)
        among: int = self._once("among", told, lambda: self._number(self._inside(told)[-1]))
        moved = self._number(self._changed(told, variable))
        if variable not in self._bound:  # the bits of the variable itself are not read: each of its values counts once
            codes = self.coded[variable]
            moved = (moved >> codes.width) * len(codes.codes)
        return moved / max(1, among)

    def _telling(self, functions: Sequence[Function]) -> tuple[Function, ...]:
        """The functions but for the largest: it holds where none of the others does."""
        key = tuple(functions)
        told: tuple[Function, ...]
        told = self._once("telling", key, lambda: tuple(sorted(filter(_satisfiable, key), key=_size)[:-1]))
        return told

    def _read_by(self, functions: Iterable[Function]) -> frozenset[str]:
        return frozenset().union(*map(self._support, functions))

    def _support(self, f: Function) -> frozenset[str]:
        """The variables whose bits a function reads."""
        if isinstance(f, bool):
            return frozenset()
        found: frozenset[str] = self._once("support", f, lambda: self.room.reads(f))
        return found

    def _all_bits(self, names: tuple[str, ...]) -> Function:
        """The cube of the bits of these variables."""
        return self._once("bits", names, lambda: all_of(self.bits[v] for v in names))

    def _changed(self, told: tuple[Function, ...], variable: str) -> Function:
        """The completions in which another value of this variable makes another function hold."""
        return self._once("changed", (told, variable), lambda: self._moves(told, variable))

    def _moves(self, told: tuple[Function, ...], variable: str) -> Function:
        *inside, rest, among = self._inside(told)
        bits, free = self.bits[variable], variable not in self._bound
        if free and self.coded[variable].width == 1:  # a change is where two cofactors of one that tells it differ
            return any_of(f.unique(bits) for f in inside)
        once: Function = False
        twice: Function = False
        for f in (*inside, rest):  # where, for some values of the variable, one function holds, and for some another
            met = f if isinstance(f, bool) else f.exists(bits)
            once, twice = any_of((once, met)), any_of((twice, all_of((once, met))))
        return twice if free else all_of((among, twice))

    def _inside(self, told: tuple[Function, ...]) -> list[Function]:
        """The completions in which each function holds, in which none does, and all, of what the functions read."""
        inside: list[Function] = self._once("inside", told, lambda: self._divided(told))
        return inside

    def _divided(self, told: tuple[Function, ...]) -> list[Function]:
        names = self._read_by(told)
        among: Function = self._once("around", names, lambda: self._around(names))
        inside = [all_of((f, among)) for f in told]
        return [*inside, all_of((among, none_of(any_of(inside)))), among]

    @cached_property
    def _bound(self) -> frozenset[str]:
        """The variables that a constraint reads."""
        return self._support(self.whole)

    def count(self, f: Function) -> int:
        """The number of completions in which ``f`` holds."""
        return self._number(all_of((f, self.counted)))

    def _number(self, f: Function) -> int:
        """The number of patterns of bits in which ``f`` holds."""
        return f << self.room.used if isinstance(f, bool) else int(f.sat_count(self.room.used))

    def witness(self, f: Function) -> dict[str, Value]:
        """One completion in which ``f`` holds: values of the variables it reads. ``f`` must be possible."""
        left, found = all_of((f, self.whole)), {}
        for variable in sorted(self._support(f)):
            for value, code in zip(self.variables[variable], self.codes[variable], strict=True):
                inside = all_of((left, code))
                if _satisfiable(inside):
                    left, found[variable] = inside, value
                    break
        return found

    def fix(self, f: Function, values: Mapping[str, Value]) -> Function:
        """``f`` with some variables set."""
        read = self._support(f)
        fixed = tuple((name, value) for name, value in values.items() if name in read)
        if not fixed:
            return f
        return self._once("fix", (f, fixed), lambda: self._fix(f, fixed))

    def _fix(self, f: Function, fixed: tuple[tuple[str, Value], ...]) -> Function:
        cube, bits = self._once("cube", fixed, lambda: self._cube(fixed))
        result = (f & cube).exists(bits)
        if not result.satisfiable():
            return False
        return True if result.valid() else result

    def _cube(self, fixed: tuple[tuple[str, Value], ...]) -> tuple[Function, Function]:
        """The conjunction of the codes of these values, and of all their bits."""
        codes = (self.codes[name][self.variables[name].index(value)] for name, value in fixed)
        return all_of(codes), all_of(self.bits[name] for name, _ in fixed)


def _satisfiable(f: Function) -> bool:
    return f if isinstance(f, bool) else bool(f.satisfiable())


def _size(f: Function) -> int:
    return 0 if isinstance(f, bool) else int(f.node_count())


def _cube(bits: Sequence[Function], number: int) -> Function:
    return all_of(bit if number >> index & 1 else ~bit for index, bit in enumerate(bits))


def evaluate(
    program: Program, space: Space, order: Sequence[int], found: list[Function] | None = None
) -> list[Function]:
    """The function of every node in ``order`` (dependency order); other entries stay as ``found``, else False."""
    if not program.acyclic:
        raise EngineError("exact answers need a theory without cycles")
    atoms = space.row.code.atoms
    if found is None:
        found = [True, *[False] * (len(program.nodes) - 1)]
    for index in order:
        node = program.nodes[index]
        if node.kind == "input":
            found[index] = space.atom(atoms[program.names[index]])
            continue
        absorbing = node.kind == "any"
        result: Function = not absorbing
        for arg in node.args:
            f = found[arg >> 1]
            if arg & 1:
                f = not f if f is True or f is False else ~f
            if f is absorbing:
                result = f
                break
            if f is True or f is False:
                continue
            result = f if result is True or result is False else (result | f if absorbing else result & f)
        found[index] = result
    return found
