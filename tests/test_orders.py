"""Orders, their later life, waivers and circuits, as they change what may reach a city."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

import blackletter as bl
from blackletter import model
from blackletter.planes import close

JAG = {"award": "byrne-jag-fy2017", "award_stage": "offered", "accepted_on": "never"}
STATES = ("CA", "NV", "NY", "VT", "IL", "IN", "TX", "RI", "OR", "CO", "NM", "none")


@pytest.fixture(scope="module")
def law() -> Any:
    return bl.load()


def verdict(law: Any, finding: str = "add_condition jag-notice", **facts: str) -> str:
    city = law.hypothetical("springfield", **{**JAG, **facts})
    return str(law.ask(city)[tuple(finding.split())].verdict)


# -- windows --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "state", "expected"),
    [("2020-03-15", "NY", "permitted"), ("2020-03-15", "ID", "no authority"), ("2018-05-01", "TX", "enjoined"),
     ("2018-08-01", "TX", "contested"), ("2017-09-14", "TX", "contested"), ("2018-06-25", "TX", "enjoined"),
     ("2018-06-26", "TX", "contested"), ("2018-06-26", "WI", "no authority"), ("2020-04-29", "TX", "contested"),
     ("2020-04-30", "TX", "enjoined"), ("2021-04-14", "TX", "waived"), ("2025-02-05", "TX", "contested")],
)  # fmt: skip
def test_the_notice_condition_by_day_and_state(law: Any, day: str, state: str, expected: str) -> None:
    assert expected == verdict(law, as_of=day, state=state)


def test_the_same_holds_for_the_city_with_every_fact_stated(law: Any) -> None:
    for state, expected in (("NY", "permitted"), ("ID", "no authority")):
        city = law.hypothetical("springfield", as_of="2020-03-15", state=state)
        assert expected == law.ask(city)["add_condition", "jag-notice"].verdict


@pytest.mark.parametrize(
    ("suit", "state", "first", "last"),
    [("philadelphia-v-sessions", "PA", "2017-11-15", "2021-04-13"),
     ("new-york-v-doj", "NY", "2018-11-30", "2020-02-25"),
     ("california-v-sessions", "CA", "2018-10-05", None), ("providence-v-barr", "RI", "2019-06-10", "2021-04-13"),
     ("oregon-v-trump", "OR", "2019-08-29", None), ("colorado-v-doj", "CO", "2020-04-23", "2021-04-13"),
     ("albuquerque-v-barr", "NM", "2021-01-28", "2021-04-13"),
     ("chicago-v-sessions", "IL", "2018-07-27", "2021-04-13")],
)  # fmt: skip
def test_an_order_stands_for_its_parties_from_its_first_day_to_its_last(
    law: Any, suit: str, state: str, first: str, last: str | None
) -> None:
    day = dt.timedelta(1)
    standing = [first] + ([last] if last else ["2021-04-14"])
    gone = [str(dt.date.fromisoformat(first) - day)] + ([str(dt.date.fromisoformat(last) + day)] if last else [])
    for asked in standing:
        assert any(_protected(law, suit, asked, state)), asked
    for asked in gone:
        assert not any(_protected(law, suit, asked, state)), asked


def _protected(law: Any, suit: str, day: str, state: str) -> Iterator[bool]:
    """For each order of a suit on the certificate: whether it stands and protects a party on the day."""
    city = law.hypothetical("springfield", **JAG, as_of=day, state=state, party_to=suit)
    tokens = close(law.code.program, city.row.truths)
    for i in law.instruments.values():
        for order in i.orders:
            if order.suit == suit and "jag-1373-certification" in order.bases:
                key = order.id.replace("#", ":")
                yield all(law.code.program.defeasible[f"{x}:{key}"] in tokens for x in ("order", "protected"))


@pytest.mark.parametrize(
    ("day", "year", "expected"),
    [("2018-07-26", "2017", "contested"), ("2018-07-27", "2017", "enjoined"),
     ("2018-07-27", "2018", "no authority"),
     ("2018-12-30", "2018", "no authority"), ("2020-04-29", "2018", "no authority"),
     ("2020-04-30", "2018", "enjoined")],
)  # fmt: skip
def test_the_judgment_of_july_2018_is_of_the_conditions_of_2017(law: Any, day: str, year: str, expected: str) -> None:
    """For Chicago's own award on the certificate, which no appellate court had ruled on before 30 April 2020."""
    facts = {"state": "IL", "party_to": "chicago-v-sessions", "fiscal_year": year, "as_of": day}
    assert expected == verdict(law, "demand_certification jag-1373-certification", **facts)


@pytest.mark.parametrize("finding", ["add_condition jag-notice", "withhold jag-access"])
def test_whether_the_release_of_2021_outlasts_its_memorandum_is_open(law: Any, finding: str) -> None:
    """Awards of FY2017 to FY2020 were released; in the Second Circuit nothing else stands in the way."""
    facts = {"state": "NY", "term_access": "yes", "breach_found": "yes"}
    opened = "permitted after process" if finding.startswith("withhold") else "permitted"
    for year, expected in (("2017", "contested"), ("2020", "contested"), ("2021", opened), ("2025", opened)):
        assert "waived" == verdict(law, finding, **facts, fiscal_year=year, as_of="2025-02-04"), year
        assert expected == verdict(law, finding, **facts, fiscal_year=year, as_of="2025-02-05"), year
    for reading, expected in (("yes", "waived"), ("no", opened)):
        read = law.assume(release_of_2021_lasts=reading)
        assert expected == verdict(read, finding, **facts, as_of="2026-04-08")


def test_the_condition_on_disclosure_is_as_arguable_on_police_money_as_its_fellows(law: Any) -> None:
    """Condition 44 of FY2018; no waiver speaks of it, and no court was found to have ruled on it."""
    facts = {"fiscal_year": "2018", "condition_related": "no"}
    for state, day, expected in (("TX", "2018-10-31", "no authority"), ("TX", "2018-11-01", "contested"),
                                 ("CA", "2019-02-01", "contested"), ("TX", "2021-04-14", "no authority")):  # fmt: skip
        assert expected == verdict(law, "add_condition jag-nondisclosure", **facts, state=state, as_of=day), day
    assert "no authority" == verdict(
        law, "add_condition jag-nondisclosure", **{**facts, "fiscal_year": "2017"}, state="TX", as_of="2018-12-01"
    )


def test_san_francisco_loses_its_district_ruling_on_section_1373_in_july_2022(law: Any) -> None:
    facts = {"state": "CA", "share_status": "restricted", "party_to": "san-francisco-v-sessions"}
    for day, expected in (("2018-10-04", "contested"), ("2018-10-05", "not regulated"), ("2022-07-28", "not regulated"),
                          ("2022-07-29", "contested"), ("2026-04-08", "contested")):  # fmt: skip
        assert expected == verdict(law, "restrict_sharing 8-usc-1373", **facts, as_of=day), day


def test_a_member_of_the_conference_of_mayors_is_protected_and_its_neighbor_is_not(law: Any) -> None:
    assert "enjoined" == verdict(law, as_of="2018-10-01", state="TX", uscm_member="yes")
    assert "contested" == verdict(law, as_of="2018-10-01", state="TX", uscm_member="no")
    assert "contested" != verdict(law, as_of="2018-10-01", state="TX", uscm_member="unknown")


def test_the_points_are_enjoined_until_reversed_and_lawful_in_the_ninth_circuit_after(law: Any) -> None:
    cops = {"award": "cops-hiring-fy2017", "award_stage": "unknown", "accepted_on": "unknown"}
    points = "score_preference cops-preference"
    assert "enjoined" == verdict(law, points, **cops, as_of="2019-07-11", state="TX")
    assert "permitted" == verdict(law, points, **cops, as_of="2019-07-12", state="CA")
    assert "contested" == verdict(law, points, **cops, as_of="2019-07-12", state="TX")


def test_a_waiver_answers_where_the_circuit_has_upheld_the_condition(law: Any) -> None:
    read = law.assume(chicago_scope_2020="no")
    assert "permitted" == verdict(read, as_of="2020-11-04", state="NY")
    assert "waived" == verdict(read, as_of="2020-11-05", state="NY")
    assert "permitted" == verdict(read, as_of="2020-11-05", state="VT")
    assert "contested" == verdict(law, as_of="2020-11-05", state="VT")


# -- had the judge ruled otherwise ----------------------------------------------------------------------------------


def _answers(law: Any, city: Any) -> dict[tuple[str, str], tuple[Any, ...]]:
    board = law.ask(city)
    return {
        (f.action, f.basis): (f.verdict, {g: x.value for g, x in (f.gates or {}).items()}, f.steps)
        for f in board.findings
    }


@pytest.mark.parametrize("preset", ["springfield", "santa-clara", "san-francisco", "new-orleans", "chicago"])
def test_without_the_suit_the_prior_answers_are_back_exactly(law: Any, preset: str) -> None:
    without = law.without("santa-clara-v-trump")
    before = _answers(law, law.hypothetical(preset, as_of="2017-04-24"))
    after = _answers(without, without.hypothetical(preset, as_of="2017-04-26"))
    assert before == after
    assert before != _answers(law, law.hypothetical(preset, as_of="2017-04-26"))


def test_vacating_an_order_restores_the_earlier_answer(law: Any) -> None:
    without = law.without("chicago-v-sessions")
    for state in ("TX", "CA", "NY"):
        before = verdict(law, as_of="2017-09-14", state=state)
        assert before == verdict(without, as_of="2017-10-01", state=state)


# -- narrowing ------------------------------------------------------------------------------------------------------


def _orders(law: Any) -> list[model.Order]:
    return [o for i in law.instruments.values() for o in i.orders]


def _with_life(law: Any, life: tuple[model.LifeEvent, ...]) -> Any:
    """The law with more life events, in one instrument of their own."""
    home = next(i for i in law.instruments.values() if i.kind == "court decision")
    extra = model.Instrument(
        instrument="a-later-order", title="A later order", kind="court decision", cite="x", source=home.source,
        flag="B", life=life,
    )  # fmt: skip
    return replace(law, instruments={**law.instruments, extra.instrument: extra})


def _without_narrowings(law: Any) -> Any:
    kept = {
        name: i.model_copy(update={"life": tuple(e for e in i.life if e.event != "narrowed")})
        for name, i in law.instruments.items()
    }
    return replace(law, instruments=kept)


def _narrowing(order: model.Order) -> model.LifeEvent:
    """The order kept only for Californian cities among those it protects."""
    only = tuple(p.model_copy(update={"when": (*p.when, "state = CA")}) for p in order.protects)
    day = order.issued + dt.timedelta(30)
    return model.LifeEvent(
        on=day, event="narrowed", order=order.id, protects=only, cite="x", says="Kept in California.", flag="B"
    )


def _bars(law: Any, order: model.Order, day: dt.date, state: str, parties: str) -> bool:
    facts = {**JAG, "as_of": str(day), "state": state, "party_to": parties}
    tokens = close(law.code.program, law.hypothetical("springfield", **facts).row.truths)
    key = order.id.replace("#", ":")
    return all(law.code.program.defeasible[f"{x}:{key}"] in tokens for x in ("order", "protected"))


def _cases(law: Any, order: model.Order) -> Iterator[tuple[dt.date, str, str]]:
    events = [e.on for i in law.instruments.values() for e in i.life if e.order == order.id]
    days = {order.issued, order.issued + dt.timedelta(30), *events}
    for day in sorted(d for d in days if law.covers(d)):
        for state in STATES:
            for parties in ("", order.suit):
                yield day, state, parties


def test_narrowing_never_bars_more_for_any_order_on_file(law: Any) -> None:
    wide = _without_narrowings(law)
    narrowed = {e.order for i in law.instruments.values() for e in i.life if e.event == "narrowed"}
    assert 3 <= len(narrowed)
    for order in (o for o in _orders(law) if o.id in narrowed):
        for case in _cases(law, order):
            assert _bars(law, order, *case) <= _bars(wide, order, *case), (order.id, case)


def test_narrowing_any_order_to_one_state_never_bars_more_and_keeps_that_state(law: Any) -> None:
    narrow = _with_life(law, tuple(_narrowing(o) for o in _orders(law)))
    lost = 0
    for order in _orders(law):
        for day, state, parties in _cases(law, order):
            then, now = _bars(law, order, day, state, parties), _bars(narrow, order, day, state, parties)
            assert now <= then, (order.id, day, state, parties)
            lost += then and not now
            if state == "CA":
                assert now == then, (order.id, day, parties)
    assert lost


def test_a_narrowing_after_an_extension_cuts_the_extension_back_too(law: Any) -> None:
    """The order of 27 July 2018, extended to the whole program on 30 April 2020, kept for Chicago from June 2020."""
    order = next(o for o in _orders(law) if o.id == "chicago-v-sessions#2018-07-27")
    june = dt.date(2020, 6, 1)
    cut = _narrowing(order).model_copy(update={"on": june, "protects": (model.Protects(parties=True),)})
    narrow = _with_life(law, (cut,))
    assert _bars(narrow, order, june - dt.timedelta(1), "TX", "")
    assert not _bars(narrow, order, june, "TX", "")
    assert _bars(narrow, order, june, "TX", "chicago-v-sessions")
