"""What binds on an open question, and where: rulings by their force, and the table of splits between circuits."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .draft import say_day
from .errors import FactError, unknown_name

if TYPE_CHECKING:
    from .codify import Code
    from .hypothetical import Hypothetical
    from .model import Holding
    from .ruleset import Ruleset

OPEN = "open question"
PRESUMED = "presumed"
BINDING, PERSUASIVE = "binding", "persuasive"
PERIODS = ("2018-04-18", "2020-02-25", "2021-04-13", "2025-01-19")
"""The last day of each period between turns of the law: before the first appellate ruling on a grant condition, before
the split of 26 February 2020, before the conditions were given up, before the second term; the last day covered ends
the fifth."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """A holding on a question as it stands for one city: ``force`` is binding or persuasive."""

    id: str
    reading: str
    force: str
    court: str
    decided: dt.date
    likelihood: bool
    cite: str
    flag: str

    def json(self) -> dict[str, Any]:
        """The ruling in plain values; ``likelihood`` is true where the court said only what is likely."""
        return {
            "id": self.id, "reading": self.reading, "force": self.force, "court": self.court,
            "decided": self.decided.isoformat(), "likelihood": self.likelihood, "cite": self.cite, "flag": self.flag,
        }  # fmt: skip

    def text(self) -> str:
        """The ruling in a line."""
        likely = "; a ruling on likelihood only" if self.likelihood else ""
        return f"{self.reading}: {self.court}, {say_day(self.decided)} ({self.cite}){likely}"


@dataclass(frozen=True, slots=True)
class Precedents:
    """What courts have said on one question for one city on its day: what binds it, what persuades, or silence.

    ``reading`` is how the question stands, in the words of `standing`.
    """

    question: str
    asks: str
    reading: str
    binding: tuple[Ruling, ...]
    persuasive: tuple[Ruling, ...]

    @property
    def silent(self) -> bool:
        """Whether no court on file has ruled."""
        return not self.binding and not self.persuasive

    @property
    def displaced(self) -> tuple[Ruling, ...]:
        """Rulings that would bind here but yield to another that prevails: a higher court's, or a newer one."""
        settled = self.reading != OPEN and not self.reading.startswith(PRESUMED)
        return tuple(r for r in self.binding if settled and r.reading != self.reading)

    def json(self) -> dict[str, Any]:
        """The same in plain values."""
        return {
            "question": self.question, "asks": self.asks, "reading": self.reading, "silent": self.silent,
            "binding": [r.json() for r in self.binding], "persuasive": [r.json() for r in self.persuasive],
            "displaced": [r.id for r in self.displaced],
        }  # fmt: skip

    def text(self) -> str:
        """A heading, how it stands, then what binds and what persuades, a line each."""
        lines = [f"{self.asks} [{self.question}]", f"  stands: {self.reading}"]
        lines += [f"  {'would bind, but yields' if r in self.displaced else 'binds'}: {r.text()}" for r in self.binding]
        lines += [f"  persuades: {r.text()}" for r in self.persuasive]
        return "\n".join([*lines, "  silent: no court on file has ruled"] if self.silent else lines)


def precedents(posed: Hypothetical, question: str) -> Precedents:
    """The rulings on a question sorted by their force for this city, and how the question stands for it.

    >>> import blackletter as bl
    >>> city = bl.load().hypothetical("springfield", as_of="2020-03-15", state="NY")
    >>> found = precedents(city, "jag_notice_authorized")
    >>> found.reading, [r.court for r in found.binding]
    ('yes', ['2d Cir.'])
    """
    found = rulings(posed, question)
    by_force = [tuple(r for r in found if r.force == force) for force in (BINDING, PERSUASIVE)]
    return Precedents(question, posed.law.questions[question].asks, standing(posed, question), *by_force)


def rulings(posed: Hypothetical, question: str) -> tuple[Ruling, ...]:
    """Every holding on the question that stands on the day, those that bind this city first, then the newest.

    Where membership of a suit is unknown, a ruling between its parties counts as persuasive. No ruling, no entry.

    >>> import blackletter as bl
    >>> city = bl.load().hypothetical("springfield", as_of="2020-03-15", state="NY")
    >>> [(r.id, r.force) for r in rulings(city, "jag_notice_authorized")][0]
    ('new-york-2d-2020-notice', 'binding')
    """
    from .planes import close

    _known(posed.law, question)
    code = posed.law.code
    tokens = close(code.program, posed.row.truths)
    found = [
        _ruling(h, code.program.applicable[f"{name}#{h.id}"] in tokens)
        for name, h in _standing_holdings(posed, question)
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda r: (r.force != BINDING, -r.decided.toordinal(), r.id)))


def _known(law: Ruleset, question: str) -> None:
    if question not in law.questions:
        raise FactError(unknown_name("question", question, law.questions))


def _standing_holdings(posed: Hypothetical, question: str) -> Iterator[tuple[str, Holding]]:
    day, gone = posed.as_of, _undone(posed.law, posed.as_of)
    for name, i in posed.law.instruments.items():
        for h in i.holdings:
            ended = h.id in gone or (h.until is not None and h.until <= day)
            if h.question == question and h.decided <= day and not ended:
                yield name, h


def _undone(law: Ruleset, day: dt.date) -> set[str]:
    """The holdings reversed or vacated by the day."""
    events = (e for i in law.instruments.values() for e in i.life)
    return {e.order for e in events if e.event in ("reversed", "vacated") and e.on <= day}


def _ruling(h: Holding, binds: bool) -> Ruling:
    force = BINDING if binds else PERSUASIVE
    return Ruling(h.id, h.reading, force, h.court, h.decided, h.likelihood, h.cite, h.flag)


def standing(posed: Hypothetical, question: str) -> str:
    """The reading that binding law gives, "presumed ..." when only a presumption speaks, "open question" otherwise.

    >>> import blackletter as bl
    >>> law = bl.load()
    >>> standing(law.hypothetical("springfield", as_of="2020-03-15", state="TX"), "jag_notice_authorized")
    'open question'
    """
    _known(posed.law, question)
    return _stands(posed.law, _tokens(posed), question)


def _tokens(posed: Hypothetical) -> frozenset[int]:
    from .planes import close

    return frozenset(close(posed.law.code.program, posed.row.truths))


def _stands(law: Ruleset, tokens: frozenset[int], question: str) -> str:
    code: Code = law.code
    shown = [r for r in law.questions[question].readings if code.program.defeasible[f"{question}:{r}"] in tokens]
    if len(shown) != 1:
        return OPEN
    sources = code.theory.supporters(f"{question}:{shown[0]}")
    live = {code.authority[r.id].role for r in sources if code.program.applicable[r.id] in tokens}
    return shown[0] if "holding" in live else f"{PRESUMED} {shown[0]}"


def split(law: Ruleset, question: str, day: dt.date | str) -> dict[str, str]:
    """Circuit -> how the question stands there on the day, for a city that is party to nothing.

    >>> import blackletter as bl
    >>> found = split(bl.load(), "jag_notice_authorized", "2020-03-15")
    >>> [found[c] for c in ("2", "3", "5")]
    ['yes', 'no', 'open question']
    """
    _known(law, question)
    return split_table(law, [question], [day])[question, str(day)]


def split_table(
    law: Ruleset, questions: Iterable[str], days: Iterable[dt.date | str]
) -> dict[tuple[str, str], dict[str, str]]:
    """(question, day) -> the split on that day."""
    questions, circuits = tuple(questions), law.facts["circuit"].map
    found: dict[tuple[str, str], dict[str, str]] = {}
    for day in map(str, days):
        for circuit, states in circuits.items():
            tokens = _tokens(law.hypothetical(as_of=day, state=states[0], party_to=""))
            for question in questions:
                found.setdefault((question, day), {})[circuit] = _stands(law, tokens, question)
    return found


@dataclass(frozen=True)
class Splits:
    """Question by day by circuit: ``found`` maps (question, day) to circuit -> how the question stands there."""

    law: Ruleset
    questions: tuple[str, ...]
    days: tuple[str, ...]
    found: Mapping[tuple[str, str], Mapping[str, str]]

    def json(self) -> list[dict[str, Any]]:
        """A mapping for each question: its words, its readings, and the circuits on each day."""
        return [
            {
                "question": q, "asks": self.law.questions[q].asks,
                "readings": {r: noun.says for r, noun in self.law.questions[q].readings.items()},
                "open_from": None if (start := self.law.questions[q].open_from) is None else start.isoformat(),
                "splits": [{"day": d, "circuits": dict(self.found[q, d])} for d in self.days],
            }
            for q in self.questions
        ]  # fmt: skip

    def text(self) -> str:
        """A block for each question: its words, its readings, then a line a day."""
        return "\n\n".join("\n".join(self._block(q)) for q in self.questions)

    def _block(self, question: str) -> Iterator[str]:
        noun = self.law.questions[question]
        yield f"{noun.asks} [{question}]"
        yield from (f"  {name}: {reading.says}" for name, reading in noun.readings.items())
        for day in map(dt.date.fromisoformat, self.days):
            early = noun.presumed is None and noun.open_from is not None and day < noun.open_from
            words = "not yet asked" if early else self._line(self.found[question, day.isoformat()])
            yield f"  on {say_day(day)}: {words}"

    def _line(self, circuits: Mapping[str, str]) -> str:
        general = Counter(circuits.values()).most_common(1)[0][0]
        apart = dict.fromkeys(word for word in circuits.values() if word != general)
        special = [f"{word} in the {self._names([c for c in circuits if circuits[c] == word])}" for word in apart]
        return "; ".join([f"{general} elsewhere" if special else f"{general} everywhere", *special])

    def _names(self, circuits: Sequence[str]) -> str:
        names = [self.law.facts["circuit"].values[c].removesuffix(" Circuit") for c in circuits]
        listed = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
        return f"{listed} {'Circuits' if len(names) > 1 else 'Circuit'}"


def splits(law: Ruleset, questions: Iterable[str] | None = None, days: Iterable[dt.date | str] | None = None) -> Splits:
    """How questions stand in every circuit at the end of each period; default: every question a court has ruled on.

    Raises `FactError` on an unknown question.

    >>> import blackletter as bl
    >>> print(splits(bl.load(), ["prompt_review_needed"], ["2020-09-11"]).text())
    Must a neutral officer promptly review the cause for a hold on a detainer? [prompt_review_needed]
      yes: the rule of Gerstein v. Pugh applies to holds on detainers
      no: an officer's own finding is enough to continue the hold
      on 11 September 2020: open question elsewhere; yes in the Ninth Circuit
    """
    ruled = {h.question for i in law.instruments.values() for h in i.holdings}
    chosen = tuple(q for q in law.questions if q in ruled) if questions is None else tuple(questions)
    for question in chosen:
        _known(law, question)
    on = tuple(map(str, days if days is not None else (*PERIODS, law.covered.to)))
    return Splits(law, chosen, on, split_table(law, chosen, on))
