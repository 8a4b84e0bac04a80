"""Exercise sheets: the question, the feedback and the answer key as text, Markdown and HTML. All text is escaped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from string import ascii_uppercase
from typing import TYPE_CHECKING

from .exercises import Drill
from .pages import styled

if TYPE_CHECKING:
    from .exercises import Exercise, Feedback
    from .ruleset import Ruleset


def drill_text(drill: Drill) -> str:
    """The question and what may be answered, without the answer."""
    lines = [drill.exercise.title, drill.exercise.asks, "", "Verdicts: " + ", ".join(drill.verdicts), "Grounds:"]
    return "\n".join([*lines, *(f"  {o.id}: {o.words}" for o in drill.options)])


def drill_html(drill: Drill) -> str:
    """The same as a page section, for readers without a kernel."""
    verdicts = ", ".join(map(escape, drill.verdicts))
    return styled(
        f"<section class='bl-drill'>{question_html(drill)}<p>Commit one verdict ({verdicts}) and what decides it:</p>"
        f"{grounds_html(drill)}</section>"
    )


def question_html(drill: Drill) -> str:
    """What the exercise asks."""
    return f"<p><strong>{escape(drill.exercise.title)}.</strong> {escape(drill.exercise.asks)}</p>"


def grounds_html(drill: Drill) -> str:
    """The grounds in full, each after its letter."""
    return "<ul class='bl-grounds'>" + "".join(f"<li>{escape(words)}</li>" for words in lettered(drill)) + "</ul>"


def lettered(drill: Drill) -> tuple[str, ...]:
    """The grounds in their order, each after a letter, as in a classroom."""
    return tuple(f"{letter}. {o.words}" for letter, o in zip(ascii_uppercase, drill.options, strict=False))


def feedback_text(said: Feedback) -> str:
    """The feedback as lines."""
    lines = [_opening(said), f"The answer: {said.verdict}.", *said.lead]
    return "\n".join([*lines, *(v.words for v in said.variations)])


def feedback_html(said: Feedback) -> str:
    """The feedback as a page section, for a live region."""
    return styled(
        f"<section class='bl-feedback' data-right='{'yes' if said.right else 'no'}'>"
        f"<p><strong>{escape(_opening(said))}</strong></p><p>The answer: <strong>{escape(said.verdict)}</strong>.</p>"
        f"{_items(said.lead)}<p>Vary it:</p>{_items(v.words for v in said.variations)}</section>"
    )


def _opening(said: Feedback) -> str:
    return "Right, and for the right reason." if said.right else said.parts


def _items(lines: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def drill_handout(drill: Drill) -> str:
    """The question and what may be answered as Markdown, to print; no answer."""
    lines = [f"### {drill.exercise.title}", "", drill.exercise.asks, "", f"Verdicts: {', '.join(drill.verdicts)}.", ""]
    return "\n".join([*lines, *(f"- {words}" for words in lettered(drill))])


def drill_key(drill: Drill) -> str:
    """The answer as Markdown, for the instructor: the verdict, its grounds, variations, replies to what is wrong."""
    finding, offered = drill.finding, tuple(zip(ascii_uppercase, drill.options, strict=False))
    lines = [f"### {drill.exercise.title}", "", drill.exercise.asks, "", f"**{finding.verdict}**", ""]
    lines += [f"- It teaches: {drill.exercise.teaches}"]
    lines += [f"- {line}" for line in finding.why().lead]
    lines += [f"- Right, {letter}: {o.words}" for letter, o in offered if o.id in drill.grounds]
    lines += [f"- {v.words}" for v in drill.variations]
    wrong = [(letter, o) for letter, o in offered if o.id not in drill.grounds]
    return "\n".join(
        [*lines, *(f"- Wrong, {letter}: {o.words} The reply: {drill.astray(o.id)}" for letter, o in wrong)]
    )


def answer_key(law: Ruleset, exercises: Sequence[Exercise]) -> str:
    """Every answer as one Markdown page, notebook by notebook; made by the engine, so it is never stale."""
    head = ["# Answer key", "", f"Made by the engine from {law.id} {law.version} ({law.hash}). {law.not_advice}"]
    return by_notebook(head, exercises, lambda exercise: drill_key(Drill(law, exercise)))


def by_notebook(head: Sequence[str], exercises: Sequence[Exercise], told: Callable[[Exercise], str]) -> str:
    """A Markdown page of something told of every exercise, under a heading for each notebook."""
    lines = [*head, ""]
    for notebook in dict.fromkeys(e.notebook for e in exercises):
        lines += [f"## {notebook}", ""]
        for exercise in (e for e in exercises if e.notebook == notebook):
            lines += [told(exercise), ""]
    return "\n".join(lines)
