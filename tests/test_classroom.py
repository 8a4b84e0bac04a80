"""What an instructor takes to class: a handout that answers nothing, a key that answers all, a class summed up."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import blackletter as bl
from blackletter.classroom import class_report, exercise_list, handout
from blackletter.exercises import DEFAULT, Drill, Progress, bundled
from blackletter.sheets import drill_key, lettered

FEW = bundled()[:2]


@pytest.fixture(scope="module")
def law() -> Any:
    return bl.load()


def test_the_handout_asks_and_does_not_answer(law: Any) -> None:
    page = handout(law, FEW)
    for exercise in FEW:
        drill = Drill(law, exercise)
        assert exercise.asks in page
        assert all(f"- {words}" in page for words in lettered(drill))
        assert f"**{drill.finding.verdict}**" not in page
    assert law.hash in page


def test_the_key_names_the_right_letters_and_replies_to_the_wrong_ones(law: Any) -> None:
    drill = law.exercise("springfield-list")
    key = drill_key(drill)
    for letter, option in zip("ABCDEFG", drill.options, strict=True):
        right = option.id in drill.grounds
        assert (f"- Right, {letter}: {option.words}" in key, f"- Wrong, {letter}: " in key) == (right, not right)


def test_the_list_is_a_table_that_opens_elsewhere() -> None:
    rows = list(csv.DictReader(io.StringIO(exercise_list(bundled()))))
    assert [e.id for e in bundled()] == [row["exercise"] for row in rows]
    assert all(row["teaches"] for row in rows)


def test_a_class_is_summed_up_by_its_first_answers(law: Any, tmp_path: Path) -> None:
    drill = law.exercise("springfield-list")
    right = (drill.finding.verdict, drill.grounds[0])
    answers = {
        "ada": [right],
        "ben": [("enjoined", "santa-clara-v-trump#2017-04-25"), right],
        "cy": [("enjoined", "santa-clara-v-trump#2017-04-25")],
        "dee": [("no authority", DEFAULT)],
    }
    for name, given in answers.items():
        for verdict, because in given:
            Progress(tmp_path / f"{name}.json").record(drill.exercise.id, verdict, because, (verdict, because) == right)
    found = class_report(law, tmp_path)
    tally = next(t for t in found.tallies if t.exercise == "springfield-list")
    assert (4, 1, 2) == (tally.tried, tally.at_once, tally.at_last)
    assert ("enjoined", "santa-clara-v-trump#2017-04-25") == (tally.verdict, tally.because)
    assert "enjoined, because: Section 9(a) may not be enforced" in found.text()
    assert ("ada", "ben", "cy", "dee") == found.students


@pytest.mark.parametrize("stray", ['{"name": "x"}', '{"r1": [1, 2]}', '{"r1": [{"verdict": "permitted"}]}', "[]"])
def test_a_file_of_something_else_is_named(law: Any, tmp_path: Path, stray: str) -> None:
    (tmp_path / "stray.json").write_text(stray)
    with pytest.raises(bl.FactError, match=r"stray\.json does not hold the progress of a student"):
        class_report(law, tmp_path)


def test_a_folder_without_progress_is_named(law: Any, tmp_path: Path) -> None:
    with pytest.raises(bl.FactError, match="holds no progress file"):
        class_report(law, tmp_path)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from blackletter.cli import main; main()", "course", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_sums_up_a_folder(tmp_path: Path) -> None:
    (tmp_path / "ada.json").write_text(
        json.dumps({"sb54-suit": [{"verdict": "permitted", "because": "nothing", "right": False}]})
    )
    data = json.loads(run("--progress", str(tmp_path), "--json").stdout)
    row = next(r for r in data["exercises"] if r["exercise"] == "sb54-suit")
    assert (1, 0, {"verdict": "permitted", "because": "nothing"}) == (
        row["tried"],
        row["right_at_once"],
        row["mistake"],
    )
    (tmp_path / "ben.json").write_text("[]")
    assert 2 == run("--progress", str(tmp_path)).returncode


def test_the_command_writes_the_kit(tmp_path: Path) -> None:
    done = run("--kit", str(tmp_path / "kit"))
    assert 0 == done.returncode, done.stderr
    assert {"handout.md", "answer-key.md", "exercises.csv"} == {p.name for p in (tmp_path / "kit").iterdir()}
    key = (tmp_path / "kit" / "answer-key.md").read_text()
    assert all(e.title in key for e in bundled())
