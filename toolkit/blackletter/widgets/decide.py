"""What the workbench decides, with no widget in it: frozen inputs in, a frozen view out.

JupyterLab runs a form's callbacks on another thread while cells run. Everything here is a function of its arguments,
so it may run on any thread.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from blackletter.errors import BlackletterError, Fault
from blackletter.hypothetical import UNKNOWN
from blackletter.model import FLAG_WORDS
from blackletter.strip import changes_words
from blackletter.views import long_date, short_words

if TYPE_CHECKING:
    from blackletter.findings import Board
    from blackletter.hypothetical import Hypothetical
    from blackletter.ruleset import Ruleset

UNSTATED = "unstated"
"""The word of a control that says nothing: the preset's value stands, or the fact's own default."""

AWARD_GROUP = "award"


ITSELF = "itself"
"""The word for comparing a city with what it was before it was edited."""


@dataclass(frozen=True)
class Inputs:
    """What the user stated: a preset (None: a blank city) and words over it, by fact.

    ``assume`` fixes readings of open questions; ``beside`` is the preset compared with, `ITSELF` the unedited city.
    """

    preset: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    assume: Mapping[str, str] = field(default_factory=dict)
    beside: str | None = None


@dataclass(frozen=True)
class Change:
    """One finding whose verdict an edit changed."""

    action: str
    basis: str | None
    before: str
    after: str


@dataclass(frozen=True)
class View:
    """What the workbench shows: the board, what changed since the board before it, or an error in one sentence.

    ``board`` is the last board that could be asked; with an ``error`` it answers earlier inputs, and ``wrong`` names
    the fact that is mistaken. ``before`` is the board before the last edit, None after another city was chosen;
    ``beside`` that of the city compared with.
    """

    inputs: Inputs
    hypothetical: Hypothetical | None = None
    board: Board | None = None
    before: Board | None = None
    beside: Board | None = None
    edit: str = ""
    changes: tuple[Change, ...] = ()
    error: str = ""
    wrong: str = ""


def state(law: Ruleset, inputs: Inputs, fact: str, word: str) -> Inputs:
    """The inputs with one fact stated; an award takes the facts of the award before it along.

    >>> import blackletter as bl
    >>> state(bl.load(), Inputs("springfield"), "detainer", "honor").facts
    {'detainer': 'honor'}
    """
    facts = {k: v for k, v in inputs.facts.items() if k != fact}
    if fact == "award":
        facts = {k: v for k, v in facts.items() if k not in law.facts or law.facts[k].group != AWARD_GROUP}
    if word != UNSTATED:
        facts[fact] = word
    return replace(inputs, facts=facts)


def words(law: Ruleset, inputs: Inputs) -> dict[str, str]:
    """Every fact that is stated or filled in, as the form shows it; what the user typed stands, right or wrong."""
    start = law.hypothetical(inputs.preset, **_preset_award(law, inputs))
    known = {**start.as_text(), **dict.fromkeys(start.open, UNKNOWN)}
    return {**known, **inputs.facts}


def _preset_award(law: Ruleset, inputs: Inputs) -> dict[str, str]:
    award = inputs.facts.get("award", "")
    return {"award": award} if award in law.awards else {}


def decide(law: Ruleset, inputs: Inputs, last: View | None = None, edit: str = "") -> View:
    """The view of these inputs; ``last`` is compared with, and its board stays when the inputs cannot be asked.

    Never raises for anything a user can state.
    """
    good = last.board if last else None
    try:
        under = law.assume(**inputs.assume) if inputs.assume else law
        posed = under.hypothetical(inputs.preset, **inputs.facts)
        board = under.ask(posed)
        beside = _beside(under, inputs, board)
    except BlackletterError as error:
        stays, other = (last.hypothetical, last.beside) if last else (None, None)
        return View(inputs, stays, good, good, other, edit, (), sentence(law, error), _wrong(law, error))
    before = good if last and last.inputs.preset == inputs.preset else None
    changes = tuple(differences(before, board)) if before else ()
    return View(inputs, posed, board, before, beside, edit, changes)


def _beside(law: Ruleset, inputs: Inputs, board: Board) -> Board | None:
    """The board of the city compared with, on the same day."""
    if inputs.beside is None:
        return None
    name = inputs.preset if inputs.beside == ITSELF else inputs.beside
    return law.ask(law.hypothetical(name, as_of=board.hypothetical.as_of))


def _wrong(law: Ruleset, error: BlackletterError) -> str:
    """The fact a mistake is about, so that it can be said beside its question; empty when it is about none."""
    name = error.faults[0].what.partition(" ")[0]
    return name if name in law.facts or name == "as_of" else ""


def differences(before: Board, after: Board) -> Iterator[Change]:
    """The findings whose verdict differs: actions, then bases, then the city's choices."""
    for action, found in after.actions.items():
        then = before.actions.get(action)
        if then and then.verdict != found.verdict:
            yield Change(action, None, then.verdict, found.verdict)
    old = {(f.action, f.basis): f.verdict for f in before.findings}
    for finding in after.findings:
        was = old.get((finding.action, finding.basis), finding.verdict)
        if was != finding.verdict:
            yield Change(finding.action, finding.basis, was, finding.verdict)


# words -------------------------------------------------------------------------------------------------------------


def sentence(law: Ruleset, error: BlackletterError) -> str:
    """One sentence: what cannot be asked, and what to do."""
    first = error.faults[0]
    more = len(error.faults) - 1
    also = f" ({more} more after it)" if more else ""
    return f"{_about(law, first)}; {_remedy(first)}{also}."


def _about(law: Ruleset, fault: Fault) -> str:
    """The fault with the question it belongs to, when it names a fact."""
    what = fault.what.rstrip(".")
    name, _, told = what.partition(" ")
    if name == "as_of":
        return f"The day asked, {told}"
    return f"{law.facts[name].ask} The answer {told}" if name in law.facts else what


def _remedy(fault: Fault) -> str:
    if fault.near:
        return f'perhaps "{fault.near}" was meant'
    if fault.known:
        return "choose one of " + ", ".join(fault.known[:8])
    return "correct it or press Undo"


def stated(law: Ruleset, fact: str, word: str) -> str:
    """An edit in words: the question and the answer given.

    >>> import blackletter as bl
    >>> stated(bl.load(), "as_of", "2017-04-24")
    'The law on 24 April 2017'
    """
    if fact == "as_of":
        return f"The law on {_day(word)}"
    if fact == "award":
        return f"Award: {law.awards[word].title if word in law.awards else 'none chosen'}"
    question = law.questions.get(fact)
    if question is not None:
        return f"Assumed, on “{question.asks}”: {question.readings[word].says if word in question.readings else word}"
    noun = law.facts.get(fact)
    if noun is None:
        return f"{fact}: {word}"
    if noun.kind == "date":
        word = _day(word)
    return f"{noun.ask} {noun.values.get(word, 'not known' if word == UNKNOWN else word)}"


def _day(word: str) -> str:
    try:
        return long_date(dt.date.fromisoformat(word))
    except ValueError:
        return word


def say_changes(law: Ruleset, changes: Iterable[Change]) -> Iterator[str]:
    """Changes in words, one line for each power or law and what became of it, with the acts it concerns."""
    return changes_words(law, ((c.action, c.basis, c.before, c.after) for c in changes))


def say_apart(view: View) -> Iterator[str]:
    """How many answers differ from those of the city compared with."""
    if view.board is not None and view.beside is not None:
        other = view.beside.actions
        lines = [found for found in view.board.actions.values() if found.bases]
        apart = sum(found.verdict != other[found.action].verdict for found in lines)
        yield f"{apart} of {len(lines)} answers differ between the two"


def notes(view: View) -> dict[str, str]:
    """What is told beside a question: where its answer comes from, that it was changed, or what waits for one."""
    assert view.board is not None
    law, city = view.board.law, view.board.hypothetical
    filed = law.presets[city.preset].facts if city.preset else {}
    told = {fact: f"Source: {_source(source)}." for fact, source in city.sources.items()}
    for fact, word in filed.items():
        if fact in view.inputs.facts and view.inputs.facts[fact] != word and fact in law.facts:
            told[fact] = f"Changed by you; on file: {law.facts[fact].values.get(word, word)}."
    return {**told, **{fact: _waits(names) for fact, names in _waiting(view.board).items()}}


def _source(source: str) -> str:
    """A source as explanations cite it, its flag last."""
    flag, _, rest = source.partition(", ")
    return f"{rest}; flag {flag}" if rest and flag in FLAG_WORDS else source


def _waiting(board: Board) -> dict[str, list[str]]:
    """The answers that turn on a fact not known, by fact."""
    law, found = board.law, dict[str, dict[str, None]]()
    lines = [(law.actions[a].title, f.missing) for a, f in board.actions.items()]
    lines += [(law.choices[choice].title, f.missing) for (choice, _), f in board.choices.items()]
    for title, missing in lines:
        for item in missing:
            found.setdefault(item.fact, {})[title] = None
    return {fact: list(titles) for fact, titles in found.items()}


def _waits(titles: list[str]) -> str:
    more = f" and {len(titles) - 2} more" if len(titles) > 2 else ""
    return f"Not known, and it matters to: {'; '.join(titles[:2])}{more}."


def spoken(view: View) -> str:
    """The last edit and what it changed in one breath, for those who listen."""
    if view.error:
        return f"Not asked. {view.error}"
    assert view.board is not None
    law = view.board.law
    whole = [c for c in view.changes if c.basis is None]
    named = "; ".join(
        f"{law.actions[c.action].title}: {short_words(c.before)}, now {short_words(c.after)}" for c in whole[:3]
    )
    if whole:
        return f"{view.edit}. {len(whole)} answer{'s' if len(whole) > 1 else ''} changed. {named}."
    apart = "".join(f" {said}." for said in say_apart(view))
    return f"{view.edit}. {'The board is new' if view.before is None else 'No answer changed'}.{apart}"


def set_by(law: Ruleset, inputs: Inputs, words_set: Mapping[str, str]) -> Inputs:
    """The inputs with several facts stated at once; a question among them is assumed to be read so.

    >>> import blackletter as bl
    >>> set_by(bl.load(), Inputs(), {"as_of": "2017-07-01", "validity_1373": "valid"})
    Inputs(preset=None, facts={'as_of': '2017-07-01'}, assume={'validity_1373': 'valid'}, beside=None)
    """
    for name, word in words_set.items():
        if name in law.questions:
            inputs = replace(inputs, assume={**inputs.assume, name: word})
        else:
            inputs = state(law, inputs, name, word)
    return inputs
