"""A small table for a page of the course: words by row, as text and as a captioned page section without script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from .errors import FactError
from .pages import styled
from .views import plain

WIDEST = 44
"""Characters to which a column of text is padded; a longer cell pushes the next one on."""


@dataclass(frozen=True)
class Table:
    """Words in rows, the first of which names the row; every cell is text."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""

    def text(self) -> str:
        """One line a row, in columns."""
        lines = [self.columns, *self.rows]
        wide = [min(WIDEST, max(len(line[n]) for line in lines)) for n in range(len(self.columns))]
        padded = ("  ".join(plain(w).ljust(n) for w, n in zip(line, wide, strict=True)).rstrip() for line in lines)
        return "\n".join([*([self.caption] if self.caption else []), *padded])

    def html(self) -> str:
        """A table whose headers say what they head; everything is escaped."""
        head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in self.columns)
        caption = f"<caption>{escape(self.caption)}</caption>" if self.caption else ""
        body = "".join(map(_row, self.rows))
        return styled(f"<table class='bl-table'>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")

    def __str__(self) -> str:
        return self.text()

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": self.text(), "text/html": self.html()}


def _row(words: tuple[str, ...]) -> str:
    cells = "".join(f"<td>{escape(word)}</td>" for word in words[1:])
    return f"<tr><th scope='row'>{escape(words[0])}</th>{cells}</tr>"


def table(rows: Mapping[Any, object], *columns: str, caption: str = "") -> Table:
    """A table of a dictionary: each key names a row, and its value is the row's one cell or a sequence of cells.

    Raises `FactError` when a row has not as many cells as there are columns.

    >>> print(table({"2017-03-01": "no authority", "2017-06-01": "enjoined"}, "Day", "Verdict"))
    Day         Verdict
    2017-03-01  no authority
    2017-06-01  enjoined
    """
    found = tuple((str(name), *_cells(value)) for name, value in rows.items())
    for row in found:
        if len(row) != len(columns):
            raise FactError(f'the row "{row[0]}" has {len(row)} cells, and there are {len(columns)} columns')
    return Table(columns, found, caption)


def _cells(value: object) -> tuple[str, ...]:
    parts = value if isinstance(value, tuple | list) else (value,)
    return tuple(("yes" if part else "no") if isinstance(part, bool) else str(part) for part in parts)
