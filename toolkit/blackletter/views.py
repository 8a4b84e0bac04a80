"""Boards and arguments as text, Markdown and HTML. Everything a user or a ruleset wrote is escaped."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .argue import Argument
    from .findings import ActionFinding, Board, Finding

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

GATE_MARKS = {
    "open": "open",
    "closed": "closed",
    "contested": "contested",
    "undetermined": "not known",
    "conflict": "clash",
}


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


def footer(board: Board) -> str:
    """The line every result carries: the day, the ruleset and its hash, overlays, and that it is no advice."""
    law = board.law
    over = "".join(f" · {o}" for o in law.overlays)
    return f"As of {board.hypothetical.as_of} · ruleset {law.id} {law.version} · {law.hash}{over}. {law.not_advice}"


# -- boards ---------------------------------------------------------------------------------------------------------


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


def board_html(board: Board) -> str:
    """The board as one captioned table: actions opened to their bases and gates; complete without script or kernel."""
    name = escape(board.hypothetical.name)
    rows = "".join(_action_rows(board, found) for found in board.actions.values() if found.bases)
    head = (
        "<tr><th scope='col'>Federal action</th><th scope='col'>Verdict</th><th scope='col'>Bases and gates</th></tr>"
    )
    caption = f"{name} on {board.hypothetical.as_of}: what the federal side may do"
    return (
        f"<table class='bl-board'><caption>{caption}</caption><thead>{head}</thead><tbody>{rows}</tbody></table>"
        f"{_choices_html(board)}<p class='bl-foot'>{escape(footer(board))}</p>"
    )


def _action_rows(board: Board, found: ActionFinding) -> str:
    title = escape(board.law.actions[found.action].title)
    return (
        f"<tr data-action='{escape(found.action)}' data-verdict='{escape(found.verdict)}'>"
        f"<th scope='row'>{title}</th><td>{_verdict_html(found.verdict, found)}</td>"
        f"<td>{''.join(_basis_html(board, f) for f in found.bases)}</td></tr>"
    )


def _verdict_html(verdict: str, finding: Finding | ActionFinding | None = None) -> str:
    return f"<span class='bl-mark' aria-hidden='true'>{escape(MARKS[verdict])}</span> {escape(verdict_words(verdict, finding))}"


def _basis_html(board: Board, finding: Finding) -> str:
    title = escape(board.law.bases[finding.basis].title)
    gates = "; ".join(f"{escape(g)} {GATE_MARKS[f.value]}" for g, f in (finding.gates or {}).items())
    return (
        f"<details data-basis='{escape(finding.basis)}' data-verdict='{escape(finding.verdict)}'>"
        f"<summary>{title}: {_verdict_html(finding.verdict, finding)}</summary><p>{gates}</p></details>"
    )


def _choices_html(board: Board) -> str:
    laws = [name for name in board.law.laws if any(law == name for _, law in board.choices)]
    head = "".join(f"<th scope='col'>{escape(board.law.laws[n].title)}</th>" for n in laws)
    rows = "".join(
        f"<tr data-choice='{escape(c)}'><th scope='row'>{escape(board.law.choices[c].title)}</th>"
        + "".join(_choice_cell(board, c, n) for n in laws) + "</tr>"
        for c in board.law.choices
    )  # fmt: skip
    return (
        "<table class='bl-choices'><caption>What the law says of the city's choices</caption>"
        f"<thead><tr><th scope='col'>Choice</th>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _choice_cell(board: Board, choice: str, law: str) -> str:
    finding = board.choices[choice, law]
    return f"<td data-law='{escape(law)}' data-verdict='{escape(finding.verdict)}'>{_verdict_html(finding.verdict, finding)}</td>"


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
    """The argument as nested ``details``; the lead stands outside, the gates that decide it are open."""
    lead = "".join(f"<li>{escape(line)}</li>" for line in step.lead)
    note = f"<p>{escape(step.note)}</p>" if step.note else ""
    parts = "".join(_html_step(p, 0) for p in step.because)
    return f"<section class='bl-argument'><p><strong>{escape(step.claim)}</strong></p><ul>{lead}</ul>{note}{parts}</section>"


def _html_step(step: Argument, level: int) -> str:
    source = source_words(step)
    note = f" — {escape(step.note)}" if step.note else ""
    cite = f" <cite>{escape(source)}</cite>" if source else ""
    words = f"<span class='bl-status'>{step.status}</span> {escape(step.claim)}{note}{cite}"
    parts = "".join(_html_step(p, level + 1) for p in (*step.because, *step.despite))
    if not parts:
        return f"<p class='bl-leaf' data-role='{escape(step.role)}'>{words}</p>"
    return f"<details data-role='{escape(step.role)}'><summary>{words}</summary>{parts}</details>"
