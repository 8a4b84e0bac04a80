"""A theory being written: rules with their sources, exceptions as guards, defaults, and conditions read as literals.

Every exception is a defeater of the rule's own ``applies`` literal, so another rule for the same conclusion is
untouched. Every default is a rule weaker than all others for that literal.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
)
from .errors import Fault, Place, near_name, unknown_name
from .theory import TheoryRule, negate

if TYPE_CHECKING:
    from .ruleset import Ruleset


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


class Draft:
    """The rules, superiority, atoms, sources and words of a theory being written, and every fault found so far."""

    def __init__(self, law: Ruleset) -> None:
        self.law = law
        self.rules: dict[str, TheoryRule] = {}
        self.superiority: set[tuple[str, str]] = set()
        self.atoms: dict[str, Atom] = {}
        self.authority: dict[str, Authority] = {}
        self.words: dict[str, str] = {}
        self.faults: list[Fault] = []
        self.instances: dict[str, list[str]] = defaultdict(list)

    def force(self, i: model.Instrument) -> list[str]:
        """The literal "this instrument is in force", none when it is on every covered day."""
        literal = f"in_force:{i.instrument}"
        return [literal] if literal in self.words else []

    def say(self, literal: str, yes: str, no: str) -> None:
        """Plain words for a literal and its denial."""
        self.words[literal], self.words["~" + literal] = yes, no

    def add(self, rule: TheoryRule, authority: Authority) -> None:
        if rule.id in self.rules:
            self.faults.append(Fault("duplicate-id", f'the id "{rule.id}" is used twice', authority.place))
        self.rules[rule.id] = rule
        self.authority[rule.id] = authority

    def guarded(
        self, name: str, body: Iterable[str], unless: Iterable[str], authority: Authority, head: str,
        kind: str = "defeasible",
    ) -> None:  # fmt: skip
        """A rule whose exceptions attack only its own applicability."""
        exceptions = tuple(unless)
        if not exceptions:
            self.add(TheoryRule(name, kind, head, tuple(body)), authority)  # type: ignore[arg-type]
            return
        applies = self.applies(name, body, exceptions, authority)
        self.add(TheoryRule(name, kind, head, (applies,)), authority)  # type: ignore[arg-type]

    def applies(self, name: str, body: Iterable[str], unless: Sequence[str], authority: Authority) -> str:
        applies = f"applies:{name.replace('#', ':')}"
        self.say(applies, f"{authority.cite or name} applies", f"{authority.cite or name} is met by an exception")
        guard = as_role(authority, "guard")
        self.add(TheoryRule(f"{name}!applies", "defeasible", applies, tuple(body)), guard)
        for index, literal in enumerate(unless):
            self.add(TheoryRule(f"{name}!unless.{index}", "defeater", negate(applies), (literal,)), guard)
        return applies

    def default(self, literal: str, says: str) -> None:
        """A rule for ``literal`` weaker than every rule against it."""
        about = Authority(says, "", None, None, "default")
        self.add(TheoryRule(f"default:{literal.replace('~', 'not:')}", "defeasible", literal), about)

    def prefer(self, strong: Iterable[str], weak: Iterable[str]) -> None:
        for s in strong:
            for w in weak:
                if self.rules[s].head == negate(self.rules[w].head):
                    self.superiority.add((s, w))

    def known(self, name: str | None, known: Iterable[str], kind: str, place: Place | None, where: str) -> None:
        names = list(known)
        if name is not None and name not in names:
            plural = "bases" if kind == "basis" else None
            self.faults.append(unknown_name(kind, name, names, place, where=where, plural=plural))

    def actions(self, names: Iterable[str], place: Place | None, where: str) -> set[str]:
        found: set[str] = set()
        for name in names:
            if name in self.law.groups:
                found.update(self.law.groups[name])
            else:
                self.known(name, (*self.law.actions, *self.law.groups), "action", place, where)
                found.add(name)
        return found

    def literals(self, lines: Iterable[str], place: Place | None, where: str) -> list[str]:
        found = (self.literal(line, place, where) for line in lines)
        return [literal for literal in found if literal is not None]

    def literal(self, line: str, place: Place | None, where: str) -> str | None:
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
        return maker(fact, c)

    def _yes_no(self, fact: model.Fact, c: Condition) -> str:
        if not c.op:
            return self.keep(yes_atom(c.name))
        if c.op not in ("=", "!=") or c.values not in (("yes",), ("no",)):
            raise _BadError(f'"{c.name}" is yes or no')
        literal = self.keep(yes_atom(c.name))
        return literal if (c.values == ("yes",)) == (c.op == "=") else negate(literal)

    def _one_of(self, fact: model.Fact, c: Condition) -> str:
        if c.op not in ("=", "!="):
            raise _BadError(f'"{c.name}" is compared with = or != and one of its values')
        for value in c.values:
            if value not in fact.values:
                raise _BadError.value("value", value, fact.values, of=c.name)
        literal = self.keep(is_atom(c.name, c.values))
        return literal if c.op == "=" else negate(literal)

    def _number(self, fact: model.Fact, c: Condition) -> str:
        try:
            number = float(c.values[0].replace(",", "")) if len(c.values) == 1 else None
        except ValueError:
            number = None
        if number is None or c.op in ("", "has"):
            raise _BadError(f'"{c.name}" is compared with a number')
        return self._ordered(c.op, lambda op: self.keep(number_atom(c.name, op, number)))

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
            literal = self.keep(since_atom(c.name, NEVER))
            return literal if c.op == "=" else negate(literal)
        following = day + dt.timedelta(1) if day != NEVER else NEVER
        return self._ordered(c.op, lambda op: self.keep(since_atom(c.name, day if op == "ge" else following)))

    def _two_dates(self, name: str, op: str, other: str) -> str:
        if op in (">=", "<"):
            literal = self.keep(order_atom(name, other))
            return literal if op == ">=" else negate(literal)
        if op in ("<=", ">"):
            literal = self.keep(order_atom(other, name))
            return literal if op == "<=" else negate(literal)
        raise _BadError("two dates are compared with >=, >, <= or <")

    def _ordered(self, op: str, make: Callable[[str], str]) -> str:
        if op in ("=", "!="):
            raise _BadError("numbers and days are compared with >=, >, <= or <")
        literal = make("ge" if op in (">=", "<") else "gt")
        return literal if op in (">=", ">") else negate(literal)

    def _member(self, fact: model.Fact, c: Condition) -> str:
        if c.op != "has" or len(c.values) != 1:
            raise _BadError(f'"{c.name}" is asked as: {c.name} has suit')
        if c.values[0] not in self.law.suits:
            raise _BadError.value("suit", c.values[0], self.law.suits, of=c.name)
        return f"party:{c.values[0]}"

    def keep(self, atom: Atom) -> str:
        self.atoms.setdefault(atom.name, atom)
        return atom.name

    def since(self, clock: str, day: dt.date) -> str | None:
        """The literal for "on or after this day", None when every covered day is."""
        return None if day <= self.law.covered.start else self.keep(since_atom(clock, day))

    def days(self, day: dt.date) -> list[str]:
        literal = self.since("acted_on", day)
        return [literal] if literal else []

    def until(self, day: dt.date | None) -> list[str]:
        return [self.keep(since_atom("acted_on", day))] if day else []


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


def rule_authority(i: model.Instrument, rule: model.Rule) -> Authority:
    return Authority(
        rule.says, rule.cite, rule.flag or i.flag, i.instrument, "rule", rule.place, f"{i.instrument}#{rule.id}"
    )


def as_role(about: Authority, role: str) -> Authority:
    return Authority(about.says, about.cite, about.flag, about.instrument, role, about.place, about.name)


def _day(text: str) -> dt.date | None:
    if text == "never":
        return NEVER
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def say_day(day: dt.date) -> str:
    return f"{day.day} {day:%B %Y}"
