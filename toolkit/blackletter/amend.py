"""Counterfactual law: an instrument, questions or suits added or replaced in memory, checked like a file on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import Fault, Place, RulesetError
from .findings import CONFLICT

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
    path = Path(text)
    if not path.is_file():
        raise RulesetError(f"{path} is not a file")
    return path.read_text(encoding="utf-8", errors="replace")


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
    already = _conflicts(law)
    faults = [
        Fault("conflict", f"the amendment leaves {where} in conflict: {' against '.join(rules) or 'both sides'}; "
              "say which prevails (over)", Place(SHOWN_AS))
        for where, rules in _conflicts(under).items() if where not in already
    ]  # fmt: skip
    if faults:
        raise RulesetError(faults)


def _conflicts(law: Ruleset) -> dict[str, tuple[str, ...]]:
    """What conflicts in some completion of a city of which nothing is known -> the rules that do."""
    from .desk import ask

    facts = {"acted_on": "unknown"} if "acted_on" in law.facts else {}
    board = ask(law, law.hypothetical(as_of=law.covered.to, **facts))
    found = {}
    for f in board.findings:
        if f.verdict == CONFLICT:
            clashing = [r for gate in (f.gates or {}).values() if gate.value == CONFLICT for r in gate.by]
            found[f"{f.action} under {f.basis}"] = tuple(dict.fromkeys(clashing)) or f.rules
    return found
