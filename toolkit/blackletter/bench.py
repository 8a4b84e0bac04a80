"""What the toolkit costs on this machine: medians of repeated runs, each beside the budget or row it is compared with.

Rows are data, by the contract of ``blackletter bench``. Peers, the machine's limit and the page in docs live in
``benchmarks/`` of the checkout and are loaded only when asked for. Nothing here passes or fails on a time.
"""

from __future__ import annotations

import importlib
import importlib.util
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import EngineError
from .planes import Sweep, pack

if TYPE_CHECKING:
    from numpy import bool_
    from numpy.typing import NDArray
    from pandas import DataFrame

    from .hypothetical import Hypothetical
    from .ruleset import Ruleset
    from .theory import Program

    Bools = NDArray[bool_]

DAY = "2017-06-01"
"""The day of asking in every measurement: the Executive Order enjoined, the grant conditions not yet announced."""
LATE = "2025-11-10"
"""A day on which the orders, terms and suits of 2025 stand: far more of a blank city's board depends on its facts."""
GAPPED = ("detainer", "release_notice", "jail_access", "share_status", "practice_restricts", "willful", "term_1373")
"""The facts of a frame some of whose cells are missing."""
DRAWN = 1 << 17
"""Rows drawn at random; more rows repeat them, which a bit-parallel kernel cannot notice."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured: rows of a sweep, asks of the memory test, repetitions behind each median."""

    rows: int = 1 << 22
    asks: int = 300
    repeat: int = 7


@dataclass(frozen=True, slots=True)
class Measure:
    """``value`` in ``unit``; ``ratio`` is value divided by that of ``ratio_to``: a budget, or another row."""

    what: str
    value: float
    unit: str
    ratio_to: str
    ratio: float

    def json(self) -> dict[str, Any]:
        """The row by the contract, its numbers to four digits."""
        return {k: float(f"{v:.4g}") if isinstance(v, float) else v for k, v in asdict(self).items()}

    def text(self) -> str:
        """One line of the table on a terminal."""
        return f"{self.what:<72} {self.value:>14,.4g} {self.unit:<9} {self.ratio:>10,.4g} x {self.ratio_to}"


def bench(law: Ruleset, sizes: Sizes) -> Iterator[Measure]:
    """The costs of this toolkit, in the order of the budgets."""
    yield _import_time(sizes.repeat)
    law.code  # noqa: B018  compiled once, before anything is timed
    yield from _asks(law, sizes.repeat)
    yield from _tell(law, sizes.repeat)
    yield _memory(law, sizes.asks)  # before sweeps, which keep what they compile: the fuller, the rarer are collections
    yield from _sweeps(law, sizes)
    yield from _frames(law, sizes)
    yield _space(law, sizes.repeat)


def _import_time(repeat: int) -> Measure:
    code = "import time; t = time.perf_counter(); import blackletter; print(time.perf_counter() - t)"
    runs = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)  # noqa: S603
        for _ in range(repeat)
    ]
    return _within("import blackletter", statistics.median(runs), 0.3, "0.3 s")


def _within(what: str, seconds: float, budget: float, words: str) -> Measure:
    """A time in milliseconds beside the budget it should stay under."""
    return Measure(what, 1e3 * seconds, "ms", f"budget: under {words}", seconds / budget)


def median_seconds(work: Callable[[], object], repeat: int, clock: Callable[[], float] = time.perf_counter) -> float:
    """The median time of ``work()`` by ``clock``, after one run that does not count."""
    work()
    return statistics.median(_seconds(work, clock) for _ in range(repeat))


def _seconds(work: Callable[[], object], clock: Callable[[], float]) -> float:
    start = clock()
    work()
    return clock() - start


# -- one hypothetical -----------------------------------------------------------------------------------------------


def _asks(law: Ruleset, repeat: int) -> Iterator[Measure]:
    city = law.hypothetical("springfield", as_of=DAY, state_arrest_power="no")
    settled = _settled(law, city)
    cases = (
        ("ask: whole board, every fact and reading stated", settled, city, 0.005, "5 ms"),
        ("ask: whole board, every fact stated, readings open (exact)", law, city, 0.05, "50 ms"),
        ("ask: whole board, every fact unknown (exact)", law, law.hypothetical(as_of=DAY), 0.05, "50 ms"),
        (f"ask: the same on {LATE} (exact)", law, law.hypothetical(as_of=LATE), 0.05, "50 ms"),
    )
    for what, under, posed, budget, words in cases:
        posed = posed.under(under)
        yield _within(what, median_seconds(lambda a=under, b=posed: a.ask(b), repeat), budget, words)  # type: ignore[misc]


def _settled(law: Ruleset, city: Hypothetical) -> Ruleset:
    """The law with the first reading assumed of every question."""
    return law.assume(**{name: next(iter(q.readings)) for name, q in law.questions.items()})


def _tell(law: Ruleset, repeat: int) -> Iterator[Measure]:
    """Telling one fact, over and over, to a live session; nothing where the engine is not installed."""
    try:
        watch = law.watch(law.hypothetical("springfield", as_of=DAY))
    except EngineError:
        return
    with watch:
        values = ["honor", "decline"]

        def tell() -> None:
            values.reverse()
            watch.tell(detainer=values[0])

        yield _within("tell one fact in a live chain session", median_seconds(tell, 4 * repeat), 0.02, "20 ms")


# -- many rows ------------------------------------------------------------------------------------------------------


def _sweeps(law: Ruleset, sizes: Sizes) -> Iterator[Measure]:
    wanted = wanted_tokens(law, [x for pair in law.code.pairs.values() for x in pair.gates.values()])
    kernel = Sweep(law.code.program, wanted)
    name = "sweep: kernel, every gate of the whole law"
    columns, rows = columns_of(law, law.code.program, sizes.rows)
    complete = _rate(f"{name}, complete rows", partial(kernel, columns, rows), rows, sizes.repeat, 20)
    yield complete
    columns, rows = columns_of(law, law.code.program, sizes.rows, 0.1)
    gaps = _rate(f"{name}, a tenth of the facts unknown", partial(kernel, columns, rows), rows, sizes.repeat, 20)
    yield replace(gaps, ratio_to=complete.what, ratio=gaps.value / complete.value)


def _rate(what: str, work: Callable[[], object], rows: int, repeat: int, budget: int) -> Measure:
    """Millions of rows a second of one core: by processor time, as other work on the machine does not count."""
    rate = rows / median_seconds(work, repeat, time.process_time) / 1e6
    return Measure(what, rate, "M rows/s", f"budget: over {budget} M rows/s, one core", rate / budget)


def _frames(law: Ruleset, sizes: Sizes) -> Iterator[Measure]:
    """Frames of typed columns, one line a row; the verdicts asked for are written, a column each."""
    from .frames import finding_keys

    frame = _frame(law, min(sizes.rows, 1 << 20))
    for kind, words, asked, which in (
        ("actions", "actions over all their bases", frame, "complete rows"),
        ("bases", "every action and basis", frame, "complete rows"),
        ("all", "every finding, city choices too", frame, "complete rows"),
        ("all", "every finding, city choices too", _with_gaps(frame), "a tenth of seven facts missing"),
    ):
        answer = partial(law.sweep, asked, findings=kind, wide=True, progress=False)
        many = f"{frame.shape[1]} columns in, {len(finding_keys(law, kind))} out"
        yield _rate(f"sweep: from a DataFrame, {words}, {which} ({many})", answer, len(frame), sizes.repeat, 5)


def _frame(law: Ruleset, rows: int) -> DataFrame:
    """A value of every fact that is yes or no or one of some words, as categories, on `DAY`."""
    import numpy as np
    import pandas as pd

    nouns = [(f, n) for f, n in law.facts.items() if n.kind in ("yes or no", "one of") and not n.follows]
    random, columns = np.random.default_rng(1), {}
    for fact, noun in nouns:
        words = list(noun.values) or ["yes", "no"]
        columns[fact] = pd.Categorical.from_codes(random.integers(len(words), size=rows), words)  # type: ignore[call-overload]
    return pd.DataFrame({"preset": "springfield", **columns, "as_of": DAY}).astype(
        {"preset": "category", "as_of": "category"}
    )


def _with_gaps(frame: DataFrame) -> DataFrame:
    """The frame with a tenth of the cells of the facts in `GAPPED` missing."""
    import numpy as np

    random = np.random.default_rng(2)
    return frame.assign(**{fact: frame[fact].mask(random.random(len(frame)) < 0.1) for fact in GAPPED})


def _space(law: Ruleset, repeat: int) -> Measure:
    """The policies of a city, and whether it acts willfully: more than 2 to the 20th."""
    city = law.hypothetical("springfield", as_of=DAY, term_1373="yes")
    free = [fact for fact, noun in law.facts.items() if noun.group == "city policy"] + ["willful"]
    seconds = median_seconds(lambda: law.space(city, free).verdicts, repeat)
    many = f"{law.space(city, free).rows:,} policies at one date and forum"
    return _within(f"space: {many}, counted for every finding", seconds, 1.0, "1 s")


def wanted_tokens(law: Ruleset, literals: Sequence[str]) -> list[int]:
    """The tokens that show each literal and its denial, those that are constants left out."""
    defeasible = law.code.program.defeasible
    found = [defeasible[x] for lit in literals for x in (lit, lit[1:] if lit[0] == "~" else "~" + lit)]
    return [token for token in dict.fromkeys(found) if token > 1]


def columns_of(law: Ruleset, program: Program, rows: int, unknown: float = 0.0) -> tuple[dict[str, Any], int]:
    """Planes of random hypotheticals for every input of ``program``, and how many rows they are."""
    import numpy as np

    drawn = draw(law, min(rows, DRAWN), unknown)
    times = max(1, rows // DRAWN)
    planes = {}
    for atom in program.inputs:
        shown, known = drawn[atom]
        pair = np.tile(pack(shown & known), times), np.tile(pack(~shown & known), times)
        planes[atom] = pair if unknown else pair[0]
    return planes, min(rows, DRAWN) * times


def draw(law: Ruleset, rows: int, unknown: float = 0.0, seed: int = 1) -> dict[str, tuple[Bools, Bools]]:
    """Random hypotheticals, as columns: atom -> (its truth, whether it is known).

    Each fact, membership and reading takes one of its values, all equally likely; ``unknown`` is the share forgotten.
    """
    return _Draw(law, rows, unknown, seed).atoms()


class _Draw:
    def __init__(self, law: Ruleset, rows: int, unknown: float, seed: int) -> None:
        import numpy as np

        nothing = dict.fromkeys((fact for fact in law.facts if fact != "not_party_to"), "unknown")
        self.law, self.rows, self.unknown = law, rows, unknown
        self.row = law.hypothetical(None, **{**nothing, "as_of": DAY}).row
        self.random = np.random.default_rng(seed)
        self.drawn: dict[str, tuple[tuple[Any, ...], Any, Bools]] = {}

    def atoms(self) -> dict[str, tuple[Bools, Bools]]:
        return {name: self._atom(atom) for name, atom in self.law.code.atoms.items()}

    def _atom(self, atom: Any) -> tuple[Bools, Bools]:
        import numpy as np

        values, places, known = self._name(atom.fact)
        if atom.other is None:
            return np.array([atom.test(v) for v in values], dtype=bool)[places], known
        others, where, also = self._name(atom.other)
        table = np.array([[atom.test(v, w) for w in others] for v in values], dtype=bool)
        return table[places, where], known & also

    def _name(self, name: str) -> tuple[list[Any], Any, Bools]:
        """The values of a fact or followed name, the number of the value each row takes, and whether it is known."""
        import numpy as np

        value = self.row.value(name)
        if value is not None:
            return [value], np.zeros(self.rows, dtype=np.intp), np.ones(self.rows, dtype=bool)
        variable, how = self.row.source(name)
        if variable not in self.drawn:
            domain = self.row.domain(variable)
            places = self.random.integers(len(domain), size=self.rows)
            self.drawn[variable] = domain, places, self.random.random(self.rows) >= self.unknown
        values, places, known = self.drawn[variable]
        return [how(v) for v in values], places, known


# -- memory ---------------------------------------------------------------------------------------------------------


def _memory(law: Ruleset, asks: int) -> Measure:
    """The most resident memory in the last tenth of many asks over changing cities, beside that of the first tenth.

    Each ask builds and drops diagrams, so memory goes up and down all the time; it must not climb.
    """
    cities = [
        law.hypothetical("springfield", as_of=DAY, detainer=detainer, state=state)
        for detainer in ("honor", "decline")
        for state in ("none", "CA", "unknown")
    ]
    used = []
    for n in range(asks):
        law.ask(cities[n % len(cities)])
        used.append(_resident())
    tenth = max(len(cities), asks // 10)
    first, last = max(used[:tenth]), max(used[-tenth:])
    return Measure(f"memory in the last tenth of {asks:,} asks", last, "MB", "memory in the first tenth", last / first)


def _resident() -> float:
    """Resident memory in MB: now on Linux, else the most so far."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmRSS"))
        return int(line.split()[1]) / 1024
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1 << 20 if sys.platform == "darwin" else 1 << 10)


# -- benchmarks/ of the checkout ------------------------------------------------------------------------------------

_OUTSIDE = "blackletter_benchmarks"


def outside(module: str) -> Any:
    """A module of the checkout's ``benchmarks/``; `EngineError` where there is no checkout."""
    if _OUTSIDE not in sys.modules:
        folder = _benchmarks()
        spec = importlib.util.spec_from_file_location(
            _OUTSIDE, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        assert spec is not None
        assert spec.loader is not None
        sys.modules[_OUTSIDE] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[_OUTSIDE])
    return importlib.import_module(f"{_OUTSIDE}.{module}")


def _benchmarks() -> Path:
    places = [Path(__file__).resolve().parents[2] / "benchmarks", Path.cwd() / "benchmarks"]
    for folder in places:
        if (folder / "peers.py").is_file():
            return folder
    raise EngineError(f"peers are measured from a checkout: no benchmarks folder in {places[0]} or {places[1]}")


def as_json(rows: Sequence[Measure]) -> Mapping[str, Any]:
    """The answer of ``blackletter bench --json``."""
    return {"rows": [row.json() for row in rows]}
