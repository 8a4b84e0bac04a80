"""Commands whose answers leave: prove, verify, export, memo, errata."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from blackletter.errors import FactError

from .common import AsJson, AsOf, Assumes, AwardId, Basis, Engine, Hyp, Sets, Withouts, pose_one, print_json, read_law

if TYPE_CHECKING:
    from blackletter.findings import ActionFinding, Board, Finding

Out = Annotated[Path, typer.Option("-o", "--out", metavar="F", help="The file to write; its ending names the form.")]
Asked = Annotated[str, typer.Argument(help="An action or a choice.")]


def _asked(board: Board, action: str, basis: str | None) -> Finding | ActionFinding:
    """The finding a command names; of an action without a basis, its line over all bases."""
    found: Any = board[action, basis] if basis else board[action]
    if isinstance(found, tuple):
        named = ", ".join(f.basis for f in found)
        raise FactError(f"{action} is tested against several laws; say --basis, one of: {named}")
    asked: Finding | ActionFinding = found
    return asked


def _one(board: Board, action: str, basis: str | None) -> Finding:
    """The finding a command names: of an action without a basis, the one that comes furthest."""
    found: Any = _asked(board, action, basis)
    finding: Finding | None = found.leading if hasattr(found, "leading") else found
    if finding is None:
        raise FactError(f'no basis on file is claimed for "{action}"')
    return finding


def prove(
    hyp: Hyp, action: Asked, out: Out, basis: Basis = None, as_of: AsOf = None, sets: Sets = None,
    assume: Assumes = None, without: Withouts = None, award: AwardId = None, engine: Engine = "exact",
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Writes a finding with its proof, for `blackletter verify`.

    Without --basis, of an action over all its bases.
    """
    from blackletter.exports import write_whole

    law = read_law(assume, without)
    finding = _asked(law.ask(pose_one(law, hyp, as_of, sets, award), engine), action, basis)
    data = finding.proof()
    write_whole(out, json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    proved = data["claim"]["verdict"]
    if as_json:
        asked = {"action": action, "basis": basis, "verdict": proved}
        print_json({"output": str(out), "determination": data["determination"], **asked, "line": finding.verdict})
        return
    line = f" (the board's line: {finding.verdict})" if proved != finding.verdict else ""
    typer.echo(f"{_about(data)}: {proved}{line}. Determination {data['determination']} in {out}")


def _about(data: Any) -> str:
    """What a proof is of: one basis or law, or an action over all its bases."""
    asked = data["question"]
    return f"{asked['action']}, {asked['basis'] or 'over all ' + str(len(data['law']['bases'])) + ' bases on file'}"


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file written by `blackletter prove`.")],
    law: Annotated[Path | None, typer.Option("--law", metavar="PATH", help="A ruleset; default: bundled.")] = None,
    no_law: Annotated[bool, typer.Option("--no-law", help="Check the proof alone, against no law on file.")] = False,
    as_json: AsJson = False,
) -> None:
    """Checks a proof, without the evaluators that made it.

    Then whether the law in it is the law on file. Exits 1 for a proof that does not hold.
    """
    from blackletter.reader import plain_json, user_text
    from blackletter.verify import ProofError
    from blackletter.verify import verify as check

    data = plain_json(user_text(file), str(file))
    try:
        found = check(data)
        stands = "" if no_law else _stands(data, law)
    except ProofError as error:
        if as_json:
            print_json({"holds": False, "why": str(error)})
        else:
            typer.echo(f"Rejected: {error}")
        raise typer.Exit(1) from None
    if as_json:
        print_json({"holds": True, **found, "law": stands})
        return
    about = f"{found['rules']} rules, {found['tags']} steps"
    typer.echo(f"The proof holds: {_about(data)}: {found['verdict']} ({about}).")
    typer.echo(f"Determination {found['determination']}. {stands or 'Not compared with any law on file.'}")


def _stands(data: Any, path: Path | None) -> str:
    from blackletter.reader import load
    from blackletter.statement import compare

    return compare(data, load(path))


def export(
    hyp: Hyp, out: Out, action: Annotated[str | None, typer.Option("--action", help="Of which finding.")] = None,
    basis: Basis = None, facts: Annotated[bool, typer.Option("--facts", help="The facts, not the board.")] = False,
    as_of: AsOf = None, sets: Sets = None, assume: Assumes = None, without: Withouts = None, award: AwardId = None,
    engine: Engine = "exact", as_json: AsJson = False,
) -> None:  # fmt: skip
    """Writes a board, its facts, or a theory to a file.

    The board as csv, xlsx or md; the facts as yaml, json or csv (--facts); a theory as lp (--action).
    """
    from blackletter.exports import export as write
    from blackletter.exports import theory_asp, write_whole

    law = read_law(assume, without)
    board = law.ask(pose_one(law, hyp, as_of, sets, award), engine)
    if out.suffix == ".lp":
        if action is None:
            raise FactError("a theory is of one finding: say --action, and --basis")
        write_whole(out, theory_asp(_one(board, action, basis)))
    else:
        write(board, out, facts)
    if as_json:
        print_json({"output": str(out), "determination": board.determination})


def memo(
    hyp: Hyp, out: Out, action: Annotated[str | None, typer.Option("--action", help="The question; default: the "
    "action most open to argument.")] = None, basis: Basis = None, as_of: AsOf = None, sets: Sets = None,
    assume: Assumes = None, without: Withouts = None, award: AwardId = None, engine: Engine = "exact",
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Writes a memorandum of both sides: md, html, docx or pdf."""
    from blackletter.memo import memo as make
    from blackletter.memo import question

    law = read_law(assume, without)
    board = law.ask(pose_one(law, hyp, as_of, sets, award), engine)
    finding = question(board) if action is None else _one(board, action, basis)
    make(finding).write(out)
    if as_json:
        about = {"action": finding.action, "basis": finding.basis, "verdict": finding.verdict}
        print_json({"output": str(out), "determination": board.determination, **about})


def errata(as_json: AsJson = False) -> None:
    """The corrections made to the law on file, newest first."""
    from blackletter.memo import read_errata
    from blackletter.reader import find_ruleset

    found = read_errata(find_ruleset())
    if as_json:
        print_json({"errata": [e.json() for e in found]})
        return
    for item in found:
        typer.echo(item.text())
