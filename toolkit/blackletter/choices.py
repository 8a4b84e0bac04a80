"""The city's choices: each asked in the form the hypothetical has, or in its first form, under each law on file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .atoms import Value
from .desk import Desk, assume_words, combinations, what_matters
from .exact import Function, Room, all_of, any_of, none_of
from .findings import (
    CONFLICT,
    CONTESTED,
    FORBIDDEN,
    NOT_REGULATED,
    OUTSIDE,
    REQUIRED,
    UNDETERMINED,
    Board,
    Finding,
    ReadingVerdict,
)
from .hypothetical import Hypothetical, value_text

if TYPE_CHECKING:
    from .ruleset import Ruleset


def choice_findings(board: Board, choice: str, room: Room) -> Iterator[Finding]:
    """What each law on file says of one choice."""
    law = board.law
    posed, note = as_form(law, board.hypothetical, choice)
    speaking = {name: law.code.choices[choice, name] for name in law.laws if (choice, name) in law.code.choices}
    desk = Desk(law, posed, board.engine, room, [x for literals in speaking.values() for x in literals.values()])
    for name in law.laws:
        if name in speaking:
            yield _finding(desk, board, choice, name, note)
        else:
            yield _silent(board, choice, name)


def _silent(board: Board, choice: str, name: str) -> Finding:
    noun = board.law.laws[name]
    if noun.complete:
        return Finding(choice, name, NOT_REGULATED, note=f"{noun.title} says nothing about this choice.", board=board)
    note = f"The ruleset does not say what {noun.title} says about this choice."
    return Finding(choice, name, OUTSIDE, note=note, board=board)


def _finding(desk: Desk, board: Board, choice: str, name: str, note: str) -> Finding:
    literals = board.law.code.choices[choice, name]
    parts = _parts(desk, literals, board.law.laws[name].complete)
    verdict = _part_verdict(desk.space, parts)
    grounds: dict[str, Any] = {}
    if verdict in (CONTESTED, UNDETERMINED):
        grounds["missing"], questions = what_matters(desk.space, list(parts.values()), verdict)
        grounds["readings"] = tuple(_choice_readings(desk, parts, questions))
    rules = _choice_rules(desk, literals, verdict)
    return Finding(choice, name, verdict, rules=rules, flags=desk.flags(rules), note=note, board=board, **grounds)


def as_form(law: Ruleset, hypothetical: Hypothetical, choice: str) -> tuple[Hypothetical, str]:
    """The hypothetical with the choice made: as it stands when it has a form of it, else with the first form."""
    for fact, forms in law.choices[choice].forms.items():
        value = hypothetical.facts.get(fact)
        if value is None or value_text(value) not in forms:
            note = f"Asked as if {fact} were {forms[0]}; the hypothetical says {hypothetical[fact]}."
            return hypothetical.supposing(fact, _form_value(forms[0])), note
    return hypothetical, ""


def _form_value(word: str) -> Value:
    return word == "yes" if word in ("yes", "no") else word


def choice_functions(
    law: Ruleset, hypothetical: Hypothetical, choice: str, name: str, room: Room
) -> tuple[Desk, dict[str, Function]]:
    """Verdict word -> the completions in which it is what a law says of a choice."""
    literals = law.code.choices.get((choice, name), {})
    desk = Desk(law, as_form(law, hypothetical, choice)[0], "exact", room, literals.values())
    return desk, _parts(desk, literals, law.laws[name].complete)


def _parts(desk: Desk, literals: Mapping[str, str], complete: bool) -> dict[str, Function]:
    forbidden = desk.function(literals["forbid"]) if "forbid" in literals else False
    required = desk.function(literals["require"]) if "require" in literals else False
    silent = NOT_REGULATED if complete else OUTSIDE
    return {
        CONFLICT: all_of((forbidden, required)),
        FORBIDDEN: all_of((forbidden, none_of(required))),
        REQUIRED: all_of((required, none_of(forbidden))),
        silent: none_of(any_of((forbidden, required))),
    }


def _part_verdict(space: Any, parts: Mapping[str, Function]) -> str:
    for word, f in parts.items():
        if space.always(f):
            return word
    everywhere = none_of(any_of(none_of(space.some_reading(none_of(f))) for f in parts.values()))
    return CONTESTED if space.always(everywhere) else UNDETERMINED


def _choice_readings(desk: Desk, parts: Mapping[str, Function], questions: Sequence[str]) -> Iterator[ReadingVerdict]:
    for fixed in combinations(desk.space, questions):
        read = {word: desk.space.fix(f, fixed) for word, f in parts.items()}
        yield ReadingVerdict(assume_words(fixed), _part_verdict(desk.space, read))


def _choice_rules(desk: Desk, literals: Mapping[str, str], verdict: str) -> tuple[str, ...]:
    words = {FORBIDDEN: ("forbid",), REQUIRED: ("require",), CONTESTED: ("forbid", "require")}.get(verdict, ())
    rules = [r for word in words if word in literals for r in desk.code.theory.supporters(literals[word])]
    live = [r.id for r in rules if desk.may_apply(r.id)]
    return tuple(dict.fromkeys(desk.code.authority[r].name or r for r in live))
