"""A memorandum that argues both sides of one finding: everything in it is read from the finding and the law on file.

Which side a rule speaks for is the literal it concludes: what opens a gate speaks for the government, what closes one
for the city.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .argue import OPEN, REFUTED, SHOWN, Argument
from .atoms import Atom
from .document import Block, Document, Heading, Points, Table, Text
from .errors import EngineError, FactError, RulesetError
from .exports import about_board
from .findings import AFTER_PROCESS, CONTESTED, NOT_PERMITTED, PERMITTED, UNDETERMINED, Finding
from .hypothetical import UNKNOWN
from .model import FLAG_WORDS
from .statement import reach
from .theory import atom_of
from .timeline import intervals
from .views import long_date, review_words, short_words, source_words, verdict_words
from .wording import Wording, lowered

if TYPE_CHECKING:
    from .findings import Board
    from .matrix import QuestionRow

MOST_POINTS = 12
"""How many points of one kind a part of a memo lists; the rest are counted."""
MOST_RULINGS = 2
"""How many rulings are named under one ground."""
MOST_CHANGES = 2
"""How many changes together the part on what would change the verdict looks for."""


@dataclass(frozen=True, slots=True)
class Erratum:
    """A correction of the law on file: the day, what it touches, the answer before and since, and its source."""

    on: str
    touches: tuple[str, ...]
    was: str
    now: str
    cite: str

    def text(self) -> str:
        """The correction in one line."""
        return f"{long_date(dt.date.fromisoformat(self.on))}: {self.was} {self.now} ({self.cite})"

    def json(self) -> dict[str, Any]:
        """The correction as plain data."""
        return {"on": self.on, "touches": list(self.touches), "was": self.was, "now": self.now, "cite": self.cite}


def read_errata(root: Path) -> tuple[Erratum, ...]:
    """The corrections in ``errata.yaml`` of a ruleset, newest first; none when there is no such file."""
    from .reader import plain_yaml

    path = root / "errata.yaml"
    if not path.is_file():
        return ()
    try:
        items = plain_yaml(path.read_text(encoding="utf-8"), str(path))["errata"]
        found = [Erratum(i["on"], tuple(i["touches"]), i["was"], i["now"], i["cite"]) for i in items]
        return tuple(sorted(found, key=lambda e: dt.date.fromisoformat(e.on), reverse=True))
    except (KeyError, TypeError, ValueError) as error:
        raise RulesetError(f"{path} is no list of errata: {error}") from None


def question(board: Board) -> Finding:
    """The finding most open to argument: a contested action first, then one that depends on facts, then the rest."""
    order = [CONTESTED, UNDETERMINED, "permitted after process", PERMITTED]
    order += [w.verdict for w in reversed(board.law.verdicts)]
    ranked = sorted(
        (a for a in board.actions.values() if a.leading is not None),
        key=lambda a: order.index(a.verdict) if a.verdict in order else len(order),
    )
    if not ranked or ranked[0].leading is None:
        raise FactError("no action on file has a basis, so there is no question for a memo")
    return ranked[0].leading


def memo(finding: Finding) -> Document:
    """The memorandum on one finding.

    >>> import blackletter as bl
    >>> law = bl.load()
    >>> made = memo(law.ask(law.hypothetical("springfield"))["withhold", "eo-13768-9a"])
    >>> [block.text for block in made.blocks if isinstance(block, Heading)][:3]
    ['Question presented', 'Short answer', 'Facts']
    """
    if finding.board is None:
        raise FactError("this finding stands alone: take it from a board to write a memo")
    return _Memo(finding, finding.board).document()


class _Memo:
    def __init__(self, finding: Finding, board: Board) -> None:
        self.finding, self.board, self.law, self.posed = finding, board, board.law, board.hypothetical
        self.words = Wording(self.posed)
        self.why = finding.why()
        self.noun = self.law.choices[finding.action] if finding.is_choice else self.law.actions[finding.action]
        group = self.law.laws if finding.is_choice else self.law.bases
        self.under = group[finding.basis].title

    def document(self) -> Document:
        about = about_board(self.board)
        preset = self.law.presets.get(self.posed.preset or "")
        name = preset.title if preset and self.posed.title == self.posed.preset else self.posed.title
        under = (
            f"As of {long_date(self.posed.as_of)}",
            f"Ruleset {about['Ruleset']}, hash {about['Hash']}; determination {about['Determination']}",
            *(f"Changed: {overlay}" for overlay in self.law.overlays), self.law.not_advice,
        )  # fmt: skip
        parts = (
            self._question(), self._answer(), self._facts(), self._side("city"), self._side("government"),
            self._attack(), self._unknown(), self._change(), self._timeline(), self._authorities(), self._errata(),
        )  # fmt: skip
        blocks = tuple(block for part in parts for block in part)
        ids = " · ".join(about[key] for key in ("Ruleset", "Hash", "Determination"))
        foot = f"As of {long_date(self.posed.as_of)} · {ids}. {self.law.not_advice}"
        return Document(f"Memorandum: {name}", under, blocks, foot, self.posed.as_of)

    # what is asked and answered ------------------------------------------------------------------------------------

    def _question(self) -> Iterator[Block]:
        yield Heading("Question presented")
        if self.finding.is_choice:
            yield Text(f"On {long_date(self.posed.as_of)}, what does {self.under} say of this choice: {self._title()}?")
        else:
            yield Text(f"On {long_date(self.posed.as_of)}, may the federal side do this: {self._title()}? "
                       f"The power claimed for it: {self.under}.")  # fmt: skip

    def _title(self) -> str:
        return lowered(self.noun.title)

    def _answer(self) -> Iterator[Block]:
        yield Heading("Short answer")
        yield Text(self._say(verdict_words(self.finding.verdict, self.finding)), "In short.")
        if self.why.lead:
            yield Points(tuple((0, line, "") for line in self.why.lead))
        if self.finding.note and self.finding.note not in self.why.lead:
            yield Text(self.finding.note)
        if self.finding.gates:
            gates = self.finding.gates.items()
            rows = tuple((gate.capitalize(), self.law.gates[gate].asks, found.value) for gate, found in gates)
            yield Table("The questions about every federal act", ("Gate", "Asks", "Here"), rows, (3, 10, 3))

    def _say(self, words: str) -> str:
        """A verdict with the questions of its facts in place of their ids."""
        if self.finding.verdict == UNDETERMINED and self.finding.missing:
            return f"It depends on facts that are not known: {self.words.asks(self.finding.missing[0].fact)}"
        return words if words.endswith(".") else f"{words}."

    def _facts(self) -> Iterator[Block]:
        yield Heading("Facts")
        known = {fact: value for fact, value in self.posed.facts.items() if fact in self.law.facts}
        rows = [
            (self.words.asks(fact), self._value(fact, known[fact]), self._origin(fact))
            for fact in self.law.facts if fact in known
        ]  # fmt: skip
        yield Table("What is known, and from where", ("Asked", "Answer", "Source"), tuple(rows), (6, 5, 5))
        used = {found[1] for _, _, source in rows if (found := _FLAGGED.match(source))}
        if used:
            said = "; ".join(f"{flag}: {words}" for flag, words in FLAG_WORDS.items() if flag in used)
            yield Text(f"{said}.", "How a source was seen.")
        preset = self.law.presets.get(self.posed.preset or "")
        if preset and preset.as_of != self.posed.as_of:
            yield Text(f"The facts of this preset were coded for {long_date(preset.as_of)}. Whether they still hold on "
                       f"{long_date(self.posed.as_of)} is to be checked.", "The day.")  # fmt: skip
        if self.posed.notes:
            yield Text(self.posed.notes, "Notes.")

    def _value(self, fact: str, value: Any) -> str:
        if isinstance(value, frozenset):
            more = ["perhaps others"] if UNKNOWN in value else []
            return "; ".join([*(self.law.suits[s].title for s in sorted(value - {UNKNOWN})), *more]) or "none"
        return self.words.value(fact, value)

    def _origin(self, fact: str) -> str:
        """Where a fact comes from; of a set of suits, as for any one of them."""
        one = f"{fact}:{next(iter(self.law.suits))}" if self.law.facts[fact].kind == "set" else fact
        said = self.words.origin(Atom(one, one, "is", ()))
        if self.posed.preset and said.startswith("given by you"):
            start = self.law.hypothetical(self.posed.preset)
            source = self.posed.sources.get(fact)
            if start.facts.get(fact) == self.posed.facts[fact]:
                return f"preset: {source}" if source else "preset"
        return said

    # both sides ----------------------------------------------------------------------------------------------------

    def _side(self, side: str) -> Iterator[Block]:
        yield Heading(f"The strongest argument for the {side}")
        blocks: list[Block] = []
        defaults: dict[str, list[str]] = {}
        for gate in self.why.because:
            points = [p for p in (*gate.because, *gate.despite) if self._speaks_for(p) == side]
            points.sort(key=lambda p: _ORDER.index(p.status))
            default = self._default(gate, side)
            if default:
                defaults.setdefault(default, []).append(gate.literal)
            if not points:
                continue
            if not self.finding.is_choice:
                blocks.append(Heading(f"On {gate.literal}: {gate.claim.partition(': ')[2]}", 2))
            blocks.append(Points(tuple(self._items(points[:MOST_POINTS]))))
            if len(points) > MOST_POINTS:
                blocks.append(Text(f"And {len(points) - MOST_POINTS} more rules on file that do not apply here."))
        readings = tuple(self._readings(side))
        if readings:
            blocks += [Heading("On the open questions", 2), Points(readings)]
        if defaults:
            blocks.append(Heading("By default", 2))
            blocks += [Text(why, f"{', '.join(gates).capitalize()}.") for why, gates in defaults.items()]
        yield from blocks or [Text(f"No rule on file speaks for the {side} on this question.")]

    def _default(self, gate: Argument, side: str) -> str:
        """What a gate is when no rule decides it, if that helps this side."""
        found = (self.finding.gates or {}).get(gate.literal)
        if found is None or (found.value in ("open", "closed") and not gate.note.startswith("by default")):
            return ""
        if found.value in ("open", "closed"):
            words = {"open": "Open unless barred, and", "closed": "Closed unless shown, and"}[found.value]
            helped = "government" if found.value == "open" else "city"
            return f"{words} no rule on file that applies says otherwise." if side == helped else ""
        literal = self.law.code.pairs[self.finding.basis, self.finding.action].gates[gate.literal]
        helped = "government" if f"default:{literal}" in self.law.code.theory.by_id else "city"
        words = "Open unless barred" if helped == "government" else "Closed unless shown"
        return f"{words}, and what would decide otherwise is itself open." if side == helped else ""

    def _readings(self, side: str) -> Iterator[tuple[int, str, str]]:
        """The readings of deciding questions under which the verdict is as this side wants it."""
        for row in self._matrix():
            for cell in row.cells:
                wanted = (PERMITTED, AFTER_PROCESS) if side == "government" else self._noes
                if row.decides and cell.verdict in wanted:
                    argued = f"argued by {', '.join(cell.argued_by)}" if cell.argued_by else ""
                    yield 0, f"{row.asks} {cell.says[:1].upper()}{cell.says[1:]}: {short_words(cell.verdict)}.", argued

    @property
    def _noes(self) -> set[str]:
        """The verdicts that settle it for the city; a choice has none of either side's words here."""
        return {w.verdict for w in self.law.verdicts} | {NOT_PERMITTED} if not self.finding.is_choice else set()

    def _matrix(self) -> tuple[QuestionRow, ...]:
        try:
            return self.finding.readings_matrix().rows
        except FactError:
            return ()

    def _speaks_for(self, point: Argument) -> str | None:
        """The side that a rule speaks for, by the literal it concludes."""
        finding, code = self.finding, self.law.code
        if point.role in ("exception", "given", "unknown"):
            return None
        if finding.is_choice:
            literals = code.choices.get((finding.action, finding.basis), {})
            against = {literals.get("forbid"), literals.get("pending")}
            return "government" if point.literal in against - {None} else "city"
        pair = code.pairs[finding.basis, finding.action]
        return "government" if point.literal in pair.gates.values() else "city"

    def _items(self, points: Sequence[Argument]) -> Iterator[tuple[int, str, str]]:
        for point in points:
            note = _HERE[point.status]
            said = point.note if point.note and note in point.note else f"{note}; {point.note}" if point.note else note
            yield 0, f"{point.claim} [{said}]", source_words(point)
            for premise in _grounds(point):
                yield 1, premise.claim.removeprefix("open: "), source_words(premise)
                rulings = [p for p in premise.because if p.role == "holding"]
                yield from ((2, p.claim, source_words(p)) for p in rulings[:MOST_RULINGS])

    # where it can be attacked --------------------------------------------------------------------------------------

    def _attack(self) -> Iterator[Block]:
        yield Heading("Points of attack")
        items = [*self._questions(), *self._exceptions(), *self._weak(), *self._unchecked()]
        if items:
            yield Points(tuple(items))
        else:
            yield Text("No open question, no open exception and no unchecked source lies under this verdict.")

    def _questions(self) -> Iterator[tuple[int, str, str]]:
        for row in [row for row in self._matrix() if row.decides]:
            yield 0, f"Question of law: {row.asks}", f"here: {row.binds}"
            for cell in row.cells:
                argued = f"argued by {', '.join(cell.argued_by)}" if cell.argued_by else ""
                yield 1, f"If the answer is “{cell.says}”: {lowered(short_words(cell.verdict))}.", argued

    def _exceptions(self) -> Iterator[tuple[int, str, str]]:
        seen: set[str] = set()
        for step in self.why.walk():
            if step.role == "exception" and step.status != REFUTED and step.claim not in seen:
                seen.add(step.claim)
                yield 0, step.claim, source_words(step)

    def _weak(self) -> Iterator[tuple[int, str, str]]:
        """Rules that count here and whose source was not seen whole, the least checked first."""
        weak: dict[str | None, dict[str, Argument]] = {flag: {} for flag in [*FLAG_WORDS][:0:-1]}
        for step in self.why.walk():
            counts = step.status != REFUTED and step.role in ("rule", "against", "order", "holding", "waiver")
            if counts and step.flag in weak and step.rule:
                weak[step.flag].setdefault(step.rule, step)
        for flag, steps in weak.items():
            if steps:
                yield 0, f"Sources to be checked: {FLAG_WORDS[flag or '']}", ""
            yield from ((1, s.claim, source_words(s)) for s in [*steps.values()][:MOST_POINTS])
            if len(steps) > MOST_POINTS:
                yield 1, f"and {len(steps) - MOST_POINTS} more; the table of authorities has them all", ""

    def _unchecked(self) -> Iterator[tuple[int, str, str]]:
        """Facts that the argument rests on and whose source is only background, or was not found."""
        seen: dict[str, str] = {}
        for step in self.why.walk():
            found = _FLAGGED.match(step.origin) if step.role == "given" else None
            if found and found[1] in ("B", "NF"):
                seen.setdefault(step.claim, step.origin)
        for claim, origin in seen.items():
            yield 0, f"Fact to be checked: {claim}", origin

    # what is open --------------------------------------------------------------------------------------------------

    def _unknown(self) -> Iterator[Block]:
        yield Heading("What is not known")
        missing, exact = self.finding.missing, self.board.exact
        rows = tuple((self.words.asks(m.fact), _share(m.share) if exact else "not counted") for m in missing)
        if rows:
            heads = ("Asked", "Share of cases in which it alone changes the verdict")
            yield Table("Unknown facts that matter, the most telling first", heads, rows, (10, 6))
        else:
            yield Text("No unknown fact changes this verdict.")
        told = {m.fact for m in missing}
        facts = [f for f, noun in self.law.facts.items() if noun.kind != "set" and f not in told]
        silent = [f for f in facts if self.posed.row.value(f) is None]
        if silent:
            yield Text(f"{len(silent)} further facts are not known; none of them alone changes this verdict.")

    def _change(self) -> Iterator[Block]:
        yield Heading("What would change it")
        try:
            changes = self.finding.change(most=MOST_CHANGES)
        except EngineError as error:
            yield Text(f"This could not be worked out: {error}")
            return
        lines = [line for line in str(changes).splitlines()[1:] if line != self.law.not_advice]
        numbered = [line.partition(". ")[2] for line in lines if line.partition(". ")[0].isdecimal()]
        yield from (Text(line) for line in lines if not line.partition(". ")[0].isdecimal())
        if numbered:
            yield Points(tuple((0, line, "") for line in numbered[:MOST_POINTS]))
        if len(numbered) > MOST_POINTS:
            yield Text(f"And {len(numbered) - MOST_POINTS} more.")

    def _timeline(self) -> Iterator[Block]:
        yield Heading("Timeline")
        rows = tuple(self._days())
        heads = ("From", "Verdict", "Because of")
        yield Table("The same question on every other day, the facts staying as they are", heads, rows, (4, 5, 9))

    def _days(self) -> Iterator[tuple[str, str, str]]:
        key, before, sources = (self.finding.action, self.finding.basis), "", self._sources()
        for part in intervals(self.law, self.posed, only=(self.finding.action,)):
            verdict = part.verdicts[key]
            if verdict != before:
                names = dict.fromkeys(self._named(cause) for cause in part.cause if cause in sources)
                told = [name[:1].upper() + name[1:] for name in names] or ["first day on file"] * (not before)
                more = f"; and {len(told) - 4} more" if len(told) > 4 else ""
                yield long_date(part.start), short_words(verdict), "; ".join(told[:4]) + more
            before = verdict

    def _sources(self) -> set[str]:
        """What can be a cause here: the names of rules, orders and holdings in reach of the question."""
        code = self.law.code
        if self.finding.is_choice:
            literals: Iterable[str] = code.choices.get((self.finding.action, self.finding.basis), {}).values()
        else:
            pair = code.pairs[self.finding.basis, self.finding.action]
            literals = (*pair.gates.values(), *pair.causes.values(), *pair.steps.values())
        atoms = reach(code, literals)
        about = [code.authority[rule.id] for rule in code.theory.rules if atom_of(rule.head) in atoms]
        return {a.name or a.instrument or a.says for a in about}

    def _named(self, cause: str) -> str:
        question = self.law.questions.get(cause)
        return f"the question opens: {question.asks}" if question else self.words.named(cause)

    # sources -------------------------------------------------------------------------------------------------------

    def _authorities(self) -> Iterator[Block]:
        yield Heading("Table of authorities")
        cites: dict[str, dict[str, str | None]] = {}
        stands: dict[str, str] = {}
        points = {id(p) for gate in self.why.because for p in (*gate.because, *gate.despite)}
        for step in self.why.walk():
            if step.instrument in self.law.instruments and (step.status != REFUTED or id(step) in points):
                cites.setdefault(step.instrument, {})
                if step.cite:
                    cites[step.instrument][step.cite] = step.flag
                best = min(stands.get(step.instrument, REFUTED), step.status, key=_ORDER.index)
                stands[step.instrument] = best
        ranked = sorted(cites, key=lambda n: (_ORDER.index(stands[n]), self.law.instruments[n].title))
        rows = tuple(self._authority(name, cites[name], _HERE[stands[name]]) for name in ranked)
        heads = ("Authority", "Pinpoints", "Here", "Source seen", "Review")
        if rows:
            yield Table("Authorities, those that apply first", heads, rows, (6, 5, 2, 3, 3))
        else:
            yield Text("No rule on file speaks to this; the answer rests on defaults.")

    def _authority(self, name: str, cites: Mapping[str, str | None], here: str) -> tuple[str, str, str, str, str]:
        """One row; a pinpoint whose source was seen otherwise than the file's as a whole says so itself."""
        i = self.law.instruments[name]
        title = i.title if i.cite in cites else i.cite if i.cite.startswith(i.title) else f"{i.title}, {i.cite}"
        own = "; ".join(f"{cite} ({flag})" if flag and flag != i.flag else cite for cite, flag in cites.items())
        return title, own, here, f"{i.flag}: {FLAG_WORDS[i.flag]}", review_words(i.reviewed)

    def _errata(self) -> Iterator[Block]:
        from .reader import find_ruleset

        used = {name for s in self.why.walk() if s.status != REFUTED for name in (s.instrument, s.rule)}
        names = used | {self.posed.preset}
        errata = read_errata(find_ruleset(self.law.id)) if self.law.id == "us" else ()
        found = [e for e in errata if names & set(e.touches)]
        if found:
            yield Heading("Corrections to the law used here")
            yield Points(
                tuple((0, f"{long_date(dt.date.fromisoformat(e.on))}: {e.was} {e.now}", e.cite) for e in found)
            )


_FLAGGED = re.compile(rf"preset: ({'|'.join(sorted(FLAG_WORDS, key=len, reverse=True))})(?:,|$)")
"""How the source of a preset's fact was seen: the flag it begins with."""
_ORDER = (SHOWN, OPEN, REFUTED)
_HERE = {SHOWN: "applies", OPEN: "may apply", REFUTED: "does not apply"}


def _share(share: float) -> str:
    """A share in whole percent; a small one is not called none."""
    return f"{share:.0%}" if share >= 0.01 else "under 1%"


def _grounds(point: Argument, limit: int = 3) -> Iterable[Argument]:
    """What a point rests on, or where it breaks: its first premises, seen through steps that only repeat it."""
    premises = [p for p in point.because if p.claim != point.claim]
    return premises[:limit]
