"""An exercise on the page: commit, hear the feedback, ask for a hint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Locator, Page, expect

KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
CELL = """import blackletter as bl

bl.Predict(bl.load(), "springfield-list", progress="progress.json")"""


@pytest.fixture
def notebook(lab: Any, open_notebook: Callable[[str], Any]) -> Any:
    nbformat.write(new_notebook(cells=[new_code_cell(CELL)], metadata=KERNEL), lab.folder / "predict.ipynb")
    opened = open_notebook("predict.ipynb")
    opened.run_all()
    assert [] == opened.errors()
    return opened


def exercise(page: Page) -> Locator:
    return page.locator(".bl-predict")


def test_an_answer_is_committed_and_the_feedback_is_said(
    notebook: Any, lab: Any, axe: Callable[[Page, str], list[str]]
) -> None:
    page = notebook.page
    live = exercise(page).get_by_role("status")
    expect(live).to_have_count(1)
    assert [] == axe(page, ".bl-predict")
    commit = exercise(page).get_by_role("button", name="Commit", exact=True)

    commit.click()
    expect(live).to_have_text("Choose a verdict and what decides it; then commit.")

    exercise(page).get_by_role("button", name="Hint", exact=True).click()
    expect(live).to_contain_text("Hint 1 of")
    expect(exercise(page).locator(".bl-told")).to_contain_text("Hint 1 of")

    verdict, ground = (exercise(page).get_by_label(name, exact=True) for name in ("Your verdict", "What decides it"))
    verdict.select_option(index=1)
    ground.select_option(index=1)
    verdict.focus()
    for key in ("Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    expect(exercise(page).locator(".bl-feedback")).to_be_visible()
    expect(live).to_contain_text("The answer: ")
    expect(commit).to_be_focused()
    notebook.screenshot("committed-1280")
    assert [] == axe(page, ".bl-predict")
    assert (lab.folder / "progress.json").is_file()
