"""Proofs: an honest answer is accepted by a checker that evaluates nothing; every kind of tampering is rejected."""

from __future__ import annotations

import ast
import copy
import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import blackletter as bl
from blackletter import proof as proofs
from blackletter import statement
from blackletter import verify as checker
from blackletter.findings import Finding
from blackletter.verify import ProofError, digest, verify

Proof = dict[str, Any]
ROUNDS = int(os.environ.get("BLACKLETTER_PROOFS", "40"))
"""How many random honest answers are proved and checked."""


@cache
def law() -> bl.Ruleset:
    return bl.load()


def found(preset: str, action: str, basis: str, **facts: str) -> Finding:
    finding: Finding = law().ask(law().hypothetical(preset, **facts))[action, basis]
    return finding


@cache
def _settled() -> Proof:
    return found("springfield", "withhold", "eo-13768-9a").proof()


@cache
def _enjoined() -> Proof:
    return found("springfield", "withhold", "eo-13768-9a", as_of="2017-06-01", state="CO", award="unknown").proof()


@cache
def _undetermined() -> Proof:
    return found("providence", "withhold", "award-term-1373").proof()


@cache
def _first(verdict: str, wanted: Callable[[Proof], bool]) -> Proof:
    for preset in ("springfield", "new-orleans", "philadelphia", "providence", "chicago", "santa-clara"):
        for finding in law().ask(law().hypothetical(preset)).findings:
            settled = finding.verdict not in ("contested", "undetermined")
            if finding.verdict == verdict or (verdict == "any" and settled):
                try:
                    data = finding.proof()
                except ProofError:
                    continue
                if wanted(data):
                    return data
    raise AssertionError(f"no preset has a proof of {verdict} as wanted")


def _is_action(data: Proof) -> bool:
    return "gates" in data["law"]


def _splits(data: Proof) -> bool:
    return "split" in data["proof"].get("cover", {}) or "split" in data["proof"].get("clash", {})


def honest(kind: str) -> Proof:
    """A fresh copy of an honest proof of this kind."""
    made = {
        "settled": _settled, "enjoined": _enjoined, "undetermined": _undetermined,
        "contested": lambda: _first("contested", _is_action), "covered": lambda: _first("any", _splits),
        "permitted": lambda: _first("permitted", _is_action), "line": lambda: _line("philadelphia", "withhold"),
    }[kind]()  # fmt: skip
    return copy.deepcopy(made)


def resealed(data: Proof) -> Proof:
    """What a forger would do: every hash in the file made anew."""
    posed = data["hypothetical"]
    name = [data["ruleset"], *(posed[key] for key in ("as_of", "facts", "open"))]
    data["determination"] = digest(name)[:12]
    data["seal"] = digest({**data, "seal": ""})
    return data


def steps_of(data: Proof) -> list[str]:
    """The longest list of steps in a proof."""
    return max(_lists(data["proof"]), key=len)


def _lists(node: Any) -> Iterator[list[str]]:
    if isinstance(node, dict):
        if "steps" in node:
            yield node["steps"]
        for value in node.values():
            yield from _lists(value)
    elif isinstance(node, list):
        for value in node:
            yield from _lists(value)


def split_node(data: Proof) -> dict[str, Any]:
    """A node of the proof that splits an unknown."""
    agenda: list[Any] = [data["proof"].get("cover"), data["proof"].get("clash")]
    while agenda:
        node = agenda.pop()
        if isinstance(node, dict) and "split" in node:
            return node
    raise AssertionError("nothing is split")


# -- honest answers -------------------------------------------------------------------------------------------------


@cache
def _line(preset: str, action: str, as_of: str = "2017-04-26") -> Proof:
    made: Proof = law().ask(law().hypothetical(preset, as_of=as_of))[action].proof()
    return made


@pytest.mark.parametrize("kind", ["settled", "enjoined", "undetermined", "contested", "covered", "permitted", "line"])
def test_an_honest_proof_is_accepted_and_stands_on_the_law(kind: str) -> None:
    data = json.loads(json.dumps(honest(kind)))
    assert data["claim"]["verdict"] == verify(data)["verdict"]
    assert "stands on the law on file" in statement.compare(data, law())


LINES = {
    ("philadelphia", "withhold", "2017-04-26"): ("not ripe", "not permitted"),
    ("philadelphia", "demand_certification", "2017-04-26"): ("contested", "contested"),
    ("springfield", "publish_list", "2017-04-26"): ("permitted", "permitted"),
    ("san-francisco", "withhold", "2025-05-15"): ("undetermined", "undetermined"),
}
"""An action's line on the board, and what a proof over all its bases says of it."""


@pytest.mark.parametrize(("preset", "action", "as_of"), LINES)
def test_the_line_of_an_action_is_proved_over_all_its_bases(preset: str, action: str, as_of: str) -> None:
    line = law().ask(law().hypothetical(preset, as_of=as_of))[action]
    data = json.loads(json.dumps(_line(preset, action, as_of)))
    assert LINES[preset, action, as_of] == (line.verdict, verify(data)["verdict"])
    assert [f.basis for f in line.bases] == list(data["law"]["bases"])
    assert "stands on the law on file" in statement.compare(data, law())


def test_one_basis_that_is_open_permits_the_action() -> None:
    """Where one basis permits, "not permitted" is refused though every other basis says no."""
    data = copy.deepcopy(_line("springfield", "publish_list"))
    single = [f.verdict for f in law().ask(law().hypothetical("springfield"))["publish_list"].bases]
    assert {"permitted"} < set(single)
    data["claim"]["verdict"] = "not permitted"
    with pytest.raises(ProofError, match="an end of the cover"):
        verify(resealed(data))


def random_hypothetical(rng: random.Random) -> bl.Hypothetical:
    """A preset moved to a random day and forum, with some facts forgotten and some changed."""
    preset = rng.choice([*law().presets, None])
    day = rng.choice(["2017-03-01", "2017-04-26", "2017-06-01", "2018-10-01", "2019-08-01", "2020-03-15"])
    posed = law().hypothetical(preset, as_of=day)
    facts: dict[str, str] = {}
    for fact, noun in law().facts.items():
        if noun.kind in ("yes or no", "one of") and noun.follows is None and fact not in ("actor",):
            if rng.random() < 0.12:
                facts[fact] = "unknown"
            elif rng.random() < 0.04:
                facts[fact] = rng.choice(["yes", "no"] if noun.kind == "yes or no" else list(noun.values))
    try:
        return posed.with_facts(**facts)
    except bl.FactError:
        return posed


def test_random_honest_answers_are_proved_and_accepted() -> None:
    """Of every board some findings of each verdict are taken, so that all kinds of claim occur."""
    rng, seen, refused, proved = random.Random(7), Counter[str](), Counter[str](), 0
    while proved < ROUNDS:
        board = law().ask(random_hypothetical(rng))
        findings = [f for f in board.findings if f.note == "" or f.rules]
        by_verdict: dict[str, list[Finding]] = {}
        for finding in rng.sample(findings, len(findings)):
            by_verdict.setdefault(finding.verdict, []).append(finding)
        for finding in [f for group in by_verdict.values() for f in group[:2]]:
            try:
                data = finding.proof()
            except ProofError as error:
                refused[str(error)] += 1
                continue
            data = json.loads(json.dumps(data))
            assert finding.verdict == verify(data)["verdict"]
            statement.compare(data, law())
            seen[finding.verdict] += 1
            settled = finding.verdict not in ("contested", "undetermined")
            seen["with unknowns"] += settled and bool(data["row"]["variables"])
            proved += 1
    assert {"contested", "undetermined", "with unknowns"} <= set(seen), seen
    long = {what: n for what, n in refused.items() if "more than" in what}
    assert set(refused) == {what for what in refused if "nothing to prove" in what} | set(long)
    assert sum(long.values()) <= proved / 20, refused
    print(proved, dict(seen), dict(refused))  # noqa: T201  shown with -s


def test_a_question_that_no_rule_speaks_to_has_no_proof() -> None:
    board = law().ask(law().hypothetical("springfield"))
    finding = next(f for f in board.findings if f.is_choice and (f.action, f.basis) not in law().code.choices)
    with pytest.raises(ProofError, match="nothing to prove"):
        finding.proof()


def test_a_cover_past_the_bound_is_refused_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    finding = found("springfield", "withhold", "eo-13768-9a")
    monkeypatch.setattr(proofs, "MOST_ROWS", 1)
    with pytest.raises(ProofError, match="more than 1 part rows"):
        finding.proof()


# -- tampering ------------------------------------------------------------------------------------------------------


def change_a_fact(data: Proof) -> None:
    data["hypothetical"]["facts"]["detainer"] = "honor"


def change_a_fact_in_the_row(data: Proof) -> None:
    fact = next(f for f, v in data["row"]["known"].items() if v is False)
    data["row"]["known"][fact] = True


def change_the_day(data: Proof) -> None:
    data["hypothetical"]["as_of"] = data["row"]["known"]["as_of"] = "2019-01-01"


def change_the_verdict(data: Proof) -> None:
    data["claim"]["verdict"] = "permitted"


def claim_it_is_undetermined(data: Proof) -> None:
    data["claim"]["verdict"] = "undetermined"


def claim_it_is_contested(data: Proof) -> None:
    data["claim"]["verdict"] = "contested"


def invent_a_step_of_process(data: Proof) -> None:
    data["claim"]["steps"] = ["hearing"]


def change_a_rule_body(data: Proof) -> None:
    rule = next(r for r in data["law"]["rules"] if r[3])
    rule[3] = []


def change_a_rule_head(data: Proof) -> None:
    gate = data["law"]["gates"]["authority"]
    rule = next(r for r in data["law"]["rules"] if r[2] == "~" + gate)
    rule[2] = gate


def make_a_rule_strict(data: Proof) -> None:
    data["law"]["rules"][-1][1] = "strict"


def turn_superiority_round(data: Proof) -> None:
    data["law"]["superiority"] = [[weak, strong] for strong, weak in data["law"]["superiority"]]


def drop_superiority(data: Proof) -> None:
    data["law"]["superiority"] = []


def drop_a_supporting_rule(data: Proof) -> None:
    heads = {s.split(" ")[1] for s in steps_of(data) if s.startswith("+d")}
    rule = next(r for r in data["law"]["rules"] if r[2] in heads)
    data["law"]["rules"].remove(rule)
    data["law"]["superiority"] = [p for p in data["law"]["superiority"] if rule[0] not in p]


def drop_an_attacker(data: Proof) -> None:
    """The attacker goes and everything that mentions it: only the law on file still knows it."""
    gate = data["law"]["gates"]["authority"]
    rule = next(r for r in data["law"]["rules"] if r[2] in (gate, "~" + gate) and r[3])
    data["law"]["rules"].remove(rule)
    data["law"]["superiority"] = [p for p in data["law"]["superiority"] if rule[0] not in p]


def give_two_rules_one_id(data: Proof) -> None:
    data["law"]["rules"].append(copy.deepcopy(data["law"]["rules"][0]))


def justify_in_a_circle(data: Proof) -> None:
    data["law"]["rules"] += [["c1", "defeasible", "loop_a", ["loop_b"]], ["c2", "defeasible", "loop_b", ["loop_a"]]]
    steps_of(data)[:0] = ["-D ~loop_a", "-D ~loop_b", "+d loop_a", "+d loop_b"]


def forge_a_literal(data: Proof) -> None:
    """A gate literal is passed off as a fact."""
    gate = data["law"]["gates"]["authority"]
    data["row"]["atoms"][gate] = ["as_of", "ge", ["1900-01-01"], None]
    steps_of(data)[:0] = [f"+D {gate}", f"+d {gate}"]


def add_a_tag_without_ground(data: Proof) -> None:
    steps_of(data).insert(0, "+d " + data["law"]["gates"]["authority"])


def leave_a_step_out(data: Proof) -> None:
    steps = steps_of(data)
    del steps[0]


def reorder_steps(data: Proof) -> None:
    steps_of(data).reverse()


def empty_the_cover(data: Proof) -> None:
    data["proof"]["cover"] = {"steps": []}


def swap_witnesses(data: Proof) -> None:
    first, second = data["proof"]["rows"][:2]
    first["row"], second["row"] = second["row"], first["row"]


def keep_one_witness(data: Proof) -> None:
    """The same row twice shows no difference."""
    data["proof"]["rows"] = [data["proof"]["rows"][0], copy.deepcopy(data["proof"]["rows"][0])]


def give_a_witness_a_value_it_cannot_have(data: Proof) -> None:
    row = data["proof"]["rows"][0]["row"]
    row[next(iter(row))] = "no such value"


def drop_a_value_of_an_unknown(data: Proof) -> None:
    name = next(n for n, values in data["row"]["variables"].items() if len(values) > 2)
    data["row"]["variables"][name].pop()


def drop_the_same_outcome_row(data: Proof) -> None:
    data["proof"]["same"] = {"row": data["proof"]["rows"][0]["row"], "tree": {"steps": []}}


def read_both_witnesses_alike(data: Proof) -> None:
    node = data["proof"]["cover"]
    while "split" in node:
        node = node["cases"][0][1]
    node["readings"] = [node["readings"][0], copy.deepcopy(node["readings"][0])]


def drop_a_cover_row(data: Proof) -> None:
    split_node(data)["cases"].pop()


def call_a_case_impossible(data: Proof) -> None:
    node = split_node(data)
    node["cases"][0][1] = {"steps": [], "impossible": 0}
    if not data["row"]["constraints"]:
        data["row"]["constraints"] = [[[], []]]


def leave_a_basis_out(data: Proof) -> None:
    """The checker alone cannot know of it; the law on file does."""
    data["law"]["bases"].pop(next(iter(data["law"]["bases"])))


def read_one_basis_as_another(data: Proof) -> None:
    first, second = list(data["law"]["bases"])[:2]
    data["law"]["bases"][first] = data["law"]["bases"][second]


def change_the_gate_order(data: Proof) -> None:
    data["law"]["verdicts"].reverse()


def change_what_a_gate_reads(data: Proof) -> None:
    data["law"]["gates"]["authority"] = data["law"]["gates"]["orders"]


def change_a_threshold(data: Proof) -> None:
    atom = next(a for a in data["row"]["atoms"].values() if a[1] == "ge" and a[2])
    atom[2] = ["2025-01-01"]


def change_the_ruleset_hash(data: Proof) -> None:
    data["ruleset"]["hash"] = "0" * 12
    data["law"]["rules"][0][3] = [*data["law"]["rules"][0][3][:1]] * 2


def pretend_an_overlay(data: Proof) -> None:
    data["ruleset"]["overlays"] = ["rewriting the law"]


def ask_another_question(data: Proof) -> None:
    data["question"] = {"action": "terminate", "basis": "independent-statute"}


TAMPERING: dict[str, list[Callable[[Proof], None]]] = {
    "settled": [
        change_a_fact, change_a_fact_in_the_row, change_the_day, change_the_verdict, claim_it_is_undetermined,
        claim_it_is_contested, invent_a_step_of_process, change_a_rule_body, change_a_rule_head, make_a_rule_strict,
        turn_superiority_round, drop_superiority, drop_a_supporting_rule, drop_an_attacker, give_two_rules_one_id,
        justify_in_a_circle, forge_a_literal, add_a_tag_without_ground, leave_a_step_out, reorder_steps,
        empty_the_cover, change_the_gate_order, change_what_a_gate_reads, change_a_threshold,
        change_the_ruleset_hash, pretend_an_overlay, ask_another_question,
    ],
    "enjoined": [change_the_verdict, drop_an_attacker, reorder_steps, change_the_gate_order, change_the_day],
    "undetermined": [
        swap_witnesses, keep_one_witness, give_a_witness_a_value_it_cannot_have, drop_a_value_of_an_unknown,
        drop_the_same_outcome_row, change_the_verdict, claim_it_is_contested, drop_an_attacker,
    ],
    "contested": [read_both_witnesses_alike, claim_it_is_undetermined, change_the_verdict, reorder_steps],
    "covered": [drop_a_cover_row, call_a_case_impossible, empty_the_cover, change_the_verdict],
    "permitted": [invent_a_step_of_process, claim_it_is_contested, leave_a_step_out],
    "line": [leave_a_basis_out, read_one_basis_as_another, change_the_verdict, reorder_steps, change_a_fact],
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "tamper"),
    [(k, t) for k, group in TAMPERING.items() for t in group],
    ids=lambda x: getattr(x, "__name__", x),
)
def test_tampering_is_rejected_even_when_every_hash_is_made_anew(kind: str, tamper: Callable[[Proof], None]) -> None:
    data = honest(kind)
    if tamper is empty_the_cover and kind == "covered":
        data["proof"]["clash"] = {"steps": []}
    before = copy.deepcopy(data)
    tamper(data)
    assert before != data
    with pytest.raises(ProofError):
        verify(copy.deepcopy(data))  # as left: the seal
    with pytest.raises(ProofError):
        verify_against_the_law(resealed(data))


def verify_against_the_law(data: Proof) -> str:
    verify(data)
    return statement.compare(data, law())


@pytest.mark.parametrize(
    ("kind", "tamper"),
    [("settled", t) for t in (change_a_fact, change_the_verdict, reorder_steps, leave_a_step_out, justify_in_a_circle,
                              give_two_rules_one_id, add_a_tag_without_ground, empty_the_cover, claim_it_is_contested)]
    + [("undetermined", t) for t in (swap_witnesses, keep_one_witness, drop_the_same_outcome_row)]
    + [("contested", read_both_witnesses_alike), ("covered", drop_a_cover_row), ("covered", call_a_case_impossible)],
    ids=lambda x: getattr(x, "__name__", x),
)  # fmt: skip
def test_the_checker_alone_rejects_what_the_logic_forbids(kind: str, tamper: Callable[[Proof], None]) -> None:
    data = honest(kind)
    tamper(data)
    with pytest.raises(ProofError):
        verify(resealed(data))


def test_there_are_twenty_kinds_of_tampering() -> None:
    assert 20 <= len({t for group in TAMPERING.values() for t in group})


@pytest.mark.parametrize("data", [None, [], {}, {"format": "blackletter-proof/1"}, "proof", 3])
def test_what_is_no_proof_is_rejected_in_one_way(data: Any) -> None:
    with pytest.raises(ProofError):
        verify(data)


# -- the checker itself ---------------------------------------------------------------------------------------------


def test_the_checker_is_short_and_imports_no_evaluator() -> None:
    path = Path(checker.__file__)
    text = path.read_text(encoding="utf-8")
    assert 250 > len(text.splitlines())
    modules = {n.module for n in ast.walk(ast.parse(text)) if isinstance(n, ast.ImportFrom) and n.level}
    assert {"errors"} == modules
    code = "import sys, blackletter.verify; print([m for m in sys.modules if m.startswith('blackletter.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "['blackletter.errors', 'blackletter.verify']" == done.stdout.strip()


A, NOT_A = ("a", "defeasible", "p", ()), ("n", "defeasible", "~p", ())
"""A rule for the conclusion of a toy, and its attacker."""
TOYS: dict[str, tuple[tuple[Any, ...], str, str, bool]] = {
    # name: rules, superiority as "strong>weak", steps after "-D p, -D ~p", whether they prove what they end in
    "a rule alone": ((A,), "", "+d p", True),
    "an attacker unanswered": ((A, NOT_A), "", "+d p", False),
    "an attacker outranked": ((A, NOT_A), "a>n", "+d p", True),
    "an attacker that outranks": ((A, NOT_A), "n>a", "+d p", False),
    "an attacker outranked by a rule that does not apply":
        ((A, NOT_A, ("b", "defeasible", "p", ("q",))), "b>n", "-D q, -d q, +d p", False),
    "an attacker refuted": ((A, ("n", "defeasible", "~p", ("q",))), "", "-D q, -d q, +d p", True),
    "an attacker not yet refuted": ((A, ("n", "defeasible", "~p", ("q",))), "", "+d p", False),
    "a defeater attacks": ((A, ("n", "defeater", "~p", ())), "", "+d p", False),
    "a defeater supports": ((("a", "defeater", "p", ()),), "", "+d p", False),
    "a premise not shown": ((("a", "defeasible", "p", ("q",)), ("b", "defeasible", "q", ())), "", "+d p", False),
    "a premise shown":
        ((("a", "defeasible", "p", ("q",)), ("b", "defeasible", "q", ())), "", "-D ~q, +d q, +d p", True),
    "superiority in a circle": ((A, NOT_A), "a>n n>a", "+d p", False),
    "refuted by an attacker": ((A, NOT_A), "n>a", "-d p", True),
    "refuted by an equal": ((A, NOT_A), "", "-d p", True),
    "refuted by an attacker outranked": ((A, NOT_A), "a>n", "-d p", False),
    "refuted though a rule applies": ((A,), "", "-d p", False),
    "refuted for want of rules": ((), "", "-d p", True),
    "refuted by a definite opposite": ((A, ("n", "strict", "~p", ())), "", "+D ~p, -d p", True),
    "definite by a defeasible rule": ((A,), "", "+D p, +d p", False),
    "definite by a strict rule": ((("a", "strict", "p", ()),), "", "+D p, +d p", True),
    "not definite though a strict rule applies": ((("a", "strict", "p", ()),), "", "-D p, -d p", False),
    "a premise that nothing concludes": ((("a", "defeasible", "p", ("z",)),), "", "-D z, -d z, -d p", False),
    "a circle beside a rule":
        ((A, ("b", "defeasible", "p", ("q",)), ("c", "defeasible", "q", ("p",))), "", "+d p", False),
}  # fmt: skip
"""The logic by hand: a theory of a few rules, and whether these steps prove their last tag."""


def toy(rules: tuple[Any, ...], superiority: str, steps: str) -> Proof:
    """A proof file about one choice that is forbidden where ``p`` is shown, and not regulated where it is refuted."""
    heads = [head.lstrip("~") for _, _, head, _ in rules]
    spare = [["spare", "defeater", x, []] for x in ("p", *(("q",) if "q" in steps else ())) if x not in heads]
    strict = {head for _, kind, head, _ in rules if kind == "strict"}
    opening = [f"-D {x}" for x in ("p", "~p") if x not in strict]
    told = {"steps": [*opening, *steps.split(", ")]}
    return resealed({
        "format": checker.FORMAT, "determination": "", "supposed": {}, "question": {"action": "x", "basis": "y"},
        "hypothetical": {"name": "toy", "as_of": "2020-01-01", "facts": {}, "open": []}, "ruleset": {}, "seal": "",
        "law": {"rules": [[i, k, h, list(b)] for i, k, h, b in rules] + spare,
                "superiority": [pair.split(">") for pair in superiority.split()],
                "choice": {"forbid": "p", "covered": True}},
        "row": {"known": {"as_of": "2020-01-01"}, "variables": {}, "derived": {}, "atoms": {}, "constraints": []},
        "claim": {"verdict": "forbidden" if steps.endswith("+d p") else "not regulated", "steps": []},
        "proof": {"rows": [{"row": {}, **told}], "cover": told},
    })  # fmt: skip


@pytest.mark.parametrize("name", TOYS)
def test_the_checker_holds_each_step_against_the_logic(name: str) -> None:
    rules, superiority, steps, holds = TOYS[name]
    data = toy(rules, superiority, steps)
    if holds:
        assert data["claim"]["verdict"] == verify(data)["verdict"]
    else:
        with pytest.raises(ProofError):
            verify(data)


def test_a_later_verdict_word_is_refused_where_an_earlier_one_holds() -> None:
    data = toy((("o", "defeasible", "~o", ()), ("c", "defeasible", "~c", ())), "", "+d p")
    told = {"steps": ["-D o", "-D c", "+d ~o", "+d ~c"]}
    data["law"] |= {"gates": {"orders": "o", "authority": "c"}, "causes": [], "steps": [],
                    "verdicts": [["orders", None, "enjoined"], ["authority", None, "no authority"]]}  # fmt: skip
    del data["law"]["choice"]
    data["proof"] = {"rows": [{"row": {}, **told}], "cover": told, "clash": told}
    data["claim"]["verdict"] = "enjoined"
    assert "enjoined" == verify(resealed(data))["verdict"]
    data["claim"]["verdict"] = "no authority"
    with pytest.raises(ProofError, match="no row rules out an earlier verdict"):
        verify(resealed(data))


def test_a_case_that_a_constraint_leaves_open_is_not_impossible() -> None:
    """If v is x then w is 1: that excludes some rows where v is x, not the case."""
    data = toy((("a", "defeasible", "p", ("~t",)),), "", "+d p")
    shown = {"steps": ["-D ~p", "+D ~t", "+d ~t", "+d p"]}
    data["row"] |= {
        "variables": {"v": ["x", "y"], "w": ["1", "2"]}, "constraints": [[["t"], ["s"]]],
        "atoms": {"t": ["v", "is", ["x"], None], "s": ["w", "is", ["1"], None]},
    }  # fmt: skip
    cases = [[["x"], {"steps": [], "impossible": 0}], [["y"], shown]]
    data["proof"] = {
        "rows": [{"row": {"v": "y", "w": "1"}, **shown}], "cover": {"steps": [], "split": "v", "cases": cases},
    }  # fmt: skip
    with pytest.raises(ProofError, match="a case is called impossible that is not"):
        verify(resealed(data))


@pytest.mark.parametrize(("w", "holds"), [("1", True), ("2", False)])
def test_a_witness_keeps_the_constraints(w: str, holds: bool) -> None:
    data = toy((A, ("b", "defeasible", "q", ("t", "s"))), "", "+d p")
    data["row"] |= {
        "variables": {"v": ["x", "y"], "w": ["1", "2"]}, "constraints": [[["t"], ["s"]]],
        "atoms": {"t": ["v", "is", ["x"], None], "s": ["w", "is", ["1"], None]},
    }  # fmt: skip
    data["proof"]["rows"][0]["row"] = {"v": "x", "w": w}
    if holds:
        assert "forbidden" == verify(resealed(data))["verdict"]
    else:
        with pytest.raises(ProofError, match="a row breaks a constraint"):
            verify(resealed(data))


@pytest.mark.parametrize("second", ["~c", "c"])
def test_an_action_is_closed_only_where_every_basis_says_no(second: str) -> None:
    data = toy((("o", "defeasible", "~o", ()), ("c", "defeasible", second, ())), "", "+d p")
    word = [["orders", None, "enjoined"]]
    data["law"]["bases"] = {
        basis: {"gates": {"orders": gate}, "causes": [], "steps": [], "verdicts": word}
        for basis, gate in (("first", "o"), ("second", "c"))
    }
    del data["law"]["choice"]
    told = {"steps": ["-D o", "+d ~o", *(["-D c", "+d ~c"] if second == "~c" else [])]}
    data["proof"] = {"rows": [{"row": {}, **told}], "cover": told, "clash": told}
    data["claim"]["verdict"] = "not permitted"
    if second == "~c":
        assert "not permitted" == verify(resealed(data))["verdict"]
    else:
        with pytest.raises(ProofError, match="an end of the cover"):
            verify(resealed(data))


def test_a_determination_is_of_facts_days_law_and_readings() -> None:
    name, city = statement.determination_id, law().hypothetical("springfield")
    assumed = law().assume(jag_1373_applicable="narrow")
    others = [
        name(law(), city.with_facts(detainer="honor")), name(law(), city.with_facts(as_of="2017-05-01")),
        name(law(), city.with_facts(willful="unknown")), name(law(), city.with_facts(state="CA")),
        name(assumed, city), name(law().without("santa-clara-v-trump"), city), name(law(), city),
    ]  # fmt: skip
    assert len(others) == len(set(others))
    assert name(law(), city) == name(law(), city.with_facts(name="another name"))


def run(*args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from blackletter.cli import main; main()", *args]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def test_prove_writes_a_file_that_verify_accepts_and_rejects_when_changed(tmp_path: Path) -> None:
    file = tmp_path / "proof.json"
    made = run("prove", "springfield", "withhold", "--basis", "eo-13768-9a", "-o", str(file))
    assert 0 == made.returncode, made.stderr
    good = run("verify", str(file))
    assert (0, True) == (good.returncode, "The proof holds" in good.stdout), good.stdout + good.stderr
    data = json.loads(file.read_text())
    data["claim"]["verdict"] = "permitted"
    file.write_text(json.dumps(resealed(data)))
    bad = run("verify", str(file), "--json")
    assert (1, False) == (bad.returncode, json.loads(bad.stdout)["holds"])
    assert 2 == run("verify", str(tmp_path / "nowhere.json")).returncode
