"""Boards and arguments in words: what verdicts are called on screen, text, and Markdown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .argue import Argument
    from .findings import ActionFinding, Board, Finding
    from .ruleset import Ruleset

MARKS = {
    "permitted": "(+)", "permitted after process": "(+…)", "enjoined": "(x)", "no authority": "(–)",
    "unconstitutional": "(–)", "waived": "(–)", "not ripe": "(.)", "not permitted": "(–)", "contested": "(~)",
    "undetermined": "(?)", "conflict": "(!)", "outside the model": "( )", "required": "(+)", "forbidden": "(–)",
    "not regulated": "( )",
}  # fmt: skip
"""A mark beside each verdict, so that it never rests on color."""

SAYS = {
    "permitted": "Permitted", "permitted after process": "Permitted after process",
    "enjoined": "Blocked by a court", "no authority": "No authority: no law gives this power",
    "unconstitutional": "Barred by the Constitution", "waived": "Given up in writing by the agency",
    "not ripe": "Not yet", "not permitted": "Not permitted, for different reasons",
    "contested": "Contested: courts disagree or the question is open", "undetermined": "Depends on facts not known",
    "conflict": "The rules clash here: a fault in the ruleset", "outside the model": "Not covered",
    "required": "Required", "forbidden": "Forbidden", "not regulated": "Not regulated",
}  # fmt: skip
"""The words on screen for each verdict."""


def short_words(verdict: str) -> str:
    """The verdict on screen, without what it means.

    >>> short_words("no authority")
    'No authority'
    """
    return SAYS[verdict].partition(":")[0]


def verdict_words(verdict: str, finding: Finding | ActionFinding | None = None) -> str:
    """The verdict on screen, with its steps or what it depends on."""
    words = SAYS.get(verdict, verdict)
    if finding is None:
        return words
    if verdict == "permitted after process" and finding.steps:
        return f"Permitted after: {', '.join(finding.steps)}"
    if verdict == "undetermined" and finding.missing:
        return "Depends on: " + ", ".join(m.fact for m in finding.missing[:4])
    return words


NOT_EXACT = "not exact: too many cases at once, so what could be settled by going through them is left open"


def footer(board: Board) -> str:
    """The line every result carries: the day, the ruleset and its hash, overlays, and that it is no advice."""
    law = board.law
    over = "".join(f" · {o}" for o in (*law.overlays, *(() if board.exact else (NOT_EXACT,))))
    return f"As of {board.hypothetical.as_of} · ruleset {law.id} {law.version} · {law.hash}{over}. {law.not_advice}"


# -- boards ---------------------------------------------------------------------------------------------------------


def board_html(board: Board) -> str:
    """The board as captioned HTML tables."""
    from .pages import board_html as as_html

    return as_html(board)


def board_text(board: Board) -> str:
    """The board as plain text: one line an action, then the city's choices."""
    lines = [f"{board.hypothetical.name}, {board.hypothetical.as_of}: what the federal side may do"]
    width = max(len(board.law.actions[a].title) for a in board.actions)
    for action, found in board.actions.items():
        if found.bases:
            title = board.law.actions[action].title
            lines.append(f"  {title:<{width}}  {MARKS[found.verdict]:<4} {verdict_words(found.verdict, found)}")
    lines.append("What federal law says of the city's choices")
    for (choice, law), finding in board.choices.items():
        if finding.verdict not in ("not regulated", "outside the model"):
            title = f"{board.law.choices[choice].title} ({board.law.laws[law].title})"
            lines.append(f"  {title}: {MARKS[finding.verdict]} {verdict_words(finding.verdict, finding)}")
    quiet = [c for c in board.law.choices if _quiet(board, c)]
    if quiet:
        lines.append(
            "  Not regulated by any law on file that covers it: " + ", ".join(board.law.choices[c].title for c in quiet)
        )
    return "\n".join([*lines, footer(board)])


def _quiet(board: Board, choice: str) -> bool:
    verdicts = {f.verdict for (c, _), f in board.choices.items() if c == choice}
    return "not regulated" in verdicts and verdicts <= {"not regulated", "outside the model"}


def long_date(day: dt.date) -> str:
    """A day as a sentence says it.

    >>> long_date(dt.date(2017, 4, 26))
    '26 April 2017'
    """
    return f"{day.day} {day:%B %Y}"


def fact_question(law: Ruleset, fact: str) -> str:
    """The question that a fact, or membership in one suit, answers.

    >>> import blackletter as bl
    >>> fact_question(bl.load(), "certified")
    'Has the city certified compliance with section 1373?'
    """
    suit = law.suits.get(fact.removeprefix("party_to:")) if fact.startswith("party_to:") else None
    if suit is not None:
        return f"Is the city a party to {suit.title}?"
    return law.facts[fact].ask if fact in law.facts else fact


# -- arguments ------------------------------------------------------------------------------------------------------


def source_words(step: Argument) -> str:
    """Pinpoint, instrument and flag of a step."""
    parts = [p for p in (step.cite, step.instrument) if p]
    if step.flag:
        parts.append(f"flag {step.flag}")
    return " · ".join(parts)


def argument_text(step: Argument, depth: int | None = None) -> str:
    """The argument as indented lines: the short answer first."""
    lines = [step.claim, *(f"  {line}" for line in step.lead)]
    if step.note:
        lines.append(f"  {step.note}")
    for part in step.because:
        lines.extend(_text_lines(part, 1, depth))
    return "\n".join(lines)


def _text_lines(step: Argument, level: int, depth: int | None) -> Iterator[str]:
    if depth is not None and level > depth:
        return
    sign = {"shown": "+", "refuted": "-", "open": "?"}[step.status]
    source = source_words(step)
    note = f" — {step.note}" if step.note else ""
    yield f"{'  ' * level}{sign} {step.claim}{note}{f'  [{source}]' if source else ''}"
    for part in (*step.because, *step.despite):
        yield from _text_lines(part, level + 1, depth)


def argument_markdown(step: Argument) -> str:
    """The argument as a nested Markdown list."""
    lines = [f"**{_md(step.claim)}**", ""]
    lines += [f"> {_md(line)}" for line in step.lead]
    lines.append("")
    for part in step.because:
        lines.extend(_md_lines(part, 0))
    return "\n".join(lines)


def _md(text: str) -> str:
    for char in "\\`*_{}[]<>|#":
        text = text.replace(char, "\\" + char)
    return text.replace("\n", " ")


def _md_lines(step: Argument, level: int) -> Iterator[str]:
    source = source_words(step)
    note = f" — *{_md(step.note)}*" if step.note else ""
    yield f"{'  ' * level}- {step.status}: {_md(step.claim)}{note}{f' ({_md(source)})' if source else ''}"
    for part in (*step.because, *step.despite):
        yield from _md_lines(part, level + 1)


def argument_html(step: Argument) -> str:
    """The argument as nested ``details``."""
    from .pages import argument_html as as_html

    return as_html(step)
