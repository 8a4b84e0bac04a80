"""What an opened row shows: the powers claimed, why, and who disagrees; then the dates and the firing log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from blackletter.pages import argument_section, gates_html
from blackletter.strip import timeline_svg, timeline_table

from .answer import verdict_html
from .parts import button

if TYPE_CHECKING:
    from blackletter.findings import Board, Finding
    from blackletter.timeline import Timeline
    from blackletter.watch import Step

TABS = {"why": "Why", "readings": "Who disagrees"}
"""What can be asked of an opened finding."""


@dataclass(frozen=True)
class Opened:
    """What one opened row shows: the power or law looked at (None: the one that comes furthest), and the tab."""

    basis: str | None = None
    tab: str = "why"
    aim: str | None = None


def panel(board: Board, name: str, opened: Opened) -> str:
    """The panel of one action or choice."""
    findings = under(board, name)
    chosen = next((f for f in findings if f.basis == opened.basis), None) or leading(board, name)
    tabs = "".join(
        button(words, "tab", name=name, tab=tab, key=f"tab:{name}:{tab}", pressed=tab == opened.tab)
        for tab, words in TABS.items()
    )
    title = basis_title(board, chosen)
    return (
        f"<div data-key='panel:{escape(name)}' class='bl-panel' data-explains='{escape(name)}|{escape(chosen.basis)}' "
        f"data-tab='{opened.tab}'>{_powers(board, name, findings, chosen)}"
        f"<p><strong>{escape(title)}</strong>: {verdict_html(chosen.verdict)} {gates_html(chosen)}</p>"
        f"<div class='bl-tabs' role='group' aria-label='About this answer'>{tabs}</div>"
        f"<div class='bl-tab'>{_tab(board, chosen, opened)}</div></div>"
    )


def under(board: Board, name: str) -> tuple[Finding, ...]:
    """The findings of an action under each power, or of a choice under each law."""
    if name in board.actions:
        return board.actions[name].bases
    return tuple(f for (choice, _), f in board.choices.items() if choice == name)


def leading(board: Board, name: str) -> Finding:
    """The finding an opened row shows first."""
    if name in board.actions:
        found = board.actions[name].leading
        assert found is not None
        return found
    quiet = ("not regulated", "outside the model")
    findings = under(board, name)
    return next((f for f in findings if f.verdict not in quiet), findings[0])


def basis_title(board: Board, finding: Finding) -> str:
    """The power claimed, or the law asked."""
    law = board.law
    noun = law.bases.get(finding.basis) or law.laws.get(finding.basis)
    return noun.title if noun else finding.basis


def _powers(board: Board, name: str, findings: Sequence[Finding], chosen: Finding) -> str:
    """Each power claimed as a button, under its answer; the one looked at is pressed."""
    by_verdict: dict[str, list[Finding]] = {}
    for finding in findings:
        by_verdict.setdefault(finding.verdict, []).append(finding)
    order = sorted(by_verdict, key=lambda v: (v != chosen.verdict, v in ("no authority", "outside the model")))
    lines = "".join(f"<div>{verdict_html(v)}: {_buttons(board, name, by_verdict[v], chosen)}</div>" for v in order)
    asked = "powers claimed" if name in board.actions else "laws asked"
    return f"<div class='bl-powers' role='group' aria-label='The {asked}'>{lines}</div>"


def _buttons(board: Board, name: str, findings: Sequence[Finding], chosen: Finding) -> str:
    return "".join(
        f"<span data-action='{escape(name)}' data-basis='{escape(f.basis)}' data-verdict='{escape(f.verdict)}'>"
        + button(
            basis_title(board, f), "basis", name=name, basis=f.basis, key=f"basis:{name}:{f.basis}", pressed=f is chosen
        )
        + "</span>"
        for f in findings
    )


def _tab(board: Board, finding: Finding, opened: Opened) -> str:
    if opened.tab == "readings":
        return readings_html(board, finding)
    return argument_section(finding.why())


# who disagrees -------------------------------------------------------------------------------------------------------


def readings_html(board: Board, finding: Finding) -> str:
    """The verdict under each reading of the open questions, each to be assumed; and what binds where."""
    law = board.law
    asked = list(dict.fromkeys(q for r in finding.readings for q in r.assume))
    if not asked:
        return "<p>No open question moves this answer: every reading on file gives the same.</p>"
    heads = "".join(f"<th scope='col'>{escape(law.questions[q].asks)}</th>" for q in asked)
    rows = "".join(
        "<tr>" + "".join(f"<td>{_reading(board, q, item.assume.get(q))}</td>" for q in asked)
        + f"<th scope='row'>{verdict_html(item.verdict)}</th><td>{_assume(item.assume)}</td></tr>"
        for item in finding.readings
    )  # fmt: skip
    return (
        f"<table class='bl-readings'><caption>If the open questions are read so</caption><thead><tr>{heads}"
        f"<th scope='col'>then</th><th scope='col'>try it</th></tr></thead><tbody>{rows}</tbody></table>"
        f"{''.join(_where(board, q) for q in asked)}"
    )


def _assume(readings: Mapping[str, str]) -> str:
    return button("Assume this", "set", facts=readings, key="assume:" + ",".join(readings.values()))


def _reading(board: Board, question: str, reading: str | None) -> str:
    if reading is None:
        return "either"
    noun = board.law.questions[question].readings[reading]
    who = f" <span class='bl-note'>({escape(', '.join(noun.argued_by))})</span>" if noun.argued_by else ""
    return f"{escape(noun.says)}{who}"


def _where(board: Board, question: str) -> str:
    """How the question stands on the day, circuit by circuit."""
    from blackletter.splits import split

    law = board.law
    found = split(law, question, board.hypothetical.as_of)
    by_state: dict[str, list[str]] = {}
    for circuit, stands in found.items():
        by_state.setdefault(_stands(board, question, stands), []).append(law.facts["circuit"].values[circuit])
    lines = "".join(f"<li>{escape(stands)}: {escape(', '.join(named))}</li>" for stands, named in by_state.items())
    return (
        f"<details data-key='where:{escape(question)}' class='bl-note'><summary>How courts had settled it by that day: "
        f"{escape(law.questions[question].asks)}</summary><ul>{lines}</ul></details>"
    )


def _stands(board: Board, question: str, stands: str) -> str:
    presumed, _, reading = stands.rpartition(" ")
    readings = board.law.questions[question].readings
    if reading in readings:
        return f"{'presumed' if presumed else 'held'}: {readings[reading].says}"
    return stands


# the dates -----------------------------------------------------------------------------------------------------------


def time_html(line: Timeline | None, day: dt.date, state: str) -> str:
    """The timeline: each column goes to its first day. ``state`` says what is missing or being worked out."""
    told = f"<p class='bl-note' data-state='{'working' if state else 'drawn'}'>{escape(state or HOW)}</p>"
    if line is None:
        return f"<section data-key='time'><h3>Time</h3>{told}</section>"
    table = timeline_table(line)
    return (
        f"<section data-key='time'><h3>Time</h3>{told}"
        f"<div class='bl-strip' data-key='strip'>{timeline_svg(line, day, live=True)}</div>"
        f"<details data-key='dates'><summary>The same in words: {len(line)} stretches of time, and why each began"
        f"</summary>{table}</details></section>"
    )


HOW = "Press a column to go to its first day; by keyboard, the arrows move and Enter goes."


# the firing log ------------------------------------------------------------------------------------------------------


def fired_html(steps: Sequence[Step] | None, since: Sequence[Step] | None, edit: str, note: str = "") -> str:
    """The rules firing, in law words: what the last edit set off, and the whole log with Step and Play."""
    if steps is None:
        start = button("Watch the rules fire", "fired", key="fired:on")
        return f"<section data-key='fired'><h3>Rules firing</h3>{start}{escape(note)}</section>"
    news = ""
    if since is not None:
        told = "".join(f"<li>{_step(s)}</li>" for s in since) or "<li>Nothing new: no rule fired.</li>"
        news = f"<p><strong>{escape(edit)}</strong> set off:</p><ul>{told}</ul>"
    log = "".join(f"<li>{_step(s)}</li>" for s in steps)
    mark = f"{len(steps)}:{steps[-1].number if steps else 0}"
    controls = "".join(
        f"<button type='button' data-play='{do}' data-key='play:{do}'>{words}</button>"
        for do, words in (("step", "Step"), ("play", "Play"), ("all", "Show all"))
    )
    return (
        f"<section data-key='fired'><h3>Rules firing</h3>{news}<div>{controls}<span class='bl-fired-count bl-note'>"
        f"</span> {button('Close', 'fired', key='fired:on')}</div>"
        f"<ol class='bl-fired' data-log='{escape(mark)}' tabindex='0' aria-label='Rules in the order they fired'>"
        f"{log}</ol></section>"
    )


def _step(step: Step) -> str:
    source = ", ".join(part for part in (step.cite, step.instrument) if part)
    return f"{escape(step.says)}{f' <cite>{escape(source)}</cite>' if source else ''}"
