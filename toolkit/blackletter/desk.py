"""Gates and verdicts computed: what the evaluators prove, said as a lawyer would ask it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property, partial
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

from .atoms import Value
from .errors import FactError, unknown_name
from .exact import Answer, Function, OutOfRoomError, Room, Space, all_of, any_of, evaluate, none_of, with_room
from .findings import (
    AFTER_PROCESS,
    CONFLICT,
    CONTESTED,
    NOT_PERMITTED,
    OUTSIDE,
    PERMITTED,
    UNDETERMINED,
    ActionFinding,
    Board,
    Finding,
    GateFinding,
    Missing,
    ReadingVerdict,
)
from .gates import AWARD_AGENCY, Pair
from .hypothetical import Hypothetical, value_text

if TYPE_CHECKING:
    from .model import VerdictWord
    from .ruleset import Ruleset

MOST_READINGS = 8
"""Combinations of readings listed in one finding; past it each question is varied alone."""


def ask(law: Ruleset, hypothetical: Hypothetical, engine: str = "exact", only: Collection[str] | None = None) -> Board:
    """Every finding about one hypothetical. ``engine`` is ``exact``, ``planes`` or ``chain``.

    ``only`` limits the board to some actions and choices, which then cost only what they depend on.
    A ruleset whose diagrams outgrow the largest room gets a sound three-valued answer that says it is not exact.
    """
    if engine not in ENGINES:
        raise FactError(unknown_name("engine", engine, ENGINES))
    try:
        return with_room(partial(_board, law, hypothetical, engine, only))
    except OutOfRoomError:
        return _board(law, hypothetical, "tags", only, Room(0))


def _board(law: Ruleset, hypothetical: Hypothetical, engine: str, only: Collection[str] | None, room: Room) -> Board:
    from .choices import choice_findings, choice_literals

    named = [a for a in law.actions if only is None or a in only]
    chosen = [c for c in law.choices if only is None or c in only]
    board = Board(law, hypothetical, {}, {}, engine)
    whole: Desk | None = None
    if engine == "exact":  # the others take one action after the other: fewer completions to go through
        whole = Desk(law, hypothetical, engine, room, (*gate_literals(law, named), *choice_literals(law, chosen)))
    desks = ((a, whole or Desk(law, hypothetical, engine, room, gate_literals(law, [a]))) for a in named)
    actions = {action: desk.action(action, board) for action, desk in desks}
    if whole is not None:
        whole.memo.clear()  # what was weighed holds the desk: so the diagrams go with the board's last finding
    choices = {(f.action, f.basis): f for choice in chosen for f in choice_findings(board, choice, room, whole)}
    object.__setattr__(board, "actions", actions)
    object.__setattr__(board, "choices", choices)
    return board


def gate_literals(law: Ruleset, actions: Collection[str]) -> list[str]:
    """The literals that the verdicts of these actions are read from."""
    pairs = [pair for (_, action), pair in law.code.pairs.items() if action in actions]
    found = (x for p in pairs for x in (*p.gates.values(), *p.causes.values(), *p.steps.values()))
    return list(dict.fromkeys(found))


ENGINES = ("exact", "planes", "chain")


class Desk:
    """The functions of one hypothetical, evaluated once and read by every finding."""

    def __init__(
        self, law: Ruleset, hypothetical: Hypothetical, engine: str, room: Room, wanted: Iterable[str]
    ) -> None:
        self.law, self.code, self.hypothetical, self.engine = law, law.code, hypothetical, engine
        program, wanted = self.code.program, tuple(wanted)
        order = self.code.cone(wanted)
        if engine == "exact":
            self.space: Any = Space(hypothetical.row, room)
            self.values = evaluate(program, self.space, order)
        else:
            from .completions import Table, Tags

            roots = [program.defeasible[x] >> 1 for literal in wanted for x in (literal, _denied(literal))]
            row = hypothetical.row
            self.space = Tags(row, order) if engine == "tags" else Table(row, engine, order, roots)
            self.values = self.space.evaluate()
        self.memo: dict[object, Any] = {}

    def supposing(self, posed: Hypothetical, fact: str, wanted: Sequence[str]) -> Desk:
        """The desk of this hypothetical with one fact supposed: of the literals, only what depends on it is new.

        Only where the engine is exact, and for literals that this desk has.
        """
        other = copy(self)
        other.hypothetical, other.memo, other.space = posed, {}, self.space.supposing(posed.row, fact)
        other.values = evaluate(self.code.program, other.space, self.code.moved(wanted, fact), list(self.values))
        return other

    def function(self, literal: str) -> Function:
        """The completions in which a literal is defeasibly provable."""
        token = self.code.program.defeasible[literal]
        value = self.values[token >> 1]
        return none_of(value) if token & 1 else value

    # one basis -----------------------------------------------------------------------------------------------------

    def action(self, action: str, board: Board) -> ActionFinding:
        pairs = [(b, p) for (b, a), p in self.code.pairs.items() if a == action]
        weighed = [self.weigh(basis, pair) for basis, pair in pairs]
        findings = tuple(self._finding(action, w, board) for w in weighed)
        if not weighed:
            return ActionFinding(action, OUTSIDE, ())
        verdict, grounds = self._grounds(self.together(weighed))
        return ActionFinding(action, verdict, findings, **grounds)

    def weigh(self, basis: str, pair: Pair) -> _Weighed:
        """The gates of a pair; actions that the law treats alike share them."""
        key = (basis, *pair.gates.values(), *pair.causes.values(), *pair.steps.values())
        return self.once(key, lambda: _Weighed(self, basis, pair))

    def together(self, weighed: Sequence[_Weighed]) -> _Together:
        """The bases of an action taken together."""
        return self.once(tuple(map(id, weighed)), lambda: _Together(self, lambda: weighed))

    def once(self, key: object, work: Callable[[], Answer]) -> Answer:
        """The result of ``work``, remembered under ``key``."""
        if key not in self.memo:
            self.memo[key] = work()
        found: Answer = self.memo[key]
        return found

    def _finding(self, action: str, w: _Weighed, board: Board) -> Finding:
        verdict, grounds = self._grounds(w)
        gates = self.once((w, "gates"), lambda: {gate: self._gate(w, gate) for gate in self.law.gates})
        settled = [r for g in gates.values() if g.value in ("open", "closed") for r in g.by]
        rules = tuple(dict.fromkeys(r for r in settled if not r.startswith("default:")))
        actor = _actor_word(self.hypothetical, self.law.bases[w.basis].actions[action])
        acted: Any = self.hypothetical.row.value("acted_on")
        return Finding(
            action, w.basis, verdict, actor, self.hypothetical.award_name or self.hypothetical.award, gates,
            rules=rules, flags=self.flags(rules), note=self.law.out_of_force(w.basis, acted) if acted else "",
            board=board, **grounds,
        )  # fmt: skip

    def flags(self, rules: Iterable[str]) -> tuple[str, ...]:
        """How the statements behind these rules were verified."""
        return tuple(dict.fromkeys(f for r in rules if (f := self.code.flags.get(r))))

    def _grounds(self, w: _Weighed | _Together) -> tuple[str, dict[str, Any]]:
        """The verdict, and the steps, missing facts and readings behind it."""
        return self.once((w, "grounds"), lambda: self._weighed_grounds(w))

    def _weighed_grounds(self, w: _Weighed | _Together) -> tuple[str, dict[str, Any]]:
        verdict = w.verdict()
        grounds: dict[str, Any] = {"steps": w.steps() if verdict not in _SETTLED_NO else ()}
        if verdict in (CONTESTED, UNDETERMINED):
            grounds["missing"], questions = what_matters(self.space, list(w.partition.values()), verdict)
            grounds["readings"] = tuple(self._readings(w, questions, verdict))
        return verdict, grounds

    def _readings(self, w: _Weighed | _Together, questions: Sequence[str], verdict: str) -> Iterator[ReadingVerdict]:
        """The verdict under each reading. Where it is undetermined some facts settle it under every reading: so what
        a reading leaves open, it leaves undetermined.
        """
        for fixed in combinations(self.space, questions):
            left = verdict == UNDETERMINED and self.space.open_when(w.partition[PERMITTED], fixed)
            yield ReadingVerdict(assume_words(fixed), UNDETERMINED if left else w.fixed(fixed).verdict())

    def _gate(self, w: _Weighed, gate: str) -> GateFinding:
        opened, closed = w.opened[gate], w.closed[gate]
        space = self.space
        if space.clashes(none_of(any_of((opened, closed)))):
            return GateFinding(CONFLICT, self._clashing(w.pair.gates[gate]))
        if space.always(opened):
            return GateFinding("open", self._deciders(w.pair, gate, True))
        if space.always(closed):
            return GateFinding("closed", self._deciders(w.pair, gate, False))
        moving = space.depends([opened, closed])
        facts = tuple(v for v in moving if not v.startswith("free:"))
        questions = tuple(v.removeprefix("free:") for v in moving if v.startswith("free:"))
        if questions and varies_everywhere(space, opened):
            return GateFinding(CONTESTED, questions)
        return GateFinding(UNDETERMINED, (*facts, *questions))

    def _deciders(self, pair: Pair, gate: str, opens: bool) -> tuple[str, ...]:
        """The rules that can be the reason, those that always apply first; a default when no other rule speaks."""
        literal = pair.gates[gate] if opens else _denied(pair.gates[gate])
        causes = [c for (g, _), c in pair.causes.items() if g == gate] if not opens else []
        sure: list[str] = []
        perhaps: list[str] = []
        for rule, name in self.code.speakers((*causes, literal)):
            if self.space.always(self._applies(rule)):
                sure.append(name)
            elif self.may_apply(rule):
                perhaps.append(name)
        named = tuple(dict.fromkeys(sure or perhaps))
        return named or (f"default: {'open unless barred' if opens else 'closed unless shown'}",)

    def _applies(self, rule: str) -> Function:
        token = self.code.program.applicable[rule]
        value = self.values[token >> 1]
        return none_of(value) if token & 1 else value

    def may_apply(self, rule: str) -> bool:
        """Whether a rule of the theory applies in some completion."""
        unsettled = self.space.unsettled(self.code.program.applicable[rule] >> 1)
        return bool(unsettled or self.space.possible(self._applies(rule)))

    def _clashing(self, literal: str) -> tuple[str, ...]:
        theory = self.code.theory
        sides = [r for head in (literal, _denied(literal)) for r in theory.supporters(head)]
        live = [r.id for r in sides if not r.id.startswith("default:") and self.may_apply(r.id)]
        return tuple(dict.fromkeys(self.code.authority[r].name or r for r in live))


_SETTLED_NO = frozenset(
    {NOT_PERMITTED, CONFLICT, OUTSIDE, "enjoined", "no authority", "unconstitutional", "waived", "not ripe"}
)


def varies_everywhere(space: Any, f: Function) -> bool:
    """Whether in every completion of the facts some reading makes ``f`` true and some other false."""
    both = all_of((space.some_reading(f), space.some_reading(none_of(f))))
    return bool(space.always(both))


class _Weighed:
    """The gates of one (action, basis) as functions, and the verdict they make."""

    def __init__(self, desk: Desk, basis: str, pair: Pair) -> None:
        self.desk, self.basis, self.pair, self.space = desk, basis, pair, desk.space
        self.opened = {g: desk.function(x) for g, x in pair.gates.items()}
        self.closed = {g: desk.function(_denied(x)) for g, x in pair.gates.items()}
        self.caused = {key: desk.function(x) for key, x in pair.causes.items()}
        self.step_functions = {s: desk.function(x) for s, x in pair.steps.items()}

    def fixed(self, values: Mapping[str, Value]) -> _Weighed:
        """The same with some readings or facts fixed."""
        return self.desk.once((self, tuple(values.items())), lambda: self._fixed(values))

    def _fixed(self, values: Mapping[str, Value]) -> _Weighed:
        other = object.__new__(_Weighed)
        other.desk, other.basis, other.pair, other.space = self.desk, self.basis, self.pair, self.space
        fix = self.space.fix
        other.conflict = fix(self.conflict, values)
        other.closings = {word: fix(f, values) for word, f in self.closings.items()}
        other.partition = {PERMITTED: fix(self.partition[PERMITTED], values)}
        other.step_functions = {s: fix(f, values) for s, f in self.step_functions.items()}
        return other

    @cached_property
    def closings(self) -> dict[str, Function]:
        """Verdict words in their order, each with the completions in which its gate is closed."""
        return {word.verdict: all_of((self.closed[word.gate], self._cause(word))) for word in self.desk.law.verdicts}

    def _cause(self, word: VerdictWord) -> Function:
        return True if word.cause is None else self.caused.get((word.gate, word.cause), False)

    @cached_property
    def conflict(self) -> Function:
        return any_of(none_of(any_of((self.opened[g], self.closed[g]))) for g in self.opened)

    @cached_property
    def partition(self) -> dict[str, Function]:
        """Verdict word -> the completions in which it is the verdict; together they are everything."""
        left: Function = none_of(self.conflict)
        parts = {CONFLICT: self.conflict}
        for word, closed in self.closings.items():
            parts[word] = all_of((left, closed))
            left = all_of((left, none_of(closed)))
        parts[PERMITTED] = left
        return parts

    def verdict(self) -> str:
        if self.space.clashes(self.conflict):
            return CONFLICT
        for word, closed in self.closings.items():
            if self.space.always(closed):
                return word
        return _settle(self.space, self.partition[PERMITTED], self.steps)

    def steps(self) -> tuple[str, ...]:
        """The steps of process that are, or may be, still to come, in order."""
        return tuple(s for s in self.desk.law.steps if self.space.possible(self.step_functions.get(s, False)))


def _settle(space: Any, permitted: Function, steps: Callable[[], tuple[str, ...]]) -> str:
    if space.always(permitted):
        return AFTER_PROCESS if steps() else PERMITTED
    if not space.possible(permitted):
        return NOT_PERMITTED
    return CONTESTED if varies_everywhere(space, permitted) else UNDETERMINED


class _Together:
    """An action over all its bases: permitted in each completion where some basis is; else as the furthest basis is."""

    def __init__(self, desk: Desk, weigh: Callable[[], Sequence[_Weighed]]) -> None:
        self.desk, self.weigh, self.space = desk, weigh, desk.space

    @cached_property
    def weighed(self) -> Sequence[_Weighed]:
        return self.weigh()

    def fixed(self, values: Mapping[str, Value]) -> _Together:
        """The same with some readings or facts fixed; each basis only when the verdict asks for it."""
        other = _Together(self.desk, lambda: [w.fixed(values) for w in self.weighed])
        other.partition = {word: self.space.fix(self.partition[word], values) for word in (CONFLICT, PERMITTED)}
        return other

    @cached_property
    def partition(self) -> dict[str, Function]:
        """Whether the action is permitted; why not, when it is not, is for each basis to say."""
        conflict = any_of(w.partition[CONFLICT] for w in self.weighed)
        permitted = all_of((none_of(conflict), any_of(w.partition[PERMITTED] for w in self.weighed)))
        return {CONFLICT: conflict, PERMITTED: permitted, NOT_PERMITTED: none_of(any_of((conflict, permitted)))}

    def verdict(self) -> str:
        if self.space.clashes(self.partition[CONFLICT]):
            return CONFLICT
        if self.space.possible(self.partition[PERMITTED]):
            return _settle(self.space, self.partition[PERMITTED], self.steps)
        return self._furthest({w.verdict() for w in self.weighed})

    def _furthest(self, verdicts: set[str]) -> str:
        """Of verdicts that all say no, the one nearest to permission."""
        return next((word for word in self.desk.law.nearest if word in verdicts), NOT_PERMITTED)

    def steps(self) -> tuple[str, ...]:
        """The steps of the bases that can permit; none when some basis always permits without any."""
        able = [w for w in self.weighed if self.space.possible(w.partition[PERMITTED])]
        if any(not w.steps() and self.space.always(w.partition[PERMITTED]) for w in able):
            return ()
        due = {s for w in able for s in w.steps()}
        return tuple(s for s in self.desk.law.steps if s in due)


def _denied(literal: str) -> str:
    return literal[1:] if literal[0] == "~" else "~" + literal


def _actor_word(hypothetical: Hypothetical, default: str) -> str:
    value = hypothetical.row.value(f"actor.{default}")
    if value is not None:
        return str(value)
    return "agency_head" if default == AWARD_AGENCY and "actor" not in hypothetical.open else "unknown"


def what_matters(space: Any, parts: Sequence[Function], verdict: str) -> tuple[tuple[Missing, ...], list[str]]:
    """The unknown facts and the open questions on which a verdict turns, those that turn it most often first.

    Of an undetermined verdict only the first few questions are worth reading before the facts are known.
    """
    shares = {v: space.share(parts, v) for v in space.depends(parts)}
    ranked = sorted(shares, key=lambda v: (-shares[v], v))
    missing = tuple(Missing(v, shares[v]) for v in ranked if not v.startswith("free:"))
    questions = [v for v in ranked if v.startswith("free:")]
    return missing, questions if verdict == CONTESTED else questions[: MOST_READINGS // 2]


def combinations(space: Any, questions: Sequence[str]) -> Iterator[dict[str, Value]]:
    """The readings to report: every combination of few questions, else one question at a time, the others left open."""
    values = [space.variables[q] for q in questions]
    if not questions:
        return
    if prod(map(len, values)) <= MOST_READINGS:
        for chosen in product(*values):
            yield dict(zip(questions, chosen, strict=True))
    else:
        for question, readings in zip(questions, values, strict=True):
            for reading in readings:
                yield {question: reading}


def assume_words(fixed: Mapping[str, Value]) -> dict[str, str]:
    """Readings as question -> reading."""
    return {question.removeprefix("free:"): value_text(value) for question, value in fixed.items()}
