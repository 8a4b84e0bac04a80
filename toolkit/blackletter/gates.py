"""Gates, steps and choices: the literals a verdict is read from, one for each class of actions the law treats alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import model
from .atoms import is_atom
from .draft import Authority, Draft, rule_authority
from .errors import Fault, Place, unknown_name
from .orders import Closing, enjoined
from .theory import Kind, TheoryRule, negate

AWARD_AGENCY = "award_agency"
"""The actor a basis names when it names none: the head of the award's agency."""

PairKey = tuple[str, str]
"""(basis, action)."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The literals of one (action, basis): gates, closings by cause, and steps."""

    gates: Mapping[str, str]
    causes: Mapping[tuple[str, str], str]
    steps: Mapping[str, str]
    actor: str


@dataclass(frozen=True, slots=True)
class _Speaker:
    """A rule as it speaks to a gate or step of some (action, basis)."""

    name: str
    gate: str | None
    step: str | None
    opens: bool
    cause: str | None
    body: tuple[str, ...]
    actors: tuple[str, ...]
    about: Authority
    except_actors: tuple[str, ...] = ()
    kind: Kind = "defeasible"


class Gates:
    """Writes every effect on gates, steps and choices into a draft."""

    def __init__(
        self, draft: Draft, effects: Sequence[tuple[model.Instrument, model.Rule]], closings: Sequence[Closing]
    ) -> None:
        self.draft, self.law, self.effects, self.closings = draft, draft.law, effects, closings

    def pairs(self) -> dict[tuple[str, str], Pair]:
        speakers: dict[tuple[str, str], list[_Speaker]] = {
            (b, a): [] for b, basis in self.law.bases.items() for a in basis.actions
        }
        for i, rule in self.effects:
            self._aim(i, rule, speakers)
        for closing in self.closings:
            self._aim_closing(closing, speakers)
        if self.draft.faults:
            return {}
        gates: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        causes: dict[tuple[str, str], dict[tuple[str, str], str]] = defaultdict(dict)
        steps: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for basis in self.law.bases:
            for gate in self.law.gates:
                for group in self._classes(basis, speakers, lambda s, g=gate: s.gate == g):
                    self._gate(gate, basis, group, speakers[group[0]], gates, causes)
            for step in self.law.steps:
                for group in self._classes(basis, speakers, lambda s, t=step: s.step == t):
                    self._step(step, basis, group, speakers[group[0]], steps)
        return {
            pair: Pair(gates[pair], causes[pair], steps[pair], self.law.bases[pair[0]].actions[pair[1]])
            for pair in speakers
        }

    def _aim(self, i: model.Instrument, rule: model.Rule, speakers: dict[tuple[str, str], list[_Speaker]]) -> None:
        effect = rule.then
        assert isinstance(effect, model.Effect)
        where = f"rule {rule.id}"
        if effect.forbid or effect.require:
            return
        gate = effect.open or effect.close
        self.draft.known(gate, self.law.gates, "gate", rule.place, where)
        self.draft.known(effect.step, self.law.steps, "step", rule.place, where)
        for basis in effect.basis:
            self.draft.known(basis, self.law.bases, "basis", rule.place, where)
        actions = self.draft.actions(effect.actions, rule.place, where)
        if gate and effect.close and gate in self.law.gates:
            self._check_cause(effect, self.law.gates[gate], rule.place, where)
        body = self._rule_body(i, rule)
        about, name = rule_authority(i, rule), f"{i.instrument}#{rule.id}"
        speaker = _Speaker(
            name, gate, effect.step, bool(effect.open), effect.by, tuple(body), effect.actors, about, kind=rule.kind
        )
        hit = [p for p in speakers if self._selected(effect, p, actions)]
        if not hit and not self.draft.faults:
            self.draft.faults.append(Fault("no-target", f"{where} touches no (action, basis) pair on file", rule.place))
        for pair in hit:
            speakers[pair].append(speaker)

    def _selected(self, effect: model.Effect, pair: tuple[str, str], actions: set[str]) -> bool:
        basis, action = pair
        named = not effect.basis and not effect.power
        return (named or basis in effect.basis or self.law.bases[basis].power in effect.power) and (
            not actions or action in actions
        )

    def _check_cause(self, effect: model.Effect, gate: model.Gate, place: Place | None, where: str) -> None:
        if gate.causes and effect.by not in gate.causes:
            self.draft.faults.append(unknown_name("cause", effect.by, gate.causes, place, where=where))

    def _rule_body(self, i: model.Instrument, rule: model.Rule) -> list[str]:
        """The body of an effect rule; with exceptions, or several instances, through its ``applies`` literal."""
        name, where = f"{i.instrument}#{rule.id}", f"rule {rule.id}"
        body = self.draft.literals(rule.when, rule.place, where) + self.draft.force(i)
        unless = self.draft.literals(rule.unless, rule.place, where)
        unless += [enjoined(name)] if enjoined(name) in self.draft.words else []
        if not unless:
            return body
        return [self.draft.applies(name, body, unless, rule_authority(i, rule))]

    def _aim_closing(self, c: Closing, speakers: dict[tuple[str, str], list[_Speaker]]) -> None:
        noun = c.noun
        for basis in noun.bases:
            self.draft.known(basis, self.law.bases, "basis", noun.place, c.name)
        actions = self.draft.actions(noun.actions, noun.place, c.name)
        spared = self.draft.actions(getattr(noun, "except_actions", ()), noun.place, c.name)
        speaker = _Speaker(c.name, c.gate, None, False, c.cause, c.body, (), c.about, c.except_actors)
        for pair in speakers:
            if pair[0] in noun.bases and (not actions or pair[1] in actions) and pair[1] not in spared:
                speakers[pair].append(speaker)

    def _classes(
        self, basis: str, speakers: Mapping[tuple[str, str], list[_Speaker]], about: Any
    ) -> Iterable[list[tuple[str, str]]]:
        """The actions of a basis, grouped where the same rules speak of the same default actor."""
        groups: dict[tuple[Any, ...], list[tuple[str, str]]] = defaultdict(list)
        for action, actor in self.law.bases[basis].actions.items():
            speaking = [s for s in speakers[basis, action] if about(s)]
            reads_actor = any(s.actors or s.except_actors for s in speaking)
            key = (tuple(s.name for s in speaking), actor if reads_actor else None)
            groups[key].append((basis, action))
        return groups.values()

    def _gate(
        self, gate: str, basis: str, group: list[tuple[str, str]], speaking: list[_Speaker],
        gates: dict[tuple[str, str], dict[str, str]], causes: dict[tuple[str, str], dict[tuple[str, str], str]],
    ) -> None:  # fmt: skip
        noun = self.law.gates[gate]
        mine = [s for s in speaking if s.gate == gate]
        literal = self._class_name(gate, basis, group)
        actor = self.law.bases[basis].actions[group[0][1]]
        self._gate_words(literal, gate, basis)
        is_open = noun.default == "open" and not (noun.trigger and any(s.opens for s in mine))
        default = literal if is_open else negate(literal)
        self.draft.default(default, f"{gate}: {'open unless barred' if is_open else 'closed unless shown'}.")
        found = {cause: f"closed:{literal}:{cause}" for cause in noun.causes if any(s.cause == cause for s in mine)}
        for speaker in mine:
            head = found.get(speaker.cause or "", literal if speaker.opens else negate(literal))
            self._speak(speaker, head, basis, group, actor)
        for cause, closed in found.items():
            self.draft.say(closed, f"{gate}: closed by {cause}", f"{gate}: not closed by {cause}")
            about = Authority(f"What is barred by {cause} is barred.", "", None, None, "guard")
            self.draft.add(TheoryRule(f"{closed}#bars", "defeasible", negate(literal), (closed,)), about)
        for pair in group:
            gates[pair][gate] = literal
            causes[pair].update({(gate, cause): closed for cause, closed in found.items()})

    def _gate_words(self, literal: str, gate: str, basis: str) -> None:
        title = self.law.bases[basis].title
        self.draft.say(literal, f"{gate}: open for {title}", f"{gate}: closed for {title}")

    def _class_name(self, what: str, basis: str, group: list[tuple[str, str]]) -> str:
        whole = len(group) == len(self.law.bases[basis].actions)
        return f"{what}:{basis}" if whole else f"{what}:{basis}:{group[0][1]}"

    def _step(
        self, step: str, basis: str, group: list[tuple[str, str]], speaking: list[_Speaker],
        steps: dict[tuple[str, str], dict[str, str]],
    ) -> None:  # fmt: skip
        mine = [s for s in speaking if s.step == step]
        if not mine:
            return
        literal = self._class_name(f"step:{step}", basis, group)
        self.draft.say(literal, f"{step} is still to come", f"{step} is not called for")
        self.draft.default(negate(literal), f"No {step} unless some law calls for it.")
        actor = self.law.bases[basis].actions[group[0][1]]
        for speaker in mine:
            self._speak(speaker, literal, basis, group, actor)
        for pair in group:
            steps[pair][step] = literal

    def _speak(self, s: _Speaker, head: str, basis: str, group: list[tuple[str, str]], actor: str) -> None:
        body = [
            *s.body,
            *self._actor(s.actors, actor),
            *(negate(x) for e in s.except_actors for x in self._actor([e], actor)),
        ]
        first = s.name not in self.draft.rules
        name = s.name if first else f"{s.name}@{self._class_name(s.gate or s.step or '', basis, group)}"
        self.draft.add(TheoryRule(name, s.kind, head, tuple(body)), s.about)
        self.draft.instances[s.name].append(name)

    def _actor(self, actors: Sequence[str], default: str) -> list[str]:
        """The literal "the actor is one of these", where the basis names ``default``."""
        if not actors:
            return []
        known = self.law.facts["actor"].values
        for name in actors:
            self.draft.known(name, known, "actor", None, "an actor condition")
        return [self.draft.keep(is_atom(f"actor.{default}", actors))]

    def choices(self) -> dict[tuple[str, str], Mapping[str, str]]:
        """(choice, law) -> the literals that it is forbidden, required, either of them not yet due (``pending``), and
        that the file of a law that is complete in places is complete here (``complete``)."""
        found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for i, rule in self.effects:
            effect = rule.then
            assert isinstance(effect, model.Effect)
            choice, law = effect.forbid or effect.require, effect.law
            if not choice:
                continue
            where = f"rule {rule.id}"
            self.draft.known(choice, self.law.choices, "choice", rule.place, where)
            self.draft.known(law, self.law.laws, "law", rule.place, where)
            if choice not in self.law.choices or law is None or law not in self.law.laws:
                continue
            word = "forbid" if effect.forbid else "require"
            name = f"{i.instrument}#{rule.id}"
            body = self._rule_body(i, rule)
            due = self.draft.since("acted_on", effect.due) if effect.due else None
            if due:
                early = self._choice_literal(found[choice, law], "pending", choice, law)
                about = rule_authority(i, rule)
                self.draft.add(TheoryRule(f"{name}@early", rule.kind, early, (*body, negate(due))), about)
                body = [*body, due]
            literal = self._choice_literal(found[choice, law], word, choice, law)
            self.draft.add(TheoryRule(name, rule.kind, literal, tuple(body)), rule_authority(i, rule))
            self.draft.instances[name].append(name)
        self._complete(found)
        return dict(found)

    def _choice_literal(self, literals: dict[str, str], word: str, choice: str, law: str) -> str:
        """The literal that a law forbids or requires a choice, or will; denied unless shown."""
        literal = literals.setdefault(word, f"{word}:{choice}:{law}")
        if literal not in self.draft.words:
            title, what = self.law.laws[law].title, _lower(self.law.choices[choice].title)
            says = "has a duty not yet due about" if word == "pending" else f"{word}s"
            denies = "has no duty still to come about" if word == "pending" else f"does not {word}"
            self.draft.say(literal, f"{title} {says} {what}", f"{title} {denies} {what}")
            self.draft.default(negate(literal), f"{title} {denies} it unless shown.")
        return literal

    def _complete(self, found: dict[tuple[str, str], dict[str, str]]) -> None:
        """The literal "the file speaks to every choice here", for a law that is complete in places."""
        for i in self.law.instruments.values():
            for law, noun in i.laws.items():
                if not noun.complete_where:
                    continue
                literal, title = f"complete:{law}", noun.title
                self.draft.say(literal, f"{title} is on file here", f"{title} is not on file here")
                self.draft.default(negate(literal), f"{title} is not on file unless shown.")
                body = self.draft.literals(noun.complete_where, noun.place, f"law {law}")
                about = Authority(f"{title} is on file here.", noun.cite, i.flag, i.instrument, "guard", noun.place)
                self.draft.add(TheoryRule(f"{i.instrument}#complete:{law}", "defeasible", literal, tuple(body)), about)
                for choice in self.law.choices:
                    found[choice, law]["complete"] = literal


def _lower(title: str) -> str:
    """A title within a sentence."""
    return title[:1].lower() + title[1:]
