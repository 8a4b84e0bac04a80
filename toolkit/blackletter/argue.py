"""Arguments: why a verdict is so, as one tree of data that text, Markdown, HTML and JSON only print.

Every leaf of an argument was given (a fact), assumed (a reading) or is unknown; every inner node names the rule that
carries it, its pinpoint, instrument and flag, the exceptions considered, and the rules that spoke against it with
what became of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from .atoms import Atom
from .codify import RANK, Code
from .draft import Authority
from .hypothetical import Hypothetical
from .leads import choice_lead, clipped, finding_lead
from .planes import close
from .theory import TheoryRule, atom_of, negate
from .wording import Wording

if TYPE_CHECKING:
    from .findings import Finding, GateFinding
    from .model import Reviewed

SHOWN, REFUTED, OPEN = "shown", "refuted", "open"


@dataclass(frozen=True)
class Argument:
    """One step: ``claim`` in plain words, its ``status`` (shown, refuted, open), and what carries it.

    ``role`` says what kind of step this is: ``verdict``, ``gate``, ``rule``, ``default``, ``date``, ``order``,
    ``holding``, ``reading``, ``waiver``, ``given``, ``unknown``, ``exception``, ``against``. ``because`` holds the
    premises, ``despite`` the exceptions and contrary rules that were considered. ``title`` and ``dates`` are the
    instrument's, as is ``reviewed``: which lawyer read its file against the source, and when. ``origin`` says where a
    fact comes from; ``lead`` is what decided it first, in at most five lines.
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
    title: str = ""
    dates: str = ""
    origin: str = ""
    reviewed: Reviewed | None = None

    def walk(self) -> Iterator[Argument]:
        """This step and every step below it."""
        yield self
        for part in (*self.because, *self.despite):
            yield from part.walk()

    def text(self, depth: int | None = None) -> str:
        """The short answer, then the argument as indented lines; ``depth`` limits how far down it goes."""
        from .views import argument_text

        return argument_text(self, depth)

    def markdown(self, depth: int | None = None) -> str:
        """The argument as a Markdown list; everything escaped."""
        from .views import argument_markdown

        return argument_markdown(self, depth)

    def html(self, most: int | None = None) -> str:
        """The argument as collapsible HTML without script; everything escaped.

        Of many rules that do not apply in one place, ``most`` are told and the others counted.
        """
        from .views import argument_html

        return argument_html(self, most)

    def svg(self, depth: int = 3) -> str:
        """The decisive part of the argument as a graph, ``depth`` steps from the verdict, with alternative text."""
        from .graph import argument_svg

        return argument_svg(self, depth)

    def json(self) -> dict[str, Any]:
        """The argument as plain data."""
        data: dict[str, Any] = {"claim": self.claim, "status": self.status, "role": self.role}
        if self.lead:
            data["lead"] = list(self.lead)
        for key in ("rule", "cite", "instrument", "title", "dates", "flag", "literal", "origin", "note"):
            if getattr(self, key):
                data[key] = getattr(self, key)
        if self.instrument:
            who = self.reviewed
            data["reviewed"] = {"by": who.by, "on": who.on.isoformat()} if who else None
        for key in ("because", "despite"):
            if getattr(self, key):
                data[key] = [part.json() for part in getattr(self, key)]
        return data

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": self.text(1), "text/html": self.html(most=4)}


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
    lead = finding_lead(finding, teller.words, gates, decisive)
    note = finding.note
    if not gates and finding.basis in board.law.bases:
        covered = [board.law.actions[a].title for a in board.law.bases[finding.basis].actions]
        note = f"{board.law.bases[finding.basis].title} is on file only for: {'; '.join(covered)}."
    claim = f"{subject(finding)}: {finding.verdict}"
    return Argument(claim, SHOWN, "verdict", because=tuple(gates), note=note, lead=lead or clipped((note,)))


def subject(finding: Finding) -> str:
    """What a finding is about: the act and the power claimed, or the choice and the law."""
    assert finding.board is not None
    law = finding.board.law
    if finding.is_choice:
        return f"{law.choices[finding.action].title}, under {law.laws[finding.basis].title}"
    title = law.actions[finding.action].title if finding.action in law.actions else finding.action
    return f"{title}, under {law.bases[finding.basis].title if finding.basis in law.bases else finding.basis}"


def _decisive(finding: Finding) -> set[str]:
    """The gates that make the verdict what it is; of an act that is permitted, those that need a rule to open."""
    assert finding.board is not None
    law = finding.board.law
    word = next((w for w in law.verdicts if w.verdict == finding.verdict), None)
    if word is not None:
        return {word.gate}
    gates = finding.gates or {}
    shut = {g for g, found in gates.items() if found.value != "open"}
    return shut or {g for g in gates if g in law.gates and law.gates[g].default == "closed"} or set(gates)


def _gate_step(teller: Teller, finding: Finding, gate: str, found: GateFinding) -> Argument:
    assert finding.board is not None
    literal = teller.code.pairs[finding.basis, finding.action].gates[gate]
    claim = f"{gate}: {found.value}"
    inner = teller.tell(negate(literal) if found.value == "closed" else literal)
    if found.value not in ("open", "closed"):
        parts = (*inner.because, *inner.despite)
        return Argument(claim, OPEN, "gate", literal=gate, because=parts, note=teller.turns_on(found.by))
    if inner.status == OPEN:
        return _either_way(claim, gate, inner)
    note = inner.note if inner.role == "default" else ""
    return Argument(claim, SHOWN, "gate", literal=gate, because=inner.because, despite=inner.despite, note=note)


def _either_way(claim: str, gate: str, inner: Argument) -> Argument:
    """A gate that is settled in every case, though by which rule depends on what is open."""
    may = tuple(p for p in inner.despite if p.status != REFUTED)
    rest = tuple(p for p in inner.despite if p.status == REFUTED)
    note = "in every case, but by which rule depends on what is open"
    return Argument(claim, SHOWN, "gate", literal=gate, because=(*inner.because, *may), despite=rest, note=note)


def _argue_choice(finding: Finding) -> Argument:
    from .choices import as_form

    board = finding.board
    assert board is not None
    law = board.law
    posed, *_ = as_form(law, board.hypothetical, finding.action)
    fact = supposed_fact(posed, board.hypothetical, finding.action)
    teller = Teller(law.code, posed, fact)
    literals = law.code.choices.get((finding.action, finding.basis), {})
    steps = [teller.tell(x if teller.status(x) != REFUTED else negate(x)) for x in literals.values()]
    steps.sort(key=lambda step: step.literal.startswith("~"))
    asked = _asked_as(teller.words, board.hypothetical, fact)
    rest = "" if finding.note.startswith("Asked as if ") else teller.words.named(finding.note)
    note = " ".join(filter(None, (asked, rest)))
    lead = choice_lead(finding, teller.words, steps, note)
    return Argument(f"{subject(finding)}: {finding.verdict}", SHOWN, "verdict", because=tuple(steps), note=note,
                    lead=lead or (note,))  # fmt: skip


def supposed_fact(posed: Hypothetical, city: Hypothetical, choice: str) -> str:
    """The fact by which a choice was asked as if the city had made it; empty when the city has."""
    forms = city.law.choices[choice].forms
    return next((f for f in forms if posed.facts.get(f) != city.facts.get(f)), "")


def _asked_as(words: Wording, city: Hypothetical, fact: str) -> str:
    """That a choice was asked as if the city had made it, when it has not."""
    if not fact:
        return ""
    now, posed = city.facts.get(fact), words.hypothetical.facts[fact]
    own = words.value(fact, now) if now is not None else "not known"
    return f"Asked as if: {words.asks(fact)} {words.value(fact, posed)} (this city: {own})."


class Teller:
    """Tells the tags of one row as arguments: from theory and tags alone, whichever evaluator ran."""

    def __init__(self, code: Code, hypothetical: Hypothetical, supposed: str = "") -> None:
        self.code, self.theory, self.program = code, code.theory, code.program
        self.hypothetical, self.words = hypothetical, Wording(hypothetical, supposed)
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
        claim = self.words.fact(atom, literal, status == SHOWN)
        return Argument(claim, status, role, literal=literal, origin=self.words.origin(atom))

    def turns_on(self, names: Sequence[str], limit: int = 4) -> str:
        """The facts and questions of these names, asked; rules and orders by name."""
        law = self.hypothetical.law
        asked = [law.questions[n].asks if n in law.questions else self.words.asks(n) if n in law.facts or ":" in n
                 else self.words.named(n) for n in names]  # fmt: skip
        more = f" and {len(asked) - limit} more" if len(asked) > limit else ""
        return f"{'; '.join(asked[:limit])}{more}".replace("?;", "?")

    # what is shown -------------------------------------------------------------------------------------------------

    def _shown(self, literal: str) -> Argument:
        rules = [r for r in self.theory.supporters(literal) if self._applies(r) == SHOWN]
        stated = [r for r in rules if not r.id.startswith("default:")]
        despite = self._attacks(literal)
        if not stated:
            note = "by default: no rule on file that applies says otherwise"
            return Argument(self.words.literal(literal), SHOWN, "default", literal=literal, despite=despite, note=note)
        steps = tuple(step for r in stated for step in self._carriers(r))
        despite += tuple(part for r in stated if self._passes(r) for part in self.tell(r.body[0]).despite)
        return Argument(self.words.literal(literal), SHOWN, "rule", literal=literal, because=steps, despite=despite)

    def _carriers(self, rule: TheoryRule) -> tuple[Argument, ...]:
        """The step of a rule; of one that only passes a closing on, the steps that close."""
        return self.tell(rule.body[0]).because if self._passes(rule) else (self._rule_step(rule),)

    @staticmethod
    def _passes(rule: TheoryRule) -> bool:
        return rule.id.endswith("#bars")

    def _attacks(self, literal: str) -> tuple[Argument, ...]:
        """The rules for the opposite, and what became of each; behind one that only passes a closing on, its rules."""
        steps: list[Argument] = []
        for rule in self._attackers(literal):
            steps += self.account(rule.body[0]) if self._passes(rule) else [self._attack(literal, rule)]
        return tuple(steps)

    def _attackers(self, literal: str) -> list[TheoryRule]:
        """The rules for the opposite that say something: no default, no passing on, no reading nobody assumed."""
        return [s for s in self.theory.attackers(literal) if self._speaks(s)]

    def _speaks(self, rule: TheoryRule) -> bool:
        if rule.id.startswith("default:") or (self._passes(rule) and self._applies(rule) == REFUTED):
            return False
        return "#assumed:" not in rule.id or self._applies(rule) == SHOWN

    def _rule_step(self, rule: TheoryRule) -> Argument:
        about = self.code.authority[rule.id]
        premises, exceptions = self._premises(rule)
        claim = about.says or self.words.literal(rule.head)
        told = tuple(_unrepeated(p, claim) for p in premises)
        return self._step(about, claim, SHOWN, about.role, rule.head, told, exceptions, self._argued(rule))

    def _argued(self, rule: TheoryRule) -> str:
        """Who argues the reading that a free choice picks."""
        question, mark, reading = rule.id.partition("#open:")
        noun = self.hypothetical.law.questions.get(question)
        if not mark or noun is None:
            return ""
        by = ", ".join(noun.readings[reading].argued_by)
        return f"no ruling settles it here; argued by {by}" if by else "no ruling settles it here"

    def _step(
        self, about: Authority, claim: str, status: str, role: str, literal: str,
        because: tuple[Argument, ...], despite: tuple[Argument, ...], note: str = "",
    ) -> Argument:  # fmt: skip
        instrument = self._instrument(about)
        return Argument(
            claim, status, role, about.name or None, about.cite, about.instrument or "", about.flag, literal, because,
            despite, note, title=self.words.title(about), dates=self.words.dates(about),
            reviewed=instrument.reviewed if instrument else None,
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
            elif not literal.startswith("free:"):
                premises.append(self.tell(literal))
        return tuple(premises), tuple(exceptions)

    def _exception(self, literal: str) -> Argument:
        inner = self.tell(literal)
        verb = {SHOWN: "Exception met", REFUTED: "Exception considered, not met", OPEN: "Exception open"}[inner.status]
        words = inner.claim if literal in self.code.atoms or inner.role == "given" else self.words.literal(literal)
        return Argument(f"{verb}: {words}", inner.status, "exception", inner.rule, inner.cite, inner.instrument,
                        inner.flag, literal, inner.because, inner.despite, title=inner.title, dates=inner.dates,
                        origin=inner.origin, reviewed=inner.reviewed)  # fmt: skip

    def _attack(self, literal: str, attacker: TheoryRule) -> Argument:
        """A rule for the opposite, and what became of it."""
        about = self.code.authority[attacker.id]
        state = self._applies(attacker)
        note = {REFUTED: "does not apply", OPEN: "may apply"}.get(state, "")
        if state == SHOWN:
            winners = [b for b in self.theory.beaters(literal, attacker) if self._applies(b) == SHOWN]
            note = self._prevailed(winners, attacker) or "not countered"
        failing = tuple(p for p in self._premises(attacker)[0] if p.status != SHOWN)[:2]
        return self._step(about, about.says, state, "against", attacker.head, failing, (), note)

    def _prevailed(self, winners: Iterable[TheoryRule], loser: TheoryRule) -> str:
        """Who prevailed over a rule, and by which principle."""
        said = [f"{self._called(w)} ({self.principle(w, loser)})" for w in winners]
        return f"prevailed over by {'; '.join(dict.fromkeys(said))}" if said else ""

    def _called(self, rule: TheoryRule) -> str:
        about = self.code.authority[rule.id]
        if about.role == "reading":
            return "what you assume" if "#assumed:" in rule.id else "the presumption"
        if about.role == "holding":
            return f"{about.cite}, {self.words.dates(about)}"
        return " of ".join(filter(None, (about.cite, self.words.title(about)))) or about.says

    def principle(self, winner: TheoryRule, loser: TheoryRule) -> str:
        """Why one rule prevails over another: what the user assumed, a ruling, its court or day, rank, as stated."""
        strong, weak = self.code.authority[winner.id], self.code.authority[loser.id]
        if loser.id.startswith("default:"):
            return "a default yields to every rule"
        if "#assumed:" in winner.id:
            return "assumed by you"
        if strong.role == "holding" and weak.role == "holding":
            return "the higher court" if self._level(strong) != self._level(weak) else "the later ruling"
        if strong.role == "holding":
            return "a ruling that binds here"
        if strong.role == "reading":
            return "presumed until a ruling"
        kinds = [RANK.get(i.kind, 0) if (i := self._instrument(a)) else 0 for a in (strong, weak)]
        if not self._stated_over(strong, weak) and kinds[0] > kinds[1] > 0:
            return f"rank: {self._instrument(strong).kind} over {self._instrument(weak).kind}"
        return "as that rule itself states"

    def _instrument(self, about: Authority) -> Any:
        return self.hypothetical.law.instruments.get(about.instrument or "")

    def _level(self, about: Authority) -> str:
        instrument = self._instrument(about)
        return next((h.level for h in instrument.holdings if h.id == about.name), "") if instrument else ""

    def _stated_over(self, strong: Authority, weak: Authority) -> bool:
        instrument = self._instrument(strong)
        rule = next((r for r in instrument.rules if f"{instrument.instrument}#{r.id}" == strong.name), None)
        return rule is not None and any(weak.name in (o, f"{instrument.instrument}#{o}") for o in rule.over)

    # what is not shown ---------------------------------------------------------------------------------------------

    def _unshown(self, literal: str, status: str) -> Argument:
        """Why no rule establishes a literal: for each rule, where it breaks."""
        tries = self.account(literal)
        winning = tuple(
            step for s in self.theory.attackers(literal)
            if self._applies(s) == SHOWN and not s.id.startswith("default:") for step in self._carriers(s)
        )  # fmt: skip
        if status == OPEN:
            tries += self._other_readings(literal)
            tries += tuple(step for step in self._attacks(literal) if step.status == OPEN)
        words = self.words.literal(negate(literal)) if status == REFUTED else f"open: {self.words.literal(literal)}"
        return Argument(words, status, "rule", literal=literal, because=winning, despite=tries)

    def _other_readings(self, literal: str) -> tuple[Argument, ...]:
        """The other sides of a question that is open."""
        name, _, reading = literal.partition(":")
        question = self.hypothetical.law.questions.get(name)
        others = [r for r in question.readings if r != reading] if question and literal[0] != "~" else []
        rules = [self.theory.by_id[f"{name}#open:{r}"] for r in others]
        return tuple(self._failure(r, r.head) for r in rules if self._applies(r) == OPEN)

    def account(self, literal: str) -> tuple[Argument, ...]:
        """Every rule for a literal that is not shown, and where each breaks."""
        rules = [r for r in self.theory.supporters(literal) if not r.id.startswith("default:")]
        through = [part for r in rules if self._passes(r) for part in self.account(r.body[0])]
        return (*through, *(self._failure(r, literal) for r in rules if self._speaks(r) and not self._passes(r)))

    def _failure(self, rule: TheoryRule, literal: str) -> Argument:
        about = self.code.authority[rule.id]
        state = self._applies(rule)
        premises, exceptions = self._premises(rule)
        broken = tuple(p for p in premises if p.status != SHOWN) or tuple(e for e in exceptions if e.status != REFUTED)
        note = {REFUTED: "does not apply", OPEN: self._argued(rule) or "may apply"}.get(state, "")
        if state == SHOWN:
            against = [s for s in self.theory.attackers(literal) if self._applies(s) == SHOWN]
            beaten = [s for s in against if not self.theory.beaters(literal, s)]
            note = self._prevailed(beaten, rule).replace("prevailed", "applies, but is prevailed") or "applies"
        told = tuple(_unrepeated(p, about.says) for p in broken)
        if "#open:" in rule.id:
            return self._step(about, f"Read as: {about.says}", state, "reading", rule.head, told, (), note)
        return self._step(about, about.says, state, "against", literal, told, (), note)

    def _applies(self, rule: TheoryRule) -> str:
        token = self.program.applicable[rule.id]
        return SHOWN if token in self.tokens else REFUTED if token ^ 1 in self.tokens else OPEN


def _unrepeated(step: Argument, claim: str) -> Argument:
    """A premise without the rules that say again what the step above it has said: their own parts stand instead."""
    if not any(p.claim == claim for p in (*step.because, *step.despite)):
        return step
    groups: dict[str, list[Argument]] = {"because": [], "despite": []}
    for name in groups:
        for part in getattr(step, name):
            if part.claim != claim:
                groups[name].append(part)
                continue
            inner = _unrepeated(part, claim)
            groups[name] += inner.because
            groups["despite"] += inner.despite
    return replace(step, because=tuple(groups["because"]), despite=tuple(groups["despite"]))
