"""Arguments: why a verdict is so, as one tree of data that text, Markdown, HTML and JSON only print.

Every leaf of an argument was given (a fact), assumed (a reading) or is unknown; every inner node names the rule that
carries it, its pinpoint, instrument and flag, the exceptions considered, and the rules that spoke against it with
what became of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .atoms import NEVER, Atom
from .codify import Code
from .draft import Authority
from .hypothetical import Hypothetical, value_text
from .planes import close
from .theory import TheoryRule, atom_of, negate

if TYPE_CHECKING:
    from .findings import Finding, GateFinding

SHOWN, REFUTED, OPEN = "shown", "refuted", "open"


@dataclass(frozen=True)
class Argument:
    """One step: ``claim`` in plain words, its ``status`` (shown, refuted, open), and what carries it.

    ``role`` says what kind of step this is: ``verdict``, ``gate``, ``rule``, ``default``, ``date``, ``order``,
    ``holding``, ``reading``, ``waiver``, ``given``, ``unknown``, ``exception``, ``against``. ``because`` holds the
    premises, ``despite`` the exceptions and contrary rules that were considered.
    """

    claim: str
    status: str
    role: str
    rule: str | None = None
    cite: str = ""
    instrument: str = ""
    flag: str | None = None
    literal: str = ""
    because: tuple[Argument, ...] = ()
    despite: tuple[Argument, ...] = ()
    note: str = ""
    lead: tuple[str, ...] = field(default=(), compare=False)

    def walk(self) -> Iterator[Argument]:
        """This step and every step below it."""
        yield self
        for part in (*self.because, *self.despite):
            yield from part.walk()

    def text(self, depth: int | None = None) -> str:
        """The argument as indented lines; ``depth`` limits how far down it goes."""
        from .views import argument_text

        return argument_text(self, depth)

    def markdown(self) -> str:
        """The argument as a Markdown list."""
        from .views import argument_markdown

        return argument_markdown(self)

    def html(self) -> str:
        """The argument as collapsible HTML without script; everything escaped."""
        from .views import argument_html

        return argument_html(self)

    def json(self) -> dict[str, Any]:
        """The argument as plain data."""
        data: dict[str, Any] = {"claim": self.claim, "status": self.status, "role": self.role}
        for key in ("rule", "cite", "instrument", "flag", "literal", "note"):
            if getattr(self, key):
                data[key] = getattr(self, key)
        for key in ("because", "despite"):
            if getattr(self, key):
                data[key] = [part.json() for part in getattr(self, key)]
        return data

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": self.text(), "text/html": self.html(), "text/markdown": self.markdown()}


def argue(finding: Finding) -> Argument:
    """The argument for a finding: the gate that decided it first, then the other gates."""
    board = finding.board
    assert board is not None
    if finding.is_choice:
        return _argue_choice(finding)
    teller = Teller(board.law.code, board.hypothetical)
    gates = [_gate_step(teller, finding, gate, g) for gate, g in (finding.gates or {}).items()]
    decisive = _decisive(finding)
    gates.sort(key=lambda step: step.literal not in decisive)
    law = board.law
    title = law.actions[finding.action].title if finding.action in law.actions else finding.action
    basis = law.bases[finding.basis].title if finding.basis in law.bases else finding.basis
    claim = f"{title}, under {basis}: {finding.verdict}"
    lead = tuple(_lead(finding, gates))
    return Argument(claim, SHOWN, "verdict", because=tuple(gates), note=finding.note, lead=lead)


def _decisive(finding: Finding) -> set[str]:
    """The gates that make the verdict what it is."""
    assert finding.board is not None
    word = next((w for w in finding.board.law.verdicts if w.verdict == finding.verdict), None)
    if word is not None:
        return {word.gate}
    gates = finding.gates or {}
    return {g for g, found in gates.items() if found.value != "open"} or set(gates)


def _lead(finding: Finding, gates: Sequence[Argument]) -> Iterator[str]:
    """What decided it first, in at most five lines."""
    decisive = _decisive(finding)
    for step in gates:
        if step.literal in decisive:
            reasons = [p for p in step.because if p.role != "default"] or list(step.because)
            for part in reasons[:1]:
                yield f"{step.claim}: {part.claim}{_source(part)}"
    if finding.steps:
        yield "First: " + ", then ".join(finding.steps) + "."
    for item in finding.readings[:2]:
        read = ", ".join(f"{q} = {r}" for q, r in item.assume.items())
        yield f"If {read}: {item.verdict}."
    if finding.missing:
        yield "Depends on: " + ", ".join(m.fact for m in finding.missing[:4]) + "."


def _source(step: Argument) -> str:
    parts = [p for p in (step.cite, step.instrument) if p]
    flag = f"; flag {step.flag}" if step.flag else ""
    return f" ({', '.join(parts)}{flag})" if parts else ""


def _gate_step(teller: Teller, finding: Finding, gate: str, found: GateFinding) -> Argument:
    assert finding.board is not None
    pair = teller.code.pairs[finding.basis, finding.action]
    literal = pair.gates[gate]
    claim = f"{gate}: {found.value}"
    if found.value == "open":
        inner = teller.tell(literal)
    elif found.value == "closed":
        inner = teller.tell(negate(literal))
    else:
        inner = teller.tell(literal)
        return Argument(claim, OPEN, "gate", literal=gate, because=(inner,), note=", ".join(found.by))
    return Argument(claim, SHOWN, "gate", literal=gate, because=_unwrap(inner), despite=inner.despite)


def _unwrap(step: Argument) -> tuple[Argument, ...]:
    """The rules that carry a gate literal, without repeating the literal itself."""
    return step.because or (step,)


def _argue_choice(finding: Finding) -> Argument:
    from .choices import as_form

    board = finding.board
    assert board is not None
    posed, note = as_form(board.law, board.hypothetical, finding.action)
    law = board.law
    claim = f"{law.choices[finding.action].title}, under {law.laws[finding.basis].title}: {finding.verdict}"
    literals = law.code.choices.get((finding.action, finding.basis), {})
    teller = Teller(law.code, posed)
    steps = tuple(teller.tell(x if teller.status(x) != REFUTED else negate(x)) for x in literals.values())
    lead = tuple(f"{s.claim}{_source(s)}" for s in steps[:2]) or (finding.note,)
    return Argument(claim, SHOWN, "verdict", because=steps, note=note or finding.note, lead=lead)


class Teller:
    """Tells the tags of one row as arguments: from theory and tags alone, whichever evaluator ran."""

    def __init__(self, code: Code, hypothetical: Hypothetical) -> None:
        self.code, self.theory, self.program = code, code.theory, code.program
        self.hypothetical = hypothetical
        self.tokens = close(code.program, hypothetical.row.truths)
        self.memo: dict[str, Argument] = {}

    def status(self, literal: str) -> str:
        token = self.program.defeasible[literal]
        if token in self.tokens:
            return SHOWN
        return REFUTED if token ^ 1 in self.tokens else OPEN

    def tell(self, literal: str) -> Argument:
        """The argument for, or the account of why there is none for, a literal."""
        if literal not in self.memo:
            self.memo[literal] = self._tell(literal)
        return self.memo[literal]

    def _tell(self, literal: str) -> Argument:
        atom = self.code.atoms.get(atom_of(literal))
        if atom is not None and not self.theory.by_head.get(literal):
            return self._leaf(literal, atom)
        status = self.status(literal)
        if status == SHOWN:
            return self._shown(literal)
        return self._unshown(literal, status)

    def _leaf(self, literal: str, atom: Atom) -> Argument:
        status = self.status(literal)
        role = "given" if status != OPEN else "reading" if atom.fact.startswith("free:") else "unknown"
        return Argument(say_fact(self.hypothetical, atom, literal), status, role, literal=literal)

    # what is shown -------------------------------------------------------------------------------------------------

    def _shown(self, literal: str) -> Argument:
        rules = [r for r in self.theory.supporters(literal) if self._applies(r) == SHOWN]
        rules.sort(key=lambda r: r.id.startswith("default:"))
        steps = tuple(self._rule_step(r) for r in rules if not (len(rules) > 1 and r.id.startswith("default:")))
        despite = tuple(self._attack(literal, s) for s in self._attackers(literal))
        return Argument(self._words(literal), SHOWN, "rule", literal=literal, because=steps, despite=despite)

    def _attackers(self, literal: str) -> list[TheoryRule]:
        return [s for s in self.theory.attackers(literal) if not s.id.startswith("default:")]

    def _rule_step(self, rule: TheoryRule) -> Argument:
        about = self.code.authority[rule.id]
        premises, exceptions = self._premises(rule)
        return self._step(
            about, about.says or self._words(rule.head), SHOWN, about.role, rule.head, premises, exceptions
        )

    def _step(
        self, about: Authority, claim: str, status: str, role: str, literal: str,
        because: tuple[Argument, ...], despite: tuple[Argument, ...], note: str = "",
    ) -> Argument:  # fmt: skip
        return Argument(
            claim, status, role, about.name or None, about.cite, about.instrument or "", about.flag, literal, because,
            despite, note,
        )  # fmt: skip

    def _premises(self, rule: TheoryRule) -> tuple[tuple[Argument, ...], tuple[Argument, ...]]:
        """The premises of a rule, seen through its guard, and the exceptions that were considered."""
        premises: list[Argument] = []
        exceptions: list[Argument] = []
        for literal in rule.body:
            if literal.startswith("applies:"):
                for guard in self.theory.supporters(literal):
                    premises += [self.tell(b) for b in guard.body]
                for defeater in self.theory.attackers(literal):
                    exceptions += [self._exception(b) for b in defeater.body]
            else:
                premises.append(self.tell(literal))
        return tuple(premises), tuple(exceptions)

    def _exception(self, literal: str) -> Argument:
        inner = self.tell(literal)
        verb = {SHOWN: "Exception met", REFUTED: "Exception not met", OPEN: "Exception open"}[inner.status]
        return Argument(f"{verb}: {inner.claim}", inner.status, "exception", inner.rule, inner.cite, inner.instrument,
                        inner.flag, literal, (inner,) if inner.status != REFUTED or inner.because else ())  # fmt: skip

    def _attack(self, literal: str, attacker: TheoryRule) -> Argument:
        """A rule for the opposite, and what became of it."""
        about = self.code.authority[attacker.id]
        state = self._applies(attacker)
        if state == SHOWN:
            winners = [b for b in self.theory.beaters(literal, attacker) if self._applies(b) == SHOWN]
            names = ", ".join(self.code.authority[b.id].name or b.id for b in winners)
            note = f"prevailed over by {names}" if names else "not countered"
        else:
            note = {REFUTED: "does not apply", OPEN: "may apply"}[state]
        failing = tuple(p for p in self._premises(attacker)[0] if p.status != SHOWN)[:2]
        return self._step(about, about.says, state, "against", attacker.head, failing, (), note)

    # what is not shown ---------------------------------------------------------------------------------------------

    def _unshown(self, literal: str, status: str) -> Argument:
        """Why no rule establishes a literal: for each rule, where it breaks."""
        tries = tuple(
            self._failure(r, literal) for r in self.theory.supporters(literal) if not r.id.startswith("default:")
        )
        winning = tuple(
            self._rule_step(s) for s in self.theory.attackers(literal)
            if self._applies(s) == SHOWN and not s.id.startswith("default:")
        )  # fmt: skip
        words = self._words(negate(literal)) if status == REFUTED else f"open: {self._words(literal)}"
        return Argument(words, status, "rule", literal=literal, because=winning, despite=tries)

    def _failure(self, rule: TheoryRule, literal: str) -> Argument:
        about = self.code.authority[rule.id]
        state = self._applies(rule)
        premises, exceptions = self._premises(rule)
        broken = tuple(p for p in premises if p.status != SHOWN) or tuple(e for e in exceptions if e.status != REFUTED)
        note = {SHOWN: "applies, but is defeated", REFUTED: "does not apply", OPEN: "may apply"}[state]
        return self._step(about, about.says, state, "against", literal, broken, (), note)

    # words ---------------------------------------------------------------------------------------------------------

    def _applies(self, rule: TheoryRule) -> str:
        token = self.program.applicable[rule.id]
        return SHOWN if token in self.tokens else REFUTED if token ^ 1 in self.tokens else OPEN

    def _words(self, literal: str) -> str:
        return self.code.words.get(literal, literal.replace("~", "not "))


def say_fact(hypothetical: Hypothetical, atom: Atom, literal: str) -> str:
    """A leaf in plain words: the fact, its value, and the test it meets or fails."""
    row, law = hypothetical.row, hypothetical.law
    if atom.fact.startswith("free:"):
        return f"open question {atom.fact.removeprefix('free:')}: read as {atom.values[0]}"
    if atom.fact.startswith("assumed:"):
        return f"assumed reading of {atom.fact.removeprefix('assumed:')}"
    name = "the actor" if atom.fact.startswith("actor.") else atom.fact
    value = row.value(atom.fact)
    said = "not known" if value is None else _say_value(value, law.facts, atom.fact)
    if atom.op == "is":
        return f"{name}: {said}" if atom.values == (True,) or value in atom.values else (
            f"{name}: {said} (asked: {' or '.join(map(str, atom.values))})"
        )  # fmt: skip
    against = row.value(atom.other) if atom.other else atom.values[0]
    bound = "not known" if against is None else _say_value(against, law.facts, atom.fact)
    sign = (
        {True: "on or after", False: "before"} if isinstance(against, dt.date) else {True: "at least", False: "below"}
    )
    if value is None or against is None:
        return f"{name}: {said} (asked: {sign[True]} {bound})"
    relation = sign[atom.test(value, against if atom.other else None)] if atom.op != "gt" else (
        "above" if atom.test(value) else "not above"
    )  # fmt: skip
    other = f" ({atom.other})" if atom.other else ""
    return f"{name}: {said}, {relation} {bound}{other}"


def _say_value(value: Any, facts: Mapping[str, Any], fact: str) -> str:
    if isinstance(value, dt.date):
        return "never" if value == NEVER else f"{value.day} {value:%B %Y}"
    return value_text(value)
