"""What holds of every theory, and the few shapes of law that the rest is built from."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blackletter.planes import close
from blackletter.theory import TRUE, compile_theory, negate, parse_theory

EXAMPLES = max(60, int(os.environ.get("BLACKLETTER_FUZZ", "0")) // 40)
usual = settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])

ATOMS = ("a", "b", "c", "d", "e")
KINDS = ("strict", "defeasible", "defeasible", "defeaters")


@st.composite
def theories(draw: st.DrawFn, *, cycles: bool = True, unknown: bool = True) -> dict[str, Any]:
    """A theory as JSON, its first atoms given, left to rules or unknown; without ``cycles`` bodies look back only."""
    data: dict[str, Any] = {"strict": [], "defeasible": [], "defeaters": []}
    states = ("yes", "no", "rules", "unknown") if unknown else ("yes", "no", "rules")
    rows = [(atom, draw(st.sampled_from(states))) for atom in ATOMS[:3]]
    for n in range(draw(st.integers(1, 12))):
        head = draw(st.integers(0, len(ATOMS) - 1))
        below = ATOMS if cycles else ATOMS[:head]
        body = draw(st.lists(st.sampled_from(below), max_size=2, unique=True)) if below else []
        rule = {"id": f"r{n}", "head": draw(signed(ATOMS[head])), "body": [draw(signed(atom)) for atom in body]}
        data[draw(st.sampled_from(KINDS))].append(rule)
    data["facts"] = [atom if state == "yes" else "~" + atom for atom, state in rows if state in ("yes", "no")]
    data["unknown"] = [atom for atom, state in rows if state == "unknown"]
    data["superiority"] = draw(superiorities([r for key in ("strict", "defeasible", "defeaters") for r in data[key]]))
    return data


def signed(atom: str) -> st.SearchStrategy[str]:
    return st.sampled_from((atom, "~" + atom))


@st.composite
def superiorities(draw: st.DrawFn, rules: list[dict[str, Any]]) -> list[list[str]]:
    """Some pairs of opposed rules, each the earlier over the later of one order, so never in a circle."""
    order = draw(st.permutations(rules))
    opposed = [
        [one["id"], other["id"]]
        for n, one in enumerate(order)
        for other in order[n + 1 :]
        if one["head"] == negate(other["head"])
    ]
    return [pair for pair in opposed if draw(st.booleans())]


def tags_of(data: dict[str, Any]) -> dict[str, set[str]]:
    theory, row = parse_theory(data)
    program = compile_theory(theory)
    return {tag: set(literals) for tag, literals in program.tags(close(program, row)).items()}


# -- every theory -----------------------------------------------------------------------------------------------------


@usual
@given(theories(), st.randoms(use_true_random=False))
def test_the_order_of_rules_and_facts_is_irrelevant(data: dict[str, Any], rng: Any) -> None:
    shuffled = {key: rng.sample(value, len(value)) for key, value in reversed(data.items())}
    assert tags_of(data) == tags_of(shuffled)


@usual
@given(theories(), st.sampled_from(["facts", "unknown"]))
def test_an_idle_fact_changes_nothing(data: dict[str, Any], where: str) -> None:
    more = tags_of(data | {where: [*data[where], "idle"]})
    assert tags_of(data) == {tag: found - {"idle", "~idle"} for tag, found in more.items()}


@usual
@given(theories())
def test_nothing_is_both_shown_and_refuted(data: dict[str, Any]) -> None:
    theory, row = parse_theory(data)
    proved = close(compile_theory(theory), row)
    assert not [token for token in proved if token ^ 1 in proved]


@usual
@given(theories())
def test_a_literal_is_never_provable_and_refuted(data: dict[str, Any]) -> None:
    tags = tags_of(data)
    assert not tags["+D"] & tags["-D"]
    assert not tags["+d"] & tags["-d"]


@usual
@given(theories())
def test_definite_is_defeasible_too(data: dict[str, Any]) -> None:
    tags = tags_of(data)
    assert tags["+D"] <= tags["+d"]
    assert tags["-d"] <= tags["-D"]


@usual
@given(theories())
def test_only_contradictory_definitions_show_both_sides(data: dict[str, Any]) -> None:
    tags = tags_of(data)
    for literal in tags["+d"]:
        if negate(literal) in tags["+d"]:
            assert {literal, negate(literal)} <= tags["+D"]


@usual
@given(theories(), st.data())
def test_learning_an_unknown_never_turns_a_proved_tag(data: dict[str, Any], draw: st.DataObject) -> None:
    theory, row = parse_theory(data)
    program = compile_theory(theory)
    fuller = {a: draw.draw(st.sampled_from([True, False, None])) if v is None else v for a, v in row.items()}
    assert close(program, row) <= close(program, fuller)


@usual
@given(theories(cycles=False, unknown=False))
def test_a_complete_acyclic_theory_settles_every_literal(data: dict[str, Any]) -> None:
    theory, row = parse_theory(data)
    program = compile_theory(theory)
    proved = close(program, row)
    assert program.acyclic
    assert all((2 * n in proved) != (2 * n + 1 in proved) for n in range(len(program.nodes)))
    assert TRUE in proved


@usual
@given(theories())
def test_take_away_every_rule_for_a_literal_and_it_is_refuted(data: dict[str, Any]) -> None:
    kinds = ("strict", "defeasible", "defeaters")
    for literal in ("d", "~e"):  # never given
        kept = {key: [r for r in data[key] if r["head"] != literal] for key in kinds}
        kept["defeasible"].append(rule("asks", "elsewhere", literal))
        tags = tags_of({"facts": data["facts"], "unknown": data["unknown"], **kept})
        assert {literal, "elsewhere"} <= tags["-d"]


# -- shapes of law ----------------------------------------------------------------------------------------------------


def rule(name: str, head: str, *body: str) -> dict[str, Any]:
    return {"id": name, "head": head, "body": list(body)}


TEAM = [rule("r1", "p", "a"), rule("r2", "p", "b"), rule("s1", "~p", "c"), rule("s2", "~p", "d")]


def test_a_team_wins_when_each_attacker_is_beaten_by_some_member() -> None:
    beats = [["r1", "s1"], ["r2", "s2"]]
    tags = tags_of({"facts": ["a", "b", "c", "d"], "defeasible": TEAM, "superiority": beats})
    assert "p" in tags["+d"]
    assert "~p" in tags["-d"]


def test_a_team_loses_when_the_member_that_beats_does_not_apply() -> None:
    beats = [["r1", "s1"], ["r2", "s2"]]
    tags = tags_of({"facts": ["a", "~b", "c", "d"], "defeasible": TEAM, "superiority": beats})
    assert {"p", "~p"} <= tags["-d"]


def test_an_exception_to_one_rule_leaves_another_for_the_same_conclusion_standing() -> None:
    law = {
        "defeasible": [
            rule("one", "barred", "applies:one", "a"),
            rule("two", "barred", "b"),
            rule("one:guard", "applies:one"),
        ],
        "defeaters": [rule("one:unless", "~applies:one", "x")],
    }
    assert "barred" in tags_of(law | {"facts": ["a", "~b", "~x"]})["+d"]
    assert "barred" in tags_of(law | {"facts": ["a", "~b", "x"]})["-d"]
    assert "barred" in tags_of(law | {"facts": ["a", "b", "x"]})["+d"]
    assert "barred" in tags_of(law | {"facts": ["~a", "b", "x"]})["+d"]


def test_an_order_its_stay_and_the_lifting_of_the_stay_give_closed_open_closed() -> None:
    law = {
        "defeasible": [
            rule("gate", "open"),
            rule("order", "~open", "order", "applies:order"),
            rule("order:guard", "applies:order"),
            rule("stay:guard", "applies:stay"),
            rule("stay", "stayed", "stay", "applies:stay"),
        ],
        "defeaters": [rule("order:unless", "~applies:order", "stayed"), rule("stay:unless", "~applies:stay", "lifted")],
        "superiority": [["order", "gate"]],
    }
    assert "open" in tags_of(law | {"facts": ["~order", "~stay", "~lifted"]})["+d"]
    assert "~open" in tags_of(law | {"facts": ["order", "~stay", "~lifted"]})["+d"]
    assert "open" in tags_of(law | {"facts": ["order", "stay", "~lifted"]})["+d"]
    assert "~open" in tags_of(law | {"facts": ["order", "stay", "lifted"]})["+d"]
