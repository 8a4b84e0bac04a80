"""The workbench without a browser: what it decides, what it says of mistakes, what it shows where no kernel runs."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import blackletter as bl
from blackletter.model import Preset
from blackletter.widgets import Inputs, Workbench, decide
from blackletter.widgets.answer import answer_html, explanation_html
from blackletter.widgets.decide import UNSTATED, state, words

HOSTILE = "<script>alert(1)</script>"
FACTS = {"as_of": "2017-04-26", "agency": "doj", "program": "jag", "willful": "yes"}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def law() -> bl.Ruleset:
    tiny = bl.load(Path(__file__).parent / "tiny")
    town = Preset(preset="town", title="A town", facts={**FACTS, "sharing": "allowed"})
    return replace(tiny, presets={"town": town}, named_dates={"2017-04-24": "before", "2017-04-26": "after"})


@pytest.fixture
def bench(law: bl.Ruleset) -> Workbench:
    return Workbench(law, "town")


def asked(bench: Workbench, fact: str) -> Any:
    """The input on screen for a fact."""
    found = [c.widget for c in [*bench._questions(), bench._day, bench._named, bench._preset] if c.fact == fact]
    return found[0]


# decisions -----------------------------------------------------------------------------------------------------------


def test_a_decision_is_the_board_of_its_inputs(law: bl.Ruleset) -> None:
    view = decide(law, Inputs("town"))
    assert "enjoined" == view.board["withhold", "order-a"].verdict
    assert ("", ()) == (view.error, view.changes)


def test_a_decision_names_what_changed_since_the_last_one(law: bl.Ruleset) -> None:
    first = decide(law, Inputs("town"))
    second = decide(law, state(law, first.inputs, "as_of", "2017-04-24"), first)
    found = {(c.action, c.basis): (c.before, c.after) for c in second.changes}
    assert ("enjoined", "permitted") == found["withhold", "order-a"]
    assert "was: Blocked by a court" not in answer_html(first)


def test_the_same_inputs_give_the_same_bytes(law: bl.Ruleset) -> None:
    once, again = (answer_html(decide(law, Inputs("town"))) for _ in range(2))
    assert once == again


def test_stating_a_fact_changes_no_earlier_inputs(law: bl.Ruleset) -> None:
    before = Inputs("town")
    after = state(law, before, "willful", "no")
    assert ({}, {"willful": "no"}) == (before.facts, after.facts)
    assert {} == state(law, after, "willful", UNSTATED).facts


@pytest.mark.parametrize(
    ("fact", "word", "says"),
    [
        ("as_of", "2031-01-01", "covers 2016-01-01 to 2026-04-08"),
        ("hold_hours", "many", "hold_hours is a number"),
        ("due", "soon", "due is a day like"),
        ("due", "2017-02-30", "due is a day like"),
        ("sharing", "alowed", '"allowed" was meant'),
        ("nonsense", "yes", 'unknown fact "nonsense"'),
    ],
)
def test_a_mistake_is_a_sentence_and_the_last_board_stays(law: bl.Ruleset, fact: str, word: str, says: str) -> None:
    good = decide(law, Inputs("town"))
    bad = decide(law, state(law, good.inputs, fact, word), good)
    assert says in bad.error
    assert "\n" not in bad.error
    assert good.board is bad.board
    assert good.hypothetical is bad.hypothetical


def test_what_was_typed_stands_in_the_form_even_when_wrong(law: bl.Ruleset) -> None:
    assert "many" == words(law, Inputs("town", {"hold_hours": "many"}))["hold_hours"]


# the form ------------------------------------------------------------------------------------------------------------


def test_the_form_shows_the_preset(bench: Workbench) -> None:
    assert ("town", "yes", "allowed", "2017-04-26") == (
        asked(bench, "preset").value, asked(bench, "willful").value, asked(bench, "sharing").value,
        asked(bench, "as_of").value.isoformat(),
    )  # fmt: skip


def test_an_edit_in_the_form_reaches_the_board(bench: Workbench) -> None:
    asked(bench, "willful").value = "no"
    assert "no" == bench.hypothetical["willful"]
    assert "Is it willful? no" in bench._answer.value


def test_a_named_day_sets_the_day(bench: Workbench) -> None:
    asked(bench, "named").value = "2017-04-24"
    assert "permitted" == bench.board["withhold", "order-a"].verdict
    assert "2017-04-24" == asked(bench, "as_of").value.isoformat()


def test_a_mistake_in_the_form_shows_above_the_last_good_board(bench: Workbench) -> None:
    asked(bench, "hold_hours").value = "many"
    assert "data-error='yes'" in bench._answer.value
    assert "data-verdict='enjoined'" in bench._answer.value
    asked(bench, "hold_hours").value = "12"
    assert "data-error" not in bench._answer.value


def test_a_day_without_a_name_is_another_day(bench: Workbench) -> None:
    bench.set(as_of="2017-05-05")
    assert "" == asked(bench, "named").value
    asked(bench, "as_of").value = date(2030, 1, 1)
    assert bench.view.error.startswith("The day asked, 2030-01-01 is outside the model")


def test_choosing_nothing_is_not_known(bench: Workbench) -> None:
    asked(bench, "willful").index = None
    assert "unknown" == bench.hypothetical["willful"]
    asked(bench, "named").index = None
    assert (None, "") == (bench.fault, bench.view.error)


def test_undo_redo_and_start_over_walk_the_edits(bench: Workbench) -> None:
    asked(bench, "willful").value = "no"
    asked(bench, "hold_hours").value = "many"
    bench._undo()
    assert ("", "no") == (bench.view.error, asked(bench, "willful").value)
    bench._undo()
    assert "yes" == asked(bench, "willful").value
    bench._redo()
    assert "no" == bench.hypothetical["willful"]
    bench._start_over()
    assert Inputs("town") == bench.view.inputs


def test_a_blank_city_is_a_city_of_which_nothing_is_known(bench: Workbench) -> None:
    asked(bench, "preset").value = ""
    assert {} == {k: v for k, v in bench.hypothetical.facts.items() if k != "circuit"}
    assert "unknown" == asked(bench, "willful").value


def test_a_plain_call_states_facts_as_the_form_does(bench: Workbench) -> None:
    bench.set(willful=False, hold_hours=12)
    assert ("no", "12") == (asked(bench, "willful").value, asked(bench, "hold_hours").value)
    with pytest.raises(bl.FactError, match="hold_hours is a number"):
        bench.set(hold_hours="many")
    assert "12" == bench.hypothetical["hold_hours"]


def test_a_workbench_of_what_cannot_be_posed_is_refused(law: bl.Ruleset) -> None:
    with pytest.raises(bl.FactError, match='unknown preset "twon"'):
        Workbench(law, "twon")


def test_opening_a_finding_shows_its_argument(bench: Workbench) -> None:
    bench.open("withhold", "order-a")
    assert "data-explains='withhold|order-a'" in bench._explained.value
    assert "No enforcement." in bench._explained.value
    with pytest.raises(bl.FactError, match="unknown finding"):
        bench.open("withold")


def test_every_listed_finding_can_be_opened(bench: Workbench) -> None:
    keys = [key for _, key in bench._explain.widget.options]
    assert all(explanation_html(bench.board, key) for key in keys if key)


def test_a_fault_of_ours_is_on_the_page_and_undone(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError(HOSTILE)

    with monkeypatch.context() as patch:
        patch.setattr("blackletter.widgets.workbench.decide", broken)
        asked(bench, "willful").value = "no"
        asked(bench, "willful").value = "unknown"
    assert isinstance(bench.fault, ZeroDivisionError)
    assert 1 == bench._answer.value.count("data-error='fault'")
    assert "data-verdict='enjoined'" in bench._answer.value
    assert HOSTILE not in bench._answer.value
    bench._undo()
    assert "data-error" not in bench._answer.value


def test_edits_from_several_threads_are_taken_one_at_a_time(bench: Workbench) -> None:
    def edit(number: int) -> None:
        for turn in range(8):
            asked(bench, "hold_hours").value = str(100 * number + turn)

    threads = [Thread(target=edit, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bench.fault is None
    assert bench.view.inputs.facts["hold_hours"] == bench.hypothetical["hold_hours"]
    assert decide(bench.law, bench.view.inputs).board == bench.board


# without a kernel ----------------------------------------------------------------------------------------------------


def test_where_no_kernel_runs_the_whole_board_is_there(bench: Workbench) -> None:
    bundle = bench._repr_mimebundle_()
    assert {"text/plain", "text/html", WIDGET_VIEW} == set(bundle)
    assert "<caption>A town, 26 April 2017" in bundle["text/html"]
    assert "Not legal advice." in bundle["text/html"]
    assert "Blocked by a court" in bundle["text/plain"] + bundle["text/html"]


def test_every_header_cell_says_what_it_heads(bench: Workbench) -> None:
    cells: list[dict[str, str | None]] = []

    class Headers(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag == "th":
                cells.append(dict(attrs))

    Headers().feed(bench._repr_mimebundle_()["text/html"])
    assert cells
    assert [] == [c for c in cells if c.get("scope") not in ("row", "col")]


def test_what_a_user_or_a_ruleset_wrote_is_escaped(law: bl.Ruleset) -> None:
    hostile = Preset(preset=HOSTILE, title=HOSTILE, facts=FACTS)
    facts = {**law.facts, "willful": law.facts["willful"].model_copy(update={"ask": HOSTILE, "why": HOSTILE})}
    bench = Workbench(replace(law, presets={HOSTILE: hostile}, facts=facts), HOSTILE, name=HOSTILE)
    asked(bench, "willful").value = "no"
    asked(bench, "hold_hours").value = HOSTILE
    assert bench.view.error
    pages = [bench._answer.value, bench._explained.value, *_values(bench.widget)]
    assert [] == [page for page in pages if HOSTILE in page]
    asked(bench, "hold_hours").value = ""
    assert HOSTILE not in bench._repr_mimebundle_()["text/html"] + bench._answer.value


def _values(widget: Any) -> list[str]:
    """The HTML of every widget that shows HTML."""
    own = [widget.value] if type(widget).__name__ == "HTML" else []
    return [*own, *(v for child in getattr(widget, "children", ()) for v in _values(child))]


def test_importing_the_toolkit_imports_no_widgets() -> None:
    code = "import sys, blackletter as bl; bl.Ruleset; sys.exit('ipywidgets' in sys.modules)"
    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode
