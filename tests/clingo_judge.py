"""An outside judge: the tags of many theories at once, by clingo on ``defeasible.lp``.

Nothing here uses the circuit: theories go in as facts about their rules, tags come out as atoms.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import clingo

import blackletter
from blackletter.theory import Theory, atom_of

Row = Mapping[str, "bool | None"]
Tags = dict[str, list[str]]
JUDGE = Path(blackletter.__file__).with_name("defeasible.lp")
LETTERS = {"plus_D": "+D", "minus_D": "-D", "plus_d": "+d", "minus_d": "-d"}


def judge(cases: Iterable[tuple[Theory, Row]]) -> list[Tags]:
    """For each theory and row the lists ``+D -D +d -d`` over every literal, sorted, as `Program.tags` gives them."""
    given = list(cases)
    control = clingo.Control(["--warn=none"])
    control.load(str(JUDGE))
    control.add("base", [], "\n".join(_facts(n, *case) for n, case in enumerate(given)))
    control.ground([("base", [])])
    tags: list[Tags] = [{letter: [] for letter in LETTERS.values()} for _ in given]
    models = 0
    with control.solve(yield_=True) as handle:
        for model in handle:
            models += 1
            for symbol in model.symbols(shown=True):
                number, literal = symbol.arguments
                tags[number.number][LETTERS[symbol.name]].append(_text(literal))
    assert models == 1, "a positive program has one least model"
    return [{letter: sorted(found) for letter, found in each.items()} for each in tags]


def _facts(number: int, theory: Theory, row: Row) -> str:
    return "".join(f"{fact}.\n" for fact in _each_fact(number, theory, row))


def _each_fact(t: int, theory: Theory, row: Row) -> Iterator[str]:
    for atom in theory.atoms:
        yield f'atom({t},"{atom}")'
    for atom in theory.inputs:
        value = row.get(atom)
        yield f'unknown({t},"{atom}")' if value is None else f"fact({t},{_term(atom if value else '~' + atom)})"
    for rule in theory.rules:
        yield f'rule({t},"{rule.id}",{rule.kind},{_term(rule.head)})'
        yield from (f'body({t},"{rule.id}",{_term(literal)})' for literal in rule.body)
    yield from (f'beats({t},"{strong}","{weak}")' for strong, weak in theory.superiority)


def _term(literal: str) -> str:
    return f'lit("{atom_of(literal)}",{"neg" if literal[0] == "~" else "pos"})'


@functools.cache
def _text(term: clingo.Symbol) -> str:
    atom, sign = term.arguments
    return ("~" if sign.name == "neg" else "") + atom.string
