"""Ruleset -> defeasible theory: each instrument in turn, written into one draft; checked; compiled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from . import model
from .atoms import Atom, parse_condition, since_atom
from .draft import Authority, Draft, rule_authority, say_day
from .errors import Fault, Place, RulesetError, unknown_name
from .gates import Gates, Pair
from .orders import Orders
from .questions import Questions
from .theory import Program, Theory, TheoryRule, atom_of, closed_walk, compile_theory, cone, find_cycle, negate

if TYPE_CHECKING:
    from .ruleset import Ruleset


RANK: Mapping[str, int] = {
    "constitution": 5, "statute": 4, "regulation": 3, "executive order": 2, "agency memorandum": 1, "agency letter": 1,
}  # fmt: skip
"""The rank of sources that rank decides between: a higher number prevails."""


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

    def cone(self, literals: Iterable[str]) -> tuple[int, ...]:
        """The nodes these literals, their denials and the rules for them depend on, arguments first; kept."""
        key = tuple(literals)
        if key not in self._cones:
            both = [x for literal in key for x in (literal, negate(literal))]
            said = (self.program.applicable[rule] for rule, _ in self.speakers(both))
            tokens = [*(self.program.defeasible[x] for x in both), *said]
            self._cones[key] = cone(self.program, tokens)
        return self._cones[key]

    @cached_property
    def _cones(self) -> dict[object, tuple[int, ...]]:
        return {}

    def moved(self, literals: Iterable[str], fact: str) -> tuple[int, ...]:
        """Those nodes of the cone of these literals that depend on a fact; kept."""
        key = tuple(literals), fact
        if key not in self._cones:
            touched = {self.program.inputs[atom.name] for atom in self.by_fact.get(fact, ())}
            for index in self.cone(key[0]):
                if any(arg >> 1 in touched for arg in self.program.nodes[index].args):
                    touched.add(index)
            self._cones[key] = tuple(index for index in self.cone(key[0]) if index in touched)
        return self._cones[key]

    def speakers(self, literals: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """(rule id, the name it is known by) of every rule for these literals but defaults and the bars of causes."""
        key = tuple(literals)
        if key not in self._speakers:
            rules = (r.id for literal in key for r in self.theory.supporters(literal))
            named = (r for r in rules if not r.startswith("default:") and not r.endswith("#bars"))
            self._speakers[key] = tuple((r, self.authority[r].name or r) for r in named)
        return self._speakers[key]

    @cached_property
    def _speakers(self) -> dict[tuple[str, ...], tuple[tuple[str, str], ...]]:
        return {}

    @cached_property
    def flags(self) -> Mapping[str, str]:
        """The name of a rule, order or holding -> how its statement was verified."""
        return {a.name: a.flag for a in self.authority.values() if a.name and a.flag}

    @cached_property
    def constrained(self) -> frozenset[str]:
        """The facts that a constraint reads."""
        literals = (x for constraint in self.constraints for side in constraint for x in side)
        return frozenset(fact for x in literals for fact in self.atoms[x.lstrip("~")].facts)

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
        self.law, self.draft = law, Draft(law)
        self.effects: list[tuple[model.Instrument, model.Rule]] = []

    def run(self) -> Code:
        law, draft = self.law, self.draft
        self._check_names()
        orders = Orders(draft)
        questions = Questions(draft, orders.lives)
        for instrument in law.instruments.values():
            self._in_force(instrument)
        for name in law.questions:
            questions.question(name)
        for suit in law.suits:
            questions.party(suit)
        for instrument in law.instruments.values():
            self._instrument(instrument, orders, questions)
        gates = Gates(draft, self.effects, orders.closings)
        choices, pairs = gates.choices(), gates.pairs()
        for definition in law.definitions:
            self._definition(definition)
        self._overrides()
        self._rank()
        self._term_defaults()
        constraints = tuple(self._constraint(c) for c in law.constraints)
        self._stop()
        theory = Theory(tuple(draft.rules.values()), frozenset(draft.superiority), tuple(draft.atoms))
        self._sound(theory)
        program = compile_theory(theory)
        return Code(theory, program, draft.atoms, pairs, choices, draft.authority, draft.words, constraints)

    def _stop(self) -> None:
        if self.draft.faults:
            raise RulesetError(dict.fromkeys(self.draft.faults))

    def _in_force(self, i: model.Instrument) -> None:
        """The literal ``in_force:instrument``, unless it is in force on every covered day."""
        starts = self.draft.since(_clock(i), i.in_force.start) if i.in_force.start else None
        ends = [*self._own_end(i), *self._revocations(i)]
        if starts is None and not ends:
            return
        literal = f"in_force:{i.instrument}"
        self.draft.say(literal, f"{i.title} is in force", f"{i.title} is not in force")
        about = Authority(
            f"{i.title} is in force{_span_words(i.in_force)}.", i.cite, i.flag, i.instrument, "date", i.place
        )
        self.draft.guarded(f"{i.instrument}#in-force", [starts] if starts else [], ends, about, literal)
        self.draft.default(negate(literal), f"{i.title} is not in force on that day.")

    def _own_end(self, i: model.Instrument) -> Iterable[str]:
        if i.in_force.until:
            yield self.draft.keep(since_atom(_clock(i), i.in_force.until))

    def _revocations(self, i: model.Instrument) -> Iterable[str]:
        for other in self.law.instruments.values():
            for end in other.revokes:
                if end.instrument == i.instrument:
                    literal = f"revoked:{i.instrument}:{other.instrument}"
                    self.draft.words[literal] = f"{other.title} has ended {i.title}"
                    says = f"{other.title} ends {i.title} from {say_day(end.on)}."
                    about = Authority(says, end.cite, other.flag, other.instrument, "date", end.place)
                    body = (self.draft.keep(since_atom("acted_on", end.on)),)
                    self.draft.add(
                        TheoryRule(f"{other.instrument}#ends:{i.instrument}", "defeasible", literal, body), about
                    )
                    yield literal

    def _instrument(self, i: model.Instrument, orders: Orders, questions: Questions) -> None:
        for rule in i.rules:
            if isinstance(rule.then, str):
                self._term_rule(i, rule)
            else:
                self.effects.append((i, rule))
        for order in i.orders:
            orders.order(i, order)
        for holding in i.holdings:
            questions.holding(i, holding)
        for waiver in i.waivers:
            orders.waiver(i, waiver)

    def _term_rule(self, i: model.Instrument, rule: model.Rule) -> None:
        name, where = f"{i.instrument}#{rule.id}", f"rule {rule.id}"
        body = self.draft.literals(rule.when, rule.place, where) + self.draft.force(i)
        unless = self.draft.literals(rule.unless, rule.place, where)
        head = parse_condition(str(rule.then))
        if head is None or head.op or head.name not in self.law.terms:
            word = head.name if head else str(rule.then)
            self.draft.faults.append(unknown_name("term", word, self.law.terms, rule.place, where=where))
            return
        literal = negate(head.name) if head.denied else head.name
        self.draft.guarded(name, body, unless, rule_authority(i, rule), literal, rule.kind)
        self.draft.instances[name].append(name)

    def _definition(self, d: model.Definition) -> None:
        """A definition as a term: in use on the day of asking, and met by one of its alternatives."""
        literal, where = f"definition:{d.id}", f"definition {d.id}"
        self.draft.say(literal, f"a sanctuary city: {d.says}", f"no sanctuary city: {d.says}")
        about = Authority(d.says, d.source, d.flag, None, "rule", d.place, literal)
        since = self.draft.since("as_of", d.start) if d.start else None
        unless = [self.draft.keep(since_atom("as_of", d.until))] if d.until else []
        for number, lines in enumerate(d.when):
            body = [*([since] if since else []), *self.draft.literals(lines, d.place, where)]
            self.draft.guarded(f"{literal}#{number}", body, unless, about, literal)
        self.draft.default("~" + literal, f"Not a sanctuary city unless shown: {d.title}.")

    def _overrides(self) -> None:
        """Stated superiority: the rules whose conclusions are opposite."""
        instances = self.draft.instances
        for i in self.law.instruments.values():
            for rule in i.rules:
                for weaker in rule.over:
                    full = weaker if "#" in weaker else f"{i.instrument}#{weaker}"
                    self.draft.prefer(instances.get(f"{i.instrument}#{rule.id}", ()), instances.get(full, ()))

    def _rank(self) -> None:
        """Between opposite conclusions about one gate, the higher source prevails; never over a default or a guard."""
        sides: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for name in {n for names in self.draft.instances.values() for n in names}:
            about, rule = self.draft.authority[name], self.draft.rules[name]
            kind = self.law.instruments[about.instrument].kind if about.instrument else ""
            if kind in RANK and atom_of(rule.head).partition(":")[0] in self.law.gates:
                sides[rule.head].append((RANK[kind], name))
        for head, ranked in sides.items():
            for height, name in ranked:
                lower = [other for depth, other in sides.get(negate(head), ()) if depth < height]
                self.draft.prefer([name], lower)

    def _term_defaults(self) -> None:
        """A term that some body needs denied is denied unless shown."""
        bodies = {literal for rule in self.draft.rules.values() for literal in rule.body}
        for term, noun in self.law.terms.items():
            self.draft.say(term, noun.says, noun.denies)
            if "~" + term in bodies:
                self.draft.default("~" + term, noun.denies)
        by_head: dict[str, list[str]] = defaultdict(list)
        for rule in self.draft.rules.values():
            by_head[rule.head].append(rule.id)
        for rule in list(self.draft.rules.values()):
            if rule.id.startswith("default:"):
                self.draft.superiority.update((other, rule.id) for other in by_head[negate(rule.head)])

    def _constraint(self, c: model.Constraint) -> tuple[tuple[str, ...], tuple[str, ...]]:
        where = "a constraint"
        return tuple(self.draft.literals(c.when, c.place, where)), tuple(self.draft.literals(c.then, c.place, where))

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
                        self.draft.faults.append(Fault("duplicate-id", what, noun.place))
                    owners[kind, name] = i.instrument
            for name, term in i.terms.items():
                self._claim(seen, name, "term", term.place)
            for revoked in i.revokes:
                self.draft.known(revoked.instrument, self.law.instruments, "instrument", revoked.place, "revokes")
            for basis, noun in i.bases.items():
                for action in noun.actions:
                    self.draft.known(action, self.law.actions, "action", noun.place, f"basis {basis}")
            self._check_overrides(i)

    def _check_overrides(self, i: model.Instrument) -> None:
        for rule in i.rules:
            for weaker in rule.over:
                home = self.law.instruments.get(weaker.partition("#")[0]) if "#" in weaker else i
                known = [r.id for r in home.rules] if home else sorted(self.law.instruments)
                self.draft.known(weaker.rpartition("#")[2], known, "rule", rule.place, f"rule {rule.id}")

    def _claim(self, seen: dict[str, str], name: str, kind: str, place: Place | None) -> None:
        if name in seen and seen[name] != kind:
            self.draft.faults.append(Fault("duplicate-id", f'"{name}" is both a {seen[name]} and a {kind}', place))
        seen[name] = kind

    def _sound(self, theory: Theory) -> None:
        cycle = find_cycle(theory)
        if cycle:
            rules = [
                r
                for a in cycle
                for x in (a, "~" + a)
                for r in theory.by_head.get(x, ())
                if {*cycle} & {*map(atom_of, r.body)}
            ]
            places = [p for r in rules if (p := self.draft.authority[r.id].place)]
            what = "conclusions depend on each other in a circle: " + " -> ".join(cycle)
            self.draft.faults.append(Fault("cycle", what, places[0] if places else None))
        edges: dict[str, list[str]] = defaultdict(list)
        for strong, weak in sorted(theory.superiority):
            edges[strong].append(weak)
        circle = closed_walk(edges)
        if circle:
            what = "superiority runs in a circle: " + " > ".join(circle)
            self.draft.faults.append(Fault("cyclic-superiority", what, self.draft.authority[circle[0]].place))
        for rule in theory.rules:
            if rule.kind == "strict" and any(r.kind == "strict" for r in theory.attackers(rule.head)):
                what = f'strict rules conclude both "{atom_of(rule.head)}" and its denial'
                self.draft.faults.append(Fault("inconsistent", what, self.draft.authority[rule.id].place))
        self._stop()


def _clock(i: model.Instrument) -> str:
    """Holdings are read on the day of asking, other law on the day of the act."""
    return "as_of" if i.kind == "court decision" else "acted_on"


def _span_words(span: model.Span) -> str:
    start = f" from {say_day(span.start)}" if span.start else ""
    until = f" until {say_day(span.until)}" if span.until else ""
    return start + until
