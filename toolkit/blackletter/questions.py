"""Open questions, who may settle them, and the suits whose parties a ruling binds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from . import model
from .atoms import Atom, since_atom
from .draft import Authority, Draft, say_day
from .errors import Fault, unknown_name
from .theory import TheoryRule, negate

_RANK = {"district": 3, "appeals": 4, "state high": 5, "supreme": 6}
_ASSUMED, _PRESUMED, _FREE = 9, 1, 0
"""What the user assumes prevails over every holding, a holding over the presumption, and that over a free choice."""


class Questions:
    """Writes questions, holdings and parties into a draft. ``lives`` are the later events, by ruling."""

    def __init__(self, draft: Draft, lives: Mapping[str, Sequence[tuple[model.Instrument, model.LifeEvent]]]) -> None:
        self.draft, self.law, self.lives = draft, draft.law, lives
        self.ranked: dict[str, list[tuple[float, list[str]]]] = defaultdict(list)

    def question(self, name: str) -> None:
        q = self.law.questions[name]
        if q.presumed is not None and q.presumed not in q.readings:
            self.draft.faults.append(unknown_name("reading", q.presumed, q.readings, q.place, where=name))
            return
        for reading, text in q.readings.items():
            literal = f"{name}:{reading}"
            self.draft.say(
                literal,
                f"on the question {q.asks.rstrip('?')}, the reading is: {text.says}",
                f"on the question {q.asks.rstrip('?')}, the reading is not: {text.says}",
            )
            about = Authority(text.says, "", q.flag, None, "reading", text.place, name)
            free = self.draft.keep(Atom(f"free:{name}:{reading}", f"free:{name}", "is", (reading,)))
            self._source(name, reading, f"{name}#open:{reading}", [free], [], about, _FREE)
            said = self.draft.keep(Atom(f"assumed:{name}:{reading}", f"assumed:{name}", "is", (reading,)))
            assumed = Authority(f"Assumed by the user: {text.says}", "", None, None, "reading", text.place, name)
            self._source(name, reading, f"{name}#assumed:{reading}", [said], [], assumed, _ASSUMED)
        self._presumption(name, q)

    def _presumption(self, name: str, q: model.Question) -> None:
        if q.presumed is None:
            return
        body = [negate(self.draft.keep(since_atom("as_of", q.open_from)))] if q.open_from else []
        until = f" until {say_day(q.open_from)}" if q.open_from else ""
        about = Authority(f"Presumed{until}: {q.readings[q.presumed].says}", "", q.flag, None, "reading", q.place, name)
        self._source(name, q.presumed, f"{name}#presumed", body, [], about, _PRESUMED)

    def _source(
        self, question: str, reading: str, name: str, body: list[str], unless: list[str], about: Authority, rank: float
    ) -> None:
        """One thing that says which reading holds: a free choice, a presumption, a holding, an assumption.

        Above the free choice each also speaks against the other readings; the higher rank prevails.
        """
        if unless:
            body = [self.draft.applies(name, body, unless, about)]
        self.draft.add(TheoryRule(name, "defeasible", f"{question}:{reading}", tuple(body)), about)
        others = [r for r in self.law.questions[question].readings if r != reading] if rank else []
        for other in others:
            self.draft.add(TheoryRule(f"{name}/not:{other}", "defeasible", f"~{question}:{other}", tuple(body)), about)
        mine = [name, *(f"{name}/not:{other}" for other in others)]
        for other_rank, ids in self.ranked[question]:
            strong, weak = (mine, ids) if rank > other_rank else (ids, mine)
            if rank != other_rank:
                self.draft.prefer(strong, weak)
        self.ranked[question].append((rank, mine))

    def holding(self, i: model.Instrument, h: model.Holding) -> None:
        where = f"holding {h.id}"
        question = self.law.questions.get(h.question)
        if question is None:
            self.draft.faults.append(unknown_name("question", h.question, self.law.questions, h.place, where=where))
            return
        if h.reading not in question.readings:
            self.draft.faults.append(unknown_name("reading", h.reading, question.readings, h.place, where=where))
            return
        about = Authority(h.says, h.cite, h.flag, i.instrument, "holding", h.place, h.id)
        since = self.draft.since("as_of", h.decided)
        body = [*([since] if since else []), *self.draft.literals(h.when, h.place, where), *self._territory(h, where)]
        ends = [self.draft.keep(since_atom("as_of", h.until))] if h.until else []
        ends += [
            self._event_as_of(h.id, j, e) for j, e in self.lives.get(h.id, []) if e.event in ("reversed", "vacated")
        ]
        rank = _RANK[h.level] + h.decided.toordinal() / 1e7
        self._source(h.question, h.reading, f"{i.instrument}#{h.id}", body, ends, about, rank)

    def _event_as_of(self, name: str, i: model.Instrument, e: model.LifeEvent) -> str:
        literal = f"{e.event}:{name.replace('#', ':')}:{e.on}"
        self.draft.words[literal] = f"{name} was {e.event} on {say_day(e.on)}"
        about = Authority(e.says, e.cite, e.flag, i.instrument, "holding", e.place, name)
        body = (self.draft.keep(since_atom("as_of", e.on)),)
        self.draft.add(TheoryRule(f"{name}#{e.event}:{e.on}", "defeasible", literal, body), about)
        return literal

    def _territory(self, h: model.Holding, where: str) -> list[str]:
        """Whom a holding binds: everyone (Supreme Court), a circuit (court of appeals), the parties (district)."""
        lines = []
        if h.level == "district" and not h.suit and not h.when:
            what = f"{where}: a district court binds only the parties: name its suit, or say when it binds"
            self.draft.faults.append(Fault("district", what, h.place))
        if h.level == "district" and h.suit:
            lines.append(f"party_to has {h.suit}")
        if h.level == "appeals":
            lines.append(f"circuit = {' or '.join(h.circuits)}")
        if h.level == "state high":
            lines.append(f"state = {' or '.join(h.states)}")
        return self.draft.literals(lines, h.place, where)

    def party(self, suit: str) -> None:
        s = self.law.suits[suit]
        literal = f"party:{suit}"
        self.draft.say(literal, f"the city is a party to {s.title}", f"the city is no party to {s.title}")
        about = Authority(f"Parties to {s.title}.", s.court, s.flag, None, "rule", s.place, suit)
        member = self.draft.keep(Atom(f"party_to:{suit}", f"party_to:{suit}", "is", (True,)))
        self.draft.add(TheoryRule(f"{suit}#member", "defeasible", literal, (member,)), about)
        if s.states and "state" in self.law.facts:
            state = self.draft.literal(f"state = {' or '.join(s.states)}", s.place, suit)
            denied = self.draft.keep(Atom(f"not_party_to:{suit}", f"not_party_to:{suit}", "is", (True,)))
            spoken_for = self.draft.literals(s.states_when, s.place, suit)
            if state:
                self.draft.guarded(f"{suit}#state", [state, *spoken_for], [denied], about, literal)
        if s.association and s.association in self.law.facts:
            joined = self.draft.literal(s.association, s.place, suit)
            if joined:
                self.draft.add(TheoryRule(f"{suit}#association", "defeasible", literal, (joined,)), about)
        self.draft.default(negate(literal), f"No party to {s.title}.")
