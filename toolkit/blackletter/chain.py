"""One live hypothetical on durable_rules: tell a fact, watch the rules fire.

durable_rules is a Rete engine in C. It is exact inside a narrow subset and wrong, slow or fatal outside it, so this
module keeps to that subset: positive conditions, equality tests, one small fact a token, a bare ruleset handle; no
`Host`, no `none()`.

The program is cut into many small rulesets, in dependency order. A proved token becomes a fact in each ruleset with an
unsettled rule that reads it; firings give tokens; the earliest ruleset with news goes first. The program is monotone,
so that order changes nothing but the log, and a cycle of rules may cross rulesets. Small rulesets keep every limit of
the engine far away, are compiled and opened only when a fact reaches them, and can be closed and opened again at will.
"""

from __future__ import annotations

import functools
import heapq
import importlib
import itertools
import json
import threading
import weakref
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from .errors import EngineError, unknown_name
from .theory import TRUE, Program

_T = TypeVar("_T")

MAX_RULES, MAX_CONDITIONS, MAX_SHARING, MAX_TESTS, MAX_SESSIONS = 4096, 15, 255, 511, 1000
"""What durable_rules 2.0.28 carries: rules in a ruleset, conditions in a rule, rules that share a condition,
first-level tests in a ruleset, live sessions of a program (it dies at the 1,025th)."""

SLICE = 96
"""Rules in one ruleset."""
GROUP = 16
"""Tokens behind one first-level test: a fact is tested on its group, then on itself."""
OPEN_CONDITIONS = 4000
"""Conditions a `Session` keeps open between tellings, at about 15 kB each."""


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that gave a new token: ``head`` is proved, each token of ``body`` was proved before.

    ``number`` counts from 1 in the session's log. Tokens are those of the `Program`.
    """

    number: int
    head: int
    body: tuple[int, ...]


def close(program: Program, row: Mapping[str, bool | None]) -> frozenset[int]:
    """Every token that follows from one row of atoms (True, False, None), `TRUE` included.

    The same set as `planes.close`, found by durable_rules; `EngineError` where it is missing.

    >>> from blackletter.theory import compile_theory, parse_theory
    >>> theory, row = parse_theory({"facts": ["bird"], "defeasible": [
    ...     {"id": "r", "head": "flies", "body": ["bird"]}]})
    >>> program = compile_theory(theory)
    >>> program.tags(close(program, row))["+d"]
    ['bird', 'flies']
    """
    with Session(program, row, keep=0) as session:
        return session.tokens


def describe(program: Program, firing: Firing) -> str:
    """The firing in the program's own words: its number, what it gave, and from what."""
    body = ", ".join(program.token_name(token) for token in firing.body)
    return f"{firing.number}. {program.token_name(firing.head)} from {body}"


class Session:
    """A live forward-chaining session: each telling gives the firings it caused.

    ``row`` is told at once. With ``wanted`` (tokens) only rules that bear on them fire. ``keep`` is how many conditions
    stay open between tellings. Threads may share a session. A telling that is interrupted leaves it as it was before.
    Close it or use ``with``; a forgotten session is closed when it is collected. Raises `EngineError` for an atom that
    is no input.

    >>> from blackletter.theory import compile_theory, parse_theory
    >>> theory, row = parse_theory({"facts": ["bird"], "unknown": ["penguin"], "defeasible": [
    ...     {"id": "r", "head": "flies", "body": ["bird"]},
    ...     {"id": "s", "head": "~flies", "body": ["penguin"]}], "superiority": [["s", "r"]]})
    >>> program = compile_theory(theory)
    >>> with Session(program, row) as session:
    ...     for firing in session.tell("penguin", False):
    ...         print(describe(program, firing))
    1. +prevails flies from +bird, -penguin
    2. -countered r from +bird, -penguin
    3. -prevails ~flies from -penguin
    """

    def __init__(
        self,
        program: Program,
        row: Mapping[str, bool | None] | None = None,
        *,
        wanted: Iterable[int] | None = None,
        keep: int = OPEN_CONDITIONS,
    ) -> None:
        self._inputs = program.inputs
        self._engine = _engine_of(program)
        self._cone = None if wanted is None else self._engine.cone(wanted)
        self._row = {a: v for a, v in (row or {}).items() if v is not None and a in self._inputs}
        self._keep = keep
        self._lock = threading.RLock()
        self._seat = self._engine.take_seat()
        self._open: dict[int, int] = {}
        self._finalizer = weakref.finalize(self, self._engine.leave, self._seat, self._open)
        self._finalizer.atexit = False
        self._stale = True
        self._wake()

    def tell(self, atom: str, value: bool) -> tuple[Firing, ...]:
        """The new firings, in order, now that ``atom`` is known to be ``value``.

        An atom told before with the other value is first untold; () when nothing is new.
        """
        if not isinstance(value, bool):
            raise EngineError(f'"{atom}" is told True or False, not {value!r}; untell forgets it')
        return self._change(atom, value)

    def untell(self, atom: str) -> tuple[Firing, ...]:
        """Makes ``atom`` unknown; gives the firings that carry anew what had rested on it."""
        return self._change(atom, None)

    @property
    def tokens(self) -> frozenset[int]:
        """Every token proved so far, `TRUE` included."""
        with self._lock:
            self._wake()
            return frozenset(t for t in self._tokens if t < self._engine.first_link)

    @property
    def log(self) -> tuple[Firing, ...]:
        """The firings that hold, in order: each token has one, and its body came before it."""
        with self._lock:
            self._wake()
            return tuple(self._log)

    @property
    def row(self) -> dict[str, bool]:
        """The atoms now told."""
        with self._lock:
            return dict(self._row)

    def close(self) -> None:
        """Gives the engine's memory back; the session can be read but no longer told."""
        with self._lock:
            self._wake()
            self._finalizer()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._finalizer()

    def _change(self, atom: str, value: bool | None) -> tuple[Firing, ...]:
        if atom not in self._inputs:
            raise EngineError(unknown_name("atom", atom, self._inputs))
        with self._lock:
            self._wake(self._finalizer.alive)
            if self._row.get(atom) is value:
                return ()
            return self._guarded(lambda: self._replace(atom, value))

    def _guarded(self, work: Callable[[], _T]) -> _T:
        """Runs ``work``; whatever stops it, the next call rebuilds the session from its row."""
        self._stale = True
        try:
            done = work()
        except _library().error as error:
            raise EngineError(f"durable_rules gave up: {error}") from error
        self._stale = False
        return done

    def _wake(self, readable: bool = True) -> None:
        if not readable or (self._stale and not self._finalizer.alive):
            raise EngineError("this session is closed; open a new one")
        if self._stale:
            self._guarded(self._rebuild)

    def _rebuild(self) -> None:
        for number in list(self._open):
            self._shut(number)
        self._tokens: set[int] = set()
        self._fired: list[_Rule] = []
        self._log: list[Firing] = []
        self._news: dict[int, list[int]] = {}
        self._due: list[int] = []
        for token in (TRUE, *(self._token(*told) for told in self._row.items())):
            self._learn(token)
        self._run()

    def _replace(self, atom: str, value: bool | None) -> tuple[Firing, ...]:
        before = self._withdraw(self._token(atom, self._row[atom])) if atom in self._row else set()
        start, row = len(self._log), {a: v for a, v in self._row.items() if a != atom}
        if value is not None:
            row[atom] = value
            self._learn(self._token(atom, value))
        self._run()
        self._row = row
        return tuple(f for f in self._log[start:] if (f.head, f.body) not in before)

    def _token(self, atom: str, value: bool) -> int:
        return 2 * self._inputs[atom] + (not value)

    def _withdraw(self, token: int) -> set[tuple[int, tuple[int, ...]]]:
        """Takes back ``token`` and each head whose logged proof rests on it; gives those firings.

        A head may have another proof: the rulesets that could find it are closed and made due.
        """
        lost, dropped, fired = {token}, set(), self._fired
        self._fired, self._log = [], []
        for rule in fired:
            if lost.isdisjoint(rule.body):
                self._record(rule)
            else:
                lost.add(rule.head)
                dropped.add((rule.head, rule.whole))
        self._tokens -= lost
        makers = {number for t in lost for number in self._engine.makers.get(t >> 1, ())}
        readers = {number for t in lost for number, _ in self._engine.readers.get(t, ())}
        for number in (makers | readers).intersection(self._open):
            self._shut(number)
        for number in makers:
            self._notify(number)
        return dropped

    def _record(self, rule: _Rule) -> None:
        self._fired.append(rule)
        if rule.head < self._engine.first_link:
            self._log.append(Firing(len(self._log) + 1, rule.head, rule.whole))

    def _learn(self, token: int) -> None:
        self._tokens.add(token)
        for number, head in self._engine.readers.get(token, ()):
            if self._unsettled(head):
                self._notify(number, token)

    def _unsettled(self, head: int) -> bool:
        """Whether rules for ``head`` still matter: it is wanted, and neither rail is proved."""
        wanted = self._cone is None or head in self._cone
        return wanted and head not in self._tokens and head ^ 1 not in self._tokens

    def _notify(self, number: int, *news: int) -> None:
        if number not in self._news:
            self._news[number] = []
            heapq.heappush(self._due, number)
        self._news[number].extend(news)

    def _run(self) -> None:
        while self._due:
            number = heapq.heappop(self._due)
            for rule in self._fire(number, self._news.pop(number)):
                if self._unsettled(rule.head):
                    self._record(rule)
                    self._learn(rule.head)

    def _fire(self, number: int, news: list[int]) -> list[_Rule]:
        """The rules that fire on the news; a closed ruleset is first told all that matters."""
        ruleset = self._engine.rulesets[number]
        if number not in self._open:
            bodies = (rule.body for rule in ruleset.rules if self._unsettled(rule.head))
            news = [token for token in itertools.chain(*bodies) if token in self._tokens]
            if news:
                self._make_room(ruleset.weight)
                self._open[number] = 0
                self._open[number] = ruleset.start(self._seat)
        if not news:
            return []
        return ruleset.fire(self._seat, self._open[number], dict.fromkeys(news))

    def _make_room(self, weight: int) -> None:
        """Closes rulesets, the one opened first first, until another of ``weight`` has room."""
        weights = {number: self._engine.rulesets[number].weight for number in self._open}
        weight += sum(weights.values())
        for number, gain in weights.items():
            if weight > self._keep:
                self._shut(number)
                weight -= gain

    def _shut(self, number: int) -> None:
        self._engine.rulesets[number].stop(self._seat)
        self._open.pop(number, None)


@dataclass(frozen=True, slots=True)
class _Rule:
    """``body`` has at most 15 tokens; ``whole`` is the body before a wide one was chained."""

    head: int
    body: tuple[int, ...]
    whole: tuple[int, ...]


class _Engine:
    """The rulesets of one program, and the seats (engine session ids) its sessions share."""

    def __init__(self, program: Program) -> None:
        self.first_link = 2 * len(program.nodes)
        rules = list(_narrow(program.horn(), self.first_link))
        self.rulesets = [_Ruleset(rules[i : i + SLICE]) for i in range(0, len(rules), SLICE)]
        self.readers: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self.makers: dict[int, list[int]] = defaultdict(list)
        for number, ruleset in enumerate(self.rulesets):
            for rule in ruleset.rules:
                self.makers[rule.head >> 1].append(number)
                for token in rule.body:
                    self.readers[token].append((number, rule.head))
        self.seats = [f"s{n}" for n in range(MAX_SESSIONS)]
        _check_names(max((len(r.local) for r in self.rulesets), default=0))

    def take_seat(self) -> str:
        try:
            return self.seats.pop()
        except IndexError:
            what = f"{MAX_SESSIONS:,} sessions of this program are open, all durable_rules carries"
            raise EngineError(f"{what}; close some, or open them with `with`") from None

    def leave(self, seat: str, opened: dict[int, int]) -> None:
        """Ends a session's part in every ruleset; runs in any thread, so it takes no lock."""
        for number in list(opened):
            self.rulesets[number].stop(seat)
            opened.pop(number, None)
        self.seats.append(seat)

    def cone(self, wanted: Iterable[int]) -> frozenset[int]:
        """The tokens that bear on those wanted."""
        needs: dict[int, set[int]] = defaultdict(set)
        for rule in itertools.chain.from_iterable(r.rules for r in self.rulesets):
            needs[rule.head].update(rule.body)
        agenda = list(wanted)
        seen = set(agenda)
        while agenda:
            new = needs[agenda.pop()] - seen
            seen |= new
            agenda.extend(new)
        return frozenset(seen)


def _narrow(rules: Iterable[tuple[int, tuple[int, ...]]], link: int) -> Iterator[_Rule]:
    """The rules, wide bodies chained through links: new tokens, every other one from ``link``."""
    for head, whole in rules:
        body = whole or (TRUE,)
        while len(body) > MAX_CONDITIONS:
            yield _Rule(link, body[:MAX_CONDITIONS], ())
            body = (link, *body[MAX_CONDITIONS:])
            link += 2
        yield _Rule(head, body, whole)


class _Ruleset:
    """A slice of the program as one durable ruleset, compiled at first use.

    Its facts are numbered from 1; fact 0 starts an engine session and fires rule 0.
    """

    def __init__(self, rules: Sequence[_Rule]) -> None:
        self.rules = tuple(rules)
        tokens = list(itertools.chain.from_iterable(rule.body for rule in rules))
        self.weight = len(tokens)
        self.local = {token: n for n, token in enumerate(dict.fromkeys(tokens), 1)}
        self._handle = 0
        _check_limits(self.rules, Counter(tokens))

    def start(self, seat: str) -> int:
        """Opens the engine session of ``seat`` and gives its offset, by which it is driven."""
        with _compiling:
            if not self._handle:
                self._compile()
        engine = _library()
        _, offset = engine.assert_fact(self._handle, _fact(0, seat))
        if engine.start_action_for_state(self._handle, offset):
            engine.complete_and_start_action(self._handle, offset)
        return int(offset)

    def fire(self, seat: str, offset: int, tokens: Iterable[int]) -> list[_Rule]:
        """The rules that fire, in the engine's order, now that ``tokens`` (some) are facts."""
        engine, fired = _library(), []
        facts = ",".join([_fact(self.local[token], seat) for token in tokens])
        status, _ = engine.assert_facts(self._handle, f"[{facts}]")
        if status:
            raise EngineError(f"durable_rules did not take a fact (status {status})")
        started = engine.start_action_for_state(self._handle, offset)
        message = started and started[1]
        while message:  # {"<rule>": {...}}
            fired.append(self.rules[int(message[2 : message.index('"', 2)]) - 1])
            message = engine.complete_and_start_action(self._handle, offset)
        return fired

    def stop(self, seat: str) -> None:
        """Deletes the engine session of ``seat``, wherever an interruption left it.

        Deleting one that never started an action would free uninitialised memory. So it gets the start fact (again)
        and a chance to start: where none starts now, one has started before.
        """
        if self._handle:
            engine = _library()
            _, offset = engine.assert_fact(self._handle, _fact(0, seat))
            engine.start_action_for_state(self._handle, offset)
            engine.delete_state(self._handle, seat)

    def _compile(self) -> None:
        bodies = [[0], *([self.local[token] for token in rule.body] for rule in self.rules)]
        text = {
            str(name): {"all": [{f"m_{i}": _condition(fact)} for i, fact in enumerate(body)]}
            for name, body in enumerate(bodies)
        }
        engine = _library()
        self._handle = engine.create_ruleset("blackletter", json.dumps(text))
        weakref.finalize(self, engine.delete_ruleset, self._handle).atexit = False


def _condition(fact: int) -> dict[str, Any]:
    return {"$and": [{"g": fact // GROUP}, {"k": fact}]}


def _fact(fact: int, seat: str) -> str:
    return f'{{"g":{fact // GROUP},"k":{fact},"id":"{fact}","sid":"{seat}"}}'


def _check_limits(rules: Sequence[_Rule], uses: Counter[int]) -> None:
    """Raises `EngineError` for a ruleset in which the engine would hang, crash or be wrong."""
    for count, most, what in (
        (len(rules) + 1, MAX_RULES, "rules in a ruleset"),
        (
            max((len(rule.body) for rule in rules), default=0),
            MAX_CONDITIONS,
            "conditions in a rule",
        ),
        (max(uses.values(), default=0), MAX_SHARING, "rules that share one condition"),
        (len(uses) // GROUP + 1 + GROUP, MAX_TESTS, "first-level tests in a ruleset"),
    ):
        if count > most:
            raise EngineError(f"{count:,} {what}: durable_rules carries {most:,}; lower SLICE")
    if any(len(set(rule.body)) < len(rule.body) for rule in rules):
        raise EngineError("a rule names a token twice: durable_rules would wait for two facts")


@functools.cache
def _check_names(facts: int) -> None:
    """The engine tells ids and properties apart by a 32-bit hash alone: no two may share one."""
    seats = [f"s{n}" for n in range(MAX_SESSIONS)]
    names = ["g", "k", "id", "sid", "$s", *map(str, range(facts + 1)), *seats]
    seen: dict[int, str] = {}
    for name in (*names, *(f"sid-{seat}" for seat in seats)):
        twin = seen.setdefault(_hash(name), name)
        if twin != name:
            raise EngineError(f'durable_rules cannot tell "{name}" from "{twin}": same hash')


def _hash(text: str) -> int:
    """FNV-1a of 32 bits.

    >>> _hash("id"), _hash("sid")  # as the engine's source has them
    (926444256, 3593476751)
    """
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return value


_compiling = threading.RLock()
_engines: dict[int, _Engine] = {}


def _engine_of(program: Program) -> _Engine:
    """The compiled rulesets of ``program``; they live as long as it, or as a session of it."""
    _library()
    with _compiling:
        if id(program) not in _engines:
            weakref.finalize(program, _engines.pop, id(program), None).atexit = False
            _engines[id(program)] = _Engine(program)
        return _engines[id(program)]


@functools.cache
def _library() -> Any:
    try:
        return importlib.import_module("durable_rules_engine")
    except ImportError as error:
        raise EngineError(
            f"durable_rules cannot be imported ({error}). It needs Python 3.11 or 3.12 and, on"
            ' Linux, a C compiler: pip install "durable_rules==2.0.28". Without it, planes.close'
            " gives the same tokens"
        ) from error
