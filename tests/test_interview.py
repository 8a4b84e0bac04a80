"""The interview: it stops when nothing can move a verdict, and its board is that of the full form.

BLACKLETTER_ROUNDS raises the number of random cities.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import blackletter as bl
from test_findings import random_row
from test_properties import allowed

ROUNDS = int(os.environ.get("BLACKLETTER_ROUNDS", "3"))
ABOUT = ("withhold", "publish_list", "add_condition", "decline_detainer", "restrict_sharing")
ANYTHING = max(1, ROUNDS // 50)
"""Cities asked about every action and choice; the others are asked about a few."""


@pytest.fixture(scope="module")
def law() -> Any:
    return bl.load()


def verdicts(board: Any) -> dict[tuple[str, str], str]:
    found = {(f.action, f.basis): f.verdict for f in board.findings}
    return found | {(a.action, ""): a.verdict for a in board.actions.values() if a.bases}


def complete_city(law: Any, seed: int) -> dict[str, str]:
    """A random city with every fact stated, as the constraints of the facts file let them stand together."""
    rng = random.Random(seed)
    while True:
        facts = {**random_row(law, rng, 1.0), "not_party_to": ""}
        if allowed(law, law.hypothetical(**facts)):
            return facts


def held_through(law: Any, full: Any, actions: Any) -> Any:
    """The interview that asks this city, from nothing but the days, the actor and what stands by default."""
    given = {f: full[f] for f, n in law.facts.items() if f in ("acted_on", "actor") or n.default is not None}
    held = law.interview(law.hypothetical(as_of=full.as_of, **given), actions)
    while held.next is not None:
        held = held.answer(held.next.fact, full[held.next.fact], source="the form")
    return held


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_the_interview_ends_with_the_board_of_the_full_form(law: Any, seed: int, record_property: Any) -> None:
    full = law.hypothetical(**complete_city(law, seed))
    actions = ABOUT if seed >= ANYTHING else None
    held = held_through(law, full, actions)
    expected = verdicts(law.ask(full))
    assert {k: v for k, v in expected.items() if k in verdicts(held.board)} == verdicts(held.board)
    assert held.done
    record_property("questions", len(held.asked))
    record_property("saved", len(law.facts) - len(held.asked))
    if path := os.environ.get("BLACKLETTER_TALLY"):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(f"{seed},{'all' if actions is None else 'few'},{len(held.asked)},{len(law.facts)}\n")
    assert len(held.asked) < len(law.facts) / 2


def test_a_city_of_which_everything_is_stated_is_asked_nothing(law: Any) -> None:
    held = law.interview(law.hypothetical("springfield"), ["publish_list", "withhold"])
    assert held.done
    assert held.next is None


def test_who_named_no_suits_is_asked_for_them_where_they_can_matter(law: Any) -> None:
    """An answer takes silence about suits for none; an interview that did so would stop before a binding ruling."""
    facts = {k: v for k, v in law.hypothetical("springfield", as_of="2017-04-26", state="KS").as_text().items()
             if k not in ("party_to", "award")}  # fmt: skip
    held = law.interview(law.hypothetical(**facts), ["refuse_release_notice"])
    assert ["party_to"] == [question.fact for question in held.ranked]
    member, stranger = (held.answer("party_to", suits) for suits in ("steinle-v-san-francisco", ""))
    verdict = ("refuse_release_notice", "8-usc-1373")
    assert ("not regulated", "contested") == (member.board[verdict].verdict, stranger.board[verdict].verdict)
    assert member.done
    assert stranger.done
    assert held.answer("party_to", "unknown").done


def test_who_knows_of_no_more_suits_keeps_those_that_were_named(law: Any) -> None:
    city = law.hypothetical("philadelphia", as_of="2025-12-15", award="dhs-disaster-fy2025")
    held = law.interview(city, ["add_condition"])
    assert "party_to" == held.next.fact
    named = city["party_to"]
    assert named == held.answer("party_to", "unknown").hypothetical["party_to"] == "philadelphia-v-sessions,unknown"


def test_the_question_says_which_verdicts_it_can_move_and_some_answer_does(law: Any) -> None:
    held = law.interview(law.hypothetical("springfield", detainer="unknown"), ["publish_list", "withhold"])
    assert held.done, "stated to be unknown: asking again would not help"
    row = {k: v for k, v in law.hypothetical("springfield").as_text().items() if k not in ("detainer", "award")}
    held = law.interview(law.hypothetical(**row), ["publish_list"])
    question = held.next
    assert "detainer" == question.fact
    assert law.facts["detainer"].why == question.why
    assert ("publish_list", "eo-13768-9b") in {(k.action, k.basis) for k in question.moves}
    boards = {v: held.answer("detainer", v).board["publish_list", "eo-13768-9b"].verdict for v in question.options}
    assert len(set(boards.values())) > 1
    assert question.bits > 0


def test_no_question_left_out_could_have_moved_a_verdict(law: Any) -> None:
    """After the last question every fact not asked is set at random, again and again: no verdict moves."""
    full = law.hypothetical(**complete_city(law, 77))
    held = held_through(law, full, ("withhold", "publish_list"))
    rng, expected = random.Random(5), verdicts(held.board)
    given = {a.fact for a in held.asked}
    for _ in range(6):
        other = {f: v for f, v in random_row(law, rng, 1.0).items() if f not in given and f != "as_of"}
        other = {f: v for f, v in other.items() if law.facts[f].follows is None and f not in ("state", "party_to")}
        board = law.ask(held.hypothetical.with_facts(**{**_lawful(law, held, other)}))
        assert expected == {k: v for k, v in verdicts(board).items() if k in expected}


def _lawful(law: Any, held: Any, facts: dict[str, str]) -> dict[str, str]:
    """Without the facts that a constraint ties: values that cannot occur together prove nothing."""
    tied = {f for c in law.constraints for line in (*c.when, *c.then) for f in law.facts if f in line.split()}
    defaults = {f for f, n in law.facts.items() if n.default is not None}
    return {f: v for f, v in facts.items() if f not in tied | defaults | {"acted_on", "actor"}}


def test_sources_are_kept_through_edits(law: Any) -> None:
    held = law.interview(law.hypothetical(), ["withhold"])
    held = held.answer("detainer", "decline", source="Code s. 12").answer("ask_status", "no", source="Order 3")
    assert {"detainer": "Code s. 12", "ask_status": "Order 3"} == dict(held.hypothetical.sources)
    held = held.change("detainer", "honor")
    assert "honor" == held.hypothetical["detainer"]
    assert {"detainer": "Code s. 12", "ask_status": "Order 3"} == dict(held.hypothetical.sources)
    assert "Code s. 13" == held.change("detainer", "honor", source="Code s. 13").hypothetical.sources["detainer"]


def test_a_changed_answer_reopens_only_what_depends_on_it(law: Any) -> None:
    held = law.interview(law.hypothetical(), ["withhold"])
    for fact, value in (("program", "transit"), ("agency", "dot"), ("award_kind", "formula"), ("term_1373", "yes")):
        held = held.answer(fact, value)
    held = held.change("program", "byrne-jag")
    assert ("agency",) == held.reopened
    assert ["program", "award_kind", "term_1373"] == [a.fact for a in held.asked]
    assert () == held.answer("agency", "doj").reopened
    assert ["program", "award_kind"] == [a.fact for a in held.undo().asked]


def test_bad_answers_are_refused_with_near_names(law: Any) -> None:
    held = law.interview(law.hypothetical(), ["withhold"])
    with pytest.raises(bl.FactError, match='did you mean "detainer"'):
        held.answer("detaner", "decline")
    with pytest.raises(bl.FactError, match='did you mean "decline"'):
        held.answer("detainer", "declin")
    with pytest.raises(bl.FactError, match="was answered before"):
        held.answer("detainer", "decline").answer("detainer", "honor")
    with pytest.raises(bl.FactError, match="unknown answer"):
        held.change("detainer", "honor")
    with pytest.raises(bl.FactError, match="nothing has been answered"):
        held.undo()
    with pytest.raises(bl.FactError, match='did you mean "withhold"'):
        law.interview(law.hypothetical(), ["withold"])


def run(*args: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from blackletter.cli import main; main()", *args]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=300)


def test_the_command_asks_until_nothing_can_matter() -> None:
    asked = run("interview", "philadelphia", "--action", "publish_list", "--json")
    assert 0 == asked.returncode, asked.stderr
    first = json.loads(asked.stdout)
    assert {"next", "done", "can_matter"} <= set(first)
    facts = ("--set", "state=PA", "--as-of", "2017-05-01", "--action", "publish_list")
    told = run("interview", *facts, stdin="decline # the code\n" * 9)
    assert 0 == told.returncode, told.stderr
    assert "detainer" in told.stdout or "Put the city on a public list" in told.stdout
    refused = run("interview", *facts, stdin="perhaps\n")
    assert 2 == refused.returncode
    assert "unknown value" in refused.stderr
