"""The space of policies: every combination of chosen facts at one date and forum, counted and said as conditions.

Counting is on the diagram and exhaustive; `Space.tally` counts again by going through the combinations over planes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .atoms import Value
from .circuits import bit_name, circuit_of
from .errors import EngineError, FactError, unknown_name
from .exact import Function, all_of, any_of, evaluate, none_of, with_room
from .hypothetical import Hypothetical, value_text
from .planes import Sweep
from .theory import TheoryRule, negate
from .verdicts import (
    Cascade,
    Key,
    VaryingRow,
    VaryingSpace,
    settled,
    verdicts,
)

if TYPE_CHECKING:
    from .exact import Room
    from .gates import Pair
    from .ruleset import Ruleset

CERTIFIED = 1 << 22
"""Complete rows that a certificate may ask a checker to go through."""
SPREAD = 1 << 22
"""Combinations that `Space.tally` goes through."""

Cube = dict[str, tuple[int, ...]]
"""A condition: fact -> the numbers of the values it may have; facts left out may have any."""


@dataclass(frozen=True)
class Space:
    """Every combination of the ``free`` facts, the others as in ``hypothetical``. ``rows`` is how many there are.

    ``verdicts`` maps a finding to how many combinations have each verdict.
    """

    law: Ruleset = field(repr=False)
    hypothetical: Hypothetical
    free: Mapping[str, tuple[Value, ...]]
    functions: Mapping[Key, Cascade] = field(repr=False)
    varying: VaryingSpace = field(repr=False)

    @property
    def rows(self) -> int:
        return prod(map(len, self.free.values()))

    @cached_property
    def verdicts(self) -> Mapping[Key, Mapping[str, int]]:
        return {key: self._counts(found) for key, found in self.functions.items()}

    def _counts(self, found: Cascade) -> dict[str, int]:
        counted = {word: self.count(f) for word, f in found.parts.items()}
        return {word: n for word, n in counted.items() if n}

    def count(self, f: Function) -> int:
        """How many combinations meet a condition on the free facts."""
        used = [v for v in self.free if v in self.varying.variables]
        unread = prod(len(values) for name, values in self.free.items() if name not in used)
        inside = all_of((f, *(self.varying.proper[v] for v in used)))
        if inside is False:
            return 0
        if inside is True:
            return self.rows
        room = self.varying.room
        bits = sum(_bits(len(self.free[v])) for v in used)
        return int(inside.sat_count(room.used)) * unread >> (room.used - bits)

    def tally(self) -> Mapping[Key, Mapping[str, int]]:
        """`verdicts`, counted again by going through every combination over planes; bounded, and says so."""
        import numpy as np

        from .planes import pack, unpack

        if self.rows > SPREAD:
            raise EngineError(f"{self.rows:,} combinations are too many to go through (limit {SPREAD:,})")
        circuit = circuit_of(self.varying.room, self.functions)
        sizes = [len(values) for values in self.free.values()]
        where = dict(zip(self.free, np.unravel_index(np.arange(self.rows), sizes), strict=True)) if sizes else {}
        planes = {bit_name(v, b): pack(where[v] >> b & 1) for v, b in circuit.inputs}
        found: dict[Key, dict[str, int]] = {}
        for key, cascade in self.functions.items():
            ends = circuit.end(cascade)
            swept = Sweep(circuit.program(), list(ends.values()))(planes, self.rows)
            counts = {word: int(unpack(plane, self.rows).sum()) for word, plane in zip(ends, swept, strict=True)}
            found[key] = {word: n for word, n in counts.items() if n}
        return found

    # conditions ----------------------------------------------------------------------------------------------------

    def conditions(self, action: str, basis: str = "", verdict: str | None = None) -> Mapping[str, tuple[str, ...]]:
        """Verdict -> minimal conditions on the free facts, in words: it is the verdict when one of them is met.

        Each condition is prime (no value can be added to it), none can be left out, and together they are exactly the
        combinations with that verdict, which is checked.
        """
        parts = self.finding(action, basis).parts
        return {
            word: tuple(self.words(cube) for cube in self.cubes(f))
            for word, f in parts.items() if verdict in (None, word) and self.count(f)
        }  # fmt: skip

    def finding(self, action: str, basis: str = "") -> Cascade:
        """The verdicts of one finding; raises `FactError` for one that is not on file."""
        if (action, basis) not in self.functions:
            known = [" ".join(filter(None, key)) for key in self.functions]
            raise FactError(unknown_name("finding", f"{action} {basis}".strip(), known))
        return self.functions[action, basis]

    def cubes(self, f: Function) -> tuple[Cube, ...]:
        """An irredundant cover of ``f`` by prime conditions: the shorter of two, made in opposite orders of facts."""
        names = [v for v in self.free if v in self.varying.variables]
        covers = [self._cover(f, order) for order in (names, names[::-1])]
        best = min(covers, key=lambda cover: (len(cover), sum(map(len, cover))))
        if settled(any_of(map(self._function, best))) != settled(f):
            raise EngineError("a cover does not equal its verdict")
        return tuple(best)

    def _cover(self, f: Function, order: Sequence[str]) -> list[Cube]:
        found: list[Cube] = []
        left = settled(f)
        while left is not False:
            cube = self._prime(f, left, order)
            found.append(cube)
            left = settled(all_of((left, none_of(self._function(cube)))))
        return self._needed(found)

    def _prime(self, f: Function, left: Function, order: Sequence[str]) -> Cube:
        """A combination in ``left``, widened fact by fact and then value by value for as long as it implies ``f``."""
        cube: Cube = {}
        for name in order:
            values = range(len(self.free[name]))
            cube[name] = next(((n,) for n in values if settled(self._within(left, {**cube, name: (n,)}))), (0,))
        for name in order:
            wider = {k: v for k, v in cube.items() if k != name}
            cube = wider if self._implies(wider, f) else cube
        for name in [n for n in order if n in cube]:
            for value in range(len(self.free[name])):
                wider = {**cube, name: tuple(sorted({*cube[name], value}))}
                cube = wider if self._implies(wider, f) else cube
        return cube

    def _within(self, left: Function, cube: Cube) -> Function:
        return all_of((left, self._function(cube)))

    def _implies(self, cube: Cube, f: Function) -> bool:
        return settled(all_of((self._function(cube), none_of(f)))) is False

    def _needed(self, cubes: list[Cube]) -> list[Cube]:
        kept = list(cubes)
        for cube in cubes:
            others = any_of(self._function(c) for c in kept if c is not cube)
            if len(kept) > 1 and self._implies(cube, others):
                kept = [c for c in kept if c is not cube]
        return kept

    def _function(self, cube: Cube) -> Function:
        codes = self.varying.codes
        return all_of(any_of(codes[name][n] for n in chosen) for name, chosen in cube.items())

    def words(self, cube: Cube) -> str:
        """A condition in plain words."""
        return "; ".join(self._says(name, chosen) for name, chosen in cube.items()) or "always"

    def _says(self, name: str, chosen: tuple[int, ...]) -> str:
        values = [value_text(self.free[name][n]) for n in range(len(self.free[name]))]
        if len(chosen) > len(values) / 2 and len(values) > 2:
            others = [v for n, v in enumerate(values) if n not in chosen]
            return f"{name} is not {' or '.join(others)}"
        return f"{name} is {' or '.join(values[n] for n in chosen)}"

    def json(self, keys: Sequence[Key] | None = None) -> dict[str, Any]:
        """The answer of ``blackletter space --json``; conditions of the findings named (default: of all)."""
        return {
            "rows": self.rows,
            "as_of": self.hypothetical.as_of.isoformat(),
            "ruleset": {"id": self.law.id, "version": self.law.version, "hash": self.law.hash},
            "free": {name: [value_text(v) for v in values] for name, values in self.free.items()},
            "verdicts": {" ".join(filter(None, key)): dict(counts) for key, counts in self.verdicts.items()},
            "conditions": {
                " ".join(filter(None, key)): {w: list(c) for w, c in self.conditions(*key).items()}
                for key in (self.functions if keys is None else keys)
            },
            "note": self.law.not_advice,
        }  # fmt: skip

    # certificate ---------------------------------------------------------------------------------------------------

    def certificate(self, action: str, basis: str) -> dict[str, Any]:
        """What another program needs to count the verdicts of one (action, basis) again, and our counts.

        The rules of its cone, the values of every free and unknown variable, for which of them each atom is true, the
        constraints, and the literals that each verdict is read from. Raises `EngineError` for more than `CERTIFIED`
        complete rows, and where two unknown dates are compared.
        """
        self.finding(action, basis)
        if (basis, action) not in self.law.code.pairs:
            raise FactError("a certificate is about one action under one basis")
        return with_room(partial(_certificate, self, self.law.code.pairs[basis, action], (action, basis)))

    def certify(self, path: str | Path, action: str, basis: str) -> Path:
        """Writes the certificate as JSON."""
        from .exports import write_whole

        path = Path(path)
        write_whole(path, json.dumps(self.certificate(action, basis), indent=1))
        return path


def _bits(count: int) -> int:
    return max(1, (count - 1).bit_length())


def space(law: Ruleset, hypothetical: Hypothetical, free: Sequence[str] | None = None) -> Space:
    """As `Ruleset.space`."""
    chosen = tuple(free) if free is not None else tuple(f for f, n in law.facts.items() if n.group == "city policy")
    wrong = [unknown_name("fact", f, law.facts) for f in chosen if f not in law.facts]
    if wrong:
        raise FactError(wrong)
    for name in chosen:
        noun = law.facts[name]
        if noun.kind == "set" or noun.follows:
            raise FactError(f"{name} cannot be free: it {'is a set of suits' if noun.kind == 'set' else 'follows'}")
    return with_room(partial(_space, law, hypothetical, chosen))


def _space(law: Ruleset, hypothetical: Hypothetical, free: tuple[str, ...], room: Room) -> Space:
    row = VaryingRow(hypothetical, free, merged=False)
    found = verdicts(law, row, room)
    varying = VaryingSpace(row, room)
    for name in free:
        varying.add(name)
    return Space(law, hypothetical, {name: row.domain(name) for name in free}, found, varying)


def _certificate(of: Space, pair: Pair, key: Key, room: Room) -> dict[str, Any]:
    law, code = of.law, of.law.code
    literals = [*pair.gates.values(), *pair.causes.values(), *pair.steps.values()]
    rules = list(_cone(of.law, literals))
    row = VaryingRow(of.hypothetical, of.free, merged=False)
    read = VaryingSpace(row, room)
    named = {x.lstrip("~") for r in rules for x in (r.head, *r.body)} | {x.lstrip("~") for x in literals}
    given, reads = {}, {}
    for name in sorted(named & set(code.atoms)):
        atom = code.atoms[name]
        truth = row.truth(atom)
        if truth is not None:
            given[name] = truth
            continue
        if atom.other and all(row.value(f) is None for f in atom.facts):
            raise EngineError(f"{name} compares two unknown dates, which a certificate does not carry")
        read.atom(atom)
        reads[name] = _reading(row, name)
    _ = read.whole
    bound = [(w, t) for w, then in code.constraints if (t := _binding(read, w, then))]
    for name in (x.lstrip("~") for c in bound for side in c for x in side):
        truth = row.truth(code.atoms[name])
        if truth is None:
            reads.setdefault(name, _reading(row, name))
        else:
            given[name] = truth
    idle = _idle(of.law, read, literals, bound)
    domains = {v: [value_text(x) for x in values] for v, values in read.variables.items()}
    total = prod(len(values) for v, values in domains.items() if v not in idle)
    if total > CERTIFIED:
        raise EngineError(f"{total:,} complete rows are too many to certify (limit {CERTIFIED:,}); free fewer facts")
    unread = prod(len(values) for name, values in of.free.items() if name not in domains or name in idle)
    counts = of.verdicts[key]
    data = {
        "blackletter": "certificate 1",
        "ruleset": {"id": law.id, "version": law.version, "hash": law.hash, "overlays": list(law.overlays)},
        "hypothetical": of.hypothetical.as_text(), "action": key[0], "basis": key[1],
        "rows": of.rows // unread, "unread": unread, "verdicts": {w: n // unread for w, n in counts.items()},
        "free": [v for v in domains if v in of.free and v not in idle],
        "readings": [v for v in domains if v.startswith("free:") and v not in idle],
        "idle": dict.fromkeys(idle, 0),
        "domains": domains,
        "reads": {n: r for n, r in reads.items() if r["variable"] in domains}, "given": given,
        "constraints": [[list(w), list(t)] for w, t in bound],
        "rules": [[r.id, r.kind, r.head, list(r.body)] for r in rules],
        "superiority": sorted([a, b] for a, b in code.theory.superiority if {a, b} <= {r.id for r in rules}),
        "gates": dict(pair.gates), "causes": {f"{g} {c}": x for (g, c), x in pair.causes.items()},
        "steps": dict(pair.steps),
        "words": [[w.verdict, w.gate, w.cause] for w in law.verdicts],
    }  # fmt: skip
    text = json.dumps(data, sort_keys=True).encode()
    return {**data, "sha256": hashlib.sha256(text).hexdigest()}


def _idle(law: Ruleset, read: VaryingSpace, literals: Sequence[str], bound: Sequence[Any]) -> list[str]:
    """The variables on which no gate turns here; a checker may give them any value, and the file says the first."""
    program = law.code.program
    values = evaluate(program, read, law.code.cone(literals))
    read_by = {v for x in literals for y in (x, negate(x)) for v in read._support(values[program.defeasible[y] >> 1])}
    tied = {
        read.row.source(f)[0] for c in bound for side in c for x in side for f in law.code.atoms[x.lstrip("~")].facts
    }
    return [v for v in read.variables if v not in read_by | tied]


def _reading(row: VaryingRow, name: str) -> dict[str, Any]:
    """The variable an atom is read from, and for which of its values it is true."""
    atom = row.code.atoms[name]
    unknown = atom.fact if row.value(atom.fact) is None else atom.other
    variable, how = row.source(str(unknown))
    values = [how(v) for v in row.domain(variable)]
    if atom.other is None:
        true = [atom.test(v) for v in values]
    elif unknown == atom.fact:
        true = [atom.test(v, row.value(atom.other)) for v in values]
    else:
        true = [atom.test(row.value(atom.fact), v) for v in values]  # type: ignore[arg-type]
    return {"variable": variable, "true": [n for n, t in enumerate(true) if t]}


def _binding(read: VaryingSpace, when: tuple[str, ...], then: tuple[str, ...]) -> tuple[str, ...]:
    """What a constraint says of unknown facts, if any that are read are among its own: stated facts stand."""
    if not read._unknowns((when, then)) & read.variables.keys():
        return ()
    return tuple(x for x in then if read._unknowns(((), (x,))))


def _cone(law: Ruleset, literals: Sequence[str]) -> Iterator[TheoryRule]:
    """Every rule on which these literals depend."""
    theory, seen = law.code.theory, set[str]()
    agenda = [x.lstrip("~") for x in literals]
    while agenda:
        atom = agenda.pop()
        if atom in seen:
            continue
        seen.add(atom)
        for rule in (*theory.by_head.get(atom, ()), *theory.by_head.get(negate(atom), ())):
            yield rule
            agenda += [x.lstrip("~") for x in rule.body]
