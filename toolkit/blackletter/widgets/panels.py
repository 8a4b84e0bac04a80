"""What an opened row shows: the powers claimed, why, and who disagrees; then the dates and the firing log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

from blackletter.graph import argument_svg
from blackletter.memo import memo
from blackletter.pages import argument_section, gates_html
from blackletter.strip import timeline_svg, timeline_table
from blackletter.tiles import map_svg, map_table
from blackletter.views import short_words

from .answer import verdict_html
from .parts import button

if TYPE_CHECKING:
    from blackletter.change import Change, Changes
    from blackletter.document import Document
    from blackletter.findings import Board, Finding
    from blackletter.forum import ForumMap
    from blackletter.matrix import Matrix, QuestionRow
    from blackletter.timeline import Timeline
    from blackletter.watch import Step

TABS = {
    "why": "Why", "whynot": "Why not …", "change": "What would change it", "readings": "Who disagrees",
    "graph": "Graph", "map": "In other States", "memo": "Memo",
}  # fmt: skip
"""What can be asked of an opened finding."""

ANOTHER = "another answer"
"""The word of a change to whatever other verdict."""

LISTED = 8
"""Sets of changes listed; the others are counted."""

Later = Callable[[str, tuple[object, ...], Callable[[], Any]], Any]
"""Gives the result of slow work, or None while it is being worked out: ``later(name, key, work)``."""


@dataclass(frozen=True)
class Opened:
    """What one opened row shows: the power or law looked at (None: the one that comes furthest), and the tab.

    ``aim`` is the verdict asked about by "why not" and "what would change it"; ``kept`` tells where a memo was written.
    """

    basis: str | None = None
    tab: str = "why"
    aim: str | None = None
    kept: str = ""

    def but(self, **asked: str) -> Opened:
        """The same row with something else asked of it; what was told of a memo is told no longer."""
        return replace(self, **{"kept": "", **asked})


def panel(board: Board, name: str, opened: Opened, later: Later) -> str:
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
        f"data-tab='{escape(opened.tab)}'>{_powers(board, name, findings, chosen)}"
        f"<p class='bl-about'><strong>{escape(title)}</strong>: {verdict_html(chosen.verdict)} {gates_html(chosen)}</p>"
        f"<div class='bl-tabs' role='group' aria-label='About this answer'>{tabs}</div>"
        f"<div class='bl-tab' data-key='{escape(f'{opened.tab}|{chosen.basis}|{opened.aim or str()}')}'>"
        f"{_tab(board, name, chosen, opened, later)}</div></div>"
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
    """Each power claimed as a button, under its answer; the one looked at is pressed, long lists are folded."""
    by_verdict: dict[str, list[Finding]] = {}
    for finding in findings:
        by_verdict.setdefault(finding.verdict, []).append(finding)
    order = sorted(by_verdict, key=lambda v: (v != chosen.verdict, v in ("no authority", "outside the model")))
    lines = "".join(_line(board, name, by_verdict[v], chosen) for v in order)
    asked = "powers claimed" if name in board.actions else "laws asked"
    return f"<div class='bl-powers' role='group' aria-label='The {asked}'>{lines}</div>"


def _line(board: Board, name: str, findings: Sequence[Finding], chosen: Finding) -> str:
    """The powers that give one answer."""
    verdict = findings[0].verdict
    buttons = _buttons(board, name, findings, chosen)
    if len(findings) < 4 or chosen in findings:
        return f"<div>{verdict_html(verdict)}: {buttons}</div>"
    what = "powers" if name in board.actions else "laws"
    return (
        f"<details data-key='powers:{escape(verdict)}'><summary>{verdict_html(verdict)}: {len(findings)} other {what}"
        f"</summary>{buttons}</details>"
    )


def _buttons(board: Board, name: str, findings: Sequence[Finding], chosen: Finding) -> str:
    return "".join(
        f"<span data-action='{escape(name)}' data-basis='{escape(f.basis)}' data-verdict='{escape(f.verdict)}'>"
        + button(
            basis_title(board, f), "basis", name=name, basis=f.basis, key=f"basis:{name}:{f.basis}", pressed=f is chosen
        )
        + "</span>"
        for f in findings
    )


def _tab(board: Board, name: str, finding: Finding, opened: Opened, later: Later) -> str:
    key = (name, finding.basis)
    if opened.tab == "whynot":
        aim = opened.aim if opened.aim in _aims(board, finding) else _aims(board, finding)[0]
        return _aim_buttons(board, name, finding, aim, ()) + argument_section(finding.why_not(aim), head=False)
    if opened.tab == "change":
        return _change_tab(board, name, finding, opened.aim, later)
    if opened.tab == "readings":
        found = later("readings", key, finding.readings_matrix)
        return waiting(name, "Each reading is tried in turn") if found is None else readings_html(board, found)
    if opened.tab == "map":
        found = later("map", key, lambda: board.law.map(board.hypothetical, name, finding.basis))
        return waiting(name, "The city is asked in every State") if found is None else _map(found)
    if opened.tab == "memo":
        made = later("memo", key, lambda: memo(finding))
        return waiting(name, "Both sides are written down") if made is None else memo_html(name, made, opened.kept)
    if opened.tab == "graph":
        return _picture(finding)
    return argument_section(finding.why(), head=False)


def waiting(name: str, what: str) -> str:
    """What stands where slow work will be shown: what is done, how long it takes by now, a way out."""
    stop = button("Stop waiting", "tab", name=name, tab="why", back=f"tab:{name}:why")
    return (
        f"<p class='bl-note' data-state='working'>{escape(what)} … <span data-own='clock'></span> You may go on "
        f"meanwhile; the board answers. {stop}</p>"
    )


def _picture(finding: Finding) -> str:
    """The graph of the argument, whose steps take focus and then stand in full below it; the same in words."""
    why = finding.why()
    return (
        f"<p class='bl-note'>{GRAPH_KEYS}</p><div class='bl-scroll'>{argument_svg(why, live=True)}</div>"
        f"<p class='bl-told' data-own='told'></p><details data-key='words'><summary>The same in words</summary>"
        f"{argument_section(why)}</details>"
    )


GRAPH_KEYS = "Press a step to read it in full below; by keyboard, the arrows move from step to step."


def _map(found: ForumMap) -> str:
    """The answer in every State as a picture, and the same as a table."""
    table = f"<details data-key='places'><summary>The same as a table</summary>{map_table(found)}</details>"
    return f"<div class='bl-scroll bl-map'>{map_svg(found)}</div>{table}"


# a memo --------------------------------------------------------------------------------------------------------------

FORMS = {".docx": "Word", ".pdf": "PDF", ".html": "HTML", ".md": "Markdown"}
"""The forms a memo is written in, by the ending of its file."""


def memo_html(name: str, made: Document, kept: str) -> str:
    """The memo as a sheet of its own, and buttons that write it to a file; ``kept`` tells what was written."""
    buttons = "".join(
        button(words, "memo", name=name, form=form, key=f"memo:{name}:{form}", label=f"Write the memo as {words}")
        for form, words in FORMS.items()
    )
    return (
        f"<div role='group' aria-label='Write it to a file'>Write it to a file beside this notebook: {buttons}</div>"
        f"<div data-key='memo-kept'>{kept}</div>"
        f"<iframe class='bl-memo' title='{escape(made.title)}' sandbox='' srcdoc='{escape(made.html())}'></iframe>"
    )


# why not, what would change it ---------------------------------------------------------------------------------------


def _aims(board: Board, finding: Finding) -> list[str]:
    """The verdicts this finding might have had, the most asked for first."""
    if finding.is_choice:
        words = ["forbidden", "not regulated", "required"]
    else:
        words = ["permitted", "permitted after process", *(w.verdict for w in board.law.verdicts)]
    return [word for word in words if word != finding.verdict]


def _aim_buttons(board: Board, name: str, finding: Finding, aim: str, more: tuple[str, ...]) -> str:
    buttons = "".join(
        button(ANOTHER if word == ANOTHER else short_words(word), "aim", name=name, aim=word,
               key=f"aim:{name}:{word}", pressed=word == aim)
        for word in (*more, *_aims(board, finding))
    )  # fmt: skip
    return f"<div role='group' aria-label='Which answer?' class='bl-aims'>{buttons}</div>"


def _change_tab(board: Board, name: str, finding: Finding, aim: str | None, later: Later) -> str:
    """The smallest changes to the verdict aimed at, each with a button that makes them."""
    words = (*_aims(board, finding), ANOTHER)
    chosen = aim if aim in words else default_aim(finding)
    to = None if chosen == ANOTHER else chosen
    work = partial(finding.change, to, None, (), 1 if to is None else 3)
    found = later("change", (name, finding.basis, chosen), work)
    head = _aim_buttons(board, name, finding, chosen, (ANOTHER,))
    return head + (waiting(name, "Every set of changes is searched") if found is None else changes_html(found))


def default_aim(finding: Finding) -> str:
    """What a reader most likely wants to get to: from a no, permission with its steps; else any other answer."""
    if finding.is_choice or finding.verdict.startswith("permitted"):
        return ANOTHER
    return "permitted after process"


def changes_html(found: Changes) -> str:
    """Each smallest set of changes in words, those that only time brings first, with a button that tries it."""
    goal = f"“{short_words(found.to)}”" if found.to else "another answer"
    if not found.found:
        more = "" if found.anyhow else " No larger set would either."
        return f"<p data-changes-found='0'>Nothing within {found.most} change{_s(found.most)} gives {goal}.{more}</p>"
    sets = sorted(found.found, key=lambda item: "as_of" not in item.set)
    always = _always(found, sets)
    items = "".join(_one(found, item, always, number) for number, item in enumerate(sets[:LISTED]))
    left = len(sets) - LISTED
    more = f"<p class='bl-note'>and {left} more.</p>" if left > 0 else ""
    needed = f"<p>Each of them needs {escape(' and '.join(always))}.</p>" if always else ""
    return (
        f"<p data-changes-found='{len(sets)}'>The smallest changes that would give {goal}. A ruling that is tried is "
        f"assumed, and says so above the board.</p>{needed}<ol class='bl-ways'>{items}</ol>{more}"
    )


def _always(found: Changes, sets: Sequence[Change]) -> list[str]:
    """The parts that every set of changes has, where each has others besides."""
    parts = [found.parts(item).values() for item in sets]
    shared = [part for part in parts[0] if all(part in other for other in parts)]
    return shared if all(len(other) > len(shared) for other in parts) else []


def _one(found: Changes, item: Change, always: Sequence[str], number: int) -> str:
    """One set of changes, a line for each part, with a button that tries it."""
    parts = [part for part in found.parts(item).values() if part not in always]
    brings = [f"which brings with it: {words}" for words in found.brought(item)]
    lines = "".join(f"<div>{escape(part[:1].upper() + part[1:])}</div>" for part in [*parts, *brings])
    then = f"<div>{verdict_html(item.verdict)}</div>" if found.to is None else ""
    facts = dict(item.set) | dict(item.brings)
    label = f"Try it: {'; '.join(parts)}"
    go = button("Try it", "set", facts=facts, key=f"try:{number}", label=label)
    return f"<li><div class='bl-way'>{go}<div>{lines}{then}</div></div></li>"


def _s(count: int) -> str:
    return "" if count == 1 else "s"


# who disagrees -------------------------------------------------------------------------------------------------------


def readings_html(board: Board, found: Matrix) -> str:
    """Each open question behind the answer: its readings, who argues them, the verdict under each, and what binds."""
    if not found.rows:
        return "<p>No open question of law lies behind this answer.</p>"
    loud = [row for row in found.rows if row.decides]
    quiet = [row for row in found.rows if not row.decides]
    head = "".join(f"<th scope='col'>{name}</th>" for name in ("If it is read so", "Argued by", "Then", "Try"))
    tables = "".join(_question_table(row, head) for row in loud)
    said = "" if loud else "<p>No open question moves this answer: every reading gives the same.</p>"
    rest = "".join(f"<li>{escape(row.asks)} <span class='bl-note'>{escape(row.binds)}</span></li>" for row in quiet)
    more = (
        f"<details data-key='quiet'><summary>{len(quiet)} question{_s(len(quiet))} behind it, without "
        f"effect on it</summary><ul>{rest}</ul></details>" if quiet else ""
    )  # fmt: skip
    return said + tables + "".join(_where(board, row.question) for row in loud) + more


def _question_table(row: QuestionRow, head: str) -> str:
    lines = "".join(
        f"<tr data-question='{escape(row.question)}' data-reading='{escape(cell.reading)}'>"
        f"<th scope='row'>{escape(cell.says)}{_here(row, cell.reading)}</th>"
        f"<td>{escape(', '.join(cell.argued_by))}</td>"
        f"<td>{verdict_html(cell.verdict)}</td><td>"
        + button(
            "Assume this", "set", facts={row.question: cell.reading}, key=f"assume:{row.question}:{cell.reading}",
            label=f"Assume this: {cell.says}",
        )
        + "</td></tr>"
        for cell in row.cells
    )  # fmt: skip
    return (
        f"<table class='bl-readings' data-key='q:{escape(row.question)}'><caption>{escape(row.asks)} "
        f"<span class='bl-note'>Here: {escape(row.binds)}.</span></caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{lines}</tbody></table>"
    )


def _here(row: QuestionRow, reading: str) -> str:
    return " <em>(holds here)</em>" if row.standing.removeprefix("presumed ") == reading else ""


def _where(board: Board, question: str) -> str:
    """How the question stood on the day, circuit by circuit."""
    from blackletter.splits import split

    law = board.law
    by_standing: dict[str, list[str]] = {}
    for circuit, stands in split(law, question, board.hypothetical.as_of).items():
        by_standing.setdefault(_stands(board, question, stands), []).append(law.facts["circuit"].values[circuit])
    lines = "".join(f"<li>{escape(stands)}: {escape(', '.join(named))}</li>" for stands, named in by_standing.items())
    return (
        f"<details data-key='where:{escape(question)}' class='bl-note'><summary>Circuit by circuit on that day: "
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
        news = f"<p><strong>{escape(edit)}</strong> set off:</p>{_set_off(since)}"
    log = "".join(f"<li{' data-usual' if s.usual else ''}>{_step(s)}</li>" for s in steps)
    usual = sum(s.usual for s in steps)
    mark = f"{len(steps)}:{steps[-1].number if steps else 0}"
    controls = "".join(
        f"<button type='button' data-play='{do}' data-key='play:{do}'>{words}</button>"
        for do, words in (("step", "Step"), ("play", "Play"), ("all", "Show all"))
    )
    if usual:
        controls += (
            f"<button type='button' data-play='usual' data-key='play:usual' aria-pressed='false'>With the {usual} that "
            f"hold by default</button>"
        )
    return (
        f"<section data-key='fired'><h3>Rules firing</h3>{news}<div>{controls}<span class='bl-fired-count bl-note'>"
        f"</span> {button('Close', 'fired', key='fired:on')}</div>"
        f"<ol class='bl-fired' data-log='{escape(mark)}' tabindex='0' aria-label='Rules in the order they fired'>"
        f"{log}</ol></section>"
    )


def _set_off(since: Sequence[Step]) -> str:
    """What an edit set off: what rules concluded, then folded what holds by default."""
    loud = "".join(f"<li>{_step(s)}</li>" for s in since if not s.usual)
    quiet = "".join(f"<li>{_step(s)}</li>" for s in since if s.usual)
    if not loud and not quiet:
        return "<ul><li>Nothing new: no rule fired.</li></ul>"
    said = f"<ul>{loud}</ul>" if loud else "<p>Nothing that a rule concludes.</p>"
    count = sum(s.usual for s in since)
    folded = f"<summary>and {count} that hold by default</summary><ul>{quiet}</ul>"
    return said + (f"<details data-key='set-off'>{folded}</details>" if quiet else "")


def _step(step: Step) -> str:
    source = ", ".join(part for part in (step.cite, step.instrument) if part)
    return f"{escape(step.says)}{f' <cite>{escape(source)}</cite>' if source else ''}"
