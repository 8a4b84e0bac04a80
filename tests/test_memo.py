"""The memo: both sides from one trace, everything in it from the finding and the law, in four forms."""

from __future__ import annotations

import io
import os
import re
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

import blackletter as bl
from blackletter.document import Document, Heading, Points, Table, Text
from blackletter.findings import Finding
from blackletter.memo import Erratum, memo, question, read_errata
from blackletter.reader import find_ruleset
from blackletter.views import source_words

EVERY = bool(os.environ.get("BLACKLETTER_EVERY_MEMO"))
"""Whether a memo is made for every preset, and in all four forms; else for a few."""
FEW = ("springfield", "philadelphia")


@cache
def law() -> bl.Ruleset:
    return bl.load()


@cache
def made(preset: str, action: str | None = None, basis: str | None = None, as_of: str = "2017-04-26") -> Document:
    board = law().ask(law().hypothetical(preset, as_of=as_of))
    finding: Finding = board[action, basis] if action and basis else question(board)
    return memo(finding)


def part(document: Document, heading: str) -> list[object]:
    """The blocks under a heading of the first level."""
    at = next(n for n, b in enumerate(document.blocks) if isinstance(b, Heading) and b.text == heading)
    rest = document.blocks[at + 1 :]
    end = next((n for n, b in enumerate(rest) if isinstance(b, Heading) and b.level == 1), len(rest))
    return list(rest[:end])


def words(blocks: list[object]) -> str:
    """All text of some blocks."""
    said: list[str] = []
    for b in blocks:
        if isinstance(b, Text):
            said.append(f"{b.lead} {b.text}")
        elif isinstance(b, Points):
            said += [f"{text} {remark}" for _, text, remark in b.items]
        elif isinstance(b, Table):
            said += [" ".join(row) for row in b.rows]
    return "\n".join(said)


PARTS = (
    "Question presented", "Short answer", "Facts", "The strongest argument for the city",
    "The strongest argument for the government", "Points of attack", "What is not known", "What would change it",
    "Timeline", "Table of authorities",
)  # fmt: skip


@pytest.mark.parametrize("preset", law().presets if EVERY else FEW)
def test_a_memo_is_made_for_a_preset_with_every_part(preset: str) -> None:
    document = made(preset)
    heads = [b.text for b in document.blocks if isinstance(b, Heading) and b.level == 1]
    assert list(PARTS) == [h for h in heads if h in PARTS]
    assert all(part(document, head) for head in PARTS)
    for text in (document.markdown(), document.html()):
        assert law().hash in text
        assert "not legal advice" in text
        assert "26 April 2017" in text
    assert document.markdown() == made.__wrapped__(preset).markdown()


@pytest.mark.parametrize("preset", FEW)
def test_a_memo_is_written_in_all_four_forms(preset: str, tmp_path: Path) -> None:
    for ending in ("md", "html", "docx", "pdf"):
        path = tmp_path / f"memo.{ending}"
        made(preset).write(path)
        assert 2_000 < path.stat().st_size
    assert (tmp_path / "memo.pdf").read_bytes().startswith(b"%PDF")
    with zipfile.ZipFile(tmp_path / "memo.docx") as book:
        assert b"not legal advice" in book.read("word/document.xml")


def test_a_contested_memo_argues_each_side_from_its_reading() -> None:
    document = made("philadelphia", "demand_certification", "award-term-validation")
    city = words(part(document, "The strongest argument for the city"))
    state = words(part(document, "The strongest argument for the government"))
    assert "only laws that govern grants or grant activity" in city
    assert "any law that applies to the grantee: Permitted" not in city
    assert "ny law that applies to the grantee: Permitted" in state
    assert "A term of this very award lets the awarding agency" in state


def test_a_rule_stands_on_the_side_whose_gate_it_moves() -> None:
    """What closes a gate speaks for the city, what opens one for the government; no rule stands on both sides."""
    finding = law().ask(law().hypothetical("springfield", as_of="2017-06-01", state="CO"))["withhold", "eo-13768-9a"]
    document = memo(finding)
    city = {t for b in part(document, PARTS[3]) if isinstance(b, Points) for d, t, _ in b.items if d == 0}
    state = {t for b in part(document, PARTS[4]) if isinstance(b, Points) for d, t, _ in b.items if d == 0}
    assert finding.verdict == "enjoined"
    assert any("Section 9(a) may not be enforced" in text for text in city)
    assert any("Enforcement action is also for an entity" in text for text in state)
    assert not city & state
    assert "Closed unless shown" in words(part(document, PARTS[3]))
    assert "Open unless barred" not in words(part(document, PARTS[4]))


def test_facts_come_with_their_sources_and_authorities_with_flag_and_review() -> None:
    document = made("philadelphia")
    facts = next(b for b in part(document, "Facts") if isinstance(b, Table))
    by_question = {row[0]: row[1:] for row in facts.rows}
    assert "280 F. Supp. 3d 579" in by_question["Do officers ask the people they meet about their status?"][1]
    table = next(b for b in part(document, "Table of authorities") if isinstance(b, Table))
    assert all(re.match(r"(P|P-open|S|B|NF): ", row[3]) for row in table.rows)
    assert all("reviewed" in row[4] for row in table.rows)


def test_a_reviewed_file_names_its_reviewer() -> None:
    from blackletter.model import Reviewed
    from blackletter.views import review_words

    said = review_words(Reviewed.model_validate({"by": "A. Lawyer, attorney", "on": "2026-11-20"}))
    assert "reviewed by A. Lawyer, attorney on 20 November 2026" == said
    assert "not reviewed by a lawyer" == review_words(None)


def test_unknown_facts_that_matter_are_asked_with_their_share() -> None:
    board = law().ask(law().hypothetical("providence"))
    finding = board["withhold", "award-term-1373"]
    assert "undetermined" == finding.verdict
    table = next(b for b in part(memo(finding), "What is not known") if isinstance(b, Table))
    assert len(finding.missing) == len(table.rows)
    assert all(row[0].endswith("?") for row in table.rows)


def test_a_memo_on_a_choice_of_the_city_has_no_gates() -> None:
    document = made("philadelphia", "restrict_sharing", "8-usc-1373")
    assert "8 U.S.C. 1373" in words(part(document, "Question presented"))
    assert not [b for b in part(document, "Short answer") if isinstance(b, Table)]
    assert words(part(document, "The strongest argument for the city"))


def test_a_share_is_said_in_percent_and_facts_of_another_day_are_called_so() -> None:
    here, later = made("san-francisco"), made("san-francisco", as_of="2025-05-15")
    assert "13 percent" in words(part(here, "Facts"))
    assert "coded for 26 April 2017" not in words(part(here, "Facts"))
    assert "coded for 26 April 2017. Whether they still hold on 15 May 2025" in words(part(later, "Facts"))
    assert "B: background, not checked" in words(part(here, "Facts"))


def test_a_pinpoint_seen_otherwise_than_its_file_says_so() -> None:
    document = made("philadelphia", "demand_certification", "award-term-validation")
    table = next(b for b in part(document, "Table of authorities") if isinstance(b, Table))
    row = next(r for r in table.rows if r[0].startswith("FY2016 award terms"))
    assert "FY2016 special condition (P)" in row[1]
    assert row[3].startswith("S: ")


def test_why_names_the_review_of_each_law_file_in_json_and_on_the_page() -> None:
    from blackletter.model import Reviewed

    why = law().ask(law().hypothetical("philadelphia"))["withhold", "eo-13768-9a"].why()
    step = next(s for s in why.walk() if s.instrument)
    assert step.json()["reviewed"] is None
    assert "a lawyer has reviewed none" in why.html()
    seen = replace(step, reviewed=Reviewed.model_validate({"by": "A. Lawyer", "on": "2026-11-20"}))
    assert {"by": "A. Lawyer", "on": "2026-11-20"} == seen.json()["reviewed"]
    assert "reviewed by A. Lawyer on 20 November 2026" in seen.text() + source_words(seen)
    assert "a lawyer has reviewed 1" in replace(why, because=(seen,), despite=()).html()


NASTY = "<script>alert(1)</script> *x* #let a = 1 | $y$ \\ \" 'q'"


def test_what_a_user_typed_is_escaped_in_every_form() -> None:
    city = law().hypothetical("springfield", name=NASTY)
    city = replace(city, notes=NASTY)
    document = memo(law().ask(city)["withhold", "eo-13768-9a"])
    assert "<script>" not in document.html()
    assert not re.search(r"(?<!\\)<script", document.markdown())
    assert document.pdf().startswith(b"%PDF")
    with zipfile.ZipFile(io.BytesIO(document.docx())) as book:
        assert b"&lt;script&gt;" in book.read("word/document.xml")


def test_the_same_memo_gives_the_same_bytes() -> None:
    document = made("springfield")
    assert document.pdf() == document.pdf()
    assert document.html() == document.html()


def test_an_unknown_ending_is_named(tmp_path: Path) -> None:
    with pytest.raises(bl.FactError, match=r"\.docx"):
        made("springfield").write(tmp_path / "memo.doc")


def test_errata_are_dated_and_touch_things_on_file() -> None:
    found = read_errata(find_ruleset())
    assert found
    assert [e.on for e in found] == sorted((e.on for e in found), reverse=True)
    rules = {f"{i.instrument}#{r.id}" for i in law().instruments.values() for r in i.rules}
    known = {*law().instruments, *law().presets, *rules, "definitions"}
    assert [] == [name for e in found for name in e.touches if name not in known]


def test_errata_of_a_ruleset_without_the_file_are_none_and_a_bad_file_is_named(tmp_path: Path) -> None:
    assert () == read_errata(tmp_path)
    (tmp_path / "errata.yaml").write_text("errata:\n  - {on: someday, touches: [x], was: a, now: b, cite: c}\n")
    with pytest.raises(bl.RulesetError, match="no list of errata"):
        read_errata(tmp_path)
    assert "24 November 2026" in Erratum("2026-11-24", ("x",), "Was.", "Is.", "cite").text()
