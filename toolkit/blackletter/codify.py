"""Ruleset -> defeasible theory: gates, guards, dates, orders, questions and waivers, each by the one mechanism.

Every exception (`unless`, the end of an instrument, a stay of an order, the narrowing of its scope) is a defeater of
the rule's own ``applies`` literal, so another rule for the same conclusion is untouched. Every default (a gate, a
term not shown, a reading freely chosen) is a rule weaker than all others for that literal.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from . import model
from .atoms import (
    NEVER,
    Atom,
    Condition,
    is_atom,
    number_atom,
    order_atom,
    parse_condition,
    since_atom,
    yes_atom,
)  # fmt: skip
from .errors import Fault, Place, RulesetError, near_name, unknown_name
from .theory import Program, Theory, TheoryRule, atom_of, closed_walk, compile_theory, find_cycle, negate

if TYPE_CHECKING:
    from .ruleset import Ruleset

AWARD_AGENCY = "award_agency"
"""The actor a basis names when it names none: the head of the award's agency."""

_RANK = {"district": 3, "appeals": 4, "state high": 5, "supreme": 6}


@dataclass(frozen=True, slots=True)
class Authority:
    """Where a rule of the theory comes from: its words, pinpoint, instrument and flag, for every explanation.

    ``role`` is ``rule``, ``default``, ``guard``, ``date``, ``order``, ``holding``, ``reading``, ``waiver``.
    """

    says: str
    cite: str
    flag: str | None
    instrument: str | None
    role: str
    place: Place | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """The literals of one (action, basis): gates, closings by cause, and steps."""

    gates: Mapping[str, str]
    causes: Mapping[tuple[str, str], str]
    steps: Mapping[str, str]
    actor: str


@dataclass(frozen=True)
class Code:
    """The law compiled. ``atoms`` maps an atom's name to its test; ``authority`` a theory rule to its source."""

    theory: Theory
    program: Program
    atoms: Mapping[str, Atom]
    pairs: Mapping[tuple[str, str], Pair]
    choices: Mapping[tuple[str, str], Mapping[str, str]]
    authority: Mapping[str, Authority]
    words: Mapping[str, str] = field(repr=False)
    """Literal -> plain words."""
    constraints: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()
    """Literals over atoms: when all of the first hold, all of the second do."""

    @cached_property
    def by_fact(self) -> Mapping[str, tuple[Atom, ...]]:
        """Fact -> the atoms that test it."""
        found: dict[str, list[Atom]] = defaultdict(list)
        for atom in self.atoms.values():
            for fact in atom.facts:
                found[fact].append(atom)
        return {fact: tuple(atoms) for fact, atoms in found.items()}


def codify(ruleset: Ruleset) -> Code:
    """Compiles the law; raises `RulesetError` with every unknown name, clash and cycle at once."""
    return _Codifier(ruleset).run()


class _Codifier:
    def __init__(self, law: Ruleset) -> None:
        self.law = law
        self.rules: dict[str, TheoryRule] = {}
        self.superiority: set[tuple[str, str]] = set()
        self.atoms: dict[str, Atom] = {}
        self.authority: dict[str, Authority] = {}
        self.words: dict[str, str] = {}
        self.faults: list[Fault] = []
        self.instances: dict[str, list[str]] = defaultdict(list)
        self.effects: list[tuple[model.Instrument, model.Rule]] = []
        self.closings: list[_Closing] = []
        self.readers = {"acted_on", "as_of"}

    def run(self) -> Code:
        law = self.law
        self._check_names()
        self._lives = self._collect_lives()
        for instrument in law.instruments.values():
            self._in_force(instrument)
        for name in law.questions:
            self._question(name)
        for suit in law.suits:
            self._party(suit)
        for instrument in law.instruments.values():
            self._instrument(instrument)
        pairs = self._pairs()
        choices = self._choices()
        self._overrides()
        self._term_defaults()
        constraints = tuple(self._constraint(c) for c in law.constraints)
        self._stop()
        theory = Theory(tuple(self.rules.values()), frozenset(self.superiority), tuple(self.atoms))
        self._sound(theory)
        return Code(theory, compile_theory(theory), self.atoms, pairs, choices, self.authority, self.words, constraints)

    def _stop(self) -> None:
        if self.faults:
            raise RulesetError(self.faults)

    # rules ---------------------------------------------------------------------------------------------------------

    def _add(self, rule: TheoryRule, authority: Authority) -> None:
        if rule.id in self.rules:
            self.faults.append(Fault("duplicate-id", f'the id "{rule.id}" is used twice', authority.place))
        self.rules[rule.id] = rule
        self.authority[rule.id] = authority

    def _guarded(
        self, name: str, body: Iterable[str], unless: Iterable[str], authority: Authority, head: str,
        kind: str = "defeasible",
    ) -> None:  # fmt: skip
        """A rule whose exceptions attack only its own applicability."""
        exceptions = tuple(unless)
        if not exceptions:
            self._add(TheoryRule(name, kind, head, tuple(body)), authority)  # type: ignore[arg-type]
            return
        applies = self._applies(name, body, exceptions, authority)
        self._add(TheoryRule(name, kind, head, (applies,)), authority)  # type: ignore[arg-type]

    def _applies(self, name: str, body: Iterable[str], unless: Sequence[str], authority: Authority) -> str:
        applies = f"applies:{name.replace('#', ':')}"
        self.words[applies] = f"{authority.cite or name} applies"
        self.words["~" + applies] = f"{authority.cite or name} is met by an exception"
        guard = _as_role(authority, "guard")
        self._add(TheoryRule(f"{name}!applies", "defeasible", applies, tuple(body)), guard)
        for index, literal in enumerate(unless):
            self._add(TheoryRule(f"{name}!unless.{index}", "defeater", negate(applies), (literal,)), guard)
        return applies

    # conditions ----------------------------------------------------------------------------------------------------

    def _literals(self, lines: Iterable[str], place: Place | None, where: str) -> list[str]:
        found = (self._literal(line, place, where) for line in lines)
        return [literal for literal in found if literal is not None]

    def _literal(self, line: str, place: Place | None, where: str) -> str | None:
        condition = parse_condition(line)
        if condition is None:
            self.faults.append(Fault("condition", f'{where} has an unreadable condition "{line}"', place))
            return None
        try:
            literal = self._resolve(condition)
        except _BadError as bad:
            self.faults.append(bad.fault(place, where))
            return None
        return negate(literal) if condition.denied else literal

    def _resolve(self, c: Condition) -> str:
        if c.name in self.law.facts:
            return self._fact_literal(self.law.facts[c.name], c)
        if c.name in self.law.questions:
            return self._reading_literal(c)
        if c.name in self.law.terms:
            if c.op:
                raise _BadError(f'the term "{c.name}" is not compared with a value')
            return c.name
        known = (*self.law.facts, *self.law.questions, *self.law.terms)
        raise _BadError(f'an unknown fact or term "{c.name}"', near=near_name(c.name, known), code="unknown-name")

    def _reading_literal(self, c: Condition) -> str:
        readings = self.law.questions[c.name].readings
        if c.op not in ("=", "!=") or len(c.values) != 1:
            raise _BadError(f'the question "{c.name}" is compared as: {c.name} = reading')
        if c.values[0] not in readings:
            raise _BadError.value("reading", c.values[0], readings, of=c.name)
        literal = f"{c.name}:{c.values[0]}"
        return negate(literal) if c.op == "!=" else literal

    def _fact_literal(self, fact: model.Fact, c: Condition) -> str:
        maker = {
            "yes or no": self._yes_no, "one of": self._one_of, "number": self._number, "date": self._date,
            "set": self._member,
        }[fact.kind]  # fmt: skip
        literal = maker(fact, c)
        self.readers.add(c.name)
        return literal

    def _yes_no(self, fact: model.Fact, c: Condition) -> str:
        if not c.op:
            return self._keep(yes_atom(c.name))
        if c.op not in ("=", "!=") or c.values not in (("yes",), ("no",)):
            raise _BadError(f'"{c.name}" is yes or no')
        literal = self._keep(yes_atom(c.name))
        return literal if (c.values == ("yes",)) == (c.op == "=") else negate(literal)

    def _one_of(self, fact: model.Fact, c: Condition) -> str:
        if c.op not in ("=", "!="):
            raise _BadError(f'"{c.name}" is compared with = or != and one of its values')
        for value in c.values:
            if value not in fact.values:
                raise _BadError.value("value", value, fact.values, of=c.name)
        literal = self._keep(is_atom(c.name, c.values))
        return literal if c.op == "=" else negate(literal)

    def _number(self, fact: model.Fact, c: Condition) -> str:
        try:
            number = float(c.values[0].replace(",", "")) if len(c.values) == 1 else None
        except ValueError:
            number = None
        if number is None or c.op in ("", "has"):
            raise _BadError(f'"{c.name}" is compared with a number')
        return self._ordered(c.op, lambda op: self._keep(number_atom(c.name, op, number)))

    def _date(self, fact: model.Fact, c: Condition) -> str:
        if len(c.values) != 1 or c.op in ("", "has"):
            raise _BadError(f'"{c.name}" is compared with a day (2017-06-30), with never, or with another date fact')
        other = c.values[0]
        if other in self.law.facts and self.law.facts[other].kind == "date":
            return self._two_dates(c.name, c.op, other)
        day = _day(other)
        if day is None:
            raise _BadError(f'"{c.name}" is compared with "{other}", which is no day, date fact or never')
        if c.op in ("=", "!=") and day == NEVER:
            literal = self._keep(since_atom(c.name, NEVER))
            return literal if c.op == "=" else negate(literal)
        following = day + dt.timedelta(1) if day != NEVER else NEVER
        return self._ordered(c.op, lambda op: self._keep(since_atom(c.name, day if op == "ge" else following)))

    def _two_dates(self, name: str, op: str, other: str) -> str:
        self.readers.add(other)
        if op in (">=", "<"):
            literal = self._keep(order_atom(name, other))
            return literal if op == ">=" else negate(literal)
        if op in ("<=", ">"):
            literal = self._keep(order_atom(other, name))
            return literal if op == "<=" else negate(literal)
        raise _BadError("two dates are compared with >=, >, <= or <")

    def _ordered(self, op: str, make: Any) -> str:
        if op in ("=", "!="):
            raise _BadError("numbers and days are compared with >=, >, <= or <")
        literal: str = make("ge" if op in (">=", "<") else "gt")
        return literal if op in (">=", ">") else negate(literal)

    def _member(self, fact: model.Fact, c: Condition) -> str:
        if c.op != "has" or len(c.values) != 1:
            raise _BadError(f'"{c.name}" is asked as: {c.name} has suit')
        if c.values[0] not in self.law.suits:
            raise _BadError.value("suit", c.values[0], self.law.suits, of=c.name)
        return f"party:{c.values[0]}"

    def _keep(self, atom: Atom) -> str:
        self.atoms.setdefault(atom.name, atom)
        return atom.name

    # dates ---------------------------------------------------------------------------------------------------------

    def _since(self, clock: str, day: dt.date) -> str | None:
        """The literal for "on or after this day", None when every covered day is."""
        return None if day <= self.law.covered.start else self._keep(since_atom(clock, day))

    def _collect_lives(self) -> Mapping[str, list[tuple[model.Instrument, model.LifeEvent]]]:
        lives: dict[str, list[tuple[model.Instrument, model.LifeEvent]]] = defaultdict(list)
        known = self.law.rulings
        for instrument in self.law.instruments.values():
            for event in instrument.life:
                lives[event.order].append((instrument, event))
                if event.order not in known:
                    where = f"{instrument.instrument}: a life event"
                    self.faults.append(unknown_name("order", event.order, sorted(known), event.place, where=where))
        for events in lives.values():
            events.sort(key=lambda pair: pair[1].on)
        return lives

    def _in_force(self, i: model.Instrument) -> None:
        """The literal ``in_force:instrument``, unless it is in force on every covered day."""
        starts = self._since(_clock(i), i.in_force.start) if i.in_force.start else None
        ends = [*self._own_end(i), *self._revocations(i)]
        if starts is None and not ends:
            return
        literal = f"in_force:{i.instrument}"
        self.words[literal] = f"{i.title} is in force"
        self.words["~" + literal] = f"{i.title} is not in force"
        about = Authority(
            f"{i.title} is in force{_span_words(i.in_force)}.", i.cite, i.flag, i.instrument, "date", i.place
        )
        self._guarded(f"{i.instrument}#in-force", [starts] if starts else [], ends, about, literal)
        self._default(negate(literal), f"{i.title} is not in force on that day.")

    def _own_end(self, i: model.Instrument) -> Iterable[str]:
        if i.in_force.until:
            yield self._keep(since_atom(_clock(i), i.in_force.until))

    def _revocations(self, i: model.Instrument) -> Iterable[str]:
        for other in self.law.instruments.values():
            for end in other.revokes:
                if end.instrument == i.instrument:
                    literal = f"revoked:{i.instrument}:{other.instrument}"
                    self.words[literal] = f"{other.title} has ended {i.title}"
                    says = f"{other.title} ends {i.title} from {_say_day(end.on)}."
                    about = Authority(says, end.cite, other.flag, other.instrument, "date", end.place)
                    body = (self._keep(since_atom("acted_on", end.on)),)
                    self._add(TheoryRule(f"{other.instrument}#ends:{i.instrument}", "defeasible", literal, body), about)
                    yield literal

    def _force(self, i: model.Instrument) -> list[str]:
        literal = f"in_force:{i.instrument}"
        return [literal] if literal in self.words else []

    def _default(self, literal: str, says: str) -> None:
        """A rule for ``literal`` weaker than every rule against it."""
        about = Authority(says, "", None, None, "default")
        self._add(TheoryRule(f"default:{literal.replace('~', 'not:')}", "defeasible", literal), about)

    # instruments ---------------------------------------------------------------------------------------------------

    def _instrument(self, i: model.Instrument) -> None:
        for rule in i.rules:
            if isinstance(rule.then, str):
                self._term_rule(i, rule)
            else:
                self.effects.append((i, rule))
        for order in i.orders:
            self._order(i, order)
        for holding in i.holdings:
            self._holding(i, holding)
        for waiver in i.waivers:
            self._waiver(i, waiver)

    def _term_rule(self, i: model.Instrument, rule: model.Rule) -> None:
        name, where = f"{i.instrument}#{rule.id}", f"rule {rule.id}"
        head = parse_condition(str(rule.then))
        if head is None or head.op or head.name not in self.law.terms:
            word = head.name if head else str(rule.then)
            self.faults.append(unknown_name("term", word, self.law.terms, rule.place, where=where))
            return
        body = self._literals(rule.when, rule.place, where) + self._force(i)
        unless = self._literals(rule.unless, rule.place, where)
        literal = negate(head.name) if head.denied else head.name
        self._guarded(name, body, unless, _rule_authority(i, rule), literal, rule.kind)
        self.instances[name].append(name)

    def _rule_body(self, i: model.Instrument, rule: model.Rule) -> list[str]:
        """The body of an effect rule; with exceptions, or several instances, through its ``applies`` literal."""
        name, where = f"{i.instrument}#{rule.id}", f"rule {rule.id}"
        body = self._literals(rule.when, rule.place, where) + self._force(i)
        unless = self._literals(rule.unless, rule.place, where)
        if not unless:
            return body
        return [self._applies(name, body, unless, _rule_authority(i, rule))]

    # orders, waivers -----------------------------------------------------------------------------------------------

    def _order(self, i: model.Instrument, o: model.Order) -> None:
        key = o.id.replace("#", ":")
        about = Authority(o.says, o.cite, o.flag, i.instrument, "order", o.place, o.id)
        events = self._lives.get(o.id, [])
        stands, covers = f"order:{key}", f"protected:{key}"
        self.words[stands], self.words["~" + stands] = f"the order {o.id} stands", f"the order {o.id} does not stand"
        self.words[covers] = f"the city is among those the order {o.id} protects"
        self.words["~" + covers] = f"the city is not among those the order {o.id} protects"
        body = [*self._days(o.issued), *self._literals(o.when, o.place, f"order {o.id}")]
        ends = [*self._until(o.until), *self._ends(o.id, events), *self._stays(o.id, events)]
        self._guarded(f"{o.id}#stands", body, ends, about, stands)
        self._protection(o, events, about, covers)
        for literal, says in ((stands, f"{o.id} does not stand."), (covers, f"{o.id} does not protect this city.")):
            self._default(negate(literal), says)
        self.closings.append(_Closing(o.id, o, "orders", "court", (stands, covers), about, tuple(o.except_actors)))

    def _days(self, day: dt.date) -> list[str]:
        literal = self._since("acted_on", day)
        return [literal] if literal else []

    def _until(self, day: dt.date | None) -> list[str]:
        return [self._keep(since_atom("acted_on", day))] if day else []

    def _event(self, name: str, i: model.Instrument, e: model.LifeEvent, unless: list[str]) -> str:
        literal = f"{e.event.replace(' ', '-')}:{name.replace('#', ':')}:{e.on}"
        self.words[literal] = f"{name} was {e.event} on {_say_day(e.on)}"
        about = Authority(e.says, e.cite, e.flag, i.instrument, "order", e.place, name)
        body = [*self._days(e.on), *self._literals(e.when, e.place, f"the {e.event} of {name}")]
        self._guarded(f"{name}#{e.event.replace(' ', '-')}:{e.on}", body, unless, about, literal)
        return literal

    def _ends(self, name: str, events: Sequence[tuple[model.Instrument, model.LifeEvent]]) -> Iterable[str]:
        for i, e in events:
            if e.event in ("reversed", "vacated", "moot", "ended"):
                yield self._event(name, i, e, [])

    def _stays(self, name: str, events: Sequence[tuple[model.Instrument, model.LifeEvent]]) -> Iterable[str]:
        for i, e in events:
            if e.event == "stayed":
                later = [pair for pair in events if pair[1].event == "stay lifted" and pair[1].on >= e.on]
                lifted = [self._event(name, *pair, []) for pair in later[:1]]
                yield self._event(name, i, e, lifted)

    def _protection(
        self, o: model.Order, events: Sequence[tuple[model.Instrument, model.LifeEvent]], about: Authority, covers: str
    ) -> None:
        narrowings = [(i, e) for i, e in events if e.event == "narrowed"]
        narrowed = [self._event(o.id, i, e, []) for i, e in narrowings]
        self._scope(o, o.protects, [], narrowed, about, covers, "protects")
        for index, (i, e) in enumerate(narrowings):
            words = Authority(e.says, e.cite, e.flag, i.instrument, "order", e.place, o.id)
            self._scope(o, e.protects, [narrowed[index]], narrowed[index + 1 :], words, covers, f"narrowed.{index}")
        for index, (i, e) in enumerate((i, e) for i, e in events if e.event == "extended"):
            words = Authority(e.says, e.cite, e.flag, i.instrument, "order", e.place, o.id)
            self._scope(o, e.protects, self._days(e.on), [], words, covers, f"extended.{index}")

    def _scope(
        self, o: model.Order | model.Waiver, protects: Sequence[model.Protects], body: list[str], unless: list[str],
        about: Authority, covers: str, tag: str,
    ) -> None:  # fmt: skip
        number = 0
        for p in protects:
            extra = self._literals(p.when, p.place or o.place, f"{o.id} protects")
            for literal in self._protected(o, p):
                name = f"{o.id}#{tag}.{number}"
                self._guarded(name, [*body, *extra, *([literal] if literal else [])], unless, about, covers)
                number += 1

    def _protected(self, o: model.Order | model.Waiver, p: model.Protects) -> Iterable[str | None]:
        if p.everyone:
            yield None
        if p.parties:
            suit = o.suit if isinstance(o, model.Order) else o.id
            yield self._literal(f"party_to has {suit}", o.place, o.id)
        if p.states:
            yield self._literal(f"state = {' or '.join(p.states)}", o.place, o.id)
        if p.programs:
            yield self._literal(f"program = {' or '.join(p.programs)}", o.place, o.id)

    def _waiver(self, i: model.Instrument, w: model.Waiver) -> None:
        about = Authority(w.says, w.cite, w.flag, i.instrument, "waiver", w.place, w.id)
        key = w.id.replace("#", ":")
        stands, covers = f"waiver:{key}", f"waived_for:{key}"
        self.words[stands], self.words["~" + stands] = f"the waiver {w.id} stands", f"the waiver {w.id} does not stand"
        self.words[covers] = f"the waiver {w.id} covers the city"
        self.words["~" + covers] = f"the waiver {w.id} does not cover the city"
        body = [*self._days(w.start), *self._literals(w.when, w.place, w.id)]
        self._guarded(f"{w.id}#stands", body, self._until(w.until), about, stands)
        self._scope(w, w.protects, [], [], about, covers, "covers")
        for literal, says in ((stands, f"{w.id} does not stand."), (covers, f"{w.id} does not cover this city.")):
            self._default(negate(literal), says)
        self.closings.append(_Closing(w.id, w, "orders", "waiver", (stands, covers), about))

    # questions -----------------------------------------------------------------------------------------------------

    def _question(self, name: str) -> None:
        q = self.law.questions[name]
        if q.presumed is not None and q.presumed not in q.readings:
            self.faults.append(unknown_name("reading", q.presumed, q.readings, q.place, where=name))
            return
        for reading, text in q.readings.items():
            literal = f"{name}:{reading}"
            self.words[literal] = f"on the question {q.asks.rstrip('?')}, the reading is: {text.says}"
            self.words["~" + literal] = f"on the question {q.asks.rstrip('?')}, the reading is not: {text.says}"
            about = Authority(text.says, "", q.flag, None, "reading", text.place, name)
            free = self._keep(Atom(f"free:{name}:{reading}", f"free:{name}", "is", (reading,)))
            self._source(name, reading, f"{name}#open:{reading}", [free], [], about, 0)
            said = self._keep(Atom(f"assumed:{name}:{reading}", f"assumed:{name}", "is", (reading,)))
            assumed = Authority(f"Assumed by the user: {text.says}", "", None, None, "reading", text.place, name)
            self._source(name, reading, f"{name}#assumed:{reading}", [said], [], assumed, 9)
        self._presumption(name, q)

    def _presumption(self, name: str, q: model.Question) -> None:
        if q.presumed is None:
            return
        body = [negate(self._keep(since_atom("as_of", q.open_from)))] if q.open_from else []
        until = f" until {_say_day(q.open_from)}" if q.open_from else ""
        about = Authority(f"Presumed{until}: {q.readings[q.presumed].says}", "", q.flag, None, "reading", q.place, name)
        self._source(name, q.presumed, f"{name}#presumed", body, [], about, 1)

    def _source(
        self, question: str, reading: str, name: str, body: list[str], unless: list[str], about: Authority, rank: float
    ) -> None:
        """One thing that says which reading holds: a free choice, a presumption, a holding, an assumption.

        Above the free choice each also speaks against the other readings; the higher rank prevails.
        """
        if unless:
            body = [self._applies(name, body, unless, about)]
        self._add(TheoryRule(name, "defeasible", f"{question}:{reading}", tuple(body)), about)
        others = [r for r in self.law.questions[question].readings if r != reading] if rank else []
        for other in others:
            self._add(TheoryRule(f"{name}/not:{other}", "defeasible", f"~{question}:{other}", tuple(body)), about)
        mine = [name, *(f"{name}/not:{other}" for other in others)]
        ranked = self.__dict__.setdefault("_ranked", defaultdict(list))
        for other_rank, ids in ranked[question]:
            strong, weak = (mine, ids) if rank > other_rank else (ids, mine)
            if rank != other_rank:
                self._prefer(strong, weak)
        ranked[question].append((rank, mine))

    def _prefer(self, strong: Iterable[str], weak: Iterable[str]) -> None:
        for s in strong:
            for w in weak:
                if self.rules[s].head == negate(self.rules[w].head):
                    self.superiority.add((s, w))

    def _holding(self, i: model.Instrument, h: model.Holding) -> None:
        where = f"holding {h.id}"
        question = self.law.questions.get(h.question)
        if question is None:
            self.faults.append(unknown_name("question", h.question, self.law.questions, h.place, where=where))
            return
        if h.reading not in question.readings:
            self.faults.append(unknown_name("reading", h.reading, question.readings, h.place, where=where))
            return
        about = Authority(h.says, h.cite, h.flag, i.instrument, "holding", h.place, h.id)
        since = self._since("as_of", h.decided)
        body = [*([since] if since else []), *self._literals(h.when, h.place, where), *self._territory(h, where)]
        ends = [self._keep(since_atom("as_of", h.until))] if h.until else []
        ends += [
            self._event_as_of(h.id, j, e) for j, e in self._lives.get(h.id, []) if e.event in ("reversed", "vacated")
        ]
        rank = _RANK[h.level] + h.decided.toordinal() / 1e7
        self._source(h.question, h.reading, f"{i.instrument}#{h.id}", body, ends, about, rank)

    def _event_as_of(self, name: str, i: model.Instrument, e: model.LifeEvent) -> str:
        literal = f"{e.event}:{name.replace('#', ':')}:{e.on}"
        self.words[literal] = f"{name} was {e.event} on {_say_day(e.on)}"
        about = Authority(e.says, e.cite, e.flag, i.instrument, "holding", e.place, name)
        body = (self._keep(since_atom("as_of", e.on)),)
        self._add(TheoryRule(f"{name}#{e.event}:{e.on}", "defeasible", literal, body), about)
        return literal

    def _territory(self, h: model.Holding, where: str) -> list[str]:
        """Whom a holding binds: everyone (Supreme Court), a circuit (court of appeals), the parties (district court)."""
        lines = []
        if h.level == "district" and h.suit:
            lines.append(f"party_to has {h.suit}")
        if h.level == "appeals":
            lines.append(f"circuit = {' or '.join(h.circuits)}")
        if h.level == "state high":
            lines.append(f"state = {' or '.join(h.states)}")
        return self._literals(lines, h.place, where)

    def _party(self, suit: str) -> None:
        s = self.law.suits[suit]
        literal = f"party:{suit}"
        self.words[literal], self.words["~" + literal] = (
            f"the city is a party to {s.title}",
            f"the city is no party to {s.title}",
        )
        about = Authority(f"Parties to {s.title}.", s.court, s.flag, None, "rule", s.place, suit)
        member = self._keep(Atom(f"party_to:{suit}", f"party_to:{suit}", "is", (True,)))
        self._add(TheoryRule(f"{suit}#member", "defeasible", literal, (member,)), about)
        if s.states and "state" in self.law.facts:
            state = self._literal(f"state = {' or '.join(s.states)}", s.place, suit)
            denied = self._keep(Atom(f"not_party_to:{suit}", f"not_party_to:{suit}", "is", (True,)))
            if state:
                self._guarded(f"{suit}#state", [state], [denied], about, literal)
        if s.association and s.association in self.law.facts:
            joined = self._literal(s.association, s.place, suit)
            if joined:
                self._add(TheoryRule(f"{suit}#association", "defeasible", literal, (joined,)), about)
        self._default(negate(literal), f"No party to {s.title}.")

    # gates ---------------------------------------------------------------------------------------------------------

    def _pairs(self) -> dict[tuple[str, str], Pair]:
        speakers: dict[tuple[str, str], list[_Speaker]] = {
            (b, a): [] for b, basis in self.law.bases.items() for a in basis.actions
        }
        for i, rule in self.effects:
            self._aim(i, rule, speakers)
        for closing in self.closings:
            self._aim_closing(closing, speakers)
        self._stop()
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
        self._known(gate, self.law.gates, "gate", rule.place, where)
        self._known(effect.step, self.law.steps, "step", rule.place, where)
        for basis in effect.basis:
            self._known(basis, self.law.bases, "basis", rule.place, where)
        actions = self._actions(effect.actions, rule.place, where)
        if gate and effect.close and gate in self.law.gates:
            self._check_cause(effect, self.law.gates[gate], rule.place, where)
        body = self._rule_body(i, rule)
        about, name = _rule_authority(i, rule), f"{i.instrument}#{rule.id}"
        speaker = _Speaker(
            name, gate, effect.step, bool(effect.open), effect.by, tuple(body), tuple(effect.actors), about
        )
        hit = [p for p in speakers if self._selected(effect, p, actions)]
        if not hit and not self.faults:
            self.faults.append(Fault("no-target", f"{where} touches no (action, basis) pair on file", rule.place))
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
            self.faults.append(unknown_name("cause", effect.by, gate.causes, place, where=where))

    def _known(self, name: str | None, known: Iterable[str], kind: str, place: Place | None, where: str) -> None:
        names = list(known)
        if name is not None and name not in names:
            plural = "bases" if kind == "basis" else None
            self.faults.append(unknown_name(kind, name, names, place, where=where, plural=plural))

    def _actions(self, names: Iterable[str], place: Place | None, where: str) -> set[str]:
        found: set[str] = set()
        for name in names:
            if name in self.law.groups:
                found.update(self.law.groups[name])
            else:
                self._known(name, (*self.law.actions, *self.law.groups), "action", place, where)
                found.add(name)
        return found

    def _aim_closing(self, c: _Closing, speakers: dict[tuple[str, str], list[_Speaker]]) -> None:
        noun = c.noun
        for basis in noun.bases:
            self._known(basis, self.law.bases, "basis", noun.place, c.name)
        actions = self._actions(noun.actions, noun.place, c.name)
        spared = self._actions(getattr(noun, "except_actions", ()), noun.place, c.name)
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
        self._default(default, f"{gate}: {'open unless barred' if is_open else 'closed unless shown'}.")
        found = {cause: f"closed:{literal}:{cause}" for cause in noun.causes if any(s.cause == cause for s in mine)}
        for speaker in mine:
            head = found.get(speaker.cause or "", literal if speaker.opens else negate(literal))
            self._speak(speaker, head, basis, group, actor)
        for cause, closed in found.items():
            self.words[closed], self.words["~" + closed] = (
                f"{gate}: closed by {cause}",
                f"{gate}: not closed by {cause}",
            )
            about = Authority(f"What is barred by {cause} is barred.", "", None, None, "guard")
            self._add(TheoryRule(f"{closed}#bars", "defeasible", negate(literal), (closed,)), about)
        for pair in group:
            gates[pair][gate] = literal
            causes[pair].update({(gate, cause): closed for cause, closed in found.items()})

    def _gate_words(self, literal: str, gate: str, basis: str) -> None:
        title = self.law.bases[basis].title
        self.words[literal] = f"{gate}: open for {title}"
        self.words["~" + literal] = f"{gate}: closed for {title}"

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
        self.words[literal], self.words["~" + literal] = f"{step} is still to come", f"{step} is not called for"
        self._default(negate(literal), f"No {step} unless some law calls for it.")
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
        first = s.name not in self.rules
        name = s.name if first else f"{s.name}@{self._class_name(s.gate or s.step or '', basis, group)}"
        self._add(TheoryRule(name, "defeasible", head, tuple(body)), s.about)
        self.instances[s.name].append(name)

    def _actor(self, actors: Sequence[str], default: str) -> list[str]:
        """The literal "the actor is one of these", where the basis names ``default``."""
        if not actors:
            return []
        known = self.law.facts["actor"].values
        for name in actors:
            self._known(name, known, "actor", None, "an actor condition")
        return [self._keep(is_atom(f"actor.{default}", actors))]

    # choices, overrides, defaults ----------------------------------------------------------------------------------

    def _choices(self) -> dict[tuple[str, str], Mapping[str, str]]:
        found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for i, rule in self.effects:
            effect = rule.then
            assert isinstance(effect, model.Effect)
            choice, law = effect.forbid or effect.require, effect.law
            if not choice:
                continue
            where = f"rule {rule.id}"
            self._known(choice, self.law.choices, "choice", rule.place, where)
            self._known(law, self.law.laws, "law", rule.place, where)
            if choice not in self.law.choices or law is None or law not in self.law.laws:
                continue
            word = "forbid" if effect.forbid else "require"
            literal = f"{word}:{choice}:{law}"
            if literal not in self.words:
                self.words[literal] = f"{law} {word}s {choice}"
                self.words["~" + literal] = f"{law} does not {word} {choice}"
                self._default(negate(literal), f"{law} does not {word} it unless shown.")
            name = f"{i.instrument}#{rule.id}"
            body = self._rule_body(i, rule)
            self._add(TheoryRule(name, rule.kind, literal, tuple(body)), _rule_authority(i, rule))
            self.instances[name].append(name)
            found[choice, law][word] = literal
        return dict(found)

    def _overrides(self) -> None:
        """Stated superiority, and defaults below everything."""
        for i in self.law.instruments.values():
            for rule in i.rules:
                for weaker in rule.over:
                    full = weaker if "#" in weaker else f"{i.instrument}#{weaker}"
                    if full not in self.instances:
                        known = [n.removeprefix(f"{i.instrument}#") for n in self.instances]
                        self.faults.append(unknown_name("rule", weaker, known, rule.place, where=f"rule {rule.id}"))
                    self._prefer(self.instances.get(f"{i.instrument}#{rule.id}", ()), self.instances.get(full, ()))

    def _term_defaults(self) -> None:
        """A term that some body needs denied is denied unless shown."""
        bodies = {literal for rule in self.rules.values() for literal in rule.body}
        for term, noun in self.law.terms.items():
            self.words[term], self.words["~" + term] = noun.says, noun.denies
            if "~" + term in bodies:
                self._default("~" + term, noun.denies)
        by_head: dict[str, list[str]] = defaultdict(list)
        for rule in self.rules.values():
            by_head[rule.head].append(rule.id)
        for rule in list(self.rules.values()):
            if rule.id.startswith("default:"):
                self.superiority.update((other, rule.id) for other in by_head[negate(rule.head)])

    def _constraint(self, c: model.Constraint) -> tuple[tuple[str, ...], tuple[str, ...]]:
        where = "a constraint"
        return tuple(self._literals(c.when, c.place, where)), tuple(self._literals(c.then, c.place, where))

    # checks --------------------------------------------------------------------------------------------------------

    def _check_names(self) -> None:
        """One name, one meaning: facts, terms and questions share a namespace."""
        seen: dict[str, str] = dict.fromkeys(self.law.facts, "fact")
        for name in self.law.questions:
            self._claim(seen, name, "question", self.law.questions[name].place)
        owners: dict[tuple[str, str], str] = {}
        for i in self.law.instruments.values():
            for kind, group in (("term", i.terms), ("basis", i.bases), ("law", i.laws)):
                for name, noun in group.items():
                    if (kind, name) in owners:
                        what = f'the {kind} "{name}" is defined twice, also in {owners[kind, name]}'
                        self.faults.append(Fault("duplicate-id", what, noun.place))
                    owners[kind, name] = i.instrument
            for name, term in i.terms.items():
                self._claim(seen, name, "term", term.place)
            for revoked in i.revokes:
                self._known(revoked.instrument, self.law.instruments, "instrument", revoked.place, "revokes")
            for basis, noun in i.bases.items():
                for action in noun.actions:
                    self._known(action, self.law.actions, "action", noun.place, f"basis {basis}")
            for order in i.orders:
                self._known(order.suit, self.law.suits, "suit", order.place, f"order {order.id}")
        self._stop()

    def _claim(self, seen: dict[str, str], name: str, kind: str, place: Place | None) -> None:
        if name in seen and seen[name] != kind:
            self.faults.append(Fault("duplicate-id", f'"{name}" is both a {seen[name]} and a {kind}', place))
        seen[name] = kind

    def _sound(self, theory: Theory) -> None:
        cycle = find_cycle(theory)
        if cycle:
            self.faults.append(Fault("cycle", "conclusions depend on each other in a circle: " + " -> ".join(cycle)))
        edges: dict[str, list[str]] = defaultdict(list)
        for strong, weak in theory.superiority:
            edges[strong].append(weak)
        circle = closed_walk(edges)
        if circle:
            self.faults.append(Fault("cyclic-superiority", "superiority runs in a circle: " + " > ".join(circle)))
        for rule in theory.rules:
            if rule.kind == "strict" and any(r.kind == "strict" for r in theory.attackers(rule.head)):
                what = f'strict rules conclude both "{atom_of(rule.head)}" and its denial'
                self.faults.append(Fault("inconsistent", what, self.authority[rule.id].place))
        self._stop()


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


@dataclass(frozen=True, slots=True)
class _Closing:
    """An order or waiver, ready to close a gate."""

    name: str
    noun: Any
    gate: str
    cause: str
    body: tuple[str, ...]
    about: Authority
    except_actors: tuple[str, ...] = ()


class _BadError(Exception):
    """A condition that cannot be resolved."""

    def __init__(
        self,
        what: str,
        known: tuple[str, ...] = (),
        near: str | None = None,
        code: str = "condition",
        known_as: str = "",
    ) -> None:
        super().__init__(what)
        self.what, self.known, self.near, self.code, self.known_as = what, known, near, code, known_as

    @classmethod
    def value(cls, kind: str, word: str, known: Iterable[str], of: str) -> _BadError:
        names = tuple(known)
        what = f'an unknown {kind} "{word}" of "{of}"'
        return cls(what, names, near_name(word, names), f"unknown-{kind}", f"known {kind}s")

    def fault(self, place: Place | None, where: str) -> Fault:
        verb = "has " if self.what.startswith("an ") else ": "
        text = f"{where} {verb}{self.what}" if verb == "has " else f"{where}: {self.what}"
        return Fault(self.code, text, place, self.known, self.known_as or "known", self.near)


def _rule_authority(i: model.Instrument, rule: model.Rule) -> Authority:
    return Authority(
        rule.says, rule.cite, rule.flag or i.flag, i.instrument, "rule", rule.place, f"{i.instrument}#{rule.id}"
    )


def _as_role(about: Authority, role: str) -> Authority:
    return Authority(about.says, about.cite, about.flag, about.instrument, role, about.place, about.name)


def _clock(i: model.Instrument) -> str:
    """Holdings are read on the day of asking, other law on the day of the act."""
    return "as_of" if i.kind == "court decision" else "acted_on"


def _day(text: str) -> dt.date | None:
    if text == "never":
        return NEVER
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _say_day(day: dt.date) -> str:
    return f"{day.day} {day:%B %Y}"


def _span_words(span: model.Span) -> str:
    start = f" from {_say_day(span.start)}" if span.start else ""
    until = f" until {_say_day(span.until)}" if span.until else ""
    return start + until
