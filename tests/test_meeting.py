"""The report of the mayors' meeting, assertion by assertion, and the competing definitions of a sanctuary city."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import yaml

import blackletter as bl
from blackletter.argue import OPEN, SHOWN, Teller
from blackletter.atoms import parse_condition
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
ASKED = [
    pytest.param(ask, id=f"{row['id']}-{number}")
    for row in ROWS
    for number, ask in enumerate(row.get("asks", ()), start=1)
]


@pytest.fixture(scope="module")
def law() -> Any:
    return bl.load()


@pytest.fixture(scope="module")
def read_so(law: Any) -> Callable[..., Any]:
    """The law with readings assumed, compiled once for each."""
    return cache(lambda *readings: law.assume(**dict(readings)) if readings else law)


def found(read_so: Callable[..., Any], ask: dict[str, Any]) -> str:
    under = read_so(*ask.get("assume", {}).items())
    posed = under.hypothetical(ask["preset"], **ask["facts"])
    words = tuple(ask["find"].split())
    if len(words) == 2:
        return str(under.ask(posed)[words].verdict)
    return {SHOWN: "yes", OPEN: "unknown"}.get(Teller(under.code, posed).status(words[0]), "no")


@pytest.mark.parametrize("ask", ASKED)
def test_the_law_answers_the_assertion(read_so: Callable[..., Any], ask: dict[str, Any]) -> None:
    assert ask["expect"] == found(read_so, ask)


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
