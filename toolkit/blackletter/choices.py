"""The city's choices: each asked in the form the hypothetical has, or in its first form, under each law on file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .atoms import Value
from .desk import Desk, assume_words, combinations, what_matters
from .draft import say_day
from .exact import Function, Room, all_of, any_of, none_of
from .findings import (
    CONFLICT,
    CONTESTED,
    FORBIDDEN,
    NOT_REGULATED,
    NOT_RIPE,
    OUTSIDE,
    REQUIRED,
    UNDETERMINED,
    Board,
    Finding,
    ReadingVerdict,
)
from .hypothetical import Hypothetical, value_text
from .model import Effect
from .orders import enjoined

if TYPE_CHECKING:
    from .model import Law
    from .ruleset import Ruleset


def choice_literals(law: Ruleset, choices: Iterable[str]) -> list[str]:
    """The literals that what the laws say of these choices is read from."""
    pairs = (law.code.choices.get((choice, name), {}) for choice in choices for name in law.laws)
    return [x for literals in pairs for x in literals.values()]


def choice_findings(board: Board, choice: str, room: Room, whole: Desk | None = None) -> Iterator[Finding]:
    """What each law on file says of one choice. ``whole`` is the board's desk, which has the choice's literals."""
    law = board.law
    posed, fact, note = as_form(law, board.hypothetical, choice)
    wanted = choice_literals(law, [choice])
    desk = whole.supposing(posed, fact, wanted) if whole else Desk(law, posed, board.engine, room, wanted)
    for name in law.laws:
        if (choice, name) in law.code.choices:
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
    parts = verdict_parts(desk, literals, board.law.laws[name].complete)
    verdict = _part_verdict(desk.space, parts)
    silence = _silence(desk, literals, board.law.laws[name], verdict)
    grounds: dict[str, Any] = {"note": " ".join(filter(None, (note, silence)))}
    if verdict in (CONTESTED, UNDETERMINED):
        grounds["missing"], questions = what_matters(desk.space, list(parts.values()), verdict)
        grounds["readings"] = tuple(_choice_readings(desk, parts, questions))
    rules = _choice_rules(desk, literals, verdict)
    if verdict == NOT_RIPE:
        grounds["note"] = " ".join(filter(None, (note, *(_due(board.law, r) for r in rules))))
    return Finding(choice, name, verdict, rules=rules, flags=desk.flags(rules), board=board, **grounds)


def _silence(desk: Desk, literals: Mapping[str, str], noun: Law, verdict: str) -> str:
    """Why a law that speaks of a choice elsewhere, or on another day, says nothing of it here."""
    if verdict not in (NOT_REGULATED, OUTSIDE):
        return ""
    barred = [enjoined(r) for x in literals.values() for _, r in desk.code.speakers((x,))]
    orders = [o for x in barred if x in desk.code.words for o in _orders(desk, x)]
    if orders:
        return f"{noun.title} speaks of this choice, but a court has enjoined it: {', '.join(dict.fromkeys(orders))}."
    if noun.complete_where and verdict == OUTSIDE:
        return f"{noun.title} is not on file for that day, or not what it says about this choice."
    return f"{noun.title}, as far as it is on file, says nothing about this choice." if noun.complete_where else ""


def _orders(desk: Desk, literal: str) -> list[str]:
    """The orders behind an enjoined rule, by the title of the decision."""
    rules = [rule for rule, _ in desk.code.speakers((literal,)) if desk.may_apply(rule)]
    return [desk.law.instruments[home].title for r in rules if (home := desk.code.authority[r].instrument)]


def _due(law: Ruleset, name: str) -> str:
    """The duty behind a rule in its own words, and the day from which it binds."""
    instrument, _, rule_id = name.partition("#")
    rule = next(r for r in law.instruments[instrument].rules if r.id == rule_id)
    due = rule.then.due if isinstance(rule.then, Effect) else None
    return f"Not due until {say_day(due)}: {rule.says}" if due else ""


def as_form(law: Ruleset, hypothetical: Hypothetical, choice: str) -> tuple[Hypothetical, str, str]:
    """The hypothetical with the choice made: as it stands when it has a form of it, else with the first form.

    With it the fact that had to be supposed, and a note that says so; both empty when none had to be.
    """
    for fact, forms in law.choices[choice].forms.items():
        value = hypothetical.facts.get(fact)
        if value is None or value_text(value) not in forms:
            note = f"Asked as if {fact} were {forms[0]}; the hypothetical says {hypothetical[fact]}."
            return hypothetical.supposing(fact, _form_value(forms[0])), fact, note
    return hypothetical, "", ""


def _form_value(word: str) -> Value:
    return word == "yes" if word in ("yes", "no") else word


def choice_functions(
    law: Ruleset, hypothetical: Hypothetical, choice: str, name: str, room: Room
) -> tuple[Desk, dict[str, Function]]:
    """Verdict word -> the completions in which it is what a law says of a choice."""
    literals = law.code.choices.get((choice, name), {})
    desk = Desk(law, as_form(law, hypothetical, choice)[0], "exact", room, literals.values())
    return desk, verdict_parts(desk, literals, law.laws[name].complete)


def verdict_parts(desk: Desk, literals: Mapping[str, str], complete: bool) -> dict[str, Function]:
    """Verdict word -> the completions in which a law says that of a choice, on a desk that has the literals."""
    said = {word: desk.function(literal) for word, literal in literals.items()}
    forbidden, required, pending = (said.get(word, False) for word in ("forbid", "require", "pending"))
    covered = any_of((complete, said.get("complete", False)))
    silent = none_of(any_of((forbidden, required, pending)))
    return {
        CONFLICT: all_of((forbidden, required)),
        FORBIDDEN: all_of((forbidden, none_of(required))),
        REQUIRED: all_of((required, none_of(forbidden))),
        NOT_RIPE: all_of((pending, none_of(any_of((forbidden, required))))),
        NOT_REGULATED: all_of((silent, covered)),
        OUTSIDE: all_of((silent, none_of(covered))),
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


_SPEAKING: Mapping[str, tuple[str, ...]] = {
    FORBIDDEN: ("forbid",), REQUIRED: ("require",), NOT_RIPE: ("pending",), CONTESTED: ("forbid", "require"),
}  # fmt: skip
"""The literals whose rules make each verdict."""


def _choice_rules(desk: Desk, literals: Mapping[str, str], verdict: str) -> tuple[str, ...]:
    words = _SPEAKING.get(verdict, ())
    rules = [r for word in words if word in literals for r in desk.code.theory.supporters(literals[word])]
    live = [r.id for r in rules if desk.may_apply(r.id)]
    return tuple(dict.fromkeys(desk.code.authority[r].name or r for r in live))
