"""Which decision-diagram library: dd's pure Python, dd's CUDD, and OxiDD's BCDDs, on the functions this project asks.

    python benchmarks/diagrams.py [--repeat N]

Two loads, the same for each library: random law-like operations (conjunctions and disjunctions of a few earlier
functions or variables, some denied), and the real law: every gate of every basis with every fact unknown. The number of
satisfying assignments of each is compared before anything is timed. Prints medians and their ratios, and import times.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

VARIABLES, OPERATIONS, LIVE = 30, 1_500, 60
IMPORTS = {"dd.autoref": "dd.autoref", "dd.cudd": "dd.cudd", "oxidd": "oxidd.bcdd"}

Bits = Sequence[Any]


class Library:
    """Fresh variables of one library, and the count of a function's satisfying assignments."""

    def __init__(self, name: str) -> None:
        self.name = name

    def bits(self, count: int) -> Bits:
        """``count`` variables of a new manager, kept alive with them."""
        if self.name == "oxidd":
            from oxidd.bcdd import BCDDManager

            self.manager = BCDDManager(1 << 17, 1 << 15, 1)
            return [self.manager.var(i) for i in self.manager.add_vars(count)]
        module: Any = __import__(self.name, fromlist=["BDD"])
        self.manager = module.BDD()
        self.manager.configure(reordering=False)
        names = [f"x{i}" for i in range(count)]
        self.manager.declare(*names)
        return [self.manager.var(name) for name in names]

    def count(self, f: Any, variables: int) -> int:
        """Satisfying assignments over all variables."""
        return int(f.sat_count(variables) if self.name == "oxidd" else self.manager.count(f, variables))


def operations(seed: int = 1) -> list[tuple[str, list[tuple[int, bool]]]]:
    """Random operations: a verb, and the numbers and signs of the functions it joins; the first are the variables."""
    rng = random.Random(seed)  # noqa: S311  not secret
    made = []
    for n in range(OPERATIONS):
        near = [*range(VARIABLES), *range(max(VARIABLES, VARIABLES + n - LIVE), VARIABLES + n)]
        args = [(at, rng.random() < 0.3) for at in rng.sample(near, rng.randint(2, 4))]
        made.append((rng.choice(("all", "any")), args))
    return made


def run_operations(library: Library, asked: Sequence[tuple[str, list[tuple[int, bool]]]]) -> list[Any]:
    """The function of each operation."""
    found = list(library.bits(VARIABLES))
    for verb, args in asked:
        result = None
        for at, denied in args:
            f = ~found[at] if denied else found[at]
            result = f if result is None else result & f if verb == "all" else result | f
        found.append(result)
    return found[VARIABLES:]


def run_law(library: Library, law: Any) -> list[Any]:
    """The function of every gate and its denial, every fact unknown, by the project's own evaluator."""
    from blackletter.exact import Space, evaluate

    row = law.hypothetical(None, **dict.fromkeys(unknowns(law), "unknown")).row
    literals = [gate for pair in law.code.pairs.values() for gate in pair.gates.values()]
    space = Space(row, Ready(library))  # type: ignore[arg-type]
    values = evaluate(law.code.program, space, law.code.cone(literals))
    tokens = [law.code.program.defeasible[x] for x in dict.fromkeys(literals)]
    return [values[t >> 1] for t in tokens if not isinstance(values[t >> 1], bool)]


def unknowns(law: Any) -> list[str]:
    """The facts that are forgotten: all but one of the two that name suits, which may not both be given."""
    return [fact for fact in law.facts if fact != "not_party_to"]


class Ready:
    """A stand-in for `exact.Room` that gives out the variables of any library."""

    def __init__(self, library: Library, most: int = 600) -> None:
        self.waiting, self.used = list(library.bits(most)), 0

    def bits(self, count: int) -> Bits:
        """The next ``count`` variables."""
        self.used += count
        return self.waiting[self.used - count : self.used]


def median(work: Callable[[], object], repeat: int) -> float:
    """The median time of a run, in milliseconds."""
    runs = []
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        runs.append(1e3 * (time.perf_counter() - start))
    return statistics.median(runs)


def import_time(module: str, repeat: int) -> float:
    """Milliseconds to import a module in a new interpreter."""
    code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    command = [sys.executable, "-c", code]
    runs = [float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(repeat)]  # noqa: S603
    return 1e3 * statistics.median(runs)


def main() -> None:
    """Prints the table."""
    import blackletter as bl

    parser = argparse.ArgumentParser(description="Decision-diagram libraries on this project's functions.")
    parser.add_argument("--repeat", type=int, default=5, help="Runs behind each median.")
    repeat = parser.parse_args().repeat
    law, asked = bl.load(), operations()
    law.code  # noqa: B018
    counts: dict[str, dict[str, list[int]]] = {"operations": {}, "law": {}}
    table: dict[str, list[float]] = {}
    for name, module in IMPORTS.items():
        try:
            __import__(module)
        except ImportError as error:
            print(f"{name} is left out: {error}")
            continue
        library = Library(name)
        counts["operations"][name] = [library.count(f, VARIABLES) for f in run_operations(library, asked)]
        counts["law"][name] = [library.count(f, 600) for f in run_law(library, law)]
        table[name] = [
            median(lambda x=library: run_operations(x, asked), repeat),
            median(lambda x=library: run_law(x, law), repeat),
            import_time(module, repeat),
        ]  # fmt: skip
    base = table["oxidd"]
    for load, found in counts.items():
        same = all(c == found["oxidd"] for c in found.values())
        print(f"{load}: {len(found['oxidd'])} functions, counts {'agree' if same else 'DIFFER'}")
    print(f"{'':<12}{'operations':>20}{'the law, all unknown':>26}{'import':>20}   (ms, and times oxidd)")
    for name, row in table.items():
        cells = [f"{value:,.1f} ({value / b:.1f}x)" for value, b in zip(row, base, strict=True)]
        print(f"{name:<12}{cells[0]:>20}{cells[1]:>26}{cells[2]:>20}")


if __name__ == "__main__":
    main()
