"""A certificate checked by clingo alone: nothing of the package is imported here.

    python tests/clingo_certificate.py FILE.json

The theory goes to ``defeasible.lp`` as facts;
clingo goes through every complete row (a value for each free fact, unknown
fact and open reading that respects the constraints) and proves the tags of the literals that verdicts are read from.
Python then only applies the order of the gates and the rule for what is unknown to each combination.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter, defaultdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import clingo
from clingo import Function, Number, String, Symbol

_PACKAGE = find_spec("blackletter")
assert _PACKAGE is not None
JUDGE = Path(str(_PACKAGE.origin)).with_name("defeasible.lp")
CHOICES = """
1 { value(V, N) : domain(V, N) } 1 :- variable(V).
true(A) :- reads(A, V), value(V, N), holds(A, N).
true(A) :- given(A).
fact(0, lit(A, pos)) :- input(A), true(A).
fact(0, lit(A, neg)) :- input(A), not true(A).
met(C) :- constraint(C), true(A) : when(C, A, pos); not true(A) : when(C, A, neg).
:- met(C), then(C, A, pos), not true(A).
:- met(C), then(C, A, neg), true(A).
proved(L) :- plus_d(0, L), asked(L).
"""


def check(certificate: dict[str, Any]) -> tuple[int, Counter[str]]:
    """How many combinations there are, and how many have each verdict; `ValueError` for a changed file."""
    body = {k: v for k, v in certificate.items() if k != "sha256"}
    if hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest() != certificate["sha256"]:
        raise ValueError("the certificate is not as it was written")
    return counted(certificate)


def counted(c: dict[str, Any]) -> tuple[int, Counter[str]]:
    """The same of a certificate that may have been changed."""
    rows = _rows(c)
    return len(rows), Counter(_settled(c, found) for found in rows.values())


Row = tuple[tuple[int, ...], tuple[int, ...], frozenset[str], bool]


def _rows(c: dict[str, Any]) -> dict[tuple[int, ...], list[Row]]:
    """Combination of free facts -> (unknown facts, readings, words closed, step due) of its complete rows."""
    control = clingo.Control(["0", "--warn=none"])
    control.load(str(JUDGE))
    control.add("base", [], CHOICES + "\n".join(_facts(c)))
    control.ground([("base", [])])
    free, readings = c["free"], c["readings"]
    facts = [v for v in c["domains"] if v not in free and v not in readings and v not in c["idle"]]
    values = {v: [Function("value", [String(v), Number(n)]) for n in range(len(c["domains"][v]))] for v in c["domains"]}
    asked = {x: Function("proved", [_symbol(x)]) for x in _asked(c)}
    found = defaultdict(list)
    with control.solve(yield_=True) as handle:
        for model in handle:
            # Asking for these few atoms is a hundred times as fast as listing all that a model shows.
            row = [
                tuple(next(n for n, s in enumerate(values[v]) if model.contains(s)) for v in names)
                for names in (free, facts, readings)
            ]
            proved = {x for x, symbol in asked.items() if model.contains(symbol)}
            found[row[0]].append((row[1], row[2], _closed(c, proved), any(x in proved for x in c["steps"].values())))
    return found


def _asked(c: dict[str, Any]) -> list[str]:
    """The literals that verdicts are read from, and their denials."""
    named = [x for part in ("gates", "causes", "steps") for x in c[part].values()]
    return [y for x in named for y in (x, _denied(x))]


def _symbol(literal: str) -> Symbol:
    return Function("lit", [String(literal.lstrip("~")), Function("neg" if literal[0] == "~" else "pos")])


def _facts(c: dict[str, Any]) -> list[str]:
    inputs = set(c["given"]) | set(c["reads"])
    lines = [f'variable("{v}").' for v in c["domains"]]
    spans = {v: f"0..{len(values) - 1}" for v, values in c["domains"].items()} | c["idle"]
    lines += [f'domain("{v}",{span}).' for v, span in spans.items()]
    lines += [f'input("{a}"). atom(0,"{a}").' for a in inputs]
    lines += [f'given("{a}").' for a, truth in c["given"].items() if truth]
    for a, read in c["reads"].items():
        lines.append(f'reads("{a}","{read["variable"]}").')
        lines += [f'holds("{a}",{n}).' for n in read["true"]]
    for n, (when, then) in enumerate(c["constraints"]):
        lines.append(f"constraint({n}).")
        lines += [f"when({n},{_pair(x)})." for x in when] + [f"then({n},{_pair(x)})." for x in then]
    for name, kind, head, body in c["rules"]:
        lines.append(f'rule(0,"{name}",{kind},{_term(head)}).')
        lines += [f'atom(0,"{x.lstrip("~")}").' for x in (head, *body)]
        lines += [f'body(0,"{name}",{_term(x)}).' for x in body]
    lines += [f'beats(0,"{a}","{b}").' for a, b in c["superiority"]]
    return lines + [f"asked({_term(x)})." for x in _asked(c)]


def _pair(literal: str) -> str:
    return f'"{literal.lstrip("~")}",{"neg" if literal[0] == "~" else "pos"}'


def _term(literal: str) -> str:
    return f"lit({_pair(literal)})"


def _denied(literal: str) -> str:
    return literal[1:] if literal[0] == "~" else "~" + literal


def _closed(c: dict[str, Any], proved: set[str]) -> frozenset[str]:
    """The verdict words whose gates are closed in one complete row; "conflict" when a gate is neither."""
    if any(x not in proved and _denied(x) not in proved for x in c["gates"].values()):
        return frozenset({"conflict"})
    return frozenset(
        word for word, gate, cause in c["words"]
        if _denied(c["gates"][gate]) in proved and (cause is None or c["causes"].get(f"{gate} {cause}") in proved)
    )  # fmt: skip


def _settled(c: dict[str, Any], found: list[tuple[Any, Any, frozenset[str], bool]]) -> str:
    """The verdict over every completion and reading of one combination."""
    closed = [words for _, _, words, _ in found]
    if any("conflict" in words for words in closed):
        return "conflict"
    for word, _, _ in c["words"]:
        if all(word in words for words in closed):
            return str(word)
    if not any(closed):
        return "permitted after process" if any(step for *_, step in found) else "permitted"
    if all(closed):
        return "not permitted"
    by_facts = defaultdict(set)
    for facts, _, words, _ in found:
        by_facts[facts].add(not words)
    return "contested" if all(len(seen) == 2 for seen in by_facts.values()) else "undetermined"


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[1]).read_text())
    rows, verdicts = check(given)
    agrees = (rows, verdicts) == (given["rows"], given["verdicts"])
    sys.stdout.write(json.dumps({"rows": rows, "verdicts": verdicts, "agrees": agrees}) + "\n")
    sys.exit(not agrees)
