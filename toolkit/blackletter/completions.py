"""Every completion of a hypothetical, one by one: the plain way to be exact, for the engines that take rows.

It answers the same questions as `blackletter.exact.Space` and is its check in the tests; it is bounded, and says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from . import planes
from .atoms import Atom, Value
from .errors import EngineError
from .exact import Function, all_of, any_of, none_of

if TYPE_CHECKING:
    from .hypothetical import Row

Close: TypeAlias = Callable[[Mapping[str, bool | None]], frozenset[int]]
"""The truths of atoms -> every token that follows from them."""

MOST = {"planes": 1 << 18, "chain": 1 << 11}
"""How many completions each engine will go through."""


class Table:
    """The completions of a row as a table; a function is True, False, or an array of one bool a completion.

    ``order`` is the cone of the ``wanted`` nodes. ``variables`` are those that the wanted nodes still turn on once what
    the row's own tags settle is settled, and those that constraints tie to them.
    """

    def __init__(self, row: Row, engine: str, order: Sequence[int], wanted: Iterable[int]) -> None:
        self.row, self.engine, self.order = row, engine, order
        self.program = row.code.program
        self.variables: dict[str, tuple[Value, ...]] = {}
        self._collect(wanted)
        sizes = [len(values) for values in self.variables.values()]
        if prod(sizes) > MOST[engine]:
            raise EngineError(
                f"{prod(sizes):,} completions are too many for the {engine} engine (limit {MOST[engine]:,}); use exact"
            )
        self.shape = tuple(sizes)
        self.size = prod(sizes)
        self.whole = self._allowed()

    def _collect(self, wanted: Iterable[int]) -> None:
        code, row = self.row.code, self.row
        self.tokens = planes.close(self.program, row.truths)
        self.turned_on = open_nodes = self._open(wanted)
        for index in self.order:
            if index in open_nodes and self.program.nodes[index].kind == "input":
                self._need(code.atoms[self.program.names[index]].facts)
        grown = True
        while grown:
            before = len(self.variables)
            for when, then in code.constraints:
                facts = [f for x in (*when, *then) for f in code.atoms[x.lstrip("~")].facts]
                if any(row.value(f) is None and row.source(f)[0] in self.variables for f in facts):
                    self._need(facts)
            grown = len(self.variables) > before

    def _open(self, wanted: Iterable[int]) -> set[int]:
        """The nodes the wanted ones turn on: nothing below a node that the row's own tags settle can move it."""
        found: set[int] = set()
        agenda = list(wanted)
        while agenda:
            index = agenda.pop()
            if index not in found and not {2 * index, 2 * index + 1} & self.tokens:
                found.add(index)
                agenda += [arg >> 1 for arg in self.program.nodes[index].args]
        return found

    def _need(self, facts: Sequence[str]) -> None:
        for fact in facts:
            if self.row.value(fact) is None:
                variable = self.row.source(fact)[0]
                if variable not in self.variables:
                    self.variables[variable] = self.row.domain(variable)

    # columns: one value or truth a completion, broadcast from the variables it reads -------------------------------

    def _spread(self, per_value: Sequence[bool], variable: str) -> Any:
        """A column that has, in each completion, the entry of the variable's value there."""
        axis = list(self.variables).index(variable)
        column = np.array(per_value, dtype=bool).reshape([-1 if i == axis else 1 for i in range(len(self.shape))])
        return np.broadcast_to(column, self.shape).reshape(-1)

    def _column(self, name: str) -> Any:
        """The completions in which an atom is true."""
        atom = self.row.code.atoms[name]
        truth = self.row.truth(atom)
        if truth is not None:
            return np.full(self.size, truth)
        unknown = [f for f in atom.facts if self.row.value(f) is None]
        sources = [self.row.source(f) for f in unknown]
        if len(unknown) == 1:
            (fact,), ((variable, how),) = unknown, sources
            known = {f: self.row.value(f) for f in atom.facts}
            tests = (self._test(atom, {**known, fact: how(v)}) for v in self.variables[variable])
            return self._spread(list(tests), variable)
        found = np.zeros(self.size, dtype=bool)
        (first, how_first), (second, how_second) = sources
        for value in self.variables[first]:
            tests = (self._test(atom, dict(zip(unknown, (how_first(value), how_second(v)), strict=True)))
                     for v in self.variables[second])  # fmt: skip
            found |= self._spread([v == value for v in self.variables[first]], first) & self._spread(
                list(tests), second
            )
        return found

    @staticmethod
    def _test(atom: Atom, values: Mapping[str, Any]) -> bool:
        return atom.test(values[atom.fact], values[atom.other] if atom.other else None)

    def _literal(self, literal: str) -> Any:
        column = self._column(literal.lstrip("~"))
        return ~column if literal[0] == "~" else column

    def _allowed(self) -> Any:
        """The completions that respect every constraint tied to a variable."""
        code, row = self.row.code, self.row
        allowed = np.ones(self.size, dtype=bool)
        for when, then in code.constraints:
            names = [x.lstrip("~") for x in (*when, *then)]
            tied = {row.source(f)[0] for n in names for f in code.atoms[n].facts if row.value(f) is None}
            if tied & self.variables.keys():
                broken = np.ones(self.size, dtype=bool)
                for literal in when:
                    broken &= self._literal(literal)
                kept = np.ones(self.size, dtype=bool)
                for literal in then:
                    if row.truth(code.atoms[literal.lstrip("~")]) is None:
                        kept &= self._literal(literal)
                allowed &= ~broken | kept
        return allowed

    # evaluation ----------------------------------------------------------------------------------------------------

    def evaluate(self, close: Close | None = None) -> Mapping[int, Function]:
        """For every node, the completions in which it is shown.

        ``close`` gives every token that follows from one row of atoms; by default the engine's own.
        """
        names = [self.program.names[i] for i in self.order if self.program.nodes[i].kind == "input"]
        columns = {name: self._column(name) for name in names if name in self.program.inputs and self._reads(name)}
        if close is None and self.engine == "planes":
            return self._swept(columns)
        return self._closed(columns, close or self._chained)

    def _reads(self, name: str) -> bool:
        """Whether an atom is unknown, and every unknown that it reads is among the variables."""
        unknown = [f for f in self.row.code.atoms[name].facts if self.row.value(f) is None]
        return bool(unknown) and all(self.row.source(f)[0] in self.variables for f in unknown)

    def _swept(self, columns: Mapping[str, Any]) -> Mapping[int, Function]:
        """Every completion at once, bit-parallel; a node's column is unpacked when it is asked for."""
        nodes = list(self.order)
        given: dict[str, Any] = {name: truth for name, truth in self.row.truths.items() if name not in columns}
        given |= {name: planes.pack(column) for name, column in columns.items()}
        found = planes.sweep(self.program, [2 * node for node in nodes], given, self.size)
        return _Unpacked(dict(zip(nodes, found, strict=True)), self.size)

    def _chained(self, truths: Mapping[str, bool | None]) -> frozenset[int]:
        """Everything that follows from one row, by the rules engine."""
        from . import chain

        return chain.close(self.program, truths)

    def _closed(self, columns: Mapping[str, Any], close: Close) -> Mapping[int, Function]:
        """One completion after another."""
        found: dict[int, Any] = defaultdict(bool, {index: np.zeros(self.size, dtype=bool) for index in self.order})
        found[0] = True
        for number in range(self.size):
            truths = {**self.row.truths, **{name: bool(column[number]) for name, column in columns.items()}}
            for token in close(truths):
                if not token & 1 and token and token >> 1 in found:
                    found[token >> 1][number] = True
        return found

    # questions about functions (as in Space) -----------------------------------------------------------------------

    def always(self, f: Function) -> bool:
        return bool(np.all(np.asarray(f) | ~self.whole))

    def possible(self, f: Function) -> bool:
        return bool(np.any(np.asarray(f) & self.whole))

    def unsettled(self, node: int) -> bool:
        return node not in self.turned_on and not {2 * node, 2 * node + 1} & self.tokens

    def clashes(self, f: Function) -> bool:
        return self.possible(f)

    def some_reading(self, f: Function) -> Function:
        return self._exists(self._inside(f), [v for v in self.variables if v.startswith("free:")])

    def _inside(self, f: Function) -> Any:
        return np.asarray(f) & self.whole if not isinstance(f, bool) else self.whole & f

    def _exists(self, f: Any, names: Sequence[str]) -> Any:
        axes = tuple(i for i, v in enumerate(self.variables) if v in names)
        cube = f.reshape(self.shape or (1,))
        return np.broadcast_to(cube.any(axis=axes, keepdims=True), cube.shape).reshape(-1) if axes else f

    def open_when(self, f: Function, readings: Mapping[str, Value]) -> bool:
        return self.possible(self.fix(f, readings)) and self.possible(self.fix(none_of(f), readings))

    def depends(self, functions: Sequence[Function]) -> list[str]:
        return [name for name in self.variables if self.share(functions, name) > 0]

    def share(self, functions: Sequence[Function], variable: str) -> float:
        moved = [self._exists(self._inside(f), [variable]) for f in functions]
        changes = any_of(all_of((a, b)) for i, a in enumerate(moved) for b in moved[:i])
        return self.count(all_of((changes, self.whole))) / max(1, self.count(self.whole))

    def count(self, f: Function) -> int:
        return int(np.sum(self._inside(f)))

    def fix(self, f: Function, values: Mapping[str, Value]) -> Function:
        if isinstance(f, bool):
            return f
        for variable, value in values.items():
            chosen = self._spread([v == value for v in self.variables[variable]], variable)
            f = self._exists(np.asarray(f) & chosen, [variable])
        return f


class _Unpacked(dict[int, Any]):
    """Node -> its column: a plane until it is asked for; False for a node outside the cone."""

    def __init__(self, packed: Mapping[int, Any], rows: int) -> None:
        super().__init__({0: True})
        self.packed, self.rows = packed, rows

    def __missing__(self, node: int) -> Any:
        self[node] = node in self.packed and planes.unpack(self.packed[node], self.rows)
        return self[node]


class _Open:
    """A function whose value the tags do not settle."""

    def __and__(self, other: object) -> _Open:
        return self

    __or__ = __and__

    def __invert__(self) -> _Open:
        return self


class Tags:
    """The tags of one row as they stand: sound, not exact. A function is True, False, or open.

    What it settles is settled; what it leaves open may be settled by going through cases. Shares are not known, so
    every unknown variable that is read counts as one that may matter.
    """

    def __init__(self, row: Row, order: Sequence[int]) -> None:
        self.row, self.order = row, order
        atoms = [row.code.atoms[n] for i in order if (n := row.code.program.names[i]) in row.code.atoms]
        unknown = [row.source(f)[0] for a in atoms if row.truth(a) is None for f in a.facts if row.value(f) is None]
        self.variables: dict[str, tuple[Value, ...]] = dict.fromkeys(unknown, ())

    def evaluate(self) -> list[Function]:
        """For every node, whether it is shown, refuted, or open."""
        program = self.row.code.program
        tokens = planes.close(program, self.row.truths)
        state: list[Function] = [_Open()] * len(program.nodes)
        for token in tokens:
            state[token >> 1] = not token & 1
        return state

    def always(self, f: Function) -> bool:
        return f is True

    def possible(self, f: Function) -> bool:
        return f is not False

    def unsettled(self, node: int) -> bool:
        return False

    def clashes(self, f: Function) -> bool:
        return f is True

    def some_reading(self, f: Function) -> Function:
        return f

    def open_when(self, f: Function, readings: Mapping[str, Value]) -> bool:
        return not isinstance(f, bool)

    def depends(self, functions: Sequence[Function]) -> list[str]:
        return [v for v in self.variables if not v.startswith("free:")]

    def share(self, functions: Sequence[Function], variable: str) -> float:
        return 0.0

    def fix(self, f: Function, values: Mapping[str, Value]) -> Function:
        return f
