"""Where two laws decide otherwise: over every policy of a city, how often, the simplest example, and why.

Both laws are read on one set of diagrams. Some facts of a frame (by default what the city itself controls) take every
value; the verdict of each finding is then a function of them under the one law and under the other, and where the two
differ is counted exactly.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from . import planes
from .dials import Dials, Key, Moves, OpenDesk, Panel, Setting, posed_for, satisfiable, verdict_functions
from .errors import FactError, unknown_name
from .exact import Function, Room, all_of, with_room
from .findings import OUTSIDE
from .hypothetical import Hypothetical, value_text
from .theory import FALSE, atom_of

if TYPE_CHECKING:
    from .ruleset import Ruleset


@dataclass(frozen=True, slots=True)
class Difference:
    """One finding that the laws decide otherwise: from ``old`` to ``new``, in ``count`` of the policies.

    ``example`` holds the fewest facts to change in the frame to see it. ``rules_old`` and ``rules_new`` name the rules
    that speak there under the one law only; they are the cause.
    """

    key: Key
    old: str
    new: str
    count: int
    example: Mapping[str, str]
    rules_old: tuple[str, ...] = ()
    rules_new: tuple[str, ...] = ()

    def json(self) -> dict[str, Any]:
        """The difference as data."""
        return {
            "action": self.key.action, "basis": self.key.basis, "old": self.old, "new": self.new,
            "count": self.count, "example": dict(self.example),
            "rules": {"old": list(self.rules_old), "new": list(self.rules_new)},
        }  # fmt: skip


@dataclass(frozen=True)
class Diff:
    """Every difference between two laws over the policies of one frame; a sequence of `Difference`.

    ``policies`` is how many settings of the ``free`` facts there are. A choice is asked in one of its forms, so the
    fact it is about does not vary for it, and its counts are of fewer policies.
    """

    old: Ruleset = field(repr=False)
    new: Ruleset = field(repr=False)
    frame: Hypothetical
    free: tuple[str, ...]
    policies: int
    differences: tuple[Difference, ...]

    def __iter__(self) -> Iterator[Difference]:
        return iter(self.differences)

    def __len__(self) -> int:
        return len(self.differences)

    def __getitem__(self, number: int) -> Difference:
        return self.differences[number]

    def json(self) -> dict[str, Any]:
        """The differences as data, with the two laws named."""
        laws = [
            {"id": x.id, "version": x.version, "hash": x.hash, "overlays": list(x.overlays)}
            for x in (self.old, self.new)
        ]
        return {
            "old": laws[0], "new": laws[1], "as_of": self.frame.as_of.isoformat(), "hypothetical": self.frame.name,
            "free": list(self.free), "policies": self.policies, "differences": [d.json() for d in self.differences],
        }  # fmt: skip

    def __str__(self) -> str:
        return "\n".join(_lines(self))


def diff(
    old: Ruleset,
    new: Ruleset,
    hypothetical: Hypothetical | None = None,
    free: Collection[str] | None = None,
    actions: Collection[str] | None = None,
) -> Diff:
    """Where ``new`` decides otherwise than ``old``, exactly, over every setting of the ``free`` facts of a frame.

    The frame is ``hypothetical`` (default: the preset ``springfield``, else a city of which nothing is known); what is
    unknown in it and not free stays unknown. ``free`` defaults to what the city controls. ``actions`` limits the
    findings. Raises `FactError` for unknown names, `EngineError` when the diagrams outgrow the room.
    """
    frame = hypothetical or old.hypothetical("springfield" if "springfield" in old.presets else None)
    names = tuple(_default_free(old, new) if free is None else dict.fromkeys(free))
    known = (*dict.fromkeys((*old.actions, *old.choices, *new.actions, *new.choices)),)
    shared = [f for f in old.facts if f in new.facts and old.facts[f].kind != "set"]
    faults = [unknown_name("fact", f, shared) for f in names if f not in shared]
    faults += [unknown_name("action", a, known) for a in actions or () if a not in known]
    if faults:
        raise FactError(faults)
    return with_room(partial(_diff, old, new, frame, names, tuple(actions or known)))


def _default_free(old: Ruleset, new: Ruleset) -> list[str]:
    """What the city controls and some rule of either law reads; days and numbers stay as they are."""
    return [
        f for f, noun in old.facts.items()
        if noun.side == "city" and noun.kind in ("yes or no", "one of") and f in new.facts
        and (f in old.code.by_fact or f in new.code.by_fact)
    ]  # fmt: skip


def _diff(
    old: Ruleset, new: Ruleset, frame: Hypothetical, free: tuple[str, ...], actions: tuple[str, ...], room: Room
) -> Diff:
    sides = [frame.under(old), frame.under(new)]
    dials = {f: _settings(sides, f) for f in free}
    keys = [k for k in dict.fromkeys((*_keys(old), *_keys(new))) if k.action in actions]
    found: list[Difference] = []
    federal = [k for k in keys if k.action in (*old.actions, *new.actions)]
    pair = _Pair(sides, dials, federal, room)
    policies = pair.policies
    found += pair.differences()
    for choice in dict.fromkeys(k.action for k in keys if k not in federal):
        asked = [k for k in keys if k.action == choice]
        forms = {f for law in (old, new) if choice in law.choices for f in law.choices[choice].forms}
        posed = [posed_for(h.law, h, asked[0]) for h in sides]
        found += _Pair(posed, {f: v for f, v in dials.items() if f not in forms}, asked, room).differences()
    return Diff(old, new, frame, free, policies, tuple(found))


def _settings(sides: list[Hypothetical], fact: str) -> tuple[Setting, ...]:
    """The values of a free fact under either law, as the frame has it first."""
    known = sides[0].row.known.get(fact)
    values: list[Setting] = [] if known is None else [known]
    for side in sides:
        unset = side if known is None else side.with_facts(**{fact: "unknown"})
        values += unset.row.domain(fact)
    return tuple(dict.fromkeys(values))


def _keys(law: Ruleset) -> list[Key]:
    pairs = [Key(action, basis) for basis, action in law.code.pairs]
    return [*pairs, *(Key(choice, name) for choice, name in law.code.choices)]


class _Pair:
    """Two laws on one set of diagrams."""

    def __init__(self, sides: list[Hypothetical], dials: Dials, keys: list[Key], room: Room) -> None:
        self.sides, self.keys, self.room = sides, keys, room
        self.panels = [Panel(side.row, dials, room) for side in sides]
        for panel in self.panels:
            for name in dials:
                panel.dial(name)
        self.desks = [
            OpenDesk.of(panel, [x for k in keys if _speaks(side.law, k) for x in k.literals(side.law)])
            for panel, side in zip(self.panels, sides, strict=True)
        ]
        self.moves = Moves(self.panels[0])
        first = self.panels[0]
        self.lawful: Function = first.settings(first.lawful)

    @property
    def policies(self) -> int:
        return self.panels[0].count(self.lawful)

    def differences(self) -> Iterator[Difference]:
        for key in self.keys:
            before, after = (self._functions(number, key) for number in (0, 1))
            for old, f in before.items():
                for new, g in after.items():
                    where = all_of((f, g, self.lawful)) if old != new else False
                    if satisfiable(where):
                        yield self._difference(key, old, new, where)

    def _functions(self, number: int, key: Key) -> Mapping[str, Function]:
        panel, desk = self.panels[number], self.desks[number]
        if not _speaks(desk.law, key):
            return {OUTSIDE: True}
        return verdict_functions(desk, key, panel.some, panel.some_reading)

    def _difference(self, key: Key, old: str, new: str, where: Function) -> Difference:
        panel = self.panels[0]
        moves = self.moves.fewest(where) or frozenset()
        settings = {name: panel.dials[name][number] for name, number in sorted(moves)}
        example = {name: value_text(v) for name, v in settings.items() if v is not None}
        here, there = (_Speaking(side.with_facts(**example), key) for side in self.sides)
        return Difference(key, old, new, panel.count(where), example, here.against(there), there.against(here))


def _speaks(law: Ruleset, key: Key) -> bool:
    return bool(key.literals(law)) if key.action in (*law.actions, *law.choices) else False


class _Speaking:
    """The rules that bear on a finding of one hypothetical, by the name they are known by, and those that may apply."""

    def __init__(self, hypothetical: Hypothetical, key: Key) -> None:
        law = hypothetical.law
        self.code = law.code
        tokens = planes.close(self.code.program, hypothetical.row.truths)
        nodes = set(self.code.cone(key.literals(law))) if _speaks(law, key) else set()
        self.concluded = {atom_of(x) for x in key.literals(law)} if nodes else set()
        self.texts: dict[str, tuple[str, tuple[str, ...]]] = {}
        self.names: set[str] = set()
        self.live: dict[str, str] = {}
        for rule in self.code.theory.rules:
            token = self.code.program.applicable[rule.id]
            name = self.code.authority[rule.id].name
            if not name or rule.id.startswith("default:") or not _bears(self.code, rule.head, token, nodes):
                continue
            self.names.add(name)
            self.texts[rule.id] = rule.head, rule.body
            if token != FALSE and token ^ 1 not in tokens:
                self.live[rule.id] = name

    def against(self, other: _Speaking) -> tuple[str, ...]:
        """The rules that may apply here and are unknown there (of them, those that conclude on the finding itself
        first); else those that cannot apply there, facts and assumptions first; else those that are reworded there."""
        unknown = [rule for rule, name in self.live.items() if name not in other.names]
        decisive = [rule for rule in unknown if atom_of(self.texts[rule][0]) in self.concluded]
        absent = {self.live[rule] for rule in decisive or unknown}
        silent = [rule for rule in self.live if rule not in other.live]
        first = [r for r in silent if all(x.lstrip("~") in self.code.atoms for x in self.texts[r][1])]
        reworded = {name for rule, name in self.live.items() if self.texts[rule] != other.texts.get(rule)}
        return tuple(sorted(absent or {self.live[r] for r in first or silent} or reworded))


def _bears(code: Any, literal: str, token: int, nodes: set[int]) -> bool:
    """Whether a finding turns on a rule: on its body or, when that is constant, on its head."""
    return (token if token > FALSE else code.program.defeasible[literal]) >> 1 in nodes


# -- in words -------------------------------------------------------------------------------------------------------


def _lines(d: Diff) -> Iterator[str]:
    names = [f"{x.id} {x.version} {x.hash}{''.join(f', {o}' for o in x.overlays)}" for x in (d.old, d.new)]
    yield f"Old: {names[0]}"
    yield f"New: {names[1]}"
    yield f"{d.frame.name} as of {d.frame.as_of}, over {d.policies:,} policies of {len(d.free)} facts: " + (
        f"{len(d.differences)} differences." if d.differences else "no verdict differs."
    )
    for item in d.differences:
        yield from _difference_lines(d, item)
    yield d.new.not_advice


def _difference_lines(d: Diff, item: Difference) -> Iterator[str]:
    yield f"- {_title(d, item.key)}: {item.old} becomes {item.new} in {item.count:,} policies"
    example = "; ".join(f"{d.old.facts[f].ask} {_say(d, f, v)}" for f, v in item.example.items())
    yield f"    simplest example: {example or 'the frame as it stands'}"
    for where, rules in (("old", item.rules_old), ("new", item.rules_new)):
        if rules:
            yield f"    because of, in the {where} law only: {', '.join(rules)}"


def _say(d: Diff, fact: str, value: str) -> str:
    from .change import say_value

    return say_value(d.old, fact, value)


def _title(d: Diff, key: Key) -> str:
    law = d.old if key.action in (*d.old.actions, *d.old.choices) else d.new
    if key.action in law.choices:
        return f"{law.choices[key.action].title} ({key.basis})"
    return f"{law.actions[key.action].title} ({key.basis})"
