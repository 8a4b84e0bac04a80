"""Court orders and waivers as rules: what stands, whom it protects, what later orders made of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import model
from .draft import Authority, Draft, say_day
from .errors import unknown_name
from .theory import TheoryRule, negate


@dataclass(frozen=True, slots=True)
class Closing:
    """An order or waiver, ready to close a gate."""

    name: str
    noun: Any
    gate: str
    cause: str
    body: tuple[str, ...]
    about: Authority
    except_actors: tuple[str, ...] = ()


def enjoined(rule: str) -> str:
    """The literal "a court has enjoined this rule"; only rules that some order names have one.

    >>> enjoined("tx-sb4#detainer")
    'enjoined:tx-sb4:detainer'
    """
    return f"enjoined:{rule.replace('#', ':')}"


class Orders:
    """Writes orders and waivers into a draft; ``closings`` are what they do to gates."""

    def __init__(self, draft: Draft) -> None:
        self.draft, self.law = draft, draft.law
        self.closings: list[Closing] = []
        self.lives = self._collect_lives()

    def _collect_lives(self) -> Mapping[str, list[tuple[model.Instrument, model.LifeEvent]]]:
        lives: dict[str, list[tuple[model.Instrument, model.LifeEvent]]] = defaultdict(list)
        known = self.law.rulings
        for instrument in self.law.instruments.values():
            for event in instrument.life:
                lives[event.order].append((instrument, event))
                if event.order not in known:
                    where = f"{instrument.instrument}: a life event"
                    self.draft.faults.append(
                        unknown_name("order", event.order, sorted(known), event.place, where=where)
                    )
        for events in lives.values():
            events.sort(key=lambda pair: pair[1].on)
        return lives

    def order(self, i: model.Instrument, o: model.Order) -> None:
        self.draft.known(o.suit, self.law.suits, "suit", o.place, f"order {o.id}")
        key = o.id.replace("#", ":")
        about = Authority(o.says, o.cite, o.flag, i.instrument, "order", o.place, o.id)
        events = self.lives.get(o.id, [])
        stands, covers = f"order:{key}", f"protected:{key}"
        self.draft.say(stands, f"the order {o.id} stands", f"the order {o.id} does not stand")
        self.draft.say(
            covers,
            f"the city is among those the order {o.id} protects",
            f"the city is not among those the order {o.id} protects",
        )
        body = [*self.draft.days(o.issued), *self.draft.literals(o.when, o.place, f"order {o.id}")]
        ends = [*self.draft.until(o.until), *self._ends(o.id, events), *self._stays(o.id, events)]
        self.draft.guarded(f"{o.id}#stands", body, ends, about, stands)
        self._protection(o, events, about, covers)
        for literal, says in ((stands, f"{o.id} does not stand."), (covers, f"{o.id} does not protect this city.")):
            self.draft.default(negate(literal), says)
        self.closings.append(Closing(o.id, o, "orders", "court", (stands, covers), about, tuple(o.except_actors)))
        for rule in o.rules:
            self._enjoin(rule, o, (stands, covers), about)

    def _enjoin(self, rule: str, o: model.Order, body: tuple[str, ...], about: Authority) -> None:
        """The literal "this rule is enjoined": an exception to the rule itself, which its own file need not name."""
        known = [
            f"{name}#{r.id}"
            for name, i in self.law.instruments.items()
            for r in i.rules
            if not isinstance(r.then, str) and (r.then.forbid or r.then.require)
        ]
        self.draft.known(rule, known, "rule about a choice", o.place, f"order {o.id}")
        literal = enjoined(rule)
        if literal not in self.draft.words:
            self.draft.say(literal, f"a court has enjoined {rule}", f"no court has enjoined {rule}")
            self.draft.default(negate(literal), f"{rule} is not enjoined unless shown.")
        self.draft.add(TheoryRule(f"{o.id}#enjoins:{rule.replace('#', ':')}", "defeasible", literal, body), about)

    def _ends(self, name: str, events: Sequence[tuple[model.Instrument, model.LifeEvent]]) -> Iterable[str]:
        for i, e in events:
            if e.event in ("reversed", "vacated", "moot", "ended"):
                yield self._event(name, i, e, [])

    def _stays(self, name: str, events: Sequence[tuple[model.Instrument, model.LifeEvent]]) -> Iterable[str]:
        for i, e in events:
            if e.event == "stayed":
                later = [pair for pair in events if pair[1].event == "stay lifted" and pair[1].on >= e.on]
                lifted = [self._event(name, *pair, []) for pair in later[:1]]
                yield self._event(name, i, e, lifted)

    def _event(self, name: str, i: model.Instrument, e: model.LifeEvent, unless: list[str]) -> str:
        literal = f"{e.event.replace(' ', '-')}:{name.replace('#', ':')}:{e.on}"
        self.draft.words[literal] = f"{name} was {e.event} on {say_day(e.on)}"
        about = Authority(e.says, e.cite, e.flag, i.instrument, "order", e.place, name)
        body = [*self.draft.days(e.on), *self.draft.literals(e.when, e.place, f"the {e.event} of {name}")]
        self.draft.guarded(f"{name}#{e.event.replace(' ', '-')}:{e.on}", body, unless, about, literal)
        return literal

    def _protection(
        self, o: model.Order, events: Sequence[tuple[model.Instrument, model.LifeEvent]], about: Authority, covers: str
    ) -> None:
        narrowings = [(i, e) for i, e in events if e.event == "narrowed"]
        narrowed = [self._event(o.id, i, e, []) for i, e in narrowings]
        self._scope(o, o.protects, [], narrowed, about, covers, "protects")
        for index, (i, e) in enumerate(narrowings):
            words = Authority(e.says, e.cite, e.flag, i.instrument, "order", e.place, o.id)
            self._scope(o, e.protects, [narrowed[index]], narrowed[index + 1 :], words, covers, f"narrowed.{index}")
        for index, (i, e) in enumerate((i, e) for i, e in events if e.event == "extended"):
            words = Authority(e.says, e.cite, e.flag, i.instrument, "order", e.place, o.id)
            later = [n for n, (_, cut) in zip(narrowed, narrowings, strict=True) if cut.on > e.on]
            self._scope(o, e.protects, self.draft.days(e.on), later, words, covers, f"extended.{index}")

    def _scope(
        self, o: model.Order | model.Waiver, protects: Sequence[model.Protects], body: list[str], unless: list[str],
        about: Authority, covers: str, tag: str,
    ) -> None:  # fmt: skip
        number = 0
        for p in protects:
            extra = self.draft.literals(p.when, p.place or o.place, f"{o.id} protects")
            for literal in self._protected(o, p):
                name = f"{o.id}#{tag}.{number}"
                self.draft.guarded(name, [*body, *extra, *([literal] if literal else [])], unless, about, covers)
                number += 1

    def _protected(self, o: model.Order | model.Waiver, p: model.Protects) -> Iterable[str | None]:
        if p.everyone:
            yield None
        if p.parties:
            suit = o.suit if isinstance(o, model.Order) else o.id
            yield self.draft.literal(f"party_to has {suit}", o.place, o.id)
        if p.states:
            yield self.draft.literal(f"state = {' or '.join(p.states)}", o.place, o.id)
        if p.programs:
            yield self.draft.literal(f"program = {' or '.join(p.programs)}", o.place, o.id)

    def waiver(self, i: model.Instrument, w: model.Waiver) -> None:
        about = Authority(w.says, w.cite, w.flag, i.instrument, "waiver", w.place, w.id)
        key = w.id.replace("#", ":")
        stands, covers = f"waiver:{key}", f"waived_for:{key}"
        self.draft.say(stands, f"the waiver {w.id} stands", f"the waiver {w.id} does not stand")
        self.draft.say(covers, f"the waiver {w.id} covers the city", f"the waiver {w.id} does not cover the city")
        body = [*self.draft.days(w.start), *self.draft.literals(w.when, w.place, w.id)]
        self.draft.guarded(f"{w.id}#stands", body, self.draft.until(w.until), about, stands)
        self._scope(w, w.protects, [], [], about, covers, "covers")
        for literal, says in ((stands, f"{w.id} does not stand."), (covers, f"{w.id} does not cover this city.")):
            self.draft.default(negate(literal), says)
        self.closings.append(Closing(w.id, w, "orders", "waiver", (stands, covers), about))
