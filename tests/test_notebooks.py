"""What every notebook of the course must be before anyone runs it, and after."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "notebooks"
PATHS = sorted(FOLDER.rglob("*.ipynb"))

OUTPUT_LIMIT = 50_000  # bytes of JSON in one cell
FORBIDDEN = re.compile(r"\b(?:Output|interact|interactive|clear_output)\(")

each_notebook = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def code_cells(path: Path) -> list[NotebookNode]:
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


@pytest.mark.skipif(not FOLDER.is_dir(), reason="there is no notebooks/ here")
def test_the_course_has_a_notebook() -> None:
    assert PATHS, f"{FOLDER} holds no notebook"


@each_notebook
def test_it_is_a_valid_notebook(path: Path) -> None:
    nbformat.validate(read(path))


@each_notebook
def test_every_code_cell_was_run_once_in_order(path: Path) -> None:
    # nbval compares nothing in a cell without an execution count.
    cells = code_cells(path)
    assert list(range(1, len(cells) + 1)) == [cell.execution_count for cell in cells]


@each_notebook
def test_it_uses_no_widget_that_hides_output_from_the_checks(path: Path) -> None:
    found = [match for cell in code_cells(path) for match in FORBIDDEN.findall(cell.source)]
    assert [] == found


@each_notebook
def test_it_saves_no_widget_state(path: Path) -> None:
    assert "widgets" not in read(path).metadata


@each_notebook
def test_no_cell_shows_more_than_a_reader_can_load(path: Path) -> None:
    sizes = [len(json.dumps(cell.outputs).encode()) for cell in code_cells(path)]
    assert [] == [size for size in sizes if size > OUTPUT_LIMIT]


@each_notebook
def test_it_opens_with_its_only_top_heading(path: Path) -> None:
    cells = read(path).cells
    first = cells[0]
    assert ("markdown", True) == (first.cell_type, first.source.startswith("# "))
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    unfenced = re.sub(r"^```.*?^```", "", prose, flags=re.MULTILINE | re.DOTALL)
    assert 1 == len(re.findall(r"^# ", unfenced, flags=re.MULTILINE))


@pytest.mark.skipif(not PATHS, reason="there is no notebook to refresh")
def test_running_them_again_changes_no_byte() -> None:
    refresh = ROOT / "scripts" / "refresh_notebooks.py"
    done = subprocess.run([sys.executable, str(refresh), "--check"], capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stdout + done.stderr
