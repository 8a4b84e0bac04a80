"""An exercise on screen: commit a verdict and its ground, then see the feedback; hints on request."""

from __future__ import annotations

import threading
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets

from blackletter.exercises import Progress
from blackletter.pages import styled
from blackletter.sheets import (
    drill_html,
    drill_text,
    feedback_html,
    feedback_text,
    grounds_html,
    lettered,
    question_html,
)
from blackletter.views import SAYS

from .answer import fault_html
from .page import Page

if TYPE_CHECKING:
    from blackletter.exercises import Drill
    from blackletter.ruleset import Ruleset

UNCHOSEN = ""
PROGRESS = "blackletter-progress.json"


class Predict:
    """One exercise: two lists, a button that commits, and hints. Nothing is shown before an answer is committed.

    ``progress`` is the file that keeps what was predicted (None: nothing is kept). Where no kernel runs, the question
    and what may be answered show as text.

    >>> import blackletter as bl
    >>> asked = bl.Predict(bl.load(), "springfield-ineligible", progress=None)
    >>> asked.drill.exercise.notebook
    '01-watch-the-board'
    """

    def __init__(self, law: Ruleset, exercise: str, progress: str | Path | None = PROGRESS) -> None:
        self.drill: Drill = law.exercise(exercise)
        self.progress = Progress(Path(progress)) if progress is not None else None
        self._lock = threading.RLock()
        self._hinted = 0
        drill = self.drill
        grounds = zip(lettered(drill), drill.options, strict=True)
        self._verdict = _list("Your verdict", [(_said(v), v) for v in drill.verdicts])
        self._ground = _list("What decides it", [(words, o.id) for words, o in grounds])
        self._said = Page(lambda _: None)
        commit, hint = _button("Commit", self.commit), _button("Hint", self.hint)
        lead = "<p>Commit a verdict, and which of these decides it:</p>"
        head = ipywidgets.HTML(styled(question_html(drill) + lead + grounds_html(drill)))
        buttons = ipywidgets.HBox([commit, hint])
        self.widget = ipywidgets.VBox([head, self._verdict, self._ground, buttons, self._said])
        self.widget.add_class("bl-predict")

    @property
    def said(self) -> str:
        """The feedback or hint on screen, as HTML; empty before anything was asked."""
        return str(self._said.html)

    def choose(self, verdict: str, because: str) -> None:
        """Choose from the two lists, as a student does."""
        self._verdict.value, self._ground.value = verdict, because

    def commit(self) -> None:
        """Commit what is chosen, and show the feedback."""
        self._guard(self._commit)

    def hint(self) -> None:
        """Show the next hint."""
        self._guard(self._hint)

    def _guard(self, act: Callable[[], None]) -> None:
        with self._lock:
            try:
                act()
            except Exception as fault:  # noqa: BLE001 - Jupyter shows no error of a callback, so ours goes on the page
                self._said.show(fault_html(fault))

    def _commit(self) -> None:
        if UNCHOSEN in (self._verdict.value, self._ground.value):
            self._tell("Choose a verdict and what decides it; then commit.")
            return
        said = self.drill.predict(self._verdict.value, self._ground.value, self.progress)
        self._said.show(feedback_html(said))
        self._said.say(feedback_text(said))

    def _hint(self) -> None:
        ladder = self.drill.hints
        self._hinted = min(self._hinted + 1, len(ladder))
        self._tell(f"Hint {self._hinted} of {len(ladder)}: {self.drill.hint(self._hinted)}")

    def _tell(self, words: str) -> None:
        self._said.show(f"<p class='bl-told'>{escape(words)}</p>")
        self._said.say(words)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """The live exercise, and its question as text for readers without a kernel."""
        shown: dict[str, Any] = dict(self.widget._repr_mimebundle_())
        return {**shown, "text/plain": drill_text(self.drill), "text/html": drill_html(self.drill)}


def _list(name: str, options: list[tuple[str, str]]) -> Any:
    made = ipywidgets.Dropdown(
        options=[("choose", UNCHOSEN), *options], value=UNCHOSEN, description=name,
        style={"description_width": "9em"}, layout={"width": "auto"},
    )  # fmt: skip
    made.add_class("bl-predict-list")
    return made


def _said(verdict: str) -> str:
    """A verdict with its plain words, where they say more.

    >>> _said("enjoined"), _said("permitted")
    ('enjoined: blocked by a court', 'permitted')
    """
    plain = SAYS[verdict].rpartition(": ")[2]
    return verdict if plain.lower() == verdict else f"{verdict}: {plain[0].lower()}{plain[1:]}"


def _button(name: str, act: Callable[[], None]) -> Any:
    button = ipywidgets.Button(description=name, layout={"width": "auto"})
    button.on_click(lambda _: act())
    return button
