"""The command line, by its contract: exit codes, JSON on stdout, messages on stderr."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def run(*args: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from blackletter.cli import main; main()", *args]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=300)


def answer(*args: str, stdin: str = "") -> Any:
    done = run(*args, stdin=stdin)
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("day", "verdict", "orders"),
    [
        ("2017-03-01", "no authority", "open"),
        ("2017-06-01", "enjoined", "closed"),
        ("2018-10-01", "no authority", "open"),
    ],
)
def test_ask_gives_four_gates_each_with_value_and_by(day: str, verdict: str, orders: str) -> None:
    sets = ["--set", "state=CO", "--set", "program=transit", "--set", "agency=dot"]
    data = answer("ask", "springfield", *sets, "--as-of", day, "--json")
    finding = next(f for f in data["findings"] if (f["action"], f["basis"]) == ("terminate", "eo-13768-9a"))
    assert verdict == finding["verdict"]
    assert ["authority", "constitution", "orders", "award"] == list(finding["gates"])
    assert orders == finding["gates"]["orders"]["value"]
    assert all(g["by"] for g in finding["gates"].values())
    assert {"id", "version", "hash"} <= set(data["ruleset"])
    assert day == data["as_of"]


def test_an_action_opened_shows_its_nearest_power_first_and_the_idle_ones_in_a_line() -> None:
    lines = run("ask", "springfield", "--action", "withhold", "--as-of", "2017-04-26").stdout.splitlines()
    assert "Withhold money of this award (withhold): (x) Blocked by a court" == lines[0]
    assert "  Executive Order 13768, section 9(a) (eo-13768-9a): (x) Blocked by a court" == lines[1]
    assert ["closed", "santa-clara-v-trump#2017-04-25"] == lines[4].split()[1:]
    idle = next(line for line in lines if "not in force on that day" in line)
    assert {"eo-14159-17", "jag-notice"} <= set(idle.partition(": ")[2].split(", "))
    assert not any("eo-14159-17" in line for line in lines if line is not idle)


def test_why_is_a_tree_in_text_and_json() -> None:
    text = run("why", "new-orleans", "withhold", "--basis", "award-term-validation").stdout
    assert "not ripe" in text.splitlines()[0]
    assert "30 June 2017" in text
    tree = answer("why", "new-orleans", "withhold", "--basis", "award-term-validation", "--json")
    assert tree["because"]


def test_solve_answers_one_theory_or_an_array_on_every_engine(tmp_path: Path) -> None:
    theory = {"facts": ["a"], "unknown": ["u"], "defeasible": [
        {"id": "r", "head": "p", "body": ["a"]}, {"id": "s", "head": "~p", "body": ["u"]}]}  # fmt: skip
    path = tmp_path / "t.json"
    path.write_text(json.dumps([theory, {"facts": []}]))
    first, second = answer("solve", str(path))
    assert ["a"] == first["+d"]
    assert "p" not in first["-d"]
    assert {"+D": [], "-D": [], "+d": [], "-d": []} == second
    assert [first, second] == answer("solve", "-", "--engine", "chain", stdin=path.read_text())


@pytest.mark.parametrize(
    ("theory", "message"),
    [
        ({"facts": ["p", "~p"]}, 'both "p" and "~p" are facts'),
        ({"facts": ["p"], "unknown": ["p"]}, '"p" is both a fact and unknown'),
        (
            {"strict": [{"id": "r", "head": "p"}], "defeasible": [{"id": "r", "head": "q"}]},
            'the rule id "r" is used twice',
        ),
        ({"facts": ["not p"]}, "facts has an invalid literal 'not p'"),
        ({"defeasible": [{"id": "a", "head": "p"}, {"id": "b", "head": "~p"}], "superiority": [["a", "b"], ["b", "a"]]},
         "superiority runs in a circle: a > b > a"),
        ({"fact": []}, 'did you mean "facts"?'),
        (["p"], "a theory is a JSON object, not a string"),
    ],
)  # fmt: skip
def test_a_bad_theory_names_its_fault_and_exits_2(tmp_path: Path, theory: Any, message: str) -> None:
    path = tmp_path / "t.json"
    path.write_text(json.dumps(theory))
    done = run("solve", str(path))
    assert 2 == done.returncode
    assert "" == done.stdout
    assert message in done.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["ask", "springfeld"], 'did you mean "springfield"?'),
        (["ask", "springfield", "--action", "withold"], 'did you mean "withhold"?'),
        (["ask", "springfield", "--set", "detainer"], '--set takes NAME=VALUE, not "detainer"'),
        (["ask", "springfield", "--as-of", "2031-01-01"], "it covers 2016-01-01 to 2026-04-08"),
        (["ask", "springfield", "--assume", "jag_1373_applicable=brod"], 'did you mean "broad"?'),
        (["ask", "springfield", "--without", "santa-clara"], "unknown suit, order, holding or instrument"),
        (["ask", "springfield", "--engine", "chian"], 'did you mean "chain"?'),
        (["why", "springfield", "terminate", "--basis", "eo-13768"], "unknown basis"),
    ],
)
def test_bad_input_is_named_on_stderr_and_exits_2(args: list[str], message: str) -> None:
    done = run(*args)
    assert (2, "") == (done.returncode, done.stdout)
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_hypothetical_file_may_start_from_a_preset(tmp_path: Path) -> None:
    path = tmp_path / "city.yaml"
    path.write_text("name: Our city\nas_of: 2017-06-01\npreset: springfield\nfacts: {state: CO, detainer: honor}\n")
    data = answer("ask", str(path), "--json")
    assert "Our city" == data["hypothetical"]["name"]
    assert "10" == data["hypothetical"]["facts"]["circuit"]


def test_the_ledger_renders_as_a_page_with_a_letter_beside_each_color(tmp_path: Path) -> None:
    page = tmp_path / "ledger.html"
    assert 0 == run("check", "--ledger", str(page)).returncode
    text = page.read_text()
    assert "EO-9a1" in text
    assert "<b>E</b> encoded" in text
    assert [page] == list(tmp_path.iterdir())


def test_a_file_may_name_several_entities_each_with_its_own_board(tmp_path: Path) -> None:
    """The law tests the body that controls the act: the police rule is the city's, the jail the sheriff's."""
    path = tmp_path / "parish.yaml"
    path.write_text(
        "as_of: 2017-04-26\nfacts: {state: LA}\nentities:\n  police: {preset: new-orleans}\n"
        "  sheriff: {preset: orleans-parish-sheriff, facts: {detainer: honor, hold_hours: 72}}\n"
    )
    police, sheriff = answer("ask", str(path), "--json")["entities"]
    assert ["police", "sheriff"] == [b["hypothetical"]["name"] for b in (police, sheriff)]
    verdicts = [
        next(f["verdict"] for f in b["findings"] if (f["action"], f["basis"]) == ("hold_on_detainer", "8-cfr-287-7"))
        for b in (police, sheriff)
    ]
    assert "forbidden" == verdicts[1]
    assert verdicts[0] != verdicts[1]
    assert "names several entities" in run("why", str(path), "withhold").stderr


def test_ask_lists_the_lines_of_what_was_asked_and_null_where_there_are_no_gates() -> None:
    data = answer("ask", "springfield", "--basis", "eo-13768-9b", "--json")
    assert ["publish_list"] == [a["action"] for a in data["actions"]]
    assert {"eo-13768-9b"} == {f["basis"] for f in data["findings"]}
    data = answer("ask", "springfield", "--action", "publish_list", "--basis", "eo-13768-9a", "--json")
    assert [("outside the model", None)] == [(f["verdict"], f["gates"]) for f in data["findings"]]


def test_space_gives_the_conditions_of_every_verdict_that_it_counts() -> None:
    data = answer("space", "springfield", "--free", "detainer", "--json")
    assert 4 == data["rows"]
    assert data["verdicts"].keys() == data["conditions"].keys()
    assert all(counts.keys() == data["conditions"][key].keys() for key, counts in data["verdicts"].items())
    listing = {"not ripe": ["detainer is honor"], "permitted": ["detainer is not honor"]}
    assert listing == data["conditions"]["publish_list eo-13768-9b"]


AWARDS = """
name: Our city
as_of: 2017-06-01
preset: springfield
facts: {state: CO}
awards:
  - byrne-jag-fy2016
  - {name: buses, program: transit, agency: dot}
"""


@pytest.fixture
def two_awards(tmp_path: Path) -> str:
    path = tmp_path / "city.yaml"
    path.write_text(AWARDS)
    return str(path)


def test_several_awards_are_several_rows_of_one_answer_and_each_finding_names_its_award(two_awards: str) -> None:
    data = answer("ask", two_awards, "--json")
    assert "Our city" == data["hypothetical"]["name"]
    assert "CO" == data["hypothetical"]["facts"]["state"]
    assert "program" not in data["hypothetical"]["facts"]
    assert [("byrne-jag-fy2016", "byrne-jag"), ("buses", "transit")] == [
        (a["award"], a["facts"]["program"]) for a in data["awards"]
    ]
    lines = {a["award"]: a["verdict"] for a in data["actions"] if a["action"] == "withhold"}
    assert {"byrne-jag-fy2016": "not ripe", "buses": "enjoined"} == lines
    federal = [f for f in data["findings"] if f["gates"] is not None]
    assert {"byrne-jag-fy2016", "buses"} == {f["award"] for f in federal}
    choices = [(f["action"], f["basis"]) for f in data["findings"] if f["gates"] is None]
    assert len(set(choices)) == len(choices)


def test_each_award_answers_as_it_does_alone(two_awards: str) -> None:
    """A row of several is the same hypothetical as the city with that award, whatever stands beside it."""
    sets = ["--set", "state=CO", "--as-of", "2017-06-01"]
    together = answer("ask", two_awards, "--json")["findings"]
    alone = {
        "byrne-jag-fy2016": ["--award", "byrne-jag-fy2016"],
        "buses": ["--set", "program=transit", "--set", "agency=dot"],
    }
    for award, given in alone.items():
        one = answer("ask", "springfield", *sets, *given, "--json")["findings"]
        picked = answer("ask", two_awards, "--award", award, "--json")["findings"]
        expected = [{**f, "award": award if f["gates"] is not None else None} for f in one]
        assert expected == picked
        assert [f for f in expected if f["gates"] is not None] == [f for f in together if f["award"] == award]


def test_why_and_timeline_answer_award_by_award(two_awards: str) -> None:
    first, second = answer("why", two_awards, "withhold", "--json")
    assert "validation term" in first["claim"]
    assert "section 9(a)" in second["claim"]
    text = run("why", two_awards, "withhold").stdout.splitlines()
    assert "Our city, byrne-jag-fy2016" == text[0]
    assert "Our city, buses" in text

    intervals = answer("timeline", two_awards, "--from", "2017-04-20", "--to", "2017-07-02", "--json")["intervals"]
    assert ["2017-04-20", "2017-04-25", "2017-05-22", "2017-07-01"] == [i["from"] for i in intervals]
    assert [i["from"] for i in intervals[1:]] + ["2017-07-03"] == [i["until"] for i in intervals]
    after = {f["award"]: f["verdict"] for f in intervals[-1]["findings"] if f["basis"] == "award-term-validation"}
    assert {"byrne-jag-fy2016": "contested", "buses": "no authority"} == after
    assert all(i["cause"] for i in intervals[1:])


@pytest.mark.parametrize(
    ("awards", "message"),
    [
        ("transit", "awards is a list; each is the id of an award on file or a mapping of facts"),
        ("[transitt]", 'award 1: unknown award "transitt"'),
        ("[{award: [transit]}]", "award 1: unknown award"),
        ("[health, {progam: transit}]", 'award 2: unknown fact "progam"'),
        ("[{as_of: 2017-04-26, award: health}]", "award 1 has its own as_of"),
        ("[transit, transit]", 'two awards are called "transit": give each a name of its own'),
    ],
)
def test_a_bad_award_is_named_by_its_place(tmp_path: Path, awards: str, message: str) -> None:
    path = tmp_path / "city.yaml"
    path.write_text(f"preset: springfield\nawards: {awards}\n")
    done = run("ask", str(path))
    assert (2, "") == (done.returncode, done.stdout)
    assert message in done.stderr


def test_a_command_about_one_award_asks_which(two_awards: str) -> None:
    for args in (["change", two_awards, "withhold"], ["space", two_awards], ["memo", two_awards, "-o", "x.md"]):
        done = run(*args)
        assert 2 == done.returncode
        assert "names several awards (byrne-jag-fy2016, buses); say which with --award" in done.stderr
    assert 0 == run("change", two_awards, "withhold", "--award", "buses").returncode
    assert 'unknown award "transit"' in run("ask", two_awards, "--award", "transit").stderr


def test_check_is_clean_on_the_bundled_law() -> None:
    data = answer("check", "--json")
    assert [] == data["errors"]
    assert data["coverage"]["rules"] == data["coverage"]["reached"]
