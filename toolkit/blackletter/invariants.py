"""Invariants stated as data and proved over every completion and every covered day; refuted with a counterexample.

The law is piecewise constant in time, so "on every day from D to E" is one exact question an interval.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError, model_validator

from .choices import choice_functions
from .desk import Desk, gate_literals
from .errors import Fault, Place, RulesetError
from .exact import Function, Space, all_of, any_of, none_of, with_room
from .findings import PERMITTED
from .hypothetical import value_text
from .model import Noun, Texts
from .timeline import boundaries, on

if TYPE_CHECKING:
    from .atoms import Value
    from .hypothetical import Hypothetical
    from .ruleset import Ruleset

MOST_TOLD = 3
"""How many values a smallest counterexample may tell; past it one whole completion is told."""


class Claim(Noun):
    """What never, or always, is so: a verdict of (actions, bases), a term, or a choice under a law.

    ``never_permitted`` names actions (with ``bases``, default all): none of them is permitted in any completion.
    ``never_shown`` names a term; ``always`` maps "choice law" to its one verdict.
    """

    never_permitted: Texts = ()
    bases: Texts = ()
    never_shown: str | None = None
    always: Mapping[str, str] = {}

    @model_validator(mode="after")
    def _one(self) -> Claim:
        if sum(map(bool, (self.never_permitted, self.never_shown, self.always))) != 1:
            raise ValueError("a claim is exactly one of never_permitted, never_shown, always")
        return self


class Invariant(Noun):
    """A statement about the law: what is given, from which day to which (both included), and the claim."""

    id: str
    says: str
    preset: str | None = None
    facts: Mapping[str, str] = {}
    assume: Mapping[str, str] = {}
    start: dt.date = Field(alias="from")
    to: dt.date
    claim: Claim
    digest: Texts = ()


class InvariantsFile(Noun):
    """``invariants.yaml``."""

    invariants: tuple[Invariant, ...]


@dataclass(frozen=True)
class Proof:
    """The outcome: proved over ``days`` intervals, or refuted on ``day`` by ``counterexample``."""

    invariant: Invariant
    proved: bool
    days: int
    day: dt.date | None = None
    counterexample: Mapping[str, str] | None = None
    what: str = ""

    def __str__(self) -> str:
        if self.proved:
            return f"{self.invariant.id}: proved on {self.days} intervals"
        facts = ", ".join(f"{k} = {v}" for k, v in (self.counterexample or {}).items())
        return f"{self.invariant.id}: refuted on {self.day}: {self.what} with {facts or 'the facts as given'}"


def read_invariants(path: Path) -> tuple[Invariant, ...]:
    """The invariants of a file; raises `RulesetError` with every fault."""
    from .reader import plain_yaml

    data = plain_yaml(path.read_text(encoding="utf-8"), path.name)
    try:
        return InvariantsFile.model_validate(data).invariants
    except ValidationError as error:
        faults = [
            Fault("invariant", f"{'.'.join(map(str, e['loc']))}: {e['msg']}", Place(path.name)) for e in error.errors()
        ]
        raise RulesetError(faults) from None


def prove(law: Ruleset, invariant: Invariant) -> Proof:
    """Proves an invariant on every interval of its days, or refutes it on the first where it fails.

    The counterexample is a smallest one: see `smallest`.
    """
    under = law.assume(**invariant.assume) if invariant.assume else law
    posed = under.hypothetical(invariant.preset, **{**invariant.facts, "as_of": invariant.start})
    days = boundaries(under, posed, invariant.start, invariant.to)
    for day in days:
        broken = with_room(partial(_broken, under, on(posed, day), invariant.claim))
        if broken is not None:
            what, facts = broken
            return Proof(invariant, False, len(days), day, facts, what)
    return Proof(invariant, True, len(days))


def _broken(law: Ruleset, posed: Hypothetical, claim: Claim, room: Any) -> tuple[str, dict[str, str]] | None:
    for what, desk, f in _breaches(law, posed, claim, room):
        if desk.space.possible(f):
            witness = smallest(desk.space, f)
            return what, {k.removeprefix("free:"): value_text(v) for k, v in witness.items()}
    return None


def smallest(space: Space, f: Function) -> dict[str, Value]:
    """The fewest values that make ``f`` hold in every completion of the rest; past `MOST_TOLD`, of one completion."""
    names = sorted(space._support(f))
    sure = any_of((f, none_of(space.whole)))
    for size in range(min(len(names), MOST_TOLD) + 1):
        for told in combinations(names, size):
            rest = all_of(bits for name, bits in space.bits.items() if name not in told)
            enough = sure if isinstance(sure, bool) or rest is True else sure.forall(rest)
            if space.possible(enough):
                return space.witness(enough)
    return space.witness(f)


def _breaches(law: Ruleset, posed: Hypothetical, claim: Claim, room: Any) -> Iterator[tuple[str, Desk, Function]]:
    """Each way to break a claim: words, and the completions in which it happens."""
    if claim.never_permitted:
        desk = Desk(law, posed, "exact", room, gate_literals(law, claim.never_permitted))
        for (basis, action), pair in law.code.pairs.items():
            if action in claim.never_permitted and (not claim.bases or basis in claim.bases):
                yield f"{action} under {basis} is permitted", desk, desk.weigh(basis, pair).partition[PERMITTED]
    if claim.never_shown:
        desk = Desk(law, posed, "exact", room, [claim.never_shown])
        yield f"{claim.never_shown} is shown", desk, desk.function(claim.never_shown)
    for key, verdict in claim.always.items():
        choice, name = key.split()
        desk, parts = choice_functions(law, posed, choice, name, room)
        others = any_of(f for word, f in parts.items() if word != verdict)
        yield f"{choice} under {name} is not {verdict}", desk, others if verdict in parts else none_of(False)
