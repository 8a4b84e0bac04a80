"""The splits view: question by period by circuit; for one city what binds, what persuades, where courts are silent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

import blackletter as bl
from blackletter.cli import app
from blackletter.errors import FactError
from blackletter.splits import split, splits


@pytest.fixture(scope="module")
def law() -> Any:
    return bl.load()


def run(*words: str) -> Any:
    return CliRunner().invoke(app, ["splits", *words])


def test_what_binds_persuades_and_is_displaced_are_told_apart(law: Any) -> None:
    chicago = law.hypothetical("springfield", as_of="2026-03-01", state="IL")
    found = law.precedents(chicago, "relief_beyond_parties")
    assert "no" == found.reading
    assert ["casa-2025-scope", "chicago-7th-2020-scope"] == [r.id for r in found.binding]
    assert ["chicago-7th-2020-scope"] == [r.id for r in found.displaced]
    assert "san-francisco-9th-2018-scope" in {r.id for r in found.persuasive}
    before = law.precedents(chicago.with_facts(as_of="2025-06-26"), "relief_beyond_parties")
    assert ("yes", ()) == (before.reading, before.displaced)


def test_a_question_no_court_has_ruled_on_is_silent(law: Any) -> None:
    found = law.precedents(law.hypothetical("springfield", as_of="2020-01-01"), "jag_nondisclosure_authorized")
    assert found.silent
    assert "silent: no court on file has ruled" in found.text()


def test_a_ruling_on_likelihood_only_says_so_and_one_on_the_merits_does_not(law: Any) -> None:
    party = law.hypothetical("springfield", as_of="2025-07-01", state="WA", party_to="king-county-v-turner")
    first = law.precedents(party, "hud_terms_authorized")
    assert [True] == [r.likelihood for r in first.binding]
    assert first.text().count("a ruling on likelihood only") == 1
    rhode_island = law.hypothetical("springfield", as_of="2025-12-01", state="RI", party_to="california-v-dot")
    merits = law.precedents(rhode_island, "dot_condition_authorized")
    assert ["california-dot-2025-11-authority"] == [r.id for r in merits.binding]
    assert [False] == [r.likelihood for r in merits.binding]


def test_the_table_is_what_asking_circuit_by_circuit_gives(law: Any) -> None:
    table = splits(law, ["jag_notice_authorized", "relief_beyond_parties"])
    for (question, day), circuits in table.found.items():
        assert split(law, question, day) == circuits
    assert 10 == len(table.found)


def test_by_default_every_question_with_a_ruling_and_no_other_is_in_the_table(law: Any) -> None:
    asked = {q["question"] for q in splits(law, days=["2026-04-08"]).json()}
    assert {h.question for i in law.instruments.values() for h in i.holdings} == asked
    assert "jag_nondisclosure_authorized" not in asked


def test_a_question_is_not_yet_asked_before_it_opens(law: Any) -> None:
    text = splits(law, ["hud_terms_authorized"]).text()
    assert 4 == text.count("not yet asked")
    assert text.endswith("on 8 April 2026: open question everywhere")


def test_the_command_prints_a_table_and_one_city() -> None:
    shown = run("jag_notice_authorized").stdout
    assert "on 13 April 2021: open question elsewhere; no in the First, Third, Seventh and Ninth Circuits; " in shown
    assert "yes in the Second Circuit" in shown
    city = run("--for", "springfield", "--as-of", "2020-03-15", "--set", "state=NY").stdout
    assert "What courts have said, for springfield on 15 March 2020" in city
    assert "binds: yes: 2d Cir., 26 February 2020 (951 F.3d 84)" in city
    assert "No court on file has ruled on these:" in city
    assert "not legal advice" in city


def test_the_command_gives_json() -> None:
    done = run("termination_forum", "--for", "springfield", "--as-of", "2025-11-10", "--json")
    data = json.loads(done.stdout)
    assert 0 == done.exit_code
    assert ["termination_forum"] == [q["question"] for q in data["questions"]]
    assert 5 == len(data["questions"][0]["splits"])
    (one,) = data["hypothetical"]["questions"]
    assert "claims" == one["reading"]
    assert [True, True] == [r["likelihood"] for r in one["binding"]]
    day = json.loads(run("termination_forum", "--as-of", "2025-04-03", "--json").stdout)
    assert [{"presumed district"}] == [set(s["circuits"].values()) for s in day["questions"][0]["splits"]]
    assert day["hypothetical"] is None


def test_a_fact_without_a_city_and_an_unknown_question_are_refused(law: Any) -> None:
    assert isinstance(run("--set", "state=NY").exception, FactError)
    assert isinstance(run("nosuch").exception, FactError)
    with pytest.raises(FactError, match="unknown question"):
        law.precedents(law.hypothetical("springfield"), "nosuch")
