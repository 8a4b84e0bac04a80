"""`blackletter app`: the same workbench as a page of its own, with no code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect


def test_the_app_shows_the_workbench_and_no_code(
    app: str, page: Page, artifacts: Path, axe: Callable[[Page, str], list[str]]
) -> None:
    page.goto(app)
    board = page.locator(".bl-workbench .bl-live-board").first
    expect(board).to_be_visible()
    expect(board.locator("caption")).to_contain_text("Philadelphia, 26 April 2017")
    assert 0 == page.get_by_text("import blackletter").count()
    page.get_by_label("The law on", exact=True).select_option(label="1 July 2017: the day after validation was due")
    row = page.locator("tr[data-action='withhold']").first
    expect(row).to_have_attribute("data-verdict", "undetermined")
    page.get_by_role("button", name="Withhold money of this award", exact=True).click()
    expect(page.locator(".bl-panel")).to_be_visible()
    page.screenshot(path=artifacts / "app-1280.png")
    assert [] == axe(page, ".bl-workbench")
    page.set_viewport_size({"width": 800, "height": 1400})
    page.screenshot(path=artifacts / "app-800.png")
    assert page.locator(".bl-workbench").evaluate("node => node.scrollWidth - node.clientWidth") <= 1
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(row).to_have_attribute("data-verdict", "not ripe")


def test_in_the_app_an_answer_moves_the_board_and_a_mistake_is_told_where_it_is_made(app: str, page: Page) -> None:
    page.goto(app)
    bench = page.locator(".bl-workbench")
    row = page.locator("tr[data-action='withhold']").first
    expect(row).to_have_attribute("data-verdict", "not ripe")
    bench.get_by_label("Questions about", exact=True).select_option(label="award")
    due = bench.get_by_label("When is the validation due?", exact=True)
    due.fill("2017-13-45")
    due.press("Tab")
    beside = bench.locator(".bl-question", has=page.get_by_label("When is the validation due?")).locator(".bl-bad")
    expect(beside).to_contain_text("The answer is a day like")
    expect(bench.get_by_role("alert").filter(has_text="Not asked.")).to_contain_text("2017-13-45")
    expect(row).to_have_attribute("data-verdict", "not ripe")
    due.fill("2017-04-01")
    due.press("Tab")
    expect(beside).to_have_count(0)
    expect(row).to_have_attribute("data-verdict", "undetermined")
    expect(row).to_contain_text("was: Not yet")
    expect(bench.get_by_role("status").first).to_contain_text("When is the validation due?")
    bench.get_by_role("button", name="Undo", exact=True).click()
    bench.get_by_role("button", name="Undo", exact=True).click()
    expect(row).to_have_attribute("data-verdict", "not ripe")
    bench.get_by_role("button", name="Redo", exact=True).click()
    bench.get_by_role("button", name="Redo", exact=True).click()
    expect(row).to_have_attribute("data-verdict", "undetermined")


def test_the_app_is_served_to_this_machine_only_and_ends_idle_kernels(tmp_path: Path) -> None:
    from blackletter.cli.app import voila_arguments, write_page

    flags = voila_arguments(tmp_path / "page.ipynb", 8866, no_browser=True)
    assert "--Voila.ip=127.0.0.1" in flags
    assert any(flag.startswith("--MappingKernelManager.cull_idle_timeout=") for flag in flags)
    write_page(tmp_path / "page.ipynb", "philadelphia")
    assert "preset='philadelphia'" in (tmp_path / "page.ipynb").read_text()
