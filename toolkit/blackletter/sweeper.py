"""The sweeper: what answers frames under one law with one set of options, and gives the answer its shape.

A law keeps its sweepers, so that what one sweep compiled the next one finds. Verdicts are categories, ordered from what
allows least to what allows most.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from .blocks import Block
from .errors import FactError, unknown_name
from .findings import Board
from .frames import Reader, finding_keys
from .verdicts import verdict_words

if TYPE_CHECKING:
    from .ruleset import Ruleset

    Codes: TypeAlias = np.ndarray[Any, Any]

INNER = 1 << 19
"""Rows whose planes are made at a time."""
GROUNDS = ("rules", "missing", "readings")
TIDY = ("action", "basis", "verdict")
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
        carried = self.carried(frame)
        return self._wide(frame, carried, numbers) if self.options.wide else self._tidy(frame, carried, numbers)

    def _names(self) -> list[str]:
        """The columns of verdicts in a wide answer."""
        return [" ".join(filter(None, key)) for key in self.keys]

    def carried(self, frame: pd.DataFrame) -> list[Any]:
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


def progress_bar(rows: int | None, progress: bool | None, block: int) -> Any:
    """A bar of the rows that are done; unless ``progress`` says, shown when they may be more than a block."""
    from tqdm.auto import tqdm

    shown = progress if progress is not None else rows is None or rows > block
    return tqdm(total=rows, unit=" rows", unit_scale=True, disable=not shown)
