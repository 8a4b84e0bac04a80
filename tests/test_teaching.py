"""The teaching kit names what exists: notebooks, exercises, headings, commands, citations, replies."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import nbformat
import pytest

import blackletter as bl
from blackletter.exercises import bundled
from blackletter.reader import find_ruleset

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "docs" / name for name in ("teaching.md", "class-plan.md")]
EXERCISES = {e.id: e for e in bundled()}
NOTEBOOKS = {path.stem: path for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}
CITATION = re.compile(r"\b\d+ (?:U\.S\.|F\.3d|F\. Supp\. 3d|Mass\.|Fed\. Reg\.) \d+")

pytestmark = pytest.mark.skipif(not (PAGES[0].is_file() and NOTEBOOKS), reason="there is no docs/ here")


@cache
def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def rows(path: Path, first: str) -> Iterator[list[str]]:
    """The rows of the tables of a page whose first column has this heading."""
    inside = False
    for line in text(path).splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            inside = False
        elif inside and not set(line) <= set("|- "):
            yield cells
        inside = inside or (line.startswith("|") and cells[0] == first)


def named(words: str) -> list[str]:
    return re.findall(r"`([^`]+)`", words)


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.stem)
def test_every_name_is_an_exercise_or_a_notebook(path: Path) -> None:
    names = {name for name in named(text(path)) if re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)+", name)}
    assert set() == names - EXERCISES.keys() - NOTEBOOKS.keys()
    assert names


def test_every_exercise_stands_in_the_syllabus_beside_its_notebook() -> None:
    listed = [*rows(PAGES[0], "session"), *rows(PAGES[0], "lab")]
    found = [(named(row[1])[0], exercise) for row in listed for exercise in named(row[3])]
    assert sorted((e.notebook, e.id) for e in EXERCISES.values()) == sorted(found)
    assert list(NOTEBOOKS) == [named(row[1])[0] for row in listed]


def test_every_notebook_has_a_goal() -> None:
    assert list(NOTEBOOKS) == [named(row[0])[0] for row in rows(PAGES[0], "notebook")]


def test_the_class_takes_ninety_minutes() -> None:
    assert 90 == sum(int(row[0]) for row in rows(PAGES[1], "minutes"))


def test_the_plan_points_at_headings_that_stand_in_the_notebooks() -> None:
    places = [row[2] for row in rows(PAGES[1], "minutes") if named(row[2])]
    assert places
    for place in places:
        cells = nbformat.read(NOTEBOOKS[named(place)[0]], as_version=4).cells
        headings = re.findall(
            r"^#+ (.+)$", "\n".join(c.source for c in cells if c.cell_type == "markdown"), re.MULTILINE
        )
        assert place.partition(", ")[2].strip('"') in headings, place


def test_the_replies_are_the_ones_the_page_gives() -> None:
    law = bl.load()
    promised = list(rows(PAGES[1], "exercise"))
    assert promised
    for row in promised:
        drill = law.exercise(named(row[0])[0])
        said = [drill.astray(option.id) for option in drill.options if option.id not in drill.grounds]
        assert any(reply.startswith(row[2]) for reply in said), row


@pytest.mark.parametrize("path", [*PAGES, ROOT / "docs" / "elsewhere.md"], ids=lambda p: p.stem)
def test_commands_and_words_of_the_makefile_exist(path: Path) -> None:
    command = [sys.executable, "-c", "from blackletter.cli import main; main()", "course", "--help"]
    known = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    options = re.findall(r"blackletter course (--[a-z]+)", text(path))
    assert set() == {option for option in options if option not in known}
    words = re.findall(r"`make ([a-z]+)`", text(path))
    assert set() == {word for word in words if f"\n{word}:" not in text(ROOT / "Makefile")}
    assert options or words


def test_every_citation_stands_in_a_law_file() -> None:
    law = "\n".join(text(path) for path in sorted(find_ruleset().rglob("*.yaml")))
    cited = {citation for path in PAGES for citation in CITATION.findall(text(path))}
    assert set() == {citation for citation in cited if citation not in law}
    assert len(cited) > 10
