"""The tagged program over many rows at once, bit-parallel on numpy; and over one row, in plain Python.

A plane is an array of uint64 words with one bit a row, 64 rows a word, the first row in the lowest bit. An input
atom has a plane of the rows where it is shown and one of the rows where it is refuted. From them the program is
run as whole-word "and" and "or", in blocks small enough for the planes in use to stay in the processor's cache:

- blocks without unknowns take one plane a node, since there "refuted" is "not shown" (the program is acyclic and its
  two rails are dual);
- blocks with unknowns take one plane a token;
- a cyclic program takes one plane a token, again and again until nothing is added.

numpy is imported when the first batch is made, not with this module.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from .errors import EngineError, Fault
from .theory import FALSE, TRUE, Node, Program

if TYPE_CHECKING:
    from numpy import bool_, uint64
    from numpy.typing import NDArray

    Words: TypeAlias = NDArray[uint64]
    Column: TypeAlias = bool | Words | tuple[Words, Words] | None

WORKING_SET = 12 << 20
"""Bytes that the planes in use may fill: part of a usual third-level cache. Smaller blocks spend their time calling
numpy: at 1,500 nodes, 8,192 words a block run three times as fast as 1,024."""


# -- one row --------------------------------------------------------------------------------------------------------


def close(program: Program, row: Mapping[str, bool | None]) -> frozenset[int]:
    """Every token that follows from one row of atoms (True, False, or None for unknown).

    Linear in the size of the program (Dowling and Gallier 1984), for cyclic programs too.
    """
    index = _horn_index(program)
    waiting, heads, uses = index.waiting.copy(), index.heads, index.uses
    proved = {TRUE, *program.given(row)}
    agenda = list(proved)
    while agenda:
        for rule in uses.get(agenda.pop(), ()):
            waiting[rule] -= 1
            if not waiting[rule] and heads[rule] not in proved:
                proved.add(heads[rule])
                agenda.append(heads[rule])
    return frozenset(proved)


@dataclass(frozen=True, slots=True)
class _HornIndex:
    """The rules of `Program.horn` by number: body sizes, heads, and for each token the rules that ask for it."""

    waiting: list[int]
    heads: list[int]
    uses: dict[int, list[int]]


_horn_indexes: dict[int, _HornIndex] = {}


def _horn_index(program: Program) -> _HornIndex:
    """The index of ``program``, kept for as long as the program lives."""
    found = _horn_indexes.get(id(program))
    if found is None:
        found = _horn_indexes[id(program)] = _make_horn_index(program)
        weakref.finalize(program, _horn_indexes.pop, id(program), None).atexit = False
    return found


def _make_horn_index(program: Program) -> _HornIndex:
    index = _HornIndex([], [], {})
    for head, body in program.horn():
        for token in body:
            index.uses.setdefault(token, []).append(len(index.heads))
        index.heads.append(head)
        index.waiting.append(len(body))
    return index


# -- many rows ------------------------------------------------------------------------------------------------------


def pack(column: Any) -> Words:
    """The plane of a column of booleans, one bit a row; rows past the last are 0.

    >>> pack([True, False, True]).tolist()
    [5]
    """
    import numpy as np

    bits = np.packbits(np.asarray(column, dtype=bool), bitorder="little")
    padded = np.zeros(-(-bits.size // 8) * 8, dtype=np.uint8)
    padded[: bits.size] = bits
    return padded.view(np.uint64)


def unpack(words: Words, rows: int) -> NDArray[bool_]:
    """The first ``rows`` bits of a plane as a column of booleans: `pack` undone.

    >>> unpack(pack([True, False, True]), 3).tolist()
    [True, False, True]
    """
    import numpy as np

    octets = np.ascontiguousarray(words).view(np.uint8)
    return np.unpackbits(octets, count=rows, bitorder="little").view(np.bool_)


def sweep(program: Program, wanted: Sequence[int], columns: Mapping[str, Column], rows: int) -> NDArray[uint64]:
    """An array of one plane for each token of ``wanted``: the bit is 1 in the rows where the token is proved.

    As `Sweep`, for one use.

    >>> from blackletter.theory import compile_theory, parse_theory
    >>> program = compile_theory(parse_theory({"unknown": ["bird", "hurt"], "defeasible": [
    ...     {"id": "r", "head": "flies", "body": ["bird"]}], "defeaters": [
    ...     {"id": "s", "head": "~flies", "body": ["hurt"]}]})[0])
    >>> flies = program.defeasible["flies"]
    >>> hurt = (pack([0, 1, 0]), pack([1, 0, 0]))  # no, yes, unknown
    >>> shown, refuted = sweep(program, [flies, flies ^ 1], {"bird": True, "hurt": hurt}, rows=3)
    >>> unpack(shown, 3).tolist(), unpack(refuted, 3).tolist()
    ([True, False, False], [False, True, False])
    """
    return Sweep(program, wanted)(columns, rows)


class Sweep:
    """The part of a program that ``wanted`` tokens depend on, made ready to run over any number of rows.

    Call it with columns and a number of rows. A column is a pair of planes (shown, refuted) with no row in both; or
    one plane for an atom known in every row; or True, False, or None (unknown) for all rows. An input without a
    column is unknown; columns that are no input are ignored. ``block`` is the number of words run at a time, by
    default as many as keep the planes in use within `WORKING_SET` bytes. Memory beyond the answer does not grow with
    the rows. Safe to share between threads. Raises `EngineError` for a plane of the wrong size or sort, and for a row
    that an atom both shows and refutes.
    """

    def __init__(self, program: Program, wanted: Sequence[int], *, block: int = 0) -> None:
        self.wanted = tuple(wanted)
        self.block = block
        self.acyclic = program.acyclic
        cone = _cone(program.nodes, self.wanted)
        needed = {token >> 1 for token in cone}
        self.inputs = {atom: node for atom, node in program.inputs.items() if node in needed}
        self._program, self._cone = program, cone
        self.single = _plan_nodes(program, cone, self.wanted) if self.acyclic else None

    @functools.cached_property
    def dual(self) -> _Plan:
        """The plan for blocks with unknowns, made when the first comes."""
        plan = _plan_tokens if self.acyclic else _plan_round
        return plan(self._program, self._cone, self.wanted)

    def __call__(self, columns: Mapping[str, Column], rows: int) -> NDArray[uint64]:
        """An array of one plane for each wanted token, in order."""
        return _Run(self).part(columns, rows)

    def runner(self) -> Callable[[Mapping[str, Column], int], Words]:
        """The same call with working memory of its own, kept between calls; not to be shared between threads."""
        return _Run(self).part

    def stream(self, parts: Iterable[tuple[Mapping[str, Column], int]]) -> Iterator[NDArray[uint64]]:
        """The planes of each part (columns, rows) of an input too large for memory, one part at a time."""
        run = _Run(self)
        for columns, rows in parts:
            yield run.part(columns, rows)


# -- plans: the cone of the wanted tokens as steps between a few slots ----------------------------------------------


Verb: TypeAlias = Literal["and", "or", "not", "copy", "load", "store", "store not"]


class _Step(NamedTuple):
    """``out`` and ``ins`` are slots; ``at`` is the token to load, or the place in the answer to store."""

    verb: Verb
    out: int
    ins: tuple[int, ...] = ()
    at: int = 0


@dataclass(frozen=True, slots=True)
class _Plan:
    steps: tuple[_Step, ...]
    slots: int


def _cone(nodes: Sequence[Node], wanted: Iterable[int]) -> list[int]:
    """The tokens that ``wanted`` tokens depend on, themselves included, in dependency order if there is one."""
    cone, agenda = set(wanted), list(wanted)
    while agenda:
        token = agenda.pop()
        fresh = {arg ^ (token & 1) for arg in nodes[token >> 1].args} - cone
        cone |= fresh
        agenda.extend(fresh)
    return sorted(cone)


class _Planner:
    """Steps between numbered values; ``value`` knows the tokens that have one. `plan` then gives values slots."""

    def __init__(self) -> None:
        self.steps: list[_Step] = []
        self.value: dict[int, int] = {}
        self.values = 0

    def new(self) -> int:
        self.values += 1
        return self.values - 1

    def do(self, verb: Verb, *ins: int, at: int = 0) -> int:
        out = self.new()
        self.steps.append(_Step(verb, out, ins, at))
        return out

    def fold(self, verb: Verb, ins: Sequence[int]) -> int:
        return functools.reduce(lambda a, b: self.do(verb, a, b), ins)

    def find(self, token: int) -> int:
        """The value of a token; an input is loaded when it is first asked for, so it holds no slot before."""
        if token not in self.value:
            self.value[token] = self.do("load", at=token)
        return self.value[token]

    def store(self, verb: Verb, token: int, at: int) -> None:
        self.steps.append(_Step(verb, -1, (self.find(token),), at))

    def plan(self, lasting: int = 0) -> _Plan:
        """Each value in the slot of one that is no longer needed; the first ``lasting`` values keep their own."""
        last = {value: i for i, step in enumerate(self.steps) for value in step.ins}
        slot = {value: value for value in range(lasting)}
        free: list[int] = []
        size, steps = lasting, []
        for i, step in enumerate(self.steps):
            ins = tuple(slot[value] for value in step.ins)
            free += {slot[v] for v in step.ins if v >= lasting and last[v] == i}
            if step.out >= 0 and step.out not in slot:
                size += not free
                slot[step.out] = free.pop() if free else size - 1
            steps.append(step._replace(out=slot.get(step.out, -1), ins=ins))
        return _Plan(tuple(steps), size)


def _plan_tokens(program: Program, cone: Sequence[int], wanted: Sequence[int]) -> _Plan:
    """Every token as a plane of its own."""
    planner = _Planner()
    for token in cone:
        if program.nodes[token >> 1].args:
            planner.value[token] = _fold_token(planner, program, token)
    for at, token in enumerate(wanted):
        planner.store("store", token, at)
    return planner.plan()


def _plan_round(program: Program, cone: Sequence[int], wanted: Sequence[int]) -> _Plan:
    """One round of a cyclic program: every token has a plane, which keeps its slot for the next round."""
    planner = _Planner()
    planner.value = {token: planner.new() for token in cone}
    for token, value in planner.value.items():
        if program.nodes[token >> 1].args:
            made = _fold_token(planner, program, token)
            planner.steps.append(_Step("copy", value, (made,)))
        else:
            planner.steps.append(_Step("load", value, at=token))
    for at, token in enumerate(wanted):
        planner.store("store", token, at)
    return planner.plan(lasting=len(cone))


def _fold_token(planner: _Planner, program: Program, token: int) -> int:
    node, rail = program.nodes[token >> 1], token & 1
    ins = [planner.find(arg ^ rail) for arg in node.args]
    return planner.fold("and" if (node.kind == "all") != rail else "or", ins)


def _plan_nodes(program: Program, cone: Sequence[int], wanted: Sequence[int]) -> _Plan:
    """Every node as one plane, of its shown or its refuted token, whichever needs no inversion."""
    planner = _Planner()
    for index in dict.fromkeys(token >> 1 for token in cone):
        node = program.nodes[index]
        if node.args:
            rail = node.kind == "any"  # "any" is "all" with both rails exchanged
            _conjoin(planner, 2 * index + rail, [arg ^ rail for arg in node.args])
    for at, token in enumerate(wanted):
        inverted = token ^ 1 in planner.value
        planner.store("store not" if inverted else "store", token ^ inverted, at)
    return planner.plan()


def _conjoin(planner: _Planner, token: int, args: Sequence[int]) -> None:
    """Give ``token`` or its complement a value: all of ``args``, or any of their complements."""
    direct = [arg for arg in args if arg in planner.value or arg ^ 1 not in planner.value]
    shown = [planner.find(arg) for arg in direct]
    refuted = [planner.find(arg ^ 1) for arg in args if arg not in direct]
    if not shown:
        planner.value[token ^ 1] = planner.fold("or", refuted)
        return
    if refuted:
        shown.append(planner.do("not", planner.fold("or", refuted)))
    planner.value[token] = planner.fold("and", shown)


# -- runs: a plan over blocks of words ------------------------------------------------------------------------------

_Call: TypeAlias = tuple[Callable[..., Any], tuple[Any, ...]]


class _Run:
    """The working memory of one caller: for each plan and length of block, slots and the steps as calls on them."""

    def __init__(self, sweep: Sweep) -> None:
        self.sweep = sweep
        self.bound: dict[tuple[int, int], tuple[Words, list[_Call]]] = {}
        plan = sweep.single or sweep.dual
        fitting = WORKING_SET // 8 // max(1, plan.slots)
        self.size = sweep.block or min(max(1024, fitting), 16384)

    def part(self, columns: Mapping[str, Column], rows: int) -> Words:
        import numpy as np

        words = -(-rows // 64)
        answer = np.empty((len(self.sweep.wanted), words), dtype=np.uint64)
        rails = _Rails(self.sweep.inputs, columns, rows)
        for start in range(0, words, self.size):
            self._block(rails, slice(start, min(start + self.size, words)), answer)
        answer[:, -1:] &= ~rails.spare
        return answer

    def _block(self, rails: _Rails, here: slice, answer: Words) -> None:
        import numpy as np

        known = rails.known(here)
        plan = self.sweep.single if known and self.sweep.single else self.sweep.dual
        slots, calls = self._bind(plan, here.stop - here.start)
        for i, step in enumerate(plan.steps):
            if step.verb == "load":
                calls[i] = rails.load(step.at, here, slots[step.out])
            elif step.verb == "store":
                calls[i] = np.copyto, (answer[step.at, here], slots[step.ins[0]])
            elif step.verb == "store not":
                calls[i] = np.invert, (slots[step.ins[0]], answer[step.at, here])
        _perform(calls) if self.sweep.acyclic else _perform_until_still(calls, slots)

    def _bind(self, plan: _Plan, length: int) -> tuple[Words, list[_Call]]:
        import numpy as np

        key = id(plan), length
        if key not in self.bound:
            slots = np.empty((plan.slots, length), dtype=np.uint64)
            verbs = {"and": np.bitwise_and, "or": np.bitwise_or, "not": np.invert, "copy": np.positive}
            calls: list[_Call] = [
                (verbs.get(s.verb, np.positive), (*(slots[i] for i in s.ins), slots[s.out])) for s in plan.steps
            ]
            self.bound[key] = slots, calls
        return self.bound[key]


def _perform(calls: Iterable[_Call]) -> None:
    for function, args in calls:
        function(*args)


def _perform_until_still(calls: Sequence[_Call], slots: Words) -> None:
    """Rounds from nothing proved to nothing new: the least model, since every step is monotone."""
    slots.fill(0)
    before = None
    while before is None or (before != slots).any():
        before = slots.copy()
        _perform(calls)


class _Rails:
    """What the columns of one part say: for each input token a plane, True or False; None is "not shown"."""

    def __init__(self, inputs: Mapping[str, int], columns: Mapping[str, Column], rows: int) -> None:
        import numpy as np

        self.words = -(-rows // 64)
        self.spare = np.uint64((1 << 64) - (1 << ((rows - 1) % 64 + 1)) if rows else 0)
        self.of: dict[int, Words | bool | None] = {TRUE: True, FALSE: False}
        self.pairs: dict[str, tuple[Words, Words]] = {}
        self.blank = False
        for atom, node in inputs.items():
            self.of[2 * node], self.of[2 * node + 1] = self._read(atom, columns.get(atom))

    def _read(self, atom: str, column: Column) -> tuple[Words | bool, Words | bool | None]:
        if column is None:
            self.blank = True
            return False, False
        if isinstance(column, bool):
            return column, not column
        if isinstance(column, tuple):
            self.pairs[atom] = self._checked(atom, column[0]), self._checked(atom, column[1])
            return self.pairs[atom]
        return self._checked(atom, column), None

    def _checked(self, atom: str, plane: Words) -> Words:
        import numpy as np

        if getattr(plane, "dtype", None) != np.uint64 or plane.shape != (self.words,):
            what = f'a plane of "{atom}" is not {self.words} words of uint64; use planes.pack'
            raise EngineError(Fault("plane", what))
        return plane

    def known(self, here: slice) -> bool:
        """No input is unknown in these rows."""
        import numpy as np

        known, spare = not self.blank, self.spare if here.stop == self.words else np.uint64(0)
        for atom, (shown, refuted) in self.pairs.items():
            either = shown[here] ^ refuted[here]
            either[-1] |= spare
            if np.bitwise_and.reduce(either) != np.uint64(2**64 - 1):
                known = False
                _refuse_both(atom, shown[here] & refuted[here], spare)
        return known

    def load(self, token: int, here: slice, slot: Words) -> _Call:
        import numpy as np

        plane = self.of[token]
        if plane is None:
            return np.invert, (self.of[token ^ 1][here], slot)  # type: ignore[index]
        if isinstance(plane, bool):
            return slot.fill, (np.uint64(2**64 - 1 if plane else 0),)
        return np.copyto, (slot, plane[here])


def _refuse_both(atom: str, both: Words, spare: uint64) -> None:
    both[-1] &= ~spare
    if both.any():
        raise EngineError(Fault("shown-and-refuted", f'a row both shows and refutes "{atom}"'))
