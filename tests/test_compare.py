"""Cities side by side say what their boards say, and what changed since a day is what two boards differ in."""

from __future__ import annotations

import datetime as dt

import pytest

import blackletter as bl
from blackletter.errors import FactError

DAY = "2017-06-01"


@pytest.fixture(scope="module")
def law() -> bl.Ruleset:
    return bl.load()


@pytest.fixture(scope="module")
def pair(law: bl.Ruleset) -> tuple[bl.Hypothetical, bl.Hypothetical]:
    city = law.hypothetical("springfield", as_of=DAY, name="A")
    return city, city.with_facts(name="B", detainer="honor")


def test_every_cell_is_the_verdict_of_that_citys_board(law: bl.Ruleset, pair: tuple[bl.Hypothetical, ...]) -> None:
    found = law.compare(*pair)
    boards = [law.ask(city) for city in pair]
    for key in found.keys:
        expected = tuple(b[key].verdict if key[1] else b[key[0]].verdict for b in boards)
        assert expected == found.verdicts(key)
    assert "not ripe" == found["publish_list", "B"]


def test_differences_are_all_and_only_the_rows_that_differ(law: bl.Ruleset, pair: tuple[bl.Hypothetical, ...]) -> None:
    found = law.compare(*pair)
    apart = found.differences()
    assert ("publish_list", "") in apart.keys
    assert all(len(set(apart.verdicts(k))) > 1 for k in apart.keys)
    assert all(len(set(found.verdicts(k))) == 1 for k in found.keys if k not in apart.keys)
    assert len(apart.keys) == found.text().count("≠") == found.html().count("<strong>yes</strong>")


def test_no_row_that_some_law_speaks_to_is_left_out(law: bl.Ruleset, pair: tuple[bl.Hypothetical, ...]) -> None:
    found = law.compare(*pair)
    board = law.ask(pair[0])
    told = {k for k, f in board.choices.items() if f.verdict not in ("not regulated", "outside the model")}
    assert told <= set(found.keys)


def test_two_cities_of_one_name_are_refused(law: bl.Ruleset, pair: tuple[bl.Hypothetical, ...]) -> None:
    with pytest.raises(FactError, match="name of its own"):
        law.compare(pair[0], pair[0])


def test_a_name_is_shown_as_text(law: bl.Ruleset, pair: tuple[bl.Hypothetical, ...]) -> None:
    made = law.compare(pair[0].with_facts(name="<b>A</b>"))
    assert "<b>A" not in made.html()
    assert "&lt;b&gt;A" in made.html()


def test_what_changed_leads_from_the_first_board_to_the_last(law: bl.Ruleset) -> None:
    start, city = dt.date(2017, 4, 24), law.hypothetical("springfield", as_of=DAY)
    found = law.since(start, city, actions=["deny_eligibility", "publish_list"])
    [line] = found.timelines
    then, now = (law.ask(city.with_facts(as_of=day)) for day in (start, DAY))
    assert then["deny_eligibility", "eo-13768-9a"].verdict == line[0].verdicts["deny_eligibility", "eo-13768-9a"]
    assert now["deny_eligibility", "eo-13768-9a"].verdict == line[-1].verdicts["deny_eligibility", "eo-13768-9a"]
    assert [dt.date(2017, 4, 25)] == [day for day, _, _ in found.changes]
    assert "25 April 2017" in found.text()
    assert "25 April 2017" in found.html()


def test_a_city_for_which_nothing_changed_is_named(law: bl.Ruleset) -> None:
    city = law.hypothetical("springfield", as_of=DAY)
    found = law.since(dt.date(2017, 4, 24), city, actions=["publish_list"])
    assert (0, ("springfield",)) == (len(found), found.unchanged)
    assert "Nothing changed for springfield." in found.text()


def test_a_day_after_the_citys_own_is_refused(law: bl.Ruleset) -> None:
    with pytest.raises(FactError, match="before it starts"):
        law.since(dt.date(2018, 1, 1), law.hypothetical("springfield", as_of=DAY))


def test_an_unknown_action_is_refused(law: bl.Ruleset) -> None:
    with pytest.raises(FactError, match="publish_list"):
        law.since(dt.date(2017, 4, 24), law.hypothetical("springfield", as_of=DAY), actions=["publish_lst"])
