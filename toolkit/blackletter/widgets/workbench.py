"""The workbench: pose a city on the left, watch the board on the right, open a row to see why."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets

from blackletter.errors import BlackletterError, FactError
from blackletter.memo import memo
from blackletter.pages import argument_section, board_tables, styled
from blackletter.views import board_text, long_date

from .answer import answer_html, fault_html, next_question
from .decide import ITSELF, UNSTATED, Inputs, decide, notes, sentence, set_by, spoken, state, stated, words
from .form import Control, Start, choice, control, day_control, questions
from .page import Page
from .panels import Opened, leading, panel, under
from .running import Dates, Fires, Slow, city_key
from .store import here, read, slug, write_memo

if TYPE_CHECKING:
    from blackletter.findings import Board, Finding
    from blackletter.hypothetical import Hypothetical
    from blackletter.interview import Question
    from blackletter.ruleset import Ruleset

KEPT = 200
"""Edits that can be undone."""

BLANK = ANOTHER_DAY = NOTHING = ""
"""The word of "a blank city", of a day that has no name, and of no file."""

MATTERS, EVERY = "only what matters", "every question"
"""The words of the two ways to ask that are not a group of questions."""

OFF = "bl-off"
"""The class of what is not shown: a change of it leaves everything else, and the focus, where it is."""

INTRO = (
    "<p class='bl-intro'>Pose a city on the left; the board answers. Open a row to see why. <strong>Try this:</strong> "
    "set <em>The law on</em> to the day before the injunction and watch which answers change.</p>"
)


class Workbench:
    """A form of plain questions about one city, and the board that answers it at every edit.

    ``preset`` is a city on file (None: a blank one) and ``facts`` are stated over it, as in `Ruleset.hypothetical`,
    which raises `FactError` for what cannot be posed. A mistake made in the form is one sentence beside its question
    and above the board, and the last good board stays. Every edit is kept on disk as a draft. Where no kernel runs,
    the board shows as a table.

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
        self.opened: dict[str, Opened] = {}
        self._past: list[Inputs] = []
        self._future: list[Inputs] = []
        self._lock = threading.RLock()
        self._filling = False
        self._called = ""
        self._store = here()
        self._dates = Dates(law, self._worked_out)
        self._fires = Fires()
        self._slow = Slow(self._worked_out)
        self._build()

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
        """Open a row of the board, at one power (or one law) if it is named; raises `FactError` for unknown names."""
        with self._lock:
            found = self.board[action, basis] if basis else self.board[action]
            if basis and found not in under(self.board, action):
                raise FactError(found.note)
            self.opened = {**self.opened, action: Opened(basis)}
            self._render()

    # editing -------------------------------------------------------------------------------------------------------

    def _ask(self, inputs: Inputs, edit: str) -> None:
        if inputs == self.view.inputs:
            return
        self._past = [*self._past[1 - KEPT :], self.view.inputs]
        self._future = []
        self._go(inputs, edit)

    def _go(self, inputs: Inputs, edit: str) -> None:
        self.opened = {name: shown.but() for name, shown in self.opened.items()}
        self.view = decide(self.law, inputs, self.view, edit)
        self._told("")
        self._render()
        self.page.say(spoken(self.view))
        self._after()

    def _after(self) -> None:
        """What may follow an answer: the draft on disk, the dates worked out again."""
        try:
            self._store.keep(self.view.inputs)
        except OSError as error:
            self._told(f"The draft could not be kept on disk ({error.strerror}); save your work by hand.")
        self._dates.want(self.view)

    def _edited(self, asked: Control) -> None:
        word = asked.read()
        self._ask(state(self.law, self.view.inputs, asked.fact, word), stated(self.law, asked.fact, word))
        if asked.fact in ("award", "as_of"):
            self._fill()

    def _preset_chosen(self, asked: Control) -> None:
        name = asked.read() or None
        title = self.law.presets[name].title if name else "a blank city"
        kept = {"as_of": self.view.inputs.facts["as_of"]} if "as_of" in self.view.inputs.facts else {}
        self._ask(replace(self.view.inputs, preset=name, facts=kept), f"City: {title}")
        self._fill()

    def _beside_chosen(self, asked: Control) -> None:
        name = asked.read() or None
        title = {word: label for label, word in _besides(self.law)}[asked.read()]
        self._ask(replace(self.view.inputs, beside=name), f"Beside it: {title}")

    def _day_named(self, asked: Control) -> None:
        if asked.read() != ANOTHER_DAY:
            self._set({"as_of": asked.read()})

    def _set(self, facts: Mapping[str, str]) -> None:
        """State several facts, or assume readings, in one edit."""
        said = "; ".join(stated(self.law, fact, word) for fact, word in facts.items())
        self._ask(set_by(self.law, self.view.inputs, facts), said)
        self._fill()

    def _undo(self) -> None:
        if not self._past:
            self._told("Nothing to undo.")
            return
        self._future.append(self.view.inputs)
        self._go(self._past.pop(), "Undone")
        self._fill()

    def _redo(self) -> None:
        if not self._future:
            self._told("Nothing to do again.")
            return
        self._past.append(self.view.inputs)
        self._go(self._future.pop(), "Done again")
        self._fill()

    def _start_over(self) -> None:
        self._ask(Inputs(self.view.inputs.preset, beside=self.view.inputs.beside), "Back to the city as it was")
        self._fill()

    def _guard(self, act: Callable[[], None]) -> None:
        """Run a callback: one at a time, not for what the form itself fills in, and never failing unseen."""
        with self._lock:
            if self._filling:
                return
            try:
                act()
            except BlackletterError as error:
                self._told(sentence(self.law, error))
            except Exception as fault:  # noqa: BLE001 - Jupyter shows no error of a callback, so ours goes on the page
                self.fault = fault
                self._told("")
                self.page.show(fault_html(fault) + answer_html(self.view))

    # keeping -------------------------------------------------------------------------------------------------------

    def _save(self) -> None:
        name = self._name.value
        inputs = state(self.law, self.view.inputs, "name", name.strip())
        path = self._store.save(name, inputs)
        self._ask(inputs, f"Named {name.strip()}")
        self._fill()
        self._told(f"Saved as {path.name} in {path.parent}.")
        self._list_kept()

    def _open_kept(self, asked: Control) -> None:
        if asked.read() == NOTHING:
            return
        path = Path(asked.read())
        inputs = read(path)
        self._ask(replace(inputs, beside=self.view.inputs.beside), f"Opened {path.name}")
        self._fill()

    def _write_memo(self, name: str, form: str) -> None:
        """Write the memo on screen to a file, and tell where it is in its own panel."""
        finding, city = self._looked_at(name), self.hypothetical
        try:
            path = write_memo(memo(finding), f"memo-{slug(city.name)}-{slug(name)}-{city.as_of}{form}")
            told = f"Written: {path.name} in {path.parent}."
        except OSError as error:
            told = f"The memo could not be written ({error.strerror}): free some space, or use another folder."
        self.opened = {**self.opened, name: self.opened[name].but(kept=f"<p>{escape(told)}</p>")}
        self.page.say(told)

    def _list_kept(self) -> None:
        """Fill the list of cities on disk."""
        self._filling = True
        try:
            options = [(kept.title, str(kept.path)) for kept in self._store.kept()]
            self._kept.widget.options = [(f"{len(options)} saved or kept as drafts", NOTHING), *options]
            self._kept.widget.value = NOTHING
        finally:
            self._filling = False

    def _told(self, text: str) -> None:
        """Say something about the workbench itself, not about the city."""
        self._notice.value = f"<p class='bl-note'>{escape(text)}</p>" if text else ""
        if text:
            self.page.say(text)

    # what the page asks for ------------------------------------------------------------------------------------------

    def _pressed(self, data: dict[str, str]) -> None:
        self._guard(lambda: self._do(data))

    def _do(self, data: Mapping[str, str]) -> None:
        """One press on the page: ``do`` names it, the rest is its object."""
        what, name = data.get("do"), data.get("name", "")
        if what in ("set", "day"):
            facts = json.loads(data["facts"]) if what == "set" else {"as_of": data["day"]}
            self._set({str(fact): str(word) for fact, word in facts.items()})
        elif what == "unassume":
            kept = {q: r for q, r in self.view.inputs.assume.items() if q != data["question"]}
            self._ask(replace(self.view.inputs, assume=kept), "An assumption removed")
        elif what == "open":
            self._toggle(name)
        elif what in ("tab", "basis", "aim") and name in self.opened:
            self.opened = {**self.opened, name: self.opened[name].but(**{what: data[what]})}
            self._render()
        elif what == "memo" and name in self.opened:
            self._write_memo(name, data["form"])
            self._render()
        elif what == "fired":
            self._fires.toggle(self.view)
            self._render()
        elif what == "ready":
            self._list_kept()
            self._dates.pages += 1
            self._dates.want(self.view)
            self._render()
        elif what == "gone":
            self._dates.leave()

    def _toggle(self, name: str) -> None:
        if name in self.opened:
            self.opened = {row: how for row, how in self.opened.items() if row != name}
        else:
            self.board[name]  # an unknown name is refused here
            self.opened = {**self.opened, name: Opened()}
        self._render()

    # the form ------------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        """Every part as it is to be shown, so that nothing of it is sent to the page twice."""
        law, inputs = self.law, self.view.inputs
        known = words(law, inputs)
        self._called = known.get("name", "") if "name" in inputs.facts else ""
        known |= {"preset": inputs.preset or BLANK, "beside": inputs.beside or BLANK, "named": known["as_of"]}
        start = self._start = Start({**known, "shown": _first_group(law)}, notes(self.view))
        self._preset = choice(start, "preset", "City", _presets(law))
        self._beside = choice(start, "beside", "Compare with", _besides(law))
        self._named = choice(start, "named", "The law on", _named_days(law))
        self._day = day_control(law, start)
        self._groups = questions(law, start)
        self._kept = choice(start, "kept", "Open", [("saved cities and drafts", NOTHING)])
        self._name = ipywidgets.Text(
            value=self._called, description="Name", placeholder="a name to save it by", continuous_update=False,
            layout=start.layout, style=start.text, _dom_classes=("bl-long",),
        )  # fmt: skip
        self._notice = ipywidgets.HTML(layout=start.layout, style=start.html)
        shown = [("only what matters", MATTERS), ("every question", EVERY), *((_title(g), g) for g in self._groups)]
        self._shown = choice(start, "shown", "Questions about", shown)
        place = law.facts.get("state")
        asks = [place.model_copy(update={"ask": "State"})] if place else []
        self._top = [control(law, "state", noun, replace(start, notes={})) for noun in asks]
        self.page = Page(self._pressed, self._page())
        self._watch()
        self.widget = self._laid_out()

    def _watch(self) -> None:
        acts: list[tuple[Control, Callable[[Control], None]]] = [
            (self._preset, self._preset_chosen), (self._named, self._day_named), (self._day, self._edited),
            (self._shown, lambda _: self._render()), (self._beside, self._beside_chosen),
            (self._kept, self._open_kept),
        ]  # fmt: skip
        acts += [(asked, self._edited) for asked in self._questions()]
        for asked, act in acts:
            asked.watch(lambda c, act=act: self._guard(lambda: act(c)))  # type: ignore[misc]

    def _questions(self) -> list[Control]:
        return [*self._top, *(asked for group in self._groups.values() for asked in group)]

    def _laid_out(self) -> Any:
        start = self._start
        for wide in (self._preset, self._named):
            wide.box.add_class("bl-wide")
        bar = _box([c.box for c in (self._preset, self._named, self._day, *self._top)], start, "bl-bar")
        name = _box([self._name], start, "bl-question")
        acts = [("Undo", self._undo), ("Redo", self._redo), ("Start over", self._start_over)]
        buttons = [self._button(*act) for act in acts]
        save = self._button("Save", self._save)
        tools = _box([*buttons, self._beside.box, name, save, self._kept.box], start, "bl-bar", "bl-tools")
        first = self._shown.read()
        self._sections = {
            group: _group(group, asked, start, *(() if group == first else (OFF,)))
            for group, asked in self._groups.items()
        }
        form = _box([self._shown.box, *self._sections.values()], start, "bl-form")
        both = _box([form, _box([self.page], start, "bl-answer")], start, "bl-both")
        head = ipywidgets.HTML(f"<div class='bl'>{INTRO}</div>", layout=start.layout, style=start.html)
        return _box([head, bar, tools, self._notice, both], start, "bl-workbench")

    def _button(self, name: str, act: Callable[[], None]) -> Any:
        button = ipywidgets.Button(description=name, layout=self._start.layout)
        button.on_click(lambda _: self._guard(act))
        return button

    def _show_questions(self) -> None:
        """The questions wanted: a group, every one, or those on which an answer now turns and those just answered."""
        wanted = self._shown.read()
        asked_next = self._asked_next() or () if wanted == MATTERS else ()
        turning = {question.fact for question in asked_next} | set(self.view.inputs.facts) - {"as_of", "award", "name"}
        for group, section in self._sections.items():
            shown = [c for c in self._groups[group] if wanted != MATTERS or c.fact in turning]
            _display(section, bool(shown) and wanted in (EVERY, MATTERS, group))
            for asked in self._groups[group]:
                _display(asked.box, asked in shown)

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
        self._beside.show(self.view.inputs.beside or BLANK)
        self._named.show(known["as_of"])
        self._day.show(known["as_of"])
        for asked in self._questions():
            asked.show(known.get(asked.fact, UNSTATED))
        name = self.view.inputs.facts.get("name", "")
        if name != self._called:  # what was typed and not saved stays
            self._called = self._name.value = name

    # the answer ----------------------------------------------------------------------------------------------------

    def _render(self) -> None:
        self.fault = None
        self._fires.follow(self.view)
        self.page.show(self._page())
        self._show_questions()
        told = notes(self.view)
        for asked in (*self._questions(), self._day):
            mistake = self.view.error if asked.fact == self.view.wrong else ""
            asked.tell("" if asked in self._top else told.get(asked.fact, ""), mistake)

    def _page(self) -> str:
        self._slow.page()
        panels = {name: self._panel(name) for name in self.opened}
        asks = next_question(self.board, self._asked_next()) if self._shown.read() == MATTERS else ""
        answer = answer_html(self.view, panels, asks, self._dates.coming(self.view))
        return f"{answer}{self._dates.html(self.view)}{self._fires.html(self.view)}"

    def _later(self, name: str, key: tuple[object, ...], work: Callable[[], Any]) -> Any:
        """Slow work about the city on screen: its result, or None as long as there is none."""
        city = (self.hypothetical.as_of, *city_key(self.hypothetical))
        return self._slow.get((name, *key, city), work)

    def _asked_next(self) -> tuple[Question, ...] | None:
        """The questions that can still move an answer, the one that tells most first; None until they are found."""
        posed = self.hypothetical
        found: tuple[Question, ...] | None = self._later("next", (), lambda: posed.law.interview(posed).ranked)
        return found

    def _panel(self, name: str) -> str:
        """The panel of an opened row; what cannot be asked is told in its place."""
        try:
            return panel(self.board, name, self.opened[name], self._later)
        except BlackletterError as error:
            self.opened = {**self.opened, name: self.opened[name].but(tab="why")}
            told = f"<p class='bl-error' role='alert'>{escape(sentence(self.law, error))}</p>"
            return told + panel(self.board, name, self.opened[name], lambda *_: None)

    def _worked_out(self) -> None:
        """Something is worked out, on a thread of its own."""
        with self._lock:
            try:
                self.page.show(self._page())
                self._show_questions()
            except Exception as fault:  # noqa: BLE001 - nobody sees an error of a thread, so it goes on the page
                self.fault = fault
                self.page.show(fault_html(fault) + answer_html(self.view))

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """The live form, and the whole board as a table and as text for readers without a kernel."""
        opened = "".join(argument_section(self._looked_at(name).why()) for name in self.opened)
        shown: dict[str, Any] = dict(self.widget._repr_mimebundle_())
        return {**shown, "text/plain": board_text(self.board), "text/html": styled(board_tables(self.board) + opened)}

    def _looked_at(self, name: str) -> Finding:
        basis = self.opened[name].basis
        return self.board[name, basis] if basis else leading(self.board, name)


def _presets(law: Ruleset) -> list[tuple[str, str]]:
    return [*((preset.title, name) for name, preset in law.presets.items()), ("a blank city", BLANK)]


def _besides(law: Ruleset) -> list[tuple[str, str]]:
    others = [(preset.title, name) for name, preset in law.presets.items()]
    return [("no other city", BLANK), ("this city, unedited", ITSELF), *others]


def _named_days(law: Ruleset) -> list[tuple[str, str]]:
    named = [(f"{long_date(dt.date.fromisoformat(day))}: {what}", day) for day, what in law.named_dates.items()]
    return [*named, ("another day", ANOTHER_DAY)]


def _first_group(law: Ruleset) -> str:
    """The questions shown first: those about the city's own choices."""
    chosen = next((fact for noun in law.choices.values() for fact in noun.forms), None)
    return law.facts[chosen].group if chosen else "every"


def _title(group: str) -> str:
    return group.replace("_", " ").replace("-", " ")


def _box(parts: list[Any], start: Start, *classes: str) -> Any:
    """A box of parts; how they lie in it is a matter of its classes."""
    return ipywidgets.VBox(parts, layout=start.layout, _dom_classes=classes)


def _group(name: str, asked: list[Control], start: Start, *classes: str) -> Any:
    title = f"<div class='bl-group-name'>{escape(_title(name).capitalize())}</div>"
    head = ipywidgets.HTML(title, layout=start.layout, style=start.html)
    return _box([head, *(control.box for control in asked)], start, "bl-group", *classes)


def _display(box: Any, shown: bool) -> None:
    if (OFF in box._dom_classes) == shown:
        (box.remove_class if shown else box.add_class)(OFF)
