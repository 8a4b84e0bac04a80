"""The firing log of the forward-chaining engine, told in law words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

from .draft import Authority, say_day
from .errors import EngineError
from .hypothetical import Hypothetical
from .theory import TRUE

if TYPE_CHECKING:
    from .chain import Firing, Session
    from .theory import Program


_UNTOLD = ("applies:", "~applies:", "~in_force:", "~waiver:")
"""Literals that are not told: which rules apply is told by the rules, and what is not in force says nothing yet."""


_BY_DEFAULT = ("default", "guard", "date", "reading")
"""Roles of rules that say what holds as long as nothing on file says otherwise."""


_OF = {"protected": "order", "waived_for": "waiver"}
"""What must stand on the day for a word about whom it covers to matter."""


def _session(program: Program, row: Mapping[str, bool | None]) -> Session | Rounds:
    """A session of the rules engine, or `Rounds` where it is not installed."""
    from .chain import Session

    try:
        return Session(program, row)
    except EngineError:
        return Rounds(program, row)


class Rounds:
    """The log of a `chain.Session` without the rules engine: round after round, every rule whose body is proved."""

    def __init__(self, program: Program, row: Mapping[str, bool | None]) -> None:
        self.program, self.row = program, dict(row)
        self.rules = tuple(program.horn())
        self.log = self._run()

    def tell(self, atom: str, value: bool | None) -> tuple[Firing, ...]:
        """The new firings, in order, now that an atom is known, or with None no longer known."""
        before = {(f.head, f.body) for f in self.log}
        self.row[atom] = value
        self.log = self._run()
        return tuple(f for f in self.log if (f.head, f.body) not in before)

    def untell(self, atom: str) -> tuple[Firing, ...]:
        """Makes an atom unknown."""
        return self.tell(atom, None)

    def close(self) -> None:
        """Nothing is held open."""

    def _run(self) -> tuple[Firing, ...]:
        from .chain import Firing

        known, fired = {TRUE, *self.program.given(self.row)}, list[Firing]()
        fresh = True
        while fresh:
            fresh = False
            for head, body in self.rules:
                if head not in known and known.issuperset(body):
                    known.add(head)
                    fired.append(Firing(len(fired) + 1, head, body))
                    fresh = True
        return tuple(fired)


@dataclass(frozen=True, slots=True)
class Step:
    """One firing: what was established (or refuted), by which source.

    ``usual`` marks what holds by default or by dates alone: no party to a suit, an order not yet made, a gate of a
    power that nothing on file gives.
    """

    number: int
    says: str
    cite: str = ""
    instrument: str = ""
    flag: str | None = None
    usual: bool = False

    def __str__(self) -> str:
        source = ", ".join(part for part in (self.cite, self.instrument) if part)
        return f"{self.number}. {self.says}{f' ({source})' if source else ''}"


class Watch:
    """A live session over one hypothetical. ``steps`` is the whole log; `tell` gives what fires next.

    Only steps that mean something in law are told: a literal shown, or a rule that now applies. Where durable_rules
    is not installed the same rules are gone through in rounds.
    """

    def __init__(self, hypothetical: Hypothetical) -> None:
        self.hypothetical = hypothetical
        self.code = hypothetical.law.code
        self.session = _session(self.code.program, hypothetical.row.truths)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step so far, in the order in which the rules fired."""
        return tuple(self._told(self.session.log))

    def tell(self, **facts: object) -> tuple[Step, ...]:
        """What fires when facts are told, changed, or forgotten (``"unknown"``)."""
        return self.pose(self.hypothetical.with_facts(**facts))

    def pose(self, after: Hypothetical) -> tuple[Step, ...]:
        """What fires when the city becomes another one, or the day another day, under the same law."""
        was, now = self.hypothetical.row.truths, after.row.truths
        fired: list[Firing] = []
        for atom, truth in now.items():
            if truth is None and was[atom] is not None:
                fired += self.session.untell(atom)
            elif truth is not None and truth != was[atom]:
                fired += self.session.tell(atom, truth)
        self.hypothetical = after
        return tuple(self._told(fired))

    def close(self) -> None:
        """Ends the session."""
        self.session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # telling -------------------------------------------------------------------------------------------------------

    @cached_property
    def _literals(self) -> dict[int, str]:
        """Token -> the literal it shows, for literals that have plain words."""
        tokens = self.code.program.defeasible
        return {tokens[x]: x for x in tokens if x in self.code.words and not x.startswith(_UNTOLD)}

    @cached_property
    def _rules(self) -> dict[int, Authority]:
        """Token -> the rule whose application it shows."""
        found = {}
        for rule, token in self.code.program.applicable.items():
            about = self.code.authority[rule]
            if about.role not in ("default", "guard"):
                found[token] = about
        return found

    def _title(self, instrument: str | None) -> str:
        noun = self.hypothetical.law.instruments.get(instrument or "")
        return noun.title if noun else instrument or ""

    def _told(self, firings: Iterable[Firing]) -> Iterable[Step]:
        seen: set[str] = set()
        known = self._known()
        ended = self._ended(known)
        for firing in firings:
            about, literal = self._rules.get(firing.head), self._literals.get(firing.head)
            if about is not None:
                step = Step(firing.number, about.says, about.cite, self._title(about.instrument), about.flag)
            elif literal is not None:
                usual = self._usual(literal, known, ended)
                step = Step(firing.number, self._named(self.code.words[literal]), usual=usual)
            else:
                continue
            if step.says not in seen:
                seen.add(step.says)
                yield step

    def _known(self) -> set[int]:
        """Every token that is given or has fired."""
        given = self.code.program.given(self.hypothetical.row.truths)
        return {TRUE, *given, *(firing.head for firing in self.session.log)}

    def _ended(self, known: set[int]) -> set[str]:
        """The powers whose first gate is closed for every act: their other gates matter to no answer."""
        first = next(iter(self.hypothetical.law.gates), "")
        shown = [literal for token, literal in self._literals.items() if token in known]
        closed, opened = ({x.split(":")[1] for x in shown if x.startswith(f"{sign}{first}:")} for sign in ("~", ""))
        return closed - opened

    def _usual(self, literal: str, known: set[int], ended: set[str]) -> bool:
        """Whether a literal holds by default alone, and is no gate of a power that matters."""
        law = self.hypothetical.law
        gate, _, rest = literal.lstrip("~").partition(":")
        basis = rest.partition(":")[0]
        home = law.home[basis].instrument if gate in law.gates and basis in law.bases else ""
        asleep = (f"~in_force:{home}", f"~{_OF.get(gate, '')}:{rest}")
        if any(self.code.program.defeasible.get(x) in known for x in asleep):
            return True
        if any(self.code.program.applicable[rule] in known for rule in self._concluding.get(literal, ())):
            return False
        return gate not in law.gates or basis not in law.bases or basis in ended

    @cached_property
    def _concluding(self) -> dict[str, list[str]]:
        """Literal -> the rules for it that are more than a default."""
        found: dict[str, list[str]] = {}
        for rule in self.code.theory.rules:
            if self.code.authority[rule.id].role not in _BY_DEFAULT:
                found.setdefault(rule.head, []).append(rule.id)
        return found

    def _named(self, says: str) -> str:
        """The words with orders called by their suit and day instead of their id."""
        law = self.hypothetical.law
        for order in law.rulings if "#" in says else ():
            suit, _, day = order.partition("#")
            if order in says and suit in law.suits:
                says = says.replace(order, f"of {say_day(dt.date.fromisoformat(day))} in {law.suits[suit].title}")
        return says
