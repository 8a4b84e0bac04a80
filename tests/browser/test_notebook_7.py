"""The workbench in Notebook 7: posed, watched, opened and undone as in JupyterLab."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Page, expect

KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
BENCH = """import blackletter as bl

bl.Workbench(bl.load(), preset="philadelphia")"""


def test_the_workbench_answers_in_notebook_7(
    open_in_notebook_7: Callable[[Any], Any], axe: Callable[[Page, str], list[str]]
) -> None:
    opened = open_in_notebook_7(new_notebook(cells=[new_code_cell(BENCH)], metadata=KERNEL))
    opened.run_all()
    assert [] == opened.errors()
    page, bench = opened.page, opened.page.locator(".bl-workbench")
    row = bench.locator("tr[data-action='withhold']").first
    expect(row).to_have_attribute("data-verdict", "not ripe")
    bench.get_by_role("button", name="Withhold money of this award", exact=True).click()
    expect(bench.locator(".bl-panel")).to_contain_text("30 June 2017")
    bench.get_by_label("The law on", exact=True).select_option(label="1 July 2017: the day after validation was due")
    expect(row).to_have_attribute("data-verdict", "undetermined")
    expect(bench.get_by_role("status").first).to_contain_text("The law on 1 July 2017")
    bench.evaluate("node => node.scrollIntoView()")
    opened.screenshot("1280")
    assert bench.evaluate("node => node.scrollWidth - node.clientWidth") <= 1
    assert [] == axe(page, ".bl-workbench")
    page.set_viewport_size({"width": 800, "height": 1400})
    opened.screenshot("800")
    assert bench.evaluate("node => node.scrollWidth - node.clientWidth") <= 1
    bench.get_by_role("button", name="Undo", exact=True).click()
    expect(row).to_have_attribute("data-verdict", "not ripe")
