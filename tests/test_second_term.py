"""The second term: the funding directives of 2025, the DHS terms, FEMA's reallocation, and the orders against them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

import blackletter as bl
from blackletter.desk import ask
from blackletter.docket import read_cases, run_docket
from blackletter.errors import FactError
from blackletter.reader import find_ruleset
from blackletter.splits import rulings, standing

CUTOFF = "withhold eo-14159-17"
TERMS = "add_condition dhs-terms-2025"
CUT = "reallocate fema-reallocation-2025"
SF25, JOINED = "san-francisco-v-trump-2025", "san-francisco-v-trump-2025-joined"
MONEY = ("deny_eligibility", "withhold", "suspend", "terminate", "add_condition")
DALLAS = {"state": "TX", "as_of": "2025-05-15", "party_to": ""}
RISK = {"award": "dhs-hsgp-fy2025", "condition_related": "yes", "accepted_on": "never"}


@pytest.fixture(scope="module")
def law() -> Any:
    return bl.load()


def finding(law: Any, what: str, preset: str | None = "springfield", **facts: str) -> Any:
    action, basis = what.split()
    return ask(law, law.hypothetical(preset, **facts), only={action})[action, basis]


def verdict(law: Any, what: str, preset: str | None = "springfield", **facts: str) -> str:
    return str(finding(law, what, preset, **facts).verdict)


def day_before(day: str) -> str:
    return (dt.date.fromisoformat(day) - dt.timedelta(1)).isoformat()


# -- who is protected, and what decides for the rest -----------------------------------------------------------------


@pytest.mark.parametrize("award", ["byrne-jag-fy2017", "transit", "health", "dhs-hsgp-fy2025"])
@pytest.mark.parametrize("basis", ["eo-14159-17", "eo-14218-2", "ag-memo-2025"])
def test_dallas_is_not_protected_and_the_finding_says_what_then_decides(law: Any, basis: str, award: str) -> None:
    found = finding(law, f"withhold {basis}", **DALLAS, award=award)
    assert "no authority" == found.verdict
    assert "open" == found.gates["orders"].value
    assert ("spending-power#SP0",) == found.gates["authority"].by
    told = found.why().text()
    assert "only the power over grants that Congress gave it" in told
    assert "orders: open" in told
    assert "orders: closed" not in told


def test_with_every_other_fact_unknown_dallas_gets_the_same_answer(law: Any) -> None:
    found = finding(law, CUTOFF, None, **DALLAS)
    assert ("no authority", "open") == (found.verdict, found.gates["orders"].value)


def test_san_francisco_is_protected_on_that_day_and_without_the_suit_is_where_dallas_is(law: Any) -> None:
    for basis in ("eo-14159-17", "eo-14218-2", "ag-memo-2025", "eo-14287"):
        assert "enjoined" == verdict(law, f"withhold {basis}", "san-francisco", as_of="2025-05-15"), basis
    bare = law.without(SF25)
    assert "no authority" == verdict(bare, CUTOFF, "san-francisco", as_of="2025-05-15")


@pytest.mark.parametrize("day", ["2025-04-24", "2025-09-01", "2026-04-08"])
def test_a_plaintiff_is_protected_whatever_else_is_so(law: Any, day: str) -> None:
    for what in (CUTOFF, "add_condition eo-14218-2", "terminate ag-memo-2025"):
        assert "enjoined" == verdict(law, what, None, party_to=SF25, as_of=day), what


def test_the_ninth_circuit_binds_its_cities_and_elsewhere_the_question_is_open(law: Any) -> None:
    tacoma, dallas = (law.hypothetical("springfield", **{**DALLAS, "state": s}) for s in ("WA", "TX"))
    assert "no" == standing(tacoma, "executive_cutoff_power")
    assert "open question" == standing(dallas, "executive_cutoff_power")
    assert "cutoffs-2025#purse" in law.ask(tacoma)["withhold", "eo-14159-17"].gates["authority"].by
    assert "cutoffs-2025#purse" not in law.ask(dallas)["withhold", "eo-14159-17"].gates["authority"].by
    forces = {r.id: r.force for r in rulings(dallas, "executive_cutoff_power")}
    assert {"persuasive"} == set(forces.values())
    assert {"san-francisco-2025-purse", "san-francisco-v-trump-2018-m1"} <= set(forces)


@pytest.mark.parametrize(
    ("question", "closes"),
    [("cutoff_2025_spending_limits", "spending"), ("cutoff_2025_commandeers", "commandeers"),
     ("cutoff_2025_process", "process")],
)  # fmt: skip
def test_the_constitution_gate_is_contested_for_those_whom_no_ruling_binds(
    law: Any, question: str, closes: str
) -> None:
    """With a statute stated behind it, only the open questions of 2025 are left to move that gate."""
    facts = {**DALLAS, "statute_authorizes_condition": "yes", "condition_related": "yes"}
    gate = finding(law, CUTOFF, **facts).gates["constitution"]
    assert "contested" == gate.value
    assert question in gate.by
    closed = finding(law.assume(**{question: "yes"}), CUTOFF, **facts).gates["constitution"]
    assert ("closed", (f"cutoffs-2025#{closes}",)) == (closed.value, closed.by)
    party = finding(law, CUTOFF, **{**facts, "state": "CA", "party_to": SF25}).gates["constitution"]
    assert "closed" == party.value
    assert f"cutoffs-2025#{closes}" in party.by


def test_chelsea_got_no_ruling(law: Any) -> None:
    facts = {"state": "MA", "party_to": "chelsea-v-trump", "as_of": "2025-10-03"}
    assert "no authority" == verdict(law, CUTOFF, **facts)
    assert "open question" == standing(law.hypothetical("springfield", **facts), "executive_cutoff_power")


@pytest.mark.parametrize("basis", ["eo-14159-17", "eo-14218-2", "ag-memo-2025", "eo-14287"])
def test_no_directive_of_2025_moves_money_by_itself_whatever_the_readings(law: Any, basis: str) -> None:
    readings = {
        "executive_cutoff_power": "yes", "cutoff_2025_spending_limits": "no", "cutoff_2025_commandeers": "no",
        "cutoff_2025_process": "no", "sanctuary_2025": "any_limit",
    }  # fmt: skip
    board = law.assume(**readings).ask(law.hypothetical(None, as_of="2025-06-01"))
    for action in MONEY:
        if action in law.bases[basis].actions:
            assert not board[action, basis].verdict.startswith("permitted"), action


# -- windows --------------------------------------------------------------------------------------------------------

CALIFORNIA = {"state": "CA", "party_to": SF25}


@pytest.mark.parametrize(
    ("what", "day", "facts", "before", "after"),
    [
        ("withhold eo-14159-17", "2025-04-24", CALIFORNIA, "no authority", "enjoined"),
        ("add_condition eo-14218-2", "2025-04-24", CALIFORNIA, "no authority", "enjoined"),
        ("terminate ag-memo-2025", "2025-04-24", CALIFORNIA, "no authority", "enjoined"),
        ("suspend eo-14287", "2025-05-09", CALIFORNIA, "no authority", "enjoined"),
        ("withhold eo-14159-17", "2025-08-22", {"state": "IL", "party_to": JOINED}, "no authority", "enjoined"),
        ("withhold eo-14287", "2025-08-22", {"state": "IL", "party_to": JOINED}, "no authority", "enjoined"),
        ("publish_list eo-14287", "2025-04-28", DALLAS, "no authority", "permitted"),
        ("add_condition jag-notice", "2025-02-05", {"state": "NY", "condition_related": "yes"}, "waived", "contested"),
        (TERMS, "2025-03-27", {"state": "TX", "award": "dhs-hsgp-fy2025"}, "no authority", "contested"),
        (TERMS, "2025-09-24", {"state": "VT", "party_to": "illinois-v-fema", "award": "dhs-disaster-fy2025"},
         "contested", "enjoined"),
        (TERMS, "2025-11-21", {"state": "AZ", "party_to": "santa-clara-v-noem", "award": "dhs-hsgp-fy2025"},
         "contested", "enjoined"),
        (CUT, "2025-09-27", {"state": "TX", **RISK}, "no authority", "contested"),
        (CUT, "2025-09-30", {"state": "MN", "party_to": "illinois-v-noem", **RISK}, "contested", "enjoined"),
    ],
)  # fmt: skip
def test_each_change_comes_on_its_day(
    law: Any, what: str, day: str, facts: dict[str, str], before: str, after: str
) -> None:
    assert before == verdict(law, what, **{**facts, "as_of": day_before(day)})
    assert after == verdict(law, what, **{**facts, "as_of": day})


@pytest.mark.parametrize("day", ["2025-10-16", "2025-12-21", "2025-12-22", "2026-04-08"])
def test_a_temporary_order_runs_into_the_judgment_without_a_gap(law: Any, day: str) -> None:
    for state, suit in (("NY", "new-york-v-noem"), ("RI", "illinois-v-noem")):
        assert "enjoined" == verdict(law, CUT, state=state, party_to=suit, as_of=day, **RISK), suit


def test_protected_are_the_parties_and_no_one_else(law: Any) -> None:
    """Every protected State and its neighbors: only membership moves the gate of orders."""
    for state in ("IL", "MI", "IN", "DC", "VA"):
        for what, suit in ((TERMS, "illinois-v-fema"), (CUT, "illinois-v-noem")):
            facts = {"state": state, "entity": "state", "as_of": "2025-12-30", **RISK}
            gate = finding(law, what, None, **facts).gates["orders"].value
            member = state in law.suits[suit].states
            assert member == (gate == "closed"), (state, suit)


def test_the_plaintiff_states_are_those_the_sources_name(law: Any) -> None:
    named = {suit: " ".join(sorted(law.suits[suit].states)) for suit in ("illinois-v-fema", "illinois-v-noem")}
    assert "CA CO CT DC DE HI IL MA MD ME MI MN NJ NM NV NY OR RI VT WA WI" == named["illinois-v-fema"]
    assert "CA CT DC DE IL MA MN NJ NY RI VT WA" == named["illinois-v-noem"]
    assert 16 == len(law.suits[SF25].parties)
    for preset in ("san-francisco", "santa-clara"):
        assert preset in law.suits[SF25].parties


def test_the_orders_of_november_do_not_reach_other_cities_of_their_state(law: Any) -> None:
    facts = {"state": "AZ", "as_of": "2025-12-01", "award": "dhs-hsgp-fy2025"}
    assert "contested" == verdict(law, TERMS, **facts)
    assert "enjoined" == verdict(law, TERMS, **facts, party_to="santa-clara-v-noem")


def test_whether_the_chicago_order_reaches_the_immigration_terms_is_open(law: Any) -> None:
    facts = {"state": "OH", "as_of": "2025-12-01", "award": "dhs-hsgp-fy2025", "party_to": "chicago-v-noem"}
    gate = finding(law, TERMS, **facts).gates["orders"]
    assert ("contested", ("chicago_noem_scope",)) == (gate.value, gate.by)


def test_whether_the_orders_reach_fy2026_awards_is_open_while_the_ruling_binds_the_parties(law: Any) -> None:
    facts = {"state": "WA", "as_of": "2026-01-15", "award": "dhs-hsgp-fy2026", "party_to": "illinois-v-fema"}
    found = finding(law, TERMS, **facts)
    assert ("contested", ("dhs_orders_reach_fy2026",)) == (found.gates["orders"].value, found.gates["orders"].by)
    assert "closed" == found.gates["constitution"].value
    assert "contested" == finding(law, TERMS, **{**facts, "party_to": "", "state": "TX"}).gates["constitution"].value


@pytest.mark.parametrize(
    ("what", "suit", "award"),
    [(TERMS, "illinois-v-fema", "dhs-disaster-fy2025"), (CUT, "illinois-v-noem", "dhs-hsgp-fy2025")],
)
def test_that_a_states_order_reaches_a_citys_own_award_is_presumed(law: Any, what: str, suit: str, award: str) -> None:
    """The State, its agencies and what it passes on are protected; for what a city holds itself it is presumed."""
    facts = {"as_of": "2025-12-30", "award": award, "condition_related": "yes", "accepted_on": "never", "party_to": ""}
    asked = "state_suit_reaches_localities"
    for state in ("IL", "NY", "VT", "PA", "TX", "OH"):
        gate = finding(law, what, state=state, **facts, subrecipient_of="none").gates["orders"]
        assert (state in law.suits[suit].states) == (gate.value == "closed"), state
    told = finding(law, what, state="VT", **facts, subrecipient_of="none").why()
    assert "Presumed: a State's cities and counties are parts of it" in "".join(step.claim for step in told.walk())
    assert any(line.startswith("Presumed: a State's cities") and "flag NF" in line for line in told.lead)
    for reading, value in (("yes", "closed"), ("no", "open")):
        read = law.assume(**{asked: reading})
        alone = {**facts, "state": "VT", "subrecipient_of": "none"}
        assert not any("Presumed" in line for line in finding(read, what, **alone).why().lead)
        assert value == finding(read, what, **alone).gates["orders"].value
        assert "closed" == finding(read, what, **{**alone, "subrecipient_of": "state"}).gates["orders"].value
        for state, entity in (("IL", "state"), ("VT", "state_agency"), ("DC", "city")):
            assert "enjoined" == verdict(read, what, state=state, entity=entity, **facts), state
    unsaid = finding(law.assume(**{asked: "no"}), what, state="VT", **facts)
    assert "subrecipient_of" in unsaid.gates["orders"].by


def test_new_york_has_an_order_of_its_own_against_the_cut(law: Any) -> None:
    alone = law.without("illinois-v-noem")
    for day, expected in (("2025-09-30", "contested"), ("2025-10-01", "enjoined"), ("2025-10-16", "enjoined")):
        facts = {"state": "NY", "entity": "state", **RISK, "award": "dhs-transit-security-fy2025", "as_of": day}
        assert expected == verdict(alone, CUT, **facts), day
        assert "contested" == verdict(alone, CUT, **{**facts, "state": "NJ"}), day


def test_the_president_is_not_counted_as_bound(law: Any) -> None:
    facts = {**CALIFORNIA, "as_of": "2025-06-01"}
    for what in (CUTOFF, "suspend eo-14287"):
        own = finding(law, what, **facts, actor="president")
        assert ("no authority", "open") == (own.verdict, own.gates["orders"].value)
        assert "enjoined" == verdict(law, what, **facts, actor="dhs_secretary")


def test_new_terms_do_not_reach_money_accepted_before_them(law: Any) -> None:
    favorable = law.assume(dhs_terms_authorized="yes", dhs_terms_spending_limits="no")
    facts = {"state": "TX", "as_of": "2025-06-20", "award": "dhs-hsgp-fy2025"}
    assert "permitted" == verdict(favorable, TERMS, **facts)
    for day, expected in (("2025-03-26", "unconstitutional"), ("2025-03-27", "permitted")):
        assert expected == verdict(favorable, TERMS, **facts, award_stage="accepted", accepted_on=day), day


def test_taking_a_suit_away_restores_the_answer_of_the_day_before(law: Any) -> None:
    for suit, what, facts in (
        ("illinois-v-fema", TERMS, {"state": "IL", "award": "dhs-hsgp-fy2025"}),
        ("illinois-v-noem", CUT, {"state": "IL", **RISK}),
    ):
        held = {**facts, "party_to": suit, "as_of": "2026-01-05"}
        assert "enjoined" == verdict(law, what, **held)
        assert "contested" == verdict(law.without(suit), what, **held)


# -- the law of 2017 in 2025 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["2025-01-20", "2025-05-15", "2026-04-08"])
@pytest.mark.parametrize("preset", ["springfield", "san-francisco", None])
def test_the_order_of_2017_is_not_revived(law: Any, preset: str | None, day: str) -> None:
    board = law.ask(law.hypothetical(preset, as_of=day))
    for basis in ("eo-13768-9a", "eo-13768-9b", "eo-13768-9c"):
        for action in law.bases[basis].actions:
            gate = board[action, basis].gates["authority"]
            assert "closed" == gate.value, (basis, action)
            assert "no authority" == board[action, basis].verdict


def test_the_revocation_was_itself_revoked_by_a_later_file_alone(law: Any) -> None:
    assert law.instruments["eo-13993"].in_force.until is None
    ends = [(r.instrument, r.on) for r in law.instruments["eo-14159"].revokes]
    assert [("eo-13993", dt.date(2025, 1, 20))] == ends


# -- lists, and who is a sanctuary jurisdiction ------------------------------------------------------------------------


def test_listing_and_identifying_are_free_for_plaintiffs_and_others(law: Any) -> None:
    for facts in (DALLAS, {**CALIFORNIA, "as_of": "2025-06-01"}, {**CALIFORNIA, "as_of": "2025-12-01"}):
        board = law.ask(law.hypothetical("springfield", **facts))
        for action in ("designate", "publish_list", "demand_report"):
            assert "permitted" == board[action, "eo-14287"].verdict


def test_a_city_that_lets_status_be_shared_is_reached_only_on_the_wide_reading(law: Any) -> None:
    sharing = {**DALLAS, "ask_status": "yes", "request_status": "allowed", "share_status": "allowed"}
    gate = finding(law, CUTOFF, **sharing).gates["award"]
    assert ("contested", ("sanctuary_2025",)) == (gate.value, gate.by)
    for reading, value in (("refuser", "closed"), ("any_limit", "open")):
        assert value == finding(law.assume(sanctuary_2025=reading), CUTOFF, **sharing).gates["award"].value
    honors = {**sharing, "detainer": "honor"}
    assert "closed" == finding(law, CUTOFF, **honors).gates["award"].value
    refuser = {**sharing, "share_status": "restricted"}
    for reading in ("refuser", "any_limit"):
        valid = law.assume(sanctuary_2025=reading, validity_1373="valid")
        assert "open" == finding(valid, CUTOFF, **{**refuser, "detainer": "honor"}).gates["award"].value


# -- presets, docket, last seen ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("preset", "what", "day", "expected"),
    [("san-francisco", CUTOFF, "2025-04-23", "no authority"), ("santa-clara", CUTOFF, "2025-04-24", "enjoined"),
     ("chicago", CUTOFF, "2025-08-21", "no authority"), ("chicago", CUTOFF, "2025-08-22", "enjoined"),
     ("new-york-city", CUTOFF, "2025-08-22", "no authority"), ("new-orleans", CUTOFF, "2025-12-01", "no authority")],
)  # fmt: skip
def test_presets_carry_their_suits(law: Any, preset: str, what: str, day: str, expected: str) -> None:
    assert expected == verdict(law, what, preset, as_of=day)


@pytest.mark.parametrize("preset", ["chicago", "new-york-city", "providence", "san-francisco", "cook-county"])
def test_presets_in_plaintiff_states_are_no_plaintiffs_of_their_states_suit(law: Any, preset: str) -> None:
    facts = {"award": "dhs-hsgp-fy2025", "subrecipient_of": "none"}
    for day, value in (("2025-09-23", "open"), ("2025-09-24", "closed")):
        gate = finding(law, TERMS, preset, as_of=day, **facts).gates["orders"]
        assert value == gate.value, day
        read = law.assume(state_suit_reaches_localities="no")
        assert "open" == finding(read, TERMS, preset, as_of=day, **facts).gates["orders"].value, day


@pytest.mark.parametrize("preset", ["san-francisco", "santa-clara"])
def test_the_counties_own_suit_over_the_dhs_terms_protects_them_from_its_day(law: Any, preset: str) -> None:
    facts = {"award": "dhs-hsgp-fy2025", "subrecipient_of": "none"}
    read = law.assume(state_suit_reaches_localities="no")
    for day, value in (("2025-11-20", "open"), ("2025-11-21", "closed")):
        assert value == finding(read, TERMS, preset, as_of=day, **facts).gates["orders"].value, day


def test_the_cases_of_2025_agree_and_one_row_stays_outside(law: Any) -> None:
    names = ("sf25pi", "sf25clar", "sf25ext", "chel25", "ilfema25", "ilfema25oct", "nynoem25")
    cases = [case for name in names for case in read_cases(find_ruleset() / "docket" / f"{name}.yaml")]
    bench = run_docket(law, cases)
    assert ["SF25EXT-q2"] == [r.id for r in bench.results if r.agree is None]
    assert 11 == bench.count(True)
    assert 0 == bench.count(False)


def test_what_was_last_seen_earlier_says_so_and_nothing_is_known_after_the_days_covered(law: Any) -> None:
    told = finding(law, CUTOFF, "san-francisco", as_of="2026-04-08").why().text()
    assert "last seen on 7 October 2025" in told
    assert "undecided to the end of the search" in told
    with pytest.raises(FactError, match="outside the model"):
        law.hypothetical("san-francisco", as_of="2026-04-09")
