"""The regression vectors of April 2017, as data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import blackletter as bl
from blackletter.argue import OPEN, SHOWN, Teller

ROWS = yaml.load((Path(__file__).parent / "vectors" / "april-2017.yaml").read_text(), Loader=yaml.BaseLoader)  # noqa: S506


@pytest.fixture(scope="module")
def law() -> Any:
    return bl.load()


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r["id"])
def test_the_vector_holds(law: Any, row: dict[str, Any]) -> None:
    city = law.hypothetical(row["preset"], **row["facts"])
    board = law.ask(city)
    for key, expected in row["finds"].items():
        if " " not in key:
            status = Teller(law.code, city).status(key)
            assert expected == {SHOWN: "yes", OPEN: "unknown"}.get(status, "no")
            continue
        finding = board[tuple(key.split())]
        assert expected == finding.verdict
        if finding.gates:
            assert {"authority", "constitution", "orders", "award"} == set(finding.gates)
        for gate, value in row.get("gates", {}).items():
            assert value == finding.gates[gate].value, gate
            assert finding.gates[gate].by
        found = {" and ".join(f"{q} = {r}" for q, r in x.assume.items()): x.verdict for x in finding.readings}
        for reading, verdict in row.get("readings", {}).items():
            assert verdict == found[reading]
