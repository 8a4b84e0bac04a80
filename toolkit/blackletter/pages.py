"""Boards and arguments as HTML: one small style, captioned tables, no script. What anyone wrote is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from .model import FLAG_WORDS
from .views import MARKS, fact_question, footer, long_date, plain, pruned, short_words, source_words

if TYPE_CHECKING:
    from .argue import Argument
    from .findings import ActionFinding, Board, Finding
    from .ruleset import Ruleset

GATE_MARKS = {
    "open": ("✓", "open"), "closed": ("✕", "closed"), "contested": ("~", "contested"),
    "undetermined": ("?", "not known"), "conflict": ("!", "clash"),
}  # fmt: skip
"""A mark and a word for what each gate is."""

STATUS_MARKS = {"shown": "✓", "refuted": "–", "open": "?"}
"""A mark for each step of an argument; its words say the rest."""


STYLE = """
.bl{line-height:1.4;font-size:var(--jp-ui-font-size1,13px);color:var(--jp-content-font-color1,#212121)}
.bl p{margin:.2em 0 .5em}
.bl ul{margin:.2em 0 .5em;padding-left:1.4em}
.bl table{width:100%;border-collapse:collapse;margin:0 0 .8em;table-layout:auto;font-size:inherit}
.bl caption{caption-side:top;text-align:left;font-weight:600;font-size:1.15em;padding:.2em 0 .4em;color:inherit}
.bl.bl table :is(th,td){text-align:left;vertical-align:top;padding:.25em .6em .25em 0;white-space:normal;max-width:none}
.bl table tr{background:none;border-top:1px solid var(--jp-border-color1,#bdbdbd)}
.bl thead th{font-weight:600}
.bl .bl-grounds{list-style:none;padding-left:0}
.bl .bl-grounds li{padding-left:1.6em;text-indent:-1.6em;margin:.15em 0}
.bl tbody th{font-weight:400;width:30%}
.bl .bl-board>tbody>tr>td:last-child:not([colspan]){width:50%}
.bl table tr.bl-more{border-top:0}
.bl .bl-more>td{padding:0 0 .35em 1em}
.bl .bl-verdict{font-weight:600}
.bl .bl-mark{font-family:var(--jp-code-font-family,monospace);white-space:pre}
.bl .bl-gate{display:inline-block;padding:0 .3em;border:1px solid transparent;font-size:.94em;white-space:nowrap}
.bl .bl-gate:not([data-value=open]){border-color:currentColor;border-radius:3px;font-weight:600}
.bl .bl-sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.bl summary{cursor:pointer;min-height:24px;padding:.2em 0;box-sizing:border-box}
.bl details details,.bl .bl-leaf{margin:.1em 0 .1em 1.2em}
.bl .bl-note,.bl .bl-more,.bl .bl-foot,.bl cite{font-size:.94em}
.bl .bl-changed>th{border-left:4px solid currentColor;padding-left:.5em}
.bl .bl-error{border:2px solid currentColor;border-radius:3px;padding:.5em .7em;margin:0 0 .8em}
.bl .bl-argument{border:1px solid var(--jp-border-color1,#bdbdbd);border-radius:3px;padding:.4em .8em;margin:0 0 .8em}
""".replace("\n", "")
"""Scoped under one class; JupyterLab's own variables carry light and dark, and no meaning rests on color."""


def styled(html: str) -> str:
    """HTML of this module with its one small style sheet, ready to stand alone."""
    return f"<style>{STYLE}</style><div class='bl'>{html}</div>"


# -- boards ------------------------------------------------------------------------------------------------------------


def board_html(board: Board) -> str:
    """The board as captioned tables: each action opened to its bases and gates; complete without script or kernel."""
    return styled(board_tables(board))


def board_tables(board: Board, before: Board | None = None) -> str:
    """The tables of a board without their style; rows whose answer differs from ``before`` say what it was."""
    rows = "".join(_action_rows(board, found, before) for found in board.actions.values() if found.bases)
    head = _head("Federal action", "Answer", "Gates of its best claim")
    return (
        f"<table class='bl-board'><caption>{escape(caption(board))}</caption><thead>{head}</thead>"
        f"<tbody>{rows}</tbody></table>{gate_key(board.law)}{_choices_html(board, before)}"
        f"<p class='bl-foot'>{escape(footer(board))}</p>"
    )


def _head(*columns: str) -> str:
    return "<tr>" + "".join(f"<th scope='col'>{name}</th>" for name in columns) + "</tr>"


def gate_key(law: Ruleset) -> str:
    """What the gates ask and what their marks mean, closed until wanted."""
    marks = ", ".join(f"{mark} {word}" for mark, word in GATE_MARKS.values())
    asks = "".join(f"<li><strong>{escape(name)}</strong>: {escape(gate.asks)}</li>" for name, gate in law.gates.items())
    return f"<details class='bl-note'><summary>What the gates ask ({marks})</summary><ul>{asks}</ul></details>"


def caption(board: Board) -> str:
    """Who, when and where: the first line of a board.

    >>> import blackletter as bl
    >>> law = bl.load()
    >>> caption(law.ask(law.hypothetical("springfield", state="CO"))).split(":")[0]
    'Springfield, 26 April 2017, Colorado, Tenth Circuit'
    """
    city = board.hypothetical
    places = [_place_words(board, fact) for fact in ("state", "circuit")]
    where = ", ".join([_city_name(board), long_date(city.as_of), *(p for p in places if p)])
    return f"{where}: what the federal side may do"


def _city_name(board: Board) -> str:
    """The name the user gave, else the first words of the preset's title."""
    city = board.hypothetical
    preset = board.law.presets.get(city.preset or "")
    return preset.title.partition(",")[0] if preset and city.title == city.preset else city.title


def _place_words(board: Board, fact: str) -> str:
    value = board.hypothetical.facts.get(fact)
    noun = board.law.facts.get(fact)
    if noun is None or value is None or value == "none":
        return ""
    return noun.values.get(str(value), str(value))


def _action_rows(board: Board, found: ActionFinding, before: Board | None) -> str:
    title = escape(board.law.actions[found.action].title)
    then = before.actions[found.action].verdict if before and found.action in before.actions else found.verdict
    assert found.leading is not None
    changed = " class='bl-changed'" if then != found.verdict else ""
    note = f"<div class='bl-note'>{escape(found.leading.note)}</div>" if found.leading.note else ""
    return (
        f"<tr{changed} data-action='{escape(found.action)}' data-verdict='{escape(found.verdict)}'>"
        f"<th scope='row'>{title}</th><td>{_verdict_html(found.verdict)}{_was(then, found.verdict)}</td>"
        f"<td>{gates_html(found.leading)}{note}</td></tr>"
        f"<tr class='bl-more'><td colspan='3'>{_grounds_html(board.law, found)}{_bases_html(board, found)}</td></tr>"
    )


def _was(then: str, now: str) -> str:
    return f" <span class='bl-note'>(was: {escape(short_words(then))})</span>" if then != now else ""


def _verdict_html(verdict: str) -> str:
    mark = f"<span class='bl-mark' aria-hidden='true'>{escape(MARKS[verdict])}</span>"
    return f"<span class='bl-verdict'>{mark} {escape(short_words(verdict))}</span>"


def _grounds_html(law: Ruleset, finding: Finding | ActionFinding) -> str:
    """What the answer waits for: steps of process, open questions, facts not known."""
    asked = dict.fromkeys(q for r in finding.readings for q in r.assume)
    parts = {
        "First": [law.steps.get(s, s) for s in finding.steps],
        "Open question": [law.questions[q].asks for q in asked if q in law.questions],
        "Depends on": [fact_question(law, m.fact) for m in finding.missing],
    }
    return "".join(_note_html(name, said) for name, said in parts.items() if said)


def _note_html(name: str, said: Sequence[str], limit: int = 3) -> str:
    more = f"; and {len(said) - limit} more" if len(said) > limit else ""
    return f"<div class='bl-note'>{name}: {escape('; '.join(said[:limit])).replace('?;', '?')}{more}</div>"


def gates_html(finding: Finding) -> str:
    """The gates of one basis as small named marks."""
    return " ".join(_gate_html(name, gate.value) for name, gate in (finding.gates or {}).items())


def _gates_words(finding: Finding) -> str:
    """The gates that are not open, in words; long tables stay small."""
    kept: dict[str, list[str]] = {}
    for name, gate in (finding.gates or {}).items():
        kept.setdefault(GATE_MARKS[gate.value][1], []).append(name)
    said = [f"{word}: {', '.join(names)}" for word, names in kept.items() if word != "open"]
    return escape("; ".join(said) or "all open")


def _gate_html(name: str, value: str) -> str:
    mark, word = GATE_MARKS[value]
    return (
        f"<span class='bl-gate' data-gate='{escape(name)}' data-value='{escape(value)}'>"
        f"<span aria-hidden='true'>{mark}</span> {escape(name)}<span class='bl-sr'> {word}</span></span>"
    )


def _bases_html(board: Board, found: ActionFinding) -> str:
    """The powers claimed for an action: by answer in one line, with their gates when opened."""
    alive = [f for f in found.bases if not f.note]  # a power that is not in force that day says so
    gone = [f for f in found.bases if f.note]
    rows = "".join(_basis_html(board, f) for f in alive)
    head = _head("Power claimed", "Answer", "Gates")
    name = escape(board.law.actions[found.action].title)
    table = f"<table><caption>{name}: each power claimed</caption><thead>{head}</thead><tbody>{rows}</tbody></table>"
    inner = (table if rows else "") + _gone(board, gone)
    return f"<details><summary>{_by_answer(board, found, alive)}</summary>{inner}</details>"


def _gone(board: Board, findings: Sequence[Finding]) -> str:
    """The powers not in force that day: a few by name, more by number."""
    names = [board.law.bases[f.basis].title for f in findings]
    return f"<p>Not in force that day: {_clipped(names)}.</p>" if names else ""


def _by_answer(board: Board, found: ActionFinding, alive: Sequence[Finding]) -> str:
    """The powers under each answer; of those that answer as the whole action does, long lists are counted."""
    names: dict[str, list[str]] = {}
    for finding in alive:
        names.setdefault(finding.verdict, []).append(board.law.bases[finding.basis].title)
    if not names:
        return "No power on file is in force that day"
    if len(names) == 1:
        return _clipped(next(iter(names.values())))
    order = sorted(names, key=lambda verdict: verdict == found.verdict)
    return "; ".join(f"{escape(short_words(v))}: {_clipped(names[v], v != found.verdict)}" for v in order)


def _clipped(names: Sequence[str], named: bool = True) -> str:
    """A few names, or their number."""
    if len(names) == 1 or (named and len(names) < 3):
        return escape(" and ".join(names))
    return f"{len(names)} powers"


def _basis_html(board: Board, finding: Finding) -> str:
    title = escape(board.law.bases[finding.basis].title)
    answer = escape(f"{MARKS[finding.verdict]} {short_words(finding.verdict)}")
    return (
        f"<tr data-basis='{escape(finding.basis)}' data-action='{escape(finding.action)}' "
        f"data-verdict='{escape(finding.verdict)}'><th scope='row'>{title}</th>"
        f"<td>{answer}{_grounds_html(board.law, finding)}</td>"
        f"<td>{_gates_words(finding)}</td></tr>"
    )


def _choices_html(board: Board, before: Board | None = None) -> str:
    rows = "".join(_choice_row(board, choice, before) for choice in board.law.choices)
    head = _head("Choice", "Answer, law by law")
    title = "What the law says of a city's own choices, whether made here or not"
    return f"<table class='bl-choices'><caption>{title}</caption><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _choice_row(board: Board, choice: str, before: Board | None) -> str:
    """One choice; laws that give the same answer share a line, those that say something first."""
    lines: dict[str, list[Finding]] = {}
    for (name, _), finding in board.choices.items():
        if name == choice:
            lines.setdefault(finding.verdict, []).append(finding)
    order = sorted(lines, key=lambda verdict: verdict in ("not regulated", "outside the model"))
    cells = "".join(f"<div>{_verdict_html(v)}: {_laws_html(board, lines[v], before)}</div>" for v in order)
    return (
        f"<tr data-choice='{escape(choice)}'><th scope='row'>{escape(board.law.choices[choice].title)} "
        f"<span class='bl-note'>({_made(board, choice)})</span></th><td>{cells}</td></tr>"
    )


def _made(board: Board, choice: str) -> str:
    """Whether the city has made a choice, in words."""
    known = board.hypothetical.as_text()
    said = [known[fact] in forms for fact, forms in board.law.choices[choice].forms.items() if fact in known]
    if not said:
        return "not known whether this city does"
    return "this city does" if all(said) else "this city does not"


def _laws_html(board: Board, findings: Sequence[Finding], before: Board | None) -> str:
    return ", ".join(
        f"<span data-law='{escape(f.basis)}' data-verdict='{escape(f.verdict)}'>"
        f"{escape(board.law.laws[f.basis].title)}{_was(_choice_before(f, before), f.verdict)}</span>"
        if f.verdict != "outside the model" else escape(board.law.laws[f.basis].title)
        for f in findings
    )  # fmt: skip


def _choice_before(finding: Finding, before: Board | None) -> str:
    if before is None or (finding.action, finding.basis) not in before.choices:
        return finding.verdict
    return before.choices[finding.action, finding.basis].verdict


# -- arguments ---------------------------------------------------------------------------------------------------------


def argument_html(step: Argument, most: int | None = None) -> str:
    """The argument as nested ``details``; what decided it stands outside, everything else opens on demand."""
    return styled(argument_section(step, most))


def argument_section(step: Argument, most: int | None = None, head: bool = True) -> str:
    """The argument without its style; without ``head`` where its claim stands above it already."""
    lead = "".join(f"<li>{escape(plain(line))}</li>" for line in step.lead)
    note = f"<p>{escape(plain(step.note))}</p>" if step.note and step.note not in step.lead else ""
    told = pruned(step, most)
    parts = "".join(_html_step(p) for p in (*told.because, *told.despite))
    claim = f"<p><strong>{escape(plain(step.claim))}</strong></p>" if head else ""
    return f"<section class='bl-argument'>{claim}<ul>{lead}</ul>{note}{parts}{_flag_key(step)}</section>"


def _flag_key(step: Argument) -> str:
    """What the flags in an argument mean: how each statement was verified."""
    used = {part.flag for part in step.walk() if part.flag}
    said = "; ".join(f"{flag}: {words}" for flag, words in FLAG_WORDS.items() if flag in used)
    files = {part.instrument: part.reviewed for part in step.walk() if part.instrument}
    done = sum(reviewed is not None for reviewed in files.values())
    review = f"Of the {len(files)} law files named here a lawyer has reviewed {done or 'none'}."
    return f"<p class='bl-note'>✓ holds, – does not, ? open. Flags: {escape(said)}. {review}</p>" if said else ""


def _html_step(step: Argument) -> str:
    source = source_words(step)
    note = f" — {escape(plain(step.note))}" if step.note else ""
    cite = f" <cite>{escape(source)}</cite>" if source else ""
    mark = "" if step.role in ("gate", "basis") else f"{STATUS_MARKS[step.status]} "
    said = f"{mark}{escape(plain(step.claim))}{note}{cite}"
    parts = "".join(_html_step(p) for p in (*step.because, *step.despite))
    if not parts:
        return f"<p class='bl-leaf' data-role='{escape(step.role)}'>{said}</p>"
    return f"<details data-role='{escape(step.role)}'><summary>{said}</summary>{parts}</details>"
