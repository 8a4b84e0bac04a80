"""Sweeps: a frame of hypotheticals answered in blocks, in memory, from file to file, or on a Dask cluster."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .cluster import is_dask, sweep_dask
from .errors import FactError
from .streams import source_of, sweep_to
from .sweeper import INNER, Options, progress_bar, sweeper_of

if TYPE_CHECKING:
    from .ruleset import Ruleset

BLOCK = 1 << 17
"""Rows written at a time."""


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
    if is_dask(frame):
        return sweep_dask(law, frame, options, into, dask)
    if into is not None:
        return sweep_to(law, source_of(law, frame, block or BLOCK), options, Path(into), progress)
    if not isinstance(frame, pd.DataFrame):
        raise FactError("without a place to write to, sweep takes a DataFrame")
    sweeper = sweeper_of(law, options)
    sweeper.carried(frame)
    found = np.empty((len(sweeper.keys), len(frame)), dtype=np.int8)
    block, done = block or INNER, 0
    with progress_bar(len(frame), progress, block) as bar:
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


def options_of(
    findings: str = "all",
    only: Collection[str] | None = None,
    wide: bool = False,
    grounds: Sequence[str] = (),
    extra: Sequence[str] = (),
) -> Options:
    """Options from what a caller writes."""
    return Options(findings, None if only is None else tuple(only), wide, tuple(grounds), tuple(extra))
