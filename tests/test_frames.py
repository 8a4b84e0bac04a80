"""A frame answered at once is each row asked alone; errors say where; blocks survive interruption and lost workers."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import blackletter as bl
from blackletter import streams
from blackletter.blocks import Block
from blackletter.circuits import numbered
from blackletter.errors import EngineError, FactError
from blackletter.frames import Reader, finding_keys
from blackletter.planes import pack
from blackletter.ruleset import Ruleset
from blackletter.sweeper import Sweeper
from blackletter.verdicts import verdict_words

ROWS = int(os.environ.get("BLACKLETTER_SWEEP_ROWS", "80"))
DAYS = ("2017-04-26", "2017-06-01", "2018-06-01", "2019-11-05", "2025-06-01")


@pytest.fixture(scope="module")
def law() -> Ruleset:
    return bl.load()


def a_day(rng: random.Random) -> str:
    return str(pd.Timestamp("2016-01-01").date() + pd.Timedelta(days=rng.randrange(3700)))[:10]


def a_cell(law: Ruleset, fact: str, rng: random.Random, unknown: float) -> Any:
    noun = law.facts[fact]
    if rng.random() < unknown:
        return None
    if noun.kind == "yes or no":
        return rng.random() < 0.5
    if noun.kind == "one of":
        return rng.choice(list(noun.values))
    if noun.kind == "number":
        low, high = noun.least or 0, noun.most or 1000
        if noun.whole:
            return rng.randint(int(low), int(high))
        return rng.choice([low, high, 48.0 if high > 48 > low else low, low + (high - low) * rng.random()])
    if noun.kind == "date":
        return "never" if noun.never and rng.random() < 0.2 else a_day(rng)
    more = ["unknown"] if fact == "party_to" and rng.random() < 0.3 else []
    return ",".join([*rng.sample(list(law.suits), rng.choice([0, 1, 3])), *more]) or "none"


def a_row(law: Ruleset, rng: random.Random) -> dict[str, Any]:
    """Every column: some rows complete, some with gaps, on labelled days and others."""
    unknown = rng.choice([0, 0, 0.02, 0.05, 0.1])
    row = {fact: a_cell(law, fact, rng, unknown) for fact in law.facts if fact != "circuit"}
    row["as_of"] = rng.choice([*DAYS, a_day(rng)])
    row["acted_on"] = rng.choice([row["as_of"], row["as_of"], row["acted_on"]])
    if row["party_to"] is not None:
        row["not_party_to"] = "none"
    row["preset"] = rng.choice([None, "springfield", "philadelphia"])
    row["award"] = rng.choice([None, None, *law.awards])
    return row


def asked(law: Ruleset, row: Any, keys: Any) -> list[str]:
    """What each finding of a row is when it is asked alone."""
    given = {k: v for k, v in row.items() if not (v is None or v != v)}
    gaps = {k: "unknown" for k in row if k not in given and k in law.facts}
    suits = {k: "" for k, v in given.items() if k in ("party_to", "not_party_to") and v == "none"}
    facts = {k: v for k, v in (given | gaps | suits).items() if k in law.facts or k in ("as_of", "award")}
    board = law.ask(law.hypothetical(given.get("preset"), **facts))
    return [board[key].verdict if key[1] else board.actions[key[0]].verdict for key in keys]


def swept(law: Ruleset, frame: pd.DataFrame, keys: Any) -> list[list[str]]:
    """By compiled groups, however few rows they have."""
    out = np.empty((len(keys), len(frame)), dtype=np.int8)
    Block(Reader(law, keys, few=0), frame).verdicts(out)
    words = verdict_words(law)
    return [[words[n] for n in column] for column in out.T]


@pytest.mark.parametrize("group", [7, 40, 100, 1000])
def test_row_groups_of_any_size_are_read_in_whole_blocks(law: Ruleset, tmp_path: Path, group: int) -> None:
    rng = random.Random(group)
    states = [rng.choice(list(law.facts["state"].values)) for _ in range(330)]
    frame = pd.DataFrame({"preset": "springfield", "state": states, "row": range(330)})
    path = tmp_path / "in.parquet"
    frame.to_parquet(path, row_group_size=group, index=False)
    parts = list(streams.source_of(law, path, 100).parts(0))
    assert [100, 100, 100, 30] == [len(part) for part in parts]
    pd.testing.assert_frame_equal(frame, pd.concat(parts).astype({"preset": str, "state": str}).reset_index(drop=True))


def test_rows_that_may_be_parties_to_more_suits_are_a_group_of_their_own(law: Ruleset) -> None:
    keys = finding_keys(law, only=["add_condition"])
    suits = (
        "none",
        "unknown",
        "philadelphia-v-sessions",
        "philadelphia-v-sessions,unknown",
        "santa-clara-v-noem,unknown",
    )
    row = {"preset": "philadelphia", "as_of": "2025-12-15", "award": "dhs-disaster-fy2025"}
    frame = pd.DataFrame([{**row, "party_to": named} for named in suits * 2])
    found = swept(law, frame, keys)
    alone = [asked(law, row, keys) for row in frame.to_dict("records")]
    assert alone == found
    assert 3 == len(set(map(tuple, alone)))


def test_every_row_of_a_sweep_gets_what_it_gets_alone(law: Ruleset) -> None:
    """Random rows with unknowns, every column; raise BLACKLETTER_SWEEP_ROWS for more.

    Rows come in tens that know the same facts on the same days, each ten compiled as one group.
    """
    rng = random.Random(20170425)
    keys = finding_keys(law) + finding_keys(law, "actions")
    for _ in range(max(1, ROWS // 40)):
        rows = [row for _ in range(4) for row in like(law, a_row(law, rng), rng, 10)]
        left_out = {fact for fact in law.facts if rng.random() < rng.choice([0, 0.2])}
        frame = pd.DataFrame([{k: v for k, v in row.items() if k not in left_out} for row in rows])
        found = swept(law, frame, keys)
        for at, row in enumerate(frame.to_dict("records")):
            assert dict(zip(keys, asked(law, row, keys), strict=True)) == dict(zip(keys, found[at], strict=True)), row


def like(law: Ruleset, row: dict[str, Any], rng: random.Random, count: int) -> Iterator[dict[str, Any]]:
    """The row, and others that know the same facts and start from the same preset and award."""
    yield row
    kept = {"as_of", "acted_on", "preset", "award", "not_party_to"}
    for _ in range(count - 1):
        yield {
            k: v if v is None or k in kept or (law.facts[k].kind == "date" and rng.random() < 0.5)
            else a_cell(law, k, rng, 0) for k, v in row.items()
        }  # fmt: skip


def test_rows_that_differ_only_in_stated_values_are_one_group(law: Ruleset) -> None:
    """Complete rows over every value of a few facts, against asking each."""
    rng = random.Random(7)
    names = ("state", "detainer", "term_1373", "program", "hold_hours", "share_status", "validation_due")
    rows = [{"as_of": "2018-06-01", **{n: a_cell(law, n, rng, 0) for n in names}} for _ in range(40)]
    frame = pd.DataFrame([{"preset": "springfield", **row} for row in rows])
    keys = finding_keys(law)
    reader = Reader(law, keys, few=0)
    out = np.empty((len(keys), len(frame)), dtype=np.int8)
    Block(reader, frame).verdicts(out)
    assert len(reader._compiled) == 1
    words = verdict_words(law)
    for at, row in enumerate(frame.to_dict("records")):
        assert asked(law, row, keys) == [words[n] for n in out[:, at]]


@pytest.mark.parametrize("words", [[7], [7, 0], [3, 9, 5, 14, 0]])
def test_planes_that_exclude_each_other_become_the_numbers_of_their_words(words: list[int]) -> None:
    """Numbers that are no powers of two, in rows that fill no whole byte."""
    rng = np.random.default_rng(5)
    chosen = rng.integers(len(words), size=203)
    planes = [pack(chosen == n) for n in range(1, len(words))]
    found = numbered(planes, words, np.empty((2, 4 * 8), dtype=np.uint64))
    assert [words[n] for n in chosen] == found[:203].tolist()


def test_rows_with_different_gaps_are_one_group(law: Ruleset) -> None:
    """Gaps in facts that bind each other and in forms of choices; presets and awards that state different facts."""
    rng = random.Random(11)
    names = ("detainer", "release_notice", "ask_status", "share_status", "program", "agency", "award_kind", "term_1373",
             "actor", "hold_hours", "willful", "agreement_287g")  # fmt: skip
    shared = {"as_of": "2018-06-01", "party_to": "none", "not_party_to": "none", "term_validation": "no"}
    shared |= {"accepted_on": "2017-09-01", "term_known_on": "2017-07-25", "validation_due": "never", "state": "IL",
               "validation_submitted_on": "never"}  # fmt: skip
    starts = (
        ("springfield", None),
        ("springfield", "transit"),
        ("philadelphia", None),
        ("chicago", "byrne-jag-fy2016"),
    )
    rows = [
        {**shared, **dict(zip(("preset", "award"), rng.choice(starts), strict=True)),
         **{n: a_cell(law, n, rng, rng.choice([0, 0.1, 0.5])) for n in names}} for _ in range(30)
    ]  # fmt: skip
    frame, keys = pd.DataFrame(rows), finding_keys(law) + finding_keys(law, "actions")
    reader, out = Reader(law, keys, few=0), np.empty((len(keys), len(rows)), dtype=np.int8)
    Block(reader, frame).verdicts(out)
    assert (False, 1) == (reader.apart, len(reader._compiled))
    words = verdict_words(law)
    for at, row in enumerate(frame.to_dict("records")):
        expected = dict(zip(keys, asked(law, row, keys), strict=True))
        assert expected == dict(zip(keys, (words[n] for n in out[:, at]), strict=True)), row


def test_groups_too_large_for_one_diagram_are_told_apart_by_their_gaps(
    law: Ruleset, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = pd.DataFrame({"preset": "springfield", "detainer": ["honor", None, "decline", None],
                          "willful": ["yes", "no", None, None]})  # fmt: skip
    expected = law.sweep(frame, only=["publish_list", "deny_eligibility"], wide=True)
    keys = finding_keys(law, only=["publish_list", "deny_eligibility"])
    reader, out = Reader(law, keys, few=0), np.empty((len(keys), 4), dtype=np.int8)
    monkeypatch.setattr("blackletter.frames.CAPACITIES", (4,))
    Block(reader, frame).verdicts(out)
    assert (True, 4) == (reader.apart, len(reader._compiled))
    assert expected.iloc[:, 1:].apply(lambda column: column.cat.codes).T.to_numpy().tolist() == out.tolist()


def test_a_column_that_an_answer_has_is_refused(law: Ruleset) -> None:
    with pytest.raises(FactError, match="columns verdict: give each a name of its own"):
        law.sweep(pd.DataFrame({"detainer": ["honor"], "verdict": ["x"]}))


def test_the_sort_of_a_column_changes_nothing(law: Ruleset) -> None:
    words = pd.DataFrame({
        "detainer": ["honor", "decline", None], "willful": ["yes", "no", "no"], "hold_hours": ["24", "72", "48"],
        "validation_due": ["2017-06-30", "never", "2017-06-30"], "as_of": ["2017-06-01"] * 3,
    })  # fmt: skip
    typed = words.assign(
        detainer=words["detainer"].astype("category"), willful=[True, False, False], hold_hours=[24, 72, 48.0],
        as_of=pd.to_datetime(words["as_of"]),
    )  # fmt: skip
    expected = law.sweep(words, wide=True)
    assert expected.equals(law.sweep(typed, wide=True))
    assert expected.equals(law.sweep(words, wide=True, block=2, progress=False))


def test_a_tidy_answer_has_a_line_for_each_finding_and_carries_what_is_no_fact(law: Ruleset) -> None:
    frame = pd.DataFrame({"name": ["a", "b"], "population": [10, 20], "detainer": ["honor", None]}, index=[5, 9])
    tidy = law.sweep(frame, findings="bases")
    keys = finding_keys(law, "bases")
    assert ["name", "population", "action", "basis", "verdict"] == list(tidy.columns)
    assert [5] * len(keys) + [9] * len(keys) == tidy.index.tolist()
    assert list(keys) == list(zip(tidy.loc[5, "action"], tidy.loc[5, "basis"], strict=True))
    assert tidy["verdict"].cat.ordered
    assert (tidy["verdict"] < "permitted").any()
    wide = law.sweep(frame, findings="bases", wide=True)
    assert tidy.loc[9, "verdict"].tolist() == wide.loc[9].iloc[2:].tolist()


def test_grounds_are_those_of_the_findings(law: Ruleset) -> None:
    frame = pd.DataFrame({"preset": ["springfield"] * 3, "detainer": ["honor", None, "honor"]})
    found = law.sweep(frame, only=["publish_list"], grounds=("rules", "missing", "readings"))
    lines = found[found["basis"] == "eo-13768-9b"]
    assert ["eo-13768#9b"] * 3 == lines["rules"].tolist()
    assert ["", "detainer", ""] == lines["missing"].tolist()
    with pytest.raises(FactError, match="tidy"):
        law.sweep(frame, wide=True, grounds=("rules",))


# -- errors ---------------------------------------------------------------------------------------------------------


def test_every_fault_is_named_by_row_column_value_and_near_name(law: Ruleset) -> None:
    frame = pd.DataFrame(
        {"detainer": ["declin", "honor"], "state": ["CA", "XX"], "hold_hours": [5.0, -1.0], "as_of": "2017-06-01"},
        index=["first", "second"],
    )  # fmt: skip
    with pytest.raises(FactError) as caught:
        law.sweep(frame)
    text = str(caught.value)
    assert 'row first, column detainer: detainer has an unknown value "declin"' in text
    assert 'did you mean "decline"?' in text
    assert 'row second, column state: state has an unknown value "XX"' in text
    assert 'row second, column hold_hours: hold_hours is a number (hours past release, 0 or more), not "-1.0"' in text
    assert len(caught.value.faults) == 3


def test_past_the_first_hundred_faults_are_counted(law: Ruleset) -> None:
    with pytest.raises(FactError) as caught:
        law.sweep(pd.DataFrame({"detainer": ["x"] * 150}))
    assert 101 == len(caught.value.faults)
    assert str(caught.value).endswith("and 50 more faults like these")
    assert 1 == str(caught.value).count("known values"), "said once for a column"


def test_columns_that_bind_each_other_are_checked_row_by_row(law: Ruleset) -> None:
    with pytest.raises(FactError, match="row 1, column circuit: state NY means circuit 2, not 9"):
        law.sweep(pd.DataFrame({"state": ["CA", "NY"], "circuit": ["9", "9"]}))
    suit = next(iter(law.suits))
    with pytest.raises(FactError, match=r"row 0, column not_party_to: .* is in both"):
        law.sweep(pd.DataFrame({"party_to": [suit, "none"], "not_party_to": [suit, suit]}))


def test_a_column_like_a_fact_is_refused_unless_it_is_named_as_none(law: Ruleset) -> None:
    frame = pd.DataFrame({"detaner": ["x"]})
    with pytest.raises(FactError, match='did you mean "detainer"'):
        law.sweep(frame)
    assert "detaner" in law.sweep(frame, findings="actions", extra=["detaner"]).columns


def test_an_unknown_word_among_the_options_is_refused(law: Ruleset) -> None:
    with pytest.raises(FactError, match='did you mean "withhold"'):
        law.sweep(pd.DataFrame({"detainer": ["honor"]}), only=["withold"])


def test_what_a_reader_keeps_does_not_grow_with_the_blocks_it_reads(
    law: Ruleset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every block has categories of its own, as those of a file have, and its own kinds of rows."""
    monkeypatch.setattr("blackletter.frames.KEPT_KINDS", 3)
    keys = finding_keys(law, only=["publish_list"])
    reader, out, sizes = Reader(law, keys), np.empty((len(keys), 1), dtype=np.int8), []
    for fact in ("detainer", "willful", "ask_status", "named_in_letter", "hold_hours"):
        words = {
            "detainer": "honor",
            "willful": "yes",
            "as_of": "2017-06-01",
            fact: "no" if fact != "detainer" else "honor",
        }
        words |= {"hold_hours": "24"} if fact == "hold_hours" else {}
        Block(reader, pd.DataFrame([words], dtype="category")).verdicts(out)
        sizes.append((len(reader._met), len(reader.cut), sum(len(v) for _, v in reader._categories.values())))
    assert max(met for met, _, _ in sizes) <= 3
    assert max(cut for _, cut, _ in sizes) <= 3
    assert len(reader._categories) == sizes[-1][2] == 6


# -- files ----------------------------------------------------------------------------------------------------------


def a_frame(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    return pd.DataFrame({
        "preset": "springfield", "place": range(rows),
        "detainer": rng.choice(["honor", "decline", None], rows), "state": rng.choice(["CA", "TX", "none"], rows),
        "as_of": rng.choice(DAYS[:2], rows),
    })  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_files_in_and_out_give_what_memory_gives(law: Ruleset, tmp_path: Path, kind: str) -> None:
    frame = a_frame(50)
    source = tmp_path / f"in.{kind}"
    frame.to_csv(source, index=False) if kind == "csv" else frame.to_parquet(source)
    expected = law.sweep(frame, findings="actions")
    done = law.sweep(source, findings="actions", into=tmp_path / f"out.{kind}", block=16, progress=False)
    assert (50, len(expected)) == (done.rows, sum(done.verdicts.values()))
    found = done.read()
    assert expected["verdict"].astype(str).tolist() == found["verdict"].astype(str).tolist()
    assert expected["place"].tolist() == found["place"].tolist()


def test_an_interrupted_sweep_keeps_its_blocks_and_goes_on_from_there(
    law: Ruleset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame, made = a_frame(64), []
    whole = Sweeper.numbers

    def numbers(self: Sweeper, part: pd.DataFrame, *into: Any) -> Any:
        if len(made) == 2:
            raise KeyboardInterrupt
        made.append(part.index[0])
        return whole(self, part, *into)

    call = partial(law.sweep, frame, findings="actions", block=16, progress=False)
    monkeypatch.setattr(Sweeper, "numbers", numbers)
    first = call(into=tmp_path / "out")
    assert (False, 32) == (first.complete, first.rows)
    assert 32 * len(law.actions) == len(first.read())
    made.clear()
    partial_answer = call()
    assert not partial_answer.attrs["complete"]
    assert 32 == partial_answer.attrs["rows"]
    made.clear()
    second = call(into=tmp_path / "out")
    assert [32, 48] == made
    assert (True, 64) == (second.complete, second.rows)
    monkeypatch.undo()
    assert call()["verdict"].tolist() == second.read()["verdict"].tolist()


def test_a_folder_of_another_law_or_of_other_columns_is_refused(law: Ruleset, tmp_path: Path) -> None:
    frame, out = a_frame(4), tmp_path / "out"
    law.sweep(frame, findings="actions", into=out)
    with pytest.raises(EngineError, match="another ruleset"):
        law.without("santa-clara-v-trump").sweep(frame, findings="actions", into=out)
    with pytest.raises(EngineError, match="another columns"):
        law.sweep(frame.rename(columns={"place": "spot"}), findings="actions", into=out)
    assert not list(out.glob(".*"))


# -- a cluster ------------------------------------------------------------------------------------------------------


@pytest.fixture
def cluster() -> Iterator[Any]:
    """A scheduler and two worker processes on this machine."""
    distributed = pytest.importorskip("distributed", reason="distributed is in the extra 'dask'")
    made = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    )
    with made, distributed.Client(made):
        yield made


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_sweep_on_two_workers_is_complete_and_equal_when_one_is_killed(
    law: Ruleset, tmp_path: Path, cluster: Any
) -> None:
    """Both workers are at work when one is killed; its partition is done again by another."""
    import dask.dataframe as dd

    frame = a_frame(960)
    frame.to_parquet(tmp_path / "in.parquet")
    lazy = dd.from_pandas(frame, npartitions=24)
    worker = next(iter(cluster.workers.values()))
    script = (
        "import sys, os, time, signal, pathlib\n"
        "out, pid = pathlib.Path(sys.argv[1]), int(sys.argv[2])\n"
        "while len(list(out.glob('part-*.parquet'))) < 2: time.sleep(0.005)\n"
        "os.kill(pid, signal.SIGKILL)\n"
        "print(len(list(out.glob('part-*.parquet'))))\n"
    )
    out = tmp_path / "out"
    killer = subprocess.Popen([sys.executable, "-c", script, str(out), str(worker.pid)], stdout=subprocess.PIPE)
    done = law.sweep(lazy, findings="actions", into=out, dask=cluster.scheduler_address)
    finished = int(killer.communicate(timeout=300)[0])
    assert finished < 24, "the worker was killed after the work was done"
    assert (24, 960) == (len(list(out.glob("part-*.parquet"))), done.rows)
    expected = law.sweep(frame, findings="actions")
    assert expected["verdict"].tolist() == done.read()["verdict"].tolist()
    assert expected["place"].tolist() == done.read()["place"].tolist()


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_dask_frame_gives_a_dask_frame(law: Ruleset) -> None:
    dd = pytest.importorskip("dask.dataframe", reason="dask is in the extra 'dask'")
    frame = a_frame(30)
    lazy = law.sweep(dd.from_pandas(frame, npartitions=3), findings="actions", wide=True)
    expected = law.sweep(frame, findings="actions", wide=True)
    found = lazy.compute(scheduler="synchronous")
    assert expected["withhold"].tolist() == found["withhold"].tolist()
    assert lazy.dtypes["withhold"] == expected.dtypes["withhold"]


def test_a_folder_of_a_frame_that_differs_in_one_row_is_not_taken_for_this_ones(law: Ruleset, tmp_path: Path) -> None:
    frame, out = a_frame(300), tmp_path / "out"
    for _ in range(2):
        law.sweep(frame, findings="actions", into=out, block=100, progress=False)
    other = frame.copy()
    other.loc[other.index[150], "detainer"] = "decline" if frame["detainer"].iloc[150] != "decline" else "honor"
    with pytest.raises(EngineError, match="a sweep with another source"):
        law.sweep(other, findings="actions", into=out, block=100, progress=False)


def test_a_folder_of_another_dask_frame_is_not_taken_for_this_ones(law: Ruleset, tmp_path: Path) -> None:
    """The same columns in as many partitions: only what is in them differs."""
    dask, dd = (pytest.importorskip(name, reason="dask is in the extra 'dask'") for name in ("dask", "dask.dataframe"))
    frame, out = a_frame(30), tmp_path / "out"
    with dask.config.set(scheduler="synchronous"):
        for _ in range(2):
            law.sweep(dd.from_pandas(frame, npartitions=2), findings="actions", into=out)
        with pytest.raises(EngineError, match="a sweep with another source"):
            law.sweep(dd.from_pandas(frame.iloc[::-1], npartitions=2, sort=False), findings="actions", into=out)


# -- the command ----------------------------------------------------------------------------------------------------


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from blackletter.cli import main; main()", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def test_the_command_sweeps_a_file_and_counts(tmp_path: Path) -> None:
    a_frame(20).to_csv(tmp_path / "in.csv", index=False)
    done = run("sweep", str(tmp_path / "in.csv"), "-o", str(tmp_path / "out.parquet"), "--wide", "--json")
    assert 0 == done.returncode, done.stderr
    said = json.loads(done.stdout)
    assert 20 == said["rows"]
    assert said["rows_per_second"] > 0
    assert 20 == len(pd.read_parquet(tmp_path / "out.parquet"))
    bad = tmp_path / "bad.csv"
    bad.write_text("detainer\nx\n")
    assert 2 == run("sweep", str(bad), "-o", str(tmp_path / "o.csv")).returncode


def test_the_command_says_what_columns_may_hold() -> None:
    said = json.loads(run("facts", "--json").stdout)
    detainer = next(f for f in said["facts"] if f["id"] == "detainer")
    assert "one of" == detainer["kind"]
    assert "decline" in detainer["values"]
    assert {"id", "kind", "values", "question", "default", "only_if"} <= set(detainer)
    assert "as_of" in {f["id"] for f in said["facts"]}


def test_invented_jurisdictions_are_the_same_from_a_seed_and_say_so(law: Ruleset) -> None:
    from blackletter.sample import sample

    first, again = sample(law, 200, 1), sample(law, 200, 1)
    assert first.equals(again)
    assert not first.equals(sample(law, 200, 2))
    assert first["name"].str.startswith("Invented ").all()
    assert 200 * len(law.actions) == len(law.sweep(first, findings="actions"))
