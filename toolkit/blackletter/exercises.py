"""Exercises: predict, reveal, vary. The engine knows every answer; no file does.

A student commits a verdict and what decides it, before anything is shown. The feedback names the first step at which
that reasoning and the argument part. Then come two variations, both found and checked by asking again: the nearest
change that flips the answer, and one that looks as if it should and does not.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from .change import say_value
from .desk import ask
from .errors import FactError, Fault, Place, RulesetError, unknown_name
from .findings import (
    AFTER_PROCESS,
    CONTESTED,
    FORBIDDEN,
    NOT_PERMITTED,
    NOT_REGULATED,
    OUTSIDE,
    PERMITTED,
    REQUIRED,
    UNDETERMINED,
    Finding,
)  # fmt: skip
from .model import Noun, Texts
from .timeline import boundaries
from .views import fact_question, long_date

if TYPE_CHECKING:
    from .argue import Argument
    from .draft import Authority
    from .hypothetical import Hypothetical
    from .ruleset import Ruleset

MOST_OPTIONS = 6
"""Grounds a student chooses from."""
POLICY = "city policy"
"""The group of the facts that a city chooses."""
DEFAULT = "nothing"
"""The ground of a gate that no rule speaks to."""


class Exercise(Noun):
    """A question to a student: a hypothetical and one finding about it. It holds no answer.

    ``finding`` is "action basis" or "choice law"; ``teaches`` says in one line what the exercise is for.
    """

    id: str
    notebook: str
    title: str
    asks: str
    teaches: str
    preset: str = "springfield"
    facts: Mapping[str, str] = {}
    assume: Mapping[str, str] = {}
    finding: str
    hints: Texts = ()


def _named(finding: Finding, gate: str) -> tuple[str, ...]:
    """What decides a gate, without its default."""
    return tuple(by for by in (finding.gates or {})[gate].by if not by.startswith("default:"))


class ExercisesFile(Noun):
    """``exercises.yaml``."""

    exercises: tuple[Exercise, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """Something that may decide: a rule, a question, a fact, or nothing; in plain words."""

    id: str
    words: str


@dataclass(frozen=True, slots=True)
class Variation:
    """The hypothetical with other facts (fact -> word), and the verdict there. ``flips`` says if it is another one."""

    facts: Mapping[str, str]
    verdict: str
    flips: bool
    words: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a prediction meets: the verdict, what decides it, and where reasoning and argument part."""

    exercise: str
    verdict_right: bool
    ground_right: bool
    verdict: str
    parts: str
    lead: tuple[str, ...]
    variations: tuple[Variation, ...]

    @property
    def right(self) -> bool:
        """Whether both the verdict and its ground were predicted."""
        return self.verdict_right and self.ground_right

    def text(self) -> str:
        """The feedback as lines."""
        from .sheets import feedback_text

        return feedback_text(self)

    def html(self) -> str:
        """The feedback as a page section; everything is escaped."""
        from .sheets import feedback_html

        return feedback_html(self)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": self.text(), "text/html": self.html()}


@dataclass(frozen=True)
class Drill:
    """An exercise under a law: what may be answered, hints, and the feedback on an answer.

    >>> import blackletter as bl
    >>> drill = bl.load().exercise("springfield-ineligible")
    >>> drill.verdicts[0], len(drill.options) > 1
    ('permitted', True)
    """

    law: Ruleset
    exercise: Exercise

    @cached_property
    def city(self) -> Hypothetical:
        """The hypothetical that is asked about."""
        law = self.law.assume(**self.exercise.assume) if self.exercise.assume else self.law
        return law.hypothetical(self.exercise.preset, **self.exercise.facts)

    @cached_property
    def finding(self) -> Finding:
        """The engine's answer."""
        return self._ask(self.city)

    def _ask(self, city: Hypothetical) -> Finding:
        action, _, basis = self.exercise.finding.partition(" ")
        found: Finding = ask(city.law, city, "exact", (action,))[action, basis]
        return found

    @property
    def verdicts(self) -> tuple[str, ...]:
        """The verdict words to choose from."""
        if self.finding.is_choice:
            return FORBIDDEN, REQUIRED, NOT_REGULATED, CONTESTED, UNDETERMINED, OUTSIDE
        words = (word.verdict for word in self.law.verdicts)
        return PERMITTED, AFTER_PROCESS, *words, NOT_PERMITTED, CONTESTED, UNDETERMINED, OUTSIDE

    @cached_property
    def grounds(self) -> tuple[str, ...]:
        """The ids of what decides the verdict, and the rulings that read the law so: any of them is right."""
        finding = self.finding
        if not finding.is_choice:
            named = tuple(dict.fromkeys(by for g in self.decisive for by in _named(finding, g)))
            return tuple(dict.fromkeys((*named, *self._rulings))) or (DEFAULT,)
        read = tuple(q for r in finding.readings for q in r.assume)
        applied = tuple(rule for rule in finding.rules if self._status(rule) == "shown") or finding.rules
        named = applied or read or tuple(m.fact for m in finding.missing)
        return tuple(dict.fromkeys((*named, *self._rulings))) or (DEFAULT,)

    @property
    def _rulings(self) -> tuple[str, ...]:
        """The holdings that settle, here, how the law is read; none where the finding is open."""
        if self.finding.verdict in (CONTESTED, UNDETERMINED):
            return ()
        parts = self.finding.why().because
        if not self.finding.is_choice:
            parts = tuple(gate for gate in parts if gate.literal in self.decisive)
        steps = (step for part in parts for step in part.walk())
        return tuple(step.rule for step in steps if step.rule and (step.role, step.status) == ("holding", "shown"))

    def _status(self, name: str) -> str:
        return self._steps[name].status if name in self._steps else ""

    @cached_property
    def decisive(self) -> tuple[str, ...]:
        """The gates that make the verdict what it is, the first first."""
        gates = self.finding.gates or {}
        word = next((w.gate for w in self.law.verdicts if w.verdict == self.finding.verdict), None)
        if word is not None:
            return (word,)
        return tuple(g for g, found in gates.items() if found.value != "open") or tuple(gates)

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """Grounds to choose from: what decides and what else was considered, in an order that tells nothing."""
        rulings = [name for name in self.grounds if name in self.law.rulings]
        right = dict.fromkeys((self.grounds[0], *(rulings[-1:] or self.grounds[1:2])))
        others = [name for name in self._considered if name not in self.grounds and name not in self.law.suits]
        contrary = [name for name in others if name in self.law.rulings][:2]
        chosen = (*right, *contrary, *(name for name in others if name not in contrary))
        told: dict[str, Option] = {}
        for name in dict.fromkeys(chosen):
            told.setdefault(self._says(name), Option(name, self.words(name)))
        found = {o.id: o for o in (*list(told.values())[:MOST_OPTIONS], Option(DEFAULT, self.words(DEFAULT)))}
        return tuple(
            sorted(found.values(), key=lambda o: hashlib.sha256(f"{self.exercise.id}/{o.id}".encode()).digest())
        )

    @cached_property
    def _steps(self) -> Mapping[str, Argument]:
        """Rule -> the first step of the argument that speaks of it."""
        found: dict[str, Argument] = {}
        for step in self.finding.why().walk():
            if step.rule and step.role not in ("default", "date"):
                found.setdefault(step.rule, step)
        return found

    @property
    def _considered(self) -> tuple[str, ...]:
        """What else the argument weighs, then what decides the other findings on the board."""
        own = [name for gate in self.finding.gates or {} for name in _named(self.finding, gate)]
        board = self.law.ask(self.city).findings if self.finding.gates is not None else ()
        near = [f for f in board if f.gates and self._begun(f.basis)]
        far = Counter(name for f in near for gate in f.gates or {} for name in _named(f, gate))
        return tuple(dict.fromkeys((*own, *self._steps, *(name for name, _ in far.most_common(4 * MOST_OPTIONS)))))

    def _begun(self, basis: str) -> bool:
        """Whether the instrument behind a basis was there on the day asked."""
        start = self.law.home[basis].in_force.start
        return start is None or start <= self.city.as_of

    @cached_property
    def _sources(self) -> Mapping[str, Authority]:
        return {a.name: a for a in self.law.code.authority.values() if a.name and a.says}

    def _says(self, name: str) -> str:
        """A ground without its citation: two courts that say the same are one ground."""
        source = self._sources.get(name)
        return source.says if source else self.words(name)

    def words(self, name: str) -> str:
        """A ground in plain words."""
        if name == DEFAULT:
            return "No rule in force that day reaches it, so the default stands."
        if name in self.law.questions:
            return f"An open question of law: {self.law.questions[name].asks}"
        if name in self.law.facts:
            return f"A fact that is not known: {fact_question(self.law, name)}"
        source = self._sources.get(name)
        return " ".join(filter(None, (source.says, f"({source.cite})" if source.cite else ""))) if source else name

    def hint(self, number: int) -> str:
        """The first, second, ... hint: from where to look to what to look at; never the verdict."""
        ladder = self.hints
        if not 1 <= number <= len(ladder):
            raise FactError(f"there are {len(ladder)} hints, 1 to {len(ladder)}")
        return ladder[number - 1]

    @cached_property
    def hints(self) -> tuple[str, ...]:
        """The authored hints, then: the gate, the instrument, the ground itself."""
        ladder = list(self.exercise.hints)
        if self.decisive:
            ladder.append(f"Ask the {self.decisive[0]} gate first: {self.law.gates[self.decisive[0]].asks}")
        ground = self.grounds[0]
        step = self._steps.get(ground)
        if step is not None and step.instrument:
            ladder.append(f"Look here: {self.law.instruments[step.instrument].title}.")
        ladder.append(f"It turns on this: {self._decides}{self._default if ground == DEFAULT else ''}")
        return tuple(ladder)

    @property
    def _default(self) -> str:
        """Where to look for the default, after the words for it."""
        if not self.decisive:
            return " Ask what a law says of what none of its rules reaches."
        return f" Ask what the {self.decisive[0]} gate is here when no rule speaks to it."

    def predict(self, verdict: str, because: str, progress: Progress | None = None) -> Feedback:
        """The feedback on a committed answer: a verdict word, and the id of an option as its ground.

        Raises `FactError` for a word that is no verdict or no option.
        """
        if verdict not in self.verdicts:
            raise FactError(unknown_name("verdict", verdict, self.verdicts))
        if because not in {o.id for o in self.options}:
            raise FactError(unknown_name("ground", because, [o.id for o in self.options]))
        right = verdict == self.finding.verdict, because in self.grounds
        parts = self._parting(verdict, because, *right)
        said = Feedback(
            self.exercise.id, *right, self.finding.verdict, parts, self.finding.why().lead, self.variations
        )  # fmt: skip
        if progress is not None:
            progress.record(self.exercise.id, verdict, because, said.right)
        return said

    def _parting(self, verdict: str, because: str, verdict_right: bool, ground_right: bool) -> str:
        """The first step at which a prediction and the argument part, in a sentence or two."""
        if verdict_right and ground_right:
            return ""
        answer = f'The ground you chose is the one that decides; its word is "{self.finding.verdict}", not "{verdict}".'
        if ground_right:
            return answer
        lead = "The verdict is right, for another reason. " if verdict_right else ""
        return lead + self.astray(because)

    @property
    def _decides(self) -> str:
        """The first ground in words, and the ruling that settles how the law is read there, if one does."""
        ruling = next((name for name in reversed(self.grounds) if name in self.law.rulings), self.grounds[0])
        read = "" if ruling == self.grounds[0] else f" A court has settled it here: {self.words(ruling)}"
        return self.words(self.grounds[0]) + read

    def astray(self, because: str) -> str:
        """Where a ground that does not decide leaves the argument."""
        if because == DEFAULT:
            return f"A rule does speak to it: {self._decides}"
        decides = f"What decides: {self._decides}"
        step = self._steps.get(because)
        if step is None:
            return f"What you chose is about another power or law, and is no part of this argument. {decides}"
        broken = next((s for s in step.walk() if s.status != "shown" and s.role in ("given", "unknown", "rule")), None)
        if step.status != "shown" and broken is not None:
            claim, why = step.claim.rstrip("."), broken.claim.rstrip(".")
            return f"You and the argument part here: {claim}. It does not carry, because: {why}."
        gates = [g for g, found in (self.finding.gates or {}).items() if because in found.by]
        if gates and gates[0] not in self.decisive:
            where = f"it speaks to the {gates[0]} gate; the verdict turns on the {self.decisive[0]} gate"
            return f"What you chose applies, but {where}. {decides}"
        if self.grounds[0] == DEFAULT:
            return f"What you chose was weighed, and forbids or requires nothing here. {decides}"
        return f"What you chose is a step on the way, and does not decide alone. {decides}"

    # variations ----------------------------------------------------------------------------------------------------

    @cached_property
    def variations(self) -> tuple[Variation, ...]:
        """The nearest change that flips the answer, and one that looks as if it should and does not."""
        found = (self._flip(), self._decoy())
        return tuple(v for v in found if v is not None)

    def _flip(self) -> Variation | None:
        """What the city can change; else the nearest day; else what the federal side, or one fact, would change."""
        near = ({"as_of": day.isoformat()} for day in self._near_days())
        single = ({fact: word} for fact, word in self._single_changes(self._weighed))
        ways = chain(self._changes("city"), near, self._changes("federal"), self._changes(None), single)
        return next(filter(None, (self._variation(facts, True) for facts in ways)), None)

    def _changes(self, side: str | None) -> Iterator[dict[str, str]]:
        """The smallest sets of facts by which one side, or anyone, flips the answer; no rulings, no days."""
        for change in self.finding.change(side=side, lock=("as_of", "acted_on"), most=2):
            if set(change.set) <= set(self.law.facts):
                yield {**change.set, **change.brings}

    def _near_days(self) -> Iterator[dt.date]:
        """The days on which an answer may be another one, the nearest first; a past one is the day before a change."""
        covered, today = self.law.covered, self.city.as_of
        edges = boundaries(self.law, self.city, covered.start, covered.to)
        days = [day if day > today else day - dt.timedelta(1) for day in edges]
        yield from sorted((d for d in days if d >= covered.start), key=lambda d: abs(d - today))

    def _decoy(self) -> Variation | None:
        """Another value of a fact, which leaves the verdict: one the argument weighs, best if it moves a gate."""
        unmoved = None
        for fact, word in self._single_changes((*self._weighed, *self._policies)):
            found = self._ask(self.city.with_facts(**{fact: word}))
            if found.verdict != self.finding.verdict:
                continue
            if self._gate_values(found) != self._gate_values(self.finding):
                return self._variation({fact: word}, False)
            unmoved = unmoved or (fact, word)
        return self._variation(dict([unmoved]), False) if unmoved else None

    @cached_property
    def _weighed(self) -> tuple[str, ...]:
        """The facts at the leaves of the argument, policy first."""
        atoms = self.law.code.atoms
        named = (atoms.get(step.literal.lstrip("~")) for step in self.finding.why().walk())
        facts = dict.fromkeys(f for atom in named if atom is not None for f in atom.facts if f in self.law.facts)
        return tuple(sorted(facts, key=lambda f: self.law.facts[f].group != POLICY))

    @property
    def _policies(self) -> tuple[str, ...]:
        """What the city chooses, whether or not the argument weighs it."""
        return tuple(name for name, fact in self.law.facts.items() if fact.group == POLICY)

    def _single_changes(self, facts: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Other values of facts that have a few of them."""
        for fact in dict.fromkeys(facts):
            noun, now = self.law.facts[fact], self.city[fact]
            values: Sequence[str] = tuple(noun.values) if noun.kind == "one of" else ("yes", "no")
            if noun.kind in ("one of", "yes or no") and noun.follows is None and len(values) <= 8:
                yield from ((fact, value) for value in values if value != now)

    @staticmethod
    def _gate_values(finding: Finding) -> Mapping[str, str]:
        return {g: found.value for g, found in (finding.gates or {}).items()}

    def _variation(self, facts: Mapping[str, str], flips: bool) -> Variation | None:
        """The variation, asked again; None when the engine does not agree that it flips (or does not)."""
        found = self._ask(self.city.with_facts(**facts))
        if (found.verdict != self.finding.verdict) != flips:
            return None
        said = " and ".join(self._say(fact, word) for fact, word in facts.items())
        lead = "The nearest change that flips it" if flips else "Looks as if it should flip it, but does not"
        then = f"Then: {found.verdict}" if flips else f"Still: {found.verdict}"
        return Variation(facts, found.verdict, flips, f"{lead}: {said}. {then}.")

    def _say(self, fact: str, word: str) -> str:
        if fact == "as_of":
            return f"asked on {long_date(dt.date.fromisoformat(word))}"
        return f"{fact_question(self.law, fact)} {say_value(self.law, fact, word)}"

    # what a student and an instructor read ---------------------------------------------------------------------------

    def text(self) -> str:
        """The question and what may be answered, without the answer."""
        from .sheets import drill_text

        return drill_text(self)

    def html(self) -> str:
        """The same as a page section; everything is escaped."""
        from .sheets import drill_html

        return drill_html(self)

    def key(self) -> str:
        """The answer as Markdown, for the instructor; made by the engine."""
        from .sheets import drill_key

        return drill_key(self)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": self.text(), "text/html": self.html()}


class _Prediction(BaseModel):
    """One prediction as it is kept."""

    verdict: str
    because: str
    right: bool


@dataclass(frozen=True)
class Progress:
    """What a student has predicted, kept in a JSON file; every write is whole or not at all."""

    path: Path

    def read(self) -> dict[str, list[dict[str, Any]]]:
        """Exercise id -> predictions in order; empty when there is no file."""
        if not self.path.exists():
            return {}
        try:
            data = json.loads(self.path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise FactError(f"{self.path} is not readable as JSON: {error}") from None
        try:
            TypeAdapter(dict[str, list[_Prediction]]).validate_python(data)
        except ValidationError as error:
            where = ".".join(map(str, error.errors()[0]["loc"]))
            at = f" (see {where})" if where else ""
            raise FactError(f"{self.path} does not hold the progress of a student{at}") from None
        found: dict[str, list[dict[str, Any]]] = data
        return found

    def record(self, exercise: str, verdict: str, because: str, right: bool) -> None:
        """Adds a prediction."""
        from .exports import write_whole

        data = self.read()
        data.setdefault(exercise, []).append({"verdict": verdict, "because": because, "right": right})
        write_whole(self.path, json.dumps(data, indent=1, ensure_ascii=False) + "\n")


def read_exercises(path: Path) -> tuple[Exercise, ...]:
    """The exercises of a file; raises `RulesetError` with every fault."""
    from .reader import plain_yaml

    try:
        found = ExercisesFile.model_validate(plain_yaml(path.read_text(encoding="utf-8"), str(path))).exercises
    except ValidationError as error:
        told = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise RulesetError([Fault("exercise", what, Place(str(path))) for what in told]) from None
    ids = [e.id for e in found]
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise RulesetError([Fault("duplicate-id", f'exercise "{i}" is given twice', Place(str(path))) for i in twice])
    return found


def bundled() -> tuple[Exercise, ...]:
    """The exercises that come with the bundled law."""
    from .reader import find_ruleset

    return read_exercises(find_ruleset() / "exercises.yaml")


def drill(law: Ruleset, exercise_id: str) -> Drill:
    """One bundled exercise under a law; raises `FactError` with a near name."""
    found = {e.id: e for e in bundled()}
    if exercise_id not in found:
        raise FactError(unknown_name("exercise", exercise_id, found))
    return Drill(law, found[exercise_id])
