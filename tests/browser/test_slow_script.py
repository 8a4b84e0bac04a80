"""The workbench on a machine so busy that the script of its page is given up before it is loaded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Page, expect

KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
BENCH = """import blackletter as bl

bl.Workbench(bl.load(), preset="philadelphia")"""
NO_PATIENCE = """() => {
    const wait = AbortSignal.timeout.bind(AbortSignal);
    AbortSignal.timeout = (time) => wait(time === 2000 ? 0 : time);
}"""
"""Anywidget gives a script two seconds to load; here it gives none."""


def test_a_script_that_was_given_up_still_shows_every_answer(
    lab: Any, page: Page, open_notebook: Callable[[str], Any]
) -> None:
    given_up: list[str] = []
    page.on("pageerror", lambda error: given_up.append(str(error)))
    nbformat.write(new_notebook(cells=[new_code_cell(BENCH)], metadata=KERNEL), lab.folder / "slow-script.ipynb")
    opened = open_notebook("slow-script.ipynb")
    page.evaluate(NO_PATIENCE)
    opened.run_all()
    assert [] == opened.errors()
    bench = page.locator(".bl-workbench")
    row = bench.locator("tr[data-action='withhold']").first
    expect(row).to_have_attribute("data-verdict", "not ripe")
    assert ["[anywidget] Failed to initialize model."] == given_up
    bench.get_by_label("The law on", exact=True).select_option(label="1 July 2017: the day after validation was due")
    expect(row).to_have_attribute("data-verdict", "undetermined")
    bench.get_by_role("button", name="Withhold money of this award", exact=True).click()
    expect(bench.locator(".bl-panel")).to_be_visible()
