"""The second term's conditions on transport, housing, police and victims money, suits to void local law, and forum."""

from __future__ import annotations

from typing import Any

import pytest

import blackletter as bl
from blackletter.splits import split, standing

LAST = "2026-04-08"
OPEN = "open question"
DOT = ("add_condition", "dot-condition-2025")
HUD = ("add_condition", "hud-terms-2025")
COPS = ("demand_certification", "cops-terms-2025")
SUE = ("sue", "supremacy-suit")
CDC = ("terminate", "cdc-terminations-2026")
TRANSIT, HOUSING = {"award": "transit-fy2025"}, {"award": "housing-fy2025"}


@pytest.fixture(scope="module")
def law() -> Any:
    return bl.load()


def ask(law: Any, pair: tuple[str, str], **facts: str) -> Any:
    return law.ask(law.hypothetical("springfield", **facts))[pair]


def verdict(law: Any, pair: tuple[str, str], **facts: str) -> str:
    return str(ask(law, pair, **facts).verdict)


# -- transport ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("award", ["transit-fy2025", "transit"])
def test_florida_is_protected_once_the_condition_is_set_aside_for_all_grantees(law: Any, award: str) -> None:
    found = ask(law, DOT, as_of="2025-11-10", state="FL", award=award)
    assert "enjoined" == found.verdict
    assert ["california-v-dot#2025-11-04"] == list(found.gates["orders"].by)


def test_florida_in_july_2025_is_not_protected_and_two_open_questions_decide(law: Any) -> None:
    found = ask(law, DOT, as_of="2025-07-01", state="FL", **TRANSIT)
    assert "open" == found.gates["orders"].value
    assert "contested" == found.verdict
    assert {"dot_condition_authorized", "dot_condition_related"} == {q for r in found.readings for q in r.assume}
    by_reading = {tuple(sorted(r.assume.items())): r.verdict for r in found.readings}
    assert ["permitted"] == [v for v in by_reading.values() if v not in ("no authority", "unconstitutional")]


def test_an_award_of_unknown_date_is_not_protected_then_either_and_its_dates_matter(law: Any) -> None:
    found = ask(law, DOT, as_of="2025-07-01", state="FL", award="transit")
    assert "open" == found.gates["orders"].value
    assert "undetermined" == found.verdict
    assert {"accepted_on", "term_known_on"} == {m.fact for m in found.missing}


@pytest.mark.parametrize(
    ("day", "state", "expected"),
    [("2025-04-23", "CA", "no authority"), ("2025-06-18", "CA", "contested"), ("2025-06-19", "CA", "enjoined"),
     ("2025-07-01", "CA", "enjoined"), ("2025-07-01", "TX", "contested"), ("2025-11-03", "TX", "contested"),
     ("2025-11-04", "TX", "enjoined"), (LAST, "TX", "enjoined"), ("2025-07-01", "WI", "enjoined"),
     ("2025-07-01", "PA", "contested")],
)  # fmt: skip
def test_the_transport_condition_by_day_and_state(law: Any, day: str, state: str, expected: str) -> None:
    assert expected == verdict(law, DOT, as_of=day, state=state, **TRANSIT)


def test_the_twenty_states_are_the_ones_protected_in_july_2025(law: Any) -> None:
    named = set(law.suits["california-v-dot"].states)
    states = [s for s in law.facts["state"].values if s != "none"]
    protected = {s for s in states if verdict(law, DOT, as_of="2025-07-01", state=s, **TRANSIT) == "enjoined"}
    assert 20 == len(named)
    assert named == protected


def test_without_the_suit_florida_is_as_it_was(law: Any) -> None:
    facts = {"state": "FL", **TRANSIT}
    without = law.without("california-v-dot")
    assert verdict(law, DOT, as_of="2025-07-01", **facts) == verdict(without, DOT, as_of="2025-11-10", **facts)


def test_the_condition_reaches_only_transport_money_and_no_remedy_without_a_breach(law: Any) -> None:
    read = law.assume(dot_condition_authorized="yes", dot_condition_related="yes")
    facts = {"as_of": "2025-07-01", "state": "FL"}
    assert "no authority" == verdict(read, DOT, **facts, **HOUSING)
    assert "not ripe" == verdict(read, ("withhold", DOT[1]), **facts, **TRANSIT)
    assert "permitted after process" == verdict(read, ("withhold", DOT[1]), breach_found="yes", **facts, **TRANSIT)


# -- King County v. Turner, Fresno v. Turner ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "suit", "hud", "dot"),
    [("2025-05-06", "king-county-v-turner", "contested", "contested"),
     ("2025-05-07", "king-county-v-turner", "enjoined", "contested"),
     ("2025-06-03", "king-county-v-turner", "enjoined", "enjoined"),
     ("2025-06-02", "king-county-v-turner-june", "contested", "contested"),
     ("2025-06-03", "king-county-v-turner-june", "enjoined", "enjoined"),
     ("2025-06-03", "king-county-v-turner-august", "contested", "contested"),
     ("2025-08-11", "king-county-v-turner-august", "contested", "contested"),
     ("2025-08-12", "king-county-v-turner-august", "enjoined", "enjoined"),
     ("2025-08-12", "", "contested", "contested"), ("2025-08-26", "fresno-v-turner", "contested", "contested"),
     ("2025-08-27", "fresno-v-turner", "enjoined", "enjoined"),
     ("2025-09-23", "fresno-v-turner", "enjoined", "enjoined")],
)  # fmt: skip
def test_plaintiffs_are_protected_from_the_day_their_own_order_issues(
    law: Any, day: str, suit: str, hud: str, dot: str
) -> None:
    facts = {"as_of": day, "state": "TX", "party_to": suit}
    assert (hud, dot) == (verdict(law, HUD, **facts, **HOUSING), verdict(law, DOT, **facts, **TRANSIT))


def test_the_first_order_bars_the_transit_conditions_for_king_county_alone(law: Any) -> None:
    facts = {"as_of": "2025-05-08", "party_to": "king-county-v-turner", **TRANSIT}
    assert "enjoined" == verdict(law, DOT, state="WA", entity="county", **facts)
    assert "contested" == verdict(law, DOT, state="MA", **facts)


@pytest.mark.parametrize("preset", ["san-francisco", "santa-clara", "new-york-city"])
def test_the_named_plaintiffs_among_the_presets_are_protected(law: Any, preset: str) -> None:
    city = law.hypothetical(preset, as_of="2025-05-08", **HOUSING)
    assert "enjoined" == law.ask(city)[HUD].verdict
    assert "contested" == law.ask(law.hypothetical("miami-dade", as_of="2025-05-08", **HOUSING))[HUD].verdict


# -- police, victims, health ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "suit", "expected"),
    [("2025-09-30", "", "no authority"), ("2025-11-01", "", "contested"), (LAST, "", "contested"),
     ("2026-02-02", "chicago-v-doj-2025", "contested"), ("2026-02-03", "chicago-v-doj-2025", "enjoined")],
)  # fmt: skip
def test_the_cops_terms_of_fy2025(law: Any, day: str, suit: str, expected: str) -> None:
    facts = {"as_of": day, "state": "IL", "party_to": suit, "award": "cops-hiring-fy2025"}
    assert expected == verdict(law, COPS, **facts)


def test_chicago_is_protected_and_its_older_award_has_no_such_terms(law: Any) -> None:
    chicago = law.hypothetical("chicago", as_of="2026-02-03", award="cops-hiring-fy2025")
    assert "enjoined" == law.ask(chicago)[COPS].verdict
    older = {"as_of": "2026-02-03", "state": "TX", "award": "cops-hiring-fy2017"}
    assert "no authority" == verdict(law.assume(cops_terms_authorized="yes"), COPS, **older)


def test_housing_terms_with_a_statute_behind_them_may_still_lack_a_relation(law: Any) -> None:
    facts = {"state": "FL", "as_of": "2025-07-01", **HOUSING}
    powered = law.assume(hud_terms_authorized="yes")
    assert "contested" == verdict(powered, HUD, **facts)
    assert ("hud_terms_related",) == ask(powered, HUD, **facts).gates["constitution"].by
    assert "permitted" == verdict(powered, HUD, **{**facts, "condition_related": "yes"})
    for reading, expected in (("no", "unconstitutional"), ("yes", "permitted")):
        assert expected == verdict(powered.assume(hud_terms_related=reading), HUD, **facts)


@pytest.mark.parametrize(
    ("basis", "state", "day", "expected"),
    [("ovc-condition-2025", "NJ", "2025-09-30", "permitted"), ("ovc-condition-2025", "NJ", "2025-10-01", "waived"),
     ("ovc-condition-2025", "TX", "2025-10-01", "permitted"),
     ("legal-services-condition-2025", "NY", "2025-10-30", "no authority"),
     ("legal-services-condition-2025", "NY", "2025-10-31", "permitted"),
     ("legal-services-condition-2025", "NY", "2025-12-17", "waived"),
     ("legal-services-condition-2025", "TX", "2025-12-17", "permitted")],
)  # fmt: skip
def test_conditions_on_victims_money_are_given_up_for_those_who_sued(
    law: Any, basis: str, state: str, day: str, expected: str
) -> None:
    read = law.assume(victims_conditions_authorized="yes")
    assert expected == verdict(
        read, ("add_condition", basis), as_of=day, state=state, entity="state", award="victims-fy2025"
    )


@pytest.mark.parametrize(
    ("day", "state", "expected"),
    [("2026-02-09", "MN", "no authority"), ("2026-02-11", "MN", "contested"), ("2026-02-12", "MN", "enjoined"),
     ("2026-02-25", "MN", "enjoined"), ("2026-02-26", "MN", "contested"), ("2026-02-12", "WI", "no authority")],
)  # fmt: skip
def test_the_health_grants_of_four_states(law: Any, day: str, state: str, expected: str) -> None:
    assert expected == verdict(law, CDC, as_of=day, state=state, entity="state", award="public-health-fy2026")


def test_the_proposed_rewrite_of_the_grant_rules_is_no_law(law: Any) -> None:
    proposed = law.instruments["2-cfr-200-proposed-2026"]
    assert () == proposed.rules
    assert "Proposed only, not law" in proposed.note


# -- suits to void local law ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "state", "suit", "expected"),
    [("2019-04-17", "CA", "", "contested"), ("2019-04-18", "CA", "", "no authority"),
     ("2019-04-18", "PA", "", "contested"),
     ("2021-08-09", "PA", "", "no authority"), ("2022-08-08", "WI", "", "contested"),
     ("2022-08-09", "WI", "", "no authority"), ("2022-08-09", "MN", "", "contested"),
     ("2025-07-25", "IL", "united-states-v-illinois", "no authority"),
     ("2025-11-16", "NY", "united-states-v-new-york-courts-2025", "contested"),
     ("2025-11-17", "NY", "united-states-v-new-york-courts-2025", "no authority"),
     ("2025-12-23", "NY", "united-states-v-new-york-licenses-2025", "no authority"),
     (LAST, "NY", "", "contested"), (LAST, "NJ", "united-states-v-new-jersey-2026", "no authority"),
     (LAST, "CT", "united-states-v-connecticut-2026", "contested"), (LAST, "WA", "", "no authority")],
)  # fmt: skip
def test_a_suit_against_a_limit_on_help_by_day_and_circuit(
    law: Any, day: str, state: str, suit: str, expected: str
) -> None:
    assert expected == verdict(law, SUE, as_of=day, state=state, party_to=suit)


def test_a_law_that_singles_out_federal_operations_falls_in_the_ninth_circuit(law: Any) -> None:
    facts = {"as_of": "2025-01-25", "singles_out_federal": "yes"}
    assert "permitted" == verdict(law, SUE, state="WA", **facts)
    assert "contested" == verdict(law, SUE, state="TX", **facts)
    assert "permitted" == verdict(law, SUE, as_of="2025-01-25", state="TX", own_immigration_crimes="yes")


def test_the_answer_names_the_ruling_that_defeats_the_suit(law: Any) -> None:
    found = ask(law, SUE, as_of="2025-09-01", state="WA")
    assert ("no authority", ("supremacy-suit#help.fails",)) == (found.verdict, found.gates["authority"].by)
    assert "a suit against that alone fails" in found.why().text()
    assert "permitted" == verdict(law, SUE, as_of="2025-09-01", state="WA", singles_out_federal="yes")
    assert "permitted" == verdict(law, SUE, as_of="2025-09-01", state="WA", own_immigration_crimes="yes")


def test_that_new_york_does_not_single_out_says_nothing_of_a_rule_that_does(law: Any) -> None:
    facts = {"as_of": "2026-01-15", "state": "NY", "party_to": "united-states-v-new-york-licenses-2025"}
    assert "no authority" == verdict(law, SUE, **facts)
    assert "contested" == verdict(law, SUE, **facts, singles_out_federal="yes")


def test_the_conditions_on_justice_money_of_2025_are_not_read_onto_older_awards(law: Any) -> None:
    read = law.assume(victims_conditions_authorized="yes")
    legal = ("add_condition", "legal-services-condition-2025")
    facts = {"as_of": "2025-12-01", "state": "TX"}
    assert "no authority" == verdict(read, legal, **facts, award="byrne-jag-fy2016")
    new = {**facts, "fiscal_year": "2025", "award_stage": "accepted", "term_known_on": "2025-10-31"}
    assert "permitted" == verdict(read, legal, **new, accepted_on="2025-11-15")
    assert "unconstitutional" == verdict(read, legal, **new, accepted_on="2025-09-15")
    chicago = law.hypothetical("chicago", as_of="2025-12-01")
    assert "no authority" == law.ask(chicago)[legal].verdict


def test_a_city_that_declines_nothing_gives_such_a_suit_nothing_to_void(law: Any) -> None:
    helps = {"detainer": "honor", "release_notice": "give", "jail_access": "give"}
    read = law.assume(noncooperation_preempted="yes")
    assert "no authority" == verdict(read, SUE, as_of="2025-08-01", state="TX", **helps)
    assert "permitted" == verdict(read, SUE, as_of="2025-08-01", state="TX", **{**helps, "jail_access": "consent"})


# -- which court ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "day", "suit", "expected"),
    [("termination_forum", "2025-04-03", "", "presumed district"), ("termination_forum", "2025-04-04", "", "claims"),
     ("termination_forum", LAST, "", "claims"), ("condition_forum", "2025-04-03", "", "presumed district"),
     ("condition_forum", "2025-06-03", "", OPEN), ("condition_forum", "2025-06-03", "king-county-v-turner", "district"),
     ("condition_forum", "2025-08-21", "", "district")],
)  # fmt: skip
def test_terminations_go_to_the_claims_court_and_conditions_to_the_district_court(
    law: Any, question: str, day: str, suit: str, expected: str
) -> None:
    assert expected == standing(law.hypothetical("springfield", as_of=day, state="TX", party_to=suit), question)


# -- the last column of the table of splits -------------------------------------------------------------------------

FIVE = {"1": "no", "2": "yes", "3": "no", "7": "no", "9": "no"}
LAST_COLUMN: dict[str, tuple[str, dict[str, str]]] = {
    "jag_notice_authorized": (OPEN, FIVE),
    "jag_access_authorized": (OPEN, FIVE),
    "jag_1373_applicable": (OPEN, {"1": "narrow", "2": "broad", "3": "narrow", "7": "narrow"}),
    "cops_terms_authorized": (OPEN, {}),
    "validity_1373": (OPEN, {"2": "valid"}),
    "preemptive_1373": (OPEN, {"3": "no"}),
    "status_covers_release": (OPEN, {"9": "no"}),
    "cops_preference_authorized": (OPEN, {"9": "yes"}),
    "executive_cutoff_power": (OPEN, {"9": "no"}),
    "relief_beyond_parties": ("no", {}),
    "set_aside_reaches_all": (OPEN, {}),
    "termination_forum": ("claims", {}),
    "condition_forum": ("district", {}),
    "detainer_commands": ("presumed no", {"3": "no"}),
    "prompt_review_needed": (OPEN, {"9": "yes"}),
    "noncooperation_preempted": (OPEN, {"3": "no", "7": "no", "9": "no"}),
    "singling_out_void": (OPEN, {"9": "yes"}),
    "ice_subpoena_enforceable": (OPEN, {}),
    "dot_condition_authorized": (OPEN, {}),
    "hud_terms_authorized": (OPEN, {}),
}
PARTIES = [
    ("cops_terms_authorized", "IL", "chicago-v-doj-2025", "no"),
    ("status_covers_release", "IL", "united-states-v-illinois", "no"),
    ("set_aside_reaches_all", "RI", "california-v-dot", "yes"),
    ("dot_condition_authorized", "RI", "california-v-dot", "no"),
    ("dot_condition_related", "RI", "california-v-dot", "no"),
    ("dot_condition_authorized", "TX", "king-county-v-turner", "no"),
    ("hud_terms_authorized", "TX", "king-county-v-turner", "no"),
    ("hud_terms_authorized", "CA", "fresno-v-turner", "no"),
    ("noncooperation_preempted", "NY", "united-states-v-new-york-courts-2025", "no"),
]


@pytest.mark.parametrize("question", LAST_COLUMN)
def test_the_last_column_of_the_table_of_splits_comes_out_of_the_engine(law: Any, question: str) -> None:
    general, special = LAST_COLUMN[question]
    assert dict.fromkeys(law.facts["circuit"].map, general) | special == split(law, question, LAST)


@pytest.mark.parametrize(("question", "state", "suit", "reading"), PARTIES)
def test_a_district_ruling_of_the_second_term_binds_its_parties_and_nobody_else(
    law: Any, question: str, state: str, suit: str, reading: str
) -> None:
    party = law.hypothetical("springfield", as_of=LAST, state=state, party_to=suit)
    other = law.hypothetical("springfield", as_of=LAST, state=state, party_to="")
    assert reading == standing(party, question)
    assert OPEN == standing(other, question)
