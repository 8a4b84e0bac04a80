"""Run notebooks again and save them so that a second run writes the same bytes.

    python scripts/refresh_notebooks.py            # every notebook in notebooks/
    python scripts/refresh_notebooks.py --check    # change nothing; fail if a refresh would

A saved notebook keeps what its cells show and nothing that varies from run to run: no widget
state, no model ids, no timing, no exact Python version.
"""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"}
CELL_SECONDS = 120


def refreshed(path: Path) -> str:
    """The text this notebook has after a run in a fresh kernel."""
    notebook = nbformat.read(path, as_version=4)
    run(notebook, beside=path.parent)
    return settled(notebook)


def run(notebook: NotebookNode, beside: Path) -> None:
    """Execute every cell, in the kernel of this very environment."""
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=["--log-level=ERROR"],  # a kernel on loopback need not warn about encryption
        resources={"metadata": {"path": str(beside)}},
    ).execute()


def settled(notebook: NotebookNode) -> str:
    """The notebook as text, without what varies from run to run."""
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": LANGUAGE})
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number:02}"
        keep_only_tags(cell)
        for output in cell.get("outputs", []):
            forget_widget(output)
    nbformat.validate(notebook)
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def keep_only_tags(cell: NotebookNode) -> None:
    tags = cell.metadata.get("tags")
    cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})


def forget_widget(output: NotebookNode) -> None:
    """Drop a widget's view, whose model is not saved: readers get its text and HTML instead."""
    shown = output.get("data", {})
    if len(shown) > 1:
        shown.pop(WIDGET_VIEW, None)


def difference(path: Path, fresh: str) -> str:
    """What a refresh would change, as a short diff; empty when nothing."""
    saved = path.read_text(encoding="utf-8")
    lines = difflib.unified_diff(saved.splitlines(), fresh.splitlines(), str(path), "refreshed", lineterm="", n=1)
    return "\n".join(list(lines)[:40]) or ("" if saved == fresh else f"{path}: line endings differ")


def main() -> int:
    parser = argparse.ArgumentParser(description="Run notebooks again and save their outputs.")
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all of notebooks/")
    parser.add_argument("--check", action="store_true", help="change nothing; fail on a difference")
    asked = parser.parse_args()

    stale = 0
    for path in asked.notebooks or sorted(NOTEBOOKS.glob("*.ipynb")):
        fresh = refreshed(path)
        changed = difference(path, fresh)
        stale += bool(changed)
        if changed and asked.check:
            print(changed)
        elif changed:
            path.write_text(fresh, encoding="utf-8")
        print(f"{'stale' if changed and asked.check else 'fresh'}  {path.name}")
    if stale and asked.check:
        print(f"{stale} stale: run `make refresh` and read the diff", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
