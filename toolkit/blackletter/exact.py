"""Everything exact about unknowns: Boolean functions of facts and readings on a decision diagram.

A function is ``True``, ``False`` or a diagram; constants cost nothing, so a hypothetical with every fact known is
decided in plain Python and only open readings reach the diagrams. On a complete row of an acyclic theory each tag is
the denial of its opposite (strong negation), so one function a node is enough. Diagrams are
OxiDD's BCDDs, by far the fastest of those compared on functions of this law (``benchmarks/diagrams.py``;
ARCHITECTURE.md has the figures).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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
        """The diagram variables below a node, as the bits of a number: each node is walked once, whoever asks."""
        reads, stack = self._reads, [f]
        while stack:
            node = stack[-1]
            below = () if node in reads else node.cofactors() or ()
            waiting = [g for g in below if g not in reads]
            if waiting:
                stack += waiting
                continue
            if node not in reads:
                reads[node] = reads[below[0]] | reads[below[1]] | 1 << node.node_var() if below else 0
            stack.pop()
        return reads[f]


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A variable on the diagram: the code of each value, the patterns of bits that are no spare code, and its bits.

    The last value also takes the codes left over, so every pattern of bits is a completion, and only counting has to
    know which codes are spare.
    """

    codes: tuple[Function, ...]
    proper: Function
    cube: Function

    @classmethod
    def of(cls, bits: Sequence[Function], count: int) -> Coded:
        """Codes for ``count`` values on these bits."""
        if count == 2:
            return cls((~bits[0], bits[0]), True, bits[0])
        cubes = [_cube(bits, number) for number in range(count)]
        proper = True if count == 1 << len(bits) else any_of(cubes)
        return cls((*cubes[:-1], none_of(any_of(cubes[:-1]))), proper, all_of(bits))


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
        return all_of(self._constraints())

    @cached_property
    def counted(self) -> Function:
        """The same with one code for each value, so that counting codes counts completions."""
        return all_of((self.whole, *self.proper.values()))

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

    def depends(self, functions: Sequence[Function]) -> list[str]:
        """The variables whose value alone can change which of the functions holds, in order of use.

        Wherever the constraints hold just one of the functions does.
        """
        near = {name for f in functions for name in self._support(f)}
        return [name for name in list(self.variables) if name in near and self._changes(functions, name)]

    def _support(self, f: Function) -> frozenset[str]:
        """The variables whose bits a function reads."""
        if isinstance(f, bool):
            return frozenset()
        found: frozenset[str] = self._once("support", f, lambda: self.room.reads(f))
        return found

    def _all_bits(self, names: tuple[str, ...]) -> Function:
        """The cube of the bits of these variables."""
        return self._once("bits", names, lambda: all_of(self.bits[v] for v in names))

    def share(self, functions: Sequence[Function], variable: str) -> float:
        """The share of completions in which this variable alone changes which function holds."""
        return self._changes(functions, variable) / max(1, self.total)

    def _changes(self, functions: Sequence[Function], variable: str) -> int:
        """The number of completions in which another value of this variable makes another function hold."""
        live = tuple(f for f in functions if f is not False)
        found: int = self._once("changes", (live, variable), lambda: self.count(self._changed(live, variable)))
        return found

    def _changed(self, functions: Sequence[Function], variable: str) -> Function:
        bits = self.bits[variable]
        if len(self.codes[variable]) == 2 and variable not in self._bound:  # a change is where two cofactors differ
            return any_of(f.unique(bits) for f in self._telling(functions))
        return none_of(any_of(self._everywhere(f, bits) for f in functions))

    def _telling(self, functions: Sequence[Function]) -> list[Function]:
        """All but the largest: where that one changes, so does another."""
        found: list[Function] = self._once("telling", functions, lambda: sorted(functions, key=_size)[:-1])
        return found

    def _everywhere(self, f: Function, bits: Function) -> Function:
        """The completions that stay in ``f``, whatever possible value these bits have."""
        inside = self._once("inside", f, lambda: any_of((f, self._nowhere)))
        return inside if isinstance(inside, bool) else inside.forall(bits)

    @cached_property
    def _bound(self) -> frozenset[str]:
        """The variables that a constraint reads."""
        return self._support(self.whole)

    @cached_property
    def _nowhere(self) -> Function:
        return none_of(self.whole)

    @cached_property
    def total(self) -> int:
        """The number of completions."""
        return self.count(True)

    def count(self, f: Function) -> int:
        """The number of completions in which ``f`` holds."""
        inside = all_of((f, self.counted))
        if isinstance(inside, bool):
            return inside << self.room.used
        return int(inside.sat_count(self.room.used))

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


def evaluate(program: Program, space: Space, order: Sequence[int]) -> list[Function]:
    """The function of every node in ``order`` (dependency order); other entries stay False."""
    if not program.acyclic:
        raise EngineError("exact answers need a theory without cycles")
    atoms = space.row.code.atoms
    found: list[Function] = [False] * len(program.nodes)
    found[0] = True
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
