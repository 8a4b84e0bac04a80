"""An independent checker of proofs: it evaluates no law, and only holds every step against the logic.

A tag ``+D``, ``-D``, ``+d`` or ``-d`` is accepted when its condition holds by the tags before it (Antoniou, Billington,
Governatori and Maher 2001, section 2). An unknown input gives no tag, so what part of a row shows holds in all its
completions. A claim about every completion is a tree: a split names every value of one unknown; an end shows tags.
"""

from __future__ import annotations

import hashlib
import json
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from .errors import BlackletterError

FORMAT = "blackletter-proof/1"
Cube = Mapping[str, Sequence[Any]]  # what each unknown may still be: all of its values, some, or one
Done = frozenset[str]
WORDS = {True: "yes", False: "no", "9999-12-31": "never"}
Rule = namedtuple("Rule", "id kind head body")


class ProofError(BlackletterError):
    """A proof that does not hold, or is no proof at all."""


def digest(data: object) -> str:
    """The SHA-256 of data as JSON in one fixed form."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def verify(data: Any) -> dict[str, Any]:
    """What a proof (parsed JSON) shows, and how much of it was checked; `ProofError` where it does not hold."""
    try:
        return _Checker(data).run()
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError) as error:
        raise ProofError(f"this is no proof, or one of another shape: {error}") from None


def need(holds: bool, what: str) -> None:
    if not holds:
        raise ProofError(what)


def neg(literal: str) -> str:
    return literal[1:] if literal[0] == "~" else "~" + literal


def acyclic(edges: Mapping[str, Iterable[str]]) -> bool:
    """Whether a directed graph has no closed walk: what points at nothing is taken away until nothing is left."""
    left = {node: set(edges[node]) for node in edges}
    while ends := {node for node, targets in left.items() if not targets & left.keys()}:
        left = {node: targets for node, targets in left.items() if node not in ends}
    return not left


class Rows:
    """The facts of a proof: what is known, what each unknown may be, the atoms that test them, the constraints."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.known, self.variables, self.derived = row["known"], row["variables"], row["derived"]
        self.atoms, self.constraints = row["atoms"], row["constraints"]

    def values(self, name: str, cube: Cube) -> Sequence[Any]:
        """What a fact may be on a part of the completions; some facts follow from another."""
        if name in self.derived:
            variable, image = self.derived[name]
            return [image[self.variables[variable].index(value)] for value in cube[variable]]
        return [self.known[name]] if name in self.known else cube[name]

    def truth(self, literal: str, cube: Cube) -> bool | None:
        """Whether an atom, or its denial, is true, false, or open there."""
        fact, op, values, other = self.atoms[literal.lstrip("~")]
        pairs = [(a, b) for a in self.values(fact, cube) for b in (self.values(other, cube) if other else values[:1])]
        found = {a in values if op == "is" else a > b if op == "gt" else a >= b for a, b in pairs}
        return found.pop() != (literal[0] == "~") if len(found) == 1 else None

    def keeps(self, number: int, cube: Cube) -> bool | None:
        """Whether a constraint holds there; what the stated facts already contradict is not asked of the unknown."""
        held = [self.truth(x, cube) for x in self.constraints[number][0]]
        then = [x for x in self.constraints[number][1] if self.truth(x, self.variables) is not False]
        asked = [self.truth(x, cube) for x in then]
        return True if False in held or all(asked) else False if all(held) and False in asked else None


class _Checker:
    def __init__(self, data: Any) -> None:
        need(data["format"] == FORMAT, "this is no proof of a known format")
        need(data["seal"] == digest({**data, "seal": ""}), "the file was changed after it was sealed")
        posed = data["hypothetical"]
        self.name = digest([data["ruleset"], *(posed[key] for key in ("as_of", "facts", "open"))])[:12]
        need(data["determination"] == self.name, "the determination id belongs to other facts, days or law")
        self.law, self.claim, self.proof, self.question = data["law"], data["claim"], data["proof"], data["question"]
        self.facts, self.variables = Rows(data["row"]), data["row"]["variables"]
        self.rules, self.above = [Rule(*r) for r in self.law["rules"]], {(s, w) for s, w in self.law["superiority"]}
        self.tags, self.outcomes = 0, outcomes(self.law)
        self.heads: dict[str, list[Rule]] = {}
        needs = {r.head.lstrip("~"): set[str]() for r in self.rules}
        for rule in self.rules:
            need(rule.kind in ("strict", "defeasible", "defeater"), f"rule {rule.id} is of no known kind")
            self.heads.setdefault(rule.head, []).append(rule)
            needs[rule.head.lstrip("~")] |= {b.lstrip("~") for b in rule.body}
        ids, known = {r.id for r in self.rules}, needs.keys() | self.facts.atoms.keys()
        need(len(ids) == len(self.rules), "two rules have one id")
        need(all(body <= known for body in needs.values()), "a premise is neither a fact nor a conclusion")
        need(acyclic(needs), "conclusions depend on each other in a circle")
        need({i for pair in self.above for i in pair} <= ids, "superiority names a rule that is not there")
        need(acyclic({i: [w for s, w in self.above if s == i] for i in ids}), "superiority runs in a circle")
        for fact, word in {**posed["facts"], "as_of": posed["as_of"], **data["supposed"]}.items():
            need(fact not in self.variables, f"{fact} is stated, yet taken as unknown")
            value = self.facts.known.get(fact, word)
            said = f"{value:.10g}" if isinstance(value, float) else WORDS.get(value, value)
            need(said == word, f"{fact} is not {word} in the row")

    def fixed(self, row: Mapping[str, Any], names: Iterable[str], cube: Cube) -> Cube:
        need(row.keys() == set(names), "a row leaves an unknown out, or has one too many")
        need(all(v in self.variables[n] for n, v in row.items()), "a row gives an unknown a value it cannot have")
        return {**cube, **{n: [v] for n, v in row.items()}}

    def completion(self, row: Mapping[str, Any], names: Iterable[str]) -> Cube:
        cube = self.fixed(row, names, self.variables)
        need(all(self.facts.keeps(n, cube) for n in range(len(self.facts.constraints))), "a row breaks a constraint")
        return cube

    def follow(self, steps: Iterable[str], before: Done, cube: Cube) -> Done:
        done = set(before)
        for step in steps:
            tag, _, literal = step.partition(" ")
            need(self._follows(tag, literal, done, cube), f"this step does not follow: {step}")
            done.add(step)
            self.tags += 1
        return frozenset(done)

    def _follows(self, tag: str, q: str, done: set[str], cube: Cube) -> bool:
        def body(of: Callable[[Iterable[bool]], bool], sign: str, rule: Rule) -> bool:
            return of(f"{sign} {b}" in done for b in rule.body)

        pros, cons = [r for r in self.heads.get(q, ()) if r.kind != "defeater"], self.heads.get(neg(q), ())
        given = self.facts.truth(q, cube) if q.lstrip("~") in self.facts.atoms else False
        if tag == "+D":
            return given is True or any(r.kind == "strict" and body(all, "+D", r) for r in pros)
        if tag == "-D":
            return given is False and all(r.kind != "strict" or body(any, "-D", r) for r in pros)
        if tag == "+d":
            beats = [(r.id, s.id) for s in cons for r in pros if (r.id, s.id) in self.above and body(all, "+d", r)]
            lost = all(body(any, "-d", s) or s.id in {weak for _, weak in beats} for s in cons)
            return f"+D {q}" in done or (f"-D {neg(q)}" in done and lost and any(body(all, "+d", r) for r in pros))
        live = [r for r in pros if not body(any, "-d", r)]
        won = any(body(all, "+d", s) and not any((r.id, s.id) in self.above for r in live) for s in cons)
        return tag == "-d" and f"-D {q}" in done and (won or not live or f"+D {neg(q)}" in done)

    def ends(self, node: Any, cube: Cube, free: bool | None = None, done: Done = frozenset()) -> Iterator[Any]:
        """Every end of a tree, its splits seen to leave nothing out; ``free`` lets only readings, or none, split."""
        done = self.follow(node["steps"], done, cube)
        if "impossible" in node:
            need(self.facts.keeps(node["impossible"], cube) is False, "a case is called impossible that is not")
        elif "split" in node:
            name, cases = node["split"], node["cases"]
            need(free in (None, name.startswith("free:")), "a cover splits what it may not")
            need({*cube[name]} == {v for values, _ in cases for v in values}, f"a cover leaves out cases of {name}")
            for values, case in cases:
                yield from self.ends(case, {**cube, name: values}, free, done)
        else:
            yield node, cube, done

    def run(self) -> dict[str, Any]:
        full = [(self.completion(item["row"], self.variables), item["steps"]) for item in self.proof["rows"]]
        self.shown = [self.follow(steps, frozenset(), cube) for cube, steps in full]
        need(bool(full), "no completion is shown to exist")
        (self._settle if "choice" in self.law else self._action)(self.claim["verdict"])
        return {**self.question, **self.claim, "determination": self.name, "rules": len(self.rules), "tags": self.tags}

    def _action(self, verdict: str) -> None:
        gates = [x for basis in self.law.get("bases", {"": self.law}).values() for x in basis["gates"].values()]
        if verdict == "conflict":
            clashes = [{f"-d {x}", f"-d {neg(x)}"} for x in gates]
            return need(any(c <= done for c in clashes for done in self.shown), "no row shows a clash")
        unsure = [x for x in gates if not never_clashes(self.heads, self.above, x)]
        self._everywhere("clash", lambda done: all({f"+d {x}", f"+d {neg(x)}"} & done for x in unsure))
        if "bases" in self.law:
            return self._settle(verdict)
        words, steps, claimed = verdict_words(self.law), dict(self.law["steps"]), self.claim["steps"]
        shown = {f"+d {x}" for x in gates} | {f"-d {x}" for step, x in steps.items() if step not in claimed}
        goals = {**words, "permitted": shown, "permitted after process": shown}
        if verdict in goals:
            self._everywhere("cover", goals[verdict].issubset)
        else:
            self._settle(verdict)
        need((verdict == "permitted after process") == bool(claimed), "steps and verdict do not agree")
        earlier = [*words][: [*words, verdict].index(verdict)] if verdict in (*words, "not permitted") else []
        for tags in (*(words[word] for word in earlier), *({f"-d {steps[step]}"} for step in claimed)):
            other = {("-" if tag[0] == "+" else "+") + tag[1:] for tag in tags}
            need(any(other & done for done in self.shown), "no row rules out an earlier verdict, or asks for a step")
        return None

    def _settle(self, verdict: str) -> None:
        """One outcome everywhere; or readings divide everywhere; or rows differ, and in one no reading changes it."""
        free = {v for v in self.variables if v.startswith("free:")}
        if verdict in self.outcomes:
            self._everywhere("cover", lambda done: self._outcome(done) == verdict)
        elif verdict == "contested":
            for node, cube, done in self.ends(self.proof["cover"], self.variables, False):
                reads = ((item["steps"], self.fixed(item["read"], free, cube)) for item in node["readings"])
                found = {self._outcome(self.follow(steps, done, read)) for steps, read in reads}
                need(len(found - {None}) > 1, "readings are not shown to divide here")
        else:
            need(verdict == "undetermined", f"no such verdict: {verdict}")
            need(len({self._outcome(done) for done in self.shown} - {None}) > 1, "no two rows show different outcomes")
            cube = self.completion(self.proof["same"]["row"], self.variables.keys() - free)
            same = {self._outcome(done) for _, _, done in self.ends(self.proof["same"]["tree"], cube, True)}
            need(len(same) == 1 and None not in same, "no row of facts has one outcome on every reading")

    def _outcome(self, done: Done) -> str | None:
        met = (w for w, groups in self.outcomes.items() if all(any(way <= done for way in g) for g in groups))
        return next(met, None)

    def _everywhere(self, tree: str, holds: Callable[[Done], bool]) -> None:
        for _, _, done in self.ends(self.proof[tree], self.variables):
            need(holds(done), f"an end of the {tree} does not show what it must")


def verdict_words(law: Mapping[str, Any]) -> dict[str, set[str]]:
    """Verdict words in their order, each with the tags that close its gate."""
    gates, causes = law["gates"], {(gate, cause): literal for gate, cause, literal in law["causes"]}
    kept = [(g, c, word) for g, c, word in law["verdicts"] if c is None or (g, c) in causes]
    return {word: {f"+d {neg(gates[g])}", *([f"+d {causes[g, c]}"] if c else [])} for g, c, word in kept}


def outcomes(law: Mapping[str, Any]) -> dict[str, list[list[set[str]]]]:
    """Outcome -> groups of ways, sets of tags; one way of each group shows it. Some basis permits, or each says no."""
    if "choice" not in law:
        bases = law.get("bases", {"": law}).values()
        shown = [{f"+d {literal}" for literal in basis["gates"].values()} for basis in bases]
        return {"permitted": [shown], "not permitted": [[*verdict_words(basis).values()] for basis in bases]}
    said = [law["choice"].get(word, "") for word in ("forbid", "require", "pending", "complete")]
    parts = {"conflict": "++", "forbidden": "+-", "required": "-+", "not ripe": "--+", "not regulated": "---+"}
    parts |= {"not regulated": "---"} if law["choice"]["covered"] else {"outside the model": "----"}
    tags = {word: {f"{sign}d {x}" for sign, x in zip(signs, said, strict=False)} for word, signs in parts.items()}
    return {word: [[shown - {"-d "}]] for word, shown in tags.items() if "+d " not in shown}


def never_clashes(heads: Mapping[str, Sequence[Rule]], above: set[tuple[str, str]], gate: str) -> bool:
    """Whether one side of a gate prevails in every completion: its opposite rules are ordered, and one has no body."""
    pro, con = [*heads.get(gate, ())], [*heads.get(neg(gate), ())]
    ordered = all((r.id, s.id) in above or (s.id, r.id) in above for r in pro for s in con)
    return ordered and all(r.kind == "defeasible" for r in pro + con) and any(not r.body for r in pro + con)
