"""The docket bench: decided cases asked of the law, and the splits between circuits as the law gives them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import blackletter as bl
from blackletter.cli import app
from blackletter.docket import Bench, Case, read_cases, run_docket
from blackletter.errors import FactError
from blackletter.reader import find_ruleset
from blackletter.splits import rulings, split, standing

DOCKET = find_ruleset() / "docket"
MOST_OUTSIDE = 14


@pytest.fixture(scope="module")
def law() -> Any:
    return bl.load()


@pytest.fixture(scope="module")
def cases() -> tuple[Case, ...]:
    return read_cases(DOCKET)


@pytest.fixture(scope="module")
def bench(law: Any, cases: tuple[Case, ...]) -> Bench:
    return run_docket(law, cases)


def test_at_least_95_percent_of_the_rows_asked_agree(bench: Bench) -> None:
    assert bench.count(True) >= 0.95 * (bench.count(True) + bench.count(False))


def test_every_disagreement_is_explained(bench: Bench) -> None:
    assert () == bench.unexplained


def test_few_rows_are_outside_and_each_says_why(bench: Bench) -> None:
    outside = [r for r in bench.results if r.agree is None]
    assert MOST_OUTSIDE >= len(outside)
    assert all(r.why.startswith("Outside: ") and len(r.why) > 30 for r in outside)


def test_a_row_that_turned_on_a_reading_gives_the_holding_on_it_and_not_on_its_rivals(
    bench: Bench, cases: tuple[Case, ...]
) -> None:
    rows = {row.id: row for case in cases for row in case.rows}
    turned = [r for r in bench.results if r.lost and r.before not in rows[r.id].expected]
    assert 20 <= len(turned)
    for r in turned:
        assert r.adopted in rows[r.id].expected, r.id
        assert not set(r.lost) & set(rows[r.id].expected), r.id


def test_the_bench_notices_a_ruling_that_went_the_other_way(law: Any, cases: tuple[Case, ...]) -> None:
    """The same case with its holding reversed disagrees, so agreement says something."""
    case = next(c for c in cases if c.case == "CHI17")
    row = case.rows[0].model_copy(update={"held": "permitted", "turned_on": {"jag_notice_authorized": "yes"}})
    bench = run_docket(law, [case.model_copy(update={"rows": (row,)})])
    assert (0, 1) == (bench.count(True), bench.count(False))
    assert 1 == len(bench.unexplained)


def test_without_its_ruling_a_circuit_gives_no_holding(law: Any, cases: tuple[Case, ...]) -> None:
    case = next(c for c in cases if c.case == "NY20CA2")
    bench = run_docket(law.without("jag-new-york-v-doj-2020"), [case])
    assert 0 == bench.count(True)


def test_rules_that_no_case_reaches_are_named(bench: Bench) -> None:
    assert set(bench.unreached) & {"8-usc-1373#b.3", "ojp-jag-fy2018#44"}
    assert "jag-conditions-2017#notice.unauthorized" not in bench.unreached


def test_a_docket_file_may_be_run_alone_and_its_disagreement_exits_1(tmp_path: Path) -> None:
    good = DOCKET / "chi17.yaml"
    done = CliRunner().invoke(app, ["docket", "--file", str(good), "--json"])
    data = json.loads(done.stdout)
    assert 0 == done.exit_code
    assert (3, 0, 0) == (data["agree"], data["disagree"], data["outside"])
    assert {"id", "expected", "found", "agree", "why"} <= set(data["rows"][0])
    bad = tmp_path / "bad.yaml"
    bad.write_text(good.read_text().replace("held: not_permitted", "held: permitted"))
    assert 1 == CliRunner().invoke(app, ["docket", "--file", str(bad)]).exit_code


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [("    finding: add_condition jag-notice\n", "", "asks either"), ("flag: S", "flag: Z", "flag"),
     ("id: CHI17-q2", "id: CHI17-q1", "given twice")],
)  # fmt: skip
def test_a_misshapen_docket_file_names_its_fault(tmp_path: Path, old: str, new: str, message: str) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text((DOCKET / "chi17.yaml").read_text().replace(old, new, 1))
    with pytest.raises(FactError, match=message):
        read_cases(bad)


# -- splits ---------------------------------------------------------------------------------------------------------

PERIODS = ("2018-04-18", "2020-02-25", "2021-04-13", "2025-01-19", "2026-04-08")
OPEN = "open question"
THREE = {"3": "no", "7": "no", "9": "no"}
FIVE = {**THREE, "1": "no", "2": "yes"}
CERTIFICATE = {"1": "narrow", "2": "broad", "3": "narrow", "7": "narrow"}
SPLITS: dict[str, list[tuple[str, dict[str, str]]]] = {
    "jag_notice_authorized": [(OPEN, {}), (OPEN, THREE), (OPEN, FIVE), (OPEN, FIVE), (OPEN, FIVE)],
    "jag_access_authorized": [(OPEN, {}), (OPEN, THREE), (OPEN, FIVE), (OPEN, FIVE), (OPEN, FIVE)],
    "jag_1373_applicable": [(OPEN, {}), (OPEN, {"3": "narrow"}), *[(OPEN, CERTIFICATE)] * 3],
    "validity_1373": [("presumed valid", {"2": "valid"}), *[(OPEN, {"2": "valid"})] * 4],
    "preemptive_1373": [("presumed yes", {}), (OPEN, {}), (OPEN, {}), (OPEN, {"3": "no"}), (OPEN, {"3": "no"})],
    "status_covers_release": [(OPEN, {}), *[(OPEN, {"9": "no"})] * 4],
    "cops_preference_authorized": [(OPEN, {}), *[(OPEN, {"9": "yes"})] * 4],
    "executive_cutoff_power": [(OPEN, {}), *[(OPEN, {"9": "no"})] * 4],
    "relief_beyond_parties": [
        ("presumed yes", {}), (OPEN, {"9": "no"}), *[(OPEN, {"7": "yes", "9": "no"})] * 2, ("no", {}),
    ],
    "termination_forum": [*[("presumed district", {})] * 4, ("claims", {})],
    "condition_forum": [*[("presumed district", {})] * 4, ("district", {})],
    "detainer_commands": [("presumed no", {"3": "no"})] * 5,
    "prompt_review_needed": [*[("presumed no", {})] * 2, *[(OPEN, {"9": "yes"})] * 3],
    "noncooperation_preempted": [
        (OPEN, {}), *[(OPEN, {"9": "no"})] * 2, *[(OPEN, {"3": "no", "7": "no", "9": "no"})] * 2,
    ],
    "ice_subpoena_enforceable": [(OPEN, {})] * 5,
}  # fmt: skip
"""Question -> for each period, how it stands in general and in which circuits otherwise."""


@pytest.mark.parametrize("question", SPLITS)
def test_the_table_of_splits_comes_out_of_the_engine(law: Any, question: str) -> None:
    for day, (general, special) in zip(PERIODS, SPLITS[question], strict=True):
        expected = dict.fromkeys(law.facts["circuit"].map, general) | special
        assert expected == split(law, question, day), day


@pytest.mark.parametrize(
    ("day", "state", "reading"),
    [("2018-04-18", "IL", OPEN), ("2018-04-19", "IL", "no"), ("2019-02-14", "PA", OPEN), ("2019-02-15", "PA", "no"),
     ("2019-10-31", "GU", "no"), ("2020-02-26", "NY", "yes"), ("2020-03-24", "PR", "no"), ("2020-03-24", "DC", OPEN)],
)  # fmt: skip
def test_a_circuit_is_bound_from_the_day_of_decision(law: Any, day: str, state: str, reading: str) -> None:
    city = law.hypothetical("springfield", as_of=day, state=state)
    assert reading == standing(city, "jag_notice_authorized")


def test_binding_persuasive_and_no_rulings_are_told_apart(law: Any) -> None:
    new_york = law.hypothetical("springfield", as_of="2020-03-15", state="NY")
    forces = {r.id: r.force for r in rulings(new_york, "jag_notice_authorized")}
    assert "binding" == forces["new-york-2d-2020-notice"]
    assert "persuasive" == forces["los-angeles-9th-2019-notice"]
    assert "new-york-2018-notice" not in forces
    before = law.hypothetical("springfield", as_of="2017-08-01", state="NY")
    assert () == rulings(before, "jag_notice_authorized")


def test_a_district_ruling_binds_its_parties_and_is_flagged_when_only_likely(law: Any) -> None:
    chicago = law.hypothetical("springfield", as_of="2017-10-01", state="IL", party_to="chicago-v-sessions")
    first = rulings(chicago, "jag_1373_applicable")[0]
    assert ("chicago-2017-certificate", "binding", True) == (first.id, first.force, first.likelihood)
    peoria = law.hypothetical("springfield", as_of="2017-10-01", state="IL")
    assert {"persuasive"} == {r.force for r in rulings(peoria, "jag_1373_applicable")}


def test_every_row_keeps_the_code_of_its_holding(cases: tuple[Case, ...]) -> None:
    held = [row.held for case in cases for row in case.rows]
    assert 84 <= len(held)
    assert all(h.startswith(("permitted", "not_permitted", "not_required", "no_ruling")) for h in held)
