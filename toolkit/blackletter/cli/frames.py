"""Commands about many hypotheticals: sweep, space, facts, sample."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from blackletter.errors import FactError, unknown_name

from .common import AsJson, AsOf, Assumes, AwardId, Engine, Sets, Withouts, one_engine, pose_one, print_json, read_law

if TYPE_CHECKING:
    from blackletter.ruleset import Ruleset

Out = Annotated[Path, typer.Option("-o", "--output", help="A folder, or a .csv or .parquet file.")]


def sweep(
    source: Annotated[Path, typer.Argument(metavar="IN", help="Hypotheticals: .csv or .parquet, columns as facts.")],
    output: Out,
    wide: Annotated[bool, typer.Option("--wide", help="One line a hypothetical.")] = False,
    findings: Annotated[str, typer.Option("--findings", help="all, bases, choices or actions.")] = "all",
    only: Annotated[list[str] | None, typer.Option("--only", help="An action or choice; may be repeated.")] = None,
    ground: Annotated[
        list[str] | None, typer.Option("--ground", help="rules, missing or readings; may be repeated.")
    ] = None,
    extra: Annotated[list[str] | None, typer.Option("--extra", help="A column that is no fact.")] = None,
    dask: Annotated[str | None, typer.Option("--dask", metavar="ADDRESS", help="A Dask scheduler: tcp://...")] = None,
    assume: Assumes = None, without: Withouts = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Answers a whole file of hypotheticals, one a row.

    `blackletter facts` says what the columns may hold. Into a folder, an interrupted sweep goes on where it stopped.
    """
    from blackletter.cluster import read_dask

    law = read_law(assume, without)
    if dask and not source.exists():
        raise FactError(f"{source} is not a file")
    frame: Any = read_dask(law, source) if dask else source
    done = law.sweep(
        frame, findings=findings, only=only or None, wide=wide, grounds=ground or (), extra=extra or (),
        into=output, dask=dask, progress=None if sys.stderr.isatty() else False,
    )  # fmt: skip
    rate = done.rows / done.seconds if done.seconds else 0.0
    if as_json:
        about = {"ruleset": {"id": law.id, "version": law.version, "hash": law.hash, "overlays": list(law.overlays)}}
        said = {"rows": done.rows, "seconds": done.seconds, "rows_per_second": rate, "complete": done.complete}
        print_json({**about, **said, "verdicts": dict(done.verdicts), "output": str(done.path), "note": law.not_advice})
    else:
        typer.echo(f"{done.rows:,} hypotheticals in {done.seconds:,.1f} s ({rate:,.0f} a second), in {done.path}")
        for word, count in sorted(done.verdicts.items(), key=lambda item: -item[1]):
            typer.echo(f"{count:>14,}  {word}")
        typer.echo(law.not_advice)
    if not done.complete:
        typer.echo("interrupted: the same command goes on from here", err=True)
        raise typer.Exit(1)


def space(
    hyp: Annotated[str, typer.Argument(metavar="HYP", help="A preset id or a file.")] = "springfield",
    free: Annotated[
        list[str] | None, typer.Option("--free", help="A fact; may be repeated. Default: the city's policy.")
    ] = None,
    action: Annotated[str | None, typer.Option("--action", help="Conditions for this action or choice.")] = None,
    basis: Annotated[str, typer.Option("--basis", help="One basis, or one law for a choice.")] = "",
    certificate: Annotated[
        Path | None, typer.Option("--certificate", metavar="F.json", help="Write what another program can check.")
    ] = None,
    as_of: AsOf = None, sets: Sets = None, assume: Assumes = None, without: Withouts = None, award: AwardId = None,
    engine: Engine = "exact", as_json: AsJson = False,
) -> None:  # fmt: skip
    """Counts every combination of some facts, by verdict.

    With --action, or with --json, also the exact conditions for each verdict.
    """
    one_engine(engine, "the combinations are counted")
    law = read_law(assume, without)
    found = law.space(pose_one(law, hyp, as_of, sets, award), free or None)
    if certificate is not None and (action is None or not basis):
        raise FactError("a certificate is about one --action under one --basis")
    if action is not None:
        found.finding(action, basis)
    if certificate is not None and action is not None:
        found.certify(certificate, action, basis)
    said = found.json([(action, basis)] if action else None if as_json else [])
    if as_json:
        print_json(said)
        return
    typer.echo(f"{found.rows:,} combinations of {', '.join(found.free)} on {found.hypothetical.as_of}")
    for name, counts in said["verdicts"].items():
        if action is None or name == f"{action} {basis}".strip():
            typer.echo(f"{name}: " + ", ".join(f"{word} {count:,}" for word, count in counts.items()))
    for conditions in said["conditions"].values():
        for word, lines in conditions.items():
            typer.echo(f"{word} when" + "".join(f"\n    {line}" for line in lines))
    typer.echo(law.not_advice)


def facts(as_json: AsJson = False) -> None:
    """Every fact: its name, its kind, and the question it answers."""
    law = read_law(None, None)
    listed = [_special("as_of", "date", "On what day is it asked?"), *(_fact(law, name) for name in law.facts)]
    if as_json:
        print_json({"ruleset": {"id": law.id, "version": law.version, "hash": law.hash}, "facts": listed})
        return
    for fact in listed:
        typer.echo(f"{fact['id']:<28} {fact['kind']:<10} {fact['question']}")


def _special(name: str, kind: str, question: str) -> dict[str, Any]:
    nothing: dict[str, Any] = {"values": [], "default": None, "only_if": []}
    return {"id": name, "kind": kind, "question": question, **nothing}


def _fact(law: Ruleset, name: str) -> dict[str, Any]:
    noun = law.facts[name]
    values = {"yes or no": ["yes", "no"], "set": list(law.suits)}.get(noun.kind, list(noun.values))
    bound = [c for c in law.constraints if any(name in law.code.atoms[a].facts for a in _named(law, c))]
    return {
        "id": name, "kind": noun.kind, "question": noun.ask, "values": values, "unit": noun.unit,
        "least": noun.least, "most": noun.most, "never": noun.never, "group": noun.group, "follows": noun.follows,
        "default": noun.default or ("as_of" if name == "acted_on" else "unknown"),
        "only_if": [c.why for c in bound],
    }  # fmt: skip


def _named(law: Ruleset, constraint: Any) -> list[str]:
    place = list(law.constraints).index(constraint)
    return [x.lstrip("~") for side in law.code.constraints[place] for x in side]


def sample(
    output: Annotated[Path, typer.Option("-o", "--output", help="A .csv or .parquet file.")],
    rows: Annotated[int, typer.Option("--rows", min=1, help="How many.")] = 3000,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same rows.")] = 20170425,
) -> None:
    """Invented jurisdictions to try a sweep on; none of them exists."""
    from blackletter.exports import write_whole
    from blackletter.sample import sample as invented

    forms = {".csv": lambda f: f.to_csv(index=False).encode(), ".parquet": lambda f: f.to_parquet()}
    if output.suffix not in forms:
        raise FactError(unknown_name("ending", output.suffix, forms))
    write_whole(output, forms[output.suffix](invented(read_law(None, None), rows, seed)))
    typer.echo(f"{rows:,} invented jurisdictions in {output}")
