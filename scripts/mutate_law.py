"""Plant wrong verdicts in a copy of the law, one at a time, and see which notebook cells notice.

    python scripts/mutate_law.py                              # every fault of mutations.yaml, every notebook
    python scripts/mutate_law.py --only order-never-revoked   # one fault
    python scripts/mutate_law.py --first                      # stop each fault at the first notebook that notices

The code cells run in this interpreter's child processes, without a kernel, against the copy that the environment
variable BLACKLETTER_RULESETS names. A cell fails when it raises; a name that is missing because an earlier cell
failed does not count. Exit 1: a fault went unnoticed, fewer than ten were noticed, or the notebooks fail unplanted.
"""

from __future__ import annotations

import argparse
import code
import contextlib
import io
import json
import multiprocessing
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blackletter.errors import RulesetError
from blackletter.reader import RULESETS, find_ruleset, load, plain_yaml

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
FAULTS = Path(__file__).with_name("mutations.yaml")
ENOUGH = 10


@dataclass(frozen=True)
class Mutation:
    """One wrong law: what it says, and edits of (file, text that stands once, text in its place)."""

    id: str
    says: str
    edits: tuple[tuple[str, str, str], ...]

    def plant(self, law: Path) -> None:
        """Edits the copy of the law in a folder; `ValueError` when a text does not stand there just once."""
        for file, find, put in self.edits:
            text = (law / file).read_text(encoding="utf-8")
            if text.count(find) != 1:
                raise ValueError(f"{self.id}: the text to change stands {text.count(find)} times in {file}: {find!r}")
            (law / file).write_text(text.replace(find, put), encoding="utf-8")


@dataclass(frozen=True)
class Failure:
    """A cell that raised: its notebook, its id, and the line that raised with the error."""

    notebook: str
    cell: str
    line: str


def read_mutations(path: Path = FAULTS) -> dict[str, Mutation]:
    """The faults on file, by id."""
    data: dict[str, Any] = plain_yaml(path.read_text(encoding="utf-8"), path.name)
    found = [
        Mutation(m["id"], m["says"], tuple((e["file"], e["find"], e["put"]) for e in m["edits"]))
        for m in data["mutations"]
    ]
    return {m.id: m for m in found}


class Cells(code.InteractiveInterpreter):
    """The code cells of one notebook, run one after another with the same names."""

    raised: BaseException | None = None

    def showtraceback(self) -> None:
        self.raised = sys.exc_info()[1]

    def run(self, source: str, name: str) -> BaseException | None:
        """What the cell raised; nothing it prints is shown."""
        self.raised = None
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            self.runcode(compile(source, name, "exec"))
        return self.raised


def failures(path: Path) -> Iterator[Failure]:
    """The cells of a notebook that raise, in order."""
    cells = Cells({"__name__": "__main__"})
    for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"], start=1):
        if cell["cell_type"] != "code":
            continue
        source, name = "".join(cell["source"]), cell.get("id") or f"cell-{number:02}"
        raised = cells.run(source, name)
        if raised is not None and not isinstance(raised, NameError):
            yield Failure(path.stem, name, f"{_line(raised, source, name)} ({type(raised).__name__})")


def _line(raised: BaseException, source: str, name: str) -> str:
    trace, line = raised.__traceback__, ""
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == name:
            line = source.splitlines()[trace.tb_lineno - 1].strip()
        trace = trace.tb_next
    return line


def run(mutation: Mutation | None, notebooks: Sequence[Path], first: bool) -> list[Failure]:
    """Plants a fault (or none) in a copy of the law and runs the notebooks' code cells against it."""
    with tempfile.TemporaryDirectory(prefix="blackletter-") as scratch:
        law = Path(scratch) / "rulesets" / "us"
        shutil.copytree(find_ruleset(), law)
        if mutation is not None:
            mutation.plant(law)
        os.environ |= {RULESETS: str(law.parent), "BLACKLETTER_HOME": scratch, "MPLBACKEND": "agg"}
        load()  # the copy is law, or this raises
        beside = Path(scratch) / "notebooks"
        shutil.copytree(notebooks[0].parent, beside)
        os.chdir(beside)
        try:
            return _run_all([beside / p.name for p in notebooks], first)
        finally:
            os.chdir(ROOT)


def _run_all(notebooks: Iterable[Path], first: bool) -> list[Failure]:
    found: list[Failure] = []
    for path in notebooks:
        found += failures(path)
        if first and found:
            break
    return found


def report(mutation: Mutation, found: Sequence[Failure]) -> str:
    """What was planted and which cells noticed."""
    notebooks = len({f.notebook for f in found})
    head = f"{'caught' if found else 'MISSED'}  {mutation.id}: {len(found)} cells of {notebooks} notebooks fail"
    return "\n".join([f"{head}. {mutation.says}", *(f"    {f.notebook} {f.cell}: {f.line}" for f in found)])


def main() -> int:
    known = read_mutations()
    parser = argparse.ArgumentParser(description="Plant wrong verdicts in a copy of the law; see which cells notice.")
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all of notebooks/")
    parser.add_argument("--only", nargs="+", choices=sorted(known), metavar="ID", help="these faults only")
    parser.add_argument("--first", action="store_true", help="stop a fault at the first notebook that notices")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at a time")
    asked = parser.parse_args()

    chosen = [known[name] for name in asked.only or known]
    paths = [p.resolve() for p in asked.notebooks] or sorted(NOTEBOOKS.glob("*.ipynb"))
    spawn = multiprocessing.get_context("spawn")  # a fresh process for each fault: nothing of one law meets another
    with ProcessPoolExecutor(asked.jobs, mp_context=spawn, max_tasks_per_child=1) as pool:
        unplanted = pool.submit(run, None, paths, asked.first)
        planted = {m.id: pool.submit(run, m, paths, asked.first) for m in chosen}
        sound = unplanted.result()
        for failure in sound:
            print(f"fails under the law as it is: {failure.notebook} {failure.cell}: {failure.line}")
        caught = cells = 0
        for mutation in chosen:
            try:
                found = planted[mutation.id].result()
            except (RulesetError, ValueError) as error:
                print(f"NO LAW  {mutation.id}: {error}")
                continue
            print(report(mutation, found), flush=True)
            caught, cells = caught + bool(found), cells + len(found)
    print(f"{caught} of {len(chosen)} faults caught, {cells} cells failed, {len(paths)} notebooks")
    few = not asked.only and caught < ENOUGH
    return 1 if sound or few or caught < len(chosen) else 0


if __name__ == "__main__":
    sys.exit(main())
