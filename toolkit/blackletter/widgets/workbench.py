"""The workbench: pose a city on the left, watch the board on the right, open an explanation below."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import ipywidgets

from blackletter.errors import FactError, unknown_name
from blackletter.pages import STYLE, board_tables, styled
from blackletter.views import board_text, long_date

from .answer import NOTHING, answer_html, explanation_html, fault_html
from .decide import UNSTATED, Inputs, decide, state, stated, words
from .form import Control, choice, control, questions

if TYPE_CHECKING:
    from blackletter.findings import Board
    from blackletter.hypothetical import Hypothetical
    from blackletter.ruleset import Ruleset

KEPT = 200
"""Edits that can be undone."""

BLANK = ANOTHER_DAY = ""
"""The word of "a blank city", and of a day that has no name."""

FORM_STYLE = """
.bl-workbench .widget-label{white-space:normal;overflow:visible;width:auto;max-width:none;height:auto;
text-align:left;line-height:1.3;padding:0}
.bl-question,.bl-question>*,.bl-form,.bl-bar>*{overflow:visible;height:auto}
.bl-workbench .bl-question .jupyter-widgets.widget-inline-hbox{display:grid;height:auto;width:auto;gap:.1em .8em;
align-items:center;margin:0}
.bl-workbench .bl-question .bl-short{grid-template-columns:1fr 8.5em}
.bl-workbench .bl-question .bl-long{grid-template-columns:1fr}
.bl-workbench .bl-question :is(select,input){width:100%;min-width:0}
.bl-workbench .bl-bar .bl-question{flex:1 1 11em}
.bl-workbench .bl-bar .bl-question:nth-child(-n+2){flex-grow:2}
.bl-bar .bl-why{display:none}
.bl-workbench .bl-bar .bl-question .bl-short{grid-template-columns:1fr}
.bl-question{margin:0 0 .5em;padding:0 .6em 0 0}
.bl-buttons{margin:.4em 0}
.bl-why{margin:.1em 0 0;font-size:.88em;line-height:1.3;color:var(--jp-content-font-color1,#212121);opacity:.85}
.bl-workbench{container-type:inline-size}
@container (max-width:760px){.bl-group{max-height:21em;overflow-y:auto}
.bl-workbench .bl-bar .bl-question{flex-basis:45%}}
.bl-workbench .widget-html,.bl-workbench .widget-html-content{overflow:visible;height:auto;width:auto;margin:0}
""".replace("\n", "")

INTRO = (
    "<p class='bl-intro'>Pose a city on the left; the board answers. <strong>Try this:</strong> set "
    "<em>The law on</em> to the day before the injunction and watch which answers change. "
    "<span class='bl-note'>By keyboard: Tab moves, Space opens a list.</span></p>"
)


class Workbench:
    """A form of plain questions about one city, and the board that answers it at every edit.

    ``preset`` is a city on file (None: a blank one) and ``facts`` are stated over it, as in `Ruleset.hypothetical`,
    which raises `FactError` for what cannot be posed. A mistake made in the form is one sentence above the board, and
    the last good board stays. Where no kernel runs, the board shows as a table.

    >>> import blackletter as bl
    >>> bench = bl.Workbench(bl.load(), preset="springfield", as_of="2017-04-24")
    >>> bench.hypothetical["detainer"]
    'decline'
    """

    def __init__(self, law: Ruleset, preset: str | None = "springfield", **facts: object) -> None:
        posed = law.hypothetical(preset, **facts)
        named = {"name": posed.name} if "name" in facts else {}
        inputs = Inputs(preset, {**{f: posed[f] for f in facts if f != "name"}, **named})
        self.law = law
        self.fault: Exception | None = None
        self.view = decide(law, inputs)
        self._past: list[Inputs] = []
        self._future: list[Inputs] = []
        self._lock = threading.RLock()
        self._filling = False
        self._build()
        self._fill()
        self._render()

    @property
    def hypothetical(self) -> Hypothetical:
        """The city as last posed without a mistake."""
        assert self.view.hypothetical is not None
        return self.view.hypothetical

    @property
    def board(self) -> Board:
        """The board of `hypothetical`."""
        assert self.view.board is not None
        return self.view.board

    def set(self, **facts: object) -> None:
        """State facts as the form would; raises `FactError` and changes nothing when one cannot be stated."""
        with self._lock:
            posed = self.hypothetical.with_facts(**facts)
            inputs = self.view.inputs
            for fact in facts:
                inputs = state(self.law, inputs, fact, posed.name if fact == "name" else posed[fact])
            self._ask(inputs, "; ".join(stated(self.law, f, inputs.facts.get(f, "")) for f in facts))
            self._fill()

    def open(self, action: str, basis: str | None = None) -> None:
        """Open the explanation of a finding, as choosing it from the list does."""
        key = f"{action}|{basis or ''}"
        known = [value for _, value in self._explain.widget.options]
        if key not in known:
            raise FactError(unknown_name("finding", key, known[1:]))
        self._explain.widget.value = key

    # editing -------------------------------------------------------------------------------------------------------

    def _ask(self, inputs: Inputs, edit: str) -> None:
        if inputs == self.view.inputs:
            return
        self._past = [*self._past[1 - KEPT :], self.view.inputs]
        self._future = []
        self._go(inputs, edit)

    def _go(self, inputs: Inputs, edit: str) -> None:
        self.view = decide(self.law, inputs, self.view, edit)
        self._render()

    def _edited(self, asked: Control) -> None:
        word = asked.read()
        self._ask(state(self.law, self.view.inputs, asked.fact, word), stated(self.law, asked.fact, word))
        if asked.fact in ("award", "as_of"):
            self._fill()

    def _preset_chosen(self, asked: Control) -> None:
        name = asked.read() or None
        title = self.law.presets[name].title if name else "a blank city"
        self._ask(Inputs(name), f"City: {title}")
        self._fill()

    def _day_named(self, asked: Control) -> None:
        if asked.read() != ANOTHER_DAY:
            self._ask(state(self.law, self.view.inputs, "as_of", asked.read()), stated(self.law, "as_of", asked.read()))
            self._fill()

    def _undo(self) -> None:
        if self._past:
            self._future.append(self.view.inputs)
            self._go(self._past.pop(), "Undone")
            self._fill()

    def _redo(self) -> None:
        if self._future:
            self._past.append(self.view.inputs)
            self._go(self._future.pop(), "Done again")
            self._fill()

    def _start_over(self) -> None:
        self._ask(Inputs(self.view.inputs.preset), "Back to the city as it was")
        self._fill()

    def _guard(self, act: Callable[[], None]) -> None:
        """Run a callback: one at a time, not for what the form itself fills in, and never failing unseen."""
        with self._lock:
            if self._filling:
                return
            try:
                act()
            except Exception as fault:  # noqa: BLE001 - Jupyter shows no error of a callback, so ours goes on the page
                self.fault = fault
                self._answer.value = f"<div class='bl'>{fault_html(fault)}{answer_html(self.view)}</div>"

    # the form ------------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        law = self.law
        self._preset = choice("preset", "City", _presets(law))
        self._named = choice("named", "The law on", _named_days(law))
        self._day = _day_control(law)
        self._groups = questions(law)
        self._explain = choice("explain", "Open an explanation", _explanations(law))
        shown = [("every question", "every"), *((_title(g), g) for g in self._groups)]
        self._shown = choice("shown", "Questions about", shown)
        self._top = [control(law, "state", law.facts["state"])] if "state" in law.facts else []
        self._answer, self._explained = ipywidgets.HTML(), ipywidgets.HTML()
        self._watch()
        self.widget = self._laid_out()

    def _watch(self) -> None:
        acts: list[tuple[Control, Callable[[Control], None]]] = [
            (self._preset, self._preset_chosen), (self._named, self._day_named), (self._day, self._edited),
            (self._explain, lambda _: self._render_explanation()), (self._shown, lambda _: self._show_group()),
        ]  # fmt: skip
        acts += [(asked, self._edited) for asked in self._questions()]
        for asked, act in acts:
            asked.watch(lambda c, act=act: self._guard(lambda: act(c)))  # type: ignore[misc]

    def _questions(self) -> list[Control]:
        return [*self._top, *(asked for group in self._groups.values() for asked in group)]

    def _laid_out(self) -> Any:
        bar = _row([self._preset.box, self._named.box, self._day.box, *(c.box for c in self._top)], "bl-bar")
        buttons = _row([self._button("Undo", self._undo), self._button("Redo", self._redo),
                        self._button("Start over", self._start_over)], "bl-buttons")  # fmt: skip
        self._sections = {g: _column([c.box for c in asked], "bl-group") for g, asked in self._groups.items()}
        form = _column([self._shown.box, *self._sections.values(), buttons], "bl-form", flex="1 1 19em")
        answer = _column([self._explain.box, self._explained, self._answer], "bl-answer", flex="3 1 30em")
        head = ipywidgets.HTML(f"<style>{STYLE}{FORM_STYLE}</style><div class='bl'>{INTRO}</div>")
        whole = _column([head, bar, _row([form, answer], "bl-both")], "bl-workbench")
        self._shown.show(_first_group(self.law))
        self._show_group()
        return whole

    def _button(self, name: str, act: Callable[[], None]) -> Any:
        button = ipywidgets.Button(description=name, layout={"width": "auto"})
        button.on_click(lambda _: self._guard(act))
        return button

    def _show_group(self) -> None:
        wanted = self._shown.read()
        for group, section in self._sections.items():
            section.layout.display = "" if wanted in ("every", group) else "none"

    def _fill(self) -> None:
        """Show the inputs in the form without taking that for an edit."""
        with self._lock:
            self._filling = True
            try:
                self._fill_in(words(self.law, self.view.inputs))
            finally:
                self._filling = False

    def _fill_in(self, known: Mapping[str, str]) -> None:
        self._preset.show(self.view.inputs.preset or BLANK)
        self._named.show(known["as_of"])
        self._day.show(known["as_of"])
        for asked in self._questions():
            asked.show(known.get(asked.fact, UNSTATED))

    # the answer ----------------------------------------------------------------------------------------------------

    def _render(self) -> None:
        self.fault = None
        self._answer.value = f"<div class='bl'>{answer_html(self.view)}</div>"
        self._render_explanation()

    def _render_explanation(self) -> None:
        self._explained.value = f"<div class='bl'>{explanation_html(self.board, self._explain.read())}</div>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """The live form, and the whole board as a table and as text for readers without a kernel."""
        opened = explanation_html(self.board, self._explain.read())
        shown: dict[str, Any] = dict(self.widget._repr_mimebundle_())
        return {**shown, "text/plain": board_text(self.board), "text/html": styled(board_tables(self.board) + opened)}


def _presets(law: Ruleset) -> list[tuple[str, str]]:
    return [*((preset.title, name) for name, preset in law.presets.items()), ("a blank city", BLANK)]


def _named_days(law: Ruleset) -> list[tuple[str, str]]:
    named = [(f"{long_date(dt.date.fromisoformat(day))}: {what}", day) for day, what in law.named_dates.items()]
    return [*named, ("another day", ANOTHER_DAY)]


def _day_control(law: Ruleset) -> Control:
    """The day the law is asked on."""
    picker = ipywidgets.DatePicker(description="or on this day", tooltip="The day whose law is asked")
    picker.add_class("bl-short")
    box = ipywidgets.VBox([picker])
    box.add_class("bl-question")

    def read() -> str:
        return picker.value.isoformat() if picker.value else "no day"

    def show(word: str) -> None:
        try:
            picker.value = dt.date.fromisoformat(word)
        except ValueError:  # what was stated is no day; the sentence above the board says so
            picker.value = None

    return Control("as_of", picker, box, read, show)


def _explanations(law: Ruleset) -> list[tuple[str, str]]:
    """Every finding that can be opened: an action at its furthest basis, each basis, each choice under each law."""
    options = [("choose a finding", NOTHING)]
    for action, noun in law.actions.items():
        bases = [name for name, basis in law.bases.items() if action in basis.actions]
        options += [(noun.title, f"{action}|")] if bases else []
        options += [(f"{noun.title}, under {law.bases[b].title}", f"{action}|{b}") for b in bases]
    for chosen, title in law.choices.items():
        options += [(f"{title.title}, under {noun.title}", f"{chosen}|{name}") for name, noun in law.laws.items()]
    return options


def _first_group(law: Ruleset) -> str:
    """The questions shown first: those about the city's own choices."""
    chosen = next((fact for noun in law.choices.values() for fact in noun.forms), None)
    return law.facts[chosen].group if chosen else "every"


def _title(group: str) -> str:
    return group.replace("_", " ").replace("-", " ")


def _row(parts: list[Any], name: str) -> Any:
    box = ipywidgets.HBox(parts, layout={"flex_flow": "row wrap", "align_items": "flex-start"})
    box.add_class(name)
    return box


def _column(parts: list[Any], name: str, **layout: str) -> Any:
    box = ipywidgets.VBox(parts, layout={"min_width": "0", **layout})
    box.add_class(name)
    return box
