"""The docket bench: decided cases asked of the law the day before, on the reading adopted, and the day after.

A row of a case says, in our facts, what the court was asked, and expects what it held. Three reports are made of it:
*before*, whether binding law or an order already gave the holding; *adopted* and *lost*, where the point turned on a
reading, what that reading and its rival give on the same day; and *after*, with the ruling and its order in force.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from .errors import FactError, Fault
from .model import Flag, Noun, Texts
from .splits import OPEN, PRESUMED, standing

if TYPE_CHECKING:
    from .hypothetical import Hypothetical
    from .ruleset import Ruleset

NO_WORDS = ("no authority", "unconstitutional", "enjoined", "waived", "not permitted", "not ripe")
HELD: Mapping[str, tuple[str, ...]] = {
    "permitted": ("permitted", "permitted after process"),
    "not_permitted": tuple(w for w in NO_WORDS if w not in ("waived", "not ripe")),
    "required": ("required",),
    "not_required": ("not regulated",),
    "no_ruling": (OPEN,),
}
"""What each code of a holding means in verdict words, unless the row says what it expects."""
OPEN_WORDS = (OPEN, "contested", "undetermined")


class Row(Noun):
    """One question put to a court, in our facts.

    ``finding`` is "action basis" or "choice law", with ``gate`` when the court spoke to one gate only; or ``question``
    asks how a question stands. ``turned_on`` gives the reading the court adopted; ``under_review`` the rulings left
    out of the law of the day before, because they were the ones reviewed. ``codings`` is the record's own coding of the
    local policy, ``translation`` what became of what has no fact of ours.
    """

    id: str
    asks: str
    held: str
    ground: str = ""
    flag: Flag
    preset: str = "springfield"
    facts: Mapping[str, str] = {}
    finding: str | None = None
    gate: str | None = None
    question: str | None = None
    expects: Texts = ()
    turned_on: Mapping[str, str] = {}
    under_review: Texts = ()
    act: str = ""
    codings: str = ""
    translation: str = ""
    outside: str = ""
    explained: str = ""

    @property
    def expected(self) -> tuple[str, ...]:
        """The words that agree with the holding."""
        return self.expects or HELD[self.held.split()[0].rstrip(";")]


class Case(Noun):
    """A decision: when, where, and its rows. ``facts`` are shared by the rows."""

    case: str
    caption: str
    court: str
    circuit: str
    decided: dt.date
    later: str = ""
    facts: Mapping[str, str] = {}
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """One row answered. ``agree`` is None when the row is outside the model."""

    id: str
    expected: str
    found: str
    agree: bool | None
    why: str
    before: str = ""
    adopted: str = ""
    lost: tuple[str, ...] = ()
    explained: str = ""

    def json(self) -> dict[str, Any]:
        """The row by the contract, with the three reports."""
        data: dict[str, Any] = {"id": self.id, "expected": self.expected, "found": self.found, "agree": self.agree}
        data |= {"why": self.why, "before": self.before, "adopted": self.adopted, "lost": list(self.lost)}
        return data | ({"explained": self.explained} if self.explained else {})


@dataclass(frozen=True)
class Bench:
    """Every row answered, and the rules of the law that no case reaches."""

    results: tuple[Result, ...]
    unreached: tuple[str, ...]

    def count(self, agree: bool | None) -> int:
        """How many rows agree (True), disagree (False) or are outside the model (None)."""
        return sum(r.agree is agree for r in self.results)

    @property
    def unexplained(self) -> tuple[Result, ...]:
        """Disagreements without a written explanation."""
        return tuple(r for r in self.results if r.agree is False and not r.explained)

    def json(self) -> dict[str, Any]:
        """By the contract of ``blackletter docket --json``."""
        return {
            "rows": [r.json() for r in self.results], "agree": self.count(True), "disagree": self.count(False),
            "outside": self.count(None), "unreached": list(self.unreached),
        }  # fmt: skip

    def text(self) -> str:
        """A line a row, the counts, and the rules that no case reaches."""
        lines = [_line(r) for r in self.results]
        agree, disagree, outside = (self.count(x) for x in (True, False, None))
        share = f" ({agree / (agree + disagree):.0%} of those asked)" if agree + disagree else ""
        lines.append(f"{agree} agree{share}, {disagree} disagree, {outside} outside the model")
        lines.append(f"{len(self.unreached)} rules are reached by no case: {', '.join(self.unreached)}")
        return "\n".join(lines)


def _line(r: Result) -> str:
    mark = {True: "agree   ", False: "DISAGREE", None: "outside "}[r.agree]
    return f"{mark} {r.id:<14} {r.why}" + (f" Explained: {r.explained}" if r.explained else "")


# -- reading --------------------------------------------------------------------------------------------------------


def read_cases(path: Path) -> tuple[Case, ...]:
    """The cases of a file or of every file of a folder; raises `FactError` with every fault."""
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    missing = [f for f in files if not f.is_file()]
    if missing:
        raise FactError(f"{path} is not a file")
    if not files:
        raise FactError(f"{path} holds no docket file")
    faults: list[Fault] = []
    cases = [case for file in files for case in _read(file, faults)]
    ids = [row.id for case in cases for row in case.rows]
    twice = sorted({i for i in ids if ids.count(i) > 1})
    faults += [Fault("duplicate-id", f'the row "{i}" is given twice') for i in twice]
    if faults:
        raise FactError(faults)
    return tuple(cases)


def _read(file: Path, faults: list[Fault]) -> Iterator[Case]:
    from .reader import noun_faults, plain_yaml, user_text

    try:
        data = plain_yaml(user_text(file), str(file))
    except FactError as error:
        faults += error.faults
        return
    try:
        case = Case.model_validate(data)
    except ValidationError as error:
        faults += noun_faults(error, data, Case, str(file))
        return
    faults += [Fault("docket", f"{file}: {row.id} {fault}") for row in case.rows if (fault := _misshapen(row))]
    yield case


def _misshapen(row: Row) -> str:
    if row.outside:
        return ""
    if bool(row.finding) == bool(row.question):
        return "asks either a finding or a question"
    if not row.expects and row.held.split()[0].rstrip(";") not in HELD:
        return f'has an unknown holding "{row.held}"; known: {", ".join(HELD)}'
    return "" if not row.question or row.expects else "asks a question and so says the reading it expects"


# -- asking ---------------------------------------------------------------------------------------------------------


def run_docket(law: Ruleset, cases: Iterable[Case]) -> Bench:
    """Every row of the cases answered by the law."""
    reached: set[str] = set()
    clerk = _Clerk(law, reached)
    results = tuple(clerk.result(case, row) for case in cases for row in case.rows)
    rules = {f"{i.instrument}#{r.id}" for i in law.instruments.values() for r in i.rules}
    return Bench(results, tuple(sorted(rules - reached)))


class _Clerk:
    """Asks the law one row at a time, and notes the rules that each row reaches."""

    def __init__(self, law: Ruleset, reached: set[str]) -> None:
        self.law, self.reached = law, reached
        self.without = cache(lambda ids: law.without(*ids))

    def result(self, case: Case, row: Row) -> Result:
        expected = " or ".join(row.expects or row.expected) if not row.outside else row.held
        if row.outside:
            return Result(row.id, expected, "outside the model", None, f"Outside: {row.outside}")
        after = self.ask(self.law, case, row, max(case.decided, self.law.covered.start))
        eve = case.decided - dt.timedelta(1)
        if not self.law.covers(eve):
            ok = after in row.expected
            why = f"Decided before the days covered; the law on its first day gives {after}."
            return Result(row.id, expected, after, ok, why, explained="" if ok else row.explained)
        return self._over_time(case, row, expected, after, eve)

    def _over_time(self, case: Case, row: Row, expected: str, after: str, eve: dt.date) -> Result:
        law = self.without(row.under_review) if row.under_review else self.law
        before = self.ask(law, case, row, eve)
        adopted, lost = self._readings(law, case, row, eve)
        earlier, why = _judge(row, before, adopted, lost)
        agree = earlier and after in row.expected
        why = f"{why} From the ruling: {after}."
        return Result(row.id, expected, after, agree, why, before, adopted, lost, "" if agree else row.explained)

    def _readings(self, law: Ruleset, case: Case, row: Row, day: dt.date) -> tuple[str, tuple[str, ...]]:
        """What the adopted readings give, and what each rival of each of them gives."""
        if not row.turned_on:
            return "", ()
        adopted = self.ask(law.assume(**row.turned_on), case, row, day)
        rivals = [
            {**row.turned_on, question: other}
            for question, reading in row.turned_on.items()
            for other in law.questions[question].readings if other != reading
        ]  # fmt: skip
        return adopted, tuple(self.ask(law.assume(**rival), case, row, day) for rival in rivals)

    def ask(self, law: Ruleset, case: Case, row: Row, day: dt.date) -> str:
        """The verdict, the state of the gate, or the reading that binds, on a day."""
        posed = law.hypothetical(row.preset, **{"as_of": day.isoformat(), **case.facts, **row.facts})
        self._mark(posed)
        if row.question:
            return standing(posed, row.question)
        finding = law.ask(posed)[tuple((row.finding or "").split())]  # type: ignore[index]
        return str(finding.gates[row.gate].value if row.gate else finding.verdict)

    def _mark(self, posed: Hypothetical) -> None:
        from .planes import close

        code = posed.law.code
        tokens = close(code.program, posed.row.truths)
        self.reached |= {code.authority[r].name for r, token in code.program.applicable.items() if token in tokens}


def _judge(row: Row, before: str, adopted: str, lost: tuple[str, ...]) -> tuple[bool, str]:
    """Whether the law of the day before led to the holding, and how, in words."""
    if before in row.expected and not _is_open(before):
        return True, f"Settled the day before: {before}."
    if row.turned_on:
        rivals = ", ".join(lost)
        good = adopted in row.expected and not set(lost) & set(row.expected)
        return good, f"The day before: {before}; the reading adopted gives {adopted}, its rival {rivals}."
    if _is_open(before):
        return True, f"Open the day before ({before})."
    return False, f"The day before: {before}."


def _is_open(word: str) -> bool:
    return word in OPEN_WORDS or word.startswith(f"{PRESUMED} ")
