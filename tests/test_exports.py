"""Exports: boards, hypotheticals and theories leave whole, safe in a spreadsheet, and come back the same."""

from __future__ import annotations

import csv
import io
import os
import random
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path

import openpyxl
import pytest

import blackletter as bl
from blackletter import exports
from blackletter.files import read_file
from blackletter.planes import close
from blackletter.theory import Theory

ROUNDS = int(os.environ.get("BLACKLETTER_ROUND_TRIPS", "25"))


@cache
def law() -> bl.Ruleset:
    return bl.load()


def test_a_board_as_csv_has_one_row_a_finding_and_says_what_it_rests_on() -> None:
    board = law().ask(law().hypothetical("philadelphia"))
    lines = list(csv.reader(io.StringIO(exports.board_csv(board))))
    head, rows = lines[0], lines[1 : lines.index([])]
    assert list(exports.COLUMNS) == head
    assert [(f.action, f.basis, f.verdict) for f in board.findings] == [(r[1], r[2], r[7]) for r in rows]
    about = dict(lines[lines.index([]) + 1 :])
    assert (law().hash, law().not_advice) == (about["Hash"], about["Note"])
    assert 12 == len(about["Determination"])
    assert any("not reviewed by a lawyer" in r[-1] for r in rows)
    assert any("primary text seen" in r[-2] for r in rows)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", '=HYPERLINK("http://x")'])
def test_no_cell_begins_like_a_formula(text: str, tmp_path: Path) -> None:
    assert exports.cell(text).startswith("'")
    board = law().ask(law().hypothetical("springfield", name=text))
    path = tmp_path / "board.xlsx"
    exports.export(board, path)
    book = openpyxl.load_workbook(path)
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row if c.value is not None]
    assert {"s"} == {c.data_type for c in cells}
    assert not [c.value for c in cells if str(c.value).startswith(exports.FORMULA)]
    for line in csv.reader(io.StringIO(exports.board_csv(board))):
        assert not [x for x in line if x.startswith(exports.FORMULA)]


def test_a_workbook_holds_findings_facts_and_its_own_account(tmp_path: Path) -> None:
    board = law().ask(law().hypothetical("philadelphia"))
    exports.export(board, tmp_path / "board.xlsx")
    book = openpyxl.load_workbook(tmp_path / "board.xlsx")
    assert ["Findings", "Facts", "About"] == book.sheetnames
    assert len(board.findings) + 1 == book["Findings"].max_row
    facts = {row[0]: row[1:] for row in book["Facts"].iter_rows(values_only=True)}
    assert (board.hypothetical["detainer"], "preset: P, 280 F. Supp. 3d 579") == facts["detainer"]


def test_a_board_as_markdown_escapes_what_a_user_typed() -> None:
    board = law().ask(law().hypothetical("springfield", name="<b>|x|</b>"))
    text = exports.board_markdown(board)
    assert "<b>" not in text.replace("\\<b", "")
    assert law().hash in text
    assert f"determination {board.determination}" in text


# -- hypotheticals --------------------------------------------------------------------------------------------------


def random_posed(rng: random.Random) -> bl.Hypothetical:
    """Any preset or none, some facts changed, forgotten, or set by an award; sources and notes hard to write."""
    posed = law().hypothetical(rng.choice([*law().presets, None]))
    facts: dict[str, str] = {}
    if rng.random() < 0.4:
        facts["award"] = rng.choice([*law().awards, "none"])
    for fact, noun in law().facts.items():
        if noun.follows is None and rng.random() < 0.15:
            words = {"yes or no": ["yes", "no"], "one of": list(noun.values), "date": ["2017-06-30"], "set": [""]}
            facts[fact] = rng.choice(["unknown", *words.get(noun.kind, ["unknown"])])
    for chosen in (facts, {}):
        try:
            posed = posed.with_facts(name=rng.choice(["no", "3.10", "=x", "Ünïcode: {a}", posed.name]), **chosen)
            break
        except bl.FactError:
            continue
    notes = rng.choice(["", "two\nlines", "- a: b # c", "'quoted' \"twice\"", "=SUM(A1)"])
    sources = {**posed.sources, rng.choice(list(law().facts)): rng.choice(["@source", "a, b", "no", "x: y"])}
    return bl.Hypothetical(**{**_fields(posed), "notes": notes, "sources": sources})


def _fields(posed: bl.Hypothetical) -> dict[str, object]:
    names = ("law", "name", "as_of", "facts", "open", "preset", "award", "sources", "notes")
    return {name: getattr(posed, name) for name in names}


def test_a_hypothetical_comes_back_the_same_from_every_form(tmp_path: Path) -> None:
    rng = random.Random(3)
    presets = [law().hypothetical(p) for p in law().presets]
    for posed in [*presets, *(random_posed(rng) for _ in range(ROUNDS))]:
        for ending, write in exports.HYPOTHETICALS.items():
            path = tmp_path / f"city{ending}"
            exports.write_whole(path, write(posed))
            assert _fields(posed) == _fields(read_file(law(), path)), ending


def test_a_preset_keeps_the_source_of_every_fact_that_nobody_changed() -> None:
    noun, city = law().presets["philadelphia"], law().hypothetical("philadelphia")
    assert dict(noun.sources) == dict(city.sources)
    assert dict(noun.sources) == dict(
        law().hypothetical("philadelphia", as_of="2018-02-01", detainer=city["detainer"]).sources
    )
    changed = city.with_facts(detainer="honor", ask_status="unknown")
    assert {"detainer", "ask_status"} == noun.sources.keys() - changed.sources.keys()
    assert noun.sources["detainer"] in exports.hypothetical_yaml(city)


@pytest.mark.parametrize(("text", "message"), [
    ("fact,value\n", "its columns are field, value, source"),
    ("field,value,source\ndetainer,decline\n", ":2 has 2 cells"),
    ("field,value,source\ndetanier,decline,\n", 'did you mean "detainer"?'),
])  # fmt: skip
def test_a_bad_csv_names_its_fault(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "city.csv"
    path.write_text(text)
    with pytest.raises(bl.FactError) as caught:
        read_file(law(), path)
    assert message in str(caught.value)


# -- theories -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("preset", "action", "basis"), [
    ("springfield", "withhold", "eo-13768-9a"), ("providence", "withhold", "award-term-1373"),
    ("philadelphia", "restrict_sharing", "8-usc-1373"),
])  # fmt: skip
def test_clingo_runs_an_exported_theory_and_finds_the_same_tags(preset: str, action: str, basis: str) -> None:
    clingo = pytest.importorskip("clingo")
    finding = law().ask(law().hypothetical(preset))[action, basis]
    control = clingo.Control(["--warn=none"])
    control.add("base", [], exports.theory_asp(finding))
    control.ground([("base", [])])
    found: set[tuple[str, str]] = set()
    with control.solve(yield_=True) as handle:
        for model in handle:
            for symbol in model.symbols(shown=True):
                atom, sign = symbol.arguments[1].arguments
                found.add((symbol.name, ("~" if sign.name == "neg" else "") + atom.string))
    program, posed = law().code.program, finding.board.hypothetical
    if finding.is_choice:
        from blackletter.choices import as_form

        posed = as_form(law(), posed, action)[0]
    tags = program.tags(close(program, posed.row.truths))
    literals = {literal for _, literal in found}
    assert 50 < len(literals)
    for letter, name in (("+D", "plus_D"), ("-D", "minus_D"), ("+d", "plus_d"), ("-d", "minus_d")):
        assert {x for x in tags[letter] if x in literals} == {x for n, x in found if n == name}
    assert isinstance(law().code.theory, Theory)


# -- whole or not at all --------------------------------------------------------------------------------------------

_KILLED = """
import os, sys, time
from pathlib import Path
from blackletter.exports import write_whole
sync = os.fsync
def stop(handle):
    sync(handle)
    print("written", flush=True)
    time.sleep(60)
os.fsync = stop
write_whole(Path(sys.argv[1]), "new" * 1_000_000)
"""


def test_a_writer_killed_in_the_middle_leaves_the_old_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "memo.md"
    path.write_text("old")
    with subprocess.Popen([sys.executable, "-c", _KILLED, str(path)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert "written" == child.stdout.readline().strip()
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert "old" == path.read_text()
    exports.write_whole(path, "new")
    assert "new" == path.read_text()


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail(_: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="no space left"):
        exports.write_whole(path, "new")
    assert [path] == list(tmp_path.iterdir())
    assert "old" == path.read_text()


def test_an_unknown_ending_is_named(tmp_path: Path) -> None:
    board = law().ask(law().hypothetical("springfield"))
    with pytest.raises(bl.FactError, match=r"\.xls"):
        exports.export(board, tmp_path / "a.xlx")
