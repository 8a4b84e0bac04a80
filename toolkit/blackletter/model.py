"""The nouns of the law on file. Every noun is frozen and remembers the place it was read from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from .errors import Place

Flag = Literal["P", "P-open", "S", "B", "NF"]
"""How a statement was verified: primary text seen (whole, or only its opening), official or professional summary,
background not checked, searched for and not found."""

FLAG_WORDS: Mapping[str, str] = {
    "P": "primary text seen",
    "P-open": "only the opening of the primary text seen",
    "S": "official or professional summary seen",
    "B": "background, not checked",
    "NF": "searched for, not found",
}


class Located(dict[str, Any]):
    """A mapping read from a file, with its place and the line of each key."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.place: Place | None = None
        self.lines: dict[str, int] = {}


def _one_or_more(value: object) -> object:
    return [value] if isinstance(value, str | dict) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_one_or_more)]


class Noun(BaseModel):
    """The base of every noun: frozen, no unknown keys, with the place it was read from."""

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))
    place: Place | None = Field(default=None, exclude=True, repr=False)

    @model_validator(mode="before")
    @classmethod
    def _keep_place(cls, data: object) -> object:
        if isinstance(data, Located) and data.place is not None:
            return {**data, "place": data.place}
        return data


# -- what is asked --------------------------------------------------------------------------------------------------

FactKind = Literal["yes or no", "one of", "number", "date", "set"]


class Fact(Noun):
    """Something asked about the city, the award, the actor, the dates or the forum.

    ``values`` maps each value of a "one of" fact to its plain words; ``follows`` and ``map`` derive one fact from
    another (the circuit from the state); ``never`` says that a date may be "never"; ``side`` names who can change it.
    """

    ask: str
    why: str = ""
    group: str = "other"
    kind: FactKind
    values: Mapping[str, str] = {}
    unit: str = ""
    least: float | None = None
    most: float | None = None
    never: bool = False
    default: str | None = None
    follows: str | None = None
    map: Mapping[str, Texts] = {}
    side: Literal["city", "federal"] | None = None

    @property
    def whole(self) -> bool:
        """Whether a number of this kind is a whole one."""
        return self.unit == "year"


class Constraint(Noun):
    """Values that can only occur together: when all of ``when`` hold, all of ``then`` do."""

    when: Texts
    then: Texts
    why: str = ""


class Reading(Noun):
    """One answer to an open question of law, and who argues it."""

    says: str
    argued_by: Texts = ()


class Question(Noun):
    """An open question of law. Before ``open_from`` the presumed reading holds; from then the reading is free."""

    asks: str
    readings: Mapping[str, Reading]
    presumed: str | None = None
    open_from: dt.date | None = None
    binds: str = ""
    flag: Flag
    digest: Texts = ()


class Action(Noun):
    """Something the federal side may want to do."""

    title: str
    says: str = ""


class Choice(Noun):
    """A policy choice of the city; ``forms`` gives, for one fact, the values that are forms of it."""

    title: str
    says: str = ""
    forms: Mapping[str, Texts]


class Gate(Noun):
    """A lawyer's separate question about every (action, basis), with its default.

    ``default`` is the answer when no rule speaks; with ``trigger`` the gate is closed by default wherever some rule
    can open it. ``causes`` names the kinds of closing that have verdict words of their own.
    """

    asks: str
    default: Literal["open", "closed"]
    trigger: bool = False
    causes: Texts = ()


class VerdictWord(Noun):
    """The verdict when ``gate`` is closed (by ``cause``, when stated)."""

    gate: str
    cause: str | None = None
    verdict: str


# -- law ------------------------------------------------------------------------------------------------------------


class Span(Noun):
    """Days from ``from`` (counts) until ``until`` (does not count)."""

    start: dt.date | None = Field(default=None, alias="from")
    until: dt.date | None = None


class Source(Noun):
    """What was seen of the text, and what was not."""

    checked: Literal["primary", "opening", "summary", "background", "not found"]
    note: str = ""


class Reviewed(Noun):
    """Who, by name and role, read this file against its source, and when."""

    by: str
    on: dt.date


class Effect(Noun):
    """What a rule concludes about a federal power or a city's choice.

    ``open`` or ``close`` names a gate, ``step`` a step of process still to be taken, for the (action, basis) pairs
    that ``basis``, ``power`` and ``actions`` select. ``forbid`` or ``require`` names a choice under ``law``; before
    the day ``due`` what it says of that choice is not ripe.
    """

    open: str | None = None
    close: str | None = None
    by: str | None = None
    step: str | None = None
    forbid: str | None = None
    require: str | None = None
    basis: Texts = ()
    power: Texts = ()
    actions: Texts = ()
    actors: Texts = ()
    law: str | None = None
    due: dt.date | None = None

    @model_validator(mode="after")
    def _one_effect(self) -> Effect:
        kinds = [k for k in ("open", "close", "step", "forbid", "require") if getattr(self, k)]
        if len(kinds) != 1:
            raise ValueError("a rule concludes exactly one of open, close, step, forbid, require")
        if self.due and not (self.forbid or self.require):
            raise ValueError("only what is forbidden or required of a choice has a day on which it is due")
        return self


def _conclusion_kind(value: object) -> str:
    return "term" if isinstance(value, str) else "effect"


Conclusion = Annotated[Annotated[str, Tag("term")] | Annotated[Effect, Tag("effect")], Discriminator(_conclusion_kind)]
"""A term, or an effect on a gate, a step or a choice."""


class Rule(Noun):
    """A strict or defeasible rule, or a defeater. Its name in the ruleset is ``instrument#id``."""

    id: str
    cite: str
    says: str
    kind: Literal["strict", "defeasible", "defeater"] = "defeasible"
    when: Texts = ()
    unless: Texts = ()
    then: Conclusion
    over: Texts = ()
    flag: Flag | None = None
    digest: Texts = ()
    note: str = ""


class Term(Noun):
    """A legal concept that rules conclude, in words for and against."""

    says: str
    denies: str


class Basis(Noun):
    """The claimed head of power for a federal act.

    ``actions`` maps each action for which it may be claimed to the actor it names, ``award_agency`` when it names
    none. ``power`` is the kind of power claimed.
    """

    title: str
    cite: str
    power: Literal["executive", "statute", "award term", "regulation", "court"]
    actions: Mapping[str, str]
    flag: Flag
    digest: Texts = ()


class Law(Noun):
    """A law that a city's choices are tested against; ``complete`` when the file speaks to every choice.

    ``complete_where`` lists conditions under which it does: the law of some States is on file, that of others is not.
    """

    title: str
    cite: str
    complete: bool = False
    complete_where: Texts = ()


class Protects(Noun):
    """Whom an order protects: everyone, the parties to its suit, States, or the grantees of a program."""

    everyone: bool = False
    parties: bool = False
    states: Texts = ()
    programs: Texts = ()
    when: Texts = ()


class LifeEvent(Noun):
    """What happened to an order after it issued."""

    on: dt.date
    event: Literal["narrowed", "extended", "stayed", "stay lifted", "reversed", "vacated", "moot", "ended"]
    order: str
    protects: Annotated[tuple[Protects, ...], BeforeValidator(_one_or_more)] = ()
    when: Texts = ()
    cite: str
    says: str
    flag: Flag


class Order(Noun):
    """A court order: whom it binds, what it enjoins, whom it protects, from when.

    ``bases`` are the federal powers it bars; ``rules`` the rules about choices (``instrument#rule``) it enjoins.
    """

    id: str
    suit: str
    issued: dt.date
    until: dt.date | None = None
    relief: Literal["temporary restraining order", "preliminary injunction", "permanent injunction", "set aside",
                    "declaration"]  # fmt: skip
    cite: str
    says: str
    bases: Texts
    rules: Texts = ()
    actions: Texts = ()
    except_actions: Texts = ()
    except_actors: Texts = ()
    protects: Annotated[tuple[Protects, ...], BeforeValidator(_one_or_more)]
    when: Texts = ()
    flag: Flag
    digest: Texts = ()


class Holding(Noun):
    """A court's answer to a question: which reading, binding where, from when, until when."""

    id: str
    question: str
    reading: str
    court: str
    level: Literal["supreme", "appeals", "state high", "district"]
    circuits: Texts = ()
    states: Texts = ()
    suit: str | None = None
    decided: dt.date
    until: dt.date | None = None
    when: Texts = ()
    cite: str
    says: str
    likelihood: bool = False
    flag: Flag
    digest: Texts = ()


class Waiver(Noun):
    """An agency's written statement that it will not use a power."""

    id: str
    agency: str
    bases: Texts
    actions: Texts = ()
    protects: Annotated[tuple[Protects, ...], BeforeValidator(_one_or_more)]
    start: dt.date = Field(alias="from")
    until: dt.date | None = None
    when: Texts = ()
    cite: str
    says: str
    flag: Flag
    digest: Texts = ()


class Revocation(Noun):
    """The end of an earlier instrument."""

    instrument: str
    on: dt.date
    cite: str


class Example(Noun):
    """A case the file must decide: facts in, findings out. ``finds`` maps "action basis" or "choice law" to a verdict,
    and a term to yes, no or unknown."""

    name: str
    preset: str | None = None
    facts: Mapping[str, str] = {}
    assume: Mapping[str, str] = {}
    finds: Mapping[str, str]


InstrumentKind = Literal[
    "constitution", "statute", "regulation", "executive order", "agency memorandum", "agency letter",
    "award terms", "court decision", "waiver", "doctrine", "state law",
]  # fmt: skip


class Instrument(Noun):
    """A source of law: one file. Later files that end, amend or enjoin it name it; it is not edited."""

    instrument: str
    title: str
    kind: InstrumentKind
    cite: str
    in_force: Span = Span()
    source: Source
    flag: Flag
    reviewed: Reviewed | None = None
    note: str = ""
    revokes: tuple[Revocation, ...] = ()
    laws: Mapping[str, Law] = {}
    bases: Mapping[str, Basis] = {}
    terms: Mapping[str, Term] = {}
    rules: tuple[Rule, ...] = ()
    orders: tuple[Order, ...] = ()
    life: tuple[LifeEvent, ...] = ()
    holdings: tuple[Holding, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    examples: tuple[Example, ...] = ()
    digest: Texts = ()


class Suit(Noun):
    """A lawsuit and its parties. ``complete`` says that the list of parties is the whole list.

    A body in one of the ``states`` counts as a party where the lines of ``states_when``, if any, hold.
    """

    title: str
    court: str
    filed: dt.date | None = None
    states: Texts = ()
    states_when: Texts = ()
    parties: Texts = ()
    association: str | None = None
    complete: bool = True
    flag: Flag


class Award(Noun):
    """A preset award: the facts that choosing it sets."""

    title: str
    facts: Mapping[str, str]
    note: str = ""
    flag: Flag


class Definition(Noun):
    """One of the competing definitions of a sanctuary city: ``when`` lists alternatives, each a list of conditions.

    In use from ``from`` until ``until``; ``source`` says who uses it.
    """

    id: str
    title: str
    says: str
    source: str
    flag: Flag
    start: dt.date | None = Field(default=None, alias="from")
    until: dt.date | None = None
    when: tuple[Texts, ...]
    note: str = ""
    digest: Texts = ()


class Preset(Noun):
    """A preset hypothetical; ``sources`` gives each fact's source, ``unknown`` is the default for the rest."""

    preset: str
    title: str
    as_of: dt.date = dt.date(2017, 4, 26)
    award: str | None = None
    facts: Mapping[str, str] = {}
    sources: Mapping[str, str] = {}
    notes: str = ""
    digest: Texts = ()


# -- files of shared words ------------------------------------------------------------------------------------------


class Covered(Noun):
    """The days the ruleset speaks about: both ends count."""

    start: dt.date = Field(alias="from")
    to: dt.date


class RulesetFile(Noun):
    """``ruleset.yaml``: the name and the covered days of a ruleset."""

    ruleset: str
    title: str
    version: str
    covered: Covered
    not_advice: str
    named_dates: Mapping[str, str] = {}


class GatesFile(Noun):
    """``gates.yaml``."""

    gates: Mapping[str, Gate]
    verdicts: tuple[VerdictWord, ...]
    steps: Mapping[str, str] = {}


class FactsFile(Noun):
    """``facts.yaml``."""

    facts: Mapping[str, Fact]
    constraints: tuple[Constraint, ...] = ()


class ActionsFile(Noun):
    """``actions.yaml``."""

    actions: Mapping[str, Action]
    groups: Mapping[str, Texts] = {}
    choices: Mapping[str, Choice] = {}


class QuestionsFile(Noun):
    """``questions.yaml``."""

    questions: Mapping[str, Question]


class DefinitionsFile(Noun):
    """``definitions.yaml``."""

    definitions: tuple[Definition, ...]


class SuitsFile(Noun):
    """``suits.yaml``."""

    suits: Mapping[str, Suit]


class AwardsFile(Noun):
    """``awards.yaml``."""

    awards: Mapping[str, Award]
