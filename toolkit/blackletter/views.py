"""Boards and arguments in words: what verdicts are called on screen, text, and Markdown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .argue import Argument
    from .findings import ActionFinding, Board, Finding
    from .model import Reviewed
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


MOST_NAMED = 6
"""Rules, facts or questions named beside a gate in text."""
NOT_EXACT = "not exact: too many cases at once, so what could be settled by going through them is left open"


def footer(board: Board) -> str:
    """The line every result carries: the day, ruleset and hash, determination, overlays, and that it is no advice."""
    law = board.law
    over = "".join(f" · {o}" for o in (*law.overlays, *(() if board.exact else (NOT_EXACT,))))
    stands = f"ruleset {law.id} {law.version} · {law.hash} · determination {board.determination}"
    return f"As of {board.hypothetical.as_of} · {stands}{over}. {law.not_advice}"


# -- boards ---------------------------------------------------------------------------------------------------------


def board_html(board: Board) -> str:
    """The board as captioned HTML tables."""
    from .pages import board_html as as_html

    return as_html(board)


def board_text(board: Board) -> str:
    """The board as plain text: one line an action, then the city's choices."""
    lines = [f"{board.hypothetical.title}, {board.hypothetical.as_of}: what the federal side may do"]
    width = max(len(board.law.actions[a].title) for a in board.actions)
    for action, found in board.actions.items():
        if found.bases:
            title = board.law.actions[action].title
            lines.append(f"  {title:<{width}}  {MARKS[found.verdict]:<4} {verdict_words(found.verdict, found)}")
    lines.append("What the law says of the city's choices")
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


def findings_text(board: Board, findings: Sequence[Finding]) -> str:
    """Findings opened: under each action its powers, the one that comes furthest first, each with its gates."""
    lines: list[str] = []
    for action, found in groupby(findings, lambda f: f.action):
        lines += _action_lines(board, action, list(found))
    return "\n".join([*lines, footer(board)])


def _action_lines(board: Board, action: str, findings: list[Finding]) -> Iterator[str]:
    law, line = board.law, board.actions.get(action)
    if line is None:
        yield f"{law.choices[action].title} ({action})"
    else:
        yield f"{law.actions[action].title} ({action}): {MARKS[line.verdict]} {verdict_words(line.verdict, line)}"
        if line.leading in findings:
            findings = [line.leading, *(f for f in findings if f is not line.leading)]
    idle = {f.basis: _idle(law, f) for f in findings[1:]}
    for f in findings:
        if not idle.get(f.basis):
            yield from _finding_lines(board, f)
    for why in dict.fromkeys(filter(None, idle.values())):
        named = ", ".join(basis for basis, said in idle.items() if said == why)
        yield f"  {MARKS[law.nearest[-1]]} {short_words(law.nearest[-1])}, {why}: {named}"


def _idle(law: Ruleset, finding: Finding) -> str:
    """Why a power that passes no gate needs no line of its own: its source is not in force, or no rule opens it."""
    if finding.verdict not in law.nearest[-1:] or not finding.gates:
        return ""
    if finding.note:
        return "as it is not in force on that day"
    gates = [finding.gates[word.gate] for word in law.verdicts if word.verdict == finding.verdict]
    return "as no rule that applies gives it" if all(by.startswith("default:") for g in gates for by in g.by) else ""


def _finding_lines(board: Board, f: Finding) -> Iterator[str]:
    title = board.law.laws[f.basis].title if f.is_choice else board.law.bases[f.basis].title
    yield f"  {title} ({f.basis}): {MARKS[f.verdict]} {verdict_words(f.verdict, f)}"
    for gate, found in (f.gates or {}).items():
        more = f" and {len(found.by) - MOST_NAMED} more" if len(found.by) > MOST_NAMED else ""
        yield f"    {gate:<13} {found.value:<12} {', '.join(found.by[:MOST_NAMED])}{more}"
    for reading in f.readings:
        assumed = ", ".join(f"{q} = {r}" for q, r in reading.assume.items())
        yield f"    if {assumed}: {reading.verdict}"
    if f.note:
        yield f"    {f.note}"


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

LONGEST = 1_000
"""Characters of one sentence shown; what is longer is cut and says so."""


def plain(text: str) -> str:
    """Words on one line, without control or invisible direction characters, cut when very long.

    >>> plain("a\\x1b[31m b\\n c")
    'a[31m b c'
    """
    kept = "".join(c if c.isprintable() else " " if c.isspace() else "" for c in text)
    kept = " ".join(kept.split())
    return kept if len(kept) <= LONGEST else f"{kept[:LONGEST]}… (cut)"


def source_words(step: Argument) -> str:
    """Pinpoint, instrument, dates and flag of a step; of a fact, where it comes from."""
    if step.origin:
        return plain(step.origin)
    if not step.cite and not step.instrument:
        return f"flag {step.flag}" if step.flag else ""
    title = "" if step.title and step.title in step.cite else step.title or step.instrument
    flag = f"flag {step.flag}" if step.flag else ""
    review = review_words(step.reviewed) if step.reviewed else ""
    return plain(" · ".join(p for p in (step.cite, title, step.dates, flag, review) if p))


def review_words(reviewed: Reviewed | None) -> str:
    """Who reviewed a law file, and when; of a file that nobody did, that nobody did."""
    return f"reviewed by {reviewed.by} on {long_date(reviewed.on)}" if reviewed else "not reviewed by a lawyer"


def pruned(step: Argument, most: int | None = None) -> Argument:
    """The same argument with each part told once, and steps that only pass one premise on seen through.

    Of the rules that do not apply in one place, ``most`` are kept and the others counted.
    """
    return _pruned(step, set(), most)


def _pruned(step: Argument, seen: set[tuple[str, ...]], most: int | None) -> Argument:
    step = _shortened(_yet_to_come(step), most)
    key = (step.claim, step.status, step.literal, step.rule or "")
    below = (step.because or step.despite) and step.role not in ("verdict", "gate", "basis")
    if below and key in seen:
        return replace(step, because=(), despite=(), note="; ".join(filter(None, (step.note, "as told above"))))
    seen.add(key)
    because, despite = ([_pruned(through(p), seen, most) for p in group] for group in (step.because, step.despite))
    return replace(step, because=tuple(because), despite=tuple(despite))


def _yet_to_come(step: Argument) -> Argument:
    """The step with the rulings that nobody had made by the day asked about told as one."""
    later = [(day, part) for part in step.despite if (day := _day_to_come(part))]
    if len(later) < 2:
        return step
    first, last = (long_date(dt.date.fromisoformat(pick(day for day, _ in later))) for pick in (min, max))
    return _counted(step, [p for _, p in later], f"{len(later)} rulings of {first} to {last}", "not yet made")


_RULING = "as_of:ge:"
"""How the literal begins that says that a ruling has been made by the day asked about."""


def _day_to_come(part: Argument) -> str:
    """The day of a ruling that does not count because it was not yet made; empty for any other step."""
    days = [p.literal.removeprefix(_RULING) for p in part.because if p.literal.startswith(_RULING)]
    return days[0] if days and part.role == "against" and part.status == "refuted" else ""


def _shortened(step: Argument, most: int | None) -> Argument:
    idle = [p for p in step.despite if p.role == "against" and p.status == "refuted"]
    if most is None or len(idle) <= most:
        return step
    return _counted(step, idle[most:], f"{len(idle) - most} more rules on file", "do not apply")


def _counted(step: Argument, left: Sequence[Argument], claim: str, note: str) -> Argument:
    """The step with some of what was considered told in one line."""
    kept = tuple(p for p in step.despite if not any(p is gone for gone in left))
    more = replace(left[0], claim=claim, because=(), despite=(), rule=None, cite="", instrument="", flag=None,
                   title="", dates="", note=note)  # fmt: skip
    return replace(step, despite=(*kept, more))


def through(step: Argument) -> Argument:
    """The step that says something: those that only pass one premise on are seen through."""
    while step.role == "rule" and not (step.cite or step.despite or step.note) and len(step.because) == 1:
        step = step.because[0]
    return step


def argument_text(step: Argument, depth: int | None = None) -> str:
    """The argument as indented lines: the short answer first. ``+`` holds, ``-`` does not, ``?`` is open."""
    lines = [plain(step.claim), *(f"  {plain(line)}" for line in step.lead)]
    if step.note and step.note not in step.lead:
        lines.append(f"  {plain(step.note)}")
    parts = [*pruned(step).because, *pruned(step).despite]
    told = [line for part in parts for line in _text_lines(part, 1)]
    kept = [line for level, line in told if depth is None or level <= depth]
    more = len(told) - len(kept)
    if more and depth:
        kept.append(f"  … and {more} more lines, further down")
    return "\n".join([*lines, *kept])


def _text_lines(step: Argument, level: int) -> Iterator[tuple[int, str]]:
    sign = {"shown": "+", "refuted": "-", "open": "?"}[step.status]
    source = source_words(step)
    note = f" — {plain(step.note)}" if step.note else ""
    yield level, f"{'  ' * level}{sign} {plain(step.claim)}{note}{f'  [{source}]' if source else ''}"
    for part in (*step.because, *step.despite):
        yield from _text_lines(part, level + 1)


def argument_markdown(step: Argument, depth: int | None = None) -> str:
    """The argument as a nested Markdown list; ``depth`` limits how far down it goes."""
    lines = [f"**{md(step.claim)}**", ""]
    lines += [f"> {md(line)}  " for line in step.lead]
    lines.append("")
    told = pruned(step)
    for part in (*told.because, *told.despite):
        lines.extend(_md_lines(part, 0, depth))
    return "\n".join(lines)


def md(text: str) -> str:
    """Text with every character that Markdown or a notebook reads as markup escaped.

    >>> md("a *b* <i>")
    'a \\\\*b\\\\* \\\\<i\\\\>'
    """
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>|#~$&!" else c for c in plain(text))


def _md_lines(step: Argument, level: int, depth: int | None) -> Iterator[str]:
    if depth is not None and level >= depth:
        return
    source = source_words(step)
    note = f" — *{md(step.note)}*" if step.note else ""
    yield f"{'  ' * level}- {step.status}: {md(step.claim)}{note}{f' ({md(source)})' if source else ''}"
    for part in (*step.because, *step.despite):
        yield from _md_lines(part, level + 1, depth)


def argument_html(step: Argument, most: int | None = None) -> str:
    """The argument as nested ``details``; of rules that do not apply in one place, ``most`` are told."""
    from .pages import argument_html as as_html

    return as_html(step, most)
