"""The command ``blackletter``: offline; exit 0 answered, 1 a check failed, 2 bad input.

Findings go to stdout, messages to stderr.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .errors import BlackletterError, FactError, unknown_name

if TYPE_CHECKING:
    from .findings import ActionFinding, Board, Finding
    from .hypothetical import Hypothetical
    from .ruleset import Ruleset
    from .timeline import Interval

app = typer.Typer(
    help="Which federal funding actions may reach a city, and why. Not legal advice.",
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
)  # fmt: skip

Hyp = Annotated[str, typer.Argument(metavar="HYP", help="A preset id or a YAML or JSON file.")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DAY", help="The day of asking, like 2017-04-26.")]
Sets = Annotated[list[str] | None, typer.Option("--set", metavar="FACT=VALUE", help="A fact; may be repeated.")]
Assumes = Annotated[list[str] | None, typer.Option("--assume", metavar="QUESTION=READING", help="Fix a reading.")]
Withouts = Annotated[list[str] | None, typer.Option("--without", metavar="ID", help="Leave out a suit, order or file.")]
AwardId = Annotated[str | None, typer.Option("--award", help="A preset award.")]
Engine = Annotated[str, typer.Option("--engine", help="exact, planes or chain.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout.")]
Basis = Annotated[str | None, typer.Option("--basis", help="One basis, or one law for a choice.")]


def main() -> None:
    """Runs the command; every error on purpose becomes a message on stderr and exit code 2."""
    try:
        app()
    except BlackletterError as error:
        typer.echo(str(error), err=True)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)


# -- reading the command line ---------------------------------------------------------------------------------------


def _pairs(items: Sequence[str] | None, option: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in items or ():
        name, sign, value = item.partition("=")
        if not sign or not name.strip():
            raise FactError(f'{option} takes NAME=VALUE, not "{item}"')
        found[name.strip()] = value.strip()
    return found


def _law(assume: Sequence[str] | None, without: Sequence[str] | None) -> Ruleset:
    from .reader import load

    law = load().without(*(without or ()))
    return law.assume(**_pairs(assume, "--assume")) if assume else law


def _pose(law: Ruleset, hyp: str, as_of: str | None, sets: Sequence[str] | None, award: str | None) -> Hypothetical:
    posed = _pose_all(law, hyp, as_of, sets, award)
    if len(posed) > 1:
        raise FactError(f"{hyp} names several entities; only ask takes them together")
    return posed[0]


def _pose_all(
    law: Ruleset, hyp: str, as_of: str | None, sets: Sequence[str] | None, award: str | None
) -> tuple[Hypothetical, ...]:
    """The hypothetical a command names, or one for each entity of a file."""
    from .hypothetical import pose, read_entities

    facts: dict[str, object] = {}
    if award is not None:
        facts["award"] = award
    facts.update(_pairs(sets, "--set"))
    if as_of is not None:
        facts["as_of"] = as_of
    if hyp in law.presets:
        return (pose(law, hyp, facts),)
    path = Path(hyp)
    if path.suffix in (".yaml", ".yml", ".json") or path.exists():
        return tuple(posed.with_facts(**facts) for posed in read_entities(law, path))
    raise FactError(unknown_name("preset", hyp, law.presets))


# -- JSON -----------------------------------------------------------------------------------------------------------


def finding_json(finding: Finding) -> dict[str, Any]:
    """One finding, by the contract."""
    gates = None
    if finding.gates is not None:
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
        "as_of": board.hypothetical.as_of.isoformat(),
        "hypothetical": {"name": board.hypothetical.name, "facts": board.hypothetical.as_text()},
        "actions": [
            {"action": a.action, "verdict": a.verdict, "bases": [f.basis for f in a.bases]} for a in actions
        ],
        "findings": [finding_json(f) for f in findings],
        "note": law.not_advice,
    }  # fmt: skip


def _print_json(data: object) -> None:
    typer.echo(json.dumps(data, indent=2, ensure_ascii=False))


# -- commands -------------------------------------------------------------------------------------------------------


@app.command()
def ask(
    hyp: Hyp, action: Annotated[str | None, typer.Option("--action", help="One action or choice.")] = None,
    basis: Basis = None, everything: Annotated[bool, typer.Option("--all", help="Every basis.")] = False,
    as_of: AsOf = None, sets: Sets = None, assume: Assumes = None, without: Withouts = None, award: AwardId = None,
    engine: Engine = "exact", as_json: AsJson = False,
) -> None:  # fmt: skip
    """The board: what the federal side may do, and what the law says of the city's choices."""
    law = _law(assume, without)
    boards = [law.ask(posed, engine) for posed in _pose_all(law, hyp, as_of, sets, award)]
    if as_json:
        answers = [board_json(board, *_selected(board, action, basis)) for board in boards]
        _print_json(answers[0] if len(answers) == 1 else {"entities": answers})
        return
    for board in boards:
        if action or basis or everything:
            _print_findings(board, _selected(board, action, basis)[0])
        else:
            typer.echo(str(board))


def _selected(board: Board, action: str | None, basis: str | None) -> tuple[list[Finding], list[ActionFinding]]:
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
    actions = [a for a in board.actions.values() if a.bases or basis is None]
    return findings, actions


def _print_findings(board: Board, findings: Sequence[Finding]) -> None:
    from .views import MARKS, footer, verdict_words

    for f in findings:
        typer.echo(f"{f.action} · {f.basis}  {MARKS[f.verdict]} {verdict_words(f.verdict, f)}")
        for gate, found in (f.gates or {}).items():
            typer.echo(f"    {gate:<13} {found.value:<12} {', '.join(found.by)}")
        for reading in f.readings:
            assumed = ", ".join(f"{q} = {r}" for q, r in reading.assume.items())
            typer.echo(f"    if {assumed}: {reading.verdict}")
        if f.note:
            typer.echo(f"    {f.note}")
    typer.echo(footer(board))


@app.command()
def why(
    hyp: Hyp, action: Annotated[str, typer.Argument(help="An action or a choice.")], basis: Basis = None,
    as_of: AsOf = None, sets: Sets = None, assume: Assumes = None, without: Withouts = None, award: AwardId = None,
    engine: Engine = "exact", as_json: AsJson = False,
    depth: Annotated[int | None, typer.Option("--depth", min=0, help="How far down the tree goes.")] = None,
) -> None:  # fmt: skip
    """The argument behind a finding, as a tree."""
    law = _law(assume, without)
    board = law.ask(_pose(law, hyp, as_of, sets, award), engine)
    found = board[action, basis] if basis else board[action]
    arguments = [f.why() for f in found] if isinstance(found, tuple) else [found.why()]
    if as_json:
        trees = [a.json() for a in arguments]
        _print_json(trees[0] if len(trees) == 1 else trees)
        return
    from .views import footer

    for argument in arguments:
        typer.echo(argument.text(depth))
    typer.echo(footer(board))


@app.command()
def timeline(
    hyp: Hyp, start: Annotated[str | None, typer.Option("--from", metavar="DAY", help="First day.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last day, included.")] = None,
    as_of: AsOf = None, sets: Sets = None, assume: Assumes = None, without: Withouts = None, award: AwardId = None,
    engine: Engine = "exact", as_json: AsJson = False,
) -> None:  # fmt: skip
    """The verdicts by date, with the cause of each change."""
    law = _law(assume, without)
    posed = _pose(law, hyp, as_of, sets, award)
    intervals = law.timeline(posed, *(_day(law, d) for d in (start, end)))
    if as_json:
        _print_json({"intervals": [_interval_json(i) for i in intervals]})
        return
    for i in intervals:
        typer.echo(f"{i.start} until {i.until}{'  because of ' + ', '.join(i.cause) if i.cause else ''}")
        for change in i.changes:
            typer.echo(f"    {' '.join(filter(None, change.key))}: {change.before} -> {change.after}")
    typer.echo(law.not_advice)


def _write_ledger(path: Path | None, page: Path) -> None:
    from .coverage import read_ledger
    from .reader import find_ruleset, load

    root = path or find_ruleset()
    text = read_ledger(load(root), root / "coverage").html()
    draft = page.with_name(page.name + ".part")
    draft.write_text(text, encoding="utf-8")
    draft.replace(page)


def _day(law: Ruleset, text: str | None) -> dt.date | None:
    return None if text is None else law.hypothetical(as_of=text).as_of


def _interval_json(i: Interval) -> dict[str, Any]:
    findings = [{"action": a, "basis": b, "verdict": v} for (a, b), v in i.verdicts.items()]
    actions = [{"action": a, "verdict": v} for a, v in i.actions.items()]
    return {
        "from": i.start.isoformat(), "until": i.until.isoformat(), "findings": findings, "actions": actions,
        "cause": list(i.cause),
    }  # fmt: skip


@app.command()
def solve(
    theory: Annotated[str, typer.Argument(metavar="THEORY.json", help="A file, or - for standard input.")],
    engine: Annotated[str, typer.Option("--engine", help="planes or chain.")] = "planes",
) -> None:
    """The tags +D -D +d -d of a bare defeasible theory, or of each theory of an array."""
    data = _read_json(theory)
    answers = [_solve(item, engine) for item in (data if isinstance(data, list) else [data])]
    _print_json(answers if isinstance(data, list) else answers[0])


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
    from . import planes
    from .theory import compile_theory, parse_theory

    parsed, row = parse_theory(data)
    program = compile_theory(parsed)
    if engine == "planes":
        return program.tags(planes.close(program, row))
    if engine == "chain":
        from . import chain

        return program.tags(chain.close(program, row))
    raise FactError(unknown_name("engine", engine, ("planes", "chain")))


@app.command()
def check(
    path: Annotated[Path | None, typer.Argument(help="A ruleset folder; default: the bundled law.")] = None,
    as_json: AsJson = False,
    ledger: Annotated[
        Path | None, typer.Option("--ledger", metavar="F.html", help="Write the ledger as a page.")
    ] = None,
) -> None:
    """Checks a ruleset: its shape, its names, its examples, and which rules no example reaches."""
    from .check import check_ruleset

    if ledger is not None:
        _write_ledger(path, ledger)
    report = check_ruleset(path)
    if as_json:
        _print_json(report.json())
    else:
        typer.echo(report.text())
    if report.errors:
        raise typer.Exit(1)


@app.command()
def bench(
    peers: Annotated[bool, typer.Option("--peers", help="Other engines on the same rules; from a checkout.")] = False,
    rows: Annotated[int, typer.Option("--rows", min=64, help="Rows of a sweep.")] = 1 << 22,
    asks: Annotated[int, typer.Option("--asks", min=1, help="Asks of the memory test.")] = 300,
    repeat: Annotated[int, typer.Option("--repeat", min=1, help="Runs behind each median.")] = 7,
    write: Annotated[Path | None, typer.Option("--write", help="A folder for bench.md and bench.svg.")] = None,
    as_json: AsJson = False,
) -> None:
    """What answers cost on this machine: medians, each beside its budget or a peer. Never a pass or a failure."""
    from . import bench as costs
    from .reader import load

    law, sizes = load(), costs.Sizes(rows, asks, repeat)
    found = list(costs.bench(law, sizes))
    if peers:
        found += costs.outside("peers").measure(law, sizes, lambda note: typer.echo(note, err=True))
    if write is not None:
        costs.outside("page").write(found, write)
    if as_json:
        _print_json(costs.as_json(found))
        return
    for row in found:
        typer.echo(row.text())


@app.command()
def docket(
    file: Annotated[
        Path | None, typer.Option("--file", metavar="F", help="One docket file; default: the bench.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Asks decided cases of the law: the day before, on the reading adopted, and the day after."""
    from .docket import read_cases, run_docket
    from .reader import find_ruleset, load

    bench = run_docket(load(), read_cases(file or find_ruleset() / "docket"))
    if as_json:
        _print_json(bench.json())
    else:
        typer.echo(bench.text())
    if bench.unexplained:
        raise typer.Exit(1)
