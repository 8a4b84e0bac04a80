"""An argument as a graph: a layered tree in SVG, from the verdict on the left to the facts on the right.

Shapes and words tell steps apart, never color: a double frame is the verdict, a cut-cornered box a gate, a box a rule,
a rounded box a fact; a dashed frame did not hold, or was only considered. It has a title and a description for those
who do not see it, follows the reader's light or dark setting, and holds no script.
"""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from .views import plain, source_words, through

if TYPE_CHECKING:
    from .argue import Argument

WIDTH, GAP_X, GAP_Y, PAD, LINE = 250, 46, 14, 10, 17
"""Pixels: the width of a box, between columns, between boxes, inside a box, and from one line of text to the next."""

CHARACTERS, MOST_TEXT, MOST_PARTS = 32, 7, 4
"""Letters in a line of a box, lines of text in a box, and parts drawn of one step."""

SMALLEST = 0.75
"""How far a live graph shrinks to fit its page, so that its letters stay readable; past that it scrolls."""

_STYLE = (
    ".bl-graph text{font:13px system-ui,'Segoe UI',Arial,sans-serif;fill:#1a1a1a}"
    ".bl-graph .k{font-size:11px;font-weight:700}.bl-graph .s{font-size:11px}"
    ".bl-graph .f{fill:#fff;stroke:#3a3a3a;stroke-width:1.4}.bl-graph .p{fill:#fff}"
    ".bl-graph .e{fill:none;stroke:#6b6b6b;stroke-width:1.4}.bl-graph .d{stroke-dasharray:5 4}"
    "@media (prefers-color-scheme:dark){.bl-graph text{fill:#f2f2f2}.bl-graph .f{fill:#262626;stroke:#cfcfcf}"
    ".bl-graph .p{fill:#181818}.bl-graph .e{stroke:#9a9a9a}}"
)

_KINDS = {
    "verdict": "ANSWER", "gate": "GATE", "basis": "POWER CLAIMED", "rule": "RULE", "default": "BY DEFAULT",
    "date": "IN FORCE", "order": "COURT ORDER", "holding": "RULING", "reading": "READING", "waiver": "WAIVER",
    "given": "FACT", "unknown": "FACT", "exception": "EXCEPTION", "against": "CONSIDERED",
    "more": "MORE",
}  # fmt: skip
"""The word over each kind of step."""

_STATES = {"shown": "holds", "refuted": "does not hold", "open": "open"}
_FACT_STATES = {"shown": "met", "refuted": "not met", "open": "not known"}


@dataclass
class _Box:
    """A step with its text broken into lines, its place, and its parts."""

    kind: str
    state: str
    head: str
    text: list[str]
    source: str
    full: str
    dashed: bool
    parts: list[_Box] = field(default_factory=list)
    x: float = 0
    y: float = 0

    @property
    def height(self) -> float:
        return 2 * PAD + LINE * (1 + len(self.text) + bool(self.source)) - 4

    @property
    def span(self) -> float:
        """The height of the box with everything to its right."""
        below = sum(p.span for p in self.parts) + GAP_Y * max(len(self.parts) - 1, 0)
        return max(self.height, below)


def argument_svg(step: Argument, depth: int = 3, live: bool = False) -> str:
    """The decisive part of an argument as one SVG element, ``depth`` steps from the verdict; everything escaped.

    ``live`` makes it a tree whose steps take focus, for a page whose script moves it.

    >>> import blackletter as bl
    >>> law = bl.load()
    >>> argument_svg(law.ask(law.hypothetical("new-orleans"))["withhold"].why())[:32]
    '<svg class="bl-graph" role="img"'
    """
    root = _box(step, depth, False, True)
    _place(root, PAD, PAD)
    boxes = list(_walk(root))
    width = max(b.x for b in boxes) + WIDTH + PAD
    height = max(root.span, max(b.y + b.height for b in boxes)) + 2 * PAD
    title, told = plain(step.claim), " ".join([*map(plain, step.lead), _outline(root)])
    name = hashlib.sha256(f"{title}{told}{depth}".encode()).hexdigest()[:10]
    places = list(_places(root)) if live else [""] * len(boxes)
    drawn = "".join(map(_edges, boxes)) + "".join(map(_drawn, boxes, places))
    role, least = ("tree", f"min-width:{SMALLEST * width:g}px;") if live else ("img", "")
    return (
        f'<svg class="bl-graph" role="{role}" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" style="max-width:100%;{least}height:auto" '
        f'aria-labelledby="t{name} d{name}"><title id="t{name}">{escape(title)}</title>'
        f'<desc id="d{name}">{escape(told)}</desc><style>{_STYLE}</style>'
        f'<rect class="p" width="{width:g}" height="{height:g}"/>{drawn}</svg>'
    )


def _outline(box: _Box) -> str:
    """The graph in words: each step with the number of steps that it leads to."""
    kinds = [b.head for b in _walk(box)][1:]
    return f"The graph leads from the answer to {len(kinds)} steps: {'; '.join(dict.fromkeys(kinds))}." if kinds else ""


def _box(step: Argument, depth: int, aside: bool, open_: bool) -> _Box:
    lines = textwrap.wrap(plain(step.claim), CHARACTERS) or [""]
    if len(lines) > MOST_TEXT:
        lines = [*lines[: MOST_TEXT - 1], f"{lines[MOST_TEXT - 1][: CHARACTERS - 2]} …"]
    fact = step.role in ("given", "unknown", "exception")
    state = (_FACT_STATES if fact else _STATES)[step.status]
    if step.role == "against" and len(step.note) < CHARACTERS - 8:
        state = step.note or state
    if step.role in ("verdict", "gate", "basis"):
        head = _KINDS[step.role]
    else:
        concludes = step.role == "rule" and not step.cite
        head = f"{'CONCLUSION' if concludes else _KINDS.get(step.role, 'RULE')}: {plain(state)}"
    source = plain(step.note.rpartition("; ")[2]) if step.role == "reading" and step.note else source_words(step)
    source = source if len(source) <= CHARACTERS + 4 else f"{source[: CHARACTERS + 2]} …"
    full = " ".join(filter(None, (plain(step.claim), plain(step.note), source_words(step))))
    dashed = step.role != "verdict" and (aside or step.status != "shown")
    box = _Box(step.role, step.status, head, lines, source, full, dashed)
    if depth > 0 and open_:
        box.parts = list(_parts(step, depth))
    return box


def _parts(step: Argument, depth: int) -> Iterator[_Box]:
    """The parts drawn: under a verdict every gate, of which the first, which decides, is opened further."""
    told = [(through(p), False) for p in step.because] + [(through(p), True) for p in step.despite]
    kept = told if step.role in ("verdict", "basis") else told[:MOST_PARTS]
    for number, (part, aside) in enumerate(kept):
        first = step.role != "verdict" or number == 0 or step.status == "refuted"
        yield _box(part, depth - 1, aside, first)
    if len(told) > len(kept):
        words = f"{len(told) - len(kept)} more in the full argument"
        yield _Box("more", "open", _KINDS["more"], [words], "", words, True)


def _place(box: _Box, x: float, top: float) -> None:
    """Places a box in the middle of the height that its parts take."""
    box.x, box.y = x, top + (box.span - box.height) / 2
    inner = sum(p.span for p in box.parts) + GAP_Y * max(len(box.parts) - 1, 0)
    at = top + (box.span - inner) / 2
    for part in box.parts:
        _place(part, x + WIDTH + GAP_X, at)
        at += part.span + GAP_Y


def _walk(box: _Box) -> Iterator[_Box]:
    yield box
    for part in box.parts:
        yield from _walk(part)


def _places(box: _Box, at: str = "0") -> Iterator[str]:
    """The attributes of each box, in the order of `_walk`, that let it take focus and say what it is."""
    says = escape(f"{box.head.capitalize()}. {box.full}")
    yield (
        f' class="bl-node" role="treeitem" tabindex="{0 if at == "0" else -1}" data-at="{at}" '
        f'aria-level="{at.count(".") + 1}" aria-label="{says}"'
    )
    for number, part in enumerate(box.parts):
        yield from _places(part, f"{at}.{number}")


def _edges(box: _Box) -> str:
    x, y = box.x + WIDTH, box.y + box.height / 2
    bend = GAP_X / 2
    return "".join(
        f'<path class="e{" d" if p.dashed else ""}" d="M{x:g} {y:g}C{x + bend:g} {y:g} {p.x - bend:g} '
        f'{p.y + p.height / 2:g} {p.x:g} {p.y + p.height / 2:g}"/>'
        for p in box.parts
    )


def _drawn(box: _Box, place: str = "") -> str:
    head = f'<text class="k" x="{box.x + PAD:g}" y="{box.y + PAD + 8:g}">{escape(box.head)}</text>'
    lines = _lines(box.text, box.x + PAD, box.y + PAD + 8 + LINE, "")
    after = box.y + PAD + 8 + LINE * (1 + len(box.text))
    source = _lines([box.source], box.x + PAD, after, ' class="s"') if box.source else ""
    return f"<g{place}>{_frame(box)}<title>{escape(box.full)}</title>{head}{lines}{source}</g>"


def _lines(lines: Sequence[str], x: float, y: float, kind: str) -> str:
    return "".join(f'<text{kind} x="{x:g}" y="{y + n * LINE:g}">{escape(line)}</text>' for n, line in enumerate(lines))


def _frame(box: _Box) -> str:
    """The shape of a box: what kind of step it is."""
    x, y, h, dash = box.x, box.y, box.height, " d" if box.dashed else ""
    if box.kind in ("gate", "basis"):
        c = 9
        points = [(x + c, y), (x + WIDTH - c, y), (x + WIDTH, y + c), (x + WIDTH, y + h - c), (x + WIDTH - c, y + h),
                  (x + c, y + h), (x, y + h - c), (x, y + c)]  # fmt: skip
        return f'<polygon class="f{dash}" points="{" ".join(f"{a:g},{b:g}" for a, b in points)}"/>'
    round_ = 16 if box.kind in ("given", "unknown", "reading") else 2
    frame = f'<rect class="f{dash}" x="{x:g}" y="{y:g}" width="{WIDTH}" height="{h:g}" rx="{round_}"/>'
    if box.kind == "verdict":
        inner = f'<rect class="f" x="{x + 3:g}" y="{y + 3:g}" width="{WIDTH - 6}" height="{h - 6:g}" rx="1"/>'
        return frame + inner
    return frame
