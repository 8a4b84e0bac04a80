"""What must always or never be so is proved over every completion and every covered day; a false claim is refuted."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

import blackletter as bl
from blackletter.invariants import Claim, Invariant, prove, read_invariants
from blackletter.reader import find_ruleset

INVARIANTS = read_invariants(find_ruleset() / "invariants.yaml")


@pytest.fixture(scope="module")
def law() -> Any:
    return bl.load()


def test_there_are_as_many_as_promised() -> None:
    assert len(INVARIANTS) >= 14


@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda i: i.id)
def test_the_invariant_is_proved(law: Any, invariant: Invariant) -> None:
    proof = prove(law, invariant)
    assert proof.proved, str(proof)
    assert proof.days >= 1


def test_a_false_claim_is_refuted_with_a_case_that_the_board_confirms(law: Any) -> None:
    claim = Claim(never_permitted=("withhold",), bases=("award-term-validation",))
    day = dt.date(2017, 8, 1)
    wrong = Invariant(id="x", says="x", facts={"award": "byrne-jag-fy2016"}, **{"from": day}, to=day, claim=claim)
    proof = prove(law, wrong)
    assert not proof.proved
    facts = {k: v for k, v in (proof.counterexample or {}).items() if k in law.facts}
    readings = {k: v for k, v in (proof.counterexample or {}).items() if k in law.questions}
    under = law.assume(**readings)
    board = under.ask(under.hypothetical(award="byrne-jag-fy2016", as_of=day, **facts))
    assert board["withhold", "award-term-validation"].verdict.startswith("permitted")
    for left_out in facts:
        fewer = under.hypothetical(award="byrne-jag-fy2016", as_of=day, **{k: facts[k] for k in facts if k != left_out})
        verdict = under.ask(fewer)["withhold", "award-term-validation"].verdict
        assert not verdict.startswith("permitted"), f"{left_out} need not be told"
    assert "refuted on 2017-08-01: withhold under award-term-validation is permitted with" in str(proof)


def test_an_invariant_file_with_faults_names_them(tmp_path: Path) -> None:
    path = tmp_path / "invariants.yaml"
    path.write_text("invariants:\n  - {id: a, says: b, from: 2017-01-01, to: x, claim: {}}\n")
    with pytest.raises(bl.RulesetError) as caught:
        read_invariants(path)
    assert "to" in str(caught.value)
    assert "exactly one of never_permitted, never_shown, always" in str(caught.value)
