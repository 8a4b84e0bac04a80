"""What is a sanctuary city? The competing definitions, each asked of the same facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

from .desk import Desk, assume_words, combinations, varies_everywhere
from .errors import FactError, unknown_name
from .exact import Room, none_of, with_room

if TYPE_CHECKING:
    from .hypothetical import Hypothetical
    from .model import Definition
    from .ruleset import Ruleset

YES, NO, CONTESTED, UNKNOWN, NOT_IN_USE = "yes", "no", "contested", "not known", "not in use"
MARKS = {YES: "(+)", NO: "(–)", CONTESTED: "(~)", UNKNOWN: "(?)", NOT_IN_USE: "( )"}


@dataclass(frozen=True)
class Answer:
    """Whether a city meets a definition: yes, no, contested (by reading), not known (by fact), not in use that day."""

    definition: str
    city: str
    answer: str
    missing: tuple[str, ...] = ()
    readings: tuple[tuple[Mapping[str, str], str], ...] = ()


@dataclass(frozen=True)
class Definitions:
    """Cities across, definitions down; index with ``[definition, city]``."""

    law: Ruleset = field(repr=False)
    cities: tuple[Hypothetical, ...]
    answers: tuple[Answer, ...] = field(repr=False)

    def __getitem__(self, key: tuple[str, str]) -> Answer:
        for answer in self.answers:
            if (answer.definition, answer.city) == key:
                return answer
        if key[0] not in {d.id for d in self.law.definitions}:
            raise FactError(unknown_name("definition", key[0], [d.id for d in self.law.definitions]))
        raise FactError(unknown_name("city", key[1], [c.title for c in self.cities], plural="cities"))

    def text(self) -> str:
        """The table as text."""
        names = [c.title for c in self.cities]
        width = max(len(d.title) for d in self.law.definitions)
        wide = [max(len(n), len("contested") + 4) for n in names]
        lines = [" " * width + "  " + "  ".join(f"{n:<{w}}" for n, w in zip(names, wide, strict=True))]
        for d in self.law.definitions:
            cells = (self[d.id, n].answer for n in names)
            shown = "  ".join(f"{MARKS[a] + ' ' + a:<{w}}" for a, w in zip(cells, wide, strict=True))
            lines.append(f"{d.title:<{width}}  {shown}".rstrip())
        return "\n".join([*lines, self.law.not_advice])

    def html(self) -> str:
        """The table as captioned HTML, each definition with its source and flag."""
        from .pages import styled
        from .views import long_date

        head = "".join(
            f"<th scope='col'>{escape(_city_name(self.law, c))}<br>{long_date(c.as_of)}</th>" for c in self.cities
        )
        rows = "".join(self._row(d) for d in self.law.definitions)
        return styled(
            "<table class='bl-definitions'><caption>What is a sanctuary city? Competing definitions, asked of the same "
            f"facts</caption><thead><tr><th scope='col'>Definition</th>{head}</tr></thead><tbody>{rows}</tbody></table>"
            f"<p class='bl-foot'>{escape(self.law.not_advice)}</p>"
        )

    def _row(self, d: Definition) -> str:
        cells = "".join(_cell(self.law, self[d.id, c.title]) for c in self.cities)
        source = f"<br><small>{escape(d.says)} <cite>{escape(d.source)} · flag {d.flag}</cite></small>"
        return f"<tr><th scope='row'><strong>{escape(d.title)}</strong>{source}</th>{cells}</tr>"

    def frame(self) -> Any:
        """The answers as a pandas DataFrame: definitions down, cities across."""
        import pandas as pd

        columns = {c.title: [self[d.id, c.title].answer for d in self.law.definitions] for c in self.cities}
        return pd.DataFrame(columns, index=[d.title for d in self.law.definitions])

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": self.text(), "text/html": self.html()}


def _city_name(law: Ruleset, city: Hypothetical) -> str:
    """The name the user gave, else the first words of the preset's title; with the award, of a city with several."""
    preset = law.presets.get(city.preset or "")
    name = preset.title.partition(",")[0] if preset and city.name == city.preset else city.name
    return ", ".join(filter(None, (name, city.award_name)))


def _cell(law: Ruleset, answer: Answer) -> str:
    note = f"<br><small>{escape(_grounds(law, answer))}</small>" if answer.answer in (CONTESTED, UNKNOWN) else ""
    shown = f"{escape(MARKS[answer.answer])} {escape(answer.answer)}"
    return f"<td data-answer='{escape(answer.answer)}'>{shown}{note}</td>"


def _grounds(law: Ruleset, answer: Answer) -> str:
    """What an answer turns on: readings when contested, questions when not known; the first two of them."""
    from .views import fact_question

    if answer.answer == CONTESTED:
        parts = (
            f"{word}, if {'; '.join(law.questions[q].readings[r].says for q, r in a.items())}"
            for a, word in answer.readings
        )
        return ". ".join(parts)
    shown, more = answer.missing[:2], len(answer.missing) - 2
    asked = " ".join(fact_question(law, fact) for fact in shown)
    return f"It depends: {asked}" + (f" And on {more} more." if more > 0 else "")


def define(law: Ruleset, cities: Sequence[Hypothetical]) -> Definitions:
    """Every definition asked of every city."""
    answers = [a for city in cities for a in with_room(partial(_answers, law, city))]
    return Definitions(law, tuple(cities), tuple(answers))


def _answers(law: Ruleset, city: Hypothetical, room: Room) -> list[Answer]:
    desk = Desk(law, city, "exact", room, [f"definition:{d.id}" for d in law.definitions])
    return [_answer(desk, city, d) for d in law.definitions]


def _answer(desk: Desk, city: Hypothetical, d: Definition) -> Answer:
    if (d.start and city.as_of < d.start) or (d.until and city.as_of >= d.until):
        return Answer(d.id, city.title, NOT_IN_USE)
    f = desk.function(f"definition:{d.id}")
    word = _word(desk.space, f)
    if word in (YES, NO):
        return Answer(d.id, city.title, word)
    places = {name: number for number, name in enumerate(city.law.facts)}
    moving = sorted(desk.space.depends([f, none_of(f)]), key=lambda v: (places.get(v, len(places)), v))
    missing = tuple(v for v in moving if not v.startswith("free:"))
    return Answer(d.id, city.title, word, missing, tuple(_readings(desk.space, f, moving)))


def _readings(space: Any, f: Any, moving: Sequence[str]) -> Iterator[tuple[dict[str, str], str]]:
    for fixed in combinations(space, [v for v in moving if v.startswith("free:")]):
        yield assume_words(fixed), _word(space, space.fix(f, fixed))


def _word(space: Any, f: Any) -> str:
    if space.always(f):
        return YES
    if not space.possible(f):
        return NO
    return CONTESTED if varies_everywhere(space, f) else UNKNOWN
