"""Input of every wrong kind to the command line: one message that names it, exit code 2, nothing on stdout or disk."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from blackletter.cli import app, main

Answer = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Answer:
    """Runs the command in this process, in an empty folder; its exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def running(*args: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["blackletter", *args])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return running


def refused(run: Answer, message: str, *args: str) -> None:
    before = sorted(Path().rglob("*"))
    code, out, err = run(*args)
    assert message in err
    assert (2, "") == (code, out)
    assert before == sorted(Path().rglob("*"))


POSING = {"--as-of", "--set", "--assume", "--without", "--award", "--engine", "--json"}


def test_every_command_that_takes_a_hypothetical_takes_the_same_options() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    posing = {
        name: {o for p in command.params for o in p.opts}
        for name, command in commands.items()
        if any("HYP" in (p.metavar or "") for p in command.params)
    }
    assert {"ask", "why", "change", "timeline", "space", "memo", "interview", "map", "prove", "diff"} <= posing.keys()
    assert {} == {name: POSING - options for name, options in posing.items() if POSING - options}


def test_the_help_says_each_command_in_a_whole_sentence(run: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = run("--help")
    commands = out.partition("Commands:\n")[2].partition("\n\n")[0].splitlines()
    assert 0 == code
    assert 24 == len(commands)
    assert [] == [line for line in commands if not line.endswith(".") or line.endswith("...")]
    assert "Start with: blackletter ask springfield" in out


def test_an_unknown_engine_is_refused_also_where_one_engine_does_the_work(run: Answer) -> None:
    for command in (["space"], ["interview"], ["splits"], ["diff", "us", "us"], ["timeline", "springfield"]):
        refused(run, 'did you mean "chain"?', *command, "--engine", "chian")


def test_solve_takes_json_like_every_command_and_a_key_once(run: Answer) -> None:
    Path("t.json").write_text(json.dumps({"facts": ["a"]}))
    code, out, _ = run("solve", "t.json", "--json")
    assert (0, ["a"]) == (code, json.loads(out)["+d"])
    Path("t.json").write_text('{"facts": ["a"], "facts": ["b"]}')
    refused(run, 'the key "facts" is given twice', "solve", "t.json")
    Path("t.json").write_text('[{"facts": []}, {"facts": ["a"], "unknown": ["a"]}]')
    refused(run, 'theory 2: "a" is both a fact and unknown', "solve", "t.json")
    refused(run, "File name too long", "solve", "x" * 3000)


HYPOTHETICALS = {
    "empty.yaml": (b"", "empty.yaml is empty"),
    "word.yaml": (b"hello", "a file of facts is a mapping of keys to values"),
    "latin.yaml": ("name: Do\u00f1a".encode("latin-1"), "latin.yaml is not UTF-8 text"),
    "bomb.yaml": (b"a: &a [x, x]\nb: [*a, *a]", "aliases (*name) are not allowed in a file of facts"),
    "deep.yaml": (b"facts: " + b"[" * 3000 + b"]" * 3000, "exceeded maximum nesting depth"),
    "key.yaml": (b"? [a, b]\n: c", "a key is a word, not a list or a mapping"),
    "preset.yaml": (b"preset: springfeld", 'preset.yaml: unknown preset "springfeld"'),
    "self.yaml": (b"facts: {self: a}", 'unknown fact "self"'),
    "never.yaml": (b"as_of: never", 'as_of is a day like 2017-04-26, not "never"'),
    "year.yaml": (b"facts: {fiscal_year: 17}", 'fiscal_year is a whole number (year, 2000 to 2030), not "17"'),
    "half.yaml": (b"facts: {fiscal_year: 2017.5}", 'fiscal_year is a whole number (year, 2000 to 2030), not "2017.5"'),
    "long.yaml": (b"facts: {detainer: " + b"x" * 9999 + b"}", f'has an unknown value "{"x" * 120}…"'),
    "esc.json": (b'{"facts": {"\\u001b[31mred": 1}}', 'unknown fact "\\x1b[31mred"'),
    "twice.json": (b'{"facts": {"state": "CA", "state": "NY"}}', 'the key "state" is given twice'),
    "nest.json": (b"[" * 100_000, "nest.json is not readable as JSON"),
    "list.json": (b'{"preset": ["a"]}', "unknown preset"),
    "award.json": (b'{"facts": {"award": ["a"]}}', "unknown award"),
    "inf.json": (b'{"facts": {"amount_usd": 1e999}}', "amount_usd is a number (US dollars, 0 or more)"),
    "cell.csv": (b"field,value,source\na," + b"x" * 200_000 + b",c", "cell.csv is not readable as csv"),
}


@pytest.mark.parametrize("name", HYPOTHETICALS)
def test_a_hypothetical_file_that_cannot_be_read_is_named(run: Answer, name: str) -> None:
    data, message = HYPOTHETICALS[name]
    Path(name).write_bytes(data)
    refused(run, message, "ask", name)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["memo", "springfield", "-o", "nowhere/m.md", "--action", "sue"], "nowhere/m.md: No such file or directory"),
        (["export", "springfield", "-o", "nowhere/b.csv"], "nowhere/b.csv: No such file or directory"),
        (["sample", "--rows", "3", "-o", "nowhere/s.csv"], "nowhere/s.csv: No such file or directory"),
        (["sample", "--rows", "3", "-o", "s.txt"], 'unknown ending ".txt"'),
        (["check", "nowhere"], "nowhere is not a folder of law files"),
        (["docket", "--file", "nowhere.yaml"], "nowhere.yaml is not a file"),
        (["timeline", "springfield", "--from", "soon"], '--from is a day like 2017-04-26, not "soon"'),
        (["ask", "x" * 3000], "unknown preset"),
    ],
)
def test_a_place_that_is_not_there_is_named(run: Answer, args: list[str], message: str) -> None:
    refused(run, message, *args)


def test_a_docket_file_of_another_shape_has_its_faults_by_line(run: Answer) -> None:
    Path("d.yaml").write_text("case: x\nrowz: []\n")
    refused(run, 'd.yaml:2  the file has an unknown key "rowz"', "docket", "--file", "d.yaml")


SWEEPS = {
    "empty.csv": (b"", "empty.csv is empty"),
    "latin.csv": ("name,detainer\nDo\u00f1a,honor\n".encode("latin-1"), "latin.csv is not UTF-8 text"),
    "noise.csv": (random.Random(1).randbytes(2000), "noise.csv is not UTF-8 text"),
    "noise.parquet": (random.Random(1).randbytes(2000), "noise.parquet is not readable as parquet"),
    "wide.csv": (b"detainer,state\nhonor,CO,1,2\n", "some row has more cells than there are columns"),
    "year.csv": (b"fiscal_year\n17\n", "row 0, column fiscal_year: fiscal_year is a whole number"),
    "half.csv": (b"fiscal_year\n2017\n2017.5\n", "row 1, column fiscal_year: fiscal_year is a whole number"),
}


@pytest.mark.parametrize("name", SWEEPS)
def test_a_table_that_cannot_be_read_is_named_and_nothing_is_written(run: Answer, name: str) -> None:
    data, message = SWEEPS[name]
    Path(name).write_bytes(data)
    refused(run, message, "sweep", name, "-o", "out.csv")


def test_a_sweep_never_writes_over_its_own_source(run: Answer) -> None:
    Path("s.csv").write_text("preset\nspringfield\n")
    refused(run, "is the file of hypotheticals itself", "sweep", "s.csv", "-o", "./s.csv")
    assert "preset\nspringfield\n" == Path("s.csv").read_text()


def test_a_comma_at_the_end_of_each_row_moves_no_cell(run: Answer) -> None:
    """Spreadsheets write such rows; read as an index, the first cell would push the others one column over."""
    Path("plain.csv").write_text("preset,detainer,release_notice\nspringfield,honor,refuse\n")
    Path("comma.csv").write_text("preset,detainer,release_notice\nspringfield,honor,refuse,\n")
    for name in ("plain", "comma"):
        assert 0 == run("sweep", f"{name}.csv", "-o", f"{name}.out.csv")[0]
    assert Path("plain.out.csv").read_text() == Path("comma.out.csv").read_text()
