"""Random defeasible theories, seeded: the same `random.Random` gives the same theory everywhere.

They are made in the JSON form of ``blackletter solve`` and read by `parse_theory`, so a theory
that a test fails on can be printed, pasted and given to any other solver.
"""

from __future__ import annotations

import json
import random
from typing import Any

from blackletter.theory import Theory, parse_theory

Row = dict[str, "bool | None"]


def random_theory(rng: random.Random, **sizes: Any) -> tuple[Theory, Row]:
    """A theory and a row for it; ``sizes`` as in `random_json`."""
    return parse_theory(random_json(rng, **sizes))


def random_json(
    rng: random.Random,
    *,
    atoms: int = 8,
    rules: int = 14,
    width: int = 3,
    inputs: float = 0.4,
    unknown: float = 0.3,
    cycles: bool = False,
    hub: float = 0.0,
    exact: bool = False,
) -> dict[str, Any]:
    """A theory as JSON: up to ``atoms`` atoms, up to ``rules`` rules, bodies up to ``width``.

    ``inputs`` is the share of atoms a row gives, ``unknown`` the share of those left unknown;
    ``exact`` makes the two counts exact. Without ``cycles`` an atom depends on earlier atoms only.
    ``hub`` is the chance that a body also asks for the first atom, which is how one token comes to
    be shared by most rules. Superiority never runs in a circle.
    """
    names = [f"p{n}" for n in range(atoms if exact else rng.randint(2, max(2, atoms)))]
    count = rules if exact else rng.randint(1, rules)
    given = max(1, round(inputs * len(names)))
    shape = (names, given, width, cycles, hub)
    made = [_rule(rng, n, *shape) for n in range(count)]
    data: dict[str, Any] = {"strict": [], "defeasible": [], "defeaters": []}
    for kind, rule in made:
        data[kind].append(rule)
    row = [(name, rng.random() < unknown) for name in names[:given]]
    data["facts"] = [_signed(rng, name) for name, hidden in row if not hidden]
    data["unknown"] = [name for name, hidden in row if hidden]
    data["superiority"] = _superiority(rng, [rule for _, rule in made])
    return data


def as_json(data: dict[str, Any]) -> str:
    """The theory on one line, for the message of a failing test."""
    return json.dumps(data, separators=(",", ":"))


def random_row(rng: random.Random, theory: Theory, unknown: float = 0.3) -> Row:
    """Another row for the same theory: every input true, false or unknown."""
    return {a: None if rng.random() < unknown else rng.random() < 0.5 for a in theory.inputs}


def _rule(
    rng: random.Random, n: int, names: list[str], given: int, width: int, cycles: bool, hub: float
) -> tuple[str, dict[str, Any]]:
    head = rng.randrange(len(names))
    below = names if cycles else names[:head]
    body = [_signed(rng, name) for name in rng.sample(below, rng.randint(0, min(width, len(below))))]
    if hub and rng.random() < hub and below and names[0] not in (b.lstrip("~") for b in body):
        body.append(names[0])
    # A strict rule about a given atom would let facts and definitions contradict each other.
    kinds = ["defeasible"] * 6 + ["defeaters"] * 2 + (["strict"] * 2 if head >= given else [])
    return rng.choice(kinds), {"id": f"r{n}", "head": _signed(rng, names[head]), "body": body}


def _signed(rng: random.Random, name: str) -> str:
    return name if rng.random() < 0.6 else "~" + name


def _superiority(rng: random.Random, rules: list[dict[str, Any]]) -> list[list[str]]:
    """Pairs among rules of opposite heads, each stronger than a later one in a shuffled order."""
    order = rng.sample(rules, len(rules))
    rank = {rule["id"]: position for position, rule in enumerate(order)}
    heads: dict[str, list[str]] = {}
    for rule in rules:
        heads.setdefault(rule["head"], []).append(rule["id"])
    pairs: list[list[str]] = []
    for head, ours in heads.items():
        against = [(mine, other) for other in heads.get("~" + head, ()) for mine in ours]
        stated = [pair for pair in against if rng.random() < 0.5]
        pairs += [sorted(pair, key=rank.__getitem__) for pair in stated]
    return pairs
