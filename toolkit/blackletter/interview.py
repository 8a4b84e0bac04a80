"""What to ask next and why: an interview that asks only what can still move a verdict, and stops when nothing can.

After every answer each verdict is one diagram over the facts still unknown (the readings quantified away, since the
city does not settle them). A fact is worth asking when some completion has another verdict for another value of it;
of these the one with the most expected information about the verdicts comes first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from math import log2
from typing import TYPE_CHECKING, Any

from .desk import Desk, ask
from .dials import Key, posed_for, verdict_functions
from .errors import FactError, Fault, unknown_name
from .exact import Function, Room, all_of, any_of, none_of, with_room
from .hypothetical import UNKNOWN, Hypothetical, value_text

if TYPE_CHECKING:
    from .findings import Board
    from .ruleset import Ruleset


@dataclass(frozen=True, slots=True)
class Question:
    """The question to ask next. ``moves`` are the verdicts it can still move; ``bits`` is its expected information.

    ``options`` maps the answers of a "one of" or yes-or-no fact to their words; it is empty for numbers, days and sets.
    """

    fact: str
    ask: str
    why: str
    kind: str
    options: Mapping[str, str]
    moves: tuple[Key, ...]
    bits: float

    def json(self) -> dict[str, Any]:
        """The question as data."""
        moves = [{"action": k.action, "basis": k.basis} for k in self.moves]
        return {
            "fact": self.fact, "ask": self.ask, "why": self.why, "kind": self.kind, "options": dict(self.options),
            "moves": moves, "bits": round(self.bits, 4),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer given: the fact, its value as words ("unknown" for who does not know), and where it comes from."""

    fact: str
    value: str
    source: str = ""


@dataclass(frozen=True)
class Interview:
    """An interview as a value: every answer, change or undoing gives a new one.

    ``start`` is what was known before the first question, ``asked`` the answers in order. Answers that a change made
    impossible are in ``reopened`` until they are given again.
    """

    start: Hypothetical
    actions: tuple[str, ...]
    asked: tuple[Answer, ...] = ()
    reopened: tuple[str, ...] = ()

    @property
    def law(self) -> Ruleset:
        return self.start.law

    @cached_property
    def hypothetical(self) -> Hypothetical:
        """What is known by now, each fact with its source."""
        facts = {a.fact: a.value for a in self.asked}
        if not facts:
            return self.start
        made = self.start.with_facts(**facts)
        sources = {a.fact: a.source for a in self.asked if a.source}
        return replace(made, sources={**made.sources, **sources})

    @cached_property
    def board(self) -> Board:
        """The board of what is known by now."""
        return ask(self.law, self.hypothetical, only=self.actions)

    @cached_property
    def ranked(self) -> tuple[Question, ...]:
        """Every question that can still move a verdict, the one that tells most first."""
        return with_room(partial(_ranked, self))

    @property
    def next(self) -> Question | None:
        """The question to ask next; None when nothing that could be asked can move a verdict."""
        return self.ranked[0] if self.ranked else None

    @property
    def done(self) -> bool:
        """Whether no answer can still move a verdict."""
        return not self.ranked

    def answer(self, fact: str, value: object, source: str = "") -> Interview:
        """The interview with one more answer; "unknown" says that it cannot be answered.

        Raises `FactError` for an unknown fact or value, or a fact that was answered before (see `change`).
        """
        if fact in (a.fact for a in self.asked):
            raise FactError(f"{fact} was answered before: change the answer, or undo it")
        return self._given((*self.asked, self._read(fact, value, source)), fact)

    def change(self, fact: str, value: object, source: str | None = None) -> Interview:
        """The interview with an earlier answer changed: its source stays unless a new one is given.

        The other answers stay. Only those that the constraints of the facts now make impossible are asked again, and
        what can move a verdict only now is asked for the first time.
        """
        before = next((a for a in self.asked if a.fact == fact), None)
        if before is None:
            raise FactError(unknown_name("answer", fact, [a.fact for a in self.asked]))
        after = self._read(fact, value, before.source if source is None else source)
        kept = tuple(after if a is before else a for a in self.asked)
        return self._given(kept, fact)

    def undo(self) -> Interview:
        """The interview without its last answer."""
        if not self.asked:
            raise FactError("nothing has been answered yet")
        return replace(self, asked=self.asked[:-1])

    def _read(self, fact: str, value: object, source: str) -> Answer:
        """The answer with its value in the words of a file; faults are the hypothetical's own."""
        if fact not in self.law.facts:
            raise FactError(unknown_name("fact", fact, self.law.facts))
        named: Any = self.start.facts.get(fact)
        if value == UNKNOWN and isinstance(named, frozenset):
            value = value_text(named)  # whoever knows of no more suits keeps those that were named
        alone = Hypothetical(self.law, "an answer", self.start.as_of, {}).with_facts(**{fact: value})
        return Answer(fact, alone[fact], source)

    def _given(self, answers: tuple[Answer, ...], newest: str) -> Interview:
        """With these answers, without those that the newest makes impossible: a follower, or by a constraint."""
        kept = answers
        while True:
            made = replace(self, asked=kept, reopened=())
            impossible = _impossible(made.start, {a.fact: a.value for a in kept}, newest)
            if not impossible:
                gone = tuple(a.fact for a in answers if a not in kept)
                return replace(made, reopened=tuple(f for f in (*self.reopened, *gone) if f != newest))
            kept = tuple(a for a in kept if a.fact not in impossible)


def interview(law: Ruleset, hypothetical: Hypothetical, actions: Collection[str] | None = None) -> Interview:
    """An interview about some actions and choices (default: all of them) that starts from what is known.

    Raises `FactError` for an unknown action.
    """
    known = (*law.actions, *law.choices)
    chosen = tuple(known if actions is None else actions)
    faults = [unknown_name("action", a, known) for a in chosen if a not in known]
    if faults or not chosen:
        raise FactError(faults or Fault("value", "an interview is about at least one action or choice"))
    return Interview(hypothetical, chosen)


def _impossible(start: Hypothetical, answers: Mapping[str, str], newest: str) -> set[str]:
    """The answers that cannot stand beside the newest one."""
    facts = start.law.facts
    ties = {f for f, noun in facts.items() if noun.follows}
    clear = {f for f in ties if newest == facts[f].follows and f in answers} | (
        {str(facts[newest].follows)} & answers.keys() if newest in ties else set()
    )
    if clear:
        return clear
    made = start.with_facts(**answers)
    row, code = made.row, start.law.code
    for when, then in code.constraints:
        sides = {x: code.atoms[x.lstrip("~")] for x in (*when, *then)}
        truth = {x: None if (t := row.truth(a)) is None else t != (x[0] == "~") for x, a in sides.items()}
        tied = {f for a in sides.values() for f in a.facts}
        if newest in tied and all(truth[x] for x in when) and any(truth[x] is False for x in then):
            given = newest in {f for x in when for f in sides[x].facts}
            loose = [x for x in then if truth[x] is False] if given else when
            return {f for x in loose for f in sides[x].facts if f in answers and f != newest}
    return set()


# -- what to ask ----------------------------------------------------------------------------------------------------


def _ranked(held: Interview, room: Room) -> tuple[Question, ...]:
    ballot = _Ballot(held, room)
    places = {fact: number for number, fact in enumerate(held.law.facts)}
    scored = sorted(ballot.scores().items(), key=lambda item: (-round(item[1], 9), places[item[0]]))
    return tuple(ballot.question(fact, bits) for fact, bits in scored)


class _Ballot:
    """Every verdict as a function of the facts still unknown, and what each fact would tell."""

    def __init__(self, held: Interview, room: Room) -> None:
        self.law, self.held, self.posed, self.room = held.law, held, _suits_unsaid(held.hypothetical), room
        self.verdicts: dict[tuple[Any, tuple[Function, ...]], list[Key]] = defaultdict(list)
        """The space and the functions of each verdict word -> the findings that have just these."""
        keys = list(_keys(self.law, held.actions))
        common = self._desk(self.posed, [k for k in keys if posed_as(self.posed, k) is self.posed])
        for key in keys:
            posed = posed_as(self.posed, key)
            desk = common if posed is self.posed else self._desk(posed, [key])
            live = tuple(f for f in self._functions(desk, key).values() if f is not False)
            if len(live) > 1:
                self.verdicts[desk.space, live].append(key)
        self.moving = {(space, parts): space.depends(parts) for space, parts in self.verdicts}

    def _desk(self, posed: Hypothetical, keys: Sequence[Key]) -> Desk:
        wanted = dict.fromkeys(x for key in keys for x in key.literals(self.law))
        return Desk(self.law, posed, "exact", self.room, wanted)

    def _functions(self, desk: Desk, key: Key) -> Mapping[str, Function]:
        reading = desk.space.some_reading
        found = verdict_functions(desk, key, reading, reading)
        if key.action not in self.law.choices:
            return found
        return {word: self._formed(desk.space, key.action, f) for word, f in found.items()}

    def _formed(self, space: Any, choice: str, f: Function) -> Function:
        """The verdict on a choice asked in the form the city has, or in the first form where it has none."""
        left, result = True, False
        for fact, forms in self.law.choices[choice].forms.items():
            if fact in space.row.known:
                continue
            space.add(fact)
            values = space.variables[fact]
            codes = zip(values, space.codes[fact], strict=True)
            inside = any_of(code for value, code in codes if value_text(value) in forms)
            first = space.fix(f, {fact: next(v for v in values if value_text(v) == forms[0])})
            result = any_of((result, all_of((left, none_of(inside), first))))
            left = all_of((left, inside))
        return any_of((result, all_of((left, f))))

    def scores(self) -> dict[str, float]:
        """Fact -> the bits its answer is expected to tell about the verdicts, over every completion."""
        found: dict[str, float] = defaultdict(float)
        for (space, parts), names in self.moving.items():
            told: dict[str, float] = defaultdict(float)
            for name in filter(lambda name: self._askable(_asked_as(name)), names):
                told[_asked_as(name)] = max(told[_asked_as(name)], _bits(space, parts, name))
            for fact, bits in told.items():
                found[fact] += bits * len(self.verdicts[space, parts])
        return found

    def _askable(self, fact: str) -> bool:
        given = {a.fact for a in self.held.asked}
        return fact in self.law.facts and fact not in self.held.hypothetical.open and fact not in given

    def question(self, fact: str, bits: float) -> Question:
        noun = self.law.facts[fact]
        moves = tuple(
            key for part, names in self.moving.items()
            if fact in map(_asked_as, names) for key in self.verdicts[part]
        )  # fmt: skip
        options = {"yes": "yes", "no": "no"} if noun.kind == "yes or no" else dict(noun.values)
        return Question(fact, noun.ask, noun.why, noun.kind, options, moves, bits)


def _suits_unsaid(hypothetical: Hypothetical) -> Hypothetical:
    """The hypothetical with its suits unknown where nobody named any: an answer takes that for none, a form asks."""
    if "party_to" in hypothetical.facts or "party_to" not in hypothetical.law.facts:
        return hypothetical
    return replace(hypothetical, open=hypothetical.open | {"party_to"})


def _keys(law: Ruleset, chosen: Collection[str]) -> Iterator[Key]:
    """The findings of a board, and its line for each action."""
    for action in (a for a in law.actions if a in chosen):
        bases = [basis for basis, named in law.code.pairs if named == action]
        yield from (Key(action, basis) for basis in bases)
        if bases:
            yield Key(action)
    yield from (Key(choice, name) for choice, name in law.code.choices if choice in chosen)


def posed_as(posed: Hypothetical, key: Key) -> Hypothetical:
    """The hypothetical to ask a choice of: another one when a known fact has no form of the choice."""
    choice = posed.law.choices.get(key.action)
    lacking = choice and next(
        (f for f, forms in choice.forms.items() if value_text(posed.facts.get(f, "")) not in forms), None
    )
    return posed_for(posed.law, posed, key) if lacking in posed.facts else posed


def _bits(space: Any, parts: Iterable[Function], name: str) -> float:
    """The mutual information of a verdict and a fact, with every completion as likely as any other."""
    counts: list[list[int]] = [[space.count(all_of((f, code))) for f in parts] for code in space.codes[name]]
    total: int = sum(map(sum, counts))
    together = _entropy([sum(column) for column in zip(*counts, strict=True)])
    return together - sum(sum(row) / total * _entropy(row) for row in counts if sum(row))


def _asked_as(name: str) -> str:
    """The fact that a variable is asked by."""
    return name.partition(":")[0]


def _entropy(counts: Sequence[int]) -> float:
    total = sum(counts)
    return -sum(c / total * log2(c / total) for c in counts if c) if total else 0.0


# -- in words -------------------------------------------------------------------------------------------------------

NAMED = 4
"""Verdicts named in the reason for a question; the others are counted."""


def question_text(law: Ruleset, question: Question) -> str:
    """The question, why it is asked, and the answers it takes."""
    titles = dict.fromkeys(
        (law.actions[k.action] if k.action in law.actions else law.choices[k.action]).title for k in question.moves
    )
    more = f", and {len(titles) - NAMED} more" if len(titles) > NAMED else ""
    lines = [question.ask, f"  Why: {question.why}", f"  It can still move: {'; '.join([*titles][:NAMED])}{more}."]
    kinds = {"number": "a number", "date": "a day like 2017-06-30", "set": "ids of suits, separated by commas"}
    if question.options:
        lines += [f"  {value}" + (f": {words}" if value != words else "") for value, words in question.options.items()]
    else:
        unit = law.facts[question.fact].unit
        never = ', or "never"' if law.facts[question.fact].never else ""
        lines.append(f"  {kinds[question.kind]}{f' ({unit})' if unit else ''}{never}")
    return "\n".join([*lines, f'  or "{UNKNOWN}"'])
