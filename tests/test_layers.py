"""Who may import whom: the pipeline points one way, and heavy libraries wait until they are used."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import blackletter

PACKAGE = Path(blackletter.__file__).parent
ORDER = [
    "errors", "verify", "model", "atoms", "theory", "draft", "orders", "questions", "gates", "codify", "ruleset",
    "reader", "planes", "chain", "hypothetical", "findings", "exact", "completions", "desk", "choices", "statement",
    "timeline", "forum", "verdicts", "circuits", "columns", "frames", "blocks", "sweeper", "streams", "cluster",
    "sweeps", "money", "sample", "space", "invariants", "dials", "change", "interview", "diff", "amend", "definitions",
    "claims", "watch", "wording", "leads", "argue", "whynot",
    "views", "pages", "tables", "graph", "tiles", "strip", "compare", "proof", "exports", "files", "document", "memo",
    "exercises", "sheets", "classroom", "splits", "matrix", "docket", "coverage", "check", "bench",
]  # fmt: skip
"""Each module imports, at import time, only modules to its left (`ruleset` opens doors to the right lazily)."""


def imports(path: Path) -> set[str]:
    """The modules of this package that a module imports when it is itself imported."""
    found: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            found |= {node.module.split(".")[0]} if node.module else {a.name for a in node.names}
    return found


def test_modules_import_only_what_comes_before_them() -> None:
    for position, name in enumerate(ORDER):
        late = imports(PACKAGE / f"{name}.py") & set(ORDER[position:])
        assert not late, f"{name} imports {late}"


def test_presentation_never_imports_an_evaluator() -> None:
    for path in [PACKAGE / "views.py", PACKAGE / "strip.py", *sorted((PACKAGE / "widgets").glob("*.py"))]:
        assert not {"planes", "chain", "exact", "completions"} & imports(path), path


def test_only_chain_imports_the_rules_engine() -> None:
    users = [p.name for p in PACKAGE.rglob("*.py") if "durable_rules_engine" in p.read_text()]
    assert ["chain.py"] == users


def test_importing_the_package_imports_nothing_heavy() -> None:
    heavy = ("numpy", "pandas", "durable", "ipywidgets", "pydantic", "oxidd")
    code = f"import sys, blackletter; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]" == done.stdout.strip()
