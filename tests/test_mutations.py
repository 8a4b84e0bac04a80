"""Wrong law does not pass unnoticed: the notebooks' assertions fail when a fault is planted in the rules."""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from blackletter.errors import RulesetError
from blackletter.exercises import bundled
from blackletter.reader import RULESETS, find_ruleset, load

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = [
    ROOT / "notebooks" / name for name in ("01-watch-the-board.ipynb", "02-the-order-sentence-by-sentence.ipynb")
]


FAULTS = runpy.run_path(str(ROOT / "scripts" / "mutate_law.py"))["read_mutations"]()


def plant(*arguments: str) -> subprocess.CompletedProcess[str]:
    script = [sys.executable, str(ROOT / "scripts" / "mutate_law.py"), *arguments, "--jobs", "1"]
    return subprocess.run([*script, *map(str, NOTEBOOKS)], capture_output=True, text=True, check=False)


def test_two_faults_are_caught_in_the_cells_that_speak_of_them() -> None:
    done = plant("--only", "injunction-reaches-the-list", "order-never-revoked")
    assert 0 == done.returncode, done.stdout + done.stderr
    assert "2 of 2 faults caught" in done.stdout
    caught = re.split(r"^caught  ", done.stdout, flags=re.MULTILINE)[1:]
    assert ["injunction-reaches-the-list", "order-never-revoked"] == [text.partition(":")[0] for text in caught]
    assert "01-watch-the-board" in caught[0]
    assert "01-watch-the-board" not in caught[1]
    assert "02-the-order-sentence-by-sentence" in caught[1]


def test_a_fault_that_no_cell_notices_fails() -> None:
    done = plant("--only", "hold-without-cause")  # these two notebooks do not speak of holds
    assert 1 == done.returncode, done.stdout + done.stderr
    assert "MISSED  hold-without-cause" in done.stdout


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_can_be_planted_and_what_results_is_another_law(name: str, tmp_path: Path) -> None:
    law = tmp_path / "us"
    shutil.copytree(find_ruleset(), law)
    FAULTS[name].plant(law)
    assert load(law).hash != load().hash


def test_the_variable_names_the_only_folder_of_rulesets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundled_hash, exercises = load().hash, bundled()
    shutil.copytree(find_ruleset(), tmp_path / "us")
    title = tmp_path / "us" / "ruleset.yaml"
    title.write_text(title.read_text().replace("ruleset: us\n", "ruleset: us-copy\n"))
    (tmp_path / "us" / "exercises.yaml").write_text("exercises: []\n")
    monkeypatch.setenv(RULESETS, str(tmp_path))
    assert ("us-copy", True) == (load().id, load().hash != bundled_hash)
    assert () == bundled()
    assert exercises


def test_a_ruleset_that_is_not_there_is_not_taken_from_the_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(RULESETS, str(tmp_path))
    with pytest.raises(RulesetError, match=re.escape(f'no ruleset "us": looked in {tmp_path / "us"}')):
        load()
