"""The exact evaluator on bare theories: each literal's function is what the plain evaluator says row by row."""

from __future__ import annotations

import os
import random
from itertools import product
from types import SimpleNamespace
from typing import Any

from blackletter import planes
from blackletter.atoms import Atom
from blackletter.exact import Room, evaluate
from blackletter.theory import Program, compile_theory, cone, find_cycle
from random_theories import random_theory

COUNT = int(os.environ.get("BLACKLETTER_FUZZ", "400"))
MOST_INPUTS = 6


class Bits:
    """A space with one diagram variable an input: what `evaluate` needs of a hypothetical's space."""

    def __init__(self, program: Program) -> None:
        self.room = Room(1 << 12)
        names = list(program.inputs)
        self.functions = dict(zip(names, self.room.bits(len(names)), strict=True)) if names else {}
        self.row = SimpleNamespace(code=SimpleNamespace(atoms={n: Atom(n, n, "is", (True,)) for n in names}))

    def atom(self, atom: Atom) -> Any:
        return self.functions[atom.name]


def holds(f: Any, bits: Bits, row: dict[str, bool]) -> bool:
    """Whether a function is true of a complete row."""
    if isinstance(f, bool):
        return f
    for name, value in row.items():
        f = f & (bits.functions[name] if value else ~bits.functions[name])
    return bool(f.satisfiable())


def differences(program: Program) -> list[tuple[str, dict[str, bool]]]:
    bits = Bits(program)
    tokens = [t for where in (program.definite, program.defeasible) for t in where.values()]
    values = evaluate(program, bits, cone(program, tokens))  # type: ignore[arg-type]
    found = []
    for choice in product((True, False), repeat=len(program.inputs)):
        row = dict(zip(program.inputs, choice, strict=True))
        proved = planes.close(program, row)
        for literal, token in program.defeasible.items():
            if holds(values[token >> 1], bits, row) != (token & ~1 in proved):
                found.append((literal, row))
    return found


def test_exact_functions_are_the_tags_of_every_complete_row() -> None:
    """Random acyclic theories with up to six inputs, every row of each; raise BLACKLETTER_FUZZ for more."""
    tried = 0
    rng = random.Random(20170425)
    while tried < COUNT:
        theory, _ = random_theory(rng)
        if find_cycle(theory) or len(theory.inputs) > MOST_INPUTS:
            continue
        tried += 1
        assert [] == differences(compile_theory(theory)), theory
