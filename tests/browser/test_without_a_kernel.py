"""The workbench where no kernel runs: in a notebook that is not trusted, and as a page that nbconvert wrote."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Locator, Page, expect

KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
CELLS = [
    """import blackletter as bl

law = bl.load()
bench = bl.Workbench(law, preset="philadelphia")
bench.open("withhold")
bench""",
    """import datetime as dt

law.timeline(bench.hypothetical, dt.date(2017, 1, 1), dt.date(2017, 8, 1))""",
]
VIEW = "application/vnd.jupyter.widget-view+json"
TRUSTED = """() => {
    const cells = window.jupyterapp.shell.currentWidget.context.model.cells;
    return [...Array(cells.length).keys()].map((n) => cells.get(n).trusted);
}"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The notebook as its author saved it: run, with the live view among its outputs and no state of widgets."""
    folder = tmp_path_factory.mktemp("written")
    cells = [new_code_cell(source) for source in CELLS]
    notebook = new_notebook(cells=cells, metadata=KERNEL)
    NotebookClient(notebook, timeout=300, store_widget_state=False, resources={"metadata": {"path": folder}}).execute()
    assert VIEW in notebook.cells[0].outputs[0].data
    return notebook


def the_whole_board_is_there(page: Page) -> None:
    board = page.locator(".bl-board").first
    expect(board.locator("caption").first).to_contain_text("Philadelphia, 26 April 2017")
    expect(board.get_by_role("row").filter(has_text="Withhold money of this award").first).to_contain_text("Not yet")
    expect(page.locator(".bl-choices, table").filter(has_text="Declining detainers").first).to_be_visible()
    expect(page.get_by_text("Not legal advice").or_(page.get_by_text("not legal advice")).first).to_be_visible()
    why = page.locator(".bl-argument")
    expect(why.first).to_contain_text("30 June 2017")
    expect(page.locator(".bl-timeline caption")).to_contain_text("Philadelphia")
    shown(page.get_by_role("img", name="Philadelphia: what the federal side may do, by date"))


def shown(image: Locator) -> None:
    """The picture itself is drawn, not only its words."""
    expect(image).to_be_visible()
    assert image.evaluate("node => node.naturalWidth") > 0


def test_in_a_lab_that_does_not_trust_the_notebook_everything_can_be_read(
    written: Any, elsewhere: Any, page: Page, artifacts: Path, axe: Callable[[Page, str], list[str]]
) -> None:
    nbformat.write(written, elsewhere.folder / "from-somebody.ipynb")
    page.goto(f"{elsewhere.address}/doc/tree/from-somebody.ipynb?reset")
    the_whole_board_is_there(page)
    assert [False, False] == page.evaluate(TRUSTED)
    assert 0 == page.locator(".bl-workbench").count()
    page.screenshot(path=artifacts / "untrusted-1280.png")
    assert [] == axe(page, ".jp-OutputArea-output")


def test_as_a_page_of_nbconvert_everything_can_be_read_without_network(
    written: Any, page: Page, tmp_path: Path, artifacts: Path, axe: Callable[[Page, str], list[str]]
) -> None:
    from nbconvert import HTMLExporter

    file = tmp_path / "static.html"
    file.write_text(HTMLExporter().from_notebook_node(written)[0], encoding="utf-8")
    page.context.set_offline(True)
    page.goto(file.as_uri(), wait_until="domcontentloaded")
    the_whole_board_is_there(page)
    page.screenshot(path=artifacts / "nbconvert-1280.png")
    assert [] == axe(page, ".jp-OutputArea-output")
