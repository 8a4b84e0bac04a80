"""Why not another verdict: what stands between a finding and the verdict someone expected, and where each try breaks.

Nothing here knows one verdict from another beyond the words of ``gates.yaml``: a word asks for its gate to be closed
by its cause, and for no earlier word's; "permitted" asks for every gate to be open.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from .argue import OPEN, REFUTED, SHOWN, Argument, Teller, argue, subject, supposed_fact
from .choices import as_form
from .errors import FactError, unknown_name
from .findings import (
    AFTER_PROCESS,
    CONFLICT,
    CONTESTED,
    FORBIDDEN,
    NOT_PERMITTED,
    NOT_REGULATED,
    NOT_RIPE,
    OUTSIDE,
    PERMITTED,
    REQUIRED,
    UNDETERMINED,
    ActionFinding,
    Finding,
)
from .leads import breaking_point, breaks_on_date, briefly, clipped, ground, nearest, policy_facts, sentence
from .theory import negate

if TYPE_CHECKING:
    from .model import VerdictWord
    from .ruleset import Ruleset

MOST_BASES = 3
"""How many of the powers claimed for an action are told: those that come nearest."""

_CHOICE_WORDS = {FORBIDDEN: "forbid", REQUIRED: "require", NOT_RIPE: "pending"}


def verdict_words(law: Ruleset, of_choice: bool) -> tuple[str, ...]:
    """The words a verdict may be: of a federal act, or of a choice of the city.

    >>> import blackletter as bl
    >>> verdict_words(bl.load(), of_choice=True)[:2]
    ('forbidden', 'required')
    """
    open_words = (CONTESTED, UNDETERMINED, CONFLICT, OUTSIDE)
    if of_choice:
        return (FORBIDDEN, REQUIRED, NOT_RIPE, NOT_REGULATED, *open_words)
    return (PERMITTED, AFTER_PROCESS, *(w.verdict for w in law.verdicts), NOT_PERMITTED, *open_words)


def why_not(finding: Finding, verdict: str) -> Argument:
    """What stands between a finding and another verdict; raises `FactError` for a word that is no verdict.

    >>> import blackletter as bl
    >>> law = bl.load()
    >>> board = law.ask(law.hypothetical("new-orleans"))
    >>> board["withhold", "award-term-validation"].why_not("permitted").because[0].literal
    'award'
    """
    _check(finding, verdict)
    if verdict == finding.verdict:
        return _it_is(finding)
    steps = tuple(_obstacles(finding, verdict))
    claim = f'{subject(finding)}: why not "{verdict}"? It is "{finding.verdict}".'
    return Argument(claim, REFUTED, "verdict", because=steps, lead=clipped(_lines(steps)))


def _check(finding: Finding, verdict: str) -> None:
    assert finding.board is not None
    known = verdict_words(finding.board.law, finding.is_choice)
    if verdict not in known:
        raise FactError(unknown_name("verdict", verdict, known))


def _it_is(finding: Finding) -> Argument:
    found = argue(finding)
    lead = clipped((f'It is "{finding.verdict}".', *found.lead))
    return replace(found, claim=f'{subject(finding)}: why not "{finding.verdict}"? It is.', lead=lead)


def why_not_action(found: ActionFinding, verdict: str) -> Argument:
    """The same for an action over all its bases: the powers that come nearest to the verdict, the nearest first."""
    leading = found.leading
    if leading is None:
        raise FactError(f'no basis on file is claimed for "{found.action}"')
    _check(leading, verdict)
    if verdict == found.verdict:
        return _it_is(leading)
    assert leading.board is not None
    title = leading.board.law.actions[found.action].title
    tried = [f.why_not(verdict) for f in found.bases]
    tried.sort(key=_distance)
    steps = tuple(replace(t, role="basis", note=t.note, lead=t.lead) for t in tried[:MOST_BASES])
    note = "The other powers on file come no nearer." if len(tried) > len(steps) else ""
    claim = f'{title}: why not "{verdict}"? It is "{found.verdict}".'
    first = f"Nearest: {tried[0].claim.partition(': why not')[0].partition(', under ')[2]}."
    elsewhere = [t for t in tried if t.status == SHOWN]
    if elsewhere:
        first = f'One power alone is "{verdict}"; the answer for the act is that of the power that comes furthest.'
    return Argument(claim, REFUTED, "verdict", because=steps, note=note, lead=clipped((first, *tried[0].lead)))


def _distance(tried: Argument) -> tuple[bool, bool, int]:
    """How far a power is from the verdict: it is it, its instrument is in force, how much stands in between."""
    gone = any(p.literal.startswith("in_force:") and p.status != SHOWN for p in tried.walk())
    return tried.status != SHOWN, gone, len(tried.because)


def _lines(steps: tuple[Argument, ...]) -> Iterator[str]:
    """What stands in between in one line; then each obstacle: what carries it and what would have to fail."""
    gates = list(
        dict.fromkeys(s.literal for s in steps if s.role == "gate" and s.literal and s.claim.startswith("The "))
    )
    if len(gates) > 1:
        yield f"In the way: {', '.join(gates)}."
    for step in steps:
        yield from _obstacle_lines(step)


def _obstacle_lines(step: Argument) -> Iterator[str]:
    carrier = ground(step)
    if step.lead:
        yield from (sentence(step.claim), *step.lead)
        return
    if step.status == OPEN or (carrier is None and not step.despite):
        yield " ".join(filter(None, (sentence(step.claim), step.note and sentence(step.note))))
        return
    if carrier is not None:
        yield f"{sentence(step.claim)} {briefly(carrier)}"
        facts = policy_facts(carrier)
        if facts:
            yield f"That would have to fail: {' '.join(sentence(f) for f in facts)}"
        return
    near = nearest(step.despite)
    yield sentence(step.claim)
    if near is not None:
        yield f"Nearest: {briefly(near)}"
        point = breaking_point(near)
        if near.note.startswith("reaches "):
            yield sentence(f"It {near.note}")
        elif point is not None:
            yield f"It fails: {sentence(point.claim)}"


# -- what stands in between -------------------------------------------------------------------------------------------


def _obstacles(finding: Finding, verdict: str) -> Iterator[Argument]:
    if finding.is_choice:
        yield from _choice_obstacles(finding, verdict)
    elif finding.verdict == OUTSIDE or not finding.gates:
        yield Argument(finding.note or "Nothing on file covers this.", REFUTED, "gate")
    else:
        yield from _Gates(finding).obstacles(verdict)


class _Gates:
    """The gates of one finding against a verdict word."""

    def __init__(self, finding: Finding) -> None:
        board = finding.board
        assert board is not None
        self.finding, self.law = finding, board.law
        self.teller = Teller(board.law.code, board.hypothetical)
        self.pair = board.law.code.pairs[finding.basis, finding.action]
        self.gates = finding.gates or {}

    def obstacles(self, verdict: str) -> Iterator[Argument]:
        word = next((w for w in self.law.verdicts if w.verdict == verdict), None)
        if word is not None:
            yield from self._for_word(word)
        elif verdict in (PERMITTED, AFTER_PROCESS):
            yield from self._for_permission(verdict)
        elif verdict == NOT_PERMITTED:
            yield from self._for_mixed()
        elif verdict in (CONTESTED, UNDETERMINED):
            yield from self._for_open(verdict)
        elif verdict == CONFLICT:
            yield Argument("No two rules that apply clash: where two speak for opposite answers, one prevails", SHOWN,
                           "gate", because=self._defeats())  # fmt: skip
        else:
            yield Argument("The file covers this power and this act", SHOWN, "gate")

    def _for_permission(self, verdict: str) -> Iterator[Argument]:
        word = next((w.gate for w in self.law.verdicts if w.verdict == self.finding.verdict), None)
        for gate in sorted(self.gates, key=lambda g: (g != word, self.gates[g].value != "closed")):
            if self.gates[gate].value != "open":
                yield self._shut(gate, self.gates[gate].value)
        due = [self.teller.tell(self.pair.steps[s]) for s in self.finding.steps if s in self.pair.steps]
        if verdict == PERMITTED:
            for step, name in zip(due, self.finding.steps, strict=False):
                yield replace(step, claim=f"A step of process is still to come: {self.law.steps.get(name, name)}")
        elif not due and not any(f.value != "open" for f in self.gates.values()):
            calls = tuple(part for x in self.pair.steps.values() for part in self.teller.tell(negate(x)).despite)
            yield Argument("No step of process is still to come", SHOWN, "gate", despite=calls)

    def _shut(self, gate: str, value: str) -> Argument:
        """A gate that must be open and is not: the rules that close it, and those that would open it."""
        literal = self.pair.gates[gate]
        if value != "closed":
            inner, note = self.teller.tell(literal), self.teller.turns_on(self.gates[gate].by)
            return Argument(f"The {gate} gate is {value}, not open", OPEN, "gate", literal=gate,
                            because=inner.because, despite=inner.despite, note=f"It turns on: {note}")  # fmt: skip
        inner = self.teller.tell(negate(literal))
        tried = self._tries(literal)
        note = (
            "every rule that closes it would have to fail" if inner.because else "nothing on file that applies opens it"
        )
        return Argument(f"The {gate} gate is closed", SHOWN, "gate", literal=gate, because=inner.because,
                        despite=tried or inner.despite, note=note)  # fmt: skip

    def _tries(self, literal: str) -> tuple[Argument, ...]:
        """The rules for a literal that is not shown, those that come nearest first."""
        tried = [s for s in self.teller.account(literal) if s.status != SHOWN or s.note]
        return tuple(sorted(tried, key=lambda s: (s.status == REFUTED, breaks_on_date(s), len(s.because))))

    def _for_word(self, word: VerdictWord) -> Iterator[Argument]:
        for earlier in self.law.verdicts:
            if earlier == word:
                break
            if self._holds(earlier):
                inner = self.teller.tell(self._closing(earlier) or "")
                yield Argument(f'"{earlier.verdict}" comes first: the {earlier.gate} gate is closed', SHOWN, "gate",
                               literal=earlier.gate, because=inner.because, despite=inner.despite)  # fmt: skip
        if not self._holds(word):
            yield self._not_closed(word)

    def _holds(self, word: VerdictWord) -> bool:
        closing = self._closing(word)
        if closing is None or self.gates[word.gate].value != "closed":
            return False
        return word.cause is None or self.teller.status(closing) == SHOWN

    def _closing(self, word: VerdictWord) -> str | None:
        """The literal that a word's gate is closed by its cause; None when nothing on file could close it so."""
        if word.cause is None:
            return negate(self.pair.gates[word.gate])
        return self.pair.causes.get((word.gate, word.cause))

    def _not_closed(self, word: VerdictWord) -> Argument:
        closing, by = self._closing(word), f" by a {word.cause}" if word.cause else ""
        elsewhere = self._elsewhere(word)
        if closing is None:
            claim = f"Nothing on file closes the {word.gate} gate of this power{by}"
            return Argument(claim, REFUTED, "gate", literal=word.gate, despite=elsewhere)
        status = self.teller.status(closing)
        verb = "may be, but is not shown to be, closed" if status == OPEN else "is not closed"
        inner = self.teller.tell(negate(closing)) if status == REFUTED else self.teller.tell(closing)
        opened = inner.because if status == REFUTED else ()
        return Argument(f"The {word.gate} gate {verb}{by}", status, "gate", literal=word.gate, because=opened,
                        despite=(*self._tries(closing), *elsewhere))  # fmt: skip

    def _elsewhere(self, word: VerdictWord) -> tuple[Argument, ...]:
        """What closes the same gate by the same cause for this act under another power."""
        found: dict[str, Argument] = {}
        for (basis, action), pair in self.law.code.pairs.items():
            closing = pair.causes.get((word.gate, word.cause or ""))
            if action != self.finding.action or basis == self.finding.basis or closing is None:
                continue
            if self.teller.status(closing) == SHOWN:
                for step in self.teller.tell(closing).because:
                    note = f"reaches another power: {self.law.bases[basis].title}"
                    found.setdefault(step.rule or step.claim, replace(step, role="against", status=REFUTED, note=note))
        return tuple(found.values())

    def _for_mixed(self) -> Iterator[Argument]:
        word = next((w for w in self.law.verdicts if w.verdict == self.finding.verdict), None)
        if word is None:
            yield Argument("It is or can be permitted, so it is not barred in every case", SHOWN, "gate")
            return
        inner = self.teller.tell(self._closing(word) or "")
        claim = f"The {word.gate} gate is closed in every case, so the answer names it"
        yield Argument(claim, SHOWN, "gate", literal=word.gate, because=inner.because, despite=inner.despite)

    def _for_open(self, verdict: str) -> Iterator[Argument]:
        """That nothing unknown, or no open question, moves the answer; or that it turns on the other of the two."""
        if self.finding.verdict in (CONTESTED, UNDETERMINED):
            wait = (
                "facts that are not known"
                if verdict == CONTESTED
                else "how open questions are read, whatever the facts"
            )
            asked = [m.fact for m in self.finding.missing] or [q for r in self.finding.readings for q in r.assume]
            yield Argument(f"The answer turns on {wait}", SHOWN, "gate",
                           note=self.teller.turns_on(tuple(dict.fromkeys(asked))))  # fmt: skip
            return
        moves = "No open question" if verdict == CONTESTED else "No unknown fact"
        found = argue(self.finding)
        yield Argument(f"{moves} moves the answer", SHOWN, "gate", because=found.because, lead=found.lead)

    def _defeats(self) -> tuple[Argument, ...]:
        found: dict[str, Argument] = {}
        for gate, at in self.gates.items():
            literal = self.pair.gates[gate]
            inner = self.teller.tell(negate(literal) if at.value == "closed" else literal)
            for step in inner.walk():
                if step.role == "against" and "prevailed" in step.note:
                    found.setdefault(step.claim, step)
        return tuple(found.values())


def _choice_obstacles(finding: Finding, verdict: str) -> Iterator[Argument]:
    """What a law would have to say of a choice, and does not; or says, and should not."""
    board = finding.board
    assert board is not None
    law, title = board.law, board.law.laws[finding.basis].title
    literals = law.code.choices.get((finding.action, finding.basis), {})
    posed = as_form(law, board.hypothetical, finding.action)[0]
    teller = Teller(law.code, posed, supposed_fact(posed, board.hypothetical, finding.action))
    wanted = _CHOICE_WORDS.get(verdict)
    for word, literal in literals.items():
        status = teller.status(literal)
        if word not in _CHOICE_WORDS.values() or word == wanted or status == REFUTED:
            continue
        inner = teller.tell(literal)
        open_ = "It may be that " if status == OPEN else ""
        yield Argument(f"{open_}{teller.words.literal(literal)}", status, "gate", literal=word,
                       because=inner.because, despite=inner.despite)  # fmt: skip
    if verdict in (CONTESTED, UNDETERMINED) and finding.verdict not in (CONTESTED, UNDETERMINED):
        moves = "No open question" if verdict == CONTESTED else "No unknown fact"
        yield Argument(f"{moves} moves what {title} says of this choice here", SHOWN, "gate")
    elif verdict in (CONTESTED, UNDETERMINED):
        asked = [m.fact for m in finding.missing] or [q for r in finding.readings for q in r.assume]
        yield Argument("The answer turns on", SHOWN, "gate", note=teller.turns_on(tuple(dict.fromkeys(asked))))
    elif wanted is not None and wanted not in literals:
        verb = {FORBIDDEN: "forbids this choice", REQUIRED: "requires this choice"}.get(verdict, "is yet to come about")
        yield Argument(f"No rule on file of {title} {verb}", REFUTED, "gate")
    elif wanted is not None and teller.status(literals[wanted]) != SHOWN:
        denied = teller.words.literal(negate(literals[wanted]))
        yield Argument(denied, REFUTED, "gate", literal=wanted, despite=teller.account(literals[wanted]))
    elif verdict == OUTSIDE:
        yield Argument(f"The file covers what {title} says of this choice here", SHOWN, "gate")
    elif verdict == CONFLICT:
        yield Argument(f"No rules of {title} that apply clash over this choice", SHOWN, "gate")
    elif verdict == NOT_REGULATED and finding.verdict == OUTSIDE:
        yield Argument(finding.note or f"{title} is not on file here", REFUTED, "gate")
