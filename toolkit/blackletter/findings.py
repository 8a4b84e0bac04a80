"""Findings as values: gates, verdicts, what is missing, how readings divide; and the board that holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .errors import FactError, unknown_name
from .hypothetical import Hypothetical

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .argue import Argument
    from .change import Changes
    from .matrix import Matrix
    from .ruleset import Ruleset

PERMITTED, AFTER_PROCESS = "permitted", "permitted after process"
NOT_PERMITTED, CONTESTED, UNDETERMINED = "not permitted", "contested", "undetermined"
CONFLICT, OUTSIDE = "conflict", "outside the model"
FORBIDDEN, REQUIRED, NOT_REGULATED = "forbidden", "required", "not regulated"
NOT_RIPE = "not ripe"
"""Of a federal act: its award gate is closed. Of a choice: a duty that is not due yet."""


@dataclass(frozen=True, slots=True)
class GateFinding:
    """One gate: ``open``, ``closed``, ``contested``, ``undetermined`` or ``conflict``, and what makes it so.

    ``by`` names rules when the gate is open or closed, questions when contested, facts when undetermined.
    """

    value: str
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """An unknown fact that matters, with the share of completions in which it alone changes the verdict."""

    fact: str
    share: float


@dataclass(frozen=True, slots=True)
class ReadingVerdict:
    """The verdict when these questions are read so."""

    assume: Mapping[str, str]
    verdict: str


@dataclass(frozen=True)
class Finding:
    """A conclusion about (action, basis, award) or (choice, law), with its grounds."""

    action: str
    basis: str
    verdict: str
    actor: str | None = None
    award: str | None = None
    gates: Mapping[str, GateFinding] | None = None
    steps: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()
    readings: tuple[ReadingVerdict, ...] = ()
    rules: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    note: str = ""
    board: Board | None = field(default=None, repr=False, compare=False)

    def why(self) -> Argument:
        """The argument for this finding."""
        from .argue import argue

        return argue(self)

    def why_not(self, verdict: str) -> Argument:
        """What stands between this finding and another verdict; raises `FactError` for a word that is no verdict."""
        from .whynot import why_not

        return why_not(self, verdict)

    def readings_matrix(self) -> Matrix:
        """The open questions behind this finding, reading by reading: the verdict, who argues it, what binds here."""
        from .matrix import matrix

        return matrix(self)

    def proof(self) -> dict[str, Any]:
        """The finding with a proof for `blackletter verify`, a checker without evaluators; `ProofError` if too long."""
        from .proof import prove

        return prove(self)

    def change(
        self, to: str | None = None, side: str | None = None, lock: Iterable[str] = (), most: int = 3
    ) -> Changes:
        """Every smallest set of up to ``most`` changes to another verdict, or to ``to``; see `blackletter.change`."""
        from .change import change
        from .dials import Key

        if self.board is None:
            raise FactError("this finding stands alone: take it from a board to ask what would change it")
        return change(self.board, Key(self.action, self.basis), to, side, lock, most)

    @property
    def is_choice(self) -> bool:
        """Whether this is about a choice of the city, not an act of the federal side."""
        return self.gates is None


@dataclass(frozen=True)
class ActionFinding:
    """The board's one line for an action, over all bases."""

    action: str
    verdict: str
    bases: tuple[Finding, ...]
    steps: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()
    readings: tuple[ReadingVerdict, ...] = ()

    @property
    def leading(self) -> Finding | None:
        """The basis that comes furthest: the one this line speaks of."""
        return next((f for f in self.bases if f.verdict == self.verdict), self.bases[0] if self.bases else None)

    def why(self) -> Argument:
        """The argument for the basis that comes furthest."""
        leading = self.leading
        if leading is None:
            raise FactError(f'no basis on file is claimed for "{self.action}"')
        return leading.why()

    def change(
        self, to: str | None = None, side: str | None = None, lock: Iterable[str] = (), most: int = 3
    ) -> Changes:
        """Every smallest set of up to ``most`` changes to another verdict of the action, over all its bases."""
        from .change import change
        from .dials import Key

        if not self.bases or self.bases[0].board is None:
            raise FactError(f'no basis on file is claimed for "{self.action}"')
        return change(self.bases[0].board, Key(self.action), to, side, lock, most)

    def why_not(self, verdict: str) -> Argument:
        """What stands between this action and another verdict, under the powers that come nearest to it."""
        from .whynot import why_not_action

        return why_not_action(self, verdict)

    @property
    def board(self) -> Board | None:
        """The board this line stands on."""
        return self.bases[0].board if self.bases else None

    def proof(self) -> dict[str, Any]:
        """Whether the action is permitted on any of its bases, with a proof for `blackletter verify`."""
        from .proof import prove

        return prove(self)

    def readings_matrix(self) -> Matrix:
        """The open questions behind this action, reading by reading, over all its bases."""
        from .matrix import matrix

        return matrix(self)


@dataclass(frozen=True)
class Board:
    """Every finding about one hypothetical: actions over their bases, and the city's choices under each law."""

    law: Ruleset = field(repr=False)
    hypothetical: Hypothetical
    actions: Mapping[str, ActionFinding] = field(repr=False)
    choices: Mapping[tuple[str, str], Finding] = field(repr=False)
    engine: str = "exact"

    @property
    def exact(self) -> bool:
        """Whether every answer took every completion into account."""
        return self.engine != "tags"

    @cached_property
    def determination(self) -> str:
        """The short name of this determination: law, days, facts, forum and readings, hashed."""
        from .statement import determination_id

        return determination_id(self.law, self.hypothetical)

    def __getitem__(self, key: str | tuple[str, str]) -> Any:
        """``board[action]``, ``board[action, basis]`` or ``board[choice, law]``."""
        if isinstance(key, tuple):
            return self._finding(*key)
        if key in self.actions:
            return self.actions[key]
        under = tuple(f for (choice, _), f in self.choices.items() if choice == key)
        if under:
            return under
        raise FactError(unknown_name("action", key, (*self.law.actions, *self.law.choices)))

    def _finding(self, action: str, basis: str) -> Finding:
        law = self.law
        if action in law.choices:
            if (action, basis) in self.choices:
                return self.choices[action, basis]
            raise FactError(unknown_name("law", basis, law.laws))
        if action not in law.actions:
            raise FactError(unknown_name("action", action, (*law.actions, *law.choices)))
        for finding in self.actions[action].bases:
            if finding.basis == basis:
                return finding
        if basis not in law.bases:
            raise FactError(unknown_name("basis", basis, law.bases, plural="bases"))
        covered = ", ".join(law.bases[basis].actions)
        note = f"{law.bases[basis].title} is on file only for: {covered}."
        award = self.hypothetical.award_name or self.hypothetical.award
        return Finding(action, basis, OUTSIDE, award=award, gates={}, note=note, board=self)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every (action, basis) and (choice, law)."""
        return (*(f for a in self.actions.values() for f in a.bases), *self.choices.values())

    def __str__(self) -> str:
        from .views import board_text

        return board_text(self)

    def _ipython_key_completions_(self) -> list[str]:
        return [*self.actions, *self.law.choices]

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        from .views import board_html, board_text

        return {"text/plain": board_text(self), "text/html": board_html(self)}
