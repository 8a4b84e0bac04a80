"""What the course leaves unsaid: the rules that no notebook names."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import blackletter as bl
from blackletter.coverage import unnamed_rules


@cache
def law() -> bl.Ruleset:
    return bl.load()


def left_by(folder: Path, code: str = "", prose: str = "") -> set[str]:
    """The full names of the rules that a notebook of one code cell and one Markdown cell does not name."""
    path = folder / "one.ipynb"
    nbformat.write(new_notebook(cells=[new_markdown_cell(prose), new_code_cell(code)]), path)
    return {rule for rules in unnamed_rules(law(), [path]).values() for rule in rules}


def test_an_empty_notebook_names_no_rule(tmp_path: Path) -> None:
    every = {f"{name}#{r.id}" for name, i in law().instruments.items() for r in i.rules}
    assert every == left_by(tmp_path)


@pytest.mark.parametrize(
    ("code", "prose", "named", "not_named"),
    [
        ('board["publish_list", "eo-13768-9b"]', "", "eo-13768#9b.trigger", "eo-13768#9c"),
        ('law.instruments["8-usc-1644"]', "", "8-usc-1644#1", "8-usc-1373#a"),
        ('board["withhold", "eo-13768-9a"]', "", "8-usc-1373#a.1", "jag-conditions-2017#notice.add"),
        ("", "Rule `spending-power#SP2` comes first.", "spending-power#SP2", "spending-power#SP0"),
        ("", "It rests on the power\nof the purse.", "spending-power#SP0", "due-process#M5"),
        ('bl.Predict(law, "springfield-list")', "", "eo-13768#9b", "eo-13768#9c"),
    ],
    ids=["a basis", "an instrument", "behind a basis", "a rule", "a title in prose", "an exercise"],
)
def test_what_names_a_rule(tmp_path: Path, code: str, prose: str, named: str, not_named: str) -> None:
    left = left_by(tmp_path, code, prose)
    assert (True, False) == (not_named in left, named in left)


def test_the_command_groups_them_by_instrument(tmp_path: Path) -> None:
    left = left_by(tmp_path, 'board["publish_list", "eo-13768-9b"]')
    command = [sys.executable, "-c", "from blackletter.cli import main; main()", "course", "--unnamed"]
    asked = [*command, "--notebooks", str(tmp_path)]
    told = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.splitlines()
    assert f"{len(left)} of " in told[0]
    data = json.loads(subprocess.run([*asked, "--json"], capture_output=True, text=True, check=True).stdout)
    assert left == {rule for rules in data["unnamed"].values() for rule in rules}
    assert len(data["unnamed"]) == len(told) - 1


def test_a_folder_without_notebooks_is_bad_input(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from blackletter.cli import main; main()", "course", "--unnamed", "--notebooks"]
    done = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, check=False)
    assert (2, f"{tmp_path} holds no notebook: name their folder with --notebooks\n") == (done.returncode, done.stderr)
