"""The report of the mayors' meeting, assertion by assertion, and the competing definitions of a sanctuary city."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

import blackletter as bl
from blackletter.atoms import parse_condition
from blackletter.claims import read_statements, review
from blackletter.model import FLAG_WORDS
from blackletter.reader import find_ruleset

US = find_ruleset("us")


def read(name: str) -> list[dict[str, Any]]:
    data = yaml.load((US / f"{name}.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
    assert name == next(iter(data))
    rows: list[dict[str, Any]] = data[name]
    return rows


ROWS = read("meeting")
DEFINITIONS = read("definitions")


@pytest.fixture(scope="module")
def law() -> Any:
    return bl.load()


@pytest.fixture(scope="module")
def claims(law: Any) -> Any:
    return law.claims()


@pytest.mark.parametrize("name", [row["id"] for row in ROWS])
def test_the_law_answers_the_assertion(claims: Any, name: str) -> None:
    assert [] == [(test.asked, test.found) for test in claims[name].tests if not test.agrees]


def test_a_wrong_answer_is_told(law: Any) -> None:
    """The review compares: an assertion that expects the opposite does not agree, and says what was found."""
    statement = next(s for s in read_statements(US / "meeting.yaml") if s.id == "S36")
    asked = statement.asks[0].model_copy(update={"expect": "forbidden"})
    found = review(law, (statement.model_copy(update={"asks": (asked,)}),))["S36"]
    assert [False] == [test.agrees for test in found.tests]
    assert "not regulated (expected: forbidden)" in found.text()


def test_the_report_makes_fifty_one_assertions() -> None:
    assert [f"S{n}" for n in range(1, 52)] == [row["id"] for row in ROWS]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_an_assertion_is_asked_or_has_a_reason_not_to_be(row: dict[str, Any]) -> None:
    assert bool(row.get("asks")) != bool(row.get("outside"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_an_assertion_has_an_answer_a_kind_and_a_flag(row: dict[str, Any]) -> None:
    known = {"id", "says", "kind", "asks", "outside", "answer", "imprecise", "flag", "digest"}
    assert set() == set(row) - known
    assert row["says"].endswith(".")
    assert row["answer"].endswith(".")
    assert set() == set(row["kind"]) - {"fact", "law", "opinion", "characterization"}
    assert row["flag"] in FLAG_WORDS
    assert row["id"] in row["digest"]


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda d: d["id"])
def test_a_definition_is_made_of_facts_terms_and_questions_on_file(law: Any, definition: dict[str, Any]) -> None:
    known = {*law.facts, *law.terms, *law.questions}
    lines = [line for alternative in definition["when"] for line in alternative]
    assert lines
    for line in lines:
        condition = parse_condition(line)
        assert condition is not None
        assert condition.name in known
    assert definition["flag"] in FLAG_WORDS
