"""Counterfactual law: an instrument, questions or suits added or replaced in memory, checked like a file on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .desk import Desk, gate_literals
from .errors import FactError, Fault, Place, RulesetError
from .exact import Room, with_room
from .theory import negate

if TYPE_CHECKING:
    from .ruleset import Ruleset

SHOWN_AS = "<amendment>"
_WORDS = ("questions", "suits", "awards")
"""The shared words an amendment may add to or replace."""


def amend(law: Ruleset, amendment: str | Path) -> Ruleset:
    """The law with one law file laid over it: ``amendment`` is its path, or its YAML text.

    What has the name of something on file replaces it. Raises `RulesetError` with every fault, its line in
    ``<amendment>``; also when superiority would run in a circle, or when two rules would conclude opposite things
    about one gate or choice and neither prevails.
    """
    from .reader import read_text

    parts, many = read_text(_text(amendment), SHOWN_AS)
    foreign = [k for k in (*parts, *(k for k, nouns in many.items() if nouns)) if k not in (*_WORDS, "instrument")]
    if foreign:
        what = f"an amendment is an instrument, questions, suits or awards, not {foreign[0]}"
        raise RulesetError(Fault("amendment", what, Place(SHOWN_AS, 1)))
    added: dict[str, Mapping[str, Any]] = {k: getattr(noun, k) for k, noun in parts.items()}
    if many["instrument"]:
        added["instruments"] = {noun.instrument: noun for noun in many["instrument"]}
    laid: dict[str, Any] = {key: {**getattr(law, key), **nouns} for key, nouns in added.items()}
    under = replace(law, overlays=(*law.overlays, *_named(law, added)), **laid)
    _check(law, under)
    return under


def _text(amendment: str | Path) -> str:
    text = str(amendment)
    if isinstance(amendment, str) and ("\n" in text or not text.endswith((".yaml", ".yml"))):
        return text
    from .reader import user_text

    try:
        return user_text(Path(text))
    except FactError as error:
        raise RulesetError(error.faults) from None


def _named(law: Ruleset, added: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """What the overlay is called in every result."""
    lines = []
    for key, nouns in added.items():
        kind = "instrument" if key == "instruments" else key
        for name in nouns:
            replaced = " (replaced)" if name in getattr(law, key) else ""
            lines.append(f"amended: {kind} {name}{replaced}")
    return tuple(lines)


def _check(law: Ruleset, under: Ruleset) -> None:
    """Compiling lists unknown names and circles; a city of which nothing is known shows rules that conflict."""
    under.code  # noqa: B018
    touched = set(under.code.pairs) if set(law.code.theory.rules) != set(under.code.theory.rules) else set()
    faults = [
        Fault("conflict", f"the amendment leaves {action} under {basis} in conflict: {' against '.join(rules)}; "
              "say which prevails (over)", Place(SHOWN_AS))
        for (basis, action), rules in with_room(partial(_conflicts, under, touched)).items()
    ]  # fmt: skip
    if faults:
        raise RulesetError(faults)


def _conflicts(law: Ruleset, touched: set[tuple[str, str]], room: Room) -> dict[tuple[str, str], tuple[str, ...]]:
    """(basis, action) of which neither side of a gate prevails in some completion -> the rules that clash.

    Asked of a city of which nothing is known, on the first day a hypothetical has and on the last covered one.
    """
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for city in (law.hypothetical(), law.hypothetical(as_of=law.covered.to)):
        desk = Desk(law, city, "exact", room, gate_literals(law, {action for _, action in touched}))
        for key in touched - found.keys():
            weighed = desk.weigh(key[0], law.code.pairs[key])
            if desk.space.possible(weighed.conflict):
                found[key] = tuple(
                    name for literal in law.code.pairs[key].gates.values()
                    for rule, name in law.code.speakers((literal, negate(literal))) if desk.may_apply(rule)
                )  # fmt: skip
    return found
