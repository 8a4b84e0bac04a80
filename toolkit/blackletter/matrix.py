"""Readings side by side: each open question behind a finding, with the verdict under every reading of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from .argue import subject
from .errors import FactError
from .findings import ActionFinding, Finding
from .splits import OPEN, Ruling, rulings, standing
from .theory import atom_of, negate
from .views import long_date, md, plain, short_words

if TYPE_CHECKING:
    from .ruleset import Ruleset


@dataclass(frozen=True, slots=True)
class ReadingCell:
    """One reading of a question: in our words, who argues it, and the verdict when it is assumed."""

    reading: str
    says: str
    argued_by: tuple[str, ...]
    verdict: str


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One question: its readings with their verdicts, how it stands here, and the rulings on it.

    ``decides`` says whether its readings alone lead to different verdicts; ``standing`` is the reading that binds,
    "presumed ..." or "open question".
    """

    question: str
    asks: str
    cells: tuple[ReadingCell, ...]
    standing: str
    rulings: tuple[Ruling, ...]

    @property
    def decides(self) -> bool:
        """Whether the verdict depends on how this question alone is read."""
        return len({c.verdict for c in self.cells}) > 1

    @property
    def is_open(self) -> bool:
        """Whether nothing that binds here settles it."""
        return self.standing == OPEN

    @property
    def binds(self) -> str:
        """What binds here, in words."""
        if self.is_open:
            return "nothing binds here; the question is open"
        ours = next((r for r in self.rulings if r.force == "binding"), None)
        if ours is not None and not self.standing.startswith("presumed"):
            return f"{ours.court}, {long_date(ours.decided)} ({ours.cite}; flag {ours.flag})"
        return "presumed until a court or the federal side puts it in question"


@dataclass(frozen=True)
class Matrix:
    """The questions behind one finding, those that decide first, each with the verdict under every reading.

    ``together`` gives the verdict for combinations of the open questions, where the finding lists them.
    """

    claim: str
    verdict: str
    rows: tuple[QuestionRow, ...]
    together: tuple[tuple[Mapping[str, str], str], ...] = ()

    def text(self) -> str:
        """One block for each question; ``*`` marks those whose reading decides."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield plain(f"{self.claim}: {self.verdict}")
        if not self.rows:
            yield "  No open question of law lies behind this finding."
        for row in self.rows:
            yield plain(f"{'*' if row.decides else ' '} {row.asks}")
            for cell in row.cells:
                here = "  <- binds or is presumed here" if self._here(row, cell) else ""
                by = f" (argued by {', '.join(cell.argued_by)})" if cell.argued_by else ""
                yield f"    {plain(short_words(cell.verdict))}, if: {plain(cell.says + by)}{here}"
            yield f"    Here: {plain(row.binds)}"
        if any(row.decides for row in self.rows):
            yield "* how this question is read decides the verdict"

    @staticmethod
    def _here(row: QuestionRow, cell: ReadingCell) -> bool:
        return row.standing.removeprefix("presumed ") == cell.reading

    def markdown(self) -> str:
        """A Markdown table, one row for each reading; everything escaped."""
        head = ["| Question | If it is read so | Argued by | Verdict | Decides | Here |", "|--|--|--|--|--|--|"]
        lines = [f"**{md(self.claim)}: {md(self.verdict)}**", "", *head]
        for row, cell in self._cells():
            by, here = ", ".join(cell.argued_by), row.binds if self._here(row, cell) or row.is_open else ""
            parts = (row.asks, cell.says, by, cell.verdict, "yes" if row.decides else "no", here)
            lines.append("| " + " | ".join(map(md, parts)) + " |")
        return "\n".join(lines)

    def _cells(self) -> Iterator[tuple[QuestionRow, ReadingCell]]:
        return ((row, cell) for row in self.rows for cell in row.cells)

    def html(self) -> str:
        """Captioned tables without script, the questions that decide first, the others folded; everything escaped."""
        from .pages import styled

        shown = [row for row in self.rows if row.decides] or list(self.rows)
        rest = [row for row in self.rows if row not in shown]
        caption = escape(plain(f"{self.claim}: {self.verdict}"))
        if not rest:
            return styled(self._table(caption, shown))
        more = f"Questions behind this answer that do not decide it alone ({len(rest)})"
        folded = f"<details><summary>{more}</summary>{self._table('The answer under each reading', rest)}</details>"
        return styled(self._table(caption, shown) + folded)

    def _table(self, caption: str, rows: Sequence[QuestionRow]) -> str:
        columns = ("Question", "If it is read so", "Argued by", "Verdict")
        head = "".join(f"<th scope='col'>{name}</th>" for name in columns)
        body = "".join(map(self._row_html, rows)) or (
            "<tr><td colspan='4'>No open question of law lies behind this finding.</td></tr>"
        )
        return (
            f"<table class='bl-readings'><caption>{caption}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table>"
        )

    def _row_html(self, row: QuestionRow) -> str:
        decides = "<strong>Decides.</strong> " if row.decides else ""
        asked = (
            f"<th scope='rowgroup' rowspan='{len(row.cells)}'>{decides}{escape(plain(row.asks))}"
            f"<div class='bl-note'>Here: {escape(plain(row.binds))}</div></th>"
        )
        return "".join(
            f"<tr data-question='{escape(row.question)}'>{asked if not n else ''}"
            f"<td>{escape(plain(c.says))}{' <em>(holds here)</em>' if self._here(row, c) else ''}</td>"
            f"<td>{escape(plain(', '.join(c.argued_by)))}</td><td>{escape(plain(short_words(c.verdict)))}</td></tr>"
            for n, c in enumerate(row.cells)
        )

    def json(self) -> dict[str, Any]:
        """The matrix as plain data."""
        rows = [
            {
                "question": r.question, "asks": r.asks, "decides": r.decides, "standing": r.standing, "binds": r.binds,
                "readings": [{"reading": c.reading, "says": c.says, "argued_by": list(c.argued_by),
                              "verdict": c.verdict} for c in r.cells],
                "rulings": [{"id": h.id, "reading": h.reading, "force": h.force, "court": h.court,
                             "decided": h.decided.isoformat(), "cite": h.cite, "flag": h.flag} for h in r.rulings],
            }
            for r in self.rows
        ]  # fmt: skip
        together = [{"assume": dict(a), "verdict": v} for a, v in self.together]
        return {"claim": self.claim, "verdict": self.verdict, "questions": rows, "together": together}

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": self.text(), "text/html": self.html()}


def matrix(found: Finding | ActionFinding) -> Matrix:
    """Every question of law behind a finding, read each way with the others left as they stand.

    A question that is settled here is listed too: what would follow if it were read otherwise.

    >>> import blackletter as bl
    >>> law = bl.load()
    >>> row = law.ask(law.hypothetical("new-orleans"))["withhold", "award-term-validation"].readings_matrix().rows[0]
    >>> row.question, row.decides
    ('jag_1373_applicable', True)
    """
    one = found if isinstance(found, Finding) else found.leading
    if one is None or one.board is None:
        raise FactError(f'no basis on file is claimed for "{found.action}"')
    law, title = one.board.law, subject(one)
    claim = title if isinstance(found, Finding) else law.actions[found.action].title
    rows = [_row(found, one, q) for q in _questions(law, _literals(found))]
    rows.sort(key=lambda r: (not r.decides, not r.is_open))
    together = tuple((r.assume, r.verdict) for r in found.readings)
    return Matrix(claim, found.verdict, tuple(rows), together)


def _literals(found: Finding | ActionFinding) -> list[str]:
    """The literals that a finding's verdict is read from."""
    parts = (found,) if isinstance(found, Finding) else found.bases
    assert parts[0].board is not None
    code = parts[0].board.law.code
    literals: list[str] = []
    for f in parts:
        if f.is_choice:
            literals += code.choices.get((f.action, f.basis), {}).values()
        elif (f.basis, f.action) in code.pairs:
            pair = code.pairs[f.basis, f.action]
            literals += [*pair.gates.values(), *pair.causes.values()]
    return literals


def _questions(law: Ruleset, literals: list[str]) -> list[str]:
    """The questions that some rule below these literals reads, in the order of the file."""
    theory, agenda, seen = law.code.theory, list(map(atom_of, literals)), set()
    while agenda:
        atom = agenda.pop()
        if atom not in seen:
            seen.add(atom)
            rules = (r for x in (atom, negate(atom)) for r in theory.by_head.get(x, ()))
            agenda += [atom_of(b) for r in rules for b in r.body]
    return [q for q, noun in law.questions.items() if any(f"{q}:{r}" in seen for r in noun.readings)]


def _row(found: Finding | ActionFinding, one: Finding, question: str) -> QuestionRow:
    board = one.board
    assert board is not None
    noun, city = board.law.questions[question], board.hypothetical
    cells = tuple(
        ReadingCell(reading, text.says, text.argued_by, _read(found, one, question, reading))
        for reading, text in noun.readings.items()
    )
    return QuestionRow(question, noun.asks, cells, standing(city, question), rulings(city, question))


def _read(found: Finding | ActionFinding, one: Finding, question: str, reading: str) -> str:
    """The verdict when the question is read so."""
    from .desk import ask

    assert one.board is not None
    law = one.board.law.assume(**{question: reading})
    board = ask(law, one.board.hypothetical.under(law), "exact", (found.action,))
    return str((board[found.action, one.basis] if isinstance(found, Finding) else board[found.action]).verdict)
