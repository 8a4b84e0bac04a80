"""``docs/bench.md`` and ``docs/bench.svg``, made from the rows of one run."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from math import ceil, floor, log10
from pathlib import Path
from xml.sax.saxutils import escape

from blackletter.bench import Measure

PEERS = ("clingo", "clipspy", "rule-engine", "OpenFisca-core", "durable_rules", "oxidd", "numpy")
PARTS = ("one basis", "every gate")
PICTURED = "(one basis)"


def write(rows: Sequence[Measure], folder: Path) -> None:
    """Writes both files into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = [r for r in rows if PICTURED in r.what and "unknown" not in r.what and not r.what.startswith("reading")]
    (folder / "bench.md").write_text(page(rows, bool(drawn)), encoding="utf-8")
    if drawn:
        (folder / "bench.svg").write_text(picture(drawn), encoding="utf-8")


# -- the page -------------------------------------------------------------------------------------------------------


def page(rows: Sequence[Measure], pictured: bool) -> str:
    """The page as Markdown."""
    ours = [r for r in rows if not any(f"({part})" in r.what for part in PARTS)]
    sections = [_INTRO.format(machine=machine()), "## Our own costs, beside their budgets", _table(ours)]
    if pictured:
        sections += ["## Peers on the same rules", _PEERS, "![Microseconds a row, log scale](bench.svg)"]
    for part in PARTS:
        found = [r for r in rows if f"({part})" in r.what]
        if found:
            sections += [f"### {part.capitalize()}", _table(found, f" ({part})")]
    return "\n\n".join(sections) + "\n"


_INTRO = """# What answers cost

Made by `blackletter bench --peers --write docs` (or `python benchmarks/write.py`); do not edit.

**These are figures of one run on one machine**: {machine}.
Other work on the machine moves times by a factor of two or more, so read the ratios rather than the times, and run the
command yourself. Each figure is the median of several runs after one that does not count. A ratio is the figure divided
by what stands beside it: for a time, below 1 is better; for a rate, above 1. A peer's ratio is the median over pairs of
runs, ours and the peer's in turns, so on a busy machine it is steadier than the figures and may differ from their
quotient. No test passes or fails on a time.

Times are by the wall clock, but for the rates beside "one core": a sweep runs on one core, and its rate is rows a
second of processor time. *From a DataFrame* begins with columns of categories and ends with the finished DataFrame,
a column of ordered verdicts for each finding: the more findings are asked for, the more is written."""

_PEERS = """Two parts of the law in force are exported as plain rules, a word being defined as *all* or *any* of other
words or their denials (`benchmarks/rules.py`): the gates of one basis (`eo-13768-9a` for `withhold`), which every
engine can carry, and every gate of every basis. Rows are random cities. **Answers are compared before anything is
timed**: each peer's outputs against ours, row by row; a peer that answers differently says in how many rows.

- *Complete* rows: peers get the rules with negation, as their users write them. *A tenth unknown*: a tenth of the
  facts is forgotten, and peers get the positive program in which an unknown is neither true nor false; engines without
  a third value are left out.
- OpenFisca-core gets a boolean variable with a formula for each word, over a population. *Booleans in and out*: both
  sides take and give columns of booleans, and ours packs them first. That is bound by memory: *reading every boolean
  once* is the least that anything which looks at its input can take. *Already packed*: each side has the population
  in its own form, planes or booleans, as a sweep has after its first step.
  Twenty times OpenFisca-core, the budget, is a matter of packed populations: one core does not reach it with booleans
  in and out, where reading and writing them takes most of the time.
- durable_rules *the obvious way* is `when_all`, `none()` for denials, and priorities (`benchmarks/durable_way.py`). Its
  answers are wrong, with no error raised, which is why `chain` gives it positive conditions only.
- The fused loop in C is the machine's limit: the same rules compiled for this processor, planes in and planes out. With
  few rows numpy's calls show; with many both wait for memory, and the loop has no more to gain."""


def machine() -> str:
    """The processor, its cores and load, Python, and the versions of the libraries."""
    cores, load = os.cpu_count(), os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    libraries = ", ".join(filter(None, map(_versioned, PEERS)))
    return (
        f"{_processor()}, {cores} cores shared with other work (load average {load:.1f} at the end), "
        f"{platform.system()}, Python {platform.python_version()}; {libraries}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def _versioned(library: str) -> str:
    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:
        return ""


def _table(rows: Iterable[Measure], drop: str = "") -> str:
    lines = ["| what | value | unit | ratio | to |", "|---|--:|---|--:|---|"]
    for r in rows:
        what, beside = r.what.replace(drop, "") if drop else r.what, r.ratio_to.replace(drop, "")
        same = r.ratio_to == r.what
        what = what.replace("WRONG", "**WRONG**").replace(" us a row", " µs a row")
        lines.append(
            f"| {what} | {number(r.value)} | {r.unit.replace('us ', 'µs ')} "
            f"| {'' if same else number(r.ratio)} | {'' if same else beside} |"
        )
    return "\n".join(lines)


def number(value: float) -> str:
    """Three significant digits, without an exponent.

    >>> number(12345.6), number(3.14159), number(0.01234)
    ('12,300', '3.14', '0.0123')
    """
    if value <= 0:
        return "0"
    digits = 2 - floor(log10(value))
    return f"{round(value, digits):,.{max(0, digits)}f}"


# -- the picture ----------------------------------------------------------------------------------------------------

_LEFT, _WIDTH, _LINE, _TOP = 420, 420, 24, 56
_OURS, _THEIRS, _WRONG = "#1f4e79", "#b07d2b", "#a33"


def picture(rows: Sequence[Measure]) -> str:
    """Bars of microseconds a row on a log scale, as SVG; rates are turned into microseconds."""
    bars = sorted(((_label(r.what), _cost(r), _color(r.what)) for r in rows), key=lambda b: b[1])
    low, high = floor(log10(bars[0][1])), ceil(log10(bars[-1][1]))
    height = _TOP + _LINE * len(bars) + 40

    def x(cost: float) -> float:
        return round(_LEFT + _WIDTH * (log10(cost) - low) / (high - low), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDTH + 90} {height}" role="img" '
        'aria-labelledby="t d" font-family="sans-serif" font-size="12">',
        '<title id="t">Microseconds a row, log scale: the gates of one basis, complete rows</title>',
        f'<desc id="d">{escape("; ".join(f"{name}: {number(cost)}" for name, cost, _ in bars))}</desc>',
        '<rect width="100%" height="100%" fill="#fff"/>',
        '<text x="12" y="24" font-size="15">Microseconds a row (log scale; shorter is faster): one basis, complete'
        ' rows</text><text x="12" y="42" fill="#555">Blue: Blackletter. Ochre: peers with the same answers. Red:'
        " wrong answers.</text>",
    ]
    for power in range(low, high + 1):
        at, bottom = x(10.0**power), _TOP + _LINE * len(bars)
        parts.append(f'<path d="M{at} {_TOP}V{bottom}" stroke="#ddd"/>')
        parts.append(f'<text x="{at}" y="{bottom + 16}" text-anchor="middle" fill="#555">{10.0**power:g}</text>')
    for n, (name, cost, color) in enumerate(bars):
        y = _TOP + _LINE * n
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 16}" text-anchor="end">{escape(name)}</text>')
        parts.append(f'<rect x="{_LEFT}" y="{y + 4}" width="{max(1, x(cost) - _LEFT):g}" height="16" fill="{color}"/>')
        parts.append(f'<text x="{x(cost) + 5:g}" y="{y + 16}">{number(cost)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _cost(row: Measure) -> float:
    return row.value if row.unit == "us a row" else 1 / row.value


def _label(what: str) -> str:
    name = what.replace(f" {PICTURED}", "").replace(", complete", "")
    return name.replace(" (durable_rules, guarded)", "").replace("boolean variables, ", "")


def _color(what: str) -> str:
    return _WRONG if "WRONG" in what else _OURS if what.startswith("blackletter") else _THEIRS
