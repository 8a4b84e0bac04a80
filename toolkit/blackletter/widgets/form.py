"""The questions as controls: each reads and shows one fact as a word, and knows nothing of law or history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets

from blackletter.hypothetical import UNKNOWN

from .decide import AWARD_GROUP, UNSTATED

if TYPE_CHECKING:
    from blackletter import model
    from blackletter.ruleset import Ruleset

ON_TOP = ("as_of", "state")
"""Asked above the groups; facts that follow from another are not asked at all."""

USUAL = {"acted_on": "the same day", "actor": "whoever the law names", "party_to": "as the court records say"}
"""What holds when nothing is stated, for facts that have a rule of their own instead of a default."""

NONE = "none"


@dataclass(frozen=True)
class Control:
    """One question on screen: ``box`` is what is laid out, ``widget`` the input in it."""

    fact: str
    widget: Any
    box: Any
    read: Callable[[], str]
    show: Callable[[str], None]
    mistaken: Callable[[str], None]
    """Says a mistake beside the question, or with an empty text the reason for asking again."""

    def watch(self, act: Callable[[Control], None]) -> None:
        """Call ``act`` with this control whenever its value changes."""
        self.widget.observe(lambda _: act(self), names="value")


def questions(law: Ruleset) -> dict[str, list[Control]]:
    """Every group of questions, in the ruleset's order; the award's own list comes first in its group."""
    groups: dict[str, list[Control]] = {}
    for fact, noun in law.facts.items():
        if fact not in ON_TOP and noun.follows is None:
            group = groups.setdefault(noun.group, [])
            if noun.group == AWARD_GROUP and not group and law.awards:
                group.append(award_control(law))
            group.append(control(law, fact, noun))
    return groups


def control(law: Ruleset, fact: str, noun: model.Fact) -> Control:
    """The control for a fact of any kind."""
    if noun.kind == "yes or no":
        options = _with_unknown(fact, noun, {"yes": "yes", "no": "no"})
        return choice(fact, noun.ask, options, noun.why, "bl-long" if noun.default else "bl-short")
    if noun.kind == "one of":
        return choice(fact, noun.ask, _with_unknown(fact, noun, noun.values), noun.why)
    if noun.kind == "set":
        return several(fact, noun, {name: suit.title for name, suit in law.suits.items()})
    return line(fact, noun)


def award_control(law: Ruleset) -> Control:
    """The list of awards on file; choosing one fills in the questions below it."""
    options = [("as stated below", UNSTATED), *((award.title, name) for name, award in law.awards.items())]
    return choice("award", "Which award is it about?", options, "Choosing one answers the questions below.")


def _with_unknown(fact: str, noun: model.Fact, values: Mapping[str, str]) -> list[tuple[str, str]]:
    named = [(label, word) for word, label in values.items()]
    usual = USUAL.get(fact) or (values.get(noun.default, noun.default) if noun.default else None)
    unstated = [(f"not stated: {usual}", UNSTATED)] if usual else []
    return [*unstated, *named, ("not known", UNKNOWN)]


def choice(fact: str, ask: str, options: Iterable[tuple[str, str]], why: str = "", size: str = "bl-long") -> Control:
    """A list to choose one answer from."""
    listed = list(options)
    words = [word for _, word in listed]
    quiet = next((word for word in (UNSTATED, UNKNOWN, "") if word in words), words[0])
    widget = ipywidgets.Dropdown(options=listed, value=quiet, description=ask, tooltip=why or ask)

    def show(word: str) -> None:
        widget.value = word if word in words else quiet

    def read() -> str:
        return quiet if widget.value is None else str(widget.value)  # a page can also choose nothing

    box, mistaken = _box(widget, why, size)
    return Control(fact, widget, box, read, show, mistaken)


def line(fact: str, noun: model.Fact) -> Control:
    """A number or a day, typed; an empty line says nothing is known, or nothing is stated."""
    blank = UNSTATED if fact in USUAL or noun.default is not None else UNKNOWN
    widget = ipywidgets.Text(
        value="", description=_unit(noun), placeholder=_example(fact, noun), continuous_update=False,
        tooltip=noun.why or noun.ask,
    )  # fmt: skip

    def show(word: str) -> None:
        widget.value = "" if word in (UNKNOWN, UNSTATED) else word

    box, mistaken = _box(widget, noun.why, "bl-short")
    return Control(fact, widget, box, lambda: widget.value.strip() or blank, show, mistaken)


def _unit(noun: model.Fact) -> str:
    return f"{noun.ask} ({noun.unit})" if noun.unit else noun.ask


def _example(fact: str, noun: model.Fact) -> str:
    if fact in USUAL:
        return USUAL[fact]
    if noun.kind == "number":
        return "not known"
    return "YYYY-MM-DD or never" if noun.never else "YYYY-MM-DD"


def several(fact: str, noun: model.Fact, members: Mapping[str, str]) -> Control:
    """A list to choose several answers from, or none of them; nothing chosen says nothing."""
    options = [("none of them", NONE), *((label, name) for name, label in members.items())]
    widget = ipywidgets.SelectMultiple(options=options, description=noun.ask, rows=5, tooltip=noun.why or noun.ask)

    def read() -> str:
        chosen = [name for name in widget.value if name != NONE]
        return ",".join(chosen) if chosen or widget.value else UNSTATED

    def show(word: str) -> None:
        said = () if word in (UNKNOWN, UNSTATED) else tuple(n for n in word.split(",") if n in members) or (NONE,)
        widget.value = said

    box, mistaken = _box(widget, noun.why, "bl-long")
    return Control(fact, widget, box, read, show, mistaken)


def day_control(law: Ruleset) -> Control:
    """The day the law is asked on."""
    picker = ipywidgets.DatePicker(description="or on this day", tooltip="The day whose law is asked")
    box, mistaken = _box(picker, f"From {law.covered.start} to {law.covered.to}.", "bl-short")

    def read() -> str:
        return picker.value.isoformat() if picker.value else "no day"

    def show(word: str) -> None:
        try:
            picker.value = dt.date.fromisoformat(word)
        except ValueError:  # what was stated is no day; the sentence above the board says so
            picker.value = None

    return Control("as_of", picker, box, read, show, mistaken)


def _box(widget: Any, why: str, size: str) -> tuple[Any, Callable[[str], None]]:
    """The input with the reason for asking below it, in sight; a mistake takes its place."""
    widget.add_class(size)
    below = ipywidgets.HTML(_why(why))
    box = ipywidgets.VBox([widget, below] if why else [widget])
    box.add_class("bl-question")

    def mistaken(text: str) -> None:
        below.value = f"<p class='bl-why bl-bad'>{escape(text)}</p>" if text else _why(why)
        box.children = [widget, below] if text or why else [widget]

    return box, mistaken


def _why(why: str) -> str:
    return f"<p class='bl-why'>{escape(why)}</p>" if why else ""
