"""The command that solves bare theories."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from blackletter.errors import FactError, TheoryError, unknown_name

from .common import print_json


def solve(
    theory: Annotated[str, typer.Argument(metavar="THEORY.json", help="A file, or - for standard input.")],
    engine: Annotated[str, typer.Option("--engine", help="planes or chain.")] = "planes",
    as_json: Annotated[bool, typer.Option("--json", help="JSON on stdout, which it always is.")] = True,
) -> None:
    """The tags +D -D +d -d of a bare defeasible theory.

    The theory is JSON: facts, unknown, strict, defeasible, defeaters, superiority. An array gives an array.
    """
    data = _read_json(theory)
    print_json(
        [_placed(n, item, engine) for n, item in enumerate(data, 1)] if isinstance(data, list) else _solve(data, engine)
    )


def _read_json(name: str) -> Any:
    from blackletter.reader import decoded, plain_json, user_text

    if name != "-":
        return plain_json(user_text(Path(name)), name)
    return plain_json(decoded(sys.stdin.buffer.read(), "standard input"), "standard input")


def _placed(number: int, data: object, engine: str) -> dict[str, list[str]]:
    try:
        return _solve(data, engine)
    except TheoryError as error:
        raise TheoryError([replace(f, what=f"theory {number}: {f.what}") for f in error.faults]) from None


def _solve(data: object, engine: str) -> dict[str, list[str]]:
    from blackletter import planes
    from blackletter.theory import compile_theory, parse_theory

    parsed, row = parse_theory(data)
    program = compile_theory(parsed)
    if engine == "planes":
        return program.tags(planes.close(program, row))
    if engine == "chain":
        from blackletter import chain

        return program.tags(chain.close(program, row))
    raise FactError(unknown_name("engine", engine, ("planes", "chain")))
