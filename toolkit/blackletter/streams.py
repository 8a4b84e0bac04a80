"""Streams: a sweep from file to file, the hypotheticals read and the verdicts written in blocks.

Blocks are written into a folder one by one, each under its own name in one step, so that what is finished stays
finished: after an interruption, or the death of a worker, the same call goes on from there. A single file takes its
name when its last block is written.
"""

from __future__ import annotations

import csv
import hashlib
import json
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from .errors import EngineError, FactError
from .sweeper import Options, Sweeper, Swept, progress_bar, sweeper_of

if TYPE_CHECKING:
    from .ruleset import Ruleset

    Codes: TypeAlias = np.ndarray[Any, Any]

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Source:
    """Hypotheticals in blocks: ``parts(first)`` gives those from that one on, ``mark()`` says which source it is."""

    rows: int | None
    columns: tuple[str, ...]
    mark: Callable[[], str]
    block: int
    parts: Callable[[int], Iterator[pd.DataFrame]]


def source_of(law: Ruleset, frame: Any, block: int) -> Source:
    """The hypotheticals of a DataFrame or of a file, in blocks; raises `FactError` for a file that cannot be read."""
    if isinstance(frame, pd.DataFrame):
        starts = partial(range, 0, len(frame), block)
        columns = tuple(map(str, frame.columns))

        def parts(first: int) -> Iterator[pd.DataFrame]:
            return (frame.iloc[start : start + block] for start in starts()[first:])

        return Source(len(frame), columns, lambda: _content(parts(0)), block, parts)
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


def _content(parts: Iterable[pd.DataFrame]) -> str:
    """The content of a frame, hashed: a row that differs anywhere makes it another source."""
    found = hashlib.sha256()
    for part in parts:
        found.update(pd.util.hash_pandas_object(part).to_numpy().tobytes())
    return found.hexdigest()[:16]


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

    return Source(None, columns, partial(_mark, path), block, parts)


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
            for number, table in enumerate(_tables(file, block)):
                if number >= first:
                    yield table.to_pandas()

    columns = tuple(name for name in schema.names if not name.startswith("__index"))
    return Source(rows, columns, partial(_mark, path), block, parts)


def _tables(file: Any, block: int) -> Iterator[Any]:
    """The rows of a Parquet file in blocks, one row group after the other: a reader keeps what it was given to read."""
    import pyarrow as pa

    left = None
    for group in range(file.num_row_groups):
        for batch in file.iter_batches(block, row_groups=[group]):
            read = pa.Table.from_batches([batch])
            left = read if left is None else pa.concat_tables([left, read]).unify_dictionaries()
            while left is not None and left.num_rows >= block:
                yield left.slice(0, block)
                left = left.slice(block) if left.num_rows > block else None
    if left is not None:
        yield left


def sweep_to(law: Ruleset, source: Source, options: Options, into: Path, progress: bool | None) -> Swept:
    """A source answered into a .csv or .parquet file, or into a folder."""
    sweeper = sweeper_of(law, options)
    sweeper.reader.check_columns(source.columns, options.extra)
    if into.suffix in (".csv", ".parquet"):
        return _to_file(sweeper, source, into, progress)
    return _to_folder(sweeper, source, into, progress)


def _to_folder(sweeper: Sweeper, source: Source, into: Path, progress: bool | None) -> Swept:
    """Blocks into a folder, those already there left as they are."""
    manifest = manifest_of(sweeper.law, source.columns, source.mark(), source.block, sweeper.options)
    claim(into, manifest)
    began, complete = time.perf_counter(), True
    first = 0
    while part_path(into, first).exists():
        first += 1
    with progress_bar(source.rows, progress, source.block) as bar:
        bar.update(min(first * source.block, source.rows or first * source.block))
        try:
            for number, frame in enumerate(source.parts(first), first):
                write_part(sweeper, frame, into, number)
                bar.update(len(frame))
        except KeyboardInterrupt:
            complete = False
    return summary(into, time.perf_counter() - began, complete)


def part_path(into: Path, number: int) -> Path:
    """Where a block stands in its folder."""
    return into / f"part-{number:06}.parquet"


def write_part(sweeper: Sweeper, frame: pd.DataFrame, into: Path, number: int) -> None:
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
    write_whole(part_path(into, number), content.getvalue().to_pybytes())


def _counts(sweeper: Sweeper, numbers: Codes) -> dict[str, int]:
    counts = np.bincount(numbers.reshape(-1), minlength=len(sweeper.words)).tolist()
    return {word: n for word, n in zip(sweeper.words, counts, strict=True) if n}


def manifest_of(law: Ruleset, columns: Sequence[str], mark: str, block: int, options: Options) -> dict[str, Any]:
    """What tells a sweep from another, as JSON has it."""
    ruleset = {"id": law.id, "version": law.version, "hash": law.hash, "overlays": list(law.overlays)}
    about = {"ruleset": ruleset, "columns": list(columns), "source": mark, "block": block, "options": asdict(options)}
    found: dict[str, Any] = json.loads(json.dumps(about))
    return found


def claim(into: Path, manifest: Mapping[str, Any]) -> None:
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


def summary(into: Path, seconds: float, complete: bool) -> Swept:
    """What a folder holds, by the notes of its blocks."""
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
        with progress_bar(source.rows, progress, source.block) as bar, _writer(draft, into.suffix) as writer:
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
