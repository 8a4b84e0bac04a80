"""A timeline for reading: words, a captioned table, and a picture with one band for each federal action.

The stretches of time are drawn wide enough to read, so the picture is not to scale and says so. Each verdict has a
mark, a color and a pattern; the table says all of it in words.
"""

from __future__ import annotations

import datetime as dt
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from .pages import styled
from .views import MARKS, long_date, short_words

if TYPE_CHECKING:
    from .ruleset import Ruleset
    from .timeline import Interval, Timeline

FILLS = {
    "permitted": ("#a9dcb2", ""), "permitted after process": ("#d3eeb4", "dots"), "enjoined": ("#f2b3ab", "cross"),
    "no authority": ("#e4e4e4", ""), "unconstitutional": ("#dcc6ea", "down"), "waived": ("#e6d8bd", "level"),
    "not ripe": ("#fbe8a0", "dots"), "not permitted": ("#d0cbc4", "up"), "contested": ("#bcd3f5", "up"),
    "undetermined": ("#ffffff", "dots"), "conflict": ("#f7a8d4", "cross"), "outside the model": ("#ffffff", ""),
}  # fmt: skip
"""The ground of each verdict, light enough for dark letters, and the pattern over it."""

LINES = {
    "up": "M-2,2l4,-4M0,10l10,-10M8,12l4,-4", "down": "M-2,8l4,4M0,0l10,10M8,-2l4,4", "level": "M0,5h10",
    "cross": "M0,10l10,-10M0,0l10,10", "dots": "M2,2h1.6M7,7h1.6",
}  # fmt: skip

WIDTH, LABELS, RIGHT, HEAD, ROW = 1000.0, 268.0, 46.0, 74.0, 24.0
LETTER = 6.1
"""The width of a letter, about."""

INK = "#1b1b1b"
HALO = "pointer-events='none' stroke='#ffffff' stroke-opacity='.6' stroke-width='3' paint-order='stroke'"
Asked = tuple[str, str | None, str, str]
"""An (action or choice, basis or law or None, verdict before, verdict after)."""


@dataclass(frozen=True)
class Stretch:
    """Days in which no action's line changes, and where they are drawn."""

    start: dt.date
    until: dt.date
    actions: Mapping[str, str]
    left: float = 0.0
    width: float = 0.0


# words ---------------------------------------------------------------------------------------------------------------


def changes_words(law: Ruleset, changes: Iterable[Asked]) -> Iterator[str]:
    """Changes in words, one line for each power or law and what became of it, with the acts it concerns."""
    lines: dict[tuple[str | None, str, str], list[str]] = {}
    for action, basis, before, after in changes:
        acts = law.actions.get(action) or law.choices[action]
        lines.setdefault((basis or None, before, after), []).append(acts.title)
    for (basis, before, after), named in sorted(lines.items(), key=lambda item: item[0][0] is not None):
        under = law.bases.get(basis or "") or law.laws.get(basis or "")
        about = under.title if under else "Overall"
        yield f"{about}: {short_words(before)} → {short_words(after)} ({'; '.join(named)})"


def cause_words(law: Ruleset, names: Sequence[str]) -> tuple[str, ...]:
    """What happened on a day: the instruments by title; the rules, orders and questions when no instrument is named."""
    titled = [law.instruments[name].title for name in names if name in law.instruments]
    if titled:
        return tuple(dict.fromkeys(titled))
    told = {about.name or about.instrument: about for about in law.code.authority.values()}
    return tuple(dict.fromkeys(told[name].says if name in told else name for name in names))


def days_words(start: dt.date, until: dt.date) -> str:
    """A stretch of days, both ends included.

    >>> days_words(dt.date(2017, 1, 25), dt.date(2017, 4, 25))
    '25 January 2017 to 24 April 2017'
    """
    last = until - dt.timedelta(1)
    return long_date(start) if last == start else f"{long_date(start)} to {long_date(last)}"


def title(timeline: Timeline) -> str:
    """Whose timeline it is."""
    return f"{timeline.name}: what the federal side may do, by date"


def timeline_text(timeline: Timeline) -> str:
    """The timeline as lines: each stretch, why it began, and what changed then."""
    lines = [title(timeline)]
    for interval in timeline:
        lines.append(days_words(interval.start, interval.until))
        causes = cause_words(timeline.law, interval.cause)
        lines += [f"  because: {'; '.join(causes)}"] if causes else []
        lines += [f"    {line}" for line in _said(timeline.law, interval, first=interval is timeline[0])]
    return "\n".join([*lines, _foot(timeline)])


def _said(law: Ruleset, interval: Interval, first: bool) -> Iterator[str]:
    """What holds in the first stretch, what changed in any other."""
    if not first:
        yield from changes_words(law, ((*c.key, c.before, c.after) for c in interval.changes))
        return
    by_verdict: dict[str, list[str]] = {}
    for action, verdict in interval.actions.items():
        by_verdict.setdefault(verdict, []).append(law.actions[action].title)
    yield from (f"{short_words(verdict)}: {'; '.join(named)}" for verdict, named in by_verdict.items())


def _foot(timeline: Timeline) -> str:
    law = timeline.law
    over = "".join(f" · {o}" for o in law.overlays)
    return f"Ruleset {law.id} {law.version} · {law.hash}{over}. {law.not_advice}"


# a table -------------------------------------------------------------------------------------------------------------


def timeline_html(timeline: Timeline, day: dt.date | None = None) -> str:
    """The picture and the same in a table, complete without script; safe in a page that is not trusted."""
    table = f"<details><summary>The same as a table</summary>{timeline_table(timeline)}</details>"
    return styled(f"{picture(timeline, day)}{table}<p class='bl-foot'>{escape(_foot(timeline))}</p>")


def picture(timeline: Timeline, day: dt.date | None = None) -> str:
    """The picture as an image with words for those who do not see it."""
    data = b64encode(timeline_svg(timeline, day).encode()).decode()
    return f"<p><img alt='{escape(_alt(timeline))}' style='max-width:100%' src='data:image/svg+xml;base64,{data}'></p>"


def _alt(timeline: Timeline) -> str:
    return f"{title(timeline)}. {len(timeline)} stretches of time; the table below says what changes and why."


def timeline_table(timeline: Timeline) -> str:
    """One row for each stretch: its days, why it began, what changed."""
    rows = "".join(_row(timeline.law, interval, interval is timeline[0]) for interval in timeline)
    names = {"Days": "19%", "Why it changed": "25%", "What changed": "56%"}
    head = "".join(f"<th scope='col' style='width:{width}'>{name}</th>" for name, width in names.items())
    return (
        f"<table class='bl-timeline'><caption>{escape(title(timeline))}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _row(law: Ruleset, interval: Interval, first: bool) -> str:
    why = "; ".join(cause_words(law, interval.cause)) or "where the timeline starts"
    said = "".join(f"<div>{escape(line)}</div>" for line in _said(law, interval, first))
    return (
        f"<tr data-start='{interval.start}'><th scope='row'>{days_words(interval.start, interval.until)}</th>"
        f"<td>{escape(why)}</td><td>{said}</td></tr>"
    )


# a picture -----------------------------------------------------------------------------------------------------------


def timeline_svg(timeline: Timeline, day: dt.date | None = None, live: bool = False) -> str:
    """One band for each action, one column for each stretch of days; ``live`` makes each column a button."""
    columns = placed(timeline)
    actions = list(columns[0].actions) if columns else []
    bottom = HEAD + ROW * len(actions)
    legend, depth = _legend(columns, bottom + 30)
    parts = [
        f"<rect width='{WIDTH:g}' height='{depth:g}' fill='#ffffff'/>", _patterns(columns),
        *(_name(timeline.law.actions[a].title, HEAD + ROW * n) for n, a in enumerate(actions)),
        *(_column(timeline, c, actions, live, day) for c in columns),
        *(_words_of(columns, a, HEAD + ROW * n) for n, a in enumerate(actions)),
        _dates(columns), _asked(columns, day, bottom), legend,
    ]  # fmt: skip
    role = "group" if live else "img"
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH:g} {depth:g}' width='{WIDTH:g}' "
        f"height='{depth:g}' role='{role}' aria-label='{escape(_alt(timeline))}' "
        f"font-family='system-ui, sans-serif' font-size='11.5' fill='{INK}'>{''.join(parts)}</svg>"
    )


def stretches(timeline: Timeline) -> list[Stretch]:
    """The days in which no action's line changes; changes of single powers alone start none."""
    runs = [list(run) for _, run in groupby(timeline, key=lambda interval: dict(interval.actions))]
    return [Stretch(run[0].start, run[-1].until, run[0].actions) for run in runs]


def placed(timeline: Timeline) -> list[Stretch]:
    """The stretches side by side: each wide enough for a mark, the rest of the room shared by length."""
    found = stretches(timeline)
    room = WIDTH - LABELS - RIGHT
    least = min(44.0, 0.8 * room / max(1, len(found)))
    days = sum((s.until - s.start).days for s in found)
    left, out = LABELS, []
    for s in found:
        width = least + (room - least * len(found)) * (s.until - s.start).days / max(1, days)
        out.append(Stretch(s.start, s.until, s.actions, left, width))
        left += width
    return out


def _patterns(columns: Sequence[Stretch]) -> str:
    used = {v for c in columns for v in c.actions.values()}
    kinds = dict.fromkeys(FILLS[v][1] for v in FILLS if v in used and FILLS[v][1])
    return "<defs>" + "".join(
        f"<pattern id='bl-{kind}' width='10' height='10' patternUnits='userSpaceOnUse'>"
        f"<path d='{LINES[kind]}' stroke='{INK}' stroke-opacity='.3' stroke-width='1' fill='none'/></pattern>"
        for kind in kinds
    ) + "</defs>"  # fmt: skip


def _ground(verdict: str, x: float, y: float, width: float, height: float) -> str:
    fill, kind = FILLS[verdict]
    box = f"x='{x:.1f}' y='{y:.1f}' width='{width:.1f}' height='{height:.1f}'"
    over = f"<rect {box} fill='url(#bl-{kind})'/>" if kind else ""
    return f"<rect {box} fill='{fill}'/>{over}"


def _name(text: str, y: float) -> str:
    return f"<text x='{LABELS - 8:g}' y='{y + 15:g}' text-anchor='end'>{escape(text)}</text>"


def _column(timeline: Timeline, column: Stretch, actions: Sequence[str], live: bool, day: dt.date | None) -> str:
    """One stretch: a band for each action, and what it says in words for a pointer or a screen reader."""
    grounds = "".join(
        _ground(column.actions[a], column.left, HEAD + ROW * n + 1, column.width, ROW - 2)
        for n, a in enumerate(actions)
    )
    days = days_words(column.start, column.until)
    why = "; ".join(cause_words(timeline.law, _cause(timeline, column)))
    here = day is not None and column.start <= day < column.until
    says = f"{days}{' (the day asked is in it)' if here else ''}{f': {why}' if why else ''}"
    frame = (
        f"<rect class='bl-frame' x='{column.left:.1f}' y='{HEAD:g}' width='{column.width:.1f}' "
        f"height='{ROW * len(actions):g}' fill='none' stroke='{INK}' stroke-width='{2.5 if here else 0.4:g}'/>"
    )
    doing = (
        f" role='button' tabindex='{0 if here else -1}' data-do='day' data-day='{column.start}' "
        f"aria-label='Go to {escape(says)}'" if live else ""
    )  # fmt: skip
    return f"<g class='bl-column' data-start='{column.start}'{doing}><title>{escape(says)}</title>{grounds}{frame}</g>"


def _cause(timeline: Timeline, column: Stretch) -> tuple[str, ...]:
    return next(i.cause for i in timeline if i.start == column.start)


def _words_of(columns: Sequence[Stretch], action: str, y: float) -> str:
    """The verdicts of an action over its runs: the mark, and the words where they fit."""
    out = []
    for verdict, run in groupby(columns, key=lambda c: c.actions[action]):
        run_of = list(run)
        left, width = run_of[0].left, sum(c.width for c in run_of)
        words = f"{MARKS[verdict]} {short_words(verdict)}"
        shown = words if len(words) * LETTER + 8 < width else MARKS[verdict]
        out.append(f"<text x='{left + 5:.1f}' y='{y + 16:g}' {HALO}>{escape(shown)}</text>")
    return "".join(out)


def _dates(columns: Sequence[Stretch]) -> str:
    """The first day of each stretch, aslant above its left edge."""
    return "".join(
        f"<text transform='translate({c.left + 6:.1f},{HEAD - 6:g}) rotate(-45)'>{_short(c.start)}</text>"
        for c in columns
    )


def _short(day: dt.date) -> str:
    return f"{day.day} {day:%b %Y}"


def _asked(columns: Sequence[Stretch], day: dt.date | None, bottom: float) -> str:
    """A mark under the day asked."""
    here = next((c for c in columns if day is not None and c.start <= day < c.until), None)
    if here is None or day is None:
        return f"<text x='{LABELS:g}' y='{bottom + 16:g}' font-size='11'>not to scale</text>"
    x = here.left + here.width * ((day - here.start).days + 0.5) / (here.until - here.start).days
    anchor = "end" if x > WIDTH - 150 else "start"
    aside = -8 if anchor == "end" else 8
    return (
        f"<path d='M{x:.1f},{bottom + 2:g}l5,9h-10z'/>"
        f"<text x='{x + aside:.1f}' y='{bottom + 15:g}' text-anchor='{anchor}' font-weight='600'>"
        f"{long_date(day)}</text>"
        f"<text x='{LABELS - 8:g}' y='{bottom + 15:g}' font-size='11' text-anchor='end'>not to scale</text>"
    )


def _legend(columns: Sequence[Stretch], top: float) -> tuple[str, float]:
    """What each mark and pattern means, and where the picture ends."""
    used = {v for c in columns for v in c.actions.values()}
    x, y = 8.0, top
    out: list[str] = []
    for verdict in (v for v in FILLS if v in used):
        words = f"{MARKS[verdict]} {short_words(verdict)}"
        need = 30 + len(words) * (LETTER + 0.4)
        if x + need > WIDTH and out:
            x, y = 8.0, y + 20
        frame = f"<rect x='{x:.1f}' y='{y:g}' width='18' height='13' fill='none' stroke='{INK}' stroke-width='.5'/>"
        out.append(
            f"{_ground(verdict, x, y, 18, 13)}{frame}<text x='{x + 23:.1f}' y='{y + 11:g}'>{escape(words)}</text>"
        )
        x += need
    return "".join(out), y + 24
