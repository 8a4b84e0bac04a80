"""The workbench without a browser: what it decides, what it says of mistakes, what it shows where no kernel runs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from threading import Barrier, Event, Thread
from time import monotonic, sleep
from typing import Any

import comm
import pytest

import blackletter as bl
from blackletter.files import read_file
from blackletter.model import Preset
from blackletter.widgets import Inputs, Workbench, decide
from blackletter.widgets.answer import answer_html
from blackletter.widgets.decide import ITSELF, UNSTATED, notes, spoken, state, words
from blackletter.widgets.page import Page
from blackletter.widgets.panels import ANOTHER, FORMS, TABS, changes_html, under
from blackletter.widgets.running import Slow
from blackletter.widgets.store import DRAFTS, Store, read, slug

HOSTILE = "<script>alert(1)</script>"
FACTS = {"as_of": "2017-04-26", "agency": "doj", "program": "jag", "willful": "yes"}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def law() -> bl.Ruleset:
    tiny = bl.load(Path(__file__).parent / "tiny")
    town = Preset(preset="town", title="A town", facts={**FACTS, "sharing": "allowed"})
    return replace(tiny, presets={"town": town}, named_dates={"2017-04-24": "before", "2017-04-26": "after"})


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder of cities and drafts."""
    monkeypatch.setenv("BLACKLETTER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def bench(law: bl.Ruleset) -> Workbench:
    return Workbench(law, "town")


def press(bench: Workbench, do: str, **data: str) -> None:
    """Press a button of the page, as the browser reports it."""
    bench.page._told(bench.page, {"do": do, **data}, [])


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
        ("hold_hours", "many", "The answer is a number"),
        ("due", "soon", "The answer is a day like"),
        ("due", "2017-02-30", "The answer is a day like"),
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
    assert "Is it willful? no" in bench.page.html


def test_a_named_day_sets_the_day(bench: Workbench) -> None:
    asked(bench, "named").value = "2017-04-24"
    assert "permitted" == bench.board["withhold", "order-a"].verdict
    assert "2017-04-24" == asked(bench, "as_of").value.isoformat()


def test_a_mistake_in_the_form_shows_above_the_last_good_board(bench: Workbench) -> None:
    asked(bench, "hold_hours").value = "many"
    assert "data-error='yes'" in bench.page.html
    assert "bl-live-board" in bench.page.html
    asked(bench, "hold_hours").value = "12"
    assert "data-error" not in bench.page.html


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


def test_nothing_to_undo_is_said_and_changes_nothing(bench: Workbench) -> None:
    bench._undo()
    assert ("Nothing to undo.", Inputs("town")) == (bench.page.sheet.said, bench.view.inputs)


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
    assert "data-explains='withhold|order-a'" in bench.page.html
    assert "No enforcement." in bench.page.html
    with pytest.raises(bl.FactError, match="unknown action"):
        bench.open("withold")


def test_every_row_and_every_power_under_it_can_be_opened(bench: Workbench) -> None:
    for name in (*bench.board.actions, *bench.law.choices):
        for finding in under(bench.board, name):
            press(bench, "open", name=name)
            press(bench, "basis", name=name, basis=finding.basis)
            assert bench.fault is None
            assert f"data-explains='{name}|{finding.basis}'" in bench.page.html
            for tab in set(TABS) - {"map"}:  # the tiny law has no States
                press(bench, "tab", name=name, tab=tab)
                bench._slow.wait()
                assert (None, True) == (bench.fault, f"data-tab='{tab}'" in bench.page.html)
                assert "data-state='working'" not in bench.page.html
            press(bench, "open", name=name)
    assert {} == bench.opened


def test_a_change_that_is_tried_gives_the_answer_it_promised(bench: Workbench) -> None:
    press(bench, "open", name="withhold")
    press(bench, "basis", name="withhold", basis="order-a")
    press(bench, "tab", name="withhold", tab="change")
    press(bench, "aim", name="withhold", aim=ANOTHER)
    bench._slow.wait()
    assert "data-changes-found='0'" not in bench.page.html
    promised = next(iter(bench.board["withhold", "order-a"].change(most=1)))
    press(bench, "set", facts=json.dumps(dict(promised.set) | dict(promised.brings)))
    assert promised.verdict == bench.board["withhold", "order-a"].verdict
    bench._undo()
    assert "enjoined" == bench.board["withhold", "order-a"].verdict


def test_slow_work_is_done_once_and_what_is_no_longer_shown_is_not_begun() -> None:
    began: list[str] = []
    gate, two, found = Event(), Barrier(3, timeout=30), []
    slow = Slow(lambda: found.append(1))

    def work(name: str) -> str:
        began.append(name)
        two.wait()
        gate.wait(30)
        return name

    for name in "abc":
        assert None is slow.get((name,), lambda name=name: work(name))  # type: ignore[misc]
    two.wait()
    first, second = began
    slow.page()
    slow.get((first,), lambda: work(first))
    gate.set()
    slow.wait()
    assert ([first, second], first) == (began, slow.get((first,), lambda: work(first)))
    assert [1, 1] == found


def test_slow_work_that_nobody_waits_for_does_not_hold_up_the_next() -> None:
    gate, slow = Event(), Slow(lambda: None)
    slow.get(("long",), lambda: gate.wait(30))
    slow.page()
    slow.get(("short",), lambda: "done")
    until = monotonic() + 20
    while slow.get(("short",), str) is None and monotonic() < until:
        sleep(0.01)
    assert "done" == slow.get(("short",), str)
    gate.set()
    slow.wait()


def test_a_failure_of_slow_work_is_raised_where_it_is_shown() -> None:
    slow = Slow(lambda: None)
    slow.get(("x",), lambda: 1 // 0)
    slow.wait()
    with pytest.raises(ZeroDivisionError):
        slow.get(("x",), lambda: 1)


def test_an_edit_closes_no_opened_row(bench: Workbench) -> None:
    press(bench, "open", name="withhold")
    asked(bench, "willful").value = "no"
    asked(bench, "hold_hours").value = "many"
    assert "data-explains='withhold|" in bench.page.html


def test_a_fault_of_ours_is_on_the_page_and_undone(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError(HOSTILE)

    with monkeypatch.context() as patch:
        patch.setattr("blackletter.widgets.workbench.decide", broken)
        asked(bench, "willful").value = "no"
        asked(bench, "willful").value = "unknown"
    assert isinstance(bench.fault, ZeroDivisionError)
    assert 1 == bench.page.html.count("data-error='fault'")
    assert "bl-live-board" in bench.page.html
    assert HOSTILE not in bench.page.html
    bench._undo()
    assert "data-error" not in bench.page.html


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


# comparing, assuming, following --------------------------------------------------------------------------------------


def test_a_city_stands_beside_itself_unedited(bench: Workbench) -> None:
    bench._beside.widget.value = ITSELF
    assert "≠ differs" not in bench.page.html
    bench.set(as_of="2017-04-24")
    bench.set(willful=False)
    assert bench.view.beside is not None
    assert (bench.hypothetical.as_of, "yes") == (
        bench.view.beside.hypothetical.as_of, bench.view.beside.hypothetical["willful"],
    )  # fmt: skip
    differ = [a for a, f in bench.board.actions.items() if f.verdict != bench.view.beside.actions[a].verdict]
    assert len(differ) == bench.page.html.count("≠ differs")


def test_an_assumed_reading_is_named_removed_and_undone(bench: Workbench) -> None:
    question, noun = next(iter(bench.law.questions.items()))
    reading = next(iter(noun.readings))
    press(bench, "set", facts=f'{{"{question}": "{reading}"}}')
    assert {question: reading} == bench.view.inputs.assume
    assert f"assuming {question} = {reading}" in bench.page.html
    assert f"<strong>{question}" not in bench.page.html
    assert noun.readings[reading].says in bench.page.sheet.said
    press(bench, "unassume", question=question)
    assert "assuming" not in bench.page.html
    bench._undo()
    assert {question: reading} == bench.view.inputs.assume


def test_just_the_lines_whose_answer_changed_are_marked(bench: Workbench) -> None:
    before = {action: found.verdict for action, found in bench.board.actions.items()}
    bench.set(as_of="2017-04-24")
    changed = [action for action, found in bench.board.actions.items() if found.verdict != before[action]]
    assert changed
    assert changed == re.findall(r"<tr data-key='row:(\w+)' class='bl-changed'", bench.page.html)
    assert len(changed) == bench.page.html.count("(was: ")


def test_what_changed_is_said_once_for_each_edit(bench: Workbench) -> None:
    bench.set(as_of="2017-04-24")
    assert spoken(bench.view) == bench.page.sheet.said
    assert bench.page.sheet.said.startswith("The law on 24 April 2017. ")
    before = bench.page.sheet.spoken
    bench.set(as_of="2017-04-24")
    assert before == bench.page.sheet.spoken


def test_a_mistake_is_said_beside_its_question_too(bench: Workbench) -> None:
    box = next(c.box for c in bench._questions() if c.fact == "hold_hours")
    asked(bench, "hold_hours").value = "many"
    assert "bl-bad" in "".join(_values(box))
    asked(bench, "hold_hours").value = "3"
    assert "bl-bad" not in "".join(_values(box))


def test_only_what_matters_asks_the_question_that_tells_most(law: bl.Ruleset) -> None:
    bench = Workbench(law, "town", willful="unknown", due="2017-04-01")
    ranked = law.interview(bench.hypothetical).ranked
    bench._shown.widget.value = "only what matters"
    bench._slow.wait()
    assert f"data-fact='{ranked[0].fact}'" in bench.page.html
    shown = {c.fact for c in bench._questions() if "bl-off" not in c.box._dom_classes}
    assert {q.fact for q in ranked} <= shown
    assert "hold_hours" not in shown
    press(bench, "set", facts=json.dumps({ranked[0].fact: {"date": "2017-04-01"}.get(ranked[0].kind, "yes")}))
    bench._slow.wait()
    assert f"data-fact='{ranked[0].fact}'" not in bench.page.html


def test_the_dates_are_worked_out_once_a_page_asks_and_not_again_for_another_day(bench: Workbench) -> None:
    assert "<h3>Time</h3>" not in bench.page.html
    press(bench, "ready")
    bench._dates.wait()
    assert "data-state='drawn'" in bench.page.html
    assert "data-day='2017-04-25'" in bench.page.html
    press(bench, "day", day="2017-04-25")
    assert "2017-04-25" == bench.hypothetical["as_of"]
    assert "data-state='drawn'" in bench.page.html


def test_the_dates_are_no_longer_worked_out_when_the_page_is_gone(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go = Event(), Event()

    def intervals(*_: object, **__: object) -> Any:
        for number in range(3):
            begun.set()
            go.wait(30)
            yield number

    monkeypatch.setattr("blackletter.timeline.intervals", intervals)
    press(bench, "ready")
    begun.wait(30)
    assert "data-state='working'" in bench.page.html
    press(bench, "gone")
    go.set()
    bench._dates.wait()
    bench._render()
    assert "<h3>Time</h3>" not in bench.page.html
    monkeypatch.undo()
    press(bench, "ready")
    bench._dates.wait()
    assert "data-state='drawn'" in bench.page.html


def test_the_page_tells_how_far_the_dates_are_worked_out(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blackletter.widgets.running.TOLD_SECONDS", -1)
    seen: list[str] = []
    found = bench._dates.found
    monkeypatch.setattr(bench._dates, "found", lambda: (found(), seen.append(bench.page.html)))
    press(bench, "ready")
    bench._dates.wait()
    assert re.search(r"Working out the dates on which an answer changes: \d+ \w+ \d{4} is reached …", seen[0])
    assert "data-state='drawn'" in seen[-1]


def test_what_holds_by_default_stands_behind_what_rules_conclude(law: bl.Ruleset) -> None:
    with law.watch(law.hypothetical("town")) as watch:
        loud = [step.says for step in watch.steps if not step.usual]
        quiet = [step.says for step in watch.steps if step.usual]
    assert [said for said in loud if said.startswith("No enforcement.")]
    assert "on the question Is the statute valid, the reading is: it is" in quiet
    assert "The Statute does not forbid restrict sharing" in quiet


def test_the_rules_fire_in_law_words_and_an_edit_says_what_it_set_off(bench: Workbench) -> None:
    press(bench, "fired")
    assert "No enforcement." in bench.page.html
    bench.set(as_of="2017-04-24")
    assert "set off:" in bench.page.html
    press(bench, "fired")
    assert "bl-fired" not in bench.page.html


def test_without_the_rules_engine_the_same_rules_fire(law: bl.Ruleset, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(steps: Any) -> set[str]:
        return {step.says for step in steps}

    with law.watch(law.hypothetical("town")) as watch:
        log, more = told(watch.steps), told(watch.tell(as_of="2017-04-24"))

    def missing(*_: object, **__: object) -> None:
        raise bl.EngineError("not installed")

    monkeypatch.setattr("blackletter.chain.Session", missing)
    with law.watch(law.hypothetical("town")) as rounds:
        assert (log, more) == (told(rounds.steps), told(rounds.tell(as_of="2017-04-24")))


# a memo --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def notebook_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("BLACKLETTER_FILES", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_memo_on_screen_is_written_beside_the_notebook(bench: Workbench, notebook_folder: Path) -> None:
    press(bench, "open", name="withhold")
    press(bench, "tab", name="withhold", tab="memo")
    bench._slow.wait()
    assert "Memorandum: A town" in bench.page.html
    press(bench, "memo", name="withhold", form=".md")
    (path,) = notebook_folder.glob("memo-*")
    assert "memo-town-withhold-2017-04-26.md" == path.name
    assert "Question presented" in path.read_text()
    assert f"Written: {path.name} in {notebook_folder}." in bench.page.html
    assert f"Written: {path.name} in {notebook_folder}." == bench.page.sheet.said
    bench.set(as_of="2017-04-24")
    assert "Written:" not in bench.page.html


def test_every_form_of_a_memo_is_written_and_none_over_another(bench: Workbench, notebook_folder: Path) -> None:
    bench.open("withhold", "order-a")
    for form in FORMS:
        press(bench, "memo", name="withhold", form=form)
    press(bench, "memo", name="withhold", form=".md")
    assert None is bench.fault
    names = {path.name.removeprefix("memo-town-withhold-2017-04-26") for path in notebook_folder.glob("memo-*")}
    assert {*FORMS, "-2.md"} == names


def test_a_memo_that_cannot_be_written_is_told_in_its_panel(
    bench: Workbench, notebook_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("blackletter.document.write_whole", full)
    press(bench, "open", name="withhold")
    press(bench, "tab", name="withhold", tab="memo")
    press(bench, "memo", name="withhold", form=".md")
    bench._slow.wait()
    assert "could not be written (No space left on device)" in bench.page.html
    assert None is bench.fault


# on disk -------------------------------------------------------------------------------------------------------------


def test_a_saved_city_opens_as_it_was(bench: Workbench, law: bl.Ruleset, folder: Path) -> None:
    bench.set(willful="unknown", as_of="2017-04-24")
    bench._name.value = "Our town, 2017"
    bench._save()
    (saved,) = (folder / "cities").iterdir()
    again = Workbench(law, None)
    press(again, "ready")
    assert [str(saved)] == [path for title, path in again._kept.widget.options if title == "Our town, 2017"]
    again._kept.widget.value = str(saved)
    assert (bench.hypothetical.facts, bench.hypothetical.as_of) == (again.hypothetical.facts, again.hypothetical.as_of)
    assert "Our town, 2017" == again.hypothetical.name
    again._undo()
    assert None is again.view.inputs.preset


def test_assumed_readings_are_saved_opened_and_kept_in_the_draft(
    bench: Workbench, law: bl.Ruleset, folder: Path
) -> None:
    question, noun = next(iter(law.questions.items()))
    reading = next(iter(noun.readings))
    press(bench, "set", facts=json.dumps({question: reading}))
    bench._name.value = "Assumed"
    bench._save()
    saved = folder / "cities" / "assumed.yaml"
    (draft,) = (folder / "drafts").iterdir()
    assert [{question: reading}] * 2 == [read(saved).assume, read(draft).assume]
    again = Workbench(law, "town")
    press(again, "ready")
    again._kept.widget.value = str(saved)
    assert f"assuming {question} = {reading}" in again.page.html
    with pytest.raises(bl.FactError, match=f"--assume {question}={reading}"):
        read_file(law, saved)
    assert "Assumed" == read_file(law.assume(**{question: reading}), saved).name


def test_every_edit_is_kept_so_that_a_lost_kernel_loses_nothing(bench: Workbench, folder: Path) -> None:
    assert not folder.exists()
    asked(bench, "willful").value = "no"
    (draft,) = (folder / "drafts").iterdir()
    assert Inputs("town", {"willful": "no"}) == read(draft)
    asked(bench, "willful").value = "unknown"
    assert "unknown" == read(draft).facts["willful"]
    others = Store(folder, "another session").kept()
    assert [draft] == [kept.path for kept in others]


def test_a_file_is_written_whole_or_not_at_all(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(folder, "one")
    path = store.save("town", Inputs("town", {"willful": "yes"}))

    def fails(*_: object, **__: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr("blackletter.exports.os.fsync", fails)
        with pytest.raises(OSError, match="disk full"):
            store.save("town", Inputs("town", {"willful": "no"}))
    assert {"willful": "yes"} == {k: v for k, v in read(path).facts.items() if k != "name"}
    assert ["town.yaml"] == [p.name for p in (folder / "cities").iterdir()]


def test_old_drafts_go(folder: Path) -> None:
    for number in range(DRAFTS + 4):
        Store(folder, f"session-{number}").keep(Inputs("town"))
    assert DRAFTS == len(list((folder / "drafts").iterdir()))


def test_a_full_disk_is_told_and_the_answer_stands(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("blackletter.widgets.store.write", full)
    asked(bench, "willful").value = "no"
    assert "No space left on device" in bench._notice.value
    assert ("no", None) == (bench.hypothetical["willful"], bench.fault)


@pytest.mark.parametrize(
    ("text", "says"),
    [("[1, 2]", "holds no city"), ("facts: [a]", "holds no city"), ("a: [", "line"), ("", "empty")],
)
def test_a_file_that_is_no_city_is_told_in_a_sentence(bench: Workbench, folder: Path, text: str, says: str) -> None:
    path = folder / "cities" / "odd.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    press(bench, "ready")
    bench._kept.widget.value = str(path)
    assert (None, Inputs("town")) == (bench.fault, bench.view.inputs)
    assert bench._notice.value


def test_a_name_makes_a_file_name_that_stays_in_its_folder() -> None:
    assert ("etc-passwd", "city") == (slug("../../etc/passwd"), slug("../.."))


# the page ------------------------------------------------------------------------------------------------------------


def test_the_script_is_small_and_asks_the_network_for_nothing() -> None:
    script = str(Page._esm)
    assert len(script) < 15_000
    assert [] == [word for word in ("import ", "fetch(", "http:", "https:", "eval(", "XMLHttp") if word in script]


def test_every_button_says_what_it_does_in_words(bench: Workbench) -> None:
    for name in (*bench.board.actions, *bench.law.choices):
        press(bench, "open", name=name)
    press(bench, "fired")
    buttons: list[str] = []

    class Buttons(HTMLParser):
        inside = False

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag == "button":
                buttons.append("")
                self.inside = True

        def handle_endtag(self, tag: str) -> None:
            self.inside = self.inside and tag != "button"

        def handle_data(self, data: str) -> None:
            if self.inside:
                buttons[-1] += data

    Buttons().feed(bench.page.html)
    assert len(buttons) > 12
    assert [] == [words for words in buttons if len(words.strip()) < 2]


def test_an_unknown_press_changes_nothing(bench: Workbench) -> None:
    before = bench.page.html
    press(bench, "nonsense", name="x")
    press(bench, "open", name="x")
    press(bench, "set", facts="not json")
    assert bench.view.inputs == Inputs("town")
    bench._undo()
    bench._render()
    assert before == bench.page.html


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
    for name in (*bench.board.actions, *bench.law.choices):
        press(bench, "open", name=name)
    bench._name.value = HOSTILE
    bench._save()
    pages = [bench.page.html, *_values(bench.widget)]
    assert [] == [page for page in pages if HOSTILE in page]
    asked(bench, "hold_hours").value = ""
    assert HOSTILE not in bench._repr_mimebundle_()["text/html"] + bench.page.html


def _values(widget: Any) -> list[str]:
    """The HTML of every widget that shows HTML."""
    own = [widget.value] if type(widget).__name__ == "HTML" else []
    return [*own, *(v for child in getattr(widget, "children", ()) for v in _values(child))]


def test_importing_the_toolkit_imports_no_widgets() -> None:
    code = "import sys, blackletter as bl; bl.Ruleset; sys.exit('ipywidgets' in sys.modules)"
    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode


# what is sent to the page --------------------------------------------------------------------------------------------


def test_a_form_is_built_as_it_is_shown_and_its_page_comes_last(
    law: bl.Ruleset, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, Any]] = []
    monkeypatch.setattr(comm.DummyComm, "publish_msg", lambda self, kind, data=None, **_: sent.append((kind, data)))
    bench = Workbench(law, "town")
    opened = [data["state"] for kind, data in sent if kind == "comm_open"]
    assert [bench.page.html] == [state["value"] for state in opened if "drawn" in state]
    places = {state["_model_name"]: number for number, state in enumerate(opened)}  # the last of each kind
    assert max(places["DropdownModel"], places["TextModel"], places["DatePickerModel"]) < places["AnyModel"]
    assert [] == [data for kind, data in sent if kind == "comm_msg" and "drawn" in data["state"]]
    styles = [state["_model_name"] for state in opened if state["_model_name"].endswith(("StyleModel", "LayoutModel"))]
    assert len(styles) < 16 < len(opened) / 4


def test_nothing_is_sent_to_the_script_that_may_not_have_loaded(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(comm.DummyComm, "publish_msg", lambda self, *_, **__: sent.append(self.comm_id))
    press(bench, "ready")
    press(bench, "open", name="withhold")
    asked(bench, "sharing").value = "unknown"
    bench._dates.wait()
    assert bench.page.sheet.model_id in sent
    assert bench.page.model_id not in sent


def test_every_press_is_answered(bench: Workbench) -> None:
    before = bench.page.sheet.heard
    press(bench, "tab", name="nothing", tab="why")
    assert before + 1 == bench.page.sheet.heard


def test_a_process_that_ends_while_dates_are_worked_out_ends_well() -> None:
    code = """import blackletter as bl
bench = bl.Workbench(bl.load(), "philadelphia")
bench.page._told(bench.page, {"do": "ready"}, [])
assert bench._dates._work.is_alive()"""
    for _ in range(2):  # a thread that native code holds ends a process with a signal, now and then
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300)
        assert (0, "") == (done.returncode, done.stderr)


# what is told beside the answer --------------------------------------------------------------------------------------


def test_the_form_tells_where_an_answer_comes_from_that_it_was_changed_and_what_waits_for_it() -> None:
    law = bl.load()
    told = notes(decide(law, Inputs("philadelphia", {"detainer": "honor", "as_of": "2017-07-01"})))
    assert "Source: 280 F. Supp. 3d 579; flag P." == told["ask_status"]
    assert "Changed by you; on file: held only with a judge's warrant." == told["detainer"]
    withhold = law.ask(law.hypothetical("philadelphia", as_of="2017-07-01"))["withhold"]
    assert all(told[item.fact].startswith("Not known, and it matters to: ") for item in withhold.missing)


def test_a_line_of_the_board_names_its_power_and_the_order_that_bars_it() -> None:
    law = bl.load()
    page = answer_html(decide(law, Inputs("springfield", {"as_of": "2017-04-26"})))
    row = page.partition("data-action='deny_eligibility'")[2].partition("</tr>")[0]
    assert "Executive Order 13768, section 9(a)" in row
    assert "Order of 25 April 2017, County of Santa Clara v. Trump" in row


def test_a_no_that_time_ends_names_the_day_once_the_dates_are_known() -> None:
    bench = Workbench(bl.load(), "philadelphia")
    assert {} == bench._dates.coming(bench.view)
    press(bench, "ready")
    bench._dates.wait()
    assert date(2017, 7, 1) == bench._dates.coming(bench.view)["withhold"]
    assert "Changes 1 July 2017" in bench.page.html
    bench.set(as_of="2017-07-01")
    assert date(2017, 7, 1) < bench._dates.coming(bench.view)["withhold"]
    assert "Changes 1" not in bench.page.html


def test_ways_to_another_answer_share_what_each_of_them_needs() -> None:
    law = bl.load()
    board = law.ask(law.hypothetical("philadelphia", as_of="2017-04-26"))
    found = board["withhold", "award-term-validation"].change("permitted after process")
    page = changes_html(found)
    assert 1 == page.count("a ruling on &quot;Is section 1373 an applicable federal law")
    assert len(found) == page.count("Try it</button>")
    waits = next(item for item in found if "as_of" in item.set)
    assert ("as_of", "wait until 1 July 2017") == next(iter(found.parts(waits).items()))
    assert page.index("Wait until 1 July 2017") < page.index("becomes 25 April 2017")


def test_a_notice_goes_with_the_next_edit_and_a_saved_city_has_its_name(bench: Workbench) -> None:
    bench._name.value = "Our town"
    bench._save()
    assert "Saved as our-town.yaml" in bench._notice.value
    assert "Our town, 26 April 2017" in bench.page.html
    asked(bench, "sharing").value = "unknown"
    assert "" == bench._notice.value
    assert "Our town" == bench._name.value
    bench._preset.widget.value = ""
    assert "" == bench._name.value
