"""Properties of every answer, on random hypotheticals under the real law."""

from __future__ import annotations

import random
from typing import Any

import pytest

import blackletter as bl
from test_findings import random_row

YES = {"permitted", "permitted after process"}
MAYBE = {"contested", "undetermined"}
SPECIAL = ("party_to", "not_party_to", "actor", "circuit", "state")
"""Facts that others follow from, or that are read through suits and bases."""


@pytest.fixture(scope="module")
def law() -> Any:
    return bl.load()


def kind(verdict: str) -> str:
    return "yes" if verdict in YES else verdict if verdict in MAYBE else "no"


def verdicts(board: Any) -> dict[tuple[str, str], str]:
    return {(f.action, f.basis): f.verdict for f in board.findings}


def random_city(law: Any, seed: int, share: float = 0.8) -> dict[str, str]:
    return random_row(law, random.Random(seed), share)


@pytest.mark.parametrize("seed", range(12))
def test_the_order_in_which_facts_are_stated_does_not_matter(law: Any, seed: int) -> None:
    row = random_city(law, seed)
    shuffled = dict(random.Random(seed + 1).sample(sorted(row.items()), len(row)))
    assert verdicts(law.ask(law.hypothetical(**row))) == verdicts(law.ask(law.hypothetical(**shuffled)))


@pytest.mark.parametrize("seed", range(12))
def test_a_fact_that_no_rule_reads_changes_nothing(law: Any, seed: int) -> None:
    row = random_city(law, seed)
    read = set(law.code.by_fact)
    idle = [
        f for f in law.facts if f not in read and f not in ("party_to", "not_party_to", "actor", "circuit", "state")
    ]
    assert idle, "every fact is read: drop this test"
    less = {k: v for k, v in row.items() if k not in idle}
    assert verdicts(law.ask(law.hypothetical(**row))) == verdicts(law.ask(law.hypothetical(**less)))


@pytest.mark.parametrize("seed", range(30))
def test_learning_a_fact_never_turns_one_settled_answer_into_another(law: Any, seed: int) -> None:
    """Permitted stays permitted, barred stays barred, contested stays contested: only what depends can settle."""
    rng = random.Random(seed)
    row = random_city(law, seed, 0.6)
    unknown = [
        f for f in law.facts if f not in row and f not in ("party_to", "not_party_to", "circuit", "acted_on", "actor")
    ]
    fact = rng.choice(unknown)
    before = law.ask(law.hypothetical(**row))
    value = random_row(law, rng, 1.0)[fact]
    try:
        after = law.ask(law.hypothetical(**row, **{fact: value}))
    except bl.FactError:
        return
    for now in after.findings:
        if now.gates is None:
            continue
        was = before[now.action, now.basis]
        if was.verdict != "undetermined":
            assert kind(was.verdict) == kind(now.verdict), (now.action, now.basis, fact, value)


@pytest.mark.parametrize("seed", range(20))
def test_an_answer_under_unknowns_is_that_of_each_completion(law: Any, seed: int) -> None:
    """Any completion of facts and readings gives a verdict the exact answer allows."""
    rng = random.Random(seed)
    city = complete_city(law, rng)
    kept = {"as_of", "acted_on", "actor", *(f for f, noun in law.facts.items() if noun.default is not None)}
    known = {f: v for f, v in city.as_text().items() if rng.random() < 0.5 or f in kept}
    partial = law.ask(law.hypothetical(**known))
    readings = {q: rng.choice(list(noun.readings)) for q, noun in law.questions.items()}
    full = law.assume(**free(law, city, readings)).ask(city)
    for f in full.findings:
        if f.gates is None:
            continue
        was = partial[f.action, f.basis]
        assert f.verdict not in MAYBE, (f.action, f.basis, f.missing, f.readings)
        if kind(was.verdict) not in MAYBE:
            assert kind(was.verdict) == kind(f.verdict), (f.action, f.basis)
        for gate, found in f.gates.items():
            if was.gates[gate].value in ("open", "closed"):
                assert was.gates[gate].value == found.value, (f.action, f.basis, gate)


def complete_city(law: Any, rng: random.Random) -> Any:
    """A random city with every fact known that respects the constraints."""
    while True:
        whole = random_row(law, rng, 1.0)
        if rng.random() < 0.8:
            del whole["actor"]
        city = law.hypothetical(**whole)
        if allowed(law, city):
            return city


def allowed(law: Any, city: Any) -> bool:
    """Whether a complete city respects the constraints of the facts file."""
    row, atoms = city.row, law.code.atoms

    def holds(literal: str) -> bool:
        return row.truth(atoms[literal.lstrip("~")]) is (literal[0] != "~")

    return all(not all(map(holds, when)) or all(map(holds, then)) for when, then in law.code.constraints)


def free(law: Any, city: Any, readings: dict[str, str]) -> dict[str, str]:
    """The readings of those questions that the law leaves free for this city."""
    from blackletter.argue import OPEN, Teller

    teller = Teller(law.code, city)
    return {
        q: r for q, r in readings.items() if all(teller.status(f"{q}:{x}") == OPEN for x in law.questions[q].readings)
    }


def test_a_city_posed_under_one_law_may_be_asked_under_another(law: Any) -> None:
    city = law.hypothetical("springfield", as_of="2017-06-01")
    without = law.without("santa-clara-v-trump")
    key = ("withhold", "eo-13768-9a")
    assert "enjoined" == law.ask(city)[key].verdict
    assert "no authority" == without.ask(city)[key].verdict
    assert ("without santa-clara-v-trump",) == without.ask(city).law.overlays
