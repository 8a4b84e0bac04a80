"""The harness itself: a click in JupyterLab reaches the kernel and comes back to the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from playwright.sync_api import expect

# JupyterLab asks the reader to choose a kernel when the notebook names none.
KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}

FORM = """
import ipywidgets

box = ipywidgets.Checkbox(description="Declines detainers", value=False, indent=False)
answer = ipywidgets.HTML()

def answer_again(change=None):
    word = "NOT PERMITTED" if box.value else "PERMITTED"
    answer.value = f'<p class="probe" data-verdict="{word}">{word}</p>'

box.observe(answer_again, "value")
answer_again()
ipywidgets.VBox([box, answer])
"""


def test_a_click_reaches_the_kernel_and_comes_back(lab: Any, open_notebook: Callable[[str], Any]) -> None:
    cells = [new_markdown_cell("# A probe"), new_code_cell(FORM)]
    nbformat.write(new_notebook(cells=cells, metadata=KERNEL), lab.folder / "harness-probe.ipynb")

    notebook = open_notebook("harness-probe.ipynb")
    notebook.run_all()

    assert [] == notebook.errors()
    verdict = notebook.outputs().locator(".probe")
    expect(verdict).to_have_attribute("data-verdict", "PERMITTED")
    notebook.page.get_by_role("checkbox", name="Declines detainers").click()
    expect(verdict).to_have_attribute("data-verdict", "NOT PERMITTED")
    assert notebook.screenshot("clicked").stat().st_size > 0
