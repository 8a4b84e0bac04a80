"""Defeasible theories and the tagged program they compile to; pure.

The logic is propositional defeasible logic with ambiguity blocking and team defeat (Nute; Antoniou, Billington,
Governatori and Maher, "Representation results for defeasible logic", ACM TOCL 2(2), 2001). Its two proof tags are
constructive and dual: the conditions for ``-d p`` are those for ``+d p`` with every "and", "or" and tag exchanged
(the principle of strong negation). So a theory compiles to a circuit of "all" and "any" nodes in which a negation
is only an exchange of two rails. Node ``n`` has the token ``2n`` ("shown") and the token ``2n + 1`` ("refuted");
an unknown input has neither, and what depends on it may then have neither. Read as rules over tokens the circuit is
a monotone, positive program: no negation as failure and no dependence on order.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from .errors import Fault, TheoryError, unknown_name

Kind = Literal["strict", "defeasible", "defeater"]
TRUE, FALSE = 0, 1
"""The two tokens of node 0: always shown, never refuted."""

LITERAL = re.compile(r"~?[A-Za-z0-9_:\-.]+")


def negate(literal: str) -> str:
    """The complement of a literal.

    >>> negate("p"), negate("~p")
    ('~p', 'p')
    """
    return literal[1:] if literal[0] == "~" else "~" + literal


def atom_of(literal: str) -> str:
    """The literal without its sign."""
    return literal.lstrip("~")


@dataclass(frozen=True, slots=True)
class TheoryRule:
    """``body -> head`` (strict), ``=>`` (defeasible) or ``~>`` (defeater)."""

    id: str
    kind: Kind
    head: str
    body: tuple[str, ...] = ()


@dataclass(frozen=True)
class Theory:
    """Rules, their superiority, and the atoms that a row of facts may give.

    ``superiority`` holds pairs (stronger, weaker) of rule ids. An atom in ``inputs`` is given true, given false, or
    left unknown by each row; every other atom stands on rules alone.
    """

    rules: tuple[TheoryRule, ...]
    superiority: frozenset[tuple[str, str]] = frozenset()
    inputs: tuple[str, ...] = ()

    @cached_property
    def by_id(self) -> Mapping[str, TheoryRule]:
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def by_head(self) -> Mapping[str, tuple[TheoryRule, ...]]:
        heads: dict[str, list[TheoryRule]] = defaultdict(list)
        for rule in self.rules:
            heads[rule.head].append(rule)
        return {head: tuple(rules) for head, rules in heads.items()}

    @cached_property
    def stronger_than(self) -> Mapping[str, frozenset[str]]:
        """Rule id -> the ids of the rules stated to be stronger."""
        above: dict[str, set[str]] = defaultdict(set)
        for strong, weak in self.superiority:
            above[weak].add(strong)
        return {weak: frozenset(strong) for weak, strong in above.items()}

    @cached_property
    def atoms(self) -> tuple[str, ...]:
        names = dict.fromkeys(self.inputs)
        for rule in self.rules:
            for literal in (rule.head, *rule.body):
                names.setdefault(atom_of(literal))
        return tuple(names)

    def supporters(self, literal: str) -> tuple[TheoryRule, ...]:
        """The strict and defeasible rules for ``literal``: R_sd[q]."""
        return tuple(r for r in self.by_head.get(literal, ()) if r.kind != "defeater")

    def attackers(self, literal: str) -> tuple[TheoryRule, ...]:
        """Every rule, defeaters included, for the complement of ``literal``: R[~q]."""
        return self.by_head.get(negate(literal), ())

    def beaters(self, literal: str, attacker: TheoryRule) -> tuple[TheoryRule, ...]:
        """The supporters of ``literal`` that are superior to ``attacker``."""
        above = self.stronger_than.get(attacker.id, frozenset())
        return tuple(r for r in self.supporters(literal) if r.id in above)


# -- the program ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Node:
    """``all`` or ``any`` of its argument tokens; ``input`` nodes have none."""

    kind: Literal["input", "all", "any"]
    args: tuple[int, ...] = ()


@dataclass(frozen=True)
class Program:
    """The circuit of a theory. ``nodes[0]`` is the constant; ``nodes`` are in dependency order when ``acyclic``.

    ``inputs`` maps an atom to its node. ``definite`` and ``defeasible`` map a literal to the token that says it is
    provable (``+D``, ``+d``); that token xor 1 says it is refuted (``-D``, ``-d``). ``applicable`` maps a rule id to
    the token that says its body is defeasibly provable. ``names`` gives each node a word for logs.
    """

    nodes: tuple[Node, ...]
    inputs: Mapping[str, int]
    definite: Mapping[str, int]
    defeasible: Mapping[str, int]
    applicable: Mapping[str, int]
    names: tuple[str, ...]
    acyclic: bool
    theory: Theory = field(repr=False)

    def horn(self) -> Iterable[tuple[int, tuple[int, ...]]]:
        """The program as rules ``(head token, body tokens)``, both rails, constants left out.

        Positive and monotone; its least model, from the tokens of the known inputs, is exactly the set of tags.
        """
        for index, node in enumerate(self.nodes):
            if node.kind == "input" or index == 0:
                continue
            shown, refuted = 2 * index, 2 * index + 1
            if node.kind == "all":
                yield shown, node.args
                for arg in node.args:
                    yield refuted, (arg ^ 1,)
            else:
                for arg in node.args:
                    yield shown, (arg,)
                yield refuted, tuple(arg ^ 1 for arg in node.args)

    def given(self, row: Mapping[str, bool | None]) -> tuple[int, ...]:
        """The tokens a row of atoms gives: shown where True, refuted where False, none where unknown or absent."""
        return tuple(
            2 * self.inputs[atom] + (not value)
            for atom, value in row.items()
            if value is not None and atom in self.inputs
        )

    def token_name(self, token: int) -> str:
        return f"{'-' if token & 1 else '+'}{self.names[token >> 1]}"

    def tags(self, tokens: frozenset[int] | set[int]) -> dict[str, list[str]]:
        """The four lists ``+D -D +d -d`` over every literal, sorted, for the tokens an evaluator has proved.

        >>> from blackletter.planes import close
        >>> program = compile_theory(parse_theory({"facts": ["bird"], "defeasible": [
        ...     {"id": "r", "head": "flies", "body": ["bird"]}]})[0])
        >>> program.tags(close(program, {"bird": True}))["+d"]
        ['bird', 'flies']
        """
        proved = set(tokens) | {TRUE}
        table: dict[str, list[str]] = {"+D": [], "-D": [], "+d": [], "-d": []}
        for letter, where in (("D", self.definite), ("d", self.defeasible)):
            for literal in sorted(where):
                token = where[literal]
                if token in proved:
                    table["+" + letter].append(literal)
                if token ^ 1 in proved:
                    table["-" + letter].append(literal)
        return table


def cone(program: Program, tokens: Iterable[int]) -> tuple[int, ...]:
    """The nodes that the tokens depend on, each after its arguments, depth first.

    Depth first puts inputs that meet in one rule side by side, and so their bits in the diagrams: on this law that
    keeps functions of a few hundred nodes that the order of the file would let grow to tens of thousands.
    """
    order: list[int] = []
    seen = {0}
    stack = [(token >> 1, False) for token in reversed([*tokens])]
    while stack:
        index, ready = stack.pop()
        if ready:
            order.append(index)
        elif index not in seen:
            seen.add(index)
            stack.append((index, True))
            stack.extend((arg >> 1, False) for arg in reversed(program.nodes[index].args) if arg >> 1 not in seen)
    return tuple(order)


def compile_theory(theory: Theory) -> Program:
    """The tagged program of ``theory``; cyclic theories compile too (``acyclic`` is then False)."""
    return _Compiler(theory).run()


class _Compiler:
    """Builds nodes with constants folded and equal nodes shared; a cycle gets a placeholder that is filled last."""

    def __init__(self, theory: Theory) -> None:
        self.theory = theory
        self.nodes: list[Node] = [Node("all")]
        self.names: list[str] = ["always"]
        self.shared: dict[Node, int] = {}
        self.inputs: dict[str, int] = {}
        self.cyclic = _is_cyclic(theory)
        self.memo: dict[tuple[str, str], int] = {}

    def run(self) -> Program:
        for atom in self.theory.inputs:
            self.inputs[atom] = self._new(Node("input"), atom)
        literals = [lit for atom in self.theory.atoms for lit in (atom, "~" + atom)]
        if self.cyclic:
            self._reserve(literals)
            self._fill(literals)
        else:
            for literal in _dependency_order(self.theory):
                self._literal(literal)
        definite = {lit: self.memo["D", lit] for lit in literals}
        defeasible = {lit: self.memo["d", lit] for lit in literals}
        applicable = {r.id: self._applicable(r) for r in self.theory.rules}
        return Program(
            tuple(self.nodes), self.inputs, definite, defeasible, applicable,
            tuple(self.names), not self.cyclic, self.theory,
        )  # fmt: skip

    # nodes ---------------------------------------------------------------------------------------------------------

    def _new(self, node: Node, name: str) -> int:
        self.nodes.append(node)
        self.names.append(name)
        return len(self.nodes) - 1

    def _gate(self, kind: Literal["all", "any"], args: Iterable[int], name: str) -> int:
        """The token of "all" or "any" of ``args``: constants folded, a lone argument passed through."""
        unit, zero = (TRUE, FALSE) if kind == "all" else (FALSE, TRUE)
        kept = tuple(dict.fromkeys(a for a in args if a != unit))
        if zero in kept:
            return zero
        if len(kept) <= 1:
            return kept[0] if kept else unit
        node = Node(kind, tuple(sorted(kept)))
        if node not in self.shared:
            self.shared[node] = self._new(node, name)
        return 2 * self.shared[node]

    def _reserve(self, literals: Sequence[str]) -> None:
        for tag in ("D", "d"):
            for literal in literals:
                self.memo[tag, literal] = 2 * self._new(Node("any"), f"{tag} {literal}")

    def _fill(self, literals: Sequence[str]) -> None:
        for literal in literals:
            for tag, make in (("D", self._definite), ("d", self._defeasible)):
                place = self.memo[tag, literal]
                token = make(literal)
                self.nodes[place >> 1] = Node("any", (token,))

    # the proof conditions ------------------------------------------------------------------------------------------

    def _literal(self, literal: str) -> None:
        for side in (literal, negate(literal)):
            self.memo["D", side] = self._definite(side)
        for side in (literal, negate(literal)):
            self.memo["d", side] = self._defeasible(side)

    def _definite(self, literal: str) -> int:
        """+D q: q is given, or a strict rule for q has its whole body definitely provable."""
        strict = [r for r in self.theory.supporters(literal) if r.kind == "strict"]
        ways = [self._given(literal)]
        ways += [self._gate("all", (self.memo["D", b] for b in r.body), f"strictly {r.id}") for r in strict]
        return self._gate("any", ways, f"D {literal}")

    def _given(self, literal: str) -> int:
        node = self.inputs.get(atom_of(literal))
        if node is None:
            return FALSE
        return 2 * node + (literal[0] == "~")

    def _defeasible(self, literal: str) -> int:
        """+d q: +D q; or -D ~q, some supporter applies, and every attacker is discarded or beaten by one that does."""
        supporters = [self._applicable(r) for r in self.theory.supporters(literal)]
        parts = [
            self.memo["D", negate(literal)] ^ 1,
            self._gate("any", supporters, f"supported {literal}"),
            *(self._countered(literal, s) for s in self.theory.attackers(literal)),
        ]
        shown = self._gate("all", parts, f"prevails {literal}")
        return self._gate("any", (self.memo["D", literal], shown), f"d {literal}")

    def _applicable(self, rule: TheoryRule) -> int:
        return self._gate("all", (self.memo["d", b] for b in rule.body), f"applies {rule.id}")

    def _countered(self, literal: str, attacker: TheoryRule) -> int:
        beaters = (self._applicable(t) for t in self.theory.beaters(literal, attacker))
        return self._gate("any", (self._applicable(attacker) ^ 1, *beaters), f"countered {attacker.id}")


def _dependencies(theory: Theory) -> dict[str, dict[str, None]]:
    """Atom -> the atoms in the bodies of rules for it or against it, in the order of the rules."""
    needs: dict[str, dict[str, None]] = {atom: {} for atom in theory.atoms}
    for rule in theory.rules:
        needs[atom_of(rule.head)].update(dict.fromkeys(map(atom_of, rule.body)))
    return needs


def find_cycle(theory: Theory) -> tuple[str, ...] | None:
    """A cycle of atoms that depend on each other, closed (first == last), or None.

    >>> find_cycle(Theory((TheoryRule("a", "defeasible", "p", ("q",)), TheoryRule("b", "defeasible", "q", ("p",)))))
    ('p', 'q', 'p')
    """
    return closed_walk(_dependencies(theory))


def closed_walk(edges: Mapping[str, Iterable[str]]) -> tuple[str, ...] | None:
    """A closed walk in a directed graph, or None when it has no cycle; iterative, so depth is no limit."""
    state: dict[str, int] = {}
    for start in edges:
        if start in state:
            continue
        path, stack = [start], [iter(edges[start])]
        state[start] = 1
        while stack:
            following = next(stack[-1], None)
            if following is None:
                state[path.pop()] = 2
                stack.pop()
            elif state.get(following) == 1:
                return (*path[path.index(following) :], following)
            elif following not in state:
                state[following] = 1
                path.append(following)
                stack.append(iter(edges.get(following, ())))
    return None


def _is_cyclic(theory: Theory) -> bool:
    return find_cycle(theory) is not None


def _dependency_order(theory: Theory) -> list[str]:
    """Every atom after the atoms it depends on."""
    needs, order, seen = _dependencies(theory), [], set()
    for root in needs:
        stack: list[tuple[str, bool]] = [(root, False)]
        while stack:
            atom, ready = stack.pop()
            if ready:
                order.append(atom)
            elif atom not in seen:
                seen.add(atom)
                stack.append((atom, True))
                stack.extend((need, False) for need in needs[atom] if need not in seen)
    return order


# -- bare theories, as JSON -----------------------------------------------------------------------------------------

_KEYS = ("facts", "unknown", "strict", "defeasible", "defeaters", "superiority")
_KINDS: Mapping[str, Kind] = {"strict": "strict", "defeasible": "defeasible", "defeaters": "defeater"}


def parse_theory(data: Any) -> tuple[Theory, dict[str, bool | None]]:
    """The theory and its row of facts, from the JSON form of ``blackletter solve``.

    The row maps each atom of ``facts`` to True or False and each of ``unknown`` to None. Raises `TheoryError` with
    every fault at once: an unknown key, a malformed literal, a duplicate id, an unknown rule in a superiority, a
    cyclic superiority, a fact beside its complement, an atom both given and unknown.

    >>> theory, row = parse_theory({"facts": ["~p"], "unknown": ["q"]})
    >>> row
    {'p': False, 'q': None}
    """
    if not isinstance(data, dict):
        raise TheoryError(Fault("shape", f"a theory is a JSON object, not {_json_kind(data)}"))
    faults = [unknown_name("key", key, _KEYS, where="the theory") for key in data if key not in _KEYS]
    facts = _literals(data.get("facts", []), "facts", faults)
    unknown = _literals(data.get("unknown", []), "unknown", faults)
    rules = [rule for key in _KINDS for rule in _rules(data.get(key, []), key, faults)]
    faults += _duplicates(rules)
    superiority = _superiority(data.get("superiority", []), {r.id for r in rules}, faults)
    faults += _clashes(facts, unknown)
    if faults:
        raise TheoryError(faults)
    row: dict[str, bool | None] = {atom_of(f): f[0] != "~" for f in facts}
    row.update({atom_of(u): None for u in unknown})
    return Theory(tuple(rules), frozenset(superiority), tuple(row)), row


def _json_kind(data: object) -> str:
    names = {list: "an array", str: "a string", int: "a number", float: "a number", bool: "true or false"}
    return names.get(type(data), "null")


def _literals(data: object, where: str, faults: list[Fault]) -> list[str]:
    if not isinstance(data, list):
        faults.append(Fault("shape", f"{where} is an array of literals, not {_json_kind(data)}"))
        return []
    good = []
    for item in data:
        if isinstance(item, str) and LITERAL.fullmatch(item):
            good.append(item)
        else:
            what = f"{where} has an invalid literal {item!r}: write p or ~p with letters, digits and _ : - ."
            faults.append(Fault("literal", what))
    return good


def _rules(data: object, key: str, faults: list[Fault]) -> Iterable[TheoryRule]:
    if not isinstance(data, list):
        faults.append(Fault("shape", f"{key} is an array of rules, not {_json_kind(data)}"))
        return
    for position, item in enumerate(data):
        where = f"{key}[{position}]"
        if not isinstance(item, dict):
            faults.append(Fault("shape", f"{where} is an object with id, head and body, not {_json_kind(item)}"))
            continue
        faults += [
            unknown_name("key", k, ("id", "head", "body"), where=where) for k in item if k not in ("id", "head", "body")
        ]
        name = item.get("id")
        if not isinstance(name, str) or not name:
            faults.append(Fault("id", f"{where} needs an id"))
            continue
        head = _literals([item.get("head")], f'the head of rule "{name}"', faults)
        body = _literals(item.get("body", []), f'the body of rule "{name}"', faults)
        if head:
            yield TheoryRule(name, _KINDS[key], head[0], tuple(body))


def _duplicates(rules: Sequence[TheoryRule]) -> Iterable[Fault]:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            yield Fault("duplicate-id", f'the rule id "{rule.id}" is used twice')
        seen.add(rule.id)


def _superiority(data: object, ids: set[str], faults: list[Fault]) -> list[tuple[str, str]]:
    if not isinstance(data, list):
        faults.append(Fault("shape", f"superiority is an array of [stronger, weaker] pairs, not {_json_kind(data)}"))
        return []
    pairs = []
    for item in data:
        if not (isinstance(item, list) and len(item) == 2 and all(isinstance(x, str) for x in item)):
            faults.append(Fault("shape", f"superiority has {item!r}; write a pair [stronger, weaker] of rule ids"))
            continue
        missing = [x for x in item if x not in ids]
        faults += [unknown_name("rule", x, sorted(ids), where="superiority") for x in missing]
        if not missing:
            pairs.append((item[0], item[1]))
    edges: dict[str, list[str]] = defaultdict(list)
    for strong, weak in pairs:
        edges[strong].append(weak)
    cycle = closed_walk(edges)
    if cycle:
        faults.append(Fault("cyclic-superiority", "superiority runs in a circle: " + " > ".join(cycle)))
    return pairs


def _clashes(facts: Sequence[str], unknown: Sequence[str]) -> Iterable[Fault]:
    given = set(facts)
    for literal in sorted({f for f in facts if f[0] != "~"}):
        if negate(literal) in given:
            yield Fault("fact-and-complement", f'both "{literal}" and "~{literal}" are facts')
    for literal in sorted({atom_of(u) for u in unknown} & {atom_of(f) for f in facts}):
        yield Fault("fact-and-unknown", f'"{literal}" is both a fact and unknown')
