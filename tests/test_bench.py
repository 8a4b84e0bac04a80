"""What is measured, and that peers answer as we do; never how fast."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import blackletter as bl
from blackletter import bench, planes
from blackletter.ruleset import Ruleset
from blackletter.theory import compile_theory
from random_theories import random_row, random_theory

OURS = {
    "import blackletter",
    "ask: whole board, every fact and reading stated",
    "ask: whole board, every fact stated, readings open (exact)",
    "ask: whole board, every fact unknown (exact)",
    "ask: the same on 2025-11-10 (exact)",
    "sweep: kernel, every gate of the whole law, complete rows",
    "sweep: kernel, every gate of the whole law, a tenth of the facts unknown",
    "sweep: from a DataFrame, actions over all their bases, complete rows",
    "sweep: from a DataFrame, every action and basis, complete rows",
    "sweep: from a DataFrame, every finding, city choices too, complete rows",
    "sweep: from a DataFrame, every finding, city choices too, a tenth of seven facts missing",
    "space: ",
    "memory in the last tenth of 3 asks",
}


@pytest.fixture(scope="module")
def law() -> Ruleset:
    return bl.load()


@pytest.fixture(scope="module")
def case(law: Ruleset) -> Any:
    """One basis, with random rows."""
    peers, rules = bench.outside("peers"), bench.outside("rules")
    name, literals = next(iter(peers.parts(law).items()))
    return peers.Case(law, name, rules.part(law, literals), bench.Sizes(rows=256, asks=1, repeat=1))


def test_the_command_gives_every_row_of_the_contract_with_positive_values() -> None:
    small = ["--rows", "256", "--asks", "3", "--repeat", "1", "--json"]
    command = [sys.executable, "-c", "from blackletter.cli import main; main()", "bench", *small]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert 0 == done.returncode, done.stderr
    rows = json.loads(done.stdout)["rows"]
    assert all({"what", "value", "unit", "ratio_to", "ratio"} == set(row) for row in rows)
    assert [] == [name for name in OURS if not any(row["what"].startswith(name) for row in rows)]
    assert [] == [
        row for row in rows if not (row["value"] > 0 and row["ratio"] > 0 and row["unit"] and row["ratio_to"])
    ]


def test_the_libraries_of_diagrams_are_compared_on_the_functions_of_the_law(law: Ruleset) -> None:
    diagrams = bench.outside("diagrams")
    library = diagrams.Library("oxidd", 1 << 20)
    found = diagrams.run_law(library, law)
    assert len({library.count(f, diagrams.LAW_VARIABLES) for f in found}) > len(law.bases)


def test_a_space_of_the_bench_has_more_policies_than_two_to_the_twentieth(law: Ruleset) -> None:
    measured = bench._space(law, 1)
    assert int(measured.what.split()[1].replace(",", "")) > 1 << 20


def test_random_cities_are_the_same_each_time_and_forget_the_share_asked_for(law: Ruleset) -> None:
    first, again = bench.draw(law, 64, 0.5), bench.draw(law, 64, 0.5)
    assert set(law.code.atoms) == set(first)
    assert all((first[a][0] == again[a][0]).all() for a in first)
    share = sum(known.mean() for _, known in first.values()) / len(first)
    assert 0.2 < share < 0.8
    assert all(known.all() for _, known in bench.draw(law, 64).values())


def test_a_part_of_the_program_answers_as_the_whole(law: Ruleset, case: Any) -> None:
    whole = law.code.program
    for row in case.rows(0.2):
        expected = planes.close(whole, row)
        found = planes.close(case.program, row)
        for literal, token in case.program.defeasible.items():
            assert (whole.defeasible[literal] in expected) == (token in found)


PEERS = [peer for group in ("COMPLETE", "UNKNOWN") for peer in getattr(bench.outside("one_by_one"), group)]


@pytest.mark.parametrize("engine", PEERS, ids=lambda peer: peer.__name__)
def test_peers_answer_every_row_as_we_do(case: Any, engine: Any) -> None:
    if engine.needs:
        pytest.importorskip(engine.needs, reason=f"{engine.needs} is in the extra 'peers'")
    peer = engine(case.rules)
    for row in case.rows(0.3 if engine.unknowns else 0.0)[:12]:
        assert case.ours(row) == peer.answer(case.worded(row))


@pytest.mark.parametrize("engine", PEERS, ids=lambda peer: peer.__name__)
def test_peers_answer_random_theories_as_we_do(engine: Any) -> None:
    if engine.needs:
        pytest.importorskip(engine.needs, reason=f"{engine.needs} is in the extra 'peers'")
    rules, rng = bench.outside("rules"), random.Random(7)
    for _ in range(15):
        theory, _ = random_theory(rng, atoms=8, rules=14)
        program = compile_theory(theory)
        exported, wanted = rules.export(program), rules.outputs_of(program)
        words = dict(zip(program.inputs, exported.inputs, strict=True))
        row = random_row(rng, theory, 0.3 if engine.unknowns else 0.0)
        held = planes.close(program, row)
        expected = tuple(True if t in held else False if t ^ 1 in held else None for t in wanted)
        assert expected == engine(exported).answer({words[a]: v for a, v in row.items()})


def test_openfisca_answers_a_population_as_we_do(case: Any) -> None:
    pytest.importorskip("openfisca_core", reason="openfisca_core is in the extra 'peers'")
    _, _, theirs, _, beside = case._openfisca()
    for measured in (theirs, beside):
        assert "WRONG" not in measured.what
        assert measured.value > 0


@pytest.mark.parametrize("unknown", [0.0, 0.1])
def test_the_loop_in_c_answers_as_the_kernel_does(case: Any, unknown: float) -> None:
    if not bench.outside("populations").compiler():
        pytest.skip("no C compiler on this machine")
    _, limit = case._machine("", unknown, 256)
    assert "WRONG" not in limit.what


def test_a_peer_that_answers_differently_is_counted() -> None:
    assert 1 == bench.outside("peers").differences([(True,), (None,)], [(True,), (False,)])


def test_the_page_and_the_picture_say_every_row(tmp_path: Path) -> None:
    base = "blackletter planes, one row, complete (one basis)"
    rows = [
        bench.Measure("import blackletter", 50.0, "ms", "budget: under 0.3 s", 0.17),
        bench.Measure(base, 80.0, "us a row", base, 1.0),
        bench.Measure("a peer, complete (one basis): WRONG in 3 of 40 rows", 160.0, "us a row", base, 2.0),
    ]
    bench.outside("page").write(rows, tmp_path)
    page, picture = (tmp_path / "bench.md").read_text(), (tmp_path / "bench.svg").read_text()
    assert "| import blackletter | 50.0 | ms | 0.170 | budget: under 0.3 s |" in page
    assert "| a peer, complete: **WRONG** in 3 of 40 rows | 160 | µs a row | 2.00 |" in page
    assert "a peer: WRONG in 3 of 40 rows" in picture
