"""The questions as controls: each reads and shows one fact as a word, and knows nothing of law or history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets
from ipywidgets.widgets.widget_description import DescriptionStyle
from ipywidgets.widgets.widget_string import HTMLStyle, TextStyle

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
    tell: Callable[[str, str], None]
    """Says below the question a note after the reason for asking, or in their place a mistake; each may be empty."""

    def watch(self, act: Callable[[Control], None]) -> None:
        """Call ``act`` with this control whenever its value changes."""
        self.widget.observe(lambda _: act(self), names="value")


@dataclass(frozen=True)
class Start:
    """What a form shows when it is built: the answers and the notes by fact, and the look its parts share.

    Every part of a widget, and every later change of it, is a message to the page. A long form would send so many at
    once that a busy server may lose some; so its parts share one layout and style and are built as they are to be.
    """

    known: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    layout: Any = field(default_factory=ipywidgets.Layout)
    style: Any = field(default_factory=DescriptionStyle)
    text: Any = field(default_factory=TextStyle)
    html: Any = field(default_factory=HTMLStyle)


def questions(law: Ruleset, start: Start) -> dict[str, list[Control]]:
    """Every group of questions, in the ruleset's order; the award's own list comes first in its group."""
    groups: dict[str, list[Control]] = {}
    for fact, noun in law.facts.items():
        if fact not in ON_TOP and noun.follows is None:
            group = groups.setdefault(noun.group, [])
            if noun.group == AWARD_GROUP and not group and law.awards:
                group.append(award_control(law, start))
            group.append(control(law, fact, noun, start))
    return groups


def control(law: Ruleset, fact: str, noun: model.Fact, start: Start) -> Control:
    """The control for a fact of any kind."""
    if noun.kind == "yes or no":
        options = _with_unknown(fact, noun, {"yes": "yes", "no": "no"})
        return choice(start, fact, noun.ask, options, noun.why, "bl-long" if noun.default else "bl-short")
    if noun.kind == "one of":
        return choice(start, fact, noun.ask, _with_unknown(fact, noun, noun.values), noun.why)
    if noun.kind == "set":
        return several(start, fact, noun, {name: suit.title for name, suit in law.suits.items()})
    return line(start, fact, noun)


def award_control(law: Ruleset, start: Start) -> Control:
    """The list of awards on file; choosing one fills in the questions below it."""
    options = [("as stated below", UNSTATED), *((award.title, name) for name, award in law.awards.items())]
    return choice(start, "award", "Which award is it about?", options, "Choosing one answers the questions below.")


def _with_unknown(fact: str, noun: model.Fact, values: Mapping[str, str]) -> list[tuple[str, str]]:
    named = [(label, word) for word, label in values.items()]
    usual = USUAL.get(fact) or (values.get(noun.default, noun.default) if noun.default else None)
    unstated = [(f"not stated: {usual}", UNSTATED)] if usual else []
    return [*unstated, *named, ("not known", UNKNOWN)]


def choice(
    start: Start, fact: str, ask: str, options: Iterable[tuple[str, str]], why: str = "", size: str = "bl-long"
) -> Control:
    """A list to choose one answer from."""
    listed = list(options)
    words = [word for _, word in listed]
    quiet = next((word for word in (UNSTATED, UNKNOWN, "") if word in words), words[0])

    def shown(word: str) -> str:
        return word if word in words else quiet

    widget = ipywidgets.Dropdown(
        options=listed, value=shown(start.known.get(fact, UNSTATED)), description=ask, tooltip=why or ask,
        layout=start.layout, style=start.style, _dom_classes=(size,),
    )  # fmt: skip

    def read() -> str:
        return quiet if widget.value is None else str(widget.value)  # a page can also choose nothing

    return _control(start, fact, widget, why, read, shown)


def line(start: Start, fact: str, noun: model.Fact) -> Control:
    """A number or a day, typed; an empty line says nothing is known, or nothing is stated."""
    blank = UNSTATED if fact in USUAL or noun.default is not None else UNKNOWN

    def shown(word: str) -> str:
        return "" if word in (UNKNOWN, UNSTATED) else word

    widget = ipywidgets.Text(
        value=shown(start.known.get(fact, UNSTATED)), description=_unit(noun), placeholder=_example(fact, noun),
        continuous_update=False, tooltip=noun.why or noun.ask, layout=start.layout, style=start.text,
        _dom_classes=("bl-long" if noun.never else "bl-short",),
    )  # fmt: skip
    return _control(start, fact, widget, noun.why, lambda: widget.value.strip() or blank, shown)


def _unit(noun: model.Fact) -> str:
    return f"{noun.ask} ({noun.unit})" if noun.unit else noun.ask


def _example(fact: str, noun: model.Fact) -> str:
    if fact in USUAL:
        return USUAL[fact]
    if noun.kind == "number":
        return "not known"
    return "YYYY-MM-DD or never" if noun.never else "YYYY-MM-DD"


def several(start: Start, fact: str, noun: model.Fact, members: Mapping[str, str]) -> Control:
    """A list to choose several answers from, or none of them; nothing chosen says nothing."""
    more = {UNKNOWN: "and perhaps others"} if fact == "party_to" else {}
    options = [("none of them", NONE), *((label, name) for name, label in {**more, **members}.items())]

    def shown(word: str) -> tuple[str, ...]:
        if word in (UNKNOWN, UNSTATED):
            return ()
        return tuple(name for name in word.split(",") if name in members or name in more) or (NONE,)

    widget = ipywidgets.SelectMultiple(
        options=options, value=shown(start.known.get(fact, UNSTATED)), description=noun.ask, rows=5,
        tooltip=noun.why or noun.ask, layout=start.layout, style=start.style, _dom_classes=("bl-long",),
    )  # fmt: skip

    def read() -> str:
        chosen = [name for name in widget.value if name != NONE]
        return ",".join(chosen) if chosen or widget.value else UNSTATED

    return _control(start, fact, widget, noun.why, read, shown)


def day_control(law: Ruleset, start: Start) -> Control:
    """The day the law is asked on."""

    def shown(word: str) -> dt.date | None:
        try:
            return dt.date.fromisoformat(word)
        except ValueError:  # what was stated is no day; the sentence above the board says so
            return None

    picker = ipywidgets.DatePicker(
        value=shown(start.known.get("as_of", "")), description="or on this day", tooltip="The day whose law is asked",
        layout=start.layout, style=start.style, _dom_classes=("bl-short",),
    )  # fmt: skip

    def read() -> str:
        return picker.value.isoformat() if picker.value else "no day"

    return _control(start, "as_of", picker, f"From {law.covered.start} to {law.covered.to}.", read, shown)


def _control(
    start: Start, fact: str, widget: Any, why: str, read: Callable[[], str], shown: Callable[[str], Any]
) -> Control:
    """The input with the reason for asking below it, in sight, and what is told of its answer."""
    first = _below(why, start.notes.get(fact, ""), "")
    below = ipywidgets.HTML(first, layout=start.layout, style=start.html)
    box = ipywidgets.VBox([widget, below] if first else [widget], layout=start.layout, _dom_classes=("bl-question",))

    def show(word: str) -> None:
        widget.value = shown(word)

    def tell(note: str, mistake: str) -> None:
        below.value = _below(why, note, mistake)
        box.children = [widget, below] if below.value else [widget]

    return Control(fact, widget, box, read, show, tell)


def _below(why: str, note: str, mistake: str) -> str:
    if mistake:
        return f"<p class='bl-why bl-bad'>{escape(mistake)}</p>"
    said = f" <span class='bl-told-fact'>{escape(note)}</span>" if note else ""
    return f"<p class='bl-why'>{escape(why)}{said}</p>" if why or note else ""
