"""Every evaluator against outside judges: clingo on the proof conditions, textbook cases, a public corpus.

``BLACKLETTER_FUZZ=20000`` runs that many random theories, and every row of the small scope.
``BLACKLETTER_CONFORMANCE=folder`` reads the public corpus (see ``conformance/README.md``).
"""

from __future__ import annotations

import functools
import importlib.util
import os
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, combinations_with_replacement, islice, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from blackletter import chain, planes
from blackletter.theory import Program, Theory, TheoryRule, compile_theory, negate, parse_theory
from clingo_judge import Row, Tags, judge
from random_theories import random_json, random_row

HERE = Path(__file__).parent
FUZZ = int(os.environ.get("BLACKLETTER_FUZZ", "400"))
BATCH = 200
SHAPES: tuple[dict[str, Any], ...] = (
    {},
    {"cycles": True},
    {"unknown": 0.0},
    {"atoms": 4, "rules": 10, "cycles": True, "unknown": 0.1},
    {"atoms": 16, "rules": 24, "width": 2},
    {"atoms": 5, "rules": 20, "width": 1, "hub": 0.5},
)

# -- evaluators: the tags of a program for several rows ---------------------------------------------------------------


def by_plane(program: Program, rows: Sequence[Row]) -> list[Tags]:
    return [program.tags(planes.close(program, row)) for row in rows]


def by_sweep(program: Program, rows: Sequence[Row]) -> list[Tags]:
    wanted = range(2 * len(program.nodes))
    bits = as_bits(planes.sweep(program, wanted, as_columns(program, rows), len(rows)), len(rows))
    return [program.tags(set(np.flatnonzero(row).tolist())) for row in bits.T]


def by_chain(program: Program, rows: Sequence[Row]) -> list[Tags]:
    return [program.tags(chain.close(program, row)) for row in rows]


no_engine = pytest.mark.skipif(
    importlib.util.find_spec("durable_rules_engine") is None, reason="durable_rules is not installed here"
)
evaluators = pytest.mark.parametrize("tags", [by_plane, by_sweep, pytest.param(by_chain, marks=no_engine)])
Evaluator = Callable[[Program, Sequence[Row]], list[Tags]]


def as_columns(program: Program, rows: Sequence[Row]) -> dict[str, planes.Column]:
    return {
        atom: (planes.pack([r.get(atom) is True for r in rows]), planes.pack([r.get(atom) is False for r in rows]))
        for atom in program.inputs
    }


def as_bits(swept: Any, rows: int) -> Any:
    return np.array([planes.unpack(words, rows) for words in swept])


# -- random theories --------------------------------------------------------------------------------------------------


@functools.cache
def judged(batch: int) -> list[tuple[dict[str, Any], Program, list[Row], list[Tags]]]:
    """``BATCH`` random theories with three rows each, and what clingo says of them."""
    cases = []
    for seed in range(batch * BATCH, min((batch + 1) * BATCH, FUZZ)):
        rng = random.Random(seed)
        data = random_json(rng, **SHAPES[seed % len(SHAPES)])
        theory, row = parse_theory(data)
        cases.append((data, theory, [row, random_row(rng, theory), random_row(rng, theory, unknown=0)]))
    said = iter(judge((theory, row) for _, theory, rows in cases for row in rows))
    return [(data, compile_theory(theory), rows, [next(said) for _ in rows]) for data, theory, rows in cases]


@evaluators
def test_random_theories_get_the_tags_clingo_gives_them(tags: Evaluator) -> None:
    for batch in range(-(-FUZZ // BATCH)):
        for data, program, rows, expected in judged(batch):
            assert expected == tags(program, rows), (data, rows)


# -- small scope: every theory of two atoms and up to three rules -----------------------------------------------------

LITERALS = ("p", "~p", "q", "~q")
BODIES: tuple[tuple[str, ...], ...] = ((), *((a,) for a in LITERALS))
RULES = [(kind, head, body) for kind in ("strict", "defeasible", "defeater") for head in LITERALS for body in BODIES]
# Each atom is left to the rules ("no row names it"), given true, given false, or unknown.
ROWS: list[Row] = [
    {atom: value for atom, value in zip("pq", values, strict=True) if value != "rules"}
    for values in product(("rules", True, False, None), repeat=2)
]


def renamings() -> Iterator[list[int]]:
    """The eight ways to exchange the atoms or a sign, as tables from rule number to rule number."""
    for p, q in (("p", "q"), ("q", "p")):
        for flip_p, flip_q in product((False, True), repeat=2):
            new = {"p": negate(p) if flip_p else p, "q": negate(q) if flip_q else q}
            new |= {"~p": negate(new["p"]), "~q": negate(new["q"])}
            yield [RULES.index((k, new[h], tuple(new[b] for b in body))) for k, h, body in RULES]


def small_theories() -> Iterator[Theory]:
    """Up to three rules with bodies of up to one literal; one of each class of renamings; every superiority."""
    tables = list(renamings())
    for size in (1, 2, 3):
        for chosen in combinations_with_replacement(range(len(RULES)), size):
            if all(chosen <= tuple(sorted(table[n] for n in chosen)) for table in tables):
                rules = [TheoryRule(f"r{i}", *RULES[n]) for i, n in enumerate(chosen)]  # type: ignore[arg-type]
                if not falls_apart(rules):
                    yield from with_superiorities(rules)


def falls_apart(rules: list[TheoryRule]) -> bool:
    """The rules for p and the rules for q do not meet: the theory is two smaller ones side by side."""
    mentions = [{literal.lstrip("~") for literal in (rule.head, *rule.body)} for rule in rules]
    return {"p", "q"} not in mentions and set().union(*mentions) == {"p", "q"}


def with_superiorities(rules: list[TheoryRule]) -> Iterator[Theory]:
    """Every superiority between opposed rules that can matter: a defeater beats nobody."""
    opposed = [pair for pair in combinations(rules, 2) if pair[0].head == negate(pair[1].head)]
    ways = [[None, *(w for w in (pair, pair[::-1]) if w[0].kind != "defeater")] for pair in opposed]
    for chosen in product(*ways):
        yield Theory(tuple(rules), frozenset((w[0].id, w[1].id) for w in chosen if w))


def small_cases() -> Iterator[tuple[Theory, Row]]:
    """Every small theory with both atoms left to its rules; and with every other row if it has one or two rules or
    ``BLACKLETTER_FUZZ`` asks for it, else with one row in turn for every ninth theory."""
    for n, theory in enumerate(small_theories()):
        every_row = FUZZ >= 20_000 or len(theory.rules) < 3
        in_turn = [ROWS[1 + n // 9 % 15]] if n % 9 == 0 else []
        for row in ROWS if every_row else [ROWS[0], *in_turn]:
            yield replace(theory, inputs=tuple(row)), row


def test_every_small_theory_gets_the_tags_clingo_gives_it() -> None:
    cases, seen = small_cases(), 0
    while part := list(islice(cases, 4_000)):
        seen += len(part)
        for (theory, row), expected in zip(part, judge(part), strict=True):
            assert [expected] == by_plane(compile_theory(theory), [row]), (theory, row)
    assert seen > 18_000


# -- textbook cases and the public corpus -----------------------------------------------------------------------------

CASES = yaml.safe_load((HERE / "conformance" / "cases.yaml").read_text())


@evaluators
@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_textbook_cases_get_their_tags(case: dict[str, Any], tags: Evaluator) -> None:
    theory, row = parse_theory(case["theory"])
    found = tags(compile_theory(theory), [row])[0]
    for tag, literals in case["tags"].items():
        assert set(literals) <= set(found[tag]), tag
    for tag, literals in case.get("untagged", {}).items():
        assert not set(literals) & {*found["+" + tag], *found["-" + tag]}, tag


def corpus(pattern: str) -> list[dict[str, Any]]:
    folder = os.environ.get("BLACKLETTER_CONFORMANCE")
    files = sorted(Path(folder).glob(pattern)) if folder else []
    return [case for file in files for case in yaml.safe_load(file.read_text())["tests"]]


def read_theory(data: dict[str, Any]) -> Theory:
    """A theory of the corpus; a fact is a strict rule without a body, since some of its facts contradict others."""
    rules = [TheoryRule(f"fact {literal}", "strict", literal) for literal in data["facts"]]
    for key, kind in (("strict_rules", "strict"), ("defeasible_rules", "defeasible"), ("defeaters", "defeater")):
        rules += [TheoryRule(r["id"], kind, r["head"], tuple(r["body"])) for r in data[key]]  # type: ignore[arg-type]
    return Theory(tuple(rules), frozenset((a, b) for a, b in data["superiority"]))


needs_corpus = pytest.mark.skipif(
    "BLACKLETTER_CONFORMANCE" not in os.environ, reason="BLACKLETTER_CONFORMANCE names no folder with the public corpus"
)


@needs_corpus
@evaluators
def test_the_public_corpus_gets_the_tags_it_expects(tags: Evaluator) -> None:
    assert len(corpus("basic/spindle_racket_*.yaml")) == 42
    for case in corpus("basic/spindle_racket_*.yaml"):
        theory = read_theory(case["theory"])
        found = tags(compile_theory(theory), [{}])[0]
        assert [found] == judge([(theory, {})]), case["name"]
        for word, tag in (("definitely", "+D"), ("defeasibly", "+d"), ("not_defeasibly", "-d")):
            assert set(case["expect"].get(word, {})) <= set(found[tag]), (case["name"], word)


@needs_corpus
@evaluators
def test_where_policies_differ_the_public_corpus_gets_ambiguity_blocking(tags: Evaluator) -> None:
    assert len(corpus("ambiguity/*.yaml")) >= 2
    for case in corpus("ambiguity/*.yaml"):
        found = tags(compile_theory(read_theory(case["theory"])), [{}])[0]
        expected = case["expect_per_policy"]["blocking"]
        assert set(expected["defeasibly"]) <= set(found["+d"]), case["name"]
        assert set(expected["undecided"]) <= set(found["-d"]), case["name"]
