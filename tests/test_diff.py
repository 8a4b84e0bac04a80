"""Counterfactual law: overlays read like files on disk, and where two laws decide otherwise."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import blackletter as bl

SUIT = """
suits:
  imagined-v-doj: {title: Imagined v. DOJ, court: N.D. Cal., flag: NF}
"""
ORDER = """
instrument: imagined-order
title: An imagined order
kind: court decision
cite: none
source: {checked: not found, note: imagined for a test}
flag: NF
orders:
  - id: imagined-v-doj#2017-03-01
    suit: imagined-v-doj
    issued: 2017-03-01
    relief: preliminary injunction
    cite: none
    says: An imagined court bars publishing any list.
    bases: [eo-13768-9b]
    protects: {everyone: yes}
    flag: NF
"""


@pytest.fixture(scope="module")
def law() -> Any:
    return bl.load()


@pytest.fixture(scope="module")
def frame(law: Any) -> Any:
    return law.hypothetical("springfield", as_of="2017-06-01", program="transit", agency="dot")


def test_an_amendment_answers_and_is_named(law: Any, frame: Any) -> None:
    under = law.amend(SUIT).amend(ORDER)
    assert ("amended: suits imagined-v-doj", "amended: instrument imagined-order") == under.overlays
    assert "permitted" == law.ask(frame)["publish_list", "eo-13768-9b"].verdict
    assert "enjoined" == under.ask(frame)["publish_list", "eo-13768-9b"].verdict
    assert () == law.overlays
    again = under.amend(ORDER.replace("[eo-13768-9b]", "[eo-13768-9c]"))
    assert "amended: instrument imagined-order (replaced)" == again.overlays[-1]
    assert "permitted" == again.ask(frame)["publish_list", "eo-13768-9b"].verdict


def test_an_amendment_may_be_a_file(law: Any, tmp_path: Path) -> None:
    path = tmp_path / "suit.yaml"
    path.write_text(SUIT)
    assert law.amend(path).overlays == law.amend(str(path)).overlays == law.amend(SUIT).overlays
    with pytest.raises(bl.RulesetError, match="is not a file"):
        law.amend(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SUIT.replace("court", "cuort"), '<amendment>:3  the file has an unknown key "cuort"'),
        (ORDER, '<amendment>:9  order imagined-v-doj#2017-03-01 has an unknown suit "imagined-v-doj"'),
        ("gates: {}\n", "<amendment>"),
        ("preset: x\ntitle: X\n", "an amendment is an instrument, questions, suits or awards"),
        ("suits: [\n", "not readable as YAML"),
        ("", "a law file is a mapping of keys to values"),
    ],
)
def test_a_bad_amendment_has_the_faults_of_a_file(law: Any, text: str, message: str) -> None:
    with pytest.raises(bl.RulesetError) as caught:
        law.amend(text or "\n")
    assert message in str(caught.value)


RULES = """
instrument: imagined-statute
title: An imagined statute
kind: statute
cite: none
source: {checked: not found}
flag: NF
rules:
  - id: "1"
    cite: s. 1
    says: The list may be published.
    then: {open: constitution, basis: eo-13768-9b, actions: [publish_list]}
    over: ["2"]
  - id: "2"
    cite: s. 2
    says: The list may not be published.
    then: {close: constitution, basis: eo-13768-9b, actions: [publish_list]}
"""


def test_a_circle_of_superiority_is_said_with_names(law: Any) -> None:
    with pytest.raises(bl.RulesetError) as caught:
        law.amend(RULES + '    over: ["1"]\n')
    assert "superiority runs in a circle" in str(caught.value)
    assert "imagined-statute#1" in str(caught.value)


def test_rules_that_conflict_are_said_with_names(law: Any) -> None:
    assert law.amend(RULES).overlays, "where one prevails there is no conflict"
    with pytest.raises(bl.RulesetError) as caught:
        law.amend(RULES.replace('    over: ["2"]\n', ""))
    told = str(caught.value)
    assert "publish_list under eo-13768-9b in conflict" in told
    assert "imagined-statute#1" in told
    assert "imagined-statute#2" in told


def test_differences_are_those_of_asking_about_every_policy(law: Any, frame: Any) -> None:
    """Two facts are free; every policy is asked about under both laws and counted."""
    other, free = law.without("santa-clara-v-trump"), ("share_status", "detainer")
    counted: dict[tuple[str, str, str, str], int] = {}
    for share, detainer in product(law.facts["share_status"].values, law.facts["detainer"].values):
        city = frame.with_facts(share_status=share, detainer=detainer)
        boards = [x.ask(city.under(x)) for x in (law, other)]
        for action in ("sue", "terminate"):
            for old, new in zip(*(b.actions[action].bases for b in boards), strict=True):
                if old.verdict != new.verdict:
                    key = (action, old.basis, old.verdict, new.verdict)
                    counted[key] = counted.get(key, 0) + 1
    found = law.diff(other, frame, free, ["sue", "terminate"])
    assert 12 == found.policies
    assert counted
    assert counted == {(d.key.action, d.key.basis, d.old, d.new): d.count for d in found}


def test_each_difference_has_the_simplest_example_and_its_cause(law: Any, frame: Any) -> None:
    other = law.without("santa-clara-v-trump")
    for item in law.diff(other, frame, actions=["sue", "terminate", "withhold"]):
        city = frame.with_facts(**item.example)
        old = law.ask(city)[item.key.action, item.key.basis]
        assert (item.old, item.new) == (old.verdict, other.ask(city)[item.key.action, item.key.basis].verdict)
        for fact in item.example:
            fewer = city.with_facts(**{fact: frame[fact]})
            pair = tuple(x.ask(fewer)[item.key.action, item.key.basis].verdict for x in (law, other))
            assert pair != (item.old, item.new), "an example with a fact less would have done"
        assert ("santa-clara-v-trump#2017-04-25",) == item.rules_old


def test_an_assumption_is_its_own_cause(law: Any) -> None:
    found = law.diff(law.assume(jag_1373_applicable="narrow"), law.hypothetical("philadelphia"), actions=["withhold"])
    assert len(found)
    assert {("jag_1373_applicable",)} == {d.rules_new for d in found}


def test_choices_differ_too_and_the_same_law_does_not(law: Any) -> None:
    assert 0 == len(law.diff(law))
    assert "no verdict differs" in str(law.diff(law))
    under = law.without("8-usc-1644") if "8-usc-1644" in law.instruments else law
    assert {"8-usc-1644"} == {d.key.basis for d in law.diff(under) if d.key.action in law.choices}


def test_bad_names_are_refused(law: Any) -> None:
    with pytest.raises(bl.FactError, match='did you mean "detainer"'):
        law.diff(law, free=["detaner"])
    with pytest.raises(bl.FactError, match='did you mean "withhold"'):
        law.diff(law, actions=["withold"])


def test_the_command_names_both_laws(tmp_path: Path) -> None:
    path = tmp_path / "suit.yaml"
    path.write_text(SUIT)
    args = ["diff", "us", "us", "--without", "santa-clara-v-trump", "--amend", str(path), "--as-of", "2017-06-01"]
    command = [sys.executable, "-c", "from blackletter.cli import main; main()", *args, "--action", "sue", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert 0 == done.returncode, done.stderr
    data = json.loads(done.stdout)
    assert ["without santa-clara-v-trump", "amended: suits imagined-v-doj"] == data["new"]["overlays"]
    assert data["differences"]
    assert {"count", "example", "rules", "old", "new"} <= set(data["differences"][0])
