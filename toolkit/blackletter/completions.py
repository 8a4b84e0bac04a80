"""Every completion of a hypothetical, one by one: the plain way to be exact, for the engines that take rows.

It answers the same questions as `blackletter.exact.Space` and is its check in the tests; it is bounded, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from . import planes
from .atoms import Value
from .errors import EngineError
from .exact import Function, all_of, any_of

if TYPE_CHECKING:
    from .hypothetical import Row

MOST = {"planes": 1 << 18, "chain": 1 << 11}
"""How many completions each engine will go through."""


class Table:
    """The completions of a row as a table; a function is True, False, or an array of one bool a completion.

    ``variables`` are those that the nodes in ``order`` read, and those that constraints tie to them.
    """

    def __init__(self, row: Row, engine: str, order: Sequence[int]) -> None:
        self.row, self.engine, self.order = row, engine, order
        self.program = row.code.program
        self.variables: dict[str, tuple[Value, ...]] = {}
        self._collect()
        sizes = [len(values) for values in self.variables.values()]
        if prod(sizes) > MOST[engine]:
            raise EngineError(
                f"{prod(sizes):,} completions are too many for the {engine} engine (limit {MOST[engine]:,}); use exact"
            )
        self.shape = tuple(sizes)
        combos = list(product(*self.variables.values()))
        self.rows = [dict(zip(self.variables, combo, strict=True)) for combo in combos]
        self.whole = np.array([self._allowed(values) for values in self.rows], dtype=bool)

    def _collect(self) -> None:
        code, row = self.row.code, self.row
        for index in self.order:
            if self.program.nodes[index].kind == "input":
                self._need(code.atoms[self.program.names[index]].facts)
        grown = True
        while grown:
            before = len(self.variables)
            for when, then in code.constraints:
                facts = [f for x in (*when, *then) for f in code.atoms[x.lstrip("~")].facts]
                if any(row.value(f) is None and row.source(f)[0] in self.variables for f in facts):
                    self._need(facts)
            grown = len(self.variables) > before

    def _need(self, facts: Sequence[str]) -> None:
        for fact in facts:
            if self.row.value(fact) is None:
                variable = self.row.source(fact)[0]
                if variable not in self.variables:
                    self.variables[variable] = self.row.domain(variable)

    def _value(self, fact: str, values: Mapping[str, Value]) -> Value:
        known = self.row.value(fact)
        if known is not None:
            return known
        variable, how = self.row.source(fact)
        return how(values[variable])

    def _truth(self, name: str, values: Mapping[str, Value]) -> bool:
        atom = self.row.code.atoms[name]
        other = self._value(atom.other, values) if atom.other else None
        return atom.test(self._value(atom.fact, values), other)

    def _allowed(self, values: Mapping[str, Value]) -> bool:
        return all(self._holds(c, values) for c in self.row.code.constraints)

    def _holds(self, constraint: tuple[tuple[str, ...], tuple[str, ...]], values: Mapping[str, Value]) -> bool:
        code, row = self.row.code, self.row
        names = [x.lstrip("~") for side in constraint for x in side]
        tied = {row.source(f)[0] for n in names for f in code.atoms[n].facts if row.value(f) is None}
        if not tied & self.variables.keys():
            return True
        when, then = constraint
        if not all(self._literal(x, values) for x in when):
            return True
        return all(self._literal(x, values) for x in then if row.truth(code.atoms[x.lstrip("~")]) is None)

    def _literal(self, literal: str, values: Mapping[str, Value]) -> bool:
        return self._truth(literal.lstrip("~"), values) != (literal[0] == "~")

    # evaluation ----------------------------------------------------------------------------------------------------

    def evaluate(self) -> list[Function]:
        """For every node, the completions in which it is shown."""
        close = self._close()
        atoms = [self.program.names[i] for i in self.order if self.program.nodes[i].kind == "input"]
        found: list[Any] = [np.zeros(len(self.rows), dtype=bool) for _ in self.program.nodes]
        found[0] = True
        for number, values in enumerate(self.rows):
            truths = {**self.row.truths, **{a: self._truth(a, values) for a in atoms}}
            for token in close(self.program, truths):
                if not token & 1 and token:
                    found[token >> 1][number] = True
        return found

    def _close(self) -> Any:
        if self.engine == "chain":
            from . import chain

            return chain.close
        return planes.close

    # questions about functions (as in Space) -----------------------------------------------------------------------

    def always(self, f: Function) -> bool:
        return bool(np.all(np.asarray(f) | ~self.whole))

    def possible(self, f: Function) -> bool:
        return bool(np.any(np.asarray(f) & self.whole))

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
            chosen = np.array([r[variable] == value for r in self.rows])
            f = self._exists(np.asarray(f) & chosen, [variable])
        return f


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

    def clashes(self, f: Function) -> bool:
        return f is True

    def some_reading(self, f: Function) -> Function:
        return f

    def depends(self, functions: Sequence[Function]) -> list[str]:
        return [v for v in self.variables if not v.startswith("free:")]

    def share(self, functions: Sequence[Function], variable: str) -> float:
        return 0.0

    def fix(self, f: Function, values: Mapping[str, Value]) -> Function:
        return f
