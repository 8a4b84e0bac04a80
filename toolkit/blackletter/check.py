"""The checker of rulesets: shape and names (by loading), examples, and what no example reaches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .desk import ask
from .errors import BlackletterError, Fault, Place, RulesetError
from .reader import find_ruleset, load

if TYPE_CHECKING:
    from .findings import Board
    from .hypothetical import Hypothetical
    from .model import Example, Instrument
    from .ruleset import Ruleset


@dataclass(frozen=True)
class Report:
    """What a check found. An error makes the law unfit to ask; a warning is a place to look."""

    errors: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    coverage: dict[str, int] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        """By the contract of ``blackletter check --json``."""
        return {
            "errors": [_fault_json(f) for f in self.errors], "warnings": [_fault_json(f) for f in self.warnings],
            "counts": self.counts, "coverage": self.coverage,
        }  # fmt: skip

    def text(self) -> str:
        """Every fault, then the counts."""
        lines = [f"error: {f}" for f in self.errors] + [f"warning: {f}" for f in self.warnings]
        lines.append(", ".join(f"{n} {what}" for what, n in self.counts.items()) or "nothing loaded")
        if self.coverage:
            rules, reached, conditional, missed = (self.coverage[k] for k in _OF_RULES)
            lines.append(
                f"of {rules} rules, {reached} are reached by an example; of the {conditional} that have conditions,"
                f" {missed} are missed by one"
            )
            more = [f"{n} {k}" for k, n in self.coverage.items() if k not in _OF_RULES]
            lines += [", ".join(more)] if more else []
        lines.append(f"{len(self.errors)} errors, {len(self.warnings)} warnings")
        return "\n".join(lines)


_OF_RULES = ("rules", "reached", "conditional", "missed")
"""The counts of rules: all; reached by an example; with conditions; of those, missed by an example."""


def _fault_json(fault: Fault) -> dict[str, Any]:
    place = fault.place or Place("", 0)
    return {"file": place.file, "line": place.line, "code": fault.code, "message": str(fault)}


def check_ruleset(path: Path | None = None) -> Report:
    """Loads a ruleset and runs its examples."""
    try:
        law = load(path)
    except RulesetError as error:
        return Report(errors=error.faults)
    errors: list[Fault] = []
    reached: set[str] = set()
    missed: set[str] = set()
    rules = {f"{i.instrument}#{r.id}" for i in law.instruments.values() for r in i.rules}
    for instrument, example in _examples(law):
        errors += _run(law, instrument, example, rules, reached, missed)
    for name in law.presets:
        errors += _preset(law, name)
    bare = {f"{i.instrument}#{r.id}" for i in law.instruments.values() for r in i.rules if not (r.when or r.unless)}
    warnings = [*_uncovered(law, rules - reached, rules - bare - missed), *_unreviewed(law)]
    counted = (rules, reached & rules, rules - bare, missed & rules - bare)  # no example can miss a rule that is bare
    coverage = {word: len(names) for word, names in zip(_OF_RULES, counted, strict=True)}
    root = path if path is not None else find_ruleset()
    for name, more in (("ledger", _ledger(law, root)), ("invariants", _invariants(law, root))):
        errors += more[0]
        coverage |= {f"{name} {k}": n for k, n in more[1].items()}
    return Report(tuple(errors), tuple(warnings), _counts(law), coverage)


def _ledger(law: Ruleset, root: Path) -> tuple[list[Fault], dict[str, int]]:
    from .coverage import read_ledger

    if not (root / "coverage").is_dir():
        return [], {}
    ledger = read_ledger(law, root / "coverage")
    return list(ledger.faults), ledger.counts()


def _invariants(law: Ruleset, root: Path) -> tuple[list[Fault], dict[str, int]]:
    from .invariants import prove, read_invariants

    path = root / "invariants.yaml"
    if not path.is_file():
        return [], {}
    proofs = [prove(law, i) for i in read_invariants(path)]
    faults = [Fault("refuted", str(p), p.invariant.place or Place(path.name)) for p in proofs if not p.proved]
    return faults, {"proved": sum(p.proved for p in proofs), "refuted": len(faults)}


def _examples(law: Ruleset) -> Iterator[tuple[Instrument, Example]]:
    for instrument in law.instruments.values():
        for example in instrument.examples:
            yield instrument, example


def _preset(law: Ruleset, name: str) -> list[Fault]:
    try:
        law.hypothetical(name)
    except BlackletterError as error:
        return [Fault("preset", f"preset {name}: {f}", law.presets[name].place) for f in error.faults]
    return []


def _run(
    law: Ruleset, instrument: Instrument, example: Example, rules: set[str], reached: set[str], missed: set[str]
) -> list[Fault]:
    where = f'{instrument.instrument}: example "{example.name}"'
    try:
        under = law.assume(**example.assume) if example.assume else law
        posed = under.hypothetical(example.preset, **example.facts)
        board = ask(under, posed, only={key.split()[0] for key in example.finds})
        faults = [
            f for key, expected in example.finds.items() for f in _compare(board, posed, key, expected, where, example)
        ]
    except BlackletterError as error:
        return [Fault("example", f"{where}: {f}", example.place) for f in error.faults]
    _mark(posed, example, rules, reached, missed)
    return faults


def _compare(
    board: Board, posed: Hypothetical, key: str, expected: str, where: str, example: Example
) -> Iterator[Fault]:
    words = key.split()
    if len(words) == 2:
        found = board[words[0], words[1]].verdict
    elif key in board.actions:
        found = board[key].verdict
    elif key in board.law.terms:
        found = _term(posed, key)
    else:
        yield Fault("example", f'{where}: "{key}" is no "action basis", "choice law", action or term', example.place)
        return
    if found != expected:
        yield Fault("example", f"{where}: {key} is {found}, expected {expected}", example.place)


def _term(posed: Hypothetical, term: str) -> str:
    from .argue import OPEN, SHOWN, Teller

    status = Teller(posed.law.code, posed).status(term)
    return {SHOWN: "yes", OPEN: "unknown"}.get(status, "no")


def _mark(posed: Hypothetical, example: Example, rules: set[str], reached: set[str], missed: set[str]) -> None:
    """Which rules apply in an example, and which do not."""
    from .choices import as_form

    law = posed.law
    asked = {key.split()[0] for key in example.finds} & law.choices.keys()
    for variant in (posed, *(as_form(law, posed, choice)[0] for choice in sorted(asked))):
        _mark_row(variant, rules, reached, missed)


def _mark_row(posed: Hypothetical, rules: set[str], reached: set[str], missed: set[str]) -> None:
    from .planes import close

    code = posed.law.code
    tokens = close(code.program, posed.row.truths)
    for rule, token in code.program.applicable.items():
        name = code.authority[rule].name
        if name in rules and not rule.endswith("!applies") and "!unless" not in rule:
            (reached if token in tokens else missed if token ^ 1 in tokens else set()).add(name)


def _uncovered(law: Ruleset, unreached: set[str], unmissed: set[str]) -> Iterator[Fault]:
    places = {f"{i.instrument}#{r.id}": r.place for i in law.instruments.values() for r in i.rules}
    for name in sorted(unreached):
        yield Fault("never-reached", f"no example reaches rule {name}", places[name])
    for name in sorted(unmissed):
        yield Fault("never-missed", f"no example misses rule {name}", places[name])


def _unreviewed(law: Ruleset) -> Iterator[Fault]:
    count = sum(i.reviewed is None for i in law.instruments.values())
    if count:
        yield Fault("unreviewed", f"{count} of {len(law.instruments)} instruments carry no review by a lawyer")


def _counts(law: Ruleset) -> dict[str, int]:
    many = law.instruments.values()
    return {
        "instruments": len(many), "rules": sum(len(i.rules) for i in many), "orders": sum(len(i.orders) for i in many),
        "holdings": sum(len(i.holdings) for i in many), "waivers": sum(len(i.waivers) for i in many),
        "questions": len(law.questions), "bases": len(law.bases), "facts": len(law.facts), "presets": len(law.presets),
        "theory rules": len(law.code.theory.rules), "nodes": len(law.code.program.nodes),
    }  # fmt: skip
