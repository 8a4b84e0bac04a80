"""Many rows at once give each row what it gets alone, whatever the block, the columns' form or the unknowns."""

from __future__ import annotations

import gc
import random
import subprocess
import sys
import tracemalloc
from typing import Any

import numpy as np
import pytest

from blackletter import planes
from blackletter.errors import EngineError
from blackletter.planes import Sweep, close, pack, sweep, unpack
from blackletter.theory import FALSE, TRUE, Program, compile_theory, parse_theory
from random_theories import random_json, random_row


def program_of(**data: Any) -> Program:
    return compile_theory(parse_theory(data)[0])


def a_program(seed: int, **sizes: Any) -> Program:
    return compile_theory(parse_theory(random_json(random.Random(seed), **sizes))[0])


def rows_of(program: Program, rng: random.Random, count: int, unknown: float) -> list[dict[str, bool | None]]:
    return [random_row(rng, program.theory, unknown) for _ in range(count)]


def columns_of(program: Program, rows: list[dict[str, bool | None]]) -> dict[str, Any]:
    return {a: (pack([r[a] is True for r in rows]), pack([r[a] is False for r in rows])) for a in program.inputs}


def tokens_by_row(swept: Any, rows: int) -> list[set[int]]:
    bits = np.array([unpack(words, rows) for words in swept])
    return [set(np.flatnonzero(row).tolist()) for row in bits.T]


@pytest.mark.parametrize("rows", [0, 1, 63, 64, 65, 200])
def test_unpacking_undoes_packing(rows: int) -> None:
    column = np.random.default_rng(rows).random(rows) < 0.5
    assert column.tolist() == unpack(pack(column), rows).tolist()
    assert -(-rows // 64) == pack(column).size


@pytest.mark.parametrize("unknown", [0.0, 0.01, 0.4])
@pytest.mark.parametrize("cycles", [False, True])
def test_each_row_of_a_sweep_gets_the_tokens_it_gets_alone(cycles: bool, unknown: float) -> None:
    for seed in range(40):
        program, rng = a_program(seed, cycles=cycles), random.Random(seed)
        rows = rows_of(program, rng, rng.choice([1, 63, 64, 65, 150]), unknown)
        every_token = Sweep(program, range(2 * len(program.nodes)), block=rng.choice([0, 1, 2]))
        swept = every_token(columns_of(program, rows), len(rows))
        assert [set(close(program, row)) for row in rows] == tokens_by_row(swept, len(rows))


def test_asking_for_few_tokens_gives_the_same_planes_as_asking_for_all() -> None:
    for seed in range(60):
        program, rng = a_program(seed, atoms=16, rules=30), random.Random(seed)
        rows = rows_of(program, rng, 70, rng.choice([0, 0.3]))
        columns, every = columns_of(program, rows), range(2 * len(program.nodes))
        few = [*rng.sample(every, 4), TRUE, FALSE]
        assert sweep(program, every, columns, 70)[few].tolist() == sweep(program, few, columns, 70).tolist()


def test_a_column_may_be_a_pair_one_plane_or_one_value() -> None:
    program = program_of(
        unknown=["a", "b", "c"],
        defeasible=[{"id": "r", "head": "p", "body": ["a", "~b"]}],
        defeaters=[{"id": "s", "head": "~p", "body": ["c"]}],
    )
    wanted, a = [program.defeasible["p"], program.defeasible["p"] ^ 1], pack([1, 1, 0])
    pair = (a, pack([0, 0, 1]))
    assert [[3], [4]] == sweep(program, wanted, {"a": pair, "b": False, "c": False}, 3).tolist()
    assert [[3], [4]] == sweep(program, wanted, {"a": a, "b": pack([0, 0, 0]), "c": False}, 3).tolist()
    assert [[0], [4]] == sweep(program, wanted, {"a": a, "b": False, "c": None}, 3).tolist()
    assert [[0], [4]] == sweep(program, wanted, {"a": a, "b": False, "elsewhere": True}, 3).tolist()


def test_rows_past_the_last_are_never_proved() -> None:
    program = program_of(unknown=["a"])
    shown, refuted = sweep(program, [program.inputs["a"] * 2, program.inputs["a"] * 2 + 1], {"a": pack([1])}, 1)
    assert ([1], [0]) == (shown.tolist(), refuted.tolist())
    assert [[(1 << 63) - 1]] == sweep(program, [TRUE], {}, 63).tolist()


def test_a_stream_gives_each_part_the_planes_it_gets_alone() -> None:
    program, rng = a_program(3), random.Random(3)
    parts = [rows_of(program, rng, count, share) for count, share in ((5, 0), (130, 0.3), (64, 0))]
    given = [(columns_of(program, rows), len(rows)) for rows in parts]
    every = range(2 * len(program.nodes))
    streamed = [part.tolist() for part in Sweep(program, every).stream(iter(given))]
    assert [sweep(program, every, *part).tolist() for part in given] == streamed


def test_no_rows_give_empty_planes() -> None:
    assert (1, 0) == sweep(program_of(unknown=["a"]), [2], {"a": pack([])}, 0).shape


@pytest.mark.parametrize("plane", [np.zeros(2, np.uint64), np.zeros(1, bool), [1, 2]])
def test_a_plane_of_the_wrong_size_or_sort_is_refused(plane: Any) -> None:
    with pytest.raises(EngineError, match='plane of "a" is not 1 words of uint64'):
        sweep(program_of(unknown=["a"]), [2], {"a": plane}, 3)


def test_a_row_that_an_atom_both_shows_and_refutes_is_refused() -> None:
    with pytest.raises(EngineError, match='both shows and refutes "a"'):
        sweep(program_of(unknown=["a"]), [2], {"a": (pack([1, 0]), pack([1, 0]))}, 2)


def test_complete_blocks_take_one_plane_a_node() -> None:
    every_token = Sweep(program := a_program(1, atoms=30, rules=60), range(2 * len(program.nodes)))
    assert every_token.single is not None
    assert len(every_token.single.steps) < 0.9 * len(every_token.dual.steps)


def test_a_long_chain_of_rules_needs_few_planes() -> None:
    chain = [{"id": f"r{n}", "head": f"p{n + 1}", "body": [f"p{n}", f"f{n}"]} for n in range(200)]
    program = program_of(unknown=["p0", *(f"f{n}" for n in range(200))], defeasible=chain)
    single = Sweep(program, [program.defeasible["p200"]]).single
    assert single is not None
    assert single.slots <= 3


def test_memory_beyond_the_answer_does_not_grow_with_the_rows() -> None:
    program = a_program(1, atoms=30, rules=60)
    every_token = Sweep(program, [max(program.defeasible.values())], block=64)

    def peak(rows: int) -> int:
        columns = dict.fromkeys(program.inputs, np.zeros(rows // 64, np.uint64))
        tracemalloc.start()
        every_token(columns, rows)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found - rows // 8

    peak(64 * 64)
    assert peak(64 * 64 * 64) < 1.5 * peak(64 * 64) + 20_000


def test_the_index_of_one_row_goes_with_its_program() -> None:
    program = a_program(5)
    close(program, {})
    gc.collect()  # programs of other tests, which went before
    kept = len(planes._horn_indexes)
    del program
    gc.collect()
    assert kept - 1 == len(planes._horn_indexes)


def test_importing_the_module_does_not_import_numpy() -> None:
    code = "import sys, blackletter.planes; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
