"""State law decides what a city may choose: by date, by State, by kind of body; a court may bar it, a duty may wait."""

from __future__ import annotations

from typing import Any

import pytest

import blackletter as bl

LAW = "state-law"


@pytest.fixture(scope="module")
def law() -> Any:
    return bl.load()


def found(law: Any, choice: str, state: str, day: str, **facts: str) -> Any:
    from blackletter.desk import ask

    posed = law.hypothetical("springfield", state=state, as_of=day, **facts)
    return ask(law, posed.under(law), only=[choice])[choice, LAW]


@pytest.mark.parametrize(
    ("day", "verdict"),
    [
        ("2017-06-01", "outside the model"), ("2017-08-31", "outside the model"), ("2017-09-01", "not regulated"),
        ("2017-09-10", "not regulated"), ("2017-09-24", "not regulated"), ("2017-09-25", "forbidden"),
        ("2018-03-12", "forbidden"), ("2018-05-08", "forbidden"), ("2018-06-01", "forbidden"),
        ("2026-04-08", "forbidden"),
    ],
)  # fmt: skip
def test_texas_and_the_injunction_against_its_detainer_duty(law: Any, day: str, verdict: str) -> None:
    assert verdict == found(law, "decline_detainer", "TX", day).verdict


def test_the_enjoined_weeks_name_the_court_and_not_the_other_limits(law: Any) -> None:
    finding = found(law, "decline_detainer", "TX", "2017-09-10")
    assert "a court has enjoined it: City of El Cenizo v. Texas (W.D. Tex. 2017)" in finding.note
    assert "forbidden" == found(law, "restrict_sharing", "TX", "2017-09-10").verdict


def test_without_the_suit_the_duty_runs_from_the_first_day(law: Any) -> None:
    other = law.without("el-cenizo-v-texas")
    assert "forbidden" == found(other, "decline_detainer", "TX", "2017-09-01").verdict


def test_a_bare_texas_city_needs_no_other_fact(law: Any) -> None:
    city = law.hypothetical(state="TX", entity="city", detainer="decline", as_of="2018-06-01")
    assert "forbidden" == law.ask(city)["decline_detainer", LAW].verdict


def test_a_duty_not_yet_due_says_so_in_its_own_words(law: Any) -> None:
    sheriff = found(law, "decline_287g", "TX", "2026-03-01", entity="sheriff")
    assert "not ripe" == sheriff.verdict
    assert sheriff.note.startswith("Not due until 1 December 2026: Every Texas sheriff who runs a jail")
    assert ("tx-sb8#agreement",) == sheriff.rules
    assert "not regulated" == found(law, "decline_287g", "TX", "2025-12-31", entity="sheriff").verdict
    assert "not regulated" == found(law, "decline_287g", "TX", "2026-03-01", entity="city").verdict
    assert (
        "not regulated" == found(law, "decline_287g", "TX", "2026-03-01", entity="sheriff", operates_jail="no").verdict
    )


@pytest.mark.parametrize(
    ("state", "last", "first"),
    [
        ("CA", "2017-12-31", "2018-01-01"), ("IL", "2017-08-27", "2017-08-28"), ("WA", "2019-05-20", "2019-05-21"),
        ("CT", "2019-09-30", "2019-10-01"), ("NY", "2018-11-13", "2018-11-14"),
        ("MA", "2017-07-23", "2017-07-24"),
    ],
)  # fmt: skip
def test_the_first_day_on_which_a_hold_is_forbidden(law: Any, state: str, last: str, first: str) -> None:
    facts = {"detainer": "honor", "state_arrest_power": "yes"}
    assert "outside the model" == found(law, "hold_on_detainer", state, last, **facts).verdict
    assert "forbidden" == found(law, "hold_on_detainer", state, first, **facts).verdict


@pytest.mark.parametrize(
    ("state", "last", "first"),
    [
        ("FL", "2019-06-30", "2019-07-01"), ("GA", "2024-06-30", "2024-07-01"), ("IA", "2018-06-30", "2018-07-01"),
        ("NC", "2024-11-30", "2024-12-01"),
    ],
)  # fmt: skip
def test_the_first_day_on_which_a_jail_may_not_decline(law: Any, state: str, last: str, first: str) -> None:
    assert "outside the model" == found(law, "decline_detainer", state, last, entity="sheriff").verdict
    assert "forbidden" == found(law, "decline_detainer", state, first, entity="sheriff").verdict
    held = found(law, "hold_on_detainer", state, first, entity="sheriff", state_arrest_power="no")
    assert "required" == held.verdict  # a statute that orders the hold gives the power for it


def test_oregon_before_and_after_2021(law: Any) -> None:
    for day in ("2017-04-26", "2021-07-18", "2021-07-19"):
        assert "forbidden" == found(law, "hold_on_detainer", "OR", day, detainer="honor").verdict
    assert "not regulated" == found(law, "refuse_release_notice", "OR", "2021-07-18").verdict
    assert "required" == found(law, "refuse_release_notice", "OR", "2021-07-19").verdict


def test_colorado_before_and_after_its_statute(law: Any) -> None:
    facts = {"detainer": "honor", "state_arrest_power": "yes", "entity": "county"}
    days = ("2018-12-05", "2019-05-27", "2019-05-28")  # the trial court's judgment of 6 December 2018 stands between
    verdicts = [found(law, "hold_on_detainer", "CO", day, **facts).verdict for day in days]
    assert ["outside the model", "contested", "forbidden"] == verdicts


def test_colorado_and_an_agreement_on_the_jail(law: Any) -> None:
    facts = {"detainer": "honor", "agreement_287g": "yes", "entity": "sheriff"}
    verdicts = [found(law, "hold_on_detainer", "CO", d, **facts).verdict for d in ("2024-07-02", "2024-07-03")]
    assert ["not regulated", "forbidden"] == verdicts
    assert "forbidden" == found(law.without("nash-v-mikesell"), "hold_on_detainer", "CO", "2025-05-23", **facts).verdict


@pytest.mark.parametrize(
    ("state", "day", "entity", "verdict"),
    [
        ("MD", "2026-02-16", "county", "outside the model"), ("MD", "2026-02-17", "county", "required"),
        ("ME", "2026-02-01", "county", "required"), ("NM", "2026-03-01", "county", "not ripe"),
        ("VA", "2026-03-01", "sheriff", "outside the model"), ("VA", "2026-03-01", "state_agency", "required"),
        ("NJ", "2019-09-30", "sheriff", "outside the model"), ("NJ", "2019-10-01", "sheriff", "required"),
        ("FL", "2026-03-01", "sheriff", "forbidden"), ("KS", "2026-03-01", "sheriff", "outside the model"),
    ],
)  # fmt: skip
def test_agreements_under_section_287g(law: Any, state: str, day: str, entity: str, verdict: str) -> None:
    assert verdict == found(law, "decline_287g", state, day, entity=entity).verdict


def test_only_bodies_a_statute_reaches_are_bound(law: Any) -> None:
    assert "outside the model" == found(law, "decline_detainer", "NC", "2025-01-01", entity="city").verdict
    assert "not regulated" == found(law, "restrict_sharing", "TX", "2018-06-01", entity="state_agency").verdict
    assert "forbidden" == found(law, "restrict_sharing", "FL", "2020-06-01", entity="state_agency").verdict


@pytest.mark.parametrize(
    ("state", "day"),
    [("CT", "2020-01-01"), ("GA", "2025-01-01"), ("IA", "2019-01-01"), ("NC", "2025-01-01"), ("WA", "2020-01-01")],
)
def test_of_a_statute_seen_in_part_silence_is_outside_the_model(law: Any, state: str, day: str) -> None:
    """What the part that was seen says still binds; what it does not name may stand in the part that was not."""
    facts = {"entity": "sheriff", "confidentiality_rule": "yes"}
    assert {"forbidden", "required"} & {found(law, "decline_detainer", state, day, **facts).verdict}
    silent = {"CT": "not_ask", "GA": "decline_287g", "IA": "decline_287g", "NC": "restrict_sharing"}
    assert "outside the model" == found(law, silent.get(state, "restrict_sharing"), state, day, **facts).verdict


def test_massachusetts_officers_decline_what_they_may_not_do(law: Any) -> None:
    for day, verdict in (("2017-07-23", "outside the model"), ("2017-07-24", "required"), ("2026-04-08", "required")):
        assert verdict == found(law, "decline_detainer", "MA", day, state_arrest_power="yes").verdict, day
    agreed = found(law, "decline_detainer", "MA", "2018-01-01", agreement_287g="yes", state_arrest_power="yes")
    assert "outside the model" == agreed.verdict


def test_a_ban_that_does_not_name_detainers_leaves_them_contested(law: Any) -> None:
    finding = found(law, "decline_detainer", "AZ", "2018-06-01")
    assert "contested" == finding.verdict
    assert {"ban_reaches_refusals"} == {q for r in finding.readings for q in r.assume}


def test_bans_nobody_checked_carry_their_flag(law: Any) -> None:
    file = law.instruments["bans-to-check"]
    assert "S" == file.flag
    assert all("check it" in rule.says for rule in file.rules)
    finding = found(law, "restrict_sharing", "IN", "2018-06-01")
    assert "forbidden" == finding.verdict
    assert "outside the model" == found(law, "decline_287g", "IN", "2018-06-01").verdict


@pytest.mark.parametrize("state", ["LA", "OK", "WV"])
def test_a_ban_known_by_a_name_in_one_table_alone_is_contested(law: Any, state: str) -> None:
    facts = {"share_status": "restricted", "entity": "county"}
    finding = found(law, "restrict_sharing", state, "2026-03-01", **facts)
    assert "contested" == finding.verdict
    assert {"unchecked_ban"} == {q for r in finding.readings for q in r.assume}
    assert "outside the model" == found(law, "restrict_sharing", state, "2025-12-31", **facts).verdict


@pytest.mark.parametrize("state", ["CA", "IL", "CO", "CT", "OR"])
def test_bodies_of_the_state_of_whom_nothing_was_seen_are_outside_the_model(law: Any, state: str) -> None:
    for entity in ("state", "state_agency"):
        assert "outside the model" == found(law, "decline_detainer", state, "2025-12-01", entity=entity).verdict
    assert "required" == found(law, "decline_detainer", state, "2025-12-01", entity="sheriff").verdict


def test_washington_binds_bodies_of_the_state_too(law: Any) -> None:
    for entity in ("state", "state_agency", "county", "city", "sheriff"):
        assert "required" == found(law, "decline_detainer", "WA", "2025-12-01", entity=entity).verdict


def test_maryland_has_ended_agreements_and_no_more_of_its_law_is_on_file(law: Any) -> None:
    assert "required" == found(law, "decline_287g", "MD", "2026-03-01", entity="county").verdict
    for choice in ("decline_detainer", "refuse_jail_access", "restrict_sharing"):
        assert "outside the model" == found(law, choice, "MD", "2026-03-01", entity="county").verdict


def test_california_and_questions_in_the_jail(law: Any) -> None:
    access = found(law, "refuse_jail_access", "CA", "2025-12-01", entity="sheriff", jail_access="consent")
    assert ("required", ("B",)) == (access.verdict, access.flags)


def test_the_law_of_a_state_not_on_file_is_outside_the_model(law: Any) -> None:
    finding = found(law, "decline_detainer", "KS", "2018-06-01")
    assert "outside the model" == finding.verdict
    assert "is not on file for that day" in finding.note
    assert "says nothing about this choice" in found(law, "restrict_sharing", "CA", "2018-06-01").note


def test_an_unknown_state_is_what_matters(law: Any) -> None:
    city = law.hypothetical("springfield", state="unknown", circuit="unknown", as_of="2018-06-01")
    finding = law.ask(city)["decline_detainer", LAW]
    assert "undetermined" == finding.verdict
    assert "state" in [m.fact for m in finding.missing]


def test_no_state_forbids_and_requires_the_same_choice(law: Any) -> None:
    from blackletter.desk import ask

    states = [s for s in law.facts["state"].values if s != "none"]
    for state in states:
        for day in ("2017-04-26", "2018-06-01", "2020-06-01", "2026-03-01"):
            for entity in ("sheriff", "city"):
                posed = law.hypothetical("springfield", state=state, as_of=day, entity=entity, detainer="unknown",
                                         share_status="unknown", release_notice="unknown", hold_hours="unknown",
                                         warrant="unknown")  # fmt: skip
                board = ask(law, posed, only=list(law.choices))
                clashing = [c for c, name in board.choices if name == LAW and board[c, name].verdict == "conflict"]
                assert [] == clashing, (state, day, entity)


@pytest.mark.parametrize("engine", ["exact", "planes", "chain"])
def test_every_evaluator_says_the_same_of_state_law(law: Any, engine: str) -> None:
    from blackletter.desk import ask

    posed = law.hypothetical("springfield", state="TX", entity="sheriff", as_of="2026-03-01", state_arrest_power="yes")
    board = ask(law, posed, engine, only=["decline_287g"])
    assert "not ripe" == board["decline_287g", LAW].verdict
    if engine != "chain":  # each completion is a session of its own
        others = ask(law, posed, engine, only=["decline_detainer", "refuse_jail_access"])
        found = [others[c, LAW].verdict for c in ("decline_detainer", "refuse_jail_access")]
        assert ["forbidden", "contested"] == found


def test_an_order_that_enjoins_an_unknown_rule_is_a_fault(law: Any) -> None:
    from dataclasses import replace

    file = law.instruments["el-cenizo-v-texas-2017"]
    wrong = file.model_copy(update={"orders": (file.orders[0].model_copy(update={"rules": ("tx-sb4#detainers",)}),)})
    broken = replace(law, instruments={**law.instruments, file.instrument: wrong})
    with pytest.raises(bl.RulesetError, match='unknown rule about a choice "tx-sb4#detainers"'):
        _ = broken.code
