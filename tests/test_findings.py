"""Gates, verdicts and roll-ups, on a small ruleset whose answers can be worked out by hand."""

from __future__ import annotations

import datetime as dt
import random
import shutil
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import blackletter as bl
from blackletter.atoms import NEVER
from blackletter.choices import as_form
from blackletter.desk import ask as ask_desk
from blackletter.errors import FactError
from blackletter.hypothetical import value_text
from blackletter.reader import load

TINY = Path(__file__).parent / "tiny"
STATED = {
    "agency": "dot", "program": "transit", "willful": "yes", "savings": "no", "sharing": "restricted",
    "hold_hours": "24", "due": "2017-06-30", "sent": "never", "notice_given": "no", "state": "CO", "party_to": "",
}  # fmt: skip


@pytest.fixture(scope="module")
def tiny() -> Any:
    return load(TINY)


@pytest.fixture(scope="module")
def law() -> Any:
    return bl.load()


def ask(law: Any, **facts: str) -> Any:
    return law.ask(law.hypothetical(**{**STATED, **facts}))


@pytest.mark.parametrize(
    ("day", "value"),
    [("2017-04-24", "open"), ("2017-04-25", "closed"), ("2018-06-25", "closed"), ("2018-06-26", "open"),
     ("2018-07-26", "closed"), ("2018-08-01", "open"), ("2021-01-20", "open")],
)  # fmt: skip
def test_an_order_its_stay_and_the_lifting_of_the_stay_close_open_and_close(tiny: Any, day: str, value: str) -> None:
    assert value == ask(tiny, as_of=day)["withhold", "order-a"].gates["orders"].value


def test_a_narrowed_order_still_protects_those_it_names(tiny: Any) -> None:
    assert "enjoined" == ask(tiny, as_of="2018-08-01", state="CA")["withhold", "order-a"].verdict
    assert "open" == ask(tiny, as_of="2021-01-20", state="CA")["withhold", "order-a"].gates["orders"].value


def test_an_order_does_not_bind_whom_it_spares(tiny: Any) -> None:
    assert "open" == ask(tiny, as_of="2017-06-01", actor="president")["withhold", "order-a"].gates["orders"].value
    assert "permitted" == ask(tiny, as_of="2017-06-01")["designate", "order-a"].verdict


def test_an_exception_to_one_rule_leaves_another_for_the_same_conclusion_standing(tmp_path: Path) -> None:
    """Two rules forbid; the savings clause is an exception to the first only."""
    root = shutil.copytree(TINY, tmp_path / "tiny")
    extra = "\n".join([
        "instrument: extra", "title: Extra", "kind: statute", "cite: s. 2", "source: {checked: background}", "flag: B",
        "rules:", "- {id: x, cite: s. 2, says: Nor by will., when: [willful], then: {forbid: restrict, law: statute}}",
    ])  # fmt: skip
    (root / "law" / "extra.yaml").write_text(extra + "\n")
    law = load(root)
    assert "forbidden" == ask(law, savings="yes", as_of="2017-04-01")["restrict", "statute"].verdict
    assert "not regulated" == ask(law, savings="yes", willful="no", as_of="2017-04-01")["restrict", "statute"].verdict


@pytest.mark.parametrize("sharing", ["allowed", "unknown"])
def test_a_choice_supposed_brings_what_it_implies(tmp_path: Path, sharing: str) -> None:
    """A city that allows sharing is asked as if it restricted it; whoever restricts has a savings clause."""
    root = shutil.copytree(TINY, tmp_path / "tiny")
    tied = "constraints:\n  - {when: [sharing = restricted], then: [savings]}\n"
    (root / "facts.yaml").write_text((root / "facts.yaml").read_text().replace("constraints:\n", tied))
    law = load(root)
    posed = law.hypothetical(sharing=sharing, as_of="2017-04-01")
    for engine in ("exact", "planes"):
        board = law.ask(posed, engine=engine)
        assert "not regulated" == board["restrict", "statute"].verdict


def test_two_rules_that_clash_without_superiority_are_a_conflict_that_names_both(tmp_path: Path) -> None:
    root = shutil.copytree(TINY, tmp_path / "tiny")
    text = (root / "law" / "order.yaml").read_text()
    (root / "law" / "order.yaml").write_text(text.replace("    over: [a.1]\n", ""))
    finding = ask(load(root), as_of="2017-04-01")["withhold", "order-a"]
    assert "conflict" == finding.verdict
    assert {"order#a.1", "order#sp"} == set(finding.gates["authority"].by)


def test_a_higher_source_prevails_over_a_lower_one_about_the_same_gate(tmp_path: Path) -> None:
    """A statute that closes authority beats the order that opens it, with nothing stated; the default stays lowest."""
    root = shutil.copytree(TINY, tmp_path / "tiny")
    lines = [
        "instrument: act", "title: The Act", "kind: statute", "cite: s. 3", "source: {checked: background}", "flag: B",
        "rules:", "- {id: x, cite: s. 3, says: No., when: [savings], then: {close: authority, actions: [designate]}}",
    ]  # fmt: skip
    (root / "law" / "act.yaml").write_text("\n".join(lines) + "\n")
    law = load(root)
    assert "no authority" == ask(law, savings="yes", as_of="2017-04-01")["designate", "order-a"].verdict
    assert "permitted" == ask(law, savings="no", as_of="2017-04-01")["designate", "order-a"].verdict


def test_a_presumed_reading_holds_until_the_question_opens(tiny: Any) -> None:
    assert "forbidden" == ask(tiny, as_of="2018-05-13")["restrict", "statute"].verdict
    after = ask(tiny, as_of="2018-05-14")["restrict", "statute"]
    assert "contested" == after.verdict
    read = {r.assume["validity"]: r.verdict for r in after.readings}
    assert {"valid": "forbidden", "invalid": "not regulated"} == read


def test_a_court_of_appeals_binds_its_circuit_only(tiny: Any) -> None:
    late = {"as_of": "2020-03-01", "program": "jag", "agency": "doj"}
    assert "permitted after process" == ask(tiny, state="NY", **late)["withhold", "term-v"].verdict
    assert "no authority" == ask(tiny, state="CA", **late)["withhold", "term-v"].verdict
    assert "contested" == ask(tiny, state="CO", **late)["withhold", "term-v"].verdict


def test_an_unknown_fact_takes_only_values_that_what_is_known_allows(tiny: Any) -> None:
    """Without the term nothing is due, so there is nothing to breach, whatever the unknown deadline."""
    late = {"as_of": "2018-03-01", "due": "unknown", "program": "jag", "agency": "doj"}
    assert "undetermined" == ask(tiny, has_term="yes", **late)["withhold", "term-v"].gates["award"].value
    assert "not ripe" == ask(tiny, has_term="no", **late)["withhold", "term-v"].verdict
    stated = ask(tiny, has_term="no", **{**late, "due": "2017-06-30"})["withhold", "term-v"]
    assert "open" == stated.gates["award"].value, "a stated fact stands"


def test_an_unknown_day_is_tried_on_both_sides_of_a_known_one(tiny: Any) -> None:
    days = tiny.hypothetical(**{**STATED, "sent": "unknown"}).row.domain("sent")
    assert {dt.date(2017, 6, 29), dt.date(2017, 6, 30), dt.date(2017, 7, 1), NEVER} <= set(days)


def test_what_the_user_assumes_prevails_over_a_binding_holding_and_is_named(tiny: Any) -> None:
    law = tiny.assume(applicable="broad")
    board = ask(law, as_of="2020-03-01", state="CA")
    assert "permitted after process" == board["withhold", "term-v"].verdict
    assert ("assuming applicable = broad",) == board.law.overlays


def test_suits_named_with_unknown_beside_them_leave_lists_that_are_incomplete_open(tiny: Any) -> None:
    city = tiny.hypothetical(**{**STATED, "party_to": "a-v-b, unknown"})
    values = [city.row.value(f"party_to:{suit}") for suit in ("a-v-b", "s-v-u")]
    assert ("a-v-b,unknown", [True, None]) == (city["party_to"], values)
    assert False is city.with_facts(party_to="unknown").with_facts(party_to=",unknown").row.value("party_to:a-v-b")
    assert False is city.with_facts(not_party_to="s-v-u").row.value("party_to:s-v-u")
    with pytest.raises(FactError, match='unknown suit "unknown"'):
        tiny.hypothetical(not_party_to="a-v-b,unknown")


def test_without_a_suit_its_orders_and_their_later_life_are_gone(tiny: Any) -> None:
    board = ask(tiny.without("a-v-b"), as_of="2017-06-01")
    assert "open" == board["withhold", "order-a"].gates["orders"].value


def test_an_action_is_as_its_furthest_basis_is(tiny: Any) -> None:
    board = ask(tiny, as_of="2017-06-01")
    assert {"enjoined", "not ripe"} == {f.verdict for f in board["withhold"].bases}
    assert "not ripe" == board["withhold"].verdict


def test_a_power_that_a_court_has_blocked_comes_further_than_one_that_nobody_has(law: Any) -> None:
    before, after = (law.ask(law.hypothetical("springfield", as_of=day)) for day in ("2017-04-24", "2017-04-25"))
    assert {"enjoined", "no authority"} == {f.verdict for f in after["deny_eligibility"].bases}
    assert ("no authority", "enjoined") == (before["deny_eligibility"].verdict, after["deny_eligibility"].verdict)


@pytest.mark.parametrize(
    ("basis", "day", "note"),
    [
        ("eo-14159-17", "2017-04-26", "Not yet in force: Executive Order 14159, from 20 January 2025."),
        ("eo-13768-9a", "2017-01-25", ""),
        ("eo-13768-9a", "2021-01-19", ""),
        ("eo-13768-9a", "2021-01-20", "No longer in force: Executive Order 13768, since 20 January 2021."),
    ],
)
def test_a_power_not_in_force_that_day_keeps_its_finding_and_says_so(law: Any, basis: str, day: str, note: str) -> None:
    found = law.ask(law.hypothetical("springfield", as_of=day))["deny_eligibility", basis]
    assert note == found.note
    assert (found.verdict == "no authority") or not note
    assert not note or found.why().lead[0] == note


def test_every_value_a_completion_gives_an_unknown_fact_can_be_stated(law: Any) -> None:
    """Half a fiscal year cannot, so no answer may turn on one."""
    blank = law.hypothetical()
    for fact in (f for f, noun in law.facts.items() if noun.kind != "set" and not noun.follows and f != "acted_on"):
        for value in blank.row.domain(fact):
            word = value_text(value)
            assert word == blank.with_facts(**{fact: word})[fact], fact


def test_a_pair_not_on_file_is_outside_the_model_and_says_what_is_covered(tiny: Any) -> None:
    finding = ask(tiny)["designate", "term-v"]
    assert "outside the model" == finding.verdict
    assert "withhold" in finding.note


def random_row(law: Any, rng: random.Random, share_known: float) -> dict[str, str]:
    """Random values for some facts: known ones drawn from their domains, days around the law's own dates."""
    days = ["2017-01-24", "2017-04-24", "2017-04-26", "2017-06-30", "2017-07-01", "2018-06-01", "2018-10-01"]
    row = {"as_of": rng.choice(days)}
    for fact, noun in law.facts.items():
        if rng.random() > share_known or fact in ("circuit", "not_party_to"):
            continue
        low, high = float(noun.least or 0), float(noun.most or 600)
        values = {
            "yes or no": ["yes", "no"], "one of": list(noun.values), "set": ["", next(iter(law.suits))],
            "number": [value_text(low + (high - low) * part) for part in (0.0, 0.1, 1.0)],
            "date": days + (["never"] if noun.never else []),
        }[noun.kind]  # fmt: skip
        row[fact] = rng.choice(values)
    return row


def same(a: Any, b: Any) -> None:
    for x, y in zip(a.findings, b.findings, strict=True):
        key = (x.action, x.basis)
        assert x.verdict == y.verdict, key
        assert {g: v.value for g, v in (x.gates or {}).items()} == {g: v.value for g, v in (y.gates or {}).items()}, key
        assert [(r.assume, r.verdict) for r in x.readings] == [(r.assume, r.verdict) for r in y.readings], key
        assert {m.fact: round(m.share, 9) for m in x.missing} == {m.fact: round(m.share, 9) for m in y.missing}, key
    assert {k: v.verdict for k, v in a.actions.items()} == {k: v.verdict for k, v in b.actions.items()}


OPENED = ("willful", "savings", "sharing", "sent", "notice_given", "state", "actor")
"""Facts of the tiny ruleset that no constraint reads."""


def over_completions(values: set[str]) -> str:
    """What a gate or verdict is said to be, from what it is in each completion of the facts."""
    return values.pop() if len(values) == 1 else "undetermined"


@pytest.mark.parametrize("seed", range(60))
def test_a_gate_is_contested_only_if_whatever_the_facts_it_turns_on_a_reading(tiny: Any, seed: int) -> None:
    """Facts are opened, then each of their completions asked alone: there a gate is open, closed or contested."""
    rng = random.Random(seed)
    stated = {**{f: "yes" for f, noun in tiny.facts.items() if noun.kind == "yes or no"}, **STATED}
    row = {**stated, **random_row(tiny, rng, 0.5), "actor": "agency_head"}
    row |= {"state": rng.choice(["CA", "CO", "NY", "none"]), "as_of": rng.choice(["2017-06-01", "2020-03-01"])}
    opened = rng.sample(OPENED, 2)
    city = tiny.hypothetical(**{**row, **dict.fromkeys(opened, "unknown")})
    chosen = product(*(map(value_text, city.row.domain(fact)) for fact in opened))
    boards = [tiny.ask(tiny.hypothetical(**{**row, **dict(zip(opened, v, strict=True))})) for v in chosen]
    for f in (f for f in tiny.ask(city).findings if f.gates):
        each = [board[f.action, f.basis] for board in boards]
        for gate, found in f.gates.items():
            assert over_completions({x.gates[gate].value for x in each}) == found.value, (f.action, f.basis, gate)


@pytest.mark.parametrize("seed", range(6))
def test_a_choice_supposed_is_answered_as_if_it_had_been_stated(law: Any, seed: int) -> None:
    rng = random.Random(seed)
    city = law.hypothetical(**random_row(law, rng, 0.7))
    board = law.ask(city)
    for choice in law.choices:
        stated = ask_desk(law, as_form(law, city, choice)[0], only=[choice])
        for (name, under), found in stated.choices.items():
            assert found == replace(board[name, under], note=found.note), (name, under)


@pytest.mark.parametrize("day", ["2017-06-01", "2019-06-01", "2025-11-10"])
def test_what_a_reading_leaves_open_is_what_its_own_functions_say(
    law: Any, day: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from blackletter import exact

    city = law.hypothetical(as_of=day)
    quick = law.ask(city)
    monkeypatch.setattr(exact.Space, "open_when", lambda *_: False)
    same(quick, law.ask(city))


@pytest.mark.parametrize("seed", range(25))
def test_exact_answers_are_those_of_going_through_every_completion(tiny: Any, seed: int) -> None:
    rng = random.Random(seed)
    row = random_row(tiny, rng, 0.8)
    city = tiny.hypothetical(**row)
    try:
        slow = tiny.ask(city, "planes")
    except bl.EngineError:
        pytest.skip("more completions than the table holds")
    same(tiny.ask(city), slow)


@pytest.mark.parametrize("preset", ["springfield", "new-orleans", "philadelphia", "santa-clara"])
def test_every_evaluator_gives_the_same_tags_on_every_preset(law: Any, preset: str) -> None:
    from blackletter import planes

    chain = pytest.importorskip("blackletter.chain", reason="durable_rules is not installed")
    row = law.hypothetical(preset).row.truths
    assert planes.close(law.code.program, row) == chain.close(law.code.program, row)


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"detaner": "decline"}, 'unknown fact "detaner"'),
        ({"detainer": "declin"}, 'detainer has an unknown value "declin"\n  known values: honor, judicial_warrant, '
         'listed_offenses, decline, unknown\n  did you mean "decline"?'),
        ({"as_of": "2015-12-31"}, "as_of 2015-12-31 is outside the model: it covers 2016-01-01 to 2026-04-08"),
        ({"as_of": "yesterday"}, 'as_of is a day like 2017-04-26, not "yesterday"'),
        ({"state": "CO", "circuit": "9"}, "state CO means circuit 10, not 9"),
        ({"award": "byrne-jag-fy216"}, 'did you mean "byrne-jag-fy2016"?'),
        ({"threatened_share_of_budget": "35"}, "threatened_share_of_budget is a number (fraction, 0 to 1)"),
        ({"party_to": "santa-clara-v-trum"}, 'did you mean "santa-clara-v-trump"?'),
    ],
)  # fmt: skip
def test_bad_facts_say_where_what_and_a_near_name(law: Any, facts: dict[str, str], message: str) -> None:
    with pytest.raises(FactError) as caught:
        law.hypothetical("springfield", **facts)
    assert message in str(caught.value)


def test_membership_may_be_unknown_but_not_both_stated_and_denied(law: Any) -> None:
    law.ask(law.hypothetical("springfield", party_to="unknown", not_party_to="unknown"))
    suit = "santa-clara-v-trump"
    with pytest.raises(FactError, match="is in both party_to and not_party_to"):
        law.hypothetical("springfield", party_to=suit, not_party_to=suit)


def test_every_fault_of_a_hypothetical_is_named_at_once(law: Any) -> None:
    with pytest.raises(FactError) as caught:
        law.hypothetical("springfield", detaner="decline", willful="perhaps")
    assert 2 == len(caught.value.faults)


def test_past_the_largest_room_the_answer_is_sound_and_says_it_is_not_exact(
    tiny: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from blackletter import exact

    row = random_row(tiny, random.Random(3), 0.5)
    city = tiny.hypothetical(**row)
    full = tiny.ask(city)
    monkeypatch.setattr(exact, "CAPACITIES", (4,))
    rough = tiny.ask(city)
    assert full.exact
    assert not rough.exact
    assert "not exact" in str(rough)
    for x, y in zip(full.findings, rough.findings, strict=True):
        for gate, found in (y.gates or {}).items():
            if found.value in ("open", "closed", "conflict"):
                assert found.value == x.gates[gate].value
        if y.verdict.startswith("permitted"):
            assert x.verdict.startswith("permitted")


@pytest.mark.parametrize("facts", [{"as_of": "2017-06-01"}, {"as_of": "2018-10-01", "state": "CO"}], ids=str)
def test_going_through_every_completion_gives_the_same_board(law: bl.Ruleset, facts: dict[str, str]) -> None:
    """What the row's own tags settle is not gone through again, and nothing is lost by it: gates, reasons, readings."""
    city = law.hypothetical("springfield", **facts)
    boards = [law.ask(city, engine).findings for engine in ("exact", "planes")]
    gates = [[{g: (x.value, set(x.by)) for g, x in (f.gates or {}).items()} for f in findings] for findings in boards]
    assert gates[0] == gates[1]
    plain = [[(f.verdict, f.missing, f.readings, set(f.rules)) for f in findings] for findings in boards]
    assert plain[0] == plain[1]
