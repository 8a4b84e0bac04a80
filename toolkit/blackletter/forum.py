"""One hypothetical everywhere at once: every State, the District of Columbia and the territories, on one day.

Only the State changes. The circuit follows from it, and so do the statewide plaintiffs of a suit, where the
hypothetical leaves its suits open; what it states of them stays as stated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .desk import ask
from .errors import FactError, unknown_name
from .findings import CONTESTED, UNDETERMINED, ActionFinding, Finding

if TYPE_CHECKING:
    from .findings import Board
    from .hypothetical import Hypothetical
    from .ruleset import Ruleset

NOWHERE = "none"
"""The value of the fact ``state`` that is no place on a map."""


@dataclass(frozen=True, slots=True)
class ForumRow:
    """The answer in one place: postal code, name, circuit ("none" where no circuit is on file), verdict.

    ``by`` names what decides: rules and orders, the open questions of a contested answer, the facts of one that is
    undetermined; empty where only a default speaks. ``note`` is the finding's own.
    """

    state: str
    name: str
    circuit: str
    verdict: str
    by: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class ForumMap:
    """One row for each place, in the order of their names; ``map["NY"]`` is one of them."""

    law: Ruleset = field(repr=False)
    hypothetical: Hypothetical
    action: str
    basis: str | None
    rows: tuple[ForumRow, ...] = field(repr=False)

    def __getitem__(self, state: str) -> ForumRow:
        found = next((row for row in self.rows if row.state == state), None)
        if found is None:
            raise FactError(unknown_name("state", state, [row.state for row in self.rows]))
        return found

    def __iter__(self) -> Iterator[ForumRow]:
        return iter(self.rows)

    def counts(self) -> dict[str, int]:
        """Verdict -> in how many places it is the answer, the most frequent first."""
        return dict(Counter(row.verdict for row in self.rows).most_common())

    def svg(self) -> str:
        """The map as an SVG picture, one tile for each place; no script."""
        from .tiles import map_svg

        return map_svg(self)

    def html(self) -> str:
        """The map as a page of its own: the picture, and the same as a table."""
        from .tiles import map_page

        return map_page(self)

    def __str__(self) -> str:
        from .tiles import map_text

        return map_text(self)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        from .tiles import map_html

        return {"text/plain": str(self), "text/html": map_html(self)}


def forum_map(
    law: Ruleset, hypothetical: Hypothetical, action: str, basis: str | None = None, engine: str = "exact"
) -> ForumMap:
    """The verdict on an action, or on a choice under one law, in every place, as `ask` gives it there.

    ``action`` is a federal action, over all its bases or under ``basis``, or a choice with the law as ``basis``.
    Raises `FactError` on unknown names, and on a choice without its law.
    """
    _check(law, action, basis)
    values = law.facts["state"].values
    places = sorted((s for s in values if s != NOWHERE), key=lambda s: values[s])
    rows = tuple(_row(law, hypothetical.with_facts(state=state), action, basis, engine) for state in places)
    return ForumMap(law, hypothetical, action, basis, rows)


def _check(law: Ruleset, action: str, basis: str | None) -> None:
    if action not in law.actions and action not in law.choices:
        raise FactError(unknown_name("action", action, (*law.actions, *law.choices)))
    if action in law.choices and basis is None:
        raise FactError(f'"{action}" is a choice: say under which law ({", ".join(law.laws)})')
    known = law.laws if action in law.choices else law.bases
    if basis is not None and basis not in known:
        raise FactError(unknown_name("law" if action in law.choices else "basis", basis, known, plural="bases"))


def _row(law: Ruleset, posed: Hypothetical, action: str, basis: str | None, engine: str) -> ForumRow:
    board = ask(law, posed, engine, [action])
    found = board[action] if basis is None else board[action, basis]
    decisive = found.leading if isinstance(found, ActionFinding) else found
    state = str(posed.facts["state"])
    return ForumRow(
        state, law.facts["state"].values[state], str(posed.facts.get("circuit", NOWHERE)), found.verdict,
        _by(board, found, decisive), decisive.note if decisive else "",
    )  # fmt: skip


def _by(board: Board, found: ActionFinding | Finding, decisive: Finding | None) -> tuple[str, ...]:
    """The rules, questions or facts that an answer rests on."""
    if found.verdict == CONTESTED:
        return tuple(dict.fromkeys(q for r in found.readings for q in r.assume))
    if found.verdict == UNDETERMINED:
        return tuple(m.fact for m in found.missing)
    if decisive is None:
        return ()
    gates = decisive.gates or {}
    word = next((w for w in board.law.verdicts if w.verdict == decisive.verdict), None)
    named = gates[word.gate].by if word is not None and word.gate in gates else decisive.rules
    return tuple(name for name in named if not name.startswith("default:"))
