"""Sweeps on a Dask cluster: the law shipped to the workers, each answering or writing the partitions it is given.

A worker compiles the law once. What is written goes into a folder as `blackletter.streams` has it, a partition a block,
so that a partition whose worker died is done again by another.
"""

from __future__ import annotations

import importlib
import pickle
import time
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from .errors import EngineError, FactError
from .streams import claim, csv_types, manifest_of, part_path, summary, write_part
from .sweeper import Options, Sweeper, Swept, sweeper_of

if TYPE_CHECKING:
    from .ruleset import Ruleset


def is_dask(frame: Any) -> bool:
    """Whether a frame is Dask's, without importing it."""
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
    if not part_path(Path(into), number).exists():
        write_part(_arrived(shipped, options), frame, Path(into), number)
    return len(frame)


def sweep_dask(law: Ruleset, frame: Any, options: Options, into: str | Path | None, address: str | None) -> Any:
    """A Dask DataFrame answered: as another, or into a folder, written by the workers."""
    sweeper = sweeper_of(law, options)
    sweeper.reader.check_columns(frame.columns, options.extra)
    shipped = ship(law)
    if into is None:
        empty = frame._meta
        meta = sweeper.shape(empty, sweeper.numbers(empty))
        return frame.map_partitions(_answer, shipped, options, meta=meta)
    into = Path(into).absolute()
    token = importlib.import_module("dask.base").tokenize(frame)  # what is in it, or which files on what day
    mark = f"{frame.npartitions} partitions, {token}"
    manifest = manifest_of(law, [str(c) for c in frame.columns], mark, 0, options)
    claim(into, manifest)
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
    return summary(into, time.perf_counter() - began, True)


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
