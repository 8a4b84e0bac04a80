"""Commands that answer about one hypothetical: ask, why, timeline."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from blackletter.errors import FactError, unknown_name

from .common import (
    AsJson,
    AsOf,
    Assumes,
    AwardId,
    Basis,
    Engine,
    Hyp,
    Sets,
    Withouts,
    day,
    pose_all,
    pose_awards,
    print_json,
    read_law,
)  # fmt: skip

if TYPE_CHECKING:
    from blackletter.argue import Argument
    from blackletter.findings import ActionFinding, Board, Finding
    from blackletter.matrix import Matrix
    from blackletter.timeline import Timeline

    Selected = tuple[list[Finding], list[ActionFinding]]


def finding_json(finding: Finding) -> dict[str, Any]:
    """One finding, by the contract."""
    gates = None
    if finding.gates:
        gates = {g: {"value": f.value, "by": list(f.by)} for g, f in finding.gates.items()}
    return {
        "action": finding.action, "actor": finding.actor, "basis": finding.basis, "award": finding.award,
        "verdict": finding.verdict, "gates": gates, "steps": list(finding.steps),
        "missing": [m.fact for m in finding.missing],
        "readings": [{"assume": dict(r.assume), "verdict": r.verdict} for r in finding.readings],
        "rules": list(finding.rules), "flags": list(finding.flags), "note": finding.note,
    }  # fmt: skip


def board_json(board: Board, findings: Sequence[Finding], actions: Sequence[ActionFinding]) -> dict[str, Any]:
    """A board, by the contract."""
    law = board.law
    return {
        "ruleset": {"id": law.id, "version": law.version, "hash": law.hash, "overlays": list(law.overlays)},
        "determination": board.determination,
        "as_of": board.hypothetical.as_of.isoformat(),
        "hypothetical": {"name": board.hypothetical.name, "facts": board.hypothetical.as_text()},
        "actions": [
            {"action": a.action, "verdict": a.verdict, "bases": [f.basis for f in a.bases]} for a in actions
        ],
        "findings": [finding_json(f) for f in findings],
        "note": law.not_advice,
    }  # fmt: skip


def boards_json(boards: Sequence[Board], select: Callable[[Board], Selected]) -> dict[str, Any]:
    """The board of a city; of a city with several awards one document, in which each finding names its award."""
    first, *more = (board_json(board, *select(board)) for board in boards)
    if not more:
        return first
    parts = [first, *more]
    rows = [board.hypothetical for board in boards]
    words = [row.as_text() for row in rows]
    shared = {f: word for f, word in words[0].items() if all(w.get(f) == word for w in words)}
    own = [{f: word for f, word in w.items() if f not in shared} for w in words]
    return {
        **{key: value for key, value in first.items() if key != "determination"},
        "hypothetical": {"name": rows[0].name, "facts": shared},
        "awards": [
            {"award": row.award_name, "determination": part["determination"], "facts": facts}
            for row, part, facts in zip(rows, parts, own, strict=True)
        ],
        "actions": [
            {**line, "award": row.award_name} for row, part in zip(rows, parts, strict=True) for line in part["actions"]
        ],
        "findings": _each_once(finding for part in parts for finding in part["findings"]),
    }  # fmt: skip


def _each_once(findings: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the law says of a city's choices is the same beside each of its awards."""
    return [*{json.dumps(finding): finding for finding in findings}.values()]


def ask(
    hyp: Hyp, action: Annotated[str | None, typer.Option("--action", help="One action or choice.")] = None,
    basis: Basis = None, everything: Annotated[bool, typer.Option("--all", help="Every finding, with gates.")] = False,
    as_of: AsOf = None, sets: Sets = None, assume: Assumes = None, without: Withouts = None, award: AwardId = None,
    engine: Engine = "exact", as_json: AsJson = False,
) -> None:  # fmt: skip
    """What the federal side may do to a city; its own choices too.

    The board has one line for each federal act and each choice of the city; --action, --basis or --all open lines to
    the powers claimed and their gates.
    """
    from blackletter.views import findings_text

    law = read_law(assume, without)
    boards = [law.ask(posed, engine) for posed in pose_all(law, hyp, as_of, sets, award)]
    if as_json:
        cities = groupby(boards, lambda board: board.hypothetical.name)
        answers = [boards_json([*group], lambda board: _selected(board, action, basis)) for _, group in cities]
        print_json(answers[0] if len(answers) == 1 else {"entities": answers})
        return
    for board in boards:
        if action or basis or everything:
            if len(boards) > 1:
                typer.echo(board.hypothetical.title)
            typer.echo(findings_text(board, _selected(board, action, basis)[0]))
        else:
            typer.echo(str(board))


def _selected(board: Board, action: str | None, basis: str | None) -> Selected:
    law = board.law
    if action is not None and basis is not None:
        finding = board[action, basis]
        return [finding], [board.actions[action]] if action in board.actions else []
    if action is not None:
        found = board[action]
        return (list(found), []) if isinstance(found, tuple) else (list(found.bases), [found])
    if basis is not None and basis not in law.bases and basis not in law.laws:
        raise FactError(unknown_name("basis", basis, (*law.bases, *law.laws), plural="bases"))
    findings = [f for f in board.findings if basis is None or f.basis == basis]
    actions = [a for a in board.actions.values() if basis is None or any(f.basis == basis for f in a.bases)]
    return findings, actions


def why(
    hyp: Hyp, action: Annotated[str, typer.Argument(help="An action or a choice.")], basis: Basis = None,
    as_of: AsOf = None, sets: Sets = None, assume: Assumes = None, without: Withouts = None, award: AwardId = None,
    engine: Engine = "exact", as_json: AsJson = False,
    expected: Annotated[str | None, typer.Option("--not", metavar="VERDICT", help="Why not this verdict.")] = None,
    readings: Annotated[bool, typer.Option("--readings", help="The open questions, reading by reading.")] = False,
    view: Annotated[str, typer.Option("--view", help="text, markdown, html or svg.")] = "text",
    depth: Annotated[int | None, typer.Option("--depth", min=0, help="How far down the tree goes.")] = None,
) -> None:  # fmt: skip
    """Why: the argument behind a finding, as a tree.

    With --not, what stands between the finding and another verdict; with --readings, its open questions side by side.
    """
    if view not in _VIEWS:
        raise FactError(unknown_name("view", view, _VIEWS))
    law = read_law(assume, without)
    boards = [law.ask(posed, engine) for posed in pose_awards(law, hyp, as_of, sets, award)]
    explained = [(board, [*_explained(board, action, basis, expected, readings)]) for board in boards]
    if as_json:
        trees = [part.json() for _, parts in explained for part in parts]
        print_json(trees[0] if len(trees) == 1 else trees)
        return
    for board, parts in explained:
        if len(boards) > 1 and view == "text":
            typer.echo(board.hypothetical.title)
        _print_explained(parts, board, view, None if readings else depth)


_VIEWS = ("text", "markdown", "html", "svg")


def _explained(
    board: Board, action: str, basis: str | None, expected: str | None, readings: bool
) -> Iterator[Argument | Matrix]:
    found = board[action, basis] if basis else board[action]
    for finding in found if isinstance(found, tuple) else (found,):
        if readings:
            yield finding.readings_matrix()
        else:
            yield finding.why() if expected is None else finding.why_not(expected)


def _print_explained(parts: Sequence[Argument | Matrix], board: Board, view: str, depth: int | None) -> None:
    from blackletter.views import footer

    for part in parts:
        typer.echo(_viewed(part, view, depth))
    if view in ("text", "markdown"):
        typer.echo(footer(board))


def _viewed(part: Argument | Matrix, view: str, depth: int | None) -> str:
    from blackletter.matrix import Matrix

    if isinstance(part, Matrix):
        if view == "svg":
            raise FactError("the readings are a table: they have no svg view")
        return {"text": part.text, "markdown": part.markdown, "html": part.html}[view]()
    if view == "svg":
        return part.svg(3 if depth is None else depth)
    return part.html() if view == "html" else part.markdown(depth) if view == "markdown" else part.text(depth)


def timeline(
    hyp: Hyp, start: Annotated[str | None, typer.Option("--from", metavar="DAY", help="First day.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last day, included.")] = None,
    as_of: AsOf = None, sets: Sets = None, assume: Assumes = None, without: Withouts = None, award: AwardId = None,
    engine: Engine = "exact", as_json: AsJson = False,
    out: Annotated[Path | None, typer.Option("-o", metavar="F", help="Write a picture or page: .svg or .html.")] = None,
) -> None:  # fmt: skip
    """The verdicts by date, with the cause of each change."""
    law = read_law(assume, without)
    posed = pose_awards(law, hyp, as_of, sets, award)
    if out is not None and len(posed) > 1:
        raise FactError(f"{hyp} has {len(posed)} awards and a picture shows one: say which with --award")
    first, last = day(law, start, "--from"), day(law, end, "--to")
    lines = [law.timeline(row, first, last, engine) for row in posed]
    if out is not None:
        _write_timeline(lines[0], out)
    if as_json:
        print_json({"intervals": [*_intervals_json(lines)]})
    elif out is None:
        typer.echo("\n\n".join(line.text() for line in lines))


def _write_timeline(found: Timeline, out: Path) -> None:
    from blackletter.exports import write_whole

    day = found.hypothetical.as_of
    makes = {".svg": found.svg, ".html": found.html}
    if out.suffix not in makes:
        raise FactError(f"{out} is neither .svg nor .html: a timeline is written as one of them")
    page = makes[out.suffix](day)
    if out.suffix == ".html":
        page = f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{escape(found.name)}</title>{page}</html>"
    write_whole(out, page)


def _intervals_json(lines: Sequence[Timeline]) -> Iterator[dict[str, Any]]:
    """The intervals by the contract: of several awards, the stretches in which none of their verdicts changes."""
    starts = sorted({i.start for line in lines for i in line})
    ends = [*starts[1:], lines[0][-1].until]
    for start, until in zip(starts, ends, strict=True):
        now = [(line.hypothetical, next(i for i in reversed(line) if i.start <= start)) for line in lines]
        begun = [c for _, i in now if i.start == start for c in i.cause]
        findings = (
            {"action": a, "basis": b, "award": None if a in row.law.choices else row.award_name or row.award,
             "verdict": v} for row, i in now for (a, b), v in i.verdicts.items()
        )  # fmt: skip
        yield {
            "from": start.isoformat(), "until": until.isoformat(),
            "findings": [*{json.dumps(f): f for f in findings}.values()],
            "actions": [
                {"action": a, "award": row.award_name or row.award, "verdict": v}
                for row, i in now for a, v in i.actions.items()
            ],
            "cause": [*dict.fromkeys(begun)],
        }  # fmt: skip
