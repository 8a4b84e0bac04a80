"""The forum map is what asking in each place would say, as rows, a picture and a table."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import blackletter as bl
from blackletter import tiles

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def law() -> Any:
    return bl.load()


@pytest.fixture(scope="module")
def march_2020(law: Any) -> Any:
    city = law.hypothetical("springfield", as_of="2020-03-15", condition_related="yes")
    return law.map(city, "add_condition", "jag-notice")


CIRCUITS = {
    "1": "ME MA NH RI PR", "2": "CT NY VT", "3": "DE NJ PA VI", "4": "MD NC SC VA WV", "5": "LA MS TX",
    "6": "KY MI OH TN", "7": "IL IN WI", "8": "AR IA MN MO NE ND SD", "9": "AK AZ CA HI ID MT NV OR WA GU MP",
    "10": "CO KS NM OK UT WY", "11": "AL FL GA", "DC": "DC", "none": "AS",
}  # fmt: skip


def test_every_place_has_its_circuit(march_2020: Any) -> None:
    expected = {state: circuit for circuit, states in CIRCUITS.items() for state in states.split()}
    assert expected == {row.state: row.circuit for row in march_2020}
    assert 56 == len(march_2020.rows)


def test_new_york_and_idaho_on_the_ides_of_march_2020(march_2020: Any) -> None:
    assert "permitted" == march_2020["NY"].verdict
    assert "no authority" == march_2020["ID"].verdict
    assert "contested" == march_2020["TX"].verdict
    assert "jag_notice_authorized" in march_2020["TX"].by


@pytest.mark.parametrize(
    ("action", "basis", "facts"),
    [
        ("add_condition", "jag-notice", {"as_of": "2020-03-15", "condition_related": "yes"}),
        ("add_condition", None, {"as_of": "2020-03-15"}),
        ("deny_eligibility", "eo-13768-9a", {"as_of": "2018-09-01", "party_to": "unknown"}),
        ("decline_detainer", "state-law", {"as_of": "2026-03-01"}),
        ("sue", None, {"as_of": "2025-05-15", "party_to": "unknown"}),
    ],
)
def test_each_row_is_what_asking_there_says(law: Any, action: str, basis: str | None, facts: dict[str, str]) -> None:
    city = law.hypothetical("springfield", **facts)
    found = law.map(city, action, basis)
    for row in found:
        if row.state in ("AL", "CA", "DC", "FL", "ID", "IL", "NY", "OR", "PR", "TX", "AS"):
            board = law.ask(law.hypothetical("springfield", **{**facts, "state": row.state}))
            expected = board[action] if basis is None else board[action, basis]
            assert expected.verdict == row.verdict, row


def test_statewide_plaintiffs_follow_from_the_state_where_suits_are_open(law: Any) -> None:
    city = law.hypothetical("springfield", as_of="2019-01-15", condition_related="yes", party_to="unknown")
    found = law.map(city, "add_condition", "jag-notice")
    assert "enjoined" == found["NY"].verdict  # the Southern District's order of 30 November 2018
    stated = law.map(city.with_facts(party_to=""), "add_condition", "jag-notice")
    assert "enjoined" != stated["NY"].verdict


def test_what_decides_is_named_and_no_default_is(law: Any, march_2020: Any) -> None:
    assert all(not name.startswith("default:") for row in march_2020 for name in row.by)
    texas = law.map(law.hypothetical("springfield", as_of="2018-06-01"), "decline_detainer", "state-law")["TX"]
    assert ("tx-sb4#detainer",) == texas.by


def test_names_are_checked(law: Any, march_2020: Any) -> None:
    city = law.hypothetical("springfield")
    with pytest.raises(bl.FactError, match='did you mean "withhold"'):
        law.map(city, "withold")
    with pytest.raises(bl.FactError, match="say under which law"):
        law.map(city, "decline_detainer")
    with pytest.raises(bl.FactError, match='unknown basis "jag-notise"'):
        law.map(city, "withhold", "jag-notise")
    with pytest.raises(bl.FactError, match='unknown state "XX"'):
        _ = march_2020["XX"]


def test_the_picture_has_one_tile_a_place_with_code_circuit_mark_and_word(march_2020: Any) -> None:
    root = ET.fromstring(march_2020.svg())  # noqa: S314 - our own picture
    named = [g for g in root.findall(f"{SVG}g") if g.find(f"{SVG}title") is not None]
    assert 56 == len(named)
    for g in named:
        code, circuit, word = (t.text for t in g.findall(f"{SVG}text"))
        row = march_2020[code]
        assert tiles.LABELS[row.verdict] == word
        assert circuit
        assert tiles.ICONS[row.verdict] == g.find(f"{SVG}path").get("d")  # type: ignore[union-attr]
        assert row.name in g.find(f"{SVG}title").text  # type: ignore[union-attr, operator]
    assert len({g.get("transform") for g in named}) == 56
    assert root.find(f"{SVG}title").text.startswith("Add a condition")  # type: ignore[union-attr]
    assert "New York: Permitted" in root.find(f"{SVG}desc").text  # type: ignore[union-attr, operator]
    assert "script" not in march_2020.svg()


def test_every_place_and_every_verdict_can_be_drawn(law: Any) -> None:
    from blackletter.views import SAYS

    assert set(law.facts["state"].values) - {"none"} == set(tiles.PLACES)
    assert len(set(tiles.PLACES.values())) == len(tiles.PLACES)
    assert set(SAYS) <= set(tiles.ICONS)
    assert set(SAYS) <= set(tiles.LABELS)


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize("table", [tiles._LIGHT, tiles._DARK])
def test_words_stand_out_in_light_and_dark(table: dict[str, str]) -> None:
    pairs = [v.split() for v in table.values() if " " in v] + [[table["paper"], table["ink"]]]
    for fill, ink in pairs:
        dark, light = sorted((luminance(fill), luminance(ink)))
        assert (light + 0.05) / (dark + 0.05) >= 7, (fill, ink)


def test_the_table_says_the_same_in_words(march_2020: Any) -> None:
    page = march_2020.html()
    assert 56 == page.count("<th scope='row'>")
    assert "<th scope='row'>New York (NY)</th><td>Second Circuit</td>" in page
    assert "jag_notice_authorized" not in page
    assert "<script" not in page


def test_what_a_user_names_is_escaped(law: Any) -> None:
    found = law.map(law.hypothetical("springfield", name="<b>&'x"), "withhold", "eo-13768-9a")
    for text in (found.svg(), found.html()):
        assert "<b>" not in text
        assert "&lt;b&gt;" in text
    ET.fromstring(found.svg())  # noqa: S314 - our own picture


def test_the_command(tmp_path: Path) -> None:
    from blackletter.cli import app

    run = CliRunner().invoke
    ask = ["map", "springfield", "add_condition", "--basis", "jag-notice", "--as-of", "2020-03-15"]
    ask += ["--set", "condition_related=yes"]
    done = run(app, [*ask, "--json"])
    assert 0 == done.exit_code
    rows = {r["state"]: r for r in json.loads(done.stdout)["rows"]}
    assert ("2", "permitted") == (rows["NY"]["circuit"], rows["NY"]["verdict"])
    for name in ("map.svg", "map.html"):
        assert 0 == run(app, [*ask, "-o", str(tmp_path / name)]).exit_code
        assert "<svg" in (tmp_path / name).read_text()
    assert isinstance(run(app, [*ask, "-o", str(tmp_path / "map.png")]).exception, bl.FactError)
    assert "NY  2nd" in run(app, ask).stdout
