"""A hypothetical is a row of facts: how it is posed, read from a file, and turned into true, false or unknown atoms."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import inf, isfinite
from typing import TYPE_CHECKING, Any

from .atoms import NEVER, Atom, Value, cells, days
from .errors import FactError, Fault, quoted, unknown_name
from .gates import AWARD_AGENCY

if TYPE_CHECKING:
    from .ruleset import Ruleset

UNKNOWN = "unknown"
_AWARD_GROUP = "award"
_HEAD_OF = {"doj": "attorney_general", "dhs": "dhs_secretary"}
"""The actor who heads the award's agency; any other agency's head is just ``agency_head``."""


@dataclass(frozen=True)
class Hypothetical:
    """A city, an award, a place and two days. ``facts`` holds known values; ``open`` names facts stated to be unknown.

    ``as_of`` is the day whose holdings and knowledge count; the fact ``acted_on`` (default: the same day) is the day
    of the act. ``sources`` says, fact by fact, where a value comes from.
    """

    law: Ruleset = field(repr=False)
    name: str
    as_of: dt.date
    facts: Mapping[str, Value]
    open: frozenset[str] = frozenset()
    preset: str | None = None
    award: str | None = None
    sources: Mapping[str, str] = field(default_factory=dict, repr=False)
    notes: str = ""
    award_name: str | None = None
    """What sets this award apart from the others of the same city, where a file names several."""

    @property
    def title(self) -> str:
        """The name of the city, and of the award where it has several."""
        return f"{self.name}, {self.award_name}" if self.award_name else self.name

    def __getitem__(self, fact: str) -> str:
        """The value of a fact as a word; "unknown" when it is not known."""
        if fact not in self.law.facts and fact not in ("as_of", "award"):
            raise FactError(unknown_name("fact", fact, self.law.facts))
        return self.as_text().get(fact, UNKNOWN)

    def as_text(self) -> dict[str, str]:
        """Every known fact, dates included, as the words a file would use."""
        known: dict[str, str] = {"as_of": self.as_of.isoformat()}
        if self.award:
            known["award"] = self.award
        for fact in self.law.facts:
            if fact in self.facts:
                known[fact] = value_text(self.facts[fact])
        return known

    def with_facts(self, /, **facts: object) -> Hypothetical:
        """The same hypothetical with other facts; ``"unknown"`` forgets one."""
        return _with(self, facts)

    def supposing(self, fact: str, value: Value) -> Hypothetical:
        """The same with one fact of the city's policy set, its row made from this one's."""
        posed = replace(self, facts={**self.facts, fact: value})
        posed.__dict__["row"] = self.row.supposing(posed, fact)
        return posed

    def under(self, law: Ruleset) -> Hypothetical:
        """The same facts under another law: one that assumes, amends, or leaves something out."""
        return self if law is self.law else replace(self, law=law)

    @cached_property
    def row(self) -> Row:
        return Row(self)


def value_text(value: Value | frozenset[str]) -> str:
    """A value as the word a file would use.

    >>> value_text(True), value_text(250000.0), value_text(NEVER)
    ('yes', '250000', 'never')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.date):
        return "never" if value == NEVER else value.isoformat()
    if isinstance(value, float):
        return f"{value:.10g}"
    return ",".join(sorted(value)) if isinstance(value, frozenset) else str(value)


def measured(number: float | str, unit: str | None) -> str:
    """A number with its unit, as a sentence says it.

    >>> measured(0.35, "fraction"), measured(48.0, "hours past release"), measured("2016", "year")
    ('35 percent', '48 hours past release', '2016')
    """
    if unit == "fraction":
        return f"{float(number) * 100:.10g} percent"
    said = value_text(float(number))
    return f"{said} {unit}" if unit and unit != "year" else said


# -- posing ---------------------------------------------------------------------------------------------------------


def pose(law: Ruleset, preset: str | None, facts: Mapping[str, object]) -> Hypothetical:
    """A hypothetical from a preset (or from nothing) and facts over it."""
    if preset is None:
        start = Hypothetical(law, "a city", _default_day(law), {})
        return _with(start, facts)
    if str(preset) not in law.presets:
        raise FactError(unknown_name("preset", preset, law.presets))
    noun = law.presets[preset]
    start = Hypothetical(law, preset, noun.as_of, {}, preset=preset, notes=noun.notes)
    own = {**({"award": noun.award} if noun.award else {}), **noun.facts}
    return _with(replace(_with(start, own), sources=noun.sources), facts)


def _default_day(law: Ruleset) -> dt.date:
    day = dt.date(2017, 4, 26)
    return day if law.covers(day) else law.covered.to


def _with(base: Hypothetical, facts: Mapping[str, object]) -> Hypothetical:
    law = base.law
    faults: list[Fault] = []
    known: dict[str, Value] = dict(base.facts)
    opened = set(base.open)
    as_of, award = base.as_of, base.award
    given = dict(facts)
    name = str(given.pop("name", base.name))
    if "as_of" in given:
        as_of = _as_of(law, given.pop("as_of"), faults) or as_of
    if "award" in given:
        award = _apply_award(law, given.pop("award"), known, opened, faults)
    for fact, value in given.items():
        _set(law, fact, value, known, opened, faults)
    _place(law, given, known, opened, faults)
    _suits_apart(known, faults)
    if faults:
        raise FactError(faults)
    label = None if "award" in facts else base.award_name
    made = replace(base, name=name, as_of=as_of, facts=known, open=frozenset(opened), award=award, award_name=label)
    return replace(made, sources={k: v for k, v in base.sources.items() if known.get(k) == base.facts.get(k)})


def _as_of(law: Ruleset, value: object, faults: list[Fault]) -> dt.date | None:
    day = to_day(value)
    if day is None or day == NEVER:
        faults.append(Fault("value", f'as_of is a day like 2017-04-26, not "{quoted(value)}"'))
        return None
    if not law.covers(day):
        faults.append(_uncovered(law, "as_of", day))
        return None
    return day


def _uncovered(law: Ruleset, fact: str, day: dt.date) -> Fault:
    return Fault(
        "uncovered",
        f"{fact} {day} is outside the model: it covers {law.covered.start} to {law.covered.to}, both included",
    )


def _apply_award(
    law: Ruleset, award: object, known: dict[str, Value], opened: set[str], faults: list[Fault]
) -> str | None:
    """Sets an award preset's facts; the other facts about the award become unknown."""
    if award in (UNKNOWN, None, "", "none"):
        return None
    if str(award) not in law.awards:
        faults.append(unknown_name("award", award, law.awards))
        return None
    for fact, noun in law.facts.items():
        if noun.group == _AWARD_GROUP:
            known.pop(fact, None)
    for fact, value in law.awards[str(award)].facts.items():
        _set(law, fact, value, known, opened, faults)
    return str(award)


def _set(law: Ruleset, fact: str, value: object, known: dict[str, Any], opened: set[str], faults: list[Fault]) -> None:
    if fact not in law.facts:
        faults.append(unknown_name("fact", fact, (*law.facts, "as_of", "award")))
        return
    if value is None or str(value).strip().lower() == UNKNOWN:
        known.pop(fact, None)
        opened.add(fact)
        return
    try:
        known[fact] = _typed(law, fact, value)
        opened.discard(fact)
    except _BadValueError as bad:
        faults.append(bad.fault)


class _BadValueError(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def _typed(law: Ruleset, fact: str, value: object) -> Value | frozenset[str]:
    noun = law.facts[fact]
    readers: Mapping[str, Callable[[Ruleset, str, object], Value | frozenset[str]]] = {
        "yes or no": _yes_no, "one of": _word, "number": _number, "date": _date, "set": _suits,
    }  # fmt: skip
    return readers[noun.kind](law, fact, value)


def _yes_no(law: Ruleset, fact: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word not in ("yes", "no", "true", "false"):
        raise _BadValueError(unknown_name("value", value, ("yes", "no", UNKNOWN), where=fact))
    return word in ("yes", "true")


def _word(law: Ruleset, fact: str, value: object) -> str:
    values = law.facts[fact].values
    word = str(value).strip()
    for form in (word, word.lower(), word.upper()):
        if form in values:
            return form
    raise _BadValueError(unknown_name("value", value, (*values, UNKNOWN), where=fact))


def _number(law: Ruleset, fact: str, value: object) -> float:
    noun = law.facts[fact]
    try:
        number = float(str(value).replace(",", "").replace("$", ""))
    except ValueError:
        number = float("nan")
    low, high = (-inf if noun.least is None else noun.least), (inf if noun.most is None else noun.most)
    if not (isfinite(number) and low <= number <= high and (number.is_integer() or not noun.whole)):
        about = ", ".join(filter(None, (noun.unit or "count", _span(low, high))))
        kind = "whole number" if noun.whole else "number"
        raise _BadValueError(Fault("value", f'{fact} is a {kind} ({about}), not "{quoted(value)}"'))
    return number


def _span(low: float, high: float) -> str:
    """The numbers from ``low`` to ``high``, in words; empty when there is no limit."""
    if isfinite(low) and isfinite(high):
        return f"{low:.10g} to {high:.10g}"
    return f"{low:.10g} or more" if isfinite(low) else f"{high:.10g} or less" if isfinite(high) else ""


def _date(law: Ruleset, fact: str, value: object) -> dt.date:
    noun = law.facts[fact]
    day = to_day(value)
    if day is None or (day == NEVER and not noun.never):
        also = ', "never"' if noun.never else ""
        raise _BadValueError(
            Fault("value", f'{fact} is a day like 2017-06-30{also} or "unknown", not "{quoted(value)}"')
        )
    if fact == "acted_on" and not law.covers(day):
        raise _BadValueError(_uncovered(law, fact, day))
    return day


def to_day(value: object) -> dt.date | None:
    """The day that a date or a word like 2017-04-26 says ("never" is the last of all); None for anything else."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    text = str(value).strip()
    if text.lower() == "never":
        return NEVER
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _suits(law: Ruleset, fact: str, value: object) -> frozenset[str]:
    """Suits by id; the word "unknown" beside those the city is a party to says that it may be a party to more."""
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, Iterable):
        raise _BadValueError(Fault("value", f'{fact} is a list of suit ids separated by commas, not "{quoted(value)}"'))
    names = frozenset(str(w).strip() for w in words if str(w).strip())
    wrong = sorted(names - set(law.suits) - ({UNKNOWN} if fact == "party_to" else set()))
    if wrong:
        raise _BadValueError(unknown_name("suit", wrong[0], law.suits, where=fact))
    return names


def _place(
    law: Ruleset, given: Mapping[str, object], known: dict[str, Any], opened: set[str], faults: list[Fault]
) -> None:
    """Facts that follow from another (the circuit from the state) are filled in, or checked against it."""
    for fact, noun in law.facts.items():
        if noun.follows is None or noun.follows not in known:
            continue
        value = following(law, fact, known[noun.follows])
        if fact in given and fact in known and known[fact] != value:
            says = f"{noun.follows} {value_text(known[noun.follows])} means {fact} {value}, not {known[fact]}"
            faults.append(Fault("value", says))
        known[fact] = value
        opened.discard(fact)


def following(law: Ruleset, fact: str, value: Value) -> str:
    """The value of a fact that follows from ``value`` of another; "none" when no value does."""
    return law.followers[fact].get(str(value), "none")


def _suits_apart(known: Mapping[str, Any], faults: list[Fault]) -> None:
    """No suit is both stated and denied."""
    both = frozenset(known.get("party_to") or ()) & frozenset(known.get("not_party_to") or ())
    faults += [Fault("value", f"{suit} is in both party_to and not_party_to") for suit in sorted(both)]


# -- rows -----------------------------------------------------------------------------------------------------------


class Row:
    """A hypothetical as the evaluators see it: the truth of every atom, and the domains of what is unknown.

    A *variable* is what a completion gives a value: an unknown fact, membership in a suit (``party_to:suit``), or the
    free reading of a question (``free:question``). Other names (the circuit, the actor a basis names) follow from
    one.
    """

    def __init__(self, hypothetical: Hypothetical) -> None:
        self.hypothetical = hypothetical
        self.law = hypothetical.law
        self.code = hypothetical.law.code
        self._told: dict[str, bool | None] = {}
        self.known: dict[str, Value] = dict(hypothetical.facts)
        self.known["as_of"] = hypothetical.as_of
        if "acted_on" not in hypothetical.open:
            self.known.setdefault("acted_on", hypothetical.as_of)
        for fact, noun in self.law.facts.items():
            if noun.default is not None and fact not in self.known and fact not in hypothetical.open:
                self.known[fact] = _typed(self.law, fact, noun.default)  # type: ignore[assignment]
        self._suits()
        for question in self.law.questions:
            self.known[f"assumed:{question}"] = self.law.assumed.get(question, "")

    def supposing(self, hypothetical: Hypothetical, fact: str) -> Row:
        """The row of a hypothetical that differs from this one's in one fact from which nothing follows."""
        row = copy(self)
        row.__dict__.pop("truths", None)
        row.hypothetical = hypothetical
        row.known = {**self.known, fact: hypothetical.facts[fact]}
        row._told = dict(self._told)
        for atom in self.code.by_fact.get(fact, ()):
            row._told.pop(atom.name, None)
        return row

    def _suits(self) -> None:
        given: Any = self.known.pop("party_to", None)
        denied: Any = self.known.pop("not_party_to", frozenset())
        more = UNKNOWN in given if given is not None else True
        for suit, noun in self.law.suits.items():
            if given is not None and suit in given:
                member: bool | None = True
            elif suit in denied or not more:
                member = False
            else:
                member = False if noun.complete and "party_to" not in self.hypothetical.open else None
            if member is not None:
                self.known[f"party_to:{suit}"] = member
            self.known[f"not_party_to:{suit}"] = (given is not None and member is False) or suit in denied

    def source(self, name: str) -> tuple[str, Callable[[Value], Value]]:
        """The variable that ``name`` is read from, and how."""
        if name.startswith("actor."):
            default = name.removeprefix("actor.")
            if "actor" in self.known or "actor" in self.hypothetical.open:
                return "actor", _same
            return ("agency", _head_of) if default == AWARD_AGENCY else (name, lambda _: default)
        noun = self.law.facts.get(name)
        if noun is not None and noun.follows and name not in self.known:
            return noun.follows, lambda value: following(self.law, name, value)
        return name, _same

    def value(self, name: str) -> Value | None:
        """The value of a fact or followed name, None when unknown."""
        if name in self.known:
            return self.known[name]
        variable, how = self.source(name)
        if variable.startswith("actor."):
            return how("")
        value = self.known.get(variable)
        return None if value is None else how(value)

    def truth(self, atom: Atom) -> bool | None:
        """Whether an atom is true, false or unknown (None)."""
        if atom.name not in self._told:
            self._told[atom.name] = self._truth(atom)
        return self._told[atom.name]

    def _truth(self, atom: Atom) -> bool | None:
        value = self.value(atom.fact)
        other = self.value(atom.other) if atom.other else None
        if value is None or (atom.other and other is None):
            return None
        return atom.test(value, other)

    def overridden(self, atom: Atom) -> bool | None:
        """A truth for a free reading of a question that the user settles by assumption, so that nothing turns on it."""
        settled = self.known.get(f"assumed:{atom.fact.removeprefix('free:')}") if atom.fact.startswith("free:") else ""
        return atom.test(settled) if settled else None

    @cached_property
    def truths(self) -> dict[str, bool | None]:
        return {name: self.truth(atom) for name, atom in self.code.atoms.items()}

    def domain(self, variable: str) -> tuple[Value, ...]:
        """The values an unknown variable may take: each choice; one number or day for each cell between thresholds."""
        if variable.startswith("free:"):
            return tuple(self.law.questions[variable.removeprefix("free:")].readings)
        if variable.startswith("party_to:"):
            return (True, False)
        noun = self.law.facts[variable]
        if noun.kind == "yes or no":
            return (True, False)
        if noun.kind == "one of":
            return self._possible(variable, noun.values)
        if noun.kind == "number":
            return cells(self.code.by_fact.get(variable, ()), noun.least, noun.most, noun.whole)
        return self._day_domain(variable, noun.never)

    def _possible(self, variable: str, values: Iterable[str]) -> tuple[Value, ...]:
        """The values of a source (the state) that the known followers (the circuit) allow."""
        facts = self.law.facts
        known = [name for name in self.law.followers if facts[name].follows == variable and name in self.known]
        return tuple(v for v in values if all(following(self.law, n, v) == self.known[n] for n in known))

    def _day_domain(self, variable: str, never: bool) -> tuple[Value, ...]:
        group = self._compared(variable)
        cuts: set[dt.date] = set()
        for name in group:
            if name in self.known:
                day = self.known[name]
                cuts |= {day, day + dt.timedelta(1)} if day != NEVER else set()  # type: ignore[operator, arg-type]
            else:
                cuts |= {a.values[0] for a in self.code.by_fact.get(name, ()) if not a.other}  # type: ignore[misc]
        spare = sum(name not in self.known for name in group) - 1
        return days(cuts, spare, never)

    def _compared(self, variable: str) -> set[str]:
        """The date facts tied to this one by comparisons with each other; a known one ends the chain."""
        found, agenda = {variable}, [variable]
        while agenda:
            for atom in self.code.by_fact.get(agenda.pop(), ()):
                fresh = set(atom.facts) - found if atom.other else set()
                found |= fresh
                agenda += [name for name in fresh if name not in self.known]
        return found


def _same(value: Value) -> Value:
    return value


def _head_of(agency: Value) -> Value:
    return _HEAD_OF.get(str(agency), "agency_head")
