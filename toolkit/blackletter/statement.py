"""Statements: everything a proof about one question starts from, taken from the law on file and a hypothetical.

A statement is plain data, so that a proof can be read without us, and compared with the law again later.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .atoms import Atom
from .choices import as_form
from .codify import Code
from .hypothetical import UNKNOWN, Hypothetical, value_text
from .theory import atom_of
from .verify import ProofError, digest

if TYPE_CHECKING:
    from .hypothetical import Row
    from .ruleset import Ruleset


def determination_id(law: Ruleset, hypothetical: Hypothetical) -> str:
    """The short name of a determination: ruleset and overlays, days, facts, forum and readings, hashed.

    >>> import blackletter as bl
    >>> law = bl.load()
    >>> city = law.hypothetical("springfield")
    >>> determination_id(law, city) == determination_id(law, city.with_facts(detainer="honor"))
    False
    """
    posed = _facts(hypothetical)
    return digest([_ruleset(law), *(posed[key] for key in ("as_of", "facts", "open"))])[:12]


def _ruleset(law: Ruleset) -> dict[str, Any]:
    return {"id": law.id, "version": law.version, "hash": law.hash, "overlays": list(law.overlays)}


def _facts(hypothetical: Hypothetical) -> dict[str, Any]:
    words = {k: v for k, v in hypothetical.as_text().items() if k != "as_of"}
    return {
        "name": hypothetical.name, "as_of": hypothetical.as_of.isoformat(), "facts": words,
        "open": sorted(hypothetical.open),
    }  # fmt: skip


def state(law: Ruleset, hypothetical: Hypothetical, action: str, basis: str | None) -> dict[str, Any]:
    """Everything a proof about one question starts from: the law in reach of it, the row, and where both come from.

    ``law`` holds what the ruleset alone decides; ``row`` what is known, and what each unknown may be; ``supposed``
    the form in which a choice of the city is asked, where the hypothetical has none. Without a basis the question is
    whether an action is permitted on any of its bases.
    """
    posed = hypothetical
    if basis is None:
        reads, roots = _line(law, action)
    else:
        reads, roots = (_gates if action in law.actions else _choice)(law, action, basis)
    if action in law.choices:
        posed = as_form(law, hypothetical, action)[0]
    code = law.code
    near = reach(code, roots)
    rules = [r for r in code.theory.rules if atom_of(r.head) in near]
    ids = {r.id for r in rules}
    part = {
        "rules": [[r.id, r.kind, r.head, list(r.body)] for r in rules],
        "superiority": sorted([s, w] for s, w in code.theory.superiority if {s, w} <= ids),
        **reads,
    }
    return {
        "determination": determination_id(law, hypothetical),
        "ruleset": _ruleset(law), "hypothetical": _facts(hypothetical),
        "supposed": {f: value_text(v) for f, v in posed.facts.items() if hypothetical.facts.get(f) != v},
        "question": {"action": action, "basis": basis}, "law": part,
        "row": _row(code, posed, [a for a in code.theory.inputs if a in near]),
    }  # fmt: skip


def _choice(law: Ruleset, choice: str, name: str) -> tuple[dict[str, Any], list[str]]:
    literals = law.code.choices.get((choice, name))
    if literals is None:
        raise ProofError("no rule on file speaks to this, so there is nothing to prove")
    return {"choice": {**literals, "covered": law.laws[name].complete}}, list(literals.values())


def _line(law: Ruleset, action: str) -> tuple[dict[str, Any], list[str]]:
    found = {basis: _gates(law, action, basis) for basis, act in law.code.pairs if act == action}
    if not found:
        raise ProofError("no basis on file is claimed for this action, so there is nothing to prove")
    return {"bases": {basis: reads for basis, (reads, _) in found.items()}}, [x for _, xs in found.values() for x in xs]


def _gates(law: Ruleset, action: str, basis: str) -> tuple[dict[str, Any], list[str]]:
    pair = law.code.pairs.get((basis, action))
    if pair is None:
        raise ProofError("the ruleset does not speak to this, so there is nothing to prove")
    reads = {
        "gates": dict(pair.gates), "causes": [[g, c, x] for (g, c), x in pair.causes.items()],
        "verdicts": [[w.gate, w.cause, w.verdict] for w in law.verdicts],
        "steps": [[s, pair.steps[s]] for s in law.steps if s in pair.steps],
    }  # fmt: skip
    return reads, [*pair.gates.values(), *pair.causes.values(), *pair.steps.values()]


def reach(code: Code, literals: Iterable[str]) -> set[str]:
    """The atoms on which these literals depend."""
    found: set[str] = set()
    agenda = [atom_of(x) for x in literals]
    while agenda:
        atom = agenda.pop()
        if atom not in found:
            found.add(atom)
            rules = (r for x in (atom, "~" + atom) for r in code.theory.by_head.get(x, ()))
            agenda += [atom_of(b) for r in rules for b in r.body]
    return found


def _row(code: Code, hypothetical: Hypothetical, names: Sequence[str]) -> dict[str, Any]:
    """What is known of the facts behind these atoms, and the values of the unknown, with the constraints on them."""
    row = hypothetical.row
    atoms = {name: code.atoms[name] for name in names}
    known: dict[str, Any] = {"as_of": plain(hypothetical.as_of)}
    variables: dict[str, list[Any]] = {}
    derived: dict[str, Any] = {}

    def add(atom: Atom) -> None:
        atoms[atom.name] = atom
        for fact in atom.facts:
            value = row.value(fact)
            if value is not None:
                known[fact] = plain(value)
                continue
            variable, how = row.source(fact)
            variables[variable] = [plain(v) for v in row.domain(variable)]
            if variable != fact:
                derived[fact] = [variable, [plain(how(v)) for v in row.domain(variable)]]

    for atom in tuple(atoms.values()):
        add(atom)
    constraints: list[Any] = []
    waiting = {c: [code.atoms[atom_of(x)] for side in c for x in side] for c in code.constraints}
    while tied := [c for c, tests in waiting.items() if _unknown(row, tests) & variables.keys()]:
        for constraint in tied:
            constraints.append([list(side) for side in constraint])
            for atom in waiting.pop(constraint):
                add(atom)
    tests_of = {
        n: [a.fact, a.op if a.op in ("is", "gt") else "ge", [plain(v) for v in a.values], a.other]
        for n, a in atoms.items()
    }
    return {"atoms": tests_of, "known": known, "variables": variables, "derived": derived, "constraints": constraints}


def _unknown(row: Row, tests: Iterable[Atom]) -> set[str]:
    """The unknowns that these tests read."""
    return {row.source(f)[0] for a in tests for f in a.facts if row.value(f) is None}


def plain(value: Any) -> Any:
    """A value as JSON holds it."""
    return value.isoformat() if isinstance(value, dt.date) else value


def compare(data: Mapping[str, Any], law: Ruleset) -> str:
    """Whether a checked proof stands on this law: a sentence; raises `ProofError` when it does not.

    The same overlays, facts and question are posed again, and everything the proof starts from must come out equal.
    Another version of the ruleset is no fault while the part of it that decides this question is the same.
    """
    under = law
    for overlay in data["ruleset"]["overlays"]:
        kind, _, what = overlay.partition(" ")
        if kind == "without":
            under = under.without(what)
        elif kind == "assuming":
            question, _, reading = what.partition(" = ")
            under = under.assume(**{question: reading})
        else:
            raise ProofError(f'this law cannot be changed by "{overlay}"')
    told = data["hypothetical"]
    facts = {**told["facts"], "as_of": told["as_of"], **dict.fromkeys(told["open"], UNKNOWN)}
    again = state(under, under.hypothetical(None, **facts), data["question"]["action"], data["question"]["basis"])
    same = data["ruleset"]["hash"] == under.hash
    version = "the law on file" if same else f"version {data['ruleset']['version']}, hash {data['ruleset']['hash']}"
    for key, what in (
        ("law", "the law that decides this"),
        ("row", "what is known or may be"),
        ("supposed", "the form"),
    ):
        if digest(again[key]) != digest(data[key]):
            raise ProofError(f"the proof holds, but not of {law.id} {law.hash}: {what} differs from {version}")
    if same:
        return f"It stands on the law on file: {law.id} {law.version}, hash {law.hash}."
    return f"Made under {version}; the part of the law that decides this is the same in hash {law.hash}."
