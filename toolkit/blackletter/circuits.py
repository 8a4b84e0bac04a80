"""The verdicts of a group of hypotheticals as a program over planes of bits, one bit a row.

`blackletter.verdicts` says for which values of the varying facts each verdict holds, as diagrams. Here these become one
circuit of "all" and "any" nodes, which `blackletter.planes` runs over any number of rows; the planes that come of it
become the number of each row's verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from .exact import Function, Room
from .planes import Sweep
from .theory import FALSE, TRUE, Node, Program, Theory
from .verdicts import Cascade, Ends, Joined, Key, Test, VaryingRow, settled, verdicts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .ruleset import Ruleset

    Array: TypeAlias = NDArray[Any]

SPREAD = np.unpackbits(np.arange(256, dtype=np.uint8), bitorder="little").view(np.uint64)
"""Each byte of a plane, eight rows, as eight bytes of 0 or 1."""


@dataclass(frozen=True)
class Outcome:
    """What a finding can come to, over planes: its ``words``, and for each but the first a plane of the rows.

    The first is the verdict of the rows in no plane; no row is in two. ``planes`` are places in the answer.
    """

    words: tuple[str, ...]
    planes: tuple[int, ...]


@dataclass(frozen=True)
class Compiled:
    """The verdicts of a group over planes.

    ``inputs`` are the bits (variable, number) that rows give; ``outcomes`` has for each distinct outcome the places of
    the findings that come to it.
    """

    row: VaryingRow
    inputs: tuple[tuple[str, int], ...]
    outcomes: Mapping[Outcome, Sequence[int]]
    run: Callable[[Mapping[str, Any], int], Any]


def compile_verdicts(law: Ruleset, row: VaryingRow, keys: Collection[Key], room: Room) -> Compiled:
    """The verdicts of a group on these findings, as a program over planes."""
    circuit = Circuit(room)
    answers = verdicts(law, row, room, {name for name, _ in keys})
    planes: dict[int, int] = {}
    outcomes: dict[Outcome, list[int]] = {}
    for place, key in enumerate(keys):
        *others, (first, _) = circuit.end(answers[key]).items()
        each = tuple(planes.setdefault(token, len(planes)) for _, token in others)
        outcomes.setdefault(Outcome((first, *(word for word, _ in others)), each), []).append(place)
    return Compiled(row, tuple(circuit.inputs), outcomes, Sweep(circuit.program(), list(planes)).runner())


def circuit_of(room: Any, found: Mapping[Key, Cascade]) -> Circuit:
    """The verdicts of findings as one circuit."""
    circuit = Circuit(room)
    for each in found.values():
        circuit.end(each)
    return circuit


class Circuit:
    """Diagrams as one program of "all" and "any" nodes over the bits of variables, equal nodes shared."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.nodes = [Node("all")]
        self.inputs: dict[tuple[str, int], int] = {}
        self.shared: dict[Node, int] = {}
        self.memo: dict[Function, int] = {}
        self.ends: dict[Cascade, dict[str, int]] = {}

    def end(self, found: Cascade) -> dict[str, int]:
        """Word -> the token that a cascade ends in it."""
        if found not in self.ends:
            left, ends = TRUE, {}  # type: ignore[var-annotated]
            for word, test in found.tests:
                token = self.test(test)
                ends.setdefault(word, []).append(self._gate("all", (left, token)))
                left = self._gate("all", (left, token ^ 1))
            tokens = {word: self.any(each) for word, each in ends.items()}
            self.ends[found] = {word: token for word, token in tokens.items() if token != FALSE}
        return self.ends[found]

    def test(self, test: Test) -> int:
        """The token of a test."""
        if isinstance(test, Ends):
            return self.end(test.cascade).get(test.word, FALSE)
        if isinstance(test, Joined):
            return reduce(lambda a, b: self._gate(test.kind, (a, b)), map(self.test, test.tests))
        return self.token(test)

    def any(self, tokens: Iterable[int]) -> int:
        """The token that holds when any of ``tokens`` does."""
        return reduce(lambda a, b: self._gate("any", (a, b)), tokens, FALSE)

    def token(self, f: Function) -> int:
        f = settled(f)
        if isinstance(f, bool):
            return TRUE if f else FALSE
        if f not in self.memo:
            opposite = self.memo.get(~f)
            self.memo[f] = self._choose(f) if opposite is None else opposite ^ 1
        return self.memo[f]

    def _choose(self, f: Function) -> int:
        """Either the upper bit and the one cofactor, or not and the other."""
        bit = self._input(self.room.owner[f.node_var()])
        yes, no = map(self.token, f.cofactors())
        if yes == TRUE or no == FALSE:
            return self._gate("any", (bit, no)) if yes == TRUE else self._gate("all", (bit, yes))
        if yes == FALSE or no == TRUE:
            return self._gate("all", (bit ^ 1, no)) if yes == FALSE else self._gate("any", (bit ^ 1, yes))
        return self._gate("any", (self._gate("all", (bit, yes)), self._gate("all", (bit ^ 1, no))))

    def _input(self, owner: tuple[str, int]) -> int:
        if owner not in self.inputs:
            self.nodes.append(Node("input"))
            self.inputs[owner] = len(self.nodes) - 1
        return 2 * self.inputs[owner]

    def _gate(self, kind: Any, args: tuple[int, int]) -> int:
        absorbing, unit = (FALSE, TRUE) if kind == "all" else (TRUE, FALSE)
        if absorbing in args:
            return absorbing
        kept = tuple(sorted({a for a in args if a != unit}))
        if len(kept) < 2:
            return kept[0] if kept else unit
        if kept[0] ^ 1 == kept[1]:
            return absorbing
        node = Node(kind, kept)
        if node not in self.shared:
            self.nodes.append(node)
            self.shared[node] = len(self.nodes) - 1
        return 2 * self.shared[node]

    def program(self) -> Program:
        inputs = {bit_name(*owner): node for owner, node in self.inputs.items()}
        return Program(tuple(self.nodes), inputs, {}, {}, {}, (), True, Theory(()))


def bit_name(variable: str, bit: int) -> str:
    """The name of a bit of a variable as an input of the program."""
    return f"{variable}[{bit}]"


def numbered(planes: Sequence[Array], words: Sequence[int], scratch: Array) -> Array:
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
