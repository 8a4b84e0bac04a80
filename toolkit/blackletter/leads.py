"""What decided it first: the short answer of an explanation, at most five lines, short enough to read aloud."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from .wording import Wording

if TYPE_CHECKING:
    from .argue import Argument
    from .findings import Finding
    from .ruleset import Ruleset

MOST_LINES, MOST_WORDS = 5, 60
"""The size of a short answer: sixty words take twenty seconds to read aloud."""


def clipped(lines: Iterable[str]) -> tuple[str, ...]:
    """The first of these lines that fit into a short answer; the first line always stays, shortened when it must be."""
    kept: list[str] = []
    left = MOST_WORDS
    for line in lines:
        words = line.split()
        if not kept and len(words) > left:
            words = [*words[: left - 1], "…"]
        if len(kept) < MOST_LINES and 0 < len(words) <= left:
            kept.append(" ".join(words))
            left -= len(words)
    return tuple(kept)


def source_line(step: Argument) -> str:
    """Pinpoint, instrument, day and flag of a step, in one pair of brackets; empty when it has none."""
    title = "" if step.title and step.title in step.cite else step.title
    parts = [p for p in (step.cite, title, step.dates, f"flag {step.flag}" if step.flag else "") if p]
    return f" ({'; '.join(parts)})" if step.cite or step.instrument else ""


def said(step: Argument) -> str:
    """A step with its source."""
    return f"{sentence(step.claim)}{source_line(step)}"


def briefly(step: Argument, limit: int = 22) -> str:
    """A step with its source; of a long statement only the first clause."""
    claim = step.claim
    if len(claim.split()) > limit and "; " in claim:
        claim = f"{claim.partition('; ')[0]} …"
    return f"{sentence(claim)}{source_line(step)}"


def sentence(text: str) -> str:
    """Words as a sentence.

    >>> sentence("the city is a party")
    'The city is a party.'
    """
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "?", "!", "…")) else f"{text}."


def ground(gate: Argument) -> Argument | None:
    """The cited step that carries a gate; None when only its default does."""
    cited = (p for p in _carried(gate) if p.cite and p.status == "shown")
    return next((p for p in cited if p.role not in ("against", "exception", "date")), None)


def ruling(carrier: Argument, tried: Iterable[Argument] = ()) -> Argument | None:
    """The ruling on a question that a rule turns on; or the one that alone keeps a contrary rule from applying."""
    return next(filter(None, (_held(carrier.because), *map(_barred_by, tried))), None)


def _held(premises: Iterable[Argument]) -> Argument | None:
    rulings = (p for premise in premises for p in premise.because if p.role == "holding" and p.status == "shown")
    return next(rulings, None)


def _barred_by(rule: Argument) -> Argument | None:
    broken = [p for p in rule.because if p.status == "refuted"]
    return _held(broken) if rule.status == "refuted" and len(broken) == 1 else None


def presumptions(carrier: Argument, law: Ruleset) -> Iterator[str]:
    """What a step rests on that no ruling says and nobody assumed: the readings presumed, each with its flag."""
    told = dict.fromkeys((p.claim, p.flag) for p in _carried(carrier) if _is_presumed(p, law))
    for claim, flag in told:
        yield sentence(claim) + (f" (flag {flag})" if flag else "")


def _is_presumed(step: Argument, law: Ruleset) -> bool:
    question = law.questions.get(step.rule or "") if step.role == "reading" and step.status == "shown" else None
    return question is not None and step.rule not in law.assumed and step.literal == f"{step.rule}:{question.presumed}"


def _carried(step: Argument) -> Iterator[Argument]:
    for part in step.because:
        yield part
        yield from _carried(part)


def nearest(steps: Iterable[Argument]) -> Argument | None:
    """Of the rules that were tried and failed, the one with the fewest broken premises; the first of equals."""
    tried = [s for s in steps if s.role == "against" and s.status != "shown"]
    return min(tried, key=lambda s: (breaks_on_date(s), len(s.because)), default=None)


def breaks_on_date(step: Argument) -> bool:
    """Whether a rule fails because its instrument is not in force on that day."""
    return any(part.literal.startswith(("in_force:", "order:")) for part in step.because)


def breaking_point(step: Argument) -> Argument | None:
    """Where a failed rule breaks: what prevails against its premise, or the deepest premise that is not met."""
    found: Argument | None = None
    while True:
        prevails = [p for p in step.because if p.status == "shown"] if step.status == "refuted" else []
        if found is not None and prevails:
            return prevails[0]
        parts = [p for p in (*step.because, *step.despite) if p.status != "shown" and p.role != "exception"]
        if not parts:
            return found
        found = step = parts[0]


def leaves(step: Argument) -> Iterator[Argument]:
    """The facts that a step rests on, each once."""
    seen = set()
    for part in step.walk():
        if part.role in ("given", "reading") and part.status == "shown" and not part.because and part.claim not in seen:
            seen.add(part.claim)
            yield part


def policy_facts(step: Argument, limit: int = 2) -> list[str]:
    """The first facts a step rests on, the days and what only follows from others left out."""
    stated = [p for p in leaves(step) if not p.origin.startswith("derived")]
    return [p.claim for p in stated if not p.literal.lstrip("~").startswith(("acted_on:", "as_of:"))][:limit]


def failed(gate: str, tried: Iterable[Argument]) -> Iterator[str]:
    """That nothing opens (or closes) a gate, the rule that comes nearest and where it breaks."""
    yield gate
    near = nearest(tried)
    if near is not None:
        point = breaking_point(near)
        yield f"Nearest: {briefly(near)}"
        if point is not None:
            yield f"It fails: {sentence(point.claim)}"


def finding_lead(finding: Finding, words: Wording, gates: Sequence[Argument], decisive: set[str]) -> tuple[str, ...]:
    """The short answer for a finding about a federal act."""
    return clipped(_finding_lines(finding, words, gates, decisive))


def _finding_lines(finding: Finding, words: Wording, gates: Sequence[Argument], decisive: set[str]) -> Iterator[str]:
    law = words.law
    if finding.steps and finding.verdict == "permitted after process":
        yield "First: " + ", then ".join(law.steps.get(s, s) for s in finding.steps) + "."
    if finding.verdict in ("contested", "undetermined"):
        yield from open_lines(finding, words)
        yield from _other_gates(gates, set())
        return
    if finding.note and finding.verdict in law.nearest[-1:]:
        yield finding.note
    if finding.verdict == "not permitted":
        yield "In every case some gate is closed, but not always the same one."
    shown = [g for g in gates if g.literal in decisive]
    for gate in shown:
        yield from gate_lines(gate, words, gate.note)
    yield from _other_gates(gates, {g.literal for g in shown})


def gate_lines(gate: Argument, words: Wording, note: str = "") -> Iterator[str]:
    """What carries a gate, and the facts it rests on; or that nothing does, and what comes nearest."""
    carrier = ground(gate)
    if carrier is not None and gate.status == "shown":
        yield from _carrier_lines(carrier, gate.despite)
        yield from presumptions(carrier, words.law)
        facts = policy_facts(carrier)
        if facts:
            yield "It rests on: " + " ".join(sentence(f) for f in facts)
        return
    if gate.status != "shown":
        yield f"{sentence(gate.claim)}{f' It turns on: {note}' if note else ''}"
        return
    may = [p for p in gate.because if p.status == "open"]
    if may:
        yield f"However the open points are settled: {said(may[0])}"
    elif not gate.claim.endswith("open"):
        yield from failed(f"No rule on file that applies opens the {gate.literal} gate.", gate.despite)


def _carrier_lines(carrier: Argument, tried: Iterable[Argument]) -> Iterator[str]:
    """What carries a finding, and the ruling that settles the question it turns on, where there is one."""
    settled = ruling(carrier, tried)
    if settled is None:
        yield said(carrier)
        return
    rule, flag = briefly(carrier), f"; flag {settled.flag}" if settled.flag else ""
    told = f"A ruling settles it here: {sentence(settled.claim)} ({settled.cite}{flag})"
    fits = len(f"{rule} {told}".split()) <= MOST_WORDS
    yield rule
    yield told if fits else f"A ruling settles it here ({settled.cite}{flag})."


def _other_gates(gates: Sequence[Argument], told: set[str]) -> Iterator[str]:
    """What the other gates are, in one line."""
    sides: dict[str, list[str]] = {}
    for gate in gates:
        if gate.literal not in told:
            sides.setdefault(gate.claim.partition(": ")[2], []).append(gate.literal)
    shut = [f"{' and '.join(names)} {value}" for value, names in sides.items() if value != "open"]
    if shut:
        yield f"{'Other gates' if told else 'The gates'}: {'; '.join(shut)}."
    elif "open" in sides and told:
        yield f"Nothing on file that applies closes: {', '.join(sides['open'])}."


def open_lines(finding: Finding, words: Wording) -> list[str]:
    """Which readings or facts decide, with the answer on both sides; and who argues them, where that is short."""
    long = list(_open_lines(finding, words, True))
    fits = len(" ".join(long).split()) <= MOST_WORDS
    return long if fits else list(_open_lines(finding, words, False))


def _open_lines(finding: Finding, words: Wording, argued: bool) -> Iterator[str]:
    questions = words.law.questions
    facts = [words.asks(m.fact) for m in finding.missing]
    if facts:
        more = f" And {len(facts) - 3} more." if len(facts) > 3 else ""
        yield f"It depends on: {' '.join(facts[:3])}{more}"
    asked = list(dict.fromkeys(q for r in finding.readings for q in r.assume if q in questions))
    verdicts = dict.fromkeys(r.verdict for r in finding.readings)
    if asked and (len(verdicts) > 1 or not facts):
        yield f"Open question{'s' if len(asked) > 1 else ''}: {' '.join(questions[q].asks for q in asked[:2])}"
    if len(verdicts) > 1:
        for verdict in verdicts:
            case = next(r for r in finding.readings if r.verdict == verdict)
            read = [questions[q].readings[v] for q, v in case.assume.items()][:2]
            by = f" ({', '.join(read[0].argued_by)})" if argued and len(asked) == 1 and read[0].argued_by else ""
            yield f"Read as “{'; '.join(r.says for r in read)}”{by}: {verdict}."


def choice_lead(finding: Finding, words: Wording, steps: Sequence[Argument], note: str) -> tuple[str, ...]:
    """The short answer for a finding about a choice of the city."""
    return clipped(_choice_lines(finding, words, steps, note))


def _choice_lines(finding: Finding, words: Wording, steps: Sequence[Argument], note: str) -> Iterator[str]:
    if finding.verdict in ("contested", "undetermined"):
        yield from open_lines(finding, words)
    found = [g for g in map(ground, steps) if g is not None]
    if found and finding.verdict in ("forbidden", "required", "not ripe", "conflict"):
        for carrier in found[: 2 if finding.verdict == "conflict" else 1]:
            yield from _carrier_lines(carrier, ())
            yield from presumptions(carrier, words.law)
        facts = [f for f in policy_facts(found[0]) if f not in note]
        if facts:
            yield "It rests on: " + " ".join(sentence(f) for f in facts)
    elif finding.verdict == "not regulated" and steps:
        title = words.law.laws[finding.basis].title
        tried = [t for s in steps for t in s.despite]
        yield from failed(f"No applicable rule of {title} forbids or requires it.", tried)
    if note:
        yield note
