"""The timeline is what asking on each day would say, with the cause of each change."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any

import pytest

import blackletter as bl
from blackletter.timeline import boundaries, on

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
