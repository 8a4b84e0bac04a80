"""The firing log of the forward-chaining engine, told in law words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

from .draft import Authority
from .hypothetical import Hypothetical

if TYPE_CHECKING:
    from .chain import Firing


@dataclass(frozen=True, slots=True)
class Step:
    """One firing: what was established (or refuted), by which source."""

    number: int
    says: str
    cite: str = ""
    instrument: str = ""
    flag: str | None = None

    def __str__(self) -> str:
        source = ", ".join(part for part in (self.cite, self.instrument) if part)
        return f"{self.number}. {self.says}{f' ({source})' if source else ''}"


class Watch:
    """A live session over one hypothetical. ``steps`` is the whole log; `tell` gives what fires next.

    Only steps that mean something in law are told: a literal shown, or a rule that now applies. Needs durable_rules;
    raises `EngineError` where it is not installed.
    """

    def __init__(self, hypothetical: Hypothetical) -> None:
        from .chain import Session

        self.hypothetical = hypothetical
        self.code = hypothetical.law.code
        self.session = Session(self.code.program, hypothetical.row.truths)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step so far, in the order in which the rules fired."""
        return tuple(self._told(self.session.log))

    def tell(self, **facts: object) -> tuple[Step, ...]:
        """What fires when facts are told, changed, or forgotten (``"unknown"``)."""
        after = self.hypothetical.with_facts(**facts)
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
        return {tokens[x]: x for x in tokens if x in self.code.words and not x.lstrip("~").startswith("applies:")}

    @cached_property
    def _rules(self) -> dict[int, Authority]:
        """Token -> the rule whose application it shows."""
        found = {}
        for rule, token in self.code.program.applicable.items():
            about = self.code.authority[rule]
            if about.role not in ("default", "guard"):
                found[token] = about
        return found

    def _told(self, firings: Iterable[Firing]) -> Iterable[Step]:
        for firing in firings:
            about, literal = self._rules.get(firing.head), self._literals.get(firing.head)
            if about is not None:
                yield Step(firing.number, about.says, about.cite, about.instrument or "", about.flag)
            elif literal is not None:
                yield Step(firing.number, self.code.words[literal])
