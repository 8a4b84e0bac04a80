"""The exercises: they hold no answers, and the feedback is right about right and wrong predictions."""

from __future__ import annotations

import json
import os
from html import escape
from pathlib import Path
from typing import Any

import nbformat
import pytest

import blackletter as bl
from blackletter.exercises import DEFAULT, Drill, Progress, bundled, read_exercises
from blackletter.sheets import answer_key

EXERCISES = bundled()
NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
VARIED = EXERCISES if os.environ.get("BLACKLETTER_EVERY_EXERCISE") else EXERCISES[:3]
"""Looking for variations asks the law dozens of times: a few by default, all when the variable is set."""


@pytest.fixture(scope="module")
def law() -> Any:
    return bl.load()


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_the_right_answer_is_offered_and_taken(law: Any, exercise: Any) -> None:
    drill = Drill(law, exercise)
    offered = {option.id for option in drill.options}
    assert len(offered) >= 2
    assert set(drill.grounds) & offered, "no right ground is offered"
    assert drill.finding.verdict in drill.verdicts
    wrong = next(option for option in offered if option not in drill.grounds)
    assert drill.astray(wrong).strip()


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_the_sheet_tells_neither_verdict_nor_ground(law: Any, exercise: Any) -> None:
    drill = Drill(law, exercise)
    order = [option.id for option in drill.options]
    assert order == [option.id for option in Drill(law, exercise).options]
    assert drill.finding.verdict not in drill.text().split("Verdicts:")[0]
    assert len(drill.html().encode()) < 50_000


@pytest.mark.parametrize("exercise", VARIED, ids=lambda e: e.id)
def test_variations_are_what_they_are_said_to_be(law: Any, exercise: Any) -> None:
    drill = Drill(law, exercise)
    action, _, basis = exercise.finding.partition(" ")
    assert [True, False] == [variation.flips for variation in drill.variations]
    for variation in drill.variations:
        found = law.ask(drill.city.with_facts(**variation.facts))[action, basis].verdict
        assert found == variation.verdict
        assert variation.flips == (found != drill.finding.verdict)


def test_feedback_names_the_step_where_reasoning_and_argument_part(law: Any) -> None:
    drill = law.exercise("springfield-ineligible")
    right = drill.predict("no authority", drill.grounds[0])
    assert right.right
    assert "Right, and for the right reason." in right.text()
    half = drill.predict("permitted", drill.grounds[0])
    assert not half.right
    assert 'its word is "no authority", not "permitted"' in half.text()
    astray = drill.predict("no authority", DEFAULT)
    assert not astray.right
    assert astray.parts.startswith("The verdict is right, for another reason.")


def test_the_ruling_that_settles_a_question_is_a_ground_too(law: Any) -> None:
    drill = law.exercise("new-york-notice")
    assert drill.predict("permitted", "new-york-2d-2020-notice").right
    contrary = drill.predict("permitted", "jag-conditions-2017#notice.unauthorized")
    assert not contrary.ground_right
    assert "You and the argument part here" in contrary.parts


def test_a_ground_of_another_power_is_said_to_be_one(law: Any) -> None:
    said = law.exercise("springfield-list").predict("enjoined", "santa-clara-v-trump#2017-04-25")
    assert "about another power or law" in said.parts


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_the_grounds_offered_are_told_apart_in_words(law: Any, exercise: Any) -> None:
    drill = Drill(law, exercise)
    says = [drill._says(option.id) for option in drill.options]
    assert len(says) == len(set(says))
    assert not {option.id for option in drill.options} & set(law.suits)


def test_no_hint_names_a_file_or_the_verdict(law: Any) -> None:
    drill = law.exercise("listed-though-lawful")
    assert not [hint for hint in drill.hints if drill.finding.verdict in hint or "open unless" in hint]
    assert "Look here: The power of the purse." in law.exercise("springfield-ineligible").hints


def test_a_word_that_is_no_verdict_or_no_option_is_refused(law: Any) -> None:
    drill = law.exercise("springfield-ineligible")
    with pytest.raises(bl.FactError, match="permited"):
        drill.predict("permited", drill.grounds[0])
    with pytest.raises(bl.FactError, match="ground"):
        drill.predict("permitted", "no-such-rule")
    with pytest.raises(bl.FactError, match="springfield-list"):
        law.exercise("springfield-lst")


def test_hints_climb_from_the_gate_to_the_ground(law: Any) -> None:
    drill = law.exercise("springfield-ineligible")
    assert "authority gate" in drill.hint(1)
    assert drill.words(drill.grounds[0]) in drill.hint(len(drill.hints))
    with pytest.raises(bl.FactError, match="hints"):
        drill.hint(len(drill.hints) + 1)


def test_progress_is_kept_in_a_file(law: Any, tmp_path: Path) -> None:
    kept = Progress(tmp_path / "progress.json")
    drill = law.exercise("springfield-list")
    drill.predict("enjoined", DEFAULT, kept)
    drill.predict(drill.finding.verdict, drill.grounds[0], kept)
    assert [False, True] == [t["right"] for t in kept.read()["springfield-list"]]
    assert ["progress.json"] == [p.name for p in tmp_path.iterdir()]
    kept.path.write_text("[1]")
    with pytest.raises(bl.FactError, match="progress"):
        kept.read()


def test_the_key_answers_every_exercise_asked_for(law: Any) -> None:
    some = EXERCISES[:2]
    key = answer_key(law, some)
    for exercise in some:
        assert exercise.title in key
        assert f"**{Drill(law, exercise).finding.verdict}**" in key
    assert law.not_advice in key


def test_faults_in_an_exercise_file_are_all_named(tmp_path: Path) -> None:
    path = tmp_path / "exercises.yaml"
    path.write_text("exercises:\n  - {id: a, notebook: n, title: t}\n")
    with pytest.raises(bl.RulesetError) as caught:
        read_exercises(path)
    assert "asks" in str(caught.value)
    assert "finding" in str(caught.value)


@pytest.mark.skipif(not NOTEBOOKS.is_dir(), reason="there is no notebooks/ here")
def test_each_exercise_stands_in_its_notebook_and_its_source_gives_nothing_away() -> None:
    sources = {
        path.stem: "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells)
        for path in NOTEBOOKS.glob("*.ipynb")
    }
    for exercise in EXERCISES:
        assert f'"{exercise.id}"' in sources.get(exercise.notebook, ""), f"{exercise.id} is in no notebook"
    for name, source in sources.items():
        assert ".predict(" not in source, name
        assert ".key(" not in source, name
    assert '"expect"' not in json.dumps([e.model_dump(mode="json") for e in EXERCISES])


def test_the_form_commits_before_it_shows() -> None:
    law = bl.load()
    form = bl.Predict(law, "springfield-list", progress=None)
    assert form.said == ""
    form.commit()
    assert "Choose a verdict" in form.said
    form.choose(form.drill.finding.verdict, form.drill.grounds[0])
    form.commit()
    assert "Right, and for the right reason." in form.said
    form.hint()
    assert "Hint 1 of" in form.said


def test_the_form_shows_every_ground_in_full_after_its_letter() -> None:
    form = bl.Predict(bl.load(), "springfield-list", progress=None)
    shown = form.widget.children[0].value
    for letter, option in zip("ABCDEFG", form.drill.options, strict=True):
        assert f"<li>{letter}. {escape(option.words)}</li>" in shown
