"""Sweeps: a frame of hypotheticals answered in blocks, in memory, from file to file, or on a Dask cluster.

Blocks are written one by one, each under its own name in one step, so that what is finished stays finished: after an
interruption, or the death of a worker, the same call goes on from there.
"""

from __future__ import annotations

import csv
import hashlib
import importlib
import json
import pickle
import tempfile
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from .errors import EngineError, FactError, unknown_name
from .findings import Board
from .frames import Block, Reader, finding_keys
from .verdicts import verdict_words

if TYPE_CHECKING:
    from .ruleset import Ruleset

    Codes: TypeAlias = np.ndarray[Any, Any]

BLOCK = 1 << 17
"""Rows written at a time."""
INNER = 1 << 19
"""Rows whose planes are made at a time."""
GROUNDS = ("rules", "missing", "readings")
TIDY = ("action", "basis", "verdict")
MANIFEST = "manifest.json"
MOST_BOARDS = 20_000
KEPT_SWEEPERS = 4
"""Sweepers that a law keeps, each with what it has compiled."""


@dataclass(frozen=True)
class Options:
    """What is asked of every row, and the shape of the answer."""

    findings: str = "all"
    only: tuple[str, ...] | None = None
    wide: bool = False
    grounds: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    def check(self) -> None:
        """Raises `FactError` for grounds that are not known or not of a tidy answer about findings."""
        for word in self.grounds:
            if word not in GROUNDS:
                raise FactError(unknown_name("ground", word, GROUNDS))
        if self.grounds and self.wide:
            raise FactError("grounds stand beside verdicts in a tidy frame, not in a wide one")


@dataclass(frozen=True)
class Swept:
    """A sweep on disk: ``rows`` hypotheticals answered in ``seconds``, and how many findings have each verdict."""

    path: Path
    rows: int
    verdicts: Mapping[str, int]
    seconds: float
    complete: bool = True

    def read(self) -> pd.DataFrame:
        """The answer in memory, in the order of the rows; of a folder, every block that is finished."""
        if self.path.suffix == ".csv":
            return pd.read_csv(self.path)
        files = sorted(self.path.glob("part-*.parquet")) if self.path.is_dir() else [self.path]
        return pd.concat([pd.read_parquet(f) for f in files])


# -- answers --------------------------------------------------------------------------------------------------------


class Sweeper:
    """Answers frames under one law with one set of options, in one thread at a time."""

    def __init__(self, law: Ruleset, options: Options) -> None:
        options.check()
        self.law, self.options = law, options
        self.keys = finding_keys(law, options.findings, options.only)
        self.reader = Reader(law, self.keys)
        self.words = verdict_words(law)
        self.boards: dict[Any, list[tuple[str, ...]]] = {}
        self.turn = threading.Lock()

    def numbers(self, frame: pd.DataFrame, found: Codes | None = None) -> Codes:
        """The number of the verdict word of each finding (rows) in each hypothetical (columns)."""
        found = np.empty((len(self.keys), len(frame)), dtype=np.int8) if found is None else found
        with self.turn:
            for start in range(0, len(frame), INNER):
                Block(self.reader, frame.iloc[start : start + INNER]).verdicts(found[:, start : start + INNER])
        return found

    def shape(self, frame: pd.DataFrame, numbers: Codes) -> pd.DataFrame:
        """The answer as a frame; verdicts are ordered from what allows least to what allows most."""
        carried = self._carried(frame)
        return self._wide(frame, carried, numbers) if self.options.wide else self._tidy(frame, carried, numbers)

    def _names(self) -> list[str]:
        """The columns of verdicts in a wide answer."""
        return [" ".join(filter(None, key)) for key in self.keys]

    def _carried(self, frame: pd.DataFrame) -> list[Any]:
        """The columns that are carried through; raises `FactError` for two of one name, or one that an answer has."""
        carried = list(self.reader.check_columns(frame.columns, self.options.extra))
        own = {*self._names()} if self.options.wide else {*TIDY, *self.options.grounds}
        wrong = [c for c in dict.fromkeys(carried) if c in own or carried.count(c) > 1]
        if wrong:
            raise FactError(f"columns {', '.join(map(str, wrong))}: give each a name of its own, not one of the answer")
        return carried

    @cached_property
    def kind(self) -> pd.CategoricalDtype:
        """Verdicts as categories, in order."""
        return pd.CategoricalDtype(list(self.words), ordered=True)

    def _verdict(self, numbers: Codes) -> pd.Categorical:
        return pd.Categorical.from_codes(numbers, dtype=self.kind, validate=False)

    def _wide(self, frame: pd.DataFrame, carried: list[Any], numbers: Codes) -> pd.DataFrame:
        columns: dict[Any, Any] = {name: frame[name] for name in carried}
        columns |= {name: self._verdict(n) for name, n in zip(self._names(), numbers, strict=True)}
        return pd.DataFrame(columns, index=frame.index, copy=False)

    def _tidy(self, frame: pd.DataFrame, carried: list[Any], numbers: Codes) -> pd.DataFrame:
        count = len(self.keys)
        found = frame[carried].take(np.repeat(np.arange(len(frame)), count)).copy()
        for place, name in enumerate(("action", "basis")):
            words = list(dict.fromkeys(key[place] for key in self.keys))
            codes = np.array([words.index(key[place]) for key in self.keys], dtype=np.int16)
            found[name] = pd.Categorical.from_codes(np.tile(codes, len(frame)), dtype=pd.CategoricalDtype(words))
        found["verdict"] = self._verdict(np.ascontiguousarray(numbers.T).reshape(-1))
        for name, texts in self._grounds(frame).items():
            found[name] = texts
        return found

    def _grounds(self, frame: pd.DataFrame) -> Mapping[str, list[str]]:
        """The rules, missing facts and readings behind each verdict, by the exact engine on each distinct row."""
        if not self.options.grounds:
            return {}
        block, found = Block(self.reader, frame), []
        for at in range(len(frame)):
            key = block.signature(at)
            if key not in self.boards:
                if len(self.boards) >= MOST_BOARDS:
                    self.boards.clear()
                self.boards[key] = self._texts(self.law.ask(block.posed(at)))
            found += self.boards[key]
        return {name: [texts[n] for texts in found] for n, name in enumerate(self.options.grounds)}

    def _texts(self, board: Board) -> list[tuple[str, ...]]:
        found = [board[key] if key[1] else board.actions[key[0]] for key in self.keys]
        return [tuple(_ground(f, name) for name in self.options.grounds) for f in found]


def sweeper_of(law: Ruleset, options: Options) -> Sweeper:
    """The sweeper of a law, kept with it: what one sweep compiled the next one finds."""
    kept: dict[Options, Sweeper] = law.__dict__.setdefault("sweepers", {})
    while options not in kept and len(kept) >= KEPT_SWEEPERS:
        kept.pop(next(iter(kept)))
    if options not in kept:
        kept[options] = Sweeper(law, options)
    return kept[options]


def _ground(finding: Any, name: str) -> str:
    if name == "rules":
        return "; ".join(getattr(finding, "rules", None) or (finding.leading.rules if _has_lead(finding) else ()))
    if name == "missing":
        return "; ".join(m.fact for m in finding.missing)
    said = (", ".join(f"{q} = {r}" for q, r in x.assume.items()) + f": {x.verdict}" for x in finding.readings)
    return "; ".join(said)


def _has_lead(finding: Any) -> bool:
    return getattr(finding, "leading", None) is not None


# -- in memory ------------------------------------------------------------------------------------------------------


def sweep(
    law: Ruleset,
    frame: Any,
    options: Options,
    *,
    into: str | Path | None = None,
    dask: str | None = None,
    block: int | None = None,
    progress: bool | None = None,
) -> Any:
    """As `Ruleset.sweep`."""
    if into is not None and isinstance(frame, (str, Path)) and Path(frame).resolve() == Path(into).resolve():
        raise FactError(f"{into} is the file of hypotheticals itself: name another to write to")
    if _is_dask(frame):
        return _sweep_dask(law, frame, options, into, dask)
    if into is not None:
        return _sweep_to(law, _source(law, frame, block or BLOCK), options, Path(into), progress)
    if not isinstance(frame, pd.DataFrame):
        raise FactError("without a place to write to, sweep takes a DataFrame")
    sweeper = sweeper_of(law, options)
    sweeper._carried(frame)
    found = np.empty((len(sweeper.keys), len(frame)), dtype=np.int8)
    block, done = block or INNER, 0
    with _bar(len(frame), progress, block) as bar:
        try:
            for start in range(0, len(frame), block):
                part = frame.iloc[start : start + block]
                sweeper.numbers(part, found[:, start : start + block])
                done = start + len(part)
                bar.update(len(part))
        except KeyboardInterrupt:
            if not done:
                raise
    answer = sweeper.shape(frame.iloc[:done], found[:, :done])
    answer.attrs["rows"], answer.attrs["complete"] = done, done == len(frame)
    return answer


def _bar(rows: int | None, progress: bool | None, block: int) -> Any:
    from tqdm.auto import tqdm

    shown = progress if progress is not None else rows is None or rows > block
    return tqdm(total=rows, unit=" rows", unit_scale=True, disable=not shown)


# -- from file to file ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Source:
    """Hypotheticals in blocks: ``parts(first)`` gives those from that one on, ``mark`` says which source it is."""

    rows: int | None
    columns: tuple[str, ...]
    mark: str
    block: int
    parts: Callable[[int], Iterator[pd.DataFrame]]


def _source(law: Ruleset, frame: Any, block: int) -> Source:
    if isinstance(frame, pd.DataFrame):
        starts = partial(range, 0, len(frame), block)
        columns = tuple(map(str, frame.columns))
        edges = pd.concat([frame.iloc[:64], frame.iloc[-64:]])
        mark = hashlib.sha256(edges.to_csv().encode()).hexdigest()[:16]
        return Source(len(frame), columns, mark, block, lambda n: (frame.iloc[s : s + block] for s in starts()[n:]))
    path = Path(frame)
    if not path.exists():
        raise FactError(f"{path} is not a file")
    with _readable(path):
        if path.suffix == ".csv":
            return _csv(law, path, block)
        if path.suffix == ".parquet":
            return _parquet(law, path, block)
    raise FactError(f"{path}: hypotheticals are read from .csv or .parquet")


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turns what pandas and pyarrow say of a file they cannot read into a fault that names it."""
    import pyarrow as pa

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            yield
    except UnicodeDecodeError:
        raise FactError(f"{path} is not UTF-8 text: save it with that encoding") from None
    except pd.errors.EmptyDataError:
        raise FactError(f"{path} is empty") from None
    except pd.errors.ParserWarning:
        raise FactError(f"{path}: some row has more cells than there are columns") from None
    except (pd.errors.ParserError, pa.ArrowException, csv.Error) as error:
        raise FactError(f"{path} is not readable as {path.suffix.removeprefix('.')}: {str(error).strip()}") from None


def _mark(path: Path) -> str:
    about = path.stat()
    return f"{path.name} {about.st_size} {about.st_mtime_ns}"


def csv_types(law: Ruleset) -> dict[str, Any]:
    """How columns of a CSV file are read: facts as words, numbers as pandas finds them; an empty cell is missing.

    No column is taken for an index: with a comma at the end of each row, every cell would move one column over.
    """
    words = {name: "str" for name, noun in law.facts.items() if noun.kind != "number"}
    return {
        "dtype": words | dict.fromkeys(("as_of", "preset", "award"), "str"),
        "keep_default_na": False,
        "na_values": [""],
        "index_col": False,
    }


def _csv(law: Ruleset, path: Path, block: int) -> Source:
    columns = tuple(pd.read_csv(path, nrows=0).columns)

    def parts(first: int) -> Iterator[pd.DataFrame]:
        skip = range(1, first * block + 1)
        with _readable(path):
            chunks: Any = pd.read_csv(path, chunksize=block, skiprows=skip, **csv_types(law))
        with chunks:
            while (chunk := _next(path, chunks)) is not None:
                yield chunk

    return Source(None, columns, _mark(path), block, parts)


def _next(path: Path, chunks: Iterator[pd.DataFrame]) -> pd.DataFrame | None:
    with _readable(path):
        return next(chunks, None)


def _parquet(law: Ruleset, path: Path, block: int) -> Source:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        schema, rows = file.schema_arrow, file.metadata.num_rows
    texts = [f.name for f in schema if pa.types.is_string(f.type) or pa.types.is_large_string(f.type)]

    def parts(first: int) -> Iterator[pd.DataFrame]:
        wanted = [name for name in texts if name in law.facts or name in ("as_of", "preset", "award")]
        with pq.ParquetFile(path, read_dictionary=wanted) as file:
            for number, batch in enumerate(file.iter_batches(block)):
                if number >= first:
                    yield batch.to_pandas()

    columns = tuple(name for name in schema.names if not name.startswith("__index"))
    return Source(rows, columns, _mark(path), block, parts)


def _sweep_to(law: Ruleset, source: Source, options: Options, into: Path, progress: bool | None) -> Swept:
    sweeper = sweeper_of(law, options)
    sweeper.reader.check_columns(source.columns, options.extra)
    if into.suffix in (".csv", ".parquet"):
        return _to_file(sweeper, source, into, progress)
    return _to_folder(sweeper, source, into, progress)


def _to_folder(sweeper: Sweeper, source: Source, into: Path, progress: bool | None) -> Swept:
    """Blocks into a folder, those already there left as they are."""
    manifest = _manifest(sweeper.law, source.columns, source.mark, source.block, sweeper.options)
    _claim(into, manifest)
    began, complete = time.perf_counter(), True
    first = 0
    while _part(into, first).exists():
        first += 1
    with _bar(source.rows, progress, source.block) as bar:
        bar.update(min(first * source.block, source.rows or first * source.block))
        try:
            for number, frame in enumerate(source.parts(first), first):
                _write_part(sweeper, frame, into, number)
                bar.update(len(frame))
        except KeyboardInterrupt:
            complete = False
    return _summary(into, time.perf_counter() - began, complete)


def _part(into: Path, number: int) -> Path:
    return into / f"part-{number:06}.parquet"


def _write_part(sweeper: Sweeper, frame: pd.DataFrame, into: Path, number: int) -> None:
    """One block under its name, in one step, with its counts in the file's own notes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from .exports import write_whole

    numbers = sweeper.numbers(frame)
    table = pa.Table.from_pandas(sweeper.shape(frame, numbers))
    counts = json.dumps({"rows": len(frame), "verdicts": _counts(sweeper, numbers)})
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), b"blackletter": counts.encode()})
    content = pa.BufferOutputStream()
    pq.write_table(table, content)
    write_whole(_part(into, number), content.getvalue().to_pybytes())


def _counts(sweeper: Sweeper, numbers: Codes) -> dict[str, int]:
    counts = np.bincount(numbers.reshape(-1), minlength=len(sweeper.words)).tolist()
    return {word: n for word, n in zip(sweeper.words, counts, strict=True) if n}


def _manifest(law: Ruleset, columns: Sequence[str], mark: str, block: int, options: Options) -> dict[str, Any]:
    ruleset = {"id": law.id, "version": law.version, "hash": law.hash, "overlays": list(law.overlays)}
    about = {"ruleset": ruleset, "columns": list(columns), "source": mark, "block": block, "options": asdict(options)}
    found: dict[str, Any] = json.loads(json.dumps(about))
    return found


def _claim(into: Path, manifest: Mapping[str, Any]) -> None:
    """Makes the folder this sweep's own; raises `EngineError` when it holds another's blocks."""
    from .exports import write_whole

    into.mkdir(parents=True, exist_ok=True)
    path = into / MANIFEST
    if path.exists():
        before = json.loads(path.read_text(encoding="utf-8"))
        other = [key for key in manifest if before.get(key) != manifest[key]]
        if other:
            raise EngineError(f"{into} holds a sweep with another {', another '.join(other)}; choose another folder")
    elif any(into.glob("part-*.parquet")):
        raise EngineError(f"{into} holds blocks without a manifest; choose another folder")
    else:
        write_whole(path, json.dumps(manifest, indent=2))


def _summary(into: Path, seconds: float, complete: bool) -> Swept:
    import pyarrow.parquet as pq

    rows, verdicts = 0, Counter[str]()
    for file in sorted(into.glob("part-*.parquet")):
        notes = json.loads(pq.read_schema(file).metadata[b"blackletter"])
        rows += notes["rows"]
        verdicts.update(notes["verdicts"])
    return Swept(into, rows, dict(verdicts), seconds, complete)


def _to_file(sweeper: Sweeper, source: Source, into: Path, progress: bool | None) -> Swept:
    """Blocks into one file, which takes its name when the last is written."""
    began, rows, verdicts = time.perf_counter(), 0, Counter[str]()

    into.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".sweep-", dir=into.parent) as folder:
        draft = Path(folder) / into.name
        with _bar(source.rows, progress, source.block) as bar, _writer(draft, into.suffix) as writer:
            for frame in source.parts(0):
                numbers = sweeper.numbers(frame)
                writer.write(sweeper.shape(frame, numbers))
                verdicts.update(_counts(sweeper, numbers))
                rows += len(frame)
                bar.update(len(frame))
        draft.replace(into)
    return Swept(into, rows, dict(verdicts), time.perf_counter() - began)


class _CsvWriter:
    def __init__(self, path: Path) -> None:
        self.path, self.first = path, True

    def __enter__(self) -> _CsvWriter:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def write(self, frame: pd.DataFrame) -> None:
        """Adds rows, under one line of names."""
        frame.to_csv(self.path, mode="w" if self.first else "a", header=self.first)
        self.first = False


class _ParquetWriter(_CsvWriter):
    writer: Any = None

    def __exit__(self, *_: object) -> None:
        if self.writer is not None:
            self.writer.close()

    def write(self, frame: pd.DataFrame) -> None:
        """Adds rows as one group."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        if self.writer is None:
            table = pa.Table.from_pandas(frame)
            self.writer = pq.ParquetWriter(self.path, table.schema)
        else:
            table = pa.Table.from_pandas(frame, schema=self.writer.schema)
        self.writer.write_table(table)


def _writer(path: Path, suffix: str) -> _CsvWriter:
    return _CsvWriter(path) if suffix == ".csv" else _ParquetWriter(path)


# -- on a cluster ---------------------------------------------------------------------------------------------------


def _is_dask(frame: Any) -> bool:
    return type(frame).__module__.partition(".")[0] in ("dask", "dask_expr")


def ship(law: Ruleset) -> bytes:
    """The law as bytes, without what is compiled: a worker compiles it once."""
    return pickle.dumps(replace(law))


@lru_cache(maxsize=4)
def _arrived(shipped: bytes, options: Options) -> Sweeper:
    return Sweeper(pickle.loads(shipped), options)  # noqa: S301  made by `ship` in the process that started the work


def _answer(frame: pd.DataFrame, shipped: bytes, options: Options) -> pd.DataFrame:
    """The answer of one partition, on a worker."""
    sweeper = _arrived(shipped, options)
    return sweeper.shape(frame, sweeper.numbers(frame))


def _write(frame: pd.DataFrame, number: int, shipped: bytes, options: Options, into: str) -> int:
    """Writes one partition on a worker, unless it is there; what is written twice is the same."""
    if not _part(Path(into), number).exists():
        _write_part(_arrived(shipped, options), frame, Path(into), number)
    return len(frame)


def _sweep_dask(law: Ruleset, frame: Any, options: Options, into: str | Path | None, address: str | None) -> Any:
    sweeper = sweeper_of(law, options)
    sweeper.reader.check_columns(frame.columns, options.extra)
    shipped = ship(law)
    if into is None:
        empty = frame._meta
        meta = sweeper.shape(empty, sweeper.numbers(empty))
        return frame.map_partitions(_answer, shipped, options, meta=meta)
    into = Path(into).absolute()
    manifest = _manifest(law, [str(c) for c in frame.columns], f"{frame.npartitions} partitions", 0, options)
    _claim(into, manifest)
    return _run(frame, shipped, options, into, address)


def _run(frame: Any, shipped: bytes, options: Options, into: Path, address: str | None) -> Swept:
    """Every partition to its file, on the cluster at ``address``, or on the one in use."""
    dask: Any = importlib.import_module("dask")
    began = time.perf_counter()
    law = dask.delayed(shipped)
    parts = frame.to_delayed()
    work = [dask.delayed(_write)(part, n, law, options, str(into)) for n, part in enumerate(parts)]
    if address is None:
        dask.compute(*work)
    else:
        with _client(address) as client:
            client.gather(client.compute(work))
    return _summary(into, time.perf_counter() - began, True)


def _client(address: str) -> Any:
    try:
        return importlib.import_module("distributed").Client(address)
    except (OSError, ValueError) as error:
        raise FactError(f"no Dask scheduler answers at {address}: {error}") from None


def read_dask(law: Ruleset, path: str | Path, blocksize: int = 1 << 26) -> Any:
    """A Dask DataFrame of the hypotheticals in a CSV or Parquet file or folder.

    Raises `EngineError` where Dask is not installed.
    """
    try:
        import dask.dataframe as dd
    except ImportError:
        raise EngineError("a sweep on a cluster needs the extra: pip install 'blackletter[dask]'") from None
    if Path(path).suffix == ".csv":
        return dd.read_csv(path, blocksize=blocksize, **csv_types(law))
    return dd.read_parquet(path)


def options_of(
    findings: str = "all",
    only: Collection[str] | None = None,
    wide: bool = False,
    grounds: Sequence[str] = (),
    extra: Sequence[str] = (),
) -> Options:
    """Options from what a caller writes."""
    return Options(findings, None if only is None else tuple(only), wide, tuple(grounds), tuple(extra))
