"""A part of the law's program as a plain list of rules that any engine can be given.

Inputs are words; a definition is a new word that holds when all, or any, of its arguments hold; an argument is a word
or its denial ("~a3"). Definitions come after what they use, so the list may be read top to bottom, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from blackletter.theory import Node, Program, Theory, cone

if TYPE_CHECKING:
    from blackletter.ruleset import Ruleset

Row = Mapping[str, "bool | None"]
Answer = tuple["bool | None", ...]
"""The truth of each output, in order; None where neither it nor its denial follows."""


@dataclass(frozen=True)
class Definition:
    """``name`` holds when all, or any, of ``args`` hold."""

    name: str
    kind: Literal["all", "any"]
    args: tuple[str, ...]


@dataclass(frozen=True)
class RuleList:
    """``inputs`` and ``definitions`` in order, and the ``outputs`` (signed words) whose truth is asked."""

    inputs: tuple[str, ...]
    definitions: tuple[Definition, ...]
    outputs: tuple[str, ...]

    @cached_property
    def depth(self) -> Mapping[str, int]:
        """Word -> how many definitions deep it is; inputs are at 0."""
        found = dict.fromkeys(self.inputs, 0)
        for d in self.definitions:
            found[d.name] = 1 + max(found[bare(a)] for a in d.args)
        return found

    @cached_property
    def clauses(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Rules ``(head, body)`` with negation in bodies: a definition by "any" is a rule for each argument."""
        found: list[tuple[str, tuple[str, ...]]] = []
        for d in self.definitions:
            found += [(d.name, d.args)] if d.kind == "all" else [(d.name, (a,)) for a in d.args]
        return tuple(found)

    @cached_property
    def horn(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The positive program over tokens: "p word" (it holds) and "n word" (it does not); right for unknowns too."""
        return tuple(rule for d in self.definitions for rule in _rails(d))

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """The token of each output."""
        return tuple(map(token, self.outputs))


def _rails(d: Definition) -> Iterator[tuple[str, tuple[str, ...]]]:
    whole, each = ("p", "n") if d.kind == "all" else ("n", "p")
    sign = d.kind == "any"  # "none of them" is the conjunction of denials
    yield f"{whole}{d.name}", tuple(token(a, sign) for a in d.args)
    yield from ((f"{each}{d.name}", (token(a, not sign),)) for a in d.args)


def token(signed: str, denied: bool = False) -> str:
    """The token of a signed word.

    >>> token("a1"), token("~a1"), token("~a1", True)
    ('pa1', 'na1', 'pa1')
    """
    return ("n" if (signed[0] == "~") != denied else "p") + bare(signed)


def opposite(of: str) -> str:
    """The token that says the contrary."""
    return ("n" if of[0] == "p" else "p") + of[1:]


def bare(signed: str) -> str:
    """A word without its sign."""
    return signed.lstrip("~")


def told(row: Row) -> list[str]:
    """The tokens a row gives."""
    return [("p" if value else "n") + word for word, value in row.items() if value is not None]


def read_tokens(rules: RuleList, proved: Iterable[str]) -> Answer:
    """The answer in a set of proved tokens."""
    held = set(proved)
    return tuple(True if t in held else False if opposite(t) in held else None for t in rules.tokens)


def part(law: Ruleset, literals: Sequence[str]) -> Program:
    """The program of just these literals and their denials: what they do not depend on is left out."""
    whole = law.code.program
    signed = [s for lit in literals for s in (lit, lit[1:] if lit[0] == "~" else "~" + lit)]
    order = cone(whole, [whole.defeasible[s] for s in signed])
    place = {0: 0, **{index: n for n, index in enumerate(order, 1)}}
    nodes = [whole.nodes[0]]
    for index in order:
        node = whole.nodes[index]
        nodes.append(Node(node.kind, tuple(2 * place[a >> 1] + (a & 1) for a in node.args)))
    names = ("always", *(whole.names[i] for i in order))
    inputs = {whole.names[i]: place[i] for i in order if whole.nodes[i].kind == "input"}
    defeasible = {s: 2 * place[whole.defeasible[s] >> 1] + (whole.defeasible[s] & 1) for s in signed}
    return Program(tuple(nodes), inputs, {}, defeasible, {}, names, True, Theory(()))


def outputs_of(program: Program) -> list[int]:
    """The tokens asked of a part, constants left out."""
    return [t for t in dict.fromkeys(program.defeasible.values()) if t > 1]


def export(program: Program) -> RuleList:
    """The rule list of a part: inputs become a1, a2 and so on by node, definitions d1, d2."""

    def word(token_: int) -> str:
        node = program.nodes[token_ >> 1]
        return ("~" if token_ & 1 else "") + ("a" if node.kind == "input" else "d") + str(token_ >> 1)

    definitions = tuple(
        Definition(word(2 * n), node.kind, tuple(map(word, node.args)))
        for n, node in enumerate(program.nodes) if n and node.kind != "input"
    )  # fmt: skip
    inputs = tuple(word(2 * n) for n in program.inputs.values())
    return RuleList(inputs, definitions, tuple(map(word, outputs_of(program))))
