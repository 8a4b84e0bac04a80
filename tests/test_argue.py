"""Explanations: short answers, facts in words with their origin, why not, readings side by side, and every view."""

from __future__ import annotations

import json
import os
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from typer.testing import CliRunner

import blackletter as bl
import golden_why
from blackletter.argue import OPEN, REFUTED, SHOWN, Argument
from blackletter.cli import app
from blackletter.errors import FactError
from blackletter.findings import Board
from blackletter.leads import MOST_LINES
from blackletter.ruleset import Ruleset
from blackletter.whynot import verdict_words

HOSTILE = "<script>alert(1)</script>]]>&\"'`*_[x](javascript:1)|\x1b[31mred\x07\u202eback\n# head\n- " + "long " * 400


@pytest.fixture(scope="module")
def law() -> Ruleset:
    return bl.load()


@pytest.fixture(scope="module")
def board(law: Ruleset) -> Board:
    return law.ask(law.hypothetical("philadelphia"))


# short answers ---------------------------------------------------------------------------------------------------


def test_the_golden_explanations_are_what_the_engine_says(law: Ruleset) -> None:
    """Write them again with ``python tests/golden_why.py`` and read the difference."""
    assert golden_why.FILE.read_text(encoding="utf-8") == golden_why.golden(law)


@pytest.mark.parametrize("line", golden_why.FINDINGS, ids=lambda line: line[0])
def test_a_golden_answer_is_read_aloud_in_twenty_seconds(law: Ruleset, line: tuple[str, ...]) -> None:
    told = golden_why.explain(law, *line[1:])
    assert 1 <= len(told.lead) <= MOST_LINES
    assert len(" ".join(told.lead).split()) <= 65


def test_every_finding_of_a_board_has_a_short_answer_without_ids(board: Board) -> None:
    ids = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+#|\b[a-z]+_[a-z_]+\b")
    for finding in board.findings:
        told = finding.why()
        assert 1 <= len(told.lead) <= MOST_LINES, finding
        assert len(" ".join(told.lead).split()) <= 65, finding
        assert not ids.search(told.text()), (finding, ids.search(told.text()))


@pytest.mark.parametrize(
    ("what", "facts", "cite"),
    [
        ("add_condition jag-notice", {"state": "NY", "as_of": "2020-03-15"}, "951 F.3d 84"),
        ("add_condition jag-notice", {"state": "ID", "as_of": "2020-03-15"}, "941 F.3d 931"),
        ("score_preference cops-preference", {"state": "CA", "as_of": "2019-07-12", "award": "cops-hiring-fy2017"},
         "929 F.3d 1163"),
        ("restrict_sharing 8-usc-1373", {"state": "NY", "as_of": "2018-06-01", "share_status": "restricted"},
         "179 F.3d 29"),
        ("restrict_sharing 8-usc-1373", {"state": "NY", "as_of": "2017-06-01", "share_status": "restricted"},
         "179 F.3d 29"),
        ("restrict_sharing 8-usc-1373", {"state": "TX", "as_of": "2017-06-01", "share_status": "restricted"}, None),
        ("add_condition jag-notice", {"state": "TX", "as_of": "2018-05-01"}, None),
    ],
)  # fmt: skip
def test_a_short_answer_names_the_ruling_that_settles_its_question(
    law: Ruleset, what: str, facts: dict[str, str], cite: str | None
) -> None:
    """In NY it keeps the contrary rule away, in ID it carries the rule; in TX there is none, or an order decides."""
    action, basis = what.split()
    lead = law.ask(law.hypothetical("springfield", **facts))[action, basis].why().lead
    named = [line for line in lead if line.startswith("A ruling settles it here")]
    assert named == [line for line in named if cite and cite in line]
    assert len(named) == (1 if cite else 0), lead


def test_facts_say_where_they_come_from(law: Ruleset) -> None:
    city = law.hypothetical("springfield", detainer="honor", acted_on="2017-05-01")
    steps = [s for f in law.ask(city).findings if not f.is_choice
             for s in f.why().walk() if s.role == "given"]  # fmt: skip
    origins = {s.literal.lstrip("~").partition(":")[0].partition(".")[0]: s.origin for s in steps}
    assert "given by you" == origins["detainer"]
    assert "given by you" == origins["acted_on"]
    assert origins["share_status"].startswith("preset")
    assert origins["actor"].startswith("derived")
    choice = law.ask(city)["restrict_sharing", "8-usc-1373"].why()
    assert {"asked as if it were so", "default"} <= {s.origin for s in choice.walk()}
    award = law.ask(law.hypothetical("new-orleans"))["withhold", "award-term-validation"].why()
    assert any(s.origin.startswith("award: Byrne JAG") for s in award.walk())


def test_a_preset_fact_keeps_the_source_on_file(board: Board) -> None:
    steps = [s for s in board["publish_list", "eo-13768-9b"].why().walk() if s.literal == "detainer:honor"]
    steps += [s for s in board["publish_list", "eo-13768-9b"].why().walk() if s.literal == "~detainer:honor"]
    assert "preset: P, 280 F. Supp. 3d 579" == steps[0].origin


def test_what_is_assumed_is_named_as_what_prevails(law: Ruleset) -> None:
    under = law.assume(validity_1373="invalid")
    found = under.ask(under.hypothetical("springfield"))["restrict_sharing", "8-usc-1373"]
    notes = " ".join(s.note for s in found.why().walk())
    assert "what you assume (assumed by you)" in notes


@pytest.mark.parametrize(
    ("preset", "day", "question", "principle"),
    [("new-york-city", "2020-03-15", "jag_notice_authorized", "a ruling that binds here"),
     ("philadelphia", "2020-03-15", "jag_notice_authorized", "the higher court")],
)  # fmt: skip
def test_a_defeat_names_the_principle(law: Ruleset, preset: str, day: str, question: str, principle: str) -> None:
    from blackletter.argue import Teller

    teller = Teller(law.code, law.hypothetical(preset, as_of=day))
    rules = [r for r in law.code.theory.rules if r.id.startswith("~") or r.head.startswith(f"{question}:")]
    pairs = [(w, x) for x in rules for w in law.code.theory.rules if (w.id, x.id) in law.code.theory.superiority]
    assert principle in {teller.principle(w, x) for w, x in pairs}


def test_rank_and_stated_superiority_are_told_apart(law: Ruleset) -> None:
    from blackletter.argue import Teller

    teller = Teller(law.code, law.hypothetical("springfield"))
    by_id = law.code.theory.by_id
    said = {teller.principle(by_id[w], by_id[x]) for w, x in law.code.theory.superiority if "default:" not in x}
    assert {"as that rule itself states", "assumed by you", "presumed until a ruling"} <= said
    assert any(s.startswith("rank: ") for s in said)


def test_an_order_is_told_once_not_at_each_of_its_parts(board: Board) -> None:
    text = board["withhold", "eo-13768-9a"].why().text()
    assert 2 == text.count("Section 9(a) may not be enforced against any jurisdiction")
    assert "What is barred by court is barred" not in text
    later = board.law.ask(board.law.hypothetical("new-york-city", as_of="2020-03-15"))
    assert "What is barred by" not in later["demand_certification", "jag-1373-certification"].why().text()
    assert "closed unless shown" not in text


def test_a_gate_that_is_closed_in_every_reading_names_the_rule_that_may_close_it(law: Ruleset) -> None:
    told = law.ask(law.hypothetical("santa-clara", as_of="2019-06-01"))["withhold", "eo-13768-9a"].why()
    assert told.lead[0].startswith("However the open points are settled: Section 9(a) is unconstitutional")


def test_a_contested_finding_shows_both_sides(law: Ruleset) -> None:
    told = law.ask(law.hypothetical("springfield", as_of="2018-02-01"))["not_ask", "8-usc-1373"].why()
    assert 2 == sum(line.startswith("Read as") for line in told.lead)
    assert 2 == len({s.claim for s in told.walk() if s.role == "reading" and s.status == OPEN})


# why not ---------------------------------------------------------------------------------------------------------


def test_why_not_permitted_names_every_gate_in_the_way_and_what_carries_it(board: Board) -> None:
    finding = board["withhold", "eo-13768-9a"]
    told = finding.why_not("permitted")
    shut = {g for g, found in finding.gates.items() if found.value != "open"}
    assert shut == {s.literal for s in told.because}
    assert "orders" == told.because[0].literal
    assert REFUTED == told.status


def test_why_not_enjoined_says_which_orders_exist_and_why_none_reaches(law: Ruleset) -> None:
    board = law.ask(law.hypothetical("new-orleans", as_of="2019-06-01"))
    told = board["withhold", "eo-13768-9a"].why_not("enjoined")
    orders = [s for s in told.because[0].despite if s.role == "against"]
    assert {"santa-clara-v-trump#2017-04-25", "santa-clara-v-trump#2017-11-20"} <= {s.rule for s in orders}
    assert "Is the city a party to County of Santa Clara v. Trump? no" in " ".join(told.lead)
    other = board["withhold", "award-term-validation"].why_not("enjoined")
    assert "Nothing on file closes the orders gate of this power by a court." == other.lead[0]


def test_an_order_against_another_power_is_named(board: Board) -> None:
    told = board["withhold", "award-term-validation"].why_not("enjoined")
    assert "It reaches another power: Executive Order 13768, section 9(a)." in told.lead


def test_every_verdict_word_can_be_asked_of_every_finding(board: Board) -> None:
    for finding in board.findings[:: int(os.environ.get("BLACKLETTER_STRIDE", "9"))]:
        for word in verdict_words(board.law, finding.is_choice):
            told = finding.why_not(word)
            assert told.lead, (finding, word)
            assert (told.status == SHOWN) == (word == finding.verdict)
            assert told.because or word == finding.verdict, (finding, word)
            assert len(" ".join(told.lead).split()) <= 65


def test_asking_why_not_what_it_is_says_that_it_is(board: Board) -> None:
    assert 'It is "enjoined".' == board["withhold", "eo-13768-9a"].why_not("enjoined").lead[0]
    assert 'It is "not ripe".' == board["withhold"].why_not("not ripe").lead[0]


def test_a_word_that_is_no_verdict_is_refused_with_the_nearest(board: Board) -> None:
    with pytest.raises(FactError, match='did you mean "permitted"'):
        board["withhold"].why_not("permited")
    with pytest.raises(FactError, match='unknown verdict "forbidden"'):
        board["withhold", "eo-13768-9a"].why_not("forbidden")


def test_an_action_tells_the_powers_that_come_nearest(board: Board) -> None:
    told = board["withhold"].why_not("permitted")
    assert 3 == len(told.because)
    assert "Nearest: The FY2016 validation term of this award." == told.lead[0]


def test_what_would_have_to_fail_does_open_the_gate(law: Ruleset) -> None:
    """The leaf that a failed rule names is the one that matters: change it and the verdict comes."""
    city = law.hypothetical("new-orleans", as_of="2019-06-01")
    told = law.ask(city)["withhold", "eo-13768-9a"].why_not("enjoined")
    assert "Is the city a party to County of Santa Clara v. Trump? no" in " ".join(told.lead)
    joined = law.ask(city.with_facts(party_to="santa-clara-v-trump"))
    assert "enjoined" == joined["withhold", "eo-13768-9a"].verdict


# readings side by side -------------------------------------------------------------------------------------------


def test_the_matrix_gives_the_verdict_that_assuming_a_reading_gives(law: Ruleset) -> None:
    city = law.hypothetical("new-orleans")
    table = law.ask(city)["withhold", "award-term-validation"].readings_matrix()
    assert "jag_1373_applicable" == table.rows[0].question
    for row in table.rows:
        for cell in row.cells:
            under = law.assume(**{row.question: cell.reading})
            assert under.ask(city.under(under))["withhold", "award-term-validation"].verdict == cell.verdict
    assert table.rows[0].decides
    assert not table.rows[-1].decides


def test_the_matrix_says_what_binds_here(law: Ruleset) -> None:
    board = law.ask(law.hypothetical("new-york-city", as_of="2020-03-15", fiscal_year="2017"))
    rows = {r.question: r for r in board["add_condition", "jag-notice"].readings_matrix().rows}
    assert "yes" == rows["jag_notice_authorized"].standing
    assert "26 February 2020" in rows["jag_notice_authorized"].binds


def test_a_finding_without_questions_has_an_empty_matrix_that_says_so(board: Board) -> None:
    table = board["demand_report", "eo-13768-9c"].readings_matrix()
    if not table.rows:
        assert "No open question of law" in table.text()
    assert json.dumps(table.json())


# every view ------------------------------------------------------------------------------------------------------


class _Tags(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]


@pytest.fixture(scope="module")
def hostile(law: Ruleset) -> Board:
    """A board whose title, statements, questions, values, sources and name are hostile."""
    name = "eo-13768"
    eo = law.instruments[name]
    rules = tuple(r.model_copy(update={"says": HOSTILE, "cite": HOSTILE}) for r in eo.rules)
    instruments = {**law.instruments, name: eo.model_copy(update={"title": HOSTILE, "rules": rules})}
    bases = {b: n.model_copy(update={"title": HOSTILE}) for b, n in eo.bases.items()}
    instruments[name] = instruments[name].model_copy(update={"bases": bases})
    asks = {"ask": HOSTILE, "values": dict.fromkeys(law.facts["detainer"].values, HOSTILE)}
    facts = {**law.facts, "detainer": law.facts["detainer"].model_copy(update=asks)}
    questions = {
        q: n.model_copy(update={"asks": HOSTILE, "readings": {
            r: t.model_copy(update={"says": HOSTILE, "argued_by": (HOSTILE,)}) for r, t in n.readings.items()}})
        for q, n in law.questions.items()
    }  # fmt: skip
    bad = replace(law, instruments=instruments, facts=facts, questions=questions)
    city = replace(bad.hypothetical("springfield", detainer="decline"), name=HOSTILE, sources={"detainer": HOSTILE})
    return bad.ask(city)


def _explained(board: Board) -> list[Argument]:
    found = [board["publish_list", "eo-13768-9b"], board["withhold", "eo-13768-9a"], board["not_ask", "8-usc-1373"]]
    return [*(f.why() for f in found), found[0].why_not("not ripe"), found[1].why_not("permitted")]


def test_text_has_no_control_characters_and_no_endless_line(hostile: Board) -> None:
    for told in _explained(hostile):
        text = told.text()
        assert all(c.isprintable() or c == "\n" for c in text)
        assert max(map(len, text.splitlines())) < 6_000


def test_markdown_escapes_markup(hostile: Board) -> None:
    for told in _explained(hostile):
        marked = told.markdown()
        assert "<script" not in re.sub(r"\\.", "", marked)
        assert not re.search(r"(?<!\\)[`\[\]<>|]", re.sub(r"^> ", "", marked, flags=re.M))
        assert "\n# " not in marked
        assert "\x1b" not in marked


def test_html_holds_no_script_and_no_handler(hostile: Board) -> None:
    views = [told.html() for told in _explained(hostile)]
    views += [hostile["not_ask", "8-usc-1373"].readings_matrix().html()]
    for html in views:
        page = _Tags()
        page.feed(html)
        assert not {"script", "img", "iframe", "a"} & set(page.tags)
        assert not [a for a in page.attributes if a.startswith("on") or a == "href"]
        assert "\x1b" not in html
        assert "\u202e" not in html


def test_svg_is_well_formed_named_and_holds_only_shapes_and_words(hostile: Board, board: Board) -> None:
    for told in [*_explained(hostile), *_explained(board)]:
        for depth in (0, 3, 6):
            root = ET.fromstring(told.svg(depth))  # noqa: S314  our own output
            tags = {e.tag.rpartition("}")[2] for e in root.iter()}
            assert tags <= {"svg", "title", "desc", "style", "rect", "g", "text", "polygon", "path"}
            assert "img" == root.get("role")
            labels = root.get("aria-labelledby").split()
            assert labels == [root[0].get("id"), root[1].get("id")]
            assert root[0].text
            assert root[1].text


def test_the_words_of_a_graph_stay_inside_their_boxes(board: Board) -> None:
    from blackletter.graph import CHARACTERS

    root = ET.fromstring(board["withhold", "eo-13768-9a"].why().svg(6))  # noqa: S314  our own output
    texts = [e.text or "" for e in root.iter() if e.tag.endswith("}text")]
    assert max(map(len, texts)) <= CHARACTERS + 8
    boxes = [(float(e.get("y", "0")), float(e.get("height"))) for e in root.iter() if e.tag.endswith("}rect")]
    assert all(y + h <= boxes[0][1] for y, h in boxes[1:])


def test_json_goes_there_and_back(hostile: Board) -> None:
    for told in _explained(hostile):
        data = told.json()
        assert data == json.loads(json.dumps(data))
        assert "\x1b" not in json.dumps(data)


def test_a_notebook_cell_stays_small(board: Board) -> None:
    for finding in board.findings:
        told = finding.why()
        assert sum(map(len, told._repr_mimebundle_().values())) < 25_000, finding


def test_each_part_is_told_once(board: Board) -> None:
    lines = [x.strip() for x in board["withhold", "eo-13768-9a"].why().text().splitlines()]
    heads = [x for x in lines if "[s. 9(a)" in x and "as told above" not in x]
    assert len(heads) == len(set(heads))


def test_depth_cuts_and_says_so(board: Board) -> None:
    text = board["withhold", "eo-13768-9a"].why().text(1)
    assert re.search(r"… and \d+ more lines, further down", text)


# the command -----------------------------------------------------------------------------------------------------


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["why", "philadelphia", "withhold", "--basis", "eo-13768-9a", *words])
    return done.exit_code, done.stdout


@pytest.mark.parametrize("view", ["text", "markdown", "html", "svg"])
def test_the_command_prints_each_view(view: str) -> None:
    code, out = run("--view", view)
    assert 0 == code
    assert "enjoined" in out


def test_the_command_answers_why_not_and_shows_readings() -> None:
    code, out = run("--not", "permitted")
    assert 0 == code
    assert out.startswith("Withhold money of this award")
    assert 'why not "permitted"? It is "enjoined".' in out
    code, out = run("--readings", "--json")
    assert 0 == code
    assert "questions" in json.loads(out)


def test_rulings_of_a_later_day_are_told_in_one_line_and_kept_in_the_data(law: Ruleset) -> None:
    board = law.ask(law.hypothetical("philadelphia"))
    why = board["withhold", "award-term-validation"].why()
    counted = [line.strip() for line in why.text().splitlines() if "not yet made" in line]
    assert ["- 12 rulings of 15 November 2017 to 28 January 2021 — not yet made"] == counted
    later = {step.rule for step in why.walk() if any(x.literal.startswith("as_of:ge:") for x in step.because)}
    assert 12 <= len(later)
    assert "12 rulings of 15 November 2017" in why.html()


def test_what_a_rule_asks_of_an_unknown_day_is_said_the_way_round_the_rule_asks_it(law: Ruleset) -> None:
    """A condition is late when the award was accepted before it was known."""
    city = law.hypothetical("springfield", as_of="2019-06-01", accepted_on="unknown", term_known_on="2018-01-01")
    told = law.ask(city)["add_condition", "jag-notice"].why().text()
    assert "When was the award accepted? not known; asked for: before 1 January 2018" in told
