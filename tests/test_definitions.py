"""What is a sanctuary city? The answers of the definitions differ for one city, and each says why."""

from __future__ import annotations

from typing import Any

import pytest

import blackletter as bl
from blackletter.errors import FactError


@pytest.fixture(scope="module")
def law() -> Any:
    return bl.load()


def test_one_city_is_a_sanctuary_by_some_definitions_and_not_by_others(law: Any) -> None:
    table = law.define(law.hypothetical("springfield"))
    assert "yes" == table["press-usage", "springfield"].answer
    assert "yes" == table["eo-9b-declined-detainers", "springfield"].answer
    assert "no" == table["eo-9a-first-sentence", "springfield"].answer
    assert "no" == table["doj-april-2017", "springfield"].answer
    assert "not in use" == table["ag-memo-2017", "springfield"].answer


def test_a_definition_is_in_use_only_on_its_days(law: Any) -> None:
    before, after = (law.define(law.hypothetical("springfield", as_of=d)) for d in ("2017-05-21", "2017-05-22"))
    assert "not in use" == before["ag-memo-2017", "springfield"].answer
    assert "no" == after["ag-memo-2017", "springfield"].answer
    assert "not in use" == after["doj-april-2017", "springfield"].answer


def test_an_open_reading_makes_a_definition_contested_and_names_it(law: Any) -> None:
    answer = law.define(law.hypothetical("springfield", designated="yes", as_of="2017-05-22"))[
        "eo-9a-designation", "springfield"
    ]
    assert "contested" == answer.answer
    assert {"yes", "no"} == {word for _, word in answer.readings}


def test_an_unknown_fact_is_named_not_guessed(law: Any) -> None:
    answer = law.define(law.hypothetical("springfield", detainer="unknown"))["eo-9b-declined-detainers", "springfield"]
    assert ("not known", ("detainer",)) == (answer.answer, answer.missing)


def test_all_cities_stand_side_by_side_as_text_html_and_frame(law: Any) -> None:
    cities = [law.hypothetical(name) for name in law.presets]
    table = law.define(*cities)
    assert len(table.answers) == len(cities) * len(law.definitions)
    assert table.frame().shape == (len(law.definitions), len(cities))
    html = table.html()
    assert html.count("scope='col'") == len(cities) + 1
    assert all(city.name in table.text() for city in cities)
    with pytest.raises(FactError, match="unknown definition"):
        table["press", "springfield"]


def test_not_asking_is_unregulated_in_april_2017_and_a_partys_reading_from_november(law: Any) -> None:
    """Montgomery County: the Department's position of 15 November 2017 is a reading someone argues, not law."""
    key = ("not_ask", "8-usc-1373")
    assert "not regulated" == law.ask(law.hypothetical("montgomery-county", as_of="2017-04-25"))[key].verdict
    after = law.ask(law.hypothetical("montgomery-county", as_of="2017-11-15", savings_clause="no"))[key]
    assert "contested" == after.verdict
    assert {"yes": "forbidden", "no": "not regulated"} == {
        r.assume["not_asking_covered"]: r.verdict for r in after.readings
    }
    assert any("Department of Justice" in who for who in law.questions["not_asking_covered"].readings["yes"].argued_by)
