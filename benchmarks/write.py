"""Measures everything and writes ``docs/bench.md`` and ``docs/bench.svg``: ``python benchmarks/write.py [options]``.

The same as ``blackletter bench --peers --write docs``, from any folder; options are those of ``blackletter bench``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from blackletter.cli import main

if __name__ == "__main__":
    docs = Path(__file__).resolve().parents[1] / "docs"
    sys.argv = ["blackletter", "bench", "--peers", "--write", str(docs), *sys.argv[1:]]
    main()
