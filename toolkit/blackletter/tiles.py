"""The forum map as a picture of tiles, a page, a table and text. No script; no meaning rests on color alone."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from .views import MARKS, SAYS, fact_question, long_date, short_words

if TYPE_CHECKING:
    from .forum import ForumMap, ForumRow
    from .ruleset import Ruleset

PLACES: dict[str, tuple[int, int]] = {
    "AK": (0, 0), "ME": (10, 0), "WI": (5, 1), "VT": (9, 1), "NH": (10, 1),
    "WA": (0, 2), "ID": (1, 2), "MT": (2, 2), "ND": (3, 2), "MN": (4, 2), "IL": (5, 2), "MI": (6, 2), "NY": (8, 2),
    "MA": (9, 2), "OR": (0, 3), "NV": (1, 3), "WY": (2, 3), "SD": (3, 3), "IA": (4, 3), "IN": (5, 3), "OH": (6, 3),
    "PA": (7, 3), "NJ": (8, 3), "CT": (9, 3), "RI": (10, 3), "CA": (0, 4), "UT": (1, 4), "CO": (2, 4), "NE": (3, 4),
    "MO": (4, 4), "KY": (5, 4), "WV": (6, 4), "VA": (7, 4), "MD": (8, 4), "DE": (9, 4), "AZ": (1, 5), "NM": (2, 5),
    "KS": (3, 5), "AR": (4, 5), "TN": (5, 5), "NC": (6, 5), "SC": (7, 5), "DC": (8, 5), "OK": (3, 6), "LA": (4, 6),
    "MS": (5, 6), "AL": (6, 6), "GA": (7, 6), "HI": (0, 7), "TX": (3, 7), "FL": (8, 7),
    "GU": (0, 8), "MP": (1, 8), "AS": (2, 8), "PR": (9, 8), "VI": (10, 8),
}  # fmt: skip
"""Postal code -> column and row of its tile, roughly where the place lies; the territories in the last row."""

CELL, TILE, TOP, LEFT, COLUMNS, ROWS = 88, 82, 76, 12, 11, 9

CIRCUITS = {"1": "1st", "2": "2nd", "3": "3rd", "none": "none"}
"""How a circuit is written on a tile, where it is not its number with th."""

LABELS = {
    "permitted": "permitted", "permitted after process": "after steps", "enjoined": "blocked",
    "no authority": "no authority", "unconstitutional": "barred", "waived": "given up", "not ripe": "not yet",
    "not permitted": "not allowed", "contested": "contested", "undetermined": "depends", "conflict": "rules clash",
    "outside the model": "not covered", "required": "required", "forbidden": "forbidden",
    "not regulated": "unregulated",
}  # fmt: skip
"""The word on a tile for each verdict; the legend has the whole of it."""

KINDS = {
    "permitted": "go", "permitted after process": "go", "required": "go", "enjoined": "court", "no authority": "no",
    "unconstitutional": "no", "waived": "no", "not permitted": "no", "forbidden": "no", "not ripe": "wait",
    "contested": "split", "undetermined": "wait", "conflict": "clash",
}  # fmt: skip
"""The color family of each verdict; the rest are plain."""

_RING = "M10 2.5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 1 0 0-15"
ICONS = {
    "permitted": "M3 10.5l5 5L17 5", "permitted after process": "M1.5 8.5l4 4L13 4M5 17.2h.1M10 17.2h.1M15 17.2h.1",
    "required": "M2.5 2.5h15v15h-15zM6 10.5l3 3l5.5-7", "enjoined": "M4 4l12 12M16 4L4 16",
    "no authority": _RING + "M4.8 15.2L15.2 4.8", "unconstitutional": _RING + "M6 10h8",
    "waived": "M5 18V3h11l-3 4l3 4H5",
    "not permitted": "M3 10h14", "forbidden": _RING + "M6 10h8", "not ripe": _RING + "M10 5.5V10l3.5 2.5",
    "contested": "M2 10q4-8 8 0t8 0", "undetermined": "M6.5 7a3.5 3.5 0 1 1 5 3.2q-1.5.8-1.5 2.8M10 17h.1",
    "conflict": "M10 2.5v9.5M10 17h.1", "outside the model": "M4 10h.1M10 10h.1M16 10h.1",
    "not regulated": _RING,
}  # fmt: skip
"""A drawn mark for each verdict, in a box of 20 by 20."""

_LIGHT = {
    "paper": "#ffffff", "ink": "#1b1b1b", "go": "#cfe6d4 #0b4a22", "court": "#d5dff5 #17357a", "no": "#f3d3cf #7a1710",
    "wait": "#ececec #333333", "split": "#fbe6b3 #5a3d00", "clash": "#e7d3f0 #54206e", "plain": "#ffffff #4a4a4a",
}  # fmt: skip
_DARK = {
    "paper": "#16181c", "ink": "#ececec", "go": "#1d4a2c #c9efd4", "court": "#233a78 #dbe5ff", "no": "#6b201a #ffdcd8",
    "wait": "#3a3d42 #ececec", "split": "#5d4608 #ffeab8", "clash": "#4d2563 #f3dcff", "plain": "#16181c #c9c9c9",
}  # fmt: skip


def _colors(table: dict[str, str]) -> str:
    rules = [f".bl-map .bg{{fill:{table['paper']}}}.bl-map text{{fill:{table['ink']}}}"]
    for kind in ("go", "court", "no", "wait", "split", "clash", "plain"):
        fill, ink = table[kind].split()
        rules.append(
            f".bl-map .{kind} rect{{fill:{fill};stroke:{ink}}}.bl-map .{kind} text{{fill:{ink}}}"
            f".bl-map .{kind} path{{stroke:{ink}}}"
        )
    return "".join(rules)


_STYLE = (
    ".bl-map{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;max-width:100%;height:auto}"
    ".bl-map path{fill:none;stroke-width:2.4;stroke-linecap:round;stroke-linejoin:round}"
    ".bl-map .head{font-size:22px;font-weight:600}.bl-map .sub{font-size:15px}"
    ".bl-map .code{font-size:19px;font-weight:700}.bl-map .circuit{font-size:12.5px}"
    ".bl-map .word{font-size:12.5px}.bl-map .key{font-size:15px}.bl-map .note{font-size:13px}"
    ".bl-map .plain rect{stroke-dasharray:4 3}"
    + _colors(_LIGHT) + "@media (prefers-color-scheme:dark){" + _colors(_DARK) + "}"
)  # fmt: skip


# -- words ----------------------------------------------------------------------------------------------------------


def map_title(found: ForumMap) -> str:
    """What is asked, of whom, and on what day."""
    law, city = found.law, found.hypothetical
    noun = law.choices.get(found.action) or law.actions[found.action]
    under = ""
    if found.basis is not None:
        title = (law.laws.get(found.basis) or law.bases[found.basis]).title
        under = f", under {'t' + title[1:] if title.startswith('The ') else title}"
    preset = law.presets.get(city.preset or "")
    name = preset.title.partition(",")[0] if preset and city.title == city.preset else city.title
    return f"{noun.title}{under}: {name} in every State, {long_date(city.as_of)}"


def map_summary(found: ForumMap) -> str:
    """How many places have each answer."""
    return "; ".join(f"{short_words(v)}: {n}" for v, n in found.counts().items()) + "."


def _foot(found: ForumMap) -> str:
    law = found.law
    over = "".join(f" · {o}" for o in law.overlays)
    suits = "" if "party_to" not in found.hypothetical.facts else " Suits are as the hypothetical states them."
    says = f"As of {long_date(found.hypothetical.as_of)} · ruleset {law.id} {law.version} · {law.hash}{over}."
    return f"{says}{suits} {law.not_advice}"


def circuit_words(law: Ruleset, circuit: str) -> str:
    """The circuit by name; a plain phrase where none is on file."""
    return "no circuit on file" if circuit == "none" else law.facts["circuit"].values.get(circuit, circuit)


def decider_words(law: Ruleset, name: str) -> str:
    """What a rule, an order, a holding, a question or a fact is called: a title and a pinpoint, not an id.

    >>> import blackletter as bl
    >>> decider_words(bl.load(), "ca-sb54#hold")
    'California Values Act (Senate Bill 54), Cal. Gov. Code 7284.6'
    """
    if name in law.questions:
        return law.questions[name].asks
    for i in law.instruments.values():
        if name in {o.id for o in i.orders} | {w.id for w in i.waivers}:
            return i.title
        for rule in i.rules:
            if f"{i.instrument}#{rule.id}" == name:
                return f"{i.title}, {rule.cite}"
    return fact_question(law, name)


def _reasons(law: Ruleset, row: ForumRow, most: int = 2) -> str:
    words = list(dict.fromkeys(decider_words(law, name) for name in row.by))
    more = f"; and {len(words) - most} more" if len(words) > most else ""
    said = "; ".join(words[:most]) + more if words else row.note or "nothing on file says otherwise"
    return said.replace("?;", "?")


def map_text(found: ForumMap) -> str:
    """The map as plain text: how many, then a line for each place."""
    lines = [map_title(found), map_summary(found)]
    for row in found.rows:
        circuit = CIRCUITS.get(row.circuit, row.circuit if row.circuit == "DC" else f"{row.circuit}th")
        lines.append(f"  {row.state}  {circuit:<5} {MARKS[row.verdict]:<4} {short_words(row.verdict)}")
    return "\n".join([*lines, _foot(found)])


# -- the picture ----------------------------------------------------------------------------------------------------


def map_svg(found: ForumMap) -> str:
    """The map as one SVG element: a tile for each place, and a legend of the answers that occur."""
    verdicts = list(found.counts())
    lines = (len(verdicts) + 1) // 2
    width, height = 2 * LEFT + COLUMNS * CELL, TOP + ROWS * CELL + 34 + 34 * lines + 12
    title, summary = map_title(found), map_summary(found)
    head, _, tail = title.rpartition(": ")
    rows = "; ".join(f"{row.name}: {short_words(row.verdict)}" for row in found.rows)
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' class='bl-map' viewBox='0 0 {width} {height}' width='{width}' "
        f"height='{height}' role='img' aria-label='{escape(f'{title}. {summary}')}'>"
        f"<title>{escape(title)}</title><desc>{escape(f'{summary} {rows}.')}</desc><style>{_STYLE}</style>"
        f"<rect class='bg' width='{width}' height='{height}'/>"
        f"<text class='head' x='{LEFT}' y='32'{_fit(head, width)}>{escape(head)}</text>"
        f"<text class='sub' x='{LEFT}' y='58'>{escape(tail)}</text>"
        f"{''.join(_tile(found, row) for row in found.rows)}{''.join(_legend(found, verdicts))}</svg>"
    )


def _fit(text: str, width: int) -> str:
    """Squeezes a line that would run out of the picture."""
    room = width - 2 * LEFT
    return f" textLength='{room}' lengthAdjust='spacingAndGlyphs'" if len(text) * 12 > room else ""


def _tile(found: ForumMap, row: ForumRow) -> str:
    column, line = PLACES[row.state]
    x, y = LEFT + column * CELL, TOP + line * CELL
    circuit = CIRCUITS.get(row.circuit, row.circuit if row.circuit == "DC" else f"{row.circuit}th")
    where = f"{row.name}, {circuit_words(found.law, row.circuit)}: {short_words(row.verdict)}"
    return (
        f"<g class='{KINDS.get(row.verdict, 'plain')}' transform='translate({x} {y})'><title>{escape(where)}</title>"
        f"<rect width='{TILE}' height='{TILE}' rx='7'/><text class='code' x='7' y='24'>{escape(row.state)}</text>"
        f"<text class='circuit' x='{TILE - 7}' y='23' text-anchor='end'>{escape(circuit)}</text>"
        f"<path transform='translate({TILE / 2 - 12.5} 33) scale(1.25)' d='{ICONS[row.verdict]}'/>"
        f"<text class='word' x='{TILE / 2}' y='{TILE - 9}' text-anchor='middle'>{escape(LABELS[row.verdict])}</text>"
        "</g>"
    )


def _legend(found: ForumMap, verdicts: list[str]) -> Iterator[str]:
    counts, y = found.counts(), TOP + ROWS * CELL + 18
    half = (2 * LEFT + COLUMNS * CELL) // 2
    for number, verdict in enumerate(verdicts):
        at = f"translate({LEFT + number % 2 * half} {y + number // 2 * 34})"
        yield (
            f"<g class='{KINDS.get(verdict, 'plain')}' transform='{at}'><rect width='28' height='28' rx='5'/>"
            f"<path transform='translate(4 4)' d='{ICONS[verdict]}'/></g><text class='key' transform='{at}' x='38' "
            f"y='20'>{escape(SAYS[verdict])} ({counts[verdict]})</text>"
        )
    y += (len(verdicts) + 1) // 2 * 34 + 14
    yield (
        f"<text class='note' x='{LEFT}' y='{y}'>On each tile: postal code, federal circuit, answer. "
        "The last row holds the territories.</text>"
    )


# -- the table ------------------------------------------------------------------------------------------------------


def map_table(found: ForumMap) -> str:
    """The same as a captioned table: place, circuit, answer, what decides."""
    rows = "".join(
        f"<tr><th scope='row'>{escape(row.name)} ({escape(row.state)})</th>"
        f"<td>{escape(circuit_words(found.law, row.circuit))}</td>"
        f"<td><span aria-hidden='true'>{escape(MARKS[row.verdict])}</span> {escape(short_words(row.verdict))}</td>"
        f"<td>{escape(_reasons(found.law, row))}</td></tr>"
        for row in found.rows
    )
    head = "".join(f"<th scope='col'>{name}</th>" for name in ("Place", "Circuit", "Answer", "What decides"))
    return (
        f"<table><caption>{escape(map_title(found))}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def map_html(found: ForumMap) -> str:
    """Picture and table for a notebook, the table closed until wanted."""
    from .pages import styled

    table = f"<details><summary>The same as a table</summary>{map_table(found)}</details>"
    return styled(f"{map_svg(found)}{table}<p class='bl-foot'>{escape(_foot(found))}</p>")


_PAGE = (
    ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:1.5rem auto;"
    "padding:0 1rem;color:#1b1b1b;background:#fff}table{border-collapse:collapse;width:100%;margin-top:1.5rem}"
    "caption{text-align:left;font-weight:600;font-size:1.1rem;padding:.4rem 0}th,td{text-align:left;"
    "vertical-align:top;padding:.3rem .8rem .3rem 0;border-top:1px solid #9a9a9a}tbody th{font-weight:400}"
    "h1{font-size:1.4rem}@media (prefers-color-scheme:dark){body{color:#ececec;background:#16181c}}"
)


def map_page(found: ForumMap) -> str:
    """A page of its own, light and dark."""
    title = escape(map_title(found))
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' "
        f"content='width=device-width,initial-scale=1'><title>{title}</title><style>{_PAGE}</style></head><body><main>"
        f"<h1>One hypothetical in every State</h1><p>{escape(map_summary(found))}</p>{map_svg(found)}{map_table(found)}"
        f"<p>{escape(_foot(found))}</p></main></body></html>"
    )
