"""A column of a frame, read: its values once, and for each row the number of the value it has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[Any]


@dataclass(frozen=True)
class Column:
    """A column as read: the number of each row's value, -1 where it is missing; ``raw`` holds numbers as they are."""

    values: Sequence[Any]
    codes: Array
    raw: Array | None = None

    def value(self, row: int) -> Any:
        """The value in one row, None when it is missing."""
        if self.codes[row] < 0:
            return None
        return self.values[self.codes[row]] if self.raw is None else float(self.raw[row])

    @cached_property
    def small(self) -> Array | None:
        """The codes as single bytes, None when there are too many values."""
        return self.codes.astype(np.int8, copy=False) if len(self.values) < 128 else None

    def chosen(self, values: Sequence[bool], rows: Any) -> Array:
        """Whether each row has one of the chosen values; of rows that are missing it says either."""
        if self.small is None:
            return np.asarray(np.array([*values, False])[self.codes[rows]])
        codes, ones = self.small[rows], [n for n, chosen in enumerate(values) if chosen]
        zeros = [n for n, chosen in enumerate(values) if not chosen]
        if len(ones) == 1 or len(zeros) == 1:
            return np.asarray(codes == ones[0] if len(ones) == 1 else codes != zeros[0])
        return translated(codes, [*map(int, values), *[0] * (256 - len(values))]).view(np.bool_)

    @cached_property
    def gaps(self) -> Array | None:
        """Which rows are missing; None when none is."""
        return self.codes < 0 if len(self.codes) and self.codes.min() < 0 else None


def translated(codes: Array, table: Sequence[int]) -> Array:
    """256 bytes looked up by single bytes: several times as fast as `numpy.take`."""
    return np.frombuffer(codes.tobytes().translate(bytes(table)), dtype=np.uint8)


def joined(keys: Sequence[Any]) -> Array | None:
    """One number for each combination of numbers in a row, None when every row has the same."""
    found: Array | None = None
    for key in keys:
        if not len(key) or (key == key[0]).all():
            continue
        numbers = key.astype(np.int64)
        numbers -= numbers.min()
        found = numbers if found is None else pd.factorize(found * (numbers.max() + 1) + numbers)[0]
    return found


def rows_by(numbers: Array) -> Iterator[tuple[int, Array]]:
    """For each number the first row that has it, and all of its rows in order."""
    codes = pd.factorize(numbers)[0]
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes)).tolist()
    for start, end in zip([0, *ends], ends, strict=False):
        if end > start:
            yield int(order[start]), order[start:end]
