"""Frames of hypotheticals read against one law: which findings are asked, and what is remembered from block to block.

A row of a frame is ``law.hypothetical(preset, **cells)``: a missing cell says that the fact is unknown; a missing
``preset``, ``award`` or ``as_of`` says nothing. A `Reader` keeps the words that it has read and the groups of rows that
it has compiled (`blackletter.circuits`), so that the next block (`blackletter.blocks`) finds them.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from .circuits import Compiled, compile_verdicts
from .columns import Column
from .desk import ask
from .errors import FactError, Fault, near_name, unknown_name
from .exact import CAPACITIES, OutOfRoomError, Room, with_room
from .hypothetical import Hypothetical
from .verdicts import Key, VaryingRow, verdict_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .ruleset import Ruleset

    Array: TypeAlias = NDArray[Any]

SPECIAL = ("as_of", "preset", "award")
"""Columns that are no facts and are read all the same."""
CARRIED = ("preset", "award", "name")
LIKE_A_FACT = 0.8
"""How near an unknown column may come to the name of a fact before it is taken for a slip of the pen."""
FEW = 24
"""Rows of a group that are asked one by one before it is worth compiling."""
KEPT_GROUPS = 256
"""How many groups stay compiled."""
KEPT_KINDS = 4096
"""Of how many groups, compiled or not, something is remembered."""
KEPT_ROWS = 20_000
"""How many answers to single rows are kept."""


def finding_keys(law: Ruleset, findings: str = "all", only: Collection[str] | None = None) -> tuple[Key, ...]:
    """The findings a sweep answers: (action, basis) and (choice, law); or (action, "") for actions over their bases.

    ``findings`` is ``all``, ``bases``, ``choices`` or ``actions``; ``only`` limits it to some actions and choices.
    Raises `FactError` for unknown words.
    """
    kinds = ("all", "bases", "choices", "actions")
    faults = (
        [] if findings in kinds else [unknown_name("kind of findings", findings, kinds, plural="kinds of findings")]
    )
    known = (*law.actions, *law.choices)
    faults += [
        unknown_name("action or choice", name, known, plural="actions and choices")
        for name in only or ()
        if name not in known
    ]
    if faults:
        raise FactError(faults)
    keys: list[Key] = []
    if findings == "actions":
        keys += [(action, "") for action in law.actions]
    if findings in ("all", "bases"):
        keys += [(a, b) for action in law.actions for b, a in law.code.pairs if a == action]
    if findings in ("all", "choices"):
        keys += [(choice, name) for choice in law.choices for name in law.laws]
    return tuple(key for key in keys if only is None or key[0] in only)


class Reader:
    """Reads frames against one law, remembering the words it has read and the groups it has compiled."""

    def __init__(self, law: Ruleset, keys: Sequence[Key], few: int = FEW) -> None:
        self.law, self.keys, self.few = law, tuple(keys), few
        self.only = {name for name, _ in keys}
        self.words = {word: n for n, word in enumerate(verdict_words(law))}
        self._read: dict[tuple[str, type, Any], tuple[Any, tuple[Fault, ...]]] = {}
        self._bases: dict[tuple[Any, Any], Hypothetical] = {}
        self._compiled: OrderedDict[Any, Compiled] = OrderedDict()
        self._met: Counter[Any] = Counter()
        self._asked: OrderedDict[Any, Array] = OrderedDict()
        self._gapped: set[str] = set()
        self.cut: dict[Any, frozenset[str]] = {}
        self.apart = False
        self._categories: dict[str, tuple[Any, list[Any]]] = {}

    def check_columns(self, columns: Iterable[Any], extra: Collection[str] = ()) -> tuple[Any, ...]:
        """The columns that are carried through; raises `FactError` for those that look like a misspelt fact."""
        facts = (*self.law.facts, *SPECIAL)
        carried = [c for c in columns if c not in self.law.facts and c != "as_of"]
        strange = [c for c in carried if c not in CARRIED and c not in extra and isinstance(c, str)]
        faults = [
            replace(unknown_name("column", c, ()), near=near, known=(), known_as="facts") for c in strange
            if (near := near_name(c, facts)) and _likeness(c, near) >= LIKE_A_FACT
        ]  # fmt: skip
        if faults:
            hint = "name columns that are meant to be no facts in extra"
            raise FactError([*faults, Fault("hint", hint)])
        return tuple(carried)

    def word(self, column: str, value: Any) -> tuple[Any, tuple[Fault, ...]]:
        """The value that a cell states (None: unknown, or nothing stated), or what is wrong with it."""
        key = column, type(value), value
        if key not in self._read:
            try:
                self._read[key] = self._typed(column, value), ()
            except FactError as error:
                self._read[key] = None, error.faults
        return self._read[key]

    def categories(self, column: str, words: Any) -> list[tuple[Any, tuple[Fault, ...]]]:
        """The words of a categorical column read; blocks of a frame share their categories; the last read are kept."""
        if column not in self._categories or self._categories[column][0] is not words:
            self._categories[column] = words, [self.word(column, w) for w in words]
        return self._categories[column][1]

    def _typed(self, column: str, value: Any) -> Any:
        law = self.law
        if column == "preset":
            if value not in law.presets:
                raise FactError(unknown_name("preset", value, law.presets))
            return value
        if column == "award":
            return law.hypothetical(award=value).award
        if column == "as_of":
            return law.hypothetical(as_of=value).as_of
        kind = law.facts[column].kind
        if kind == "one of" and isinstance(value, float) and value.is_integer():
            value = int(value)
        if kind == "set" and str(value).strip().lower() == "none":
            value = ""
        return law.hypothetical(None, **{column: value}).facts.get(column)

    def base(self, preset: Any, award: Any) -> Hypothetical:
        """What a row starts from before its cells."""
        key = preset, award
        if key not in self._bases:
            self._bases[key] = self.law.hypothetical(preset, **({"award": award} if award else {}))
        return self._bases[key]

    def gapped(self, columns: Mapping[str, Column]) -> frozenset[str]:
        """The facts whose gaps groups may have: those met with gaps so far, none once that has grown too large."""
        if self.apart:
            return frozenset()
        self._gapped |= {f for f in self.fillable & columns.keys() if columns[f].gaps is not None}
        return frozenset(self._gapped & columns.keys())

    def compiled(self, key: Any, row: Callable[[], VaryingRow]) -> Compiled:
        """The verdicts of a group; those of the groups met last are kept. Raises `OutOfRoomError`."""
        if key not in self._compiled:
            self._compiled[key] = self._compile(row())
            if len(self._compiled) > KEPT_GROUPS:
                self._compiled.popitem(last=False)
        self._compiled.move_to_end(key)
        return self._compiled[key]

    def _compile(self, row: VaryingRow) -> Compiled:
        from oxidd.util import DDMemoryError

        if not row.gapped:
            return with_room(partial(compile_verdicts, self.law, row, self.keys))
        try:
            return compile_verdicts(self.law, row, self.keys, Room(CAPACITIES[0]))
        except DDMemoryError:
            raise OutOfRoomError("rows with different gaps are too many for one diagram") from None

    def rare(self, key: Any, rows: int) -> bool:
        """Whether so few rows of a group have been met that compiling it would not pay."""
        if key in self._compiled:
            return False
        bound(self._met)
        self._met[key] += rows
        return self._met[key] <= self.few

    def asked(self, key: Any, posed: Callable[[], Hypothetical]) -> Array:
        """The numbers of the verdict words of one row, asked alone; rows asked last are kept."""
        if key not in self._asked:
            board = ask(self.law, posed(), only=self.only)
            said = [board[k].verdict if k[1] else board.actions[k[0]].verdict for k in self.keys]
            self._asked[key] = np.array([self.words[word] for word in said], dtype=np.int8)
            if len(self._asked) > KEPT_ROWS:
                self._asked.popitem(last=False)
        return self._asked[key]

    @cached_property
    def fillable(self) -> frozenset[str]:
        """The facts whose gaps a group may have: nothing follows from them, and they are compared with no other."""
        law = self.law
        followed = {law.facts[name].follows for name in law.followers}
        return frozenset(
            name for name, noun in law.facts.items()
            if name in self.telling - followed and noun.kind in ("yes or no", "one of", "number") and not noun.follows
            and not any(atom.other for atom in law.code.by_fact.get(name, ()))
        )  # fmt: skip

    @cached_property
    def telling(self) -> frozenset[str]:
        """The columns on which some verdict can turn."""
        law, found = self.law, {"as_of", "acted_on", "party_to", "not_party_to"}
        for name in law.code.by_fact:
            found |= {"agency", "actor"} if name.startswith("actor.") else {name}
        found |= {law.facts[f].follows or f for f in law.followers} | {f for c in law.choices.values() for f in c.forms}
        return frozenset(found)


def bound(kept: MutableMapping[Any, Any]) -> None:
    """Forgets all that is kept when it is too much."""
    if len(kept) >= KEPT_KINDS:
        kept.clear()


def _likeness(word: str, name: str) -> float:
    from difflib import SequenceMatcher

    return SequenceMatcher(None, word, name).ratio()
