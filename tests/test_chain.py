"""The chain evaluator: equal to the plain one on random theories, and safe whatever happens.

``BLACKLETTER_FUZZ=20000`` runs the long comparison; the default is 1,500 theories.
"""

from __future__ import annotations

import faulthandler
import gc
import importlib
import itertools
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from blackletter import chain, planes
from blackletter.errors import EngineError
from blackletter.theory import TRUE, Program, compile_theory, parse_theory
from random_theories import as_json, random_json, random_row

FUZZ = int(os.environ.get("BLACKLETTER_FUZZ", "1500"))
SHAPES = (
    {},
    {"cycles": True},
    {"atoms": 60, "rules": 25, "width": 48, "inputs": 0.8, "unknown": 0.05},
    {"atoms": 20, "rules": 60, "hub": 0.7},
    {"atoms": 12, "rules": 40, "cycles": True, "unknown": 0.1},
    {"unknown": 1.0},
    {"unknown": 0.0},
)

pytest.importorskip("durable_rules_engine", reason="durable_rules is not installed here")


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    """A C loop cannot be interrupted from Python; die with a trace rather than hang."""
    faulthandler.dump_traceback_later(600, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def large(seed: int, rules: int, atoms: int, **more: object) -> tuple[Program, dict]:
    rng = random.Random(seed)
    data = random_json(rng, rules=rules, atoms=atoms, width=4, exact=True, **more)
    theory, row = parse_theory(data)
    return compile_theory(theory), row


def small(seed: int, **sizes: object) -> tuple[Program, dict]:
    theory, row = parse_theory(random_json(random.Random(seed), **sizes))
    return compile_theory(theory), row


def program_of(**data: object) -> Program:
    return compile_theory(parse_theory(data)[0])


def rss_mb() -> float:
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6


def seats(program: Program) -> int:
    return len(chain._engine_of(program).seats)


# -- the same answers -----------------------------------------------------------------------------


@pytest.mark.parametrize("shape", range(len(SHAPES)))
def test_close_equals_the_plain_evaluator_on_random_theories(shape: int) -> None:
    for seed in range(shape, FUZZ, len(SHAPES)):
        data = random_json(random.Random(seed), **SHAPES[shape])
        theory, row = parse_theory(data)
        program = compile_theory(theory)
        assert chain.close(program, row) == planes.close(program, row), as_json(data)


def test_the_random_theories_reach_wide_bodies_shared_tokens_and_cycles() -> None:
    programs = [small(seed, **SHAPES[seed % len(SHAPES)])[0] for seed in range(140)]
    bodies = [body for program in programs for _, body in program.horn()]
    assert max(len(body) for body in bodies) > 2 * chain.MAX_CONDITIONS
    assert any(not program.acyclic for program in programs)
    assert any(len(program.theory.superiority) > 3 for program in programs)


def test_a_rule_with_two_hundred_conditions_fires_only_when_all_are_told() -> None:
    atoms = [f"a{n}" for n in range(200)]
    program = program_of(unknown=atoms, defeasible=[{"id": "r", "head": "p", "body": atoms}])
    with chain.Session(program, dict.fromkeys(atoms[1:], True)) as session:
        assert program.defeasible["p"] not in session.tokens
        firings = session.tell("a0", True)
    assert program.defeasible["p"] in {f.head for f in firings}
    assert any(len(f.body) == 200 for f in firings)


def test_a_token_that_six_hundred_rules_share_reaches_them_all() -> None:
    rules = [{"id": f"r{n}", "head": f"p{n}", "body": ["hub", f"a{n}"]} for n in range(600)]
    atoms = [f"a{n}" for n in range(600)]
    program = program_of(unknown=["hub", *atoms], defeasible=rules)
    with chain.Session(program, dict.fromkeys(atoms, True)) as session:
        session.tell("hub", True)
        assert {program.defeasible[f"p{n}"] for n in range(600)} <= session.tokens


def test_five_thousand_rules_are_split_and_give_the_same_tokens() -> None:
    program, row = large(5, rules=2200, atoms=1500, unknown=0.2)
    assert sum(1 for _ in program.horn()) > 5000
    assert len(chain._engine_of(program).rulesets) > 50
    assert chain.close(program, row) == planes.close(program, row)


def test_a_cycle_of_rules_may_cross_rulesets() -> None:
    count = 3 * chain.SLICE
    ring = [{"id": f"r{n}", "head": f"p{(n + 1) % count}", "body": [f"p{n}"]} for n in range(count)]
    start = {"id": "start", "head": f"p{count // 2}", "body": ["go"]}
    program = program_of(unknown=["go"], defeasible=[*ring, start])
    assert not program.acyclic
    for row in ({"go": True}, {"go": False}, {}):
        assert chain.close(program, row) == planes.close(program, row)


def test_a_large_cyclic_theory_gives_the_same_tokens() -> None:
    program, row = large(8, rules=700, atoms=400, cycles=True, unknown=0.1)
    assert chain.close(program, row) == planes.close(program, row)


# -- a live session -------------------------------------------------------------------------------


def test_telling_in_any_order_gives_the_same_tokens() -> None:
    rng = random.Random(11)
    for seed in range(40):
        program, row = small(seed, cycles=seed % 2 == 0, unknown=0.1, inputs=0.6)
        known = [(a, v) for a, v in row.items() if v is not None][:4]
        for order in rng.sample(list(itertools.permutations(known)), min(6, len(known))):
            with chain.Session(program) as session:
                for atom, value in order:
                    session.tell(atom, value)
                assert session.tokens == planes.close(program, dict(known))


@pytest.mark.parametrize("keep", [0, 30, 4000])
def test_any_sequence_of_tells_and_untells_equals_a_fresh_run(keep: int) -> None:
    for seed in range(60):
        rng = random.Random(seed)
        program, row = small(seed, **SHAPES[seed % len(SHAPES)])
        now = dict(row)
        with chain.Session(program, row, keep=keep) as session:
            for _ in range(8):
                atom = rng.choice(list(row))
                now[atom] = rng.choice((True, False, None))
                _ = session.untell(atom) if now[atom] is None else session.tell(atom, now[atom])
                assert session.tokens == planes.close(program, now)
                assert session.row == {a: v for a, v in now.items() if v is not None}


def test_edits_of_a_large_theory_equal_a_fresh_run() -> None:
    program, row = large(6, rules=1200, atoms=800, unknown=0.1)
    rng, now = random.Random(2), dict(row)
    with chain.Session(program, row, keep=1500) as session:
        for atom in rng.sample(list(row), 25):
            now[atom] = rng.choice((True, False, None))
            _ = session.untell(atom) if now[atom] is None else session.tell(atom, now[atom])
            assert session.tokens == planes.close(program, now)


def test_untell_restores_what_was_there_before_the_tell() -> None:
    for seed in range(60):
        program, row = small(seed, unknown=0.6, cycles=seed % 3 == 0)
        with chain.Session(program, row) as session:
            before = session.tokens
            for atom in [a for a, v in row.items() if v is None]:
                session.tell(atom, True)
                session.untell(atom)
                assert session.tokens == before


def test_every_firing_rests_on_what_came_before_and_each_token_has_one() -> None:
    for seed in range(80):
        program, row = small(seed, **SHAPES[seed % len(SHAPES)])
        rules = {(head, body) for head, body in program.horn()}
        with chain.Session(program, row) as session:
            for atom, value in random_row(random.Random(seed), program.theory, 0.2).items():
                _ = session.untell(atom) if value is None else session.tell(atom, value)
            proved = {TRUE, *program.given(session.row)}
            for number, firing in enumerate(session.log, 1):
                assert firing.number == number
                assert (firing.head, firing.body) in rules
                assert proved.issuperset(firing.body)
                assert firing.head not in proved
                proved.add(firing.head)
            assert proved == session.tokens


def test_tell_gives_exactly_the_new_firings() -> None:
    program, row = small(3, atoms=20, rules=40, unknown=0.9)
    with chain.Session(program, row) as session:
        for atom in row:
            before, log = session.tokens, session.log
            firings = session.tell(atom, True)
            assert session.log == (*log, *firings)
            told = set(program.given({atom: True}))
            assert {f.head for f in firings} == session.tokens - before - told


def test_telling_what_is_known_gives_nothing() -> None:
    program, _ = small(3)
    atom = program.theory.inputs[0]
    with chain.Session(program, {atom: False}) as session:
        assert session.tell(atom, False) == ()
        assert session.untell(atom) is not None
        assert session.untell(atom) == ()


def test_untell_gives_the_support_that_took_over() -> None:
    rules = [{"id": r, "head": "p", "body": [r]} for r in ("a", "b")]
    program = program_of(unknown=["a", "b"], defeasible=rules)
    with chain.Session(program, {"a": True, "b": True}) as session:
        first = next(f for f in session.log if "d p" in program.token_name(f.head))
        other = "a" if first.body == program.given({"a": True}) else "b"
        log = " ".join(chain.describe(program, f) for f in session.untell(other))
        assert log  # p now rests on the other rule
        assert program.defeasible["p"] in session.tokens


def test_wanted_proves_the_same_of_the_wanted_tokens_and_fires_less() -> None:
    program, row = large(9, rules=600, atoms=300)
    everything = planes.close(program, row)
    wanted = {t ^ side for t in list(program.defeasible.values())[-3:] for side in (0, 1)}
    with chain.Session(program, row, wanted=wanted) as part, chain.Session(program, row) as whole:
        assert part.tokens & wanted == everything & wanted
        assert part.tokens <= everything
        assert len(part.log) < len(whole.log)


def test_the_log_is_the_same_on_every_run() -> None:
    program, row = large(4, rules=300, atoms=150)
    again, _ = large(4, rules=300, atoms=150)
    with chain.Session(program, row) as one, chain.Session(again, row, keep=0) as two:
        assert one.log == two.log


def test_a_firing_is_described_in_the_words_of_the_program() -> None:
    program = program_of(unknown=["bird"], defeasible=[{"id": "r", "head": "flies", "body": ["bird"]}])
    told = chain.Firing(7, program.defeasible["flies"], program.given({"bird": True}))
    assert chain.describe(program, told).startswith("7. +")
    assert chain.describe(program, told).endswith(" from +bird")


# -- guards ---------------------------------------------------------------------------------------


def ruleset(*bodies: tuple[int, ...]) -> chain._Ruleset:
    return chain._Ruleset([chain._Rule(10**6 + 2 * n, b, b) for n, b in enumerate(bodies)])


@pytest.mark.parametrize(
    ("bodies", "message"),
    [
        ([(n,) for n in range(4096)], "4,097 rules in a ruleset: durable_rules carries 4,096"),
        ([tuple(range(16))], "16 conditions in a rule: durable_rules carries 15"),
        ([(1, n) for n in range(2, 258)], "256 rules that share one condition"),
        ([tuple(range(15 * n, 15 * n + 15)) for n in range(600)], "first-level tests in a ruleset"),
        ([(1, 2), (3, 3)], "a rule names a token twice"),
    ],
)
def test_what_the_engine_cannot_carry_is_refused_with_the_number(bodies: list[tuple[int, ...]], message: str) -> None:
    with pytest.raises(EngineError, match=message):
        ruleset(*bodies)


def test_the_largest_ruleset_the_guards_allow_runs() -> None:
    bodies = [(2 * n, 2 * n + 1) for n in range(3800)]
    largest = ruleset(*bodies, *[(1, 10_000 + n) for n in range(200)])
    offset = largest.start("s0")
    assert len(largest.fire("s0", offset, list(largest.local))) == 4000
    largest.stop("s0")


def test_names_whose_hashes_are_equal_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "_hash", lambda text: 7 if text in ("12", "s3") else hash(text))
    with pytest.raises(EngineError, match='cannot tell "s3" from "12": same hash'):
        chain._check_names.__wrapped__(40)


def test_names_of_the_largest_possible_ruleset_have_distinct_hashes() -> None:
    chain._check_names.__wrapped__(chain.MAX_TESTS * chain.GROUP)


def test_more_sessions_than_the_engine_carries_are_refused_and_closing_makes_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program, row = small(3)
    monkeypatch.setattr(chain, "MAX_SESSIONS", 5)
    held = [chain.Session(program, row) for _ in range(5)]
    with pytest.raises(EngineError, match="5 sessions of this program are open"):
        chain.Session(program, row)
    held.pop().close()
    chain.Session(program, row).close()
    assert all(session.tokens == planes.close(program, row) for session in held)


def test_a_thousand_live_sessions_of_one_program_work_side_by_side() -> None:
    program = program_of(unknown=["a"], defeasible=[{"id": "r", "head": "p", "body": ["a"]}])
    held = [chain.Session(program) for _ in range(chain.MAX_SESSIONS)]
    for number, session in enumerate(held):
        session.tell("a", number % 2 == 0)
    for number, session in enumerate(held):
        assert session.tokens == planes.close(program, {"a": number % 2 == 0})
    del session
    held.clear()
    gc.collect()
    assert seats(program) == chain.MAX_SESSIONS


def test_an_unknown_atom_is_named_with_its_neighbor() -> None:
    program = program_of(unknown=["detainer"])
    with (
        chain.Session(program) as session,
        pytest.raises(EngineError, match='did you mean "detainer"'),
    ):
        session.tell("detaner", True)


def test_a_value_that_is_not_true_or_false_is_refused() -> None:
    program = program_of(unknown=["detainer"])
    with chain.Session(program) as session, pytest.raises(EngineError, match="True or False"):
        session.tell("detainer", None)


def test_a_closed_session_can_be_read_but_not_told() -> None:
    program, row = small(3)
    session = chain.Session(program, row)
    tokens, log = session.tokens, session.log
    session.close()
    session.close()
    assert (session.tokens, session.log) == (tokens, log)
    with pytest.raises(EngineError, match="this session is closed"):
        session.tell(program.theory.inputs[0], True)


def test_a_session_interrupted_and_closed_is_not_read_half_done(monkeypatch: pytest.MonkeyPatch) -> None:
    program = program_of(unknown=["a", "b"], defeasible=[{"id": "r", "head": "p", "body": ["a", "b"]}])
    session = chain.Session(program, {"a": True})

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(chain._Ruleset, "fire", interrupted)
    with pytest.raises(KeyboardInterrupt):
        session.tell("b", True)
    session.__exit__()
    with pytest.raises(EngineError, match="this session is closed"):
        _ = session.tokens


def test_a_missing_library_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(f"undefined symbol in {name}")

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(EngineError, match=r"Python 3\.11 or 3\.12") as caught:
        chain._library.__wrapped__()
    assert 'pip install "durable_rules==2.0.28"' in str(caught.value)
    assert "planes.close gives the same tokens" in str(caught.value)


# -- whatever happens -----------------------------------------------------------------------------


def test_memory_is_flat_over_many_evaluations() -> None:
    program, row = small(21, atoms=20, rules=60, unknown=0.1)
    rounds = max(600, FUZZ)
    for _ in range(300):
        chain.close(program, row)
    before = rss_mb()
    for _ in range(rounds):
        chain.close(program, row)
    assert rss_mb() - before < 3
    assert seats(program) == chain.MAX_SESSIONS


def test_memory_is_flat_over_many_edits_of_one_session() -> None:
    program, row = small(21, atoms=20, rules=60, unknown=0.1)
    with chain.Session(program, row) as session:
        for number in itertools.chain(range(300), [None], range(max(600, FUZZ))):
            if number is None:
                before = rss_mb()
                continue
            session.tell(list(row)[number % len(row)], number % 3 == 0)
    assert rss_mb() - before < 3


def test_memory_is_flat_over_many_programs() -> None:
    for number in range(400):
        if number == 100:
            gc.collect()
            before = rss_mb()
        program, row = small(21, atoms=20, rules=60, unknown=0.1)
        chain.close(program, row)
    gc.collect()
    assert rss_mb() - before < 10  # leaking them would take 50


def test_a_program_and_its_sessions_are_freed_when_nothing_holds_them() -> None:
    known = len(chain._engines)
    program, row = small(3)
    session = chain.Session(program, row)
    assert len(chain._engines) == known + 1
    del program
    gc.collect()
    assert session.untell(next(iter(row))) is not None
    del session
    gc.collect()
    assert len(chain._engines) == known


def test_threads_may_share_a_session_and_a_program() -> None:
    program, row = large(12, rules=300, atoms=200, unknown=0.0)
    shared, faults = chain.Session(program), []
    parts = [list(row.items())[n::4] for n in range(4)]

    def work(part: list[tuple[str, bool]]) -> None:
        try:
            for atom, value in part:
                shared.tell(atom, not value)
                shared.tell(atom, value)
            assert chain.close(program, row) == planes.close(program, row)
        except BaseException as error:  # noqa: BLE001 - reported below, from the main thread
            faults.append(error)

    threads = [threading.Thread(target=work, args=(part,)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert shared.tokens == planes.close(program, row)
    shared.close()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs POSIX timers")
def test_an_interrupt_anywhere_leaves_the_session_whole() -> None:
    program, row = large(13, rules=300, atoms=200)
    rng, caught = random.Random(5), 0
    session = chain.Session(program, row)
    old = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        for _ in range(150):
            before, atom, value = session.row, rng.choice(list(row)), rng.random() < 0.5
            try:
                signal.setitimer(signal.ITIMER_REAL, rng.uniform(2e-5, 4e-3))
                session.tell(atom, value)
                time.sleep(0.005)
            except KeyboardInterrupt:
                caught += 1
            assert session.row in (before, {**before, atom: value})
            assert session.tokens == planes.close(program, session.row)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    assert caught > 100
    session.close()
    assert chain.close(program, row) == planes.close(program, row)


def test_an_interrupt_just_after_a_ruleset_opened_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    program = program_of(unknown=["a", "b"], defeasible=[{"id": "r", "head": "p", "body": ["a", "b"]}])
    session, start = chain.Session(program), chain._Ruleset.start

    def interrupted(self: chain._Ruleset, seat: str) -> int:
        start(self, seat)
        raise KeyboardInterrupt

    monkeypatch.setattr(chain._Ruleset, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        session.tell("a", True)
    session.__exit__()
    library, opened = chain._library(), chain._engine_of(program).rulesets[0]
    with pytest.raises(library.error, match="309"):  # no such session
        library.delete_state(opened._handle, session._seat)


def close_until_interrupted(program: Program, row: dict, after: float) -> None:
    signal.setitimer(signal.ITIMER_REAL, after)
    while True:
        chain.close(program, row)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs POSIX timers")
def test_an_interrupted_close_gives_its_place_back() -> None:
    program, row = large(14, rules=300, atoms=200)
    chain.close(program, row)
    rng, old = random.Random(6), signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        for _ in range(60):
            with pytest.raises(KeyboardInterrupt):
                close_until_interrupted(program, row, after=rng.uniform(2e-5, 6e-3))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    gc.collect()
    assert seats(program) > chain.MAX_SESSIONS - 10
    assert chain.close(program, row) == planes.close(program, row)


SCRIPT = """
    import gc, random, sys
    from random_theories import random_json
    from blackletter import chain, planes
    from blackletter.theory import compile_theory, parse_theory
    held = []
    for seed in range(60):
        theory, row = parse_theory(random_json(random.Random(seed), atoms=25, rules=70, hub=0.5))
        program = compile_theory(theory)
        session = chain.Session(program, row, keep=seed % 3 * 200)
        for atom in row:
            session.untell(atom)
        for atom, value in row.items():
            if value is not None:
                session.tell(atom, value)
        assert session.tokens == planes.close(program, row)
        if seed % 3 == 0:
            held.append(session)
        elif seed % 3 == 1:
            session.close()
    del session, program
    gc.collect()
    print("sound", len(held))
"""


def test_a_process_that_leaves_sessions_open_ends_without_a_crash() -> None:
    paths = [str(Path(chain.__file__).parents[1]), str(Path(__file__).parent)]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "MALLOC_PERTURB_": "85",  # freed memory is overwritten: its use would crash
        "PYTHONFAULTHANDLER": "1",
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(SCRIPT)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "sound 20\n", "")


def test_importing_the_package_does_not_import_the_engine() -> None:
    code = "import blackletter.chain, sys; sys.exit('durable_rules_engine' in sys.modules)"
    path = str(Path(chain.__file__).parents[1])
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, check=False)
    assert done.returncode == 0
