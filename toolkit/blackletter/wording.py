"""The words of an explanation: facts as question and answer, names in place of ids, and the day of each source."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .atoms import NEVER, Atom
from .draft import Authority, say_day
from .hypothetical import Hypothetical, measured, value_text

if TYPE_CHECKING:
    from .errors import Place

NOT_KNOWN = "not known"


class Wording:
    """Says the facts, literals and sources of one hypothetical in plain words."""

    def __init__(self, hypothetical: Hypothetical, supposed: str = "") -> None:
        """``supposed`` names a fact that is only asked as if it were so."""
        self.supposed = supposed
        self.hypothetical, self.law, self.row = hypothetical, hypothetical.law, hypothetical.row

    # literals ------------------------------------------------------------------------------------------------------

    def literal(self, literal: str) -> str:
        """A conclusion in plain words, with names in place of ids."""
        words = self.law.code.words
        said = self._choice(literal) or self._reading(literal)
        if said is not None:
            return said
        if literal in words:
            return self.named(words[literal])
        denied = words.get(literal.removeprefix("~"))
        return f"not so: {self.named(denied)}" if denied else self.named(literal.replace("~", "not "))

    def _reading(self, literal: str) -> str | None:
        """How a question is read."""
        name, _, reading = literal.removeprefix("~").partition(":")
        question = self.law.questions.get(name)
        if question is None or reading not in question.readings:
            return None
        return f"{question.asks} {'Read' if literal[0] != '~' else 'Not read'} as: {question.readings[reading].says}"

    def _choice(self, literal: str) -> str | None:
        """What a law says of a choice."""
        kind, _, rest = literal.removeprefix("~").partition(":")
        choice, _, name = rest.partition(":")
        verbs = {"forbid": ("forbids", "forbid"), "require": ("requires", "require"),
                 "pending": ("will come to speak of", "have anything to come about")}  # fmt: skip
        if kind not in verbs or choice not in self.law.choices or name not in self.law.laws:
            return None
        verb = verbs[kind][0] if literal[0] != "~" else f"does not {verbs[kind][1]}"
        return f"{self.law.laws[name].title} {verb}: {lowered(self.law.choices[choice].title)}"

    def named(self, text: str) -> str:
        """A sentence of the compiler with every id of an order, rule, suit, file, law or choice replaced by its name.

        >>> import blackletter as bl
        >>> Wording(bl.load().hypothetical("springfield")).named("eo-13768 is in force")
        'Executive Order 13768 is in force'
        """
        return self._ids.sub(lambda found: self._names[found["id"]], text)

    @cached_property
    def _ids(self) -> re.Pattern[str]:
        longest = sorted(self._names, key=lambda name: (-len(name), name))
        listed = "|".join(map(re.escape, longest))
        return re.compile(rf"(?:\bthe (?:order|waiver) )?(?<![\w#:-])(?P<id>{listed})(?![\w#-])")

    @cached_property
    def _names(self) -> Mapping[str, str]:
        law = self.law
        names = {n: noun.title for group in (law.suits, law.laws, law.choices, law.instruments)
                 for n, noun in group.items()}  # fmt: skip
        for i in law.instruments.values():
            names |= {f"{i.instrument}#{r.id}": f"{r.cite} of {i.title}" if r.cite else i.title for r in i.rules}
            names |= {w.id: f"the waiver in {i.title}" for w in i.waivers}
            names |= {h.id: f"the ruling of {h.court}, {say_day(h.decided)}" for h in i.holdings}
            for o in i.orders:
                suit = law.suits.get(o.suit)
                names[o.id] = f"the order of {say_day(o.issued)} in {suit.title if suit else o.suit}"
        return {name: title for name, title in names.items() if set(name) & set("-#_")}

    # sources -------------------------------------------------------------------------------------------------------

    def title(self, about: Authority) -> str:
        """The title of the instrument a statement comes from."""
        instrument = self.law.instruments.get(about.instrument or "")
        return instrument.title if instrument else ""

    def dates(self, about: Authority) -> str:
        """The day of an order, ruling or event; of any other source, the days it is in force."""
        if about.place is not None and about.place in self._days:
            return self._days[about.place]
        instrument = self.law.instruments.get(about.instrument or "")
        if instrument is None:
            return ""
        span = instrument.in_force
        if span.until is None:
            return f"from {say_day(span.start)}" if span.start else ""
        return f"{say_day(span.start)} to {say_day(span.until)}" if span.start else f"until {say_day(span.until)}"

    @cached_property
    def _days(self) -> Mapping[Place, str]:
        found: dict[Place, str] = {}
        for i in self.law.instruments.values():
            dated: list[tuple[Any, dt.date | None]] = [(o, o.issued) for o in i.orders]
            dated += [(h, h.decided) for h in i.holdings] + [(e, e.on) for e in i.life]
            dated += [(w, w.start) for w in i.waivers] + [(e, e.on) for e in i.revokes]
            found |= {noun.place: say_day(day) for noun, day in dated if noun.place is not None and day is not None}
        return found

    # facts ---------------------------------------------------------------------------------------------------------

    def fact(self, atom: Atom, literal: str, met: bool = True) -> str:
        """A fact as its question and this city's answer; unless ``met``, with what the rule asks for."""
        kind, _, name = atom.fact.partition(":")
        if kind in ("free", "assumed") and name in self.law.questions:
            question = self.law.questions[name]
            verb = "left open" if kind == "free" else "you assume" if met else "nobody assumes"
            return f"{question.asks} {verb}: {question.readings[str(atom.values[0])].says}"
        value = self.row.value(atom.fact)
        said = NOT_KNOWN if value is None else self.value(atom.fact, value)
        if atom.op != "is":
            return f"{self.asks(atom.fact)} {said}{self._bound(atom, value, literal[0] == '~')}"
        known_yes_or_no = isinstance(value, bool)
        wanted = " or ".join(self.value(atom.fact, v) for v in atom.values)
        need = "" if met or known_yes_or_no else f"; asked for: {'anything but ' if literal[0] == '~' else ''}{wanted}"
        return f"{self.asks(atom.fact)} {said}{need}"

    def asks(self, fact: str) -> str:
        """The question a fact answers.

        >>> import blackletter as bl
        >>> Wording(bl.load().hypothetical("springfield")).asks("certified")
        'Has the city certified compliance with section 1373?'
        """
        kind, _, name = fact.partition(":")
        if kind in ("party_to", "not_party_to") and name in self.law.suits:
            verb = "Is the city" if kind == "party_to" else "Is it stated that the city is not"
            return f"{verb} a party to {self.law.suits[name].title}?"
        if fact == "as_of":
            return "Which day is asked about?"
        fact = "actor" if fact.startswith("actor.") else fact
        return self.law.facts[fact].ask if fact in self.law.facts else f"{fact}?"

    def value(self, fact: str, value: Any) -> str:
        """A value as an answer: the plain words of a choice, a long date, a number with its unit.

        >>> import blackletter as bl
        >>> Wording(bl.load().hypothetical("springfield")).value("threatened_share_of_budget", 0.35)
        '35 percent'
        """
        if isinstance(value, dt.date):
            return "never" if value == NEVER else say_day(value)
        noun = self.law.facts.get("actor" if fact.startswith("actor.") else fact)
        if noun is not None and str(value) in noun.values:
            return noun.values[str(value)]
        return measured(value, noun.unit) if noun is not None and noun.kind == "number" else value_text(value)

    def _bound(self, atom: Atom, value: Any, denied: bool) -> str:
        """How a number or day stands to what it is compared with; of what is not known, what the rule asks for."""
        against: Any = self.row.value(atom.other) if atom.other else atom.values[0]
        bound = NOT_KNOWN if against is None else self.value(atom.fact, against)
        if atom.other:
            asked = self.asks(atom.other)
            bound = f'the answer to "{asked}" (not known)' if against is None else f'{bound}, the answer to "{asked}"'
        if value is None or against is None:
            return f"; asked for: {self._stands(atom, not denied)} {bound}"
        if value == NEVER and not atom.other:
            return ""
        return f", {self._stands(atom, atom.test(value, against if atom.other else None))} {bound}"

    def _stands(self, atom: Atom, holds: bool) -> str:
        """The words of a comparison that holds, or does not."""
        if atom.op == "gt":
            return "above" if holds else "not above"
        noun = self.law.facts.get(atom.fact)
        if atom.fact == "as_of" or (noun is not None and noun.kind == "date"):
            return "on or after" if holds else "before"
        return "at least" if holds else "below"

    def origin(self, atom: Atom) -> str:
        """Where a fact comes from: given by the user, the preset, the award, derived, a default, or assumed."""
        kind, _, name = atom.fact.partition(":")
        city = self.hypothetical
        if kind in ("free", "assumed"):
            return "assumed by you" if kind == "assumed" and city.law.assumed.get(name) else ""
        if self.row.value(atom.fact) is None:
            return "stated not known" if atom.fact in city.open else "not stated"
        if kind.startswith("actor.") and "actor" not in city.facts:
            return "derived: whom the power claimed names"
        fact = "actor" if kind.startswith("actor.") else kind
        if kind == "party_to" and "party_to" not in city.facts:
            fact = "not_party_to"
        return self._stated(fact)

    def _stated(self, fact: str) -> str:
        city, noun = self.hypothetical, self.law.facts.get(fact)
        preset = self.law.presets.get(city.preset or "")
        if fact == self.supposed:
            return "asked as if it were so"
        if fact == "as_of":
            return "preset" if preset and preset.as_of == city.as_of else "given by you"
        if noun is not None and noun.follows and noun.follows in city.facts:
            return f"derived from: {self.asks(noun.follows)}"
        if fact not in city.facts:
            if fact == "acted_on":
                return "derived: the day asked about"
            return (
                "default" if noun is not None and noun.default is not None else "derived: the parties are all on file"
            )
        value = value_text(city.facts[fact])
        if preset is not None and str(preset.facts.get(fact)) == value:
            source = city.sources.get(fact) or preset.sources.get(fact)
            return f"preset: {source}" if source else "preset"
        award = self.law.awards.get(city.award or "")
        if award is not None and str(award.facts.get(fact)) == value:
            return f"award: {award.title}"
        source = city.sources.get(fact)
        return f"given by you: {source}" if source else "given by you"


def lowered(text: str) -> str:
    """A title inside a sentence: its first letter small, unless the word is a name or an abbreviation.

    >>> lowered("Holding people on detainers"), lowered("ICE detainers")
    ('holding people on detainers', 'ICE detainers')
    """
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
