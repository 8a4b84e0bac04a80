"""The timeline is what asking on each day would say, with the cause of each change."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import blackletter as bl
from blackletter.strip import FILLS, placed, stretches, timeline_svg
from blackletter.timeline import boundaries, on
from blackletter.views import MARKS, long_date

DAY = dt.timedelta(1)


@pytest.fixture(scope="module")
def law() -> Any:
    return bl.load()


@pytest.mark.parametrize("preset", ["springfield", "new-orleans", "santa-clara"])
def test_the_timeline_agrees_with_asking_on_the_day_the_day_before_and_the_day_after(law: Any, preset: str) -> None:
    city = law.hypothetical(preset)
    intervals = law.timeline(city, dt.date(2017, 1, 1), dt.date(2019, 1, 1))
    assert intervals[0].start == dt.date(2017, 1, 1)
    assert intervals[-1].until == dt.date(2019, 1, 2)
    for before, after in pairwise(intervals):
        assert before.until == after.start
        assert after.cause
        assert after.changes
        for interval, day in (
            (before, after.start - DAY),
            (after, after.start),
            (after, min(after.start + DAY, after.until - DAY)),
        ):
            board = law.ask(on(city, day))
            assert {(f.action, f.basis): f.verdict for f in board.findings} == interval.verdicts


def test_the_injunction_is_named_as_the_cause(law: Any) -> None:
    city = law.hypothetical("springfield")
    turn = next(i for i in law.timeline(city) if i.start == dt.date(2017, 4, 25))
    assert "santa-clara-v-trump#2017-04-25" in turn.cause
    assert ("enjoined", "no authority") in {(c.after, c.before) for c in turn.changes}


def test_every_day_between_boundaries_is_alike(law: Any) -> None:
    city = law.hypothetical("new-orleans")
    days = boundaries(law, city, dt.date(2017, 4, 1), dt.date(2017, 8, 1))
    for start, following in pairwise(days):
        first, last = (law.ask(on(city, d)) for d in (start, following - DAY))
        assert [f.verdict for f in first.findings] == [f.verdict for f in last.findings]


def test_a_timeline_outside_the_covered_days_is_refused(law: Any) -> None:
    with pytest.raises(bl.FactError, match="2030-01-01 is outside the model"):
        law.timeline(law.hypothetical("springfield"), end=dt.date(2030, 1, 1))


# for reading ---------------------------------------------------------------------------------------------------------


def test_days_may_be_words(law: Any) -> None:
    city = law.hypothetical("springfield")
    days = dt.date(2017, 4, 20), dt.date(2017, 4, 30)
    assert law.timeline(city, *days) == law.timeline(city, *map(str, days))
    with pytest.raises(bl.FactError, match='on a day like 2017-04-26, not "soon"'):
        law.timeline(city, "soon")


@pytest.fixture(scope="module")
def line(law: Any) -> Any:
    return law.timeline(law.hypothetical("philadelphia"), dt.date(2017, 1, 1), dt.date(2018, 1, 1))


def bands(svg: str) -> dict[str, list[str]]:
    """First day of each column -> the fills of its bands, top to bottom."""
    root = ET.fromstring(svg)  # noqa: S314 - our own picture
    found = {}
    for group in root.iter("{http://www.w3.org/2000/svg}g"):
        rects = [r.get("fill") or "" for r in group.iter("{http://www.w3.org/2000/svg}rect")]
        found[group.get("data-start") or ""] = [fill for fill in rects if fill.startswith("#")]
    return found


def test_the_picture_has_one_band_for_each_action_in_each_stretch(law: Any, line: Any) -> None:
    drawn = bands(line.svg())
    for interval in line:
        if interval.start.isoformat() in drawn:
            assert drawn[interval.start.isoformat()] == [FILLS[v][0] for v in interval.actions.values()]
    changed = {i.start.isoformat() for i in line if any(not c.key[1] for c in i.changes)}
    assert changed | {"2017-01-01"} == set(drawn)


def test_the_columns_share_the_room_without_gaps_and_none_is_too_narrow_to_read(line: Any) -> None:
    columns = placed(line)
    assert all(abs(a.left + a.width - b.left) < 1e-6 for a, b in pairwise(columns))
    assert min(c.width for c in columns) > 20
    assert [(s.start, s.until) for s in stretches(line)] == [(c.start, c.until) for c in columns]


def test_no_two_verdicts_look_alike_and_each_has_its_mark() -> None:
    looks = [(fill, MARKS[verdict]) for verdict, fill in FILLS.items()]
    assert len(set(looks)) == len(looks)
    assert {fill for fill, _ in FILLS.values() if not re.fullmatch("#[0-9a-f]{6}", fill)} == set()


def test_the_table_has_a_row_for_each_interval_with_its_cause_in_words(law: Any, line: Any) -> None:
    page, text = line.html(), line.text()
    assert len(line) == page.count("<tr data-start=")
    assert "County of Santa Clara v. Trump" in page
    assert "#2017-04-25" not in page.replace("data:image/svg+xml", "")
    assert all(long_date(i.start) in text for i in line)
    assert law.not_advice in text
    alts: list[str] = []

    class Images(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag == "img":
                alts.append(dict(attrs).get("alt") or "")

    Images().feed(page)
    assert [True] == ["Philadelphia" in alt for alt in alts]


def test_the_live_picture_gives_each_column_a_name_and_one_stop_of_the_tab_key(line: Any) -> None:
    live = timeline_svg(line, dt.date(2017, 4, 26), live=True)
    root = ET.fromstring(live)  # noqa: S314 - our own picture
    buttons = [g for g in root.iter() if g.get("role") == "button"]
    assert len(placed(line)) == len(buttons)
    assert all((b.get("aria-label") or "").startswith("Go to ") for b in buttons)
    assert ["0"] == [b.get("tabindex") for b in buttons if b.get("tabindex") == "0"]
    assert "role='button'" not in line.svg()


def test_what_a_ruleset_wrote_is_escaped_in_the_picture_and_the_table(law: Any, line: Any) -> None:
    from dataclasses import replace

    from blackletter.timeline import Timeline

    bad = {k: i.model_copy(update={"title": "<script>"}) for k, i in law.instruments.items()}
    hostile = Timeline(replace(law, instruments=bad), line.hypothetical, line.intervals)
    assert "<script>" not in hostile.html() + hostile.svg()
    ET.fromstring(hostile.svg())  # noqa: S314 - our own picture


def test_the_command_writes_a_picture_and_refuses_another_kind_of_file(tmp_path: Path) -> None:
    code = "from blackletter.cli import main; main()"

    def run(name: str) -> Any:
        to = ["timeline", "philadelphia", "--from", "2017-06-20", "--to", "2017-07-10", "-o", str(tmp_path / name)]
        return subprocess.run([sys.executable, "-c", code, *to], check=False, capture_output=True, text=True)

    assert 0 == run("line.svg").returncode
    assert {"2017-06-20", "2017-07-01"} == set(bands((tmp_path / "line.svg").read_text()))
    refused = run("line.gif")
    assert (2, ["line.svg"]) == (refused.returncode, [p.name for p in tmp_path.iterdir()])
    assert "neither .svg nor .html" in refused.stderr
