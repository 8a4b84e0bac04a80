"""The first notebook as a reader uses it: pose a city, watch the board, open an explanation, make a mistake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

NOTEBOOK = "01-watch-the-board.ipynb"
DAY_BEFORE = "24 April 2017: the day before the injunction"
DENIED_BY_ORDER = "[data-action='deny_eligibility'][data-basis='eo-13768-9a']"


@pytest.fixture
def notebook(open_notebook: Callable[[str], Any]) -> Any:
    """The notebook with every cell run."""
    opened = open_notebook(NOTEBOOK)
    opened.run_all()
    assert [] == opened.errors()
    expect(opened.page.locator(".bl-workbench .bl-board")).to_be_visible()
    return opened


def bench(page: Page) -> Locator:
    return page.locator(".bl-workbench")


def asked(page: Page, question: str) -> Locator:
    """The input that a question labels."""
    return bench(page).get_by_label(question, exact=True)


def picture(notebook: Any, what: str) -> None:
    """A screenshot with the form at the top of the screen."""
    bench(notebook.page).evaluate("node => node.scrollIntoView()")
    notebook.screenshot(what)


def test_it_opens_on_its_answer(notebook: Any) -> None:
    notebook.page.get_by_role("heading", level=1).scroll_into_view_if_needed()
    notebook.screenshot("first-screen-1280")
    expect(notebook.page.get_by_role("strong").filter(has_text="Not on the strength of that.")).to_be_in_viewport()
    expect(bench(notebook.page).locator(".bl-board caption").first).to_be_in_viewport()


def test_before_the_injunction_no_court_blocks_the_order(notebook: Any) -> None:
    page = notebook.page
    denied = bench(page).locator(DENIED_BY_ORDER)
    expect(denied).to_have_attribute("data-verdict", "enjoined")
    picture(notebook, "posed-1280")

    asked(page, "The law on").select_option(label=DAY_BEFORE)

    expect(denied).to_have_attribute("data-verdict", "no authority")
    changes = bench(page).get_by_role("status")
    expect(changes).to_contain_text("The law on 24 April 2017")
    expect(changes).to_contain_text("Executive Order 13768, section 9(a): Blocked by a court → No authority")
    expect(asked(page, "or on this day")).to_have_value("2017-04-24")
    picture(notebook, "day-before-1280")

    bench(page).get_by_role("button", name="Undo").click()
    expect(denied).to_have_attribute("data-verdict", "enjoined")


def test_honoring_detainers_takes_the_city_off_the_list(notebook: Any) -> None:
    page = notebook.page
    listed = bench(page).locator("tr[data-action='publish_list']:not([data-basis])")
    expect(listed).to_have_attribute("data-verdict", "permitted")

    detainers = asked(page, "When federal authorities ask the jail to hold someone, what happens?")
    detainers.focus()
    detainers.select_option(label="the person is held")

    expect(listed).not_to_have_attribute("data-verdict", "permitted")
    expect(detainers).to_be_focused()


def test_a_day_outside_the_model_is_one_sentence_and_the_board_stays(notebook: Any) -> None:
    page = notebook.page
    asked(page, "or on this day").fill("2030-01-01")

    mistake = bench(page).get_by_role("alert")
    expect(mistake).to_contain_text("2030-01-01 is outside the model")
    expect(mistake).to_contain_text("press Undo")
    expect(bench(page).locator(DENIED_BY_ORDER)).to_have_attribute("data-verdict", "enjoined")
    picture(notebook, "mistake-1280")

    bench(page).get_by_role("button", name="Undo").click()
    expect(mistake).to_have_count(0)
    expect(asked(page, "or on this day")).to_have_value("2017-04-26")


def test_an_explanation_opens_with_its_reason_and_source(notebook: Any) -> None:
    page = notebook.page
    label = "Declare the city ineligible for grants, under Executive Order 13768, section 9(a)"
    asked(page, "Open an explanation").select_option(label=label)

    opened = bench(page).locator("[data-explains='deny_eligibility|eo-13768-9a']")
    expect(opened).to_contain_text("orders: closed, because: Section 9(a) may not be enforced")
    expect(opened).to_contain_text("250 F. Supp. 3d 497")
    picture(notebook, "explained-1280")

    page.set_viewport_size({"width": 800, "height": 1400})
    expect(opened).to_be_visible()
    picture(notebook, "explained-800")
    sideways = bench(page).evaluate("node => node.scrollWidth - node.clientWidth")
    assert sideways <= 1


def test_the_keyboard_alone_sets_the_day_and_keeps_its_place(notebook: Any) -> None:
    page = notebook.page
    named = asked(page, "The law on")
    named.focus()
    for key in ("Space", "ArrowUp", "Enter"):  # a closed list would leave its arrows to JupyterLab
        page.keyboard.press(key)
    expect(bench(page).locator(".bl-board caption").first).to_contain_text("25 April 2017")
    expect(named).to_be_focused()
