"""Memory and rate of a sweep from one Parquet file to another: docs/sweep.svg, with its figures in docs/sweep.md.

python benchmarks/sweep_trace.py [--rows 10000000]: a million rows, and ten times as many up to that.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import blackletter as bl

DOCS = Path(__file__).resolve().parents[1] / "docs"
DAY = "2017-06-01"
VARIED = (
    "state", "share_status", "request_status", "savings_clause", "practice_restricts", "detainer", "release_notice",
    "jail_access", "willful", "term_1373", "term_validation", "breach_found", "notice_given", "hearing_offered",
    "milder_remedy_tried", "statute_authorizes_condition", "condition_related", "program",
)  # fmt: skip


def draw(law: Any, rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Invented hypotheticals that know every fact; springfield but for the varied facts."""
    columns: dict[str, Any] = {"preset": pd.Categorical.from_codes(np.zeros(rows, np.int8), ["springfield"])}
    for name in VARIED:
        noun = law.facts[name]
        if noun.kind == "yes or no":
            columns[name] = rng.random(rows) < 0.5
        else:
            words = list(noun.values)
            columns[name] = pd.Categorical.from_codes(rng.integers(len(words), size=rows).astype(np.int8), words)
    columns["as_of"] = pd.Categorical.from_codes(np.zeros(rows, np.int8), [DAY])
    return pd.DataFrame(columns)


def make(law: Any, path: Path, rows: int) -> None:
    """The input file, written in parts."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng, writer = np.random.default_rng(1), None
    for start in range(0, rows, 1 << 17):
        table = pa.Table.from_pandas(draw(law, min(1 << 17, rows - start), rng))
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()


def child(source: str, out: str) -> None:
    """The sweep alone, in a process of its own; says when it starts and what it did."""
    law = bl.load()
    law.code  # noqa: B018
    print("start", flush=True)
    began = time.process_time()
    done = law.sweep(source, findings="actions", wide=True, into=out, progress=False)
    spent = time.process_time() - began
    print(json.dumps({"rows": done.rows, "seconds": done.seconds, "spent": spent}), flush=True)


def trace(law: Any, rows: int, folder: Path) -> tuple[list[tuple[float, float]], dict[str, Any]]:
    """(seconds, resident MB) twice a second, and what the sweep says."""
    source, out = folder / f"in-{rows}.parquet", folder / f"out-{rows}.parquet"
    make(law, source, rows)
    command = [sys.executable, __file__, "--child", str(source), str(out)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603  this very script
    assert process.stdout is not None
    process.stdout.readline()
    began, samples = time.perf_counter(), []
    status = Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        lines = [x for x in status.read_text().splitlines() if x.startswith("VmRSS")]
        if lines:
            samples.append((time.perf_counter() - began, int(lines[0].split()[1]) / 1024))
        time.sleep(0.25)
    said = json.loads(process.stdout.read())
    sizes = source.stat().st_size / 1e6, out.stat().st_size / 1e6
    source.unlink()
    out.unlink()
    return samples, {**said, "in": sizes[0], "out": sizes[1]}


def picture(traces: dict[int, list[tuple[float, float]]], alt: str) -> None:
    """Resident memory over the share of rows done, one line a run."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(7.5, 3.2), layout="constrained")
    looks = [("#5c4a12", "--"), ("#1f4e79", "-"), ("#a33", ":")]
    for (rows, samples), (color, style) in zip(traces.items(), looks, strict=False):
        end = samples[-1][0]
        ax.plot([t / end for t, _ in samples], [m for _, m in samples], style, color=color, label=f"{rows:,} rows")
    ax.set(xlabel="share of the run", ylabel="resident memory, MB", ylim=(0, None), title="One sweep, file to file")
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, loc="lower right")
    figure.savefig(DOCS / "sweep.svg", metadata={"Description": alt, "Date": None})
    figure.savefig(Path(tempfile.gettempdir()) / "sweep.png", dpi=110)


def page(results: dict[int, dict[str, Any]], alt: str) -> str:
    lines = [
        "# A sweep, measured", "",
        "Made by `python benchmarks/sweep_trace.py`; do not edit. **One run on one machine**, shared with other work "
        f"(load average {os.getloadavg()[0]:.1f} at the end, {os.cpu_count()} cores): read the shape, and run it "
        "yourself for the figures.", "",
        f"Invented hypotheticals on {DAY} that know every fact; {len(VARIED)} facts vary. One process, Parquet in and "
        "out, every action over all its bases, one line a hypothetical, in blocks of 131,072 rows.", "",
        "| rows | seconds | of the processor | rows a second of it | in, MB | out, MB | most memory, MB "
        "| in the last tenth, MB |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|",
        *(
            f"| {n:,} | {r['seconds']:,.0f} | {r['spent']:,.1f} | {n / r['spent']:,.0f} | {r['in']:,.0f} "
            f"| {r['out']:,.0f} | {r['most']:,.0f} | {r['last']:,.0f} |" for n, r in results.items()
        ), "",
        f"![{alt}](sweep.svg)", "",
        "Most of the time goes to reading and writing Parquet. "
        "Memory is that of one block and the process, and level after the first blocks; more than the largest run "
        "was not measured. "
        "What holds for larger follows from the form of the work: blocks are read, answered and written one by one, "
        "and only the index of the output file grows. Groups stay compiled up to 256, single rows up to 20,000.",
        "",
    ]  # fmt: skip
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--child", nargs=2)
    given = parser.parse_args()
    if given.child:
        child(*given.child)
        return
    law, traces, results = bl.load(), {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for rows in (n for n in (10**6, 10**7, 10**8) if n <= given.rows):
            samples, said = trace(law, rows, Path(folder))
            tenth = max(1, len(samples) // 10)
            said |= {"most": max(m for _, m in samples), "last": max(m for _, m in samples[-tenth:])}
            traces[rows], results[rows] = samples, said
            print(rows, said)
    alt = "Resident memory during a sweep: " + "; ".join(
        f"{n:,} rows, {r['most']:,.0f} MB at most"
        for n, r in results.items()
    ) + "."  # fmt: skip
    picture(traces, alt)
    (DOCS / "sweep.md").write_text(page(results, alt), encoding="utf-8")


if __name__ == "__main__":
    main()
