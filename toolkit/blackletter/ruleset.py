"""The law on file as one value, with its indexes, and the doors a user opens on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import model
from .draft import say_day
from .errors import Fault, RulesetError, unknown_name

if TYPE_CHECKING:
    from pandas import DataFrame

    from .claims import Claims
    from .codify import Code
    from .compare import Comparison, Since
    from .definitions import Definitions
    from .diff import Diff
    from .exercises import Drill
    from .findings import Board
    from .forum import ForumMap
    from .hypothetical import Hypothetical
    from .interview import Interview
    from .money import Money
    from .space import Space
    from .splits import Precedents
    from .timeline import Timeline
    from .watch import Watch


@dataclass(frozen=True)
class Ruleset:
    """Facts, actions, gates, questions, suits, awards, instruments and presets, with the hash of their text.

    ``overlays`` names what was changed in memory (`without`, `assume`): every result repeats it.
    """

    id: str
    title: str
    version: str
    hash: str
    covered: model.Covered
    not_advice: str
    named_dates: Mapping[str, str]
    gates: Mapping[str, model.Gate]
    verdicts: tuple[model.VerdictWord, ...]
    steps: Mapping[str, str]
    facts: Mapping[str, model.Fact]
    constraints: tuple[model.Constraint, ...]
    actions: Mapping[str, model.Action]
    groups: Mapping[str, tuple[str, ...]]
    choices: Mapping[str, model.Choice]
    questions: Mapping[str, model.Question]
    suits: Mapping[str, model.Suit]
    awards: Mapping[str, model.Award]
    instruments: Mapping[str, model.Instrument]
    presets: Mapping[str, model.Preset]
    definitions: tuple[model.Definition, ...]
    assumed: Mapping[str, str]
    overlays: tuple[str, ...] = ()

    @classmethod
    def assemble(cls, parts: Mapping[str, Any], many: Mapping[str, list[Any]], digest: str) -> Ruleset:
        """The ruleset of parsed files; raises `RulesetError` on names used twice."""
        faults: list[Fault] = []
        instruments = _by_name(many["instrument"], "instrument", faults)
        presets = _by_name(many["preset"], "preset", faults)
        if faults:
            raise RulesetError(faults)
        head, gates, facts, actions = parts["ruleset"], parts["gates"], parts["facts"], parts["actions"]
        return cls(
            id=head.ruleset, title=head.title, version=head.version, hash=digest, covered=head.covered,
            not_advice=head.not_advice, named_dates=head.named_dates,
            gates=gates.gates, verdicts=gates.verdicts, steps=gates.steps,
            facts=facts.facts, constraints=facts.constraints,
            actions=actions.actions, groups=actions.groups, choices=actions.choices,
            questions=parts["questions"].questions if "questions" in parts else {},
            suits=parts["suits"].suits if "suits" in parts else {},
            awards=parts["awards"].awards if "awards" in parts else {},
            instruments=instruments, presets=presets, assumed={},
            definitions=parts["definitions"].definitions if "definitions" in parts else (),
        )  # fmt: skip

    # indexes -------------------------------------------------------------------------------------------------------

    @cached_property
    def bases(self) -> Mapping[str, model.Basis]:
        return {name: basis for i in self.instruments.values() for name, basis in i.bases.items()}

    @cached_property
    def laws(self) -> Mapping[str, model.Law]:
        """The laws that choices are tested against."""
        return {name: law for i in self.instruments.values() for name, law in i.laws.items()}

    @cached_property
    def terms(self) -> Mapping[str, model.Term]:
        return {name: term for i in self.instruments.values() for name, term in i.terms.items()}

    @cached_property
    def followers(self) -> Mapping[str, Mapping[str, str]]:
        """A fact that follows from another -> the other's value -> its own."""
        following = {f: noun.map for f, noun in self.facts.items() if noun.follows}
        return {f: {source: v for v, sources in table.items() for source in sources} for f, table in following.items()}

    @cached_property
    def rulings(self) -> tuple[str, ...]:
        """The ids of every order and holding."""
        return _rulings(self.instruments)

    @cached_property
    def nearest(self) -> tuple[str, ...]:
        """The verdicts that say no, nearest to permission first: a power that passes more gates comes further."""
        gates = list(self.gates)
        ordered = sorted(self.verdicts, key=lambda word: gates.index(word.gate))
        return tuple(word.verdict for word in reversed(ordered))

    @cached_property
    def home(self) -> Mapping[str, model.Instrument]:
        """Basis, law or term -> the instrument whose file defines it."""
        return {
            name: i for i in self.instruments.values() for group in (i.bases, i.laws, i.terms) for name in group
        }  # fmt: skip

    @cached_property
    def ends(self) -> Mapping[str, dt.date]:
        """Instrument -> the first day on which it is no longer in force, by its own terms or by a later one."""
        own = [(name, i.in_force.until) for name, i in self.instruments.items() if i.in_force.until]
        ended = [(end.instrument, end.on) for i in self.instruments.values() for end in i.revokes]
        return {name: min(day for other, day in (*own, *ended) if other == name) for name, _ in (*own, *ended)}

    def out_of_force(self, basis: str, day: dt.date) -> str:
        """That a power is not in force on a day, and since or until when; empty when it is."""
        home = self.home[basis]
        start, end = home.in_force.start, self.ends.get(home.instrument)
        if start is not None and day < start:
            return f"Not yet in force: {home.title}, from {say_day(start)}."
        return f"No longer in force: {home.title}, since {say_day(end)}." if end is not None and day >= end else ""

    @cached_property
    def code(self) -> Code:
        """The law compiled: theory, program, gate literals. Raises `RulesetError` with every fault at once."""
        from .codify import codify

        return codify(self)

    # doors ---------------------------------------------------------------------------------------------------------

    def hypothetical(self, /, preset: str | None = None, **facts: object) -> Hypothetical:
        """A hypothetical city: a preset (or nothing), and facts over it.

        ``facts`` are fact ids with values as words, numbers, bools or dates; ``award`` names a preset award.
        Raises `FactError` with every fault.

        >>> import blackletter as bl
        >>> law = bl.load()
        >>> law.hypothetical("springfield", as_of="2017-04-26", state="CA")["circuit"]
        '9'
        """
        from .hypothetical import pose

        return pose(self, preset, facts)

    def ask(self, hypothetical: Hypothetical, engine: str = "exact") -> Board:
        """The board: every finding about federal actions and the city's choices.

        >>> import blackletter as bl
        >>> law = bl.load()
        >>> board = law.ask(law.hypothetical("new-orleans"))
        >>> board["publish_list", "eo-13768-9b"].verdict
        'permitted'
        """
        from .desk import ask

        return ask(self, hypothetical.under(self), engine)

    def watch(self, hypothetical: Hypothetical) -> Watch:
        """The rules firing, one by one, in law words; tell it a fact and see what fires next.

        >>> import blackletter as bl
        >>> law = bl.load()
        >>> with law.watch(law.hypothetical("springfield", as_of="2017-06-01")) as watch:
        ...     any("santa-clara" in step.says.lower() or step.cite for step in watch.steps)
        True
        """
        from .watch import Watch

        return Watch(hypothetical.under(self))

    def timeline(
        self,
        hypothetical: Hypothetical,
        start: dt.date | str | None = None,
        end: dt.date | str | None = None,
        engine: str = "exact",
    ) -> Timeline:
        """The verdicts by date, with the cause of each change; both days are included.

        >>> import blackletter as bl
        >>> law = bl.load()
        >>> first, *_ = law.timeline(law.hypothetical("springfield"))
        >>> str(first.start)
        '2016-01-01'
        """
        from .timeline import timeline

        return timeline(self, hypothetical.under(self), start, end, engine)

    def map(self, hypothetical: Hypothetical, action: str, basis: str | None = None, engine: str = "exact") -> ForumMap:
        """One hypothetical in every State, the District of Columbia and the territories, on its day.

        ``action`` is a federal action, over all its bases or under ``basis``; or a choice, with the law as ``basis``.

        >>> import blackletter as bl
        >>> law = bl.load()
        >>> city = law.hypothetical("springfield", as_of="2020-03-15", condition_related="yes")
        >>> found = law.map(city, "add_condition", "jag-notice")
        >>> found["NY"].verdict, found["ID"].verdict
        ('permitted', 'no authority')
        """
        from .forum import forum_map

        return forum_map(self, hypothetical.under(self), action, basis, engine)

    def precedents(self, hypothetical: Hypothetical, question: str) -> Precedents:
        """What courts have said on a question: what binds this city on its day, what persuades, or silence.

        Raises `FactError` on an unknown question.

        >>> import blackletter as bl
        >>> law = bl.load()
        >>> idaho = law.hypothetical("springfield", as_of="2020-03-15", state="ID")
        >>> law.precedents(idaho, "jag_notice_authorized").reading
        'no'
        """
        from .splits import precedents

        return precedents(hypothetical.under(self), question)

    def define(self, *cities: Hypothetical) -> Definitions:
        """What is a sanctuary city? One city through every definition, or many side by side.

        >>> import blackletter as bl
        >>> law = bl.load()
        >>> law.define(law.hypothetical("springfield"))["press-usage", "springfield"].answer
        'yes'
        """
        from .definitions import define

        return define(self, tuple(c.under(self) for c in cities))

    def compare(self, *cities: Hypothetical) -> Comparison:
        """The boards of some cities side by side, each on its own day; the rows on which they differ are marked.

        Raises `FactError` unless each city has a name of its own.

        >>> import blackletter as bl
        >>> law = bl.load()
        >>> found = law.compare(law.hypothetical("springfield"), law.hypothetical("san-francisco", as_of="2017-04-26"))
        >>> found["deny_eligibility", "springfield"]
        'enjoined'
        """
        from .compare import compare

        return compare(self, [c.under(self) for c in cities])

    def since(self, start: dt.date, *cities: Hypothetical, actions: Collection[str] | None = None) -> Since:
        """What changed for some cities from ``start`` to the day of each, about these actions and choices.

        Raises `FactError` for a city whose day is before ``start``, and unless each has a name of its own.

        >>> import blackletter as bl
        >>> law = bl.load()
        >>> found = law.since(dt.date(2017, 4, 24), law.hypothetical("springfield"), actions=["deny_eligibility"])
        >>> [str(day) for day, city, interval in found.changes]
        ['2017-04-25']
        """
        from .compare import since

        return since(self, start, [c.under(self) for c in cities], actions)

    def claims(self) -> Claims:
        """What was said of the law after the mayors' meeting of 25 April 2017, claim by claim, each asked of it.

        >>> import blackletter as bl
        >>> bl.load().claims()["S36"].tests[0].found
        'not regulated'
        """
        from .claims import review

        return review(self)

    def exercise(self, name: str) -> Drill:
        """One of the exercises of the course: predict a verdict and its ground, then see; then vary.

        >>> import blackletter as bl
        >>> bl.load().exercise("springfield-ineligible").exercise.notebook
        '01-watch-the-board'
        """
        from .exercises import drill

        return drill(self, name)

    def interview(self, hypothetical: Hypothetical | None = None, actions: Collection[str] | None = None) -> Interview:
        """An interview that asks only what can still move a verdict about these actions and choices (default: all).

        >>> import blackletter as bl
        >>> law = bl.load()
        >>> law.interview(law.hypothetical("springfield"), ["publish_list"]).done
        True
        """
        from .interview import interview

        return interview(self, (hypothetical or self.hypothetical()).under(self), actions)

    def diff(
        self,
        other: Ruleset,
        hypothetical: Hypothetical | None = None,
        free: Collection[str] | None = None,
        actions: Collection[str] | None = None,
    ) -> Diff:
        """Where another law decides otherwise, over every policy of a city, with the simplest example of each.

        >>> import blackletter as bl
        >>> law = bl.load()
        >>> day = law.hypothetical("springfield", as_of="2017-06-01", program="transit", agency="dot")
        >>> differs = law.diff(law.without("santa-clara-v-trump"), day, actions=["terminate"])
        >>> differs[0].old
        'enjoined'
        """
        from .diff import diff

        return diff(self, other, hypothetical, free, actions)

    def sweep(
        self,
        frame: Any,
        *,
        findings: str = "all",
        only: Collection[str] | None = None,
        wide: bool = False,
        grounds: Sequence[str] = (),
        extra: Sequence[str] = (),
        into: str | Path | None = None,
        dask: str | None = None,
        block: int | None = None,
        progress: bool | None = None,
    ) -> Any:
        """The verdicts of a whole frame of hypotheticals, each as `ask` gives it alone.

        A row of ``frame`` is ``law.hypothetical(preset, **cells)``: columns are fact ids, ``as_of``, ``preset`` and
        ``award``; a missing cell is an unknown fact; other columns are carried through (``extra`` names those that
        look like a misspelt fact). The answer is tidy: for each row one line for each (action, basis) and
        (choice, law), with ``findings="actions"`` one for each action; ``wide`` gives one line for each row. Verdicts
        are ordered categories. ``grounds`` (rules, missing, readings) adds what is behind them, more slowly.

        With ``into`` a folder (blocks of ``block`` rows, by default 131,072; the same call goes on where it was
        interrupted), a .csv or a .parquet file, ``frame`` may also be the path of a CSV or Parquet file, and what
        returns is a `Swept`. A Dask DataFrame gives a Dask DataFrame, or is written from its workers (``dask``: the
        address of a scheduler).
        Raises `FactError` with every fault, by row and column.

        >>> import blackletter as bl, pandas as pd
        >>> frame = pd.DataFrame({"preset": ["springfield"] * 2, "detainer": ["honor", None]})
        >>> bl.load().sweep(frame, only=["publish_list"], wide=True)["publish_list eo-13768-9b"].tolist()
        ['not ripe', 'undetermined']
        """
        from .sweeps import options_of, sweep

        options = options_of(findings, only, wide, grounds, extra)
        return sweep(self, frame, options, into=into, dask=dask, block=block, progress=progress)

    def money(self, awards: DataFrame, cities: DataFrame | None = None, **options: Any) -> Money:
        """Dollars by verdict, action and basis, over awards joined to their cities, with a plot.

        What is not settled is a range. Columns, options and errors are those of `blackletter.money.money`.

        >>> import blackletter as bl, pandas as pd
        >>> awards = pd.DataFrame({"preset": "springfield", "detainer": ["honor", None], "amount_usd": [1e6, 2e6]})
        >>> bl.load().money(awards, actions=["publish_list"]).ranges[["low", "high"]].to_dict("records")
        [{'low': 0.0, 'high': 2000000.0}]
        """
        from .money import money

        return money(self, awards, cities, **options)

    def space(self, hypothetical: Hypothetical, free: Sequence[str] | None = None) -> Space:
        """Every combination of the ``free`` facts (default: the city's policy), the others as in the hypothetical.

        Counted exhaustively: verdicts, the exact conditions for each in words, and a certificate that another program
        can check. Raises `FactError` for facts that cannot be free.

        >>> import blackletter as bl
        >>> law = bl.load()
        >>> space = law.space(law.hypothetical("springfield", as_of="2017-04-24"), free=["detainer"])
        >>> space.conditions("publish_list", "eo-13768-9b")["not ripe"]
        ('detainer is honor',)
        """
        from .space import space

        return space(self, hypothetical.under(self), free)

    def without(self, *ids: str) -> Ruleset:
        """The law had these suits, orders, holdings or instruments never been; named in every result.

        >>> import blackletter as bl
        >>> bl.load().without("santa-clara-v-trump").overlays
        ('without santa-clara-v-trump',)
        """
        law = self
        for name in dict.fromkeys(ids):
            law = law._without(name)
        return law

    def _without(self, name: str) -> Ruleset:
        kept = {k: _drop(i, name) for k, i in self.instruments.items() if k != name}
        if len(kept) == len(self.instruments) and all(kept[k] is i for k, i in self.instruments.items()):
            kinds = "suit, order, holding or instrument"
            raise RulesetError(
                unknown_name(kinds, name, self._removable(), plural="suits, orders, holdings, instruments")
            )
        return replace(self, instruments=_forget(kept), overlays=(*self.overlays, f"without {name}"))

    def _removable(self) -> tuple[str, ...]:
        names = dict.fromkeys(self.suits)
        for key, i in self.instruments.items():
            names.update(dict.fromkeys((key, *_rulings({key: i}), *(w.id for w in i.waivers))))
        return tuple(names)

    def amend(self, amendment: str | Path) -> Ruleset:
        """The law with an instrument, questions or suits added or replaced in memory; named in every result.

        ``amendment`` is a law file (a path) or its YAML text. Raises `RulesetError` with the same faults as a file on
        disk, in the file ``<amendment>``.

        >>> import blackletter as bl
        >>> law = bl.load().amend('''
        ... suits:
        ...   imagined-v-doj: {title: Imagined v. DOJ, court: N.D. Cal., flag: NF}
        ... ''')
        >>> law.overlays
        ('amended: suits imagined-v-doj',)
        """
        from .amend import amend

        return amend(self, amendment)

    def assume(self, **readings: str) -> Ruleset:
        """The law with readings of open questions fixed, over any holding; named in every result.

        >>> import blackletter as bl
        >>> bl.load().assume(jag_1373_applicable="narrow").overlays
        ('assuming jag_1373_applicable = narrow',)
        """
        from .errors import FactError

        faults = []
        for question, reading in readings.items():
            if question not in self.questions:
                faults.append(unknown_name("question", question, self.questions))
            elif reading not in self.questions[question].readings:
                known = self.questions[question].readings
                faults.append(unknown_name("reading", reading, known, where=question))
        if faults:
            raise FactError(faults)
        named = tuple(f"assuming {q} = {r}" for q, r in readings.items())
        under = replace(self, assumed={**self.assumed, **readings}, overlays=(*self.overlays, *named))
        under.__dict__["code"] = self.code  # an assumption is an input of the program, so nothing is compiled again
        return under

    def covers(self, day: dt.date) -> bool:
        """Whether the ruleset speaks about this day."""
        return self.covered.start <= day <= self.covered.to

    def __repr__(self) -> str:
        over = "".join(f", {o}" for o in self.overlays)
        return f"<Ruleset {self.id} {self.version} {self.hash}{over}>"


def _by_name(nouns: list[Any], key: str, faults: list[Fault]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for noun in nouns:
        name = getattr(noun, key)
        if name in found:
            faults.append(
                Fault("duplicate-id", f'{key} "{name}" is defined twice, also in {found[name].place}', noun.place)
            )
        found[name] = noun
    return found


def _drop(instrument: model.Instrument, name: str) -> model.Instrument:
    """The instrument without the orders, holdings and waivers of a suit, or of that id."""
    parts = {
        "orders": tuple(o for o in instrument.orders if name not in (o.id, o.suit)),
        "holdings": tuple(h for h in instrument.holdings if name not in (h.id, h.suit)),
        "waivers": tuple(w for w in instrument.waivers if name != w.id),
    }
    same = all(parts[k] == getattr(instrument, k) for k in parts)
    return instrument if same else instrument.model_copy(update=parts)


def _rulings(instruments: Mapping[str, model.Instrument]) -> tuple[str, ...]:
    orders = [o.id for i in instruments.values() for o in i.orders]
    return (*orders, *(h.id for i in instruments.values() for h in i.holdings))


def _forget(instruments: Mapping[str, model.Instrument]) -> dict[str, model.Instrument]:
    """The instruments without revocations and life events of what is no longer there."""
    alive = set(instruments) | set(_rulings(instruments))
    kept = {}
    for name, i in instruments.items():
        revokes = tuple(r for r in i.revokes if r.instrument in alive)
        life = tuple(e for e in i.life if e.order in alive)
        same = revokes == i.revokes and life == i.life
        kept[name] = i if same else i.model_copy(update={"revokes": revokes, "life": life})
    return kept
