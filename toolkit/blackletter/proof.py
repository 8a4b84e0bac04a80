"""Proofs: a finding written out so that `blackletter.verify` can hold every step against the logic, without us.

The prover goes through part rows three-valued: what a part row already shows, with the rest unknown, it shows in
every completion. Where that is not enough it splits one unknown and goes on, to a stated bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .choices import as_form
from .desk import Desk
from .exact import Function, Room, all_of, any_of, none_of, with_room
from .findings import AFTER_PROCESS, CONFLICT, CONTESTED, NOT_PERMITTED, PERMITTED, UNDETERMINED, ActionFinding, Finding
from .hypothetical import Hypothetical
from .statement import plain, state
from .theory import TheoryRule, atom_of, cone, negate
from .verify import FORMAT, ProofError, Rows, Rule, digest, never_clashes, outcomes, verdict_words

if TYPE_CHECKING:
    from .ruleset import Ruleset

MOST_ROWS = 2_000
"""How many part rows one proof may hold."""
MOST_TRIES = 20_000
"""How many part rows the prover looks at before it gives up."""

Tag = tuple[str, str]
"""A sign (``+D``, ``-D``, ``+d``, ``-d``) and a literal."""
Goal = Sequence[Sequence[Sequence[Tag]]]
"""Of every group, all tags of one way."""
Cube = Mapping[str, tuple[Any, ...]]
Values = dict[int, "bool | None"]


def prove(finding: Finding | ActionFinding) -> dict[str, Any]:
    """The finding with its proof, as plain data for `blackletter.verify.verify`.

    Of an action over all its bases the claim is one of "permitted" (on some basis, with whatever process), "not
    permitted" (on none), "contested", "undetermined" and "conflict": why, and after which steps, is for each basis.

    Raises `ProofError` when no rule speaks to the question, when the answer was not exact, and when the proof would
    need more than `MOST_ROWS` part rows.

    >>> import blackletter as bl
    >>> law = bl.load()
    >>> board = law.ask(law.hypothetical("springfield"))
    >>> from blackletter.verify import verify
    >>> verify(prove(board["withhold", "eo-13768-9a"]))["verdict"] == board["withhold", "eo-13768-9a"].verdict
    True
    """
    basis, verdict, board = None, finding.verdict, finding.board
    if isinstance(finding, Finding):
        basis = finding.basis
    elif verdict in (PERMITTED, AFTER_PROCESS):
        verdict = PERMITTED
    elif verdict not in (CONFLICT, CONTESTED, UNDETERMINED):
        verdict = NOT_PERMITTED
    if board is None or not board.exact:
        raise ProofError("this answer did not go through every case, so there is no proof of it")
    law, posed = board.law, board.hypothetical
    statement = state(law, posed, finding.action, basis)
    steps = list(finding.steps) if verdict == AFTER_PROCESS else []
    if finding.action in law.choices:
        posed = as_form(law, posed, finding.action)[0]
    proof = with_room(lambda room: _Prover(law, posed, statement, room).claim(verdict, steps))
    data = {"format": FORMAT, **statement, "claim": {"verdict": verdict, "steps": steps}, "proof": proof}
    return {**data, "seal": digest({**data, "seal": ""})}


def _tags(way: Iterable[str]) -> list[Tag]:
    """Tags as pairs of a sign and a literal, in one order."""
    pairs = (tag.split(" ") for tag in sorted(way))
    return [(sign, literal) for sign, literal in pairs]


# -- the prover -----------------------------------------------------------------------------------------------------


class _Level:
    """A part row on the way down a tree: what it shows, and the steps written there so far."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self.steps: list[str] = []
        self.done: set[Tag] = set()


class _Prover:
    """Finds rows and covers for one statement, and writes the tags that they need, each where it first holds."""

    def __init__(self, law: Ruleset, posed: Hypothetical, statement: Mapping[str, Any], room: Room) -> None:
        self.theory, self.program = law.code.theory, law.code.program
        self.law, self.rows = statement["law"], Rows(statement["row"])
        self.bases = list(self.law.get("bases", {"": self.law}).values())
        self.whole: Cube = {v: tuple(values) for v, values in self.rows.variables.items()}
        self.free = {v for v in self.whole if v.startswith("free:")}
        literals = {x for r in self.law["rules"] for x in (r[2], negate(r[2]))}
        literals |= {x for a in self.rows.atoms for x in (a, "~" + a)} & self.program.definite.keys()
        tokens = [t[x] for x in sorted(literals) for t in (self.program.definite, self.program.defeasible)]
        tokens += [self.program.applicable[r[0]] for r in self.law["rules"]]
        self.order = cone(self.program, tokens)
        self.desk = Desk(law, posed, "exact", room, self._reads())
        self.outcomes: dict[str, Goal] = {
            word: [[_tags(way) for way in ways] for ways in groups] for word, groups in outcomes(self.law).items()
        }
        self.tries = self.written = 0
        self.told: dict[object, bool | None] = {}
        self.readers: dict[str, list[str]] = {v: [] for v in self.whole}
        for atom in self.rows.atoms:
            for variable in self._variables(atom):
                self.readers[variable].append(atom)

    def _variables(self, atom: str) -> list[str]:
        """The unknowns an atom reads."""
        fact, _, _, other = self.rows.atoms[atom]
        names = [self.rows.derived[f][0] if f in self.rows.derived else f for f in (fact, other) if f]
        return [n for n in dict.fromkeys(names) if n in self.whole]

    # part rows -----------------------------------------------------------------------------------------------------

    def truth(self, atom: str, cube: Cube) -> bool | None:
        """Whether an atom is true, false or open on a part row; remembered."""
        key = (atom, *(cube[v] for v in self._variables(atom)))
        if key not in self.told:
            self.told[key] = self.rows.truth(atom, cube)
        return self.told[key]

    def look(self, cube: Cube) -> Values:
        """What a part row shows and refutes of every node."""
        self.tries += 1
        if self.tries > MOST_TRIES:
            raise ProofError(f"no proof was found within {MOST_TRIES:,} part rows")
        values: Values = {0: True}
        for index in self.order:
            node = self.program.nodes[index]
            if node.kind == "input":
                values[index] = self.truth(self.program.names[index], cube)
                continue
            absorbing, found = node.kind == "any", node.kind == "all"
            result: bool | None = found
            for arg in node.args:
                value = values[arg >> 1]
                if value is None:
                    result = None
                elif (value != bool(arg & 1)) == absorbing:
                    result = absorbing
                    break
            values[index] = result
        return values

    def _token(self, tag: Tag) -> int:
        sign, literal = tag
        table = self.program.definite if sign[1] == "D" else self.program.defeasible
        return table[literal] ^ (sign[0] == "-")

    def holds(self, tag: Tag, values: Values) -> bool | None:
        """Whether a tag is shown (True), its opposite is (False), or neither."""
        token = self._token(tag)
        value = values[token >> 1]
        return None if value is None else value != bool(token & 1)

    def met(self, goal: Goal, values: Values) -> list[Tag] | None:
        """The tags that meet the goal there, or None."""
        found: list[Tag] = []
        for group in goal:
            way = next((w for w in group if all(self.holds(t, values) for t in w)), None)
            if way is None:
                return None
            found += way
        return found

    def hopeless(self, goal: Goal, values: Values) -> bool:
        """Whether no completion of the part row can meet the goal."""
        return any(all(any(self.holds(t, values) is False for t in way) for way in group) for group in goal)

    def broken(self, cube: Cube) -> int | None:
        """A constraint that no completion of the part row keeps."""
        numbers = range(len(self.rows.constraints))
        return next((n for n in numbers if self.rows.keeps(n, cube) is False), None)

    def pending(self, goal: Goal, values: Values, cube: Cube, free: bool | None) -> str | None:
        """An unknown worth splitting: the first that an open tag of the goal rests on."""
        tags = [
            t for group in goal if not any(all(self.holds(t, values) for t in way) for way in group)
            for way in group if not any(self.holds(t, values) is False for t in way) for t in way
        ]  # fmt: skip
        stack, seen = [self._token(t) >> 1 for t in reversed(tags)], set()
        while stack:
            index = stack.pop()
            if index in seen or values[index] is not None:
                continue
            seen.add(index)
            node = self.program.nodes[index]
            if node.kind == "input":
                for variable in self._variables(self.program.names[index]):
                    if len(cube[variable]) > 1 and free in (None, variable in self.free):
                        return variable
            stack.extend(arg >> 1 for arg in reversed(node.args))
        return None

    def constrained(self, cube: Cube) -> str | None:
        """An unknown of a constraint that is still open."""
        for number, sides in enumerate(self.rows.constraints):
            if self.rows.keeps(number, cube) is None:
                for literal in (x for side in sides for x in side):
                    for variable in self._variables(atom_of(literal)):
                        if len(cube[variable]) > 1:
                            return variable
        return None

    def cases(self, variable: str, cube: Cube) -> list[tuple[Any, ...]]:
        """The values left to an unknown, those together that no atom tells apart."""
        groups: dict[tuple[bool | None, ...], list[Any]] = {}
        for value in cube[variable]:
            key: list[bool | None] = []
            for atom in self.readers[variable]:
                others = [v for v in self._variables(atom) if v != variable]
                fixed = {**cube, variable: (value,)}
                key += [self.truth(atom, {**fixed, o: (x,)}) for o in others for x in cube[o]] or [
                    self.truth(atom, fixed)
                ]
            groups.setdefault(tuple(key), []).append(value)
        return [tuple(values) for values in groups.values()]

    # rows ----------------------------------------------------------------------------------------------------------

    def start(self, goal: Goal, everywhere: bool = False) -> Cube | None:
        """Values for a row that meets the goal, or meets it on every reading, by the diagrams; None where none does."""
        space = self.desk.space
        ways = [any_of(all_of(self.function(t) for t in way) for way in group) for group in goal]
        wanted = all_of(ways)
        if everywhere:
            wanted = none_of(space.some_reading(none_of(wanted)))
        if not space.possible(wanted):
            return None
        row = {} if isinstance(wanted, bool) else space.witness(wanted)
        return {**self.whole, **{v: (plain(x),) for v, x in row.items() if v in self.whole}}

    def function(self, tag: Tag) -> Function:
        """The completions in which a tag ``+d`` or ``-d`` is shown: on a complete row each denies the other."""
        found = self.desk.function(tag[1])
        return none_of(found) if tag[0][0] == "-" else found

    def find(self, goal: Goal, cube: Cube, free: bool | None = None) -> Cube | None:
        """A part row on which the goal is met and no constraint is broken; then everything else is given a value."""
        values = self.look(cube)
        if self.hopeless(goal, values) or self.broken(cube) is not None:
            return None
        variable = None if self.met(goal, values) is not None else self.pending(goal, values, cube, free)
        if variable is None and self.met(goal, values) is None:
            return None
        variable = variable or self.constrained(cube)
        if variable is None:
            return cube
        tried = (self.find(goal, {**cube, variable: case[:1]}, free) for case in self.cases(variable, cube))
        return next((row for row in tried if row is not None), None)

    def full(self, cube: Cube, names: Iterable[str]) -> dict[str, Any]:
        """The first value of each unknown that a part row leaves; what no constraint ties may be anything."""
        return {name: cube[name][0] for name in names}

    def row(self, goal: Goal, what: str) -> Cube:
        """A whole row that meets the goal."""
        start = self.start(goal)
        found = None if start is None else self.find(goal, start)
        if found is None:
            raise ProofError(f"no row was found that shows {what}")
        return {v: values[:1] for v, values in found.items()}

    # what is written -----------------------------------------------------------------------------------------------

    def write(self, tags: Iterable[Tag], path: Sequence[_Level]) -> None:
        """The steps to these tags, each at the first level of the path where it holds."""
        for tag in tags:
            if any(tag in level.done for level in path):
                continue
            depth = next(n for n, level in enumerate(path) if self.holds(tag, level.values))
            level = path[depth]
            self.write(self.reasons(tag, level.values), path[: depth + 1])
            level.done.add(tag)
            level.steps.append(" ".join(tag))

    def reasons(self, tag: Tag, values: Values) -> Iterator[Tag]:
        """Tags from which this one follows by its condition."""
        sign, q = tag
        pros, cons = self.theory.supporters(q), self.theory.attackers(q)
        strict = [r for r in pros if r.kind == "strict"]
        if sign == "+D":
            yield from self.body("+D", next((r for r in strict if self.applies("+D", r, values)), None))
        elif sign == "-D":
            for rule in strict:
                yield self.gap("-D", rule, values)
        elif self.holds((f"{sign[0]}D", q), values) and sign == "+d":
            yield "+D", q
        elif sign == "+d":
            yield "-D", negate(q)
            yield from self.body("+d", next(r for r in pros if self.applies("+d", r, values)))
            for attacker in cons:
                beater = next((r for r in self.theory.beaters(q, attacker) if self.applies("+d", r, values)), None)
                yield from self.body("+d", beater) if beater else [self.gap("-d", attacker, values)]
        else:
            yield "-D", q
            yield from self.refuted(q, pros, cons, values)

    def refuted(
        self, q: str, pros: Sequence[TheoryRule], cons: Sequence[TheoryRule], values: Values
    ) -> Iterator[Tag]:  # fmt: skip
        """What makes a literal fail that is not definite."""
        if all(self.fails("-d", r, values) for r in pros):
            yield from (self.gap("-d", r, values) for r in pros)
        elif self.holds(("+D", negate(q)), values):
            yield "+D", negate(q)
        else:
            for attacker in cons:
                rivals = self.theory.beaters(q, attacker)
                if self.applies("+d", attacker, values) and all(self.fails("-d", r, values) for r in rivals):
                    yield from self.body("+d", attacker)
                    yield from (self.gap("-d", r, values) for r in rivals)
                    return

    def body(self, sign: str, rule: TheoryRule | None) -> Iterator[Tag]:
        yield from ((sign, literal) for literal in (rule.body if rule else ()))

    def applies(self, sign: str, rule: TheoryRule, values: Values) -> bool:
        return all(self.holds((sign, b), values) for b in rule.body)

    def fails(self, sign: str, rule: TheoryRule, values: Values) -> bool:
        return any(self.holds((sign, b), values) for b in rule.body)

    def gap(self, sign: str, rule: TheoryRule, values: Values) -> Tag:
        return next((sign, b) for b in rule.body if self.holds((sign, b), values))

    def cover(self, goal: Goal, cube: Cube, free: bool | None = None, path: Sequence[_Level] = ()) -> dict[str, Any]:
        """A tree whose every end meets the goal or breaks a constraint."""
        values = self.look(cube)
        level = _Level(values)
        here = [*path, level]
        tags = self.met(goal, values)
        if tags is not None:
            self.write(tags, here)
            return self.node(level)
        broken = self.broken(cube)
        if broken is not None:
            return self.node(level, impossible=broken)
        variable = self.pending(goal, values, cube, free) or self.constrained(cube)
        if variable is None or (self.hopeless(goal, values) and self.constrained(cube) is None):
            raise ProofError("the claim does not hold in every case")
        cases = [[[*c], self.cover(goal, {**cube, variable: c}, free, here)] for c in self.cases(variable, cube)]
        return self.node(level, split=variable, cases=cases)

    def node(self, level: _Level, **more: Any) -> dict[str, Any]:
        self.written += 1
        if self.written > MOST_ROWS:
            raise ProofError(f"a proof of this would need more than {MOST_ROWS:,} part rows; state more facts")
        return {"steps": level.steps, **more}

    # claims --------------------------------------------------------------------------------------------------------

    def claim(self, verdict: str, steps: Sequence[str]) -> dict[str, Any]:
        """The rows and trees for a verdict."""
        proof: dict[str, Any] = {}
        self.witnesses: list[Cube] = []
        if "choice" not in self.law:
            gates = [x for basis in self.bases for x in basis["gates"].values()]
            if verdict == CONFLICT:
                self.show([[[("-d", x), ("-d", negate(x))] for x in gates]], "a clash")
                return {"rows": self._rows()}
            heads: dict[str, list[Rule]] = {}
            for rule in self.law["rules"]:
                heads.setdefault(rule[2], []).append(Rule(*rule))
            above = {(s, w) for s, w in self.law["superiority"]}
            unsure = [x for x in gates if not never_clashes(heads, above, x)]
            proof["clash"] = self.cover([[[("+d", x)], [("+d", negate(x))]] for x in unsure], self.whole)
        if "gates" in self.law:
            opens, words = self.outcomes[PERMITTED][0][0], {w: _tags(t) for w, t in verdict_words(self.law).items()}
            due = dict(self.law["steps"])
            if verdict in words:
                proof["cover"] = self.cover([[words[verdict]]], self.whole)
                self._miss(list(words.values())[: list(words).index(verdict)])
            elif verdict in (PERMITTED, AFTER_PROCESS):
                spared = [("-d", x) for s, x in due.items() if s not in steps]
                proof["cover"] = self.cover([[[*opens, *spared]]], self.whole)
                for step in steps:
                    self.show([[[("+d", due[step])]]], f"the step {step}")
            elif verdict == NOT_PERMITTED:
                proof["cover"] = self.cover(self.outcomes[NOT_PERMITTED], self.whole)
                self._miss(words.values())
        if "cover" not in proof:
            self._settle(verdict, proof)
        if not self.witnesses:
            self.show([], "that a case exists")
        return {"rows": self._rows(), **proof}

    def _miss(self, words: Iterable[Sequence[Tag]]) -> None:
        for tags in words:
            self.show([[[(("-" if s[0] == "+" else "+") + s[1:], x)] for s, x in tags]], "that an earlier word fails")

    def show(self, goal: Goal, what: str) -> None:
        """A witness row for the goal, unless one is there."""
        if not any(self.met(goal, self.look(row)) is not None for row in self.witnesses):
            self.witnesses.append(self.row(goal, what))

    def _rows(self) -> list[dict[str, Any]]:
        """The witness rows, each with every tag that a verdict is read from."""
        reads = [x for r in self._reads() for x in (r, negate(r))]
        found = []
        for cube in self.witnesses:
            level = _Level(self.look(cube))
            self.write([(s, x) for x in reads for s in ("+d", "-d") if self.holds((s, x), level.values)], [level])
            found.append({"row": {v: values[0] for v, values in cube.items()}, "steps": level.steps})
        return found

    def _reads(self) -> list[str]:
        if "choice" in self.law:
            return [x for word, x in self.law["choice"].items() if word != "covered"]
        found: list[str] = []
        for basis in self.bases:
            causes = [x for _, _, x in basis["causes"]]
            found += [*basis["gates"].values(), *causes, *(x for _, x in basis["steps"])]
        return list(dict.fromkeys(found))

    def _settle(self, verdict: str, proof: dict[str, Any]) -> None:
        if verdict in self.outcomes:
            proof["cover"] = self.cover(self.outcomes[verdict], self.whole)
        elif verdict == CONTESTED:
            self.pool: list[Cube] = []
            proof["cover"] = self._divided(self.whole, ())
        elif verdict == UNDETERMINED:
            self._differ()
            proof["same"] = self._same()
        else:
            raise ProofError(f'there is no proof of "{verdict}"')

    def _differ(self) -> None:
        """Two witness rows with different outcomes."""
        possible = [(word, goal) for word, goal in self.outcomes.items() if self.start(goal) is not None]
        if len(possible) < 2:
            raise ProofError("no two rows were found with different outcomes")
        for word, goal in possible[:2]:
            self.show(goal, word)

    def _same(self) -> dict[str, Any]:
        """A row of facts on which every reading has one outcome, and the tree over readings that shows it."""
        stated = [v for v in self.whole if v not in self.free]
        for goal in self.outcomes.values():
            start = self.start(goal, everywhere=True)
            row = None if start is None else self.find([], {**start, **{q: self.whole[q] for q in self.free}})
            if row is not None:
                cube = {v: values[:1] if v not in self.free else self.whole[v] for v, values in row.items()}
                return {"row": self.full(cube, stated), "tree": self.cover(goal, cube, True)}
        raise ProofError("no row of facts was found on which every reading has one outcome")

    def _divided(self, cube: Cube, path: Sequence[_Level]) -> dict[str, Any]:
        """A tree over facts whose every end has two readings with different outcomes."""
        level = _Level(self.look(cube))
        here = [*path, level]
        broken = self.broken(cube)
        if broken is not None:
            return self.node(level, impossible=broken)
        reads = self._readings(cube)
        if reads is None:
            self._learn(cube)
            reads = self._readings(cube)
        if reads is not None:
            found = []
            for read, values, tags in reads:
                inner = _Level(values)
                self.write(tags, [*here, inner])
                found.append({"read": {q: v[0] for q, v in read.items()}, "steps": inner.steps})
            return self.node(level, readings=found)
        variable = self._moving(cube) or self.constrained(cube)
        if variable is None:
            raise ProofError("the claim does not hold in every case")
        cases = [[[*c], self._divided({**cube, variable: c}, here)] for c in self.cases(variable, cube)]
        return self.node(level, split=variable, cases=cases)

    def _readings(self, cube: Cube) -> list[tuple[Cube, Values, list[Tag]]] | None:
        """Two readings of the pool that are shown to have different outcomes on this part row."""
        found: dict[str, tuple[Cube, Values, list[Tag]]] = {}
        for read in self.pool:
            values = self.look({**cube, **read})
            for word, goal in self.outcomes.items():
                tags = self.met(goal, values)
                if tags is not None:
                    found.setdefault(word, (read, values, tags))
                    break
            if len(found) == 2:
                return list(found.values())
        return None

    def _learn(self, cube: Cube) -> None:
        """Adds to the pool readings that divide one row of facts in this part."""
        row = self.find([], cube)
        if row is None:
            return
        facts = {v: values if v in self.free else values[:1] for v, values in row.items()}
        for goal in self.outcomes.values():
            read = self.find(goal, {**facts, **{q: self.whole[q] for q in self.free}})
            if read is not None:
                fresh = {q: read[q][:1] for q in self.free}
                if fresh not in self.pool:
                    self.pool.append(fresh)

    def _moving(self, cube: Cube) -> str | None:
        """A fact on which some reading of the pool still waits here."""
        for read in reversed(self.pool):
            inside = {**cube, **read}
            values = self.look(inside)
            for goal in self.outcomes.values():
                variable = self.pending(goal, values, inside, False)
                if variable is not None:
                    return variable
        return None
