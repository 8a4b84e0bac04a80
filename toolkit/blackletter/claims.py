"""Claims people made about the law, one by one: each is asked of it, or says why it cannot be.

The bundled claims are the sentences of a news report of 25 April 2017 on the mayors' meeting with the Attorney General,
in our own words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from .desk import Desk, ask
from .draft import say_day
from .errors import FactError, Fault, unknown_name
from .exact import with_room
from .model import Flag, Noun, Texts

if TYPE_CHECKING:
    from .exact import Room
    from .hypothetical import Hypothetical
    from .ruleset import Ruleset


class Asked(Noun):
    """A hypothetical and what is found of it: ``find`` is "action basis", "choice law", or a term."""

    preset: str
    facts: Mapping[str, str] = {}
    assume: Mapping[str, str] = {}
    find: str
    expect: str


class Statement(Noun):
    """What somebody said, and our answer in a sentence; ``imprecise`` says where it was not exact."""

    id: str
    says: str
    kind: Texts
    asks: tuple[Asked, ...] = ()
    outside: str = ""
    answer: str
    imprecise: str = ""
    flag: Flag
    digest: Texts = ()


@dataclass(frozen=True, slots=True)
class Tested:
    """One question put to the law about a statement: what was expected, and what was found."""

    asked: Asked
    found: str
    words: str

    @property
    def agrees(self) -> bool:
        """Whether the law answers as our answer says."""
        return self.found == self.asked.expect


@dataclass(frozen=True)
class Reviewed:
    """A statement with every question about it answered."""

    statement: Statement
    tests: tuple[Tested, ...]

    def text(self) -> str:
        """The statement, our answer, and what was asked."""
        said = self.statement
        lines = [f"{said.id}  {said.says}", f"    Answer: {said.answer}"]
        lines += [f"    Not exact: {said.imprecise}"] if said.imprecise else []
        lines += [f"    Not asked of the law: {said.outside}"] if said.outside else []
        return "\n".join([*lines, *(f"    Asked: {test.words}" for test in self.tests)])

    def html(self) -> str:
        """The same as a table row."""
        said = self.statement
        notes = "".join(f"<br><em>{escape(n)}</em>" for n in (said.imprecise, said.outside) if n)
        asked = "".join(f"<li>{escape(t.words)}</li>" for t in self.tests)
        listed = f"<ul>{asked}</ul>" if asked else "Nothing."
        return (
            f"<tr><th scope='row' style='width:6%'>{escape(said.id)}</th><td>{escape(said.says)}</td>"
            f"<td>{escape(said.answer)}{notes}</td><td>{listed}</td><td>{escape(said.flag)}</td></tr>"
        )

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": self.text(), "text/html": _table([self])}


@dataclass(frozen=True)
class Claims:
    """Every statement of a file, reviewed under a law. ``claims["S4"]`` is one; ``claims.some("S4", "S5")`` a few."""

    reviewed: Mapping[str, Reviewed]

    def __getitem__(self, name: str) -> Reviewed:
        if name not in self.reviewed:
            raise FactError(unknown_name("claim", name, self.reviewed))
        return self.reviewed[name]

    def __iter__(self) -> Iterator[Reviewed]:
        return iter(self.reviewed.values())

    def __len__(self) -> int:
        return len(self.reviewed)

    def some(self, *names: str) -> Claims:
        """Only these, in this order."""
        return Claims({name: self[name] for name in names})

    def text(self) -> str:
        """Every claim as text."""
        return "\n".join(r.text() for r in self)

    def html(self) -> str:
        """Every claim as a table."""
        return _table(self)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": self.text(), "text/html": self.html()}


def read_statements(path: Path) -> tuple[Statement, ...]:
    """The statements of a file; raises `FactError` with every fault."""
    from .reader import plain_yaml

    data = plain_yaml(path.read_text(encoding="utf-8"), str(path))
    rows = data.get("meeting") if isinstance(data, dict) else None
    if not isinstance(rows, list):
        raise FactError(f'{path} has no list "meeting"')
    faults: list[Fault] = []
    found = []
    for row in rows:
        try:
            found.append(Statement.model_validate(row))
        except ValidationError as error:
            faults += [Fault("claim", f"{path}: {row.get('id')}: {e['loc']}: {e['msg']}") for e in error.errors()]
    if faults:
        raise FactError(faults)
    return tuple(found)


def review(law: Ruleset, statements: tuple[Statement, ...] | None = None) -> Claims:
    """Statements (default: the bundled ones) asked of the law, one by one."""
    from .reader import find_ruleset

    rows = statements if statements is not None else read_statements(find_ruleset() / "meeting.yaml")
    return Claims({row.id: Reviewed(row, tuple(_test(law, a) for a in row.asks)) for row in rows})


def _test(law: Ruleset, asked: Asked) -> Tested:
    under = law.assume(**asked.assume) if asked.assume else law
    posed = under.hypothetical(asked.preset, **asked.facts)
    action, _, basis = asked.find.partition(" ")
    if basis:
        found = str(ask(under, posed, "exact", (action,))[action, basis].verdict)
    else:
        found = with_room(partial(_term, under, posed, action))
    surprise = "" if found == asked.expect else f" (expected: {asked.expect})"
    return Tested(asked, found, f"{_asked_words(law, asked)}: {found}{surprise}")


def _term(law: Ruleset, posed: Hypothetical, term: str, room: Room) -> str:
    """Whether a term holds of a hypothetical: yes, no, or unknown."""
    desk = Desk(law, posed, "exact", room, (term,))
    holds = desk.function(term)
    return "yes" if desk.space.always(holds) else "unknown" if desk.space.possible(holds) else "no"


def _asked_words(law: Ruleset, asked: Asked) -> str:
    """Who was asked about, on which day, with which facts and readings, and what was asked."""
    from .change import say_value
    from .views import fact_question

    posed = law.hypothetical(asked.preset, **asked.facts)
    told = [f"{fact_question(law, f)} {say_value(law, f, v)}" for f, v in asked.facts.items() if f in law.facts]
    told += [law.awards[v].title for f, v in asked.facts.items() if f == "award"]
    told += [f"{law.questions[q].asks} Read so: {law.questions[q].readings[r].says}" for q, r in asked.assume.items()]
    who = law.presets[asked.preset].title.partition(",")[0]
    action, _, basis = asked.find.partition(" ")
    if not basis:
        what = law.terms[action].says[0].upper() + law.terms[action].says[1:]
    else:
        noun = law.actions.get(action) or law.choices[action]
        under = law.bases.get(basis) or law.laws[basis]
        what = f"{noun.title}, under {under.title}"
    told = [f"{t.rstrip('.')}." for t in told]
    return " ".join([f"{who}, {say_day(posed.as_of)}.", *told, what])


def _table(rows: Any) -> str:
    from .pages import styled

    heads = {"Claim": "6%", "What was said": "22%", "Answer": "28%", "Asked of the law": "38%", "Flag": "6%"}
    head = "".join(f"<th scope='col' style='width:{wide}'>{name}</th>" for name, wide in heads.items())
    body = "".join(row.html() for row in rows)
    return styled(f"<table class='bl-claims'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
