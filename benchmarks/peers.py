"""Other engines on the same rules: answers are compared first, then timed, in one run.

Two parts of the law are exported as plain rules (`rules`): one basis, which every engine can carry, and every gate of
every basis. A peer whose answers differ is reported with its error count instead of a ratio being trusted.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from blackletter import chain, planes
from blackletter.bench import DRAWN, Measure, Sizes, columns_of, draw, median_seconds
from blackletter.errors import EngineError

from . import one_by_one, populations
from .rules import Answer, Row, RuleList, export, outputs_of, part

if TYPE_CHECKING:
    from blackletter.ruleset import Ruleset
    from blackletter.theory import Program

Tell = Callable[[str], object]
Work = Callable[[], object]
ONE_BASIS = ("eo-13768-9a", "withhold")
SAMPLE = 40
"""Rows that engines answering one by one are given."""
POPULATION = 1 << 19
"""Rows that OpenFisca-core is given at most."""
PATIENCE = 120
"""Seconds that durable_rules may take."""


def measure(law: Ruleset, sizes: Sizes, tell: Tell = print) -> Iterator[Measure]:
    """Every row about peers; ``tell`` hears of peers that are not installed or cannot run."""
    for name, literals in parts(law).items():
        program = part(law, literals)
        case = Case(law, name, program, sizes, tell)
        tell(f"{name}: {len(case.rules.inputs)} inputs, {len(case.rules.definitions)} rules")
        yield from case.one_by_one()
        yield from case.populations()


def parts(law: Ruleset) -> dict[str, list[str]]:
    """The name of each part and the literals asked of it."""
    pairs = law.code.pairs
    one = pairs[ONE_BASIS] if ONE_BASIS in pairs else next(iter(pairs.values()))
    every = dict.fromkeys(gate for pair in pairs.values() for gate in pair.gates.values())
    return {"one basis": list(one.gates.values()), "every gate": list(every)}


class Case:
    """One part of the law, rows for it, and what is measured on them."""

    def __init__(self, law: Ruleset, name: str, program: Program, sizes: Sizes, tell: Tell = print) -> None:
        self.name, self.program, self.sizes, self.tell = name, program, sizes, tell
        self.rules: RuleList = export(program)
        self.wanted = outputs_of(program)
        self.atoms = dict(zip(program.inputs, self.rules.inputs, strict=True))
        self.law = law

    def rows(self, unknown: float = 0.0) -> list[dict[str, bool | None]]:
        """A sample of random rows by atom."""
        drawn = draw(self.law, SAMPLE, unknown)
        return [
            {atom: bool(drawn[atom][0][n]) if drawn[atom][1][n] else None for atom in self.atoms} for n in range(SAMPLE)
        ]

    def worded(self, row: Row) -> dict[str, bool | None]:
        """A row in the words of the rule list."""
        return {self.atoms[atom]: value for atom, value in row.items()}

    def ours(self, row: Row, close: Any = planes.close) -> Answer:
        """The answer of one of our evaluators, against which every peer's is compared."""
        held = close(self.program, row)
        return tuple(True if t in held else False if t ^ 1 in held else None for t in self.wanted)

    # one row at a time ---------------------------------------------------------------------------------------------

    def one_by_one(self) -> Iterator[Measure]:
        for title, unknown, engines in (
            ("complete", 0.0, one_by_one.COMPLETE),
            ("a tenth unknown", 0.1, one_by_one.UNKNOWN),
        ):
            rows = self.rows(unknown)
            expected = [self.ours(row) for row in rows]
            base = f"blackletter planes, one row, {title} ({self.name})"
            ours = run_over(self.ours, rows)
            yield Measure(base, 1e6 * median_seconds(ours, self.sizes.repeat) / SAMPLE, "us a row", base, 1.0)
            yield from self._chain(rows, expected, base, ours, title)
            words = [self.worded(row) for row in rows]
            for engine in engines:
                if not one_by_one.installed(engine.needs):
                    self.tell(f"{engine.name}: {engine.needs} is not installed")
                    continue
                peer = engine(self.rules)
                wrong = differences(expected, [peer.answer(row) for row in words])
                cost, ratio = in_turns(ours, run_over(peer.answer, words), self._turns)
                yield Measure(self._said(engine.name, title, wrong), 1e6 * cost / SAMPLE, "us a row", base, ratio)
            if not unknown and self.name == "one basis":
                yield from self._durable(words, expected, base, ours)

    def _said(self, peer: str, title: str, wrong: int) -> str:
        fault = f": WRONG in {wrong} of {SAMPLE} rows" if wrong else ""
        return f"{peer}, {title} ({self.name}){fault}"

    @property
    def _turns(self) -> int:
        return max(1, self.sizes.repeat // 2)

    def _chain(
        self, rows: Sequence[Row], expected: Sequence[Answer], base: str, ours: Work, title: str
    ) -> Iterator[Measure]:
        try:
            wrong = differences(expected, [self.ours(row, chain.close) for row in rows])
        except EngineError as error:
            self.tell(f"chain: {error}")
            return
        cost, ratio = in_turns(ours, run_over(lambda row: self.ours(row, chain.close), rows), self._turns)
        what = self._said("blackletter chain (durable_rules, guarded), a new session", title, wrong)
        yield Measure(what, 1e6 * cost / SAMPLE, "us a row", base, ratio)

    def _durable(self, rows: Sequence[Row], expected: Sequence[Answer], base: str, ours: Work) -> Iterator[Measure]:
        if not one_by_one.installed("durable"):
            self.tell("durable_rules is not installed")
            return
        name = "durable_rules, the obvious way"
        asked = {
            "clauses": self.rules.clauses, "depth": dict(self.rules.depth),
            "rows": [[word for word, value in row.items() if value] for row in rows],
        }  # fmt: skip
        found = _in_a_process(Path(__file__).with_name("durable_way.py"), json.dumps(asked))
        if isinstance(found, str):
            self.tell(f"{name}: {found}")
            return
        beside = median_seconds(ours, self._turns) / SAMPLE
        reader = one_by_one.Peer(self.rules)
        wrong = differences(expected, [reader.read(set(held)) for held in found["held"]])
        cost = statistics.median(found["seconds"])
        yield Measure(self._said(name, "complete", wrong), 1e6 * cost, "us a row", base, cost / beside)

    # a population at a time ----------------------------------------------------------------------------------------

    def populations(self) -> Iterator[Measure]:
        yield from self._openfisca()
        for title, unknown in (("complete", 0.0), ("a tenth unknown", 0.1)):
            for rows in sorted({min(self.sizes.rows, DRAWN), self.sizes.rows}):
                yield from self._machine(title, unknown, rows)

    def _openfisca(self) -> Iterator[Measure]:
        """Booleans in, booleans out, both sides."""
        drawn = draw(self.law, min(self.sizes.rows, DRAWN))
        times = max(1, min(self.sizes.rows, POPULATION) // DRAWN)
        columns = {atom: np.tile(drawn[atom][0], times) for atom in self.atoms}
        rows = len(next(iter(columns.values())))
        kernel = planes.Sweep(self.program, self.wanted)

        def ours() -> list[Any]:
            answer = kernel({atom: planes.pack(column) for atom, column in columns.items()}, rows)
            return [planes.unpack(plane, rows) for plane in answer]

        def read() -> list[Any]:
            return [column.view(np.uint8).max() for column in columns.values()]

        base = f"blackletter planes, booleans in and out, {rows:,} rows ({self.name})"
        yield Measure(base, rows / median_seconds(ours, self.sizes.repeat) / 1e6, "M rows/s", base, 1.0)
        seconds, ratio = in_turns(ours, read, self._turns)
        yield Measure(f"reading every boolean once ({self.name})", rows / seconds / 1e6, "M rows/s", base, 1 / ratio)
        if not one_by_one.installed(populations.OpenFisca.needs):
            self.tell("OpenFisca-core is not installed")
            return
        peer = populations.OpenFisca(self.rules)
        worded = {self.atoms[atom]: column for atom, column in columns.items()}
        wrong = sum(int((a != b).sum()) for a, b in zip(ours(), peer.answers(worded), strict=True))
        seconds, ratio = in_turns(ours, lambda: peer.answers(worded), self._turns)
        fault = f": WRONG in {wrong} cells" if wrong else ""
        what = f"{peer.name}, {rows:,} rows ({self.name}){fault}"
        yield Measure(what, rows / seconds / 1e6, "M rows/s", base, 1 / ratio)
        packed = {atom: planes.pack(column) for atom, column in columns.items()}
        held = f"blackletter planes, a population already packed, {rows:,} rows ({self.name})"
        alone, ratio = in_turns(lambda: kernel(packed, rows), lambda: peer.answers(worded), self._turns)
        yield Measure(held, ratio * rows / alone / 1e6, "M rows/s", held, 1.0)
        yield Measure(f"{peer.name}, beside it ({self.name}){fault}", rows / alone / 1e6, "M rows/s", held, 1 / ratio)

    def _machine(self, title: str, unknown: float, asked: int) -> Iterator[Measure]:
        """Planes in, planes out, both sides."""
        columns, rows = columns_of(self.law, self.program, max(256, asked // 256 * 256), unknown)
        title = f"{rows:,} rows, {title}"
        kernel = planes.Sweep(self.program, [t ^ rail for t in self.wanted for rail in ((0, 1) if unknown else (0,))])
        base = f"blackletter planes, kernel, {title} ({self.name})"

        def ours() -> Any:
            return kernel(columns, rows)

        yield Measure(base, rows / median_seconds(ours, self.sizes.repeat) / 1e6, "M rows/s", base, 1.0)
        if not populations.compiler():
            self.tell("no C compiler: the machine's limit is not measured")
            return
        machine = populations.Machine(self.rules, bool(unknown))
        named = dict(zip(machine.ins, self._rails(columns, bool(unknown)), strict=True))
        wrong = int((machine.answers(named) != kernel(columns, rows)).sum())
        seconds, ratio = in_turns(ours, lambda: machine.answers(named), self.sizes.repeat)
        fault = f": WRONG in {wrong} words" if wrong else ""
        what = f"{machine.name}, {title} ({self.name}){fault}"
        yield Measure(what, rows / seconds / 1e6, "M rows/s", base, 1 / ratio)

    def _rails(self, columns: Mapping[str, Any], unknown: bool) -> Iterator[Any]:
        for atom in self.atoms:
            yield from columns[atom] if unknown else (columns[atom],)


def differences(expected: Sequence[Answer], found: Sequence[Answer]) -> int:
    """How many rows a peer answers differently."""
    return sum(a != b for a, b in zip(expected, found, strict=True))


def run_over(answer: Callable[[Any], object], rows: Sequence[Any]) -> Work:
    """A run that answers every row."""
    return lambda: [answer(row) for row in rows]


def in_turns(ours: Work, theirs: Work, repeat: int) -> tuple[float, float]:
    """The median seconds of ``theirs``, and its median ratio to a run of ``ours`` just before it.

    Taking turns keeps other work on the machine out of the ratio, if not out of the seconds.
    """
    theirs()
    pairs = [(median_seconds(ours, 1), _seconds(theirs)) for _ in range(repeat)]
    return statistics.median(b for _, b in pairs), statistics.median(b / a for a, b in pairs)


def _seconds(work: Work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _in_a_process(script: Path, text: str) -> dict[str, Any] | str:
    """What a script of ours prints as JSON for ``text``, on one of three tries; else why it could not."""
    why = ""
    for _ in range(3):
        try:
            done = subprocess.run(  # noqa: S603  our own script
                [sys.executable, str(script)], input=text, capture_output=True, text=True, timeout=PATIENCE,
                check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            why = f"no answer in {PATIENCE} seconds"
            continue
        if done.returncode == 0:
            found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
            return found
        why = (done.stderr.strip().splitlines() or [f"it died with status {done.returncode}"])[-1]
    return why
