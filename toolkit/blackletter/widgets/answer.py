"""The answer as HTML: what changed, a mistake in one sentence, the board with its opened rows. Pure; all escaped."""

from __future__ import annotations

import datetime as dt
import traceback
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from blackletter.findings import NOT_RIPE, UNDETERMINED
from blackletter.hypothetical import UNKNOWN
from blackletter.pages import caption, gate_key, gates_html
from blackletter.views import MARKS, fact_question, footer, long_date, short_words

from .decide import ITSELF, View, say_apart, say_changes
from .parts import button

if TYPE_CHECKING:
    from blackletter.findings import ActionFinding, Board, Finding
    from blackletter.interview import Question
    from blackletter.ruleset import Ruleset

LIMIT = 3
"""Lines of changes shown before the rest is folded."""


def answer_html(
    view: View, panels: Mapping[str, str] | None = None, asks: str = "", coming: Mapping[str, dt.date] | None = None
) -> str:
    """What changed, or the mistake, in words; what is asked next; the board, with a panel below each opened row.

    ``coming`` is the day on which the answer about an action changes next, as far as that is worked out.
    """
    assert view.board is not None
    return (
        f"{_mistake(view)}{_changes_html(view)}{_chips(view)}{asks}"
        f"{_actions(view, panels or {}, coming or {})}{gate_key(view.board.law)}{_choices(view, panels or {})}"
        f"<p class='bl-foot'>{escape(footer(view.board))}</p>"
    )


def _mistake(view: View) -> str:
    if not view.error:
        return ""
    return (
        f"<div data-key='mistake' class='bl-error' role='alert' data-error='yes'><strong>Not asked.</strong> "
        f"{escape(view.error)} The board below answers what was asked before.</div>"
    )


def _changes_html(view: View) -> str:
    """What the last edit changed: whole actions first, the rest folded."""
    if view.before is None or view.error or not view.edit:
        return ""
    assert view.board is not None
    whole = sum(c.basis is None for c in view.changes)
    single = len(view.changes) - whole
    counts = [f"{whole} answer{'s' if whole > 1 else ''} changed"] if whole else []
    counts += [f"{single} finding{'s' if single > 1 else ''} under single powers or laws changed"] if single else []
    lines = [f"<li>{escape(line)}</li>" for line in say_changes(view.board.law, view.changes)]
    rest = len(lines) - LIMIT
    folded = f"<details><summary>and {rest} more</summary><ul>{''.join(lines[LIMIT:])}</ul></details>"
    said = "; ".join([*(counts or ["no answer changed"]), *say_apart(view)])
    shown = f"<ul>{''.join(lines[:LIMIT])}</ul>{folded if rest > 0 else ''}" if lines else ""
    return (
        f"<div data-key='changes' class='bl-changes' data-changes='{len(view.changes)}'>"
        f"<p><strong>{escape(view.edit)}</strong> — {said}.</p>{shown}</div>"
    )


def _chips(view: View) -> str:
    """What is assumed over the law on file, each to be removed."""
    assert view.board is not None
    law = view.board.law
    chips = [
        button(f"Assumed: {law.questions[q].readings[r].says} ×", "unassume", question=q, title=law.questions[q].asks,
               label=f"Assumed: {law.questions[q].readings[r].says}. Remove this assumption")
        for q, r in view.inputs.assume.items() if q in law.questions and r in law.questions[q].readings
    ]  # fmt: skip
    return f"<div data-key='chips' class='bl-chips'>{''.join(chips)}</div>" if chips else ""


# the next question ---------------------------------------------------------------------------------------------------


def next_question(board: Board, ranked: Sequence[Question] | None) -> str:
    """The question that tells most, with its reason; its answers are buttons. None: it is still being looked for."""
    if ranked is None:
        return "<div data-key='next' class='bl-next' data-state='working'>Looking for the question that matters …</div>"
    if not ranked:
        said = "<strong>No question left.</strong> Nothing unknown can move an answer on this page."
        return f"<div data-key='next' class='bl-next'>{said}</div>"
    asked, law = ranked[0], board.law
    said = "".join(button(words, "set", facts={asked.fact: w}, key=f"next:{w}") for w, words in asked.options.items())
    said += button("not known", "set", facts={asked.fact: UNKNOWN}, key="next:unknown") if said else ""
    hint = "" if said else "<em>Answer it in the form.</em>"
    titles = list(dict.fromkeys((law.actions.get(k.action) or law.choices[k.action]).title for k in asked.moves))
    more = f" and {len(titles) - 3} more" if len(titles) > 3 else ""
    left = f" {len(ranked) - 1} more can move an answer." if len(ranked) > 1 else ""
    return (
        f"<div data-key='next' class='bl-next' data-fact='{escape(asked.fact)}'><strong>Next question: "
        f"{escape(asked.ask)}</strong> {said}{hint}<div class='bl-note'>{escape(asked.why)} It can move: "
        f"{escape('; '.join(titles[:3]))}{more}.{left}</div></div>"
    )


# the board -----------------------------------------------------------------------------------------------------------


def verdict_html(verdict: str) -> str:
    """The mark and the words of a verdict."""
    mark = f"<span class='bl-mark' data-of='{escape(verdict)}' aria-hidden='true'>{escape(MARKS[verdict])}</span>"
    return f"<span class='bl-verdict'>{mark} {escape(short_words(verdict))}</span>"


def city_title(board: Board, inputs_beside: str | None = None) -> str:
    """A short name for a column."""
    preset = board.law.presets.get(board.hypothetical.preset or "")
    name = preset.title.partition(",")[0] if preset and board.hypothetical.name == preset.preset else None
    unedited = ", unedited" if inputs_beside == ITSELF else ""
    return f"{name or board.hypothetical.name}{unedited}"


def _actions(view: View, panels: Mapping[str, str], coming: Mapping[str, dt.date]) -> str:
    board = view.board
    assert board is not None
    columns = ["Federal action"]
    if view.beside is not None:
        columns += [city_title(board), city_title(view.beside, view.inputs.beside)]
    else:
        columns += ["Answer", "The best claim of power, and its gates"]
    head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in columns)
    rows = "".join(_action(view, found, panels, coming) for found in board.actions.values() if found.bases)
    kind = "bl-board bl-live-board bl-two" if view.beside else "bl-board bl-live-board"
    return (
        f"<table data-key='board' class='{kind}'><caption>{escape(caption(board))}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _action(view: View, found: ActionFinding, panels: Mapping[str, str], coming: Mapping[str, dt.date]) -> str:
    assert view.board is not None
    law, action, verdict = view.board.law, found.action, found.verdict
    then = view.before.actions[action].verdict if view.before and action in view.before.actions else verdict
    then = verdict if view.error else then
    note = "".join(f"<div class='bl-note'>{line}</div>" for line in grounds(law, found))
    assert found.leading is not None
    second = f"{verdict_html(verdict)}{_was(then, verdict)}{_coming(law, found, coming)}"
    third = f"{_claim(law, found.leading)}{note}"
    if view.beside is not None:
        second, third = second + note, _other(view.beside, found)
    return _row(action, verdict, law.actions[action].title, second, third, panels, changed=then != verdict)


def _claim(law: Ruleset, finding: Finding) -> str:
    """The power claimed by name, its gates, the orders of courts that close one; and that it is not in force."""
    power = f"<div class='bl-note bl-claim'>{escape(law.bases[finding.basis].title)}</div>"
    below = (*barred(law, finding), *filter(None, [finding.note]))
    return f"{power}{gates_html(finding)}" + "".join(f"<div class='bl-note'>{escape(line)}</div>" for line in below)


def barred(law: Ruleset, finding: Finding) -> Iterator[str]:
    """The orders of courts that close a gate: their suit and day."""
    shut = (name for gate in (finding.gates or {}).values() if gate.value == "closed" for name in gate.by)
    for suit, _, day in (name.partition("#") for name in dict.fromkeys(shut)):
        if suit in law.suits:
            yield f"Order of {long_date(dt.date.fromisoformat(day))}, {law.suits[suit].title}"


def _coming(law: Ruleset, found: ActionFinding, coming: Mapping[str, dt.date]) -> str:
    """Of an answer that time changes, the day to go to."""
    if found.verdict != NOT_RIPE or found.action not in coming:
        return ""
    day = coming[found.action]
    label = f"{law.actions[found.action].title}: go to {long_date(day)}, when the answer changes"
    go = button(f"Changes {long_date(day)}", "day", day=day.isoformat(), key=f"coming:{found.action}", label=label,
                back=f"open:{found.action}")  # fmt: skip
    return f"<div>{go}</div>"


def _row(
    name: str, verdict: str, title: str, second: str, third: str, panels: Mapping[str, str], changed: bool = False
) -> str:
    """One line of the board, and below it the panel it was opened to."""
    opened = name in panels
    opener = button(
        title, "open", name=name, key=f"open:{name}", kind="bl-open", expanded="true" if opened else "false"
    )
    cells = f"<td>{second}</td><td>{third}</td>" if third else f"<td colspan='2'>{second}</td>"
    row = (
        f"<tr data-key='row:{escape(name)}' class='{'bl-changed' if changed else ''}' data-action='{escape(name)}' "
        f"data-verdict='{escape(verdict)}'><th scope='row'>{opener}</th>{cells}</tr>"
    )
    if not opened:
        return row
    return f"{row}<tr data-key='more:{escape(name)}' class='bl-more'><td colspan='3'>{panels[name]}</td></tr>"


def _was(then: str, now: str) -> str:
    return f" <span class='bl-note'>(was: {escape(short_words(then))})</span>" if then != now else ""


def _other(beside: Board, found: ActionFinding) -> str:
    other = beside.actions[found.action]
    apart = " <span class='bl-differs'>≠ differs</span>" if other.verdict != found.verdict else ""
    note = "".join(f"<div class='bl-note'>{line}</div>" for line in grounds(beside.law, other))
    return f"<div data-beside='{escape(other.verdict)}'>{verdict_html(other.verdict)}{apart}{note}</div>"


def grounds(law: Ruleset, finding: Finding | ActionFinding) -> Iterator[str]:
    """What the answer waits for, each in one escaped line: steps of process, open questions, facts not known."""
    asked = dict.fromkeys(q for r in finding.readings for q in r.assume)
    parts = {
        "First": [law.steps.get(s, s) for s in finding.steps],
        "Open": [law.questions[q].asks for q in asked if q in law.questions],
        "Depends on": [fact_question(law, m.fact) for m in finding.missing],
    }
    order = reversed(parts) if finding.verdict == UNDETERMINED else parts
    for name, said in ((name, parts[name]) for name in order):
        if said:
            more = f" and {len(said) - 1} more" if len(said) > 1 and name != "First" else ""
            yield f"{name}: {escape('; '.join(said) if name == 'First' else said[0])}{more}"


def _choices(view: View, panels: Mapping[str, str]) -> str:
    """The city's own choices: the laws that say something of each, opened like the actions."""
    board = view.board
    assert board is not None
    rows = "".join(_choice(view, choice, panels) for choice in board.law.choices)
    title = "What the law says of the city's choices"
    head = "<th scope='col'>Choice</th><th scope='col' colspan='2'>Answer, law by law</th>"
    return (
        f"<table data-key='choices' class='bl-choices bl-live-board'><caption>{title}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _choice(view: View, choice: str, panels: Mapping[str, str]) -> str:
    board = view.board
    assert board is not None
    lines: dict[str, list[str]] = {}
    for (name, law), finding in board.choices.items():
        if name == choice:
            lines.setdefault(finding.verdict, []).append(board.law.laws[law].title)
    order = sorted(lines, key=lambda verdict: verdict in ("not regulated", "outside the model"))
    loud = [v for v in order if v not in ("not regulated", "outside the model")] or order[:1]
    said = "".join(f"<div>{verdict_html(v)}: {escape(', '.join(lines[v]))}</div>" for v in loud)
    made = f"<span class='bl-note'>{_made(board, choice)}</span>"
    return _row(choice, loud[0] if loud else "", board.law.choices[choice].title, f"{said}{made}", "", panels)


def _made(board: Board, choice: str) -> str:
    """Whether the city has made a choice, in words."""
    known = board.hypothetical.as_text()
    said = [known[fact] in forms for fact, forms in board.law.choices[choice].forms.items() if fact in known]
    if not said:
        return "Not known whether this city does."
    return "This city does." if all(said) else "This city does not."


# faults --------------------------------------------------------------------------------------------------------------


def fault_html(fault: Exception) -> str:
    """A fault of ours, told where the answer is: Jupyter shows no error of a callback."""
    told = "".join(traceback.format_exception(fault))
    return (
        "<div data-key='fault' class='bl-error' role='alert' data-error='fault'><p><strong>A fault in Blackletter, "
        "not in what you stated.</strong> Press Undo, and report the lines below.</p>"
        f"<details><summary>{escape(type(fault).__name__)}: {escape(str(fault))}</summary>"
        f"<pre>{escape(told)}</pre></details></div>"
    )
