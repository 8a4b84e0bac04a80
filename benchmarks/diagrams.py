"""Which decision-diagram library: dd's pure Python, dd's CUDD, and OxiDD's BCDDs, on the functions this project asks.

    python benchmarks/diagrams.py [--repeat N] [--capacity NODES]

Two loads, the same for each library: random law-like operations (conjunctions and disjunctions of a few earlier
functions or variables, some denied), and the real law: every gate of every basis with every fact unknown. The number of
satisfying assignments of each is compared before anything is timed. Libraries take turns, so that other work on the
machine stays out of the ratios.
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

from blackletter.exact import Room, Space, evaluate

VARIABLES, OPERATIONS, LIVE = 30, 1_500, 60
LAW_VARIABLES = 600
IMPORTS = {"dd.autoref": "dd.autoref", "dd.cudd": "dd.cudd", "oxidd": "oxidd.bcdd"}

Bits = Sequence[Any]


class Library:
    """Fresh variables of one library, and the count of a function's satisfying assignments."""

    def __init__(self, name: str, capacity: int) -> None:
        self.name, self.capacity = name, capacity

    def bits(self, count: int) -> Bits:
        """``count`` variables of a new manager, kept alive with them."""
        if self.name == "oxidd":
            from oxidd.bcdd import BCDDManager

            self.manager = BCDDManager(self.capacity, self.capacity // 4, 1)
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
    row = law.hypothetical(None, **dict.fromkeys(unknowns(law), "unknown")).row
    literals = [gate for pair in law.code.pairs.values() for gate in pair.gates.values()]
    space = Space(row, Ready(library))
    values = evaluate(law.code.program, space, law.code.cone(literals))
    tokens = [law.code.program.defeasible[x] for x in dict.fromkeys(literals)]
    return [values[t >> 1] for t in tokens if not isinstance(values[t >> 1], bool)]


def unknowns(law: Any) -> list[str]:
    """The facts that are forgotten: all but one of the two that name suits, which may not both be given."""
    return [fact for fact in law.facts if fact != "not_party_to"]


class Ready(Room):
    """A room that gives out the variables of any library."""

    def __init__(self, library: Library, most: int = LAW_VARIABLES) -> None:
        super().__init__(library.capacity)
        self.waiting = list(library.bits(most))

    def bits(self, count: int) -> list[Any]:
        """The next ``count`` variables."""
        self.used += count
        return self.waiting[self.used - count : self.used]


LOADS = ("operations", "the law", "import")


def timed(work: Callable[[], object]) -> float:
    """Milliseconds of one run."""
    start = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - start)


def import_time(module: str) -> float:
    """Milliseconds to import a module in a new interpreter."""
    code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    return 1e3 * float(done.stdout)


def main() -> None:
    """Prints the table."""
    import blackletter as bl

    parser = argparse.ArgumentParser(description="Decision-diagram libraries on this project's functions.")
    parser.add_argument("--repeat", type=int, default=7, help="Rounds behind each median.")
    parser.add_argument("--capacity", type=int, default=1 << 20, help="Nodes for which OxiDD makes its tables.")
    options = parser.parse_args()
    law, asked = bl.load(), operations()
    law.code  # noqa: B018  compiled before anything is timed
    libraries = [Library(name, options.capacity) for name in IMPORTS if _importable(name)]
    _compare(libraries, asked, law)
    rounds = [{x.name: _round(x, asked, law) for x in libraries} for _ in range(options.repeat)]
    print(f"{'':<12}" + "".join(f"{load:>24}" for load in LOADS) + "   median ms, and median ratio to oxidd in a round")
    for x in libraries:
        print(f"{x.name:<12}" + "".join(f"{_cell(rounds, x.name, n):>24}" for n in range(len(LOADS))))


def _importable(name: str) -> bool:
    try:
        __import__(IMPORTS[name])
    except ImportError as error:
        print(f"{name} is left out: {error}")
        return False
    return True


def _compare(libraries: Sequence[Library], asked: Sequence[tuple[str, list[tuple[int, bool]]]], law: Any) -> None:
    for load, run, variables in (
        ("operations", lambda x: run_operations(x, asked), VARIABLES),
        ("the law", lambda x: run_law(x, law), LAW_VARIABLES),
    ):
        counts = [[x.count(f, variables) for f in run(x)] for x in libraries]
        word = "agree" if all(c == counts[0] for c in counts) else "DIFFER"
        print(f"{load}: {len(counts[0])} functions, counts {word}")


def _round(library: Library, asked: Sequence[tuple[str, list[tuple[int, bool]]]], law: Any) -> tuple[float, ...]:
    return (
        timed(lambda: run_operations(library, asked)),
        timed(lambda: run_law(library, law)),
        import_time(IMPORTS[library.name]),
    )


def _cell(rounds: Sequence[dict[str, tuple[float, ...]]], name: str, load: int) -> str:
    value = statistics.median(r[name][load] for r in rounds)
    ratio = statistics.median(r[name][load] / r["oxidd"][load] for r in rounds)
    return f"{value:,.1f} ({ratio:.1f}x)"


if __name__ == "__main__":
    main()
