"""The command that solves bare theories."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from blackletter.errors import FactError, unknown_name

from .common import print_json


def solve(
    theory: Annotated[str, typer.Argument(metavar="THEORY.json", help="A file, or - for standard input.")],
    engine: Annotated[str, typer.Option("--engine", help="planes or chain.")] = "planes",
) -> None:
    """The tags +D -D +d -d of a bare defeasible theory, or of each theory of an array."""
    data = _read_json(theory)
    answers = [_solve(item, engine) for item in (data if isinstance(data, list) else [data])]
    print_json(answers if isinstance(data, list) else answers[0])


def _read_json(name: str) -> Any:
    path = Path(name)
    if name != "-" and not path.is_file():
        raise FactError(f"{name} is not a file")
    try:
        text = sys.stdin.read() if name == "-" else path.read_text(encoding="utf-8")
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FactError(f"{name} is not readable as JSON: {error}") from None


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
