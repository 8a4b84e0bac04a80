"""What binds on an open question, and where: rulings by their force, and the table of splits between circuits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import FactError, unknown_name

if TYPE_CHECKING:
    from .hypothetical import Hypothetical
    from .model import Holding
    from .ruleset import Ruleset

OPEN = "open question"
PRESUMED = "presumed"
BINDING, PERSUASIVE = "binding", "persuasive"


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
    from .planes import close

    _known(posed.law, question)
    code = posed.law.code
    tokens = close(code.program, posed.row.truths)
    readings = posed.law.questions[question].readings
    shown = [r for r in readings if code.program.defeasible[f"{question}:{r}"] in tokens]
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
    circuits = law.facts["circuit"].map
    return {
        c: standing(law.hypothetical(as_of=str(day), state=s[0], party_to=""), question) for c, s in circuits.items()
    }


def split_table(
    law: Ruleset, questions: Iterable[str], days: Iterable[dt.date | str]
) -> dict[tuple[str, str], dict[str, str]]:
    """(question, day) -> the split on that day."""
    return {(q, str(d)): split(law, q, d) for q in questions for d in days}
