"""Answers that leave: a board as csv, xlsx or Markdown; a hypothetical as YAML, JSON or csv; a finding's theory as ASP.

Every file is written whole or not at all. Text that a spreadsheet would read as a formula is marked as text.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .atoms import Atom
from .errors import FactError, unknown_name
from .model import FLAG_WORDS
from .theory import atom_of
from .views import footer, md, review_words, verdict_words
from .wording import Wording

if TYPE_CHECKING:
    from .findings import Board, Finding
    from .hypothetical import Hypothetical
    from .ruleset import Ruleset

FORMULA = ("=", "+", "-", "@", "\t", "\n")
"""What a cell must not begin with."""


def write_whole(path: Path, content: str | bytes) -> None:
    """Writes a file whole or not at all: to a draft beside it, flushed to disk, then put in its place.

    Whoever reads the file sees the old content or the new one, also when the writer is killed. An `OSError` names
    the file, not the draft.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        _write_whole(path, data)
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from None


def _write_whole(path: Path, data: bytes) -> None:
    handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


# -- boards ---------------------------------------------------------------------------------------------------------

COLUMNS = (
    "about", "action", "basis", "title", "under", "actor", "award", "verdict", "says", "gates", "steps", "depends on",
    "readings", "rules", "flags", "reviewed",
)  # fmt: skip
"""The columns of an exported board; ``about`` is ``federal act`` or ``choice``."""


def board_rows(board: Board) -> list[dict[str, str]]:
    """One row a finding, each cell as text, by `COLUMNS`."""
    return [_board_row(board, f) for f in board.findings]


def _board_row(board: Board, f: Finding) -> dict[str, str]:
    law = board.law
    noun = law.choices[f.action] if f.is_choice else law.actions[f.action]
    under = law.laws[f.basis] if f.is_choice else law.bases[f.basis]
    gates = (f"{gate}: {found.value} ({', '.join(found.by)})" for gate, found in (f.gates or {}).items())
    readings = (f"{', '.join(f'{q} = {r}' for q, r in x.assume.items())}: {x.verdict}" for x in f.readings)
    cells = (
        "choice" if f.is_choice else "federal act", f.action, f.basis, noun.title, under.title, f.actor or "",
        f.award or "", f.verdict, verdict_words(f.verdict, f), "; ".join(gates), ", ".join(f.steps),
        ", ".join(m.fact for m in f.missing), "; ".join(readings), ", ".join(f.rules),
        "; ".join(FLAG_WORDS[flag] for flag in f.flags if flag in FLAG_WORDS),
        "; ".join(reviews(law, f.rules).values()),
    )  # fmt: skip
    return dict(zip(COLUMNS, cells, strict=True))


def reviews(law: Ruleset, rules: Iterable[str]) -> dict[str, str]:
    """Instrument -> who read its file against the source and when, for every instrument behind these rules."""
    names = {a.name: a.instrument for a in law.code.authority.values() if a.name and a.instrument}
    found = (law.instruments[names[r]] for r in rules if r in names and names[r] in law.instruments)
    return {i.instrument: f"{i.title}: {review_words(i.reviewed)}" for i in found}


def about_board(board: Board) -> dict[str, str]:
    """What every export of a board says of itself."""
    law, posed = board.law, board.hypothetical
    overlays = {"Changed": "; ".join(law.overlays)} if law.overlays else {}
    return {
        "Hypothetical": posed.title, "As of": posed.as_of.isoformat(), "Ruleset": f"{law.id} {law.version}",
        "Hash": law.hash, **overlays, "Determination": board.determination, "Note": law.not_advice,
    }  # fmt: skip


def cell(text: str) -> str:
    """Text for a spreadsheet: never read as a formula, no control characters, one kind of line end.

    >>> cell("=1+1"), cell("plain")
    ("'=1+1", 'plain')
    """
    clean = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text.replace("\r\n", "\n").replace("\r", "\n"))
    return f"'{clean}" if clean.startswith((*FORMULA, "'")) else clean


def board_csv(board: Board) -> str:
    """The board as csv, its own account of itself in the last rows."""
    lines = [[cell(row[c]) for c in COLUMNS] for row in board_rows(board)]
    about = [[name, cell(text)] for name, text in about_board(board).items()]
    return _csv([COLUMNS, *lines, [], *about])


def _csv(lines: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(lines)
    return out.getvalue()


def board_xlsx(board: Board) -> bytes:
    """The board as a workbook: findings, facts with their sources, and what it rests on; every cell is text."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    posed = board.hypothetical
    words = Wording(posed)
    facts = [
        (fact, value, words.origin(Atom(fact, fact, "is", ())) if fact in posed.facts or fact == "as_of" else "")
        for fact, value in posed.as_text().items()
    ]
    _sheet(book, "Findings", [COLUMNS, *([row[c] for c in COLUMNS] for row in board_rows(board))])
    _sheet(book, "Facts", [("fact", "value", "source"), *facts])
    _sheet(book, "About", [("what", "value"), *about_board(board).items()])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sheet(book: Any, title: str, lines: Sequence[Sequence[str]]) -> None:
    from openpyxl.styles import Alignment, Font

    sheet = book.create_sheet(title)
    for number, line in enumerate(lines, 1):
        for place, text in enumerate(line, 1):
            spot = sheet.cell(number, place)
            spot.value, spot.data_type = cell(text)[:32_000], "s"
            spot.alignment = Alignment(wrap_text=True, vertical="top")
            if number == 1:
                spot.font = Font(bold=True)
    for place in range(1, len(lines[0]) + 1):
        longest = max(len(line[place - 1]) for line in lines if len(line) >= place)
        sheet.column_dimensions[sheet.cell(1, place).column_letter].width = min(48, max(10, longest + 2))
    sheet.freeze_panes = "A2"


def board_markdown(board: Board) -> str:
    """The board as Markdown tables: federal acts, then the city's choices."""
    lines = [f"# {md(board.hypothetical.title)}", ""]
    kept = [r for r in board_rows(board) if r["verdict"] not in ("not regulated", "outside the model")]
    for about, heads in (("federal act", "Act | Power claimed"), ("choice", "Choice of the city | Law")):
        lines += [f"| {heads} | Verdict | Rests on | Flags |", "|---|---|---|---|---|"]
        for row in (r for r in kept if r["about"] == about):
            lines.append("| " + " | ".join(md(row[c]) for c in ("title", "under", "says", "rules", "flags")) + " |")
        lines.append("")
    return "\n".join([*lines, md(footer(board)), ""])


# -- hypotheticals --------------------------------------------------------------------------------------------------

_FIELDS = ("name", "as_of", "preset", "notes")
_SOURCE = "source:"
"""Before the name of a fact that has a source but no value."""


def hypothetical_data(posed: Hypothetical) -> dict[str, Any]:
    """A hypothetical as a file holds it; reading it back gives the same hypothetical."""
    words = posed.as_text()
    facts = {f: v for f, v in words.items() if f not in ("as_of", "award")}
    facts |= dict.fromkeys(sorted(posed.open), "unknown")
    started = posed.law.presets.get(posed.preset or "")
    if posed.award or (started and started.award):
        facts = {"award": posed.award or "none", **facts}
    head = {"name": posed.name, "as_of": words["as_of"], **({"preset": posed.preset} if posed.preset else {})}
    return {**head, "facts": facts, "sources": dict(posed.sources), "notes": posed.notes}


def hypothetical_json(posed: Hypothetical) -> str:
    """The hypothetical as a JSON file."""
    return json.dumps(hypothetical_data(posed), indent=2, ensure_ascii=False) + "\n"


def hypothetical_yaml(posed: Hypothetical) -> str:
    """The hypothetical as a YAML file."""
    import yaml

    return yaml.safe_dump(hypothetical_data(posed), sort_keys=False, allow_unicode=True, width=110)


def hypothetical_csv(posed: Hypothetical) -> str:
    """The hypothetical as csv: field, value, source."""
    data = hypothetical_data(posed)
    facts, sources = data.pop("facts"), data.pop("sources")
    fields = [[name, cell(text), ""] for name, text in data.items()]
    known = [[fact, cell(value), cell(sources.get(fact, ""))] for fact, value in facts.items()]
    spare = [[f"{_SOURCE}{fact}", "", cell(source)] for fact, source in sources.items() if fact not in facts]
    return _csv([("field", "value", "source"), *fields, *known, *spare])


def csv_data(text: str, where: str) -> dict[str, Any]:
    """What a csv file of a hypothetical holds, as `hypothetical_data` has it; raises `FactError` on another shape."""
    try:
        lines = list(csv.reader(io.StringIO(text)))
    except csv.Error as error:
        raise FactError(f"{where} is not readable as csv: {error}") from None
    if not lines or lines[0] != ["field", "value", "source"]:
        raise FactError(f"{where} is no csv file of a hypothetical: its columns are field, value, source")
    data: dict[str, Any] = {"facts": {}, "sources": {}}
    for number, line in enumerate(lines[1:], 2):
        if len(line) != 3:
            raise FactError(f"{where}:{number} has {len(line)} cells; the columns are field, value, source")
        field, value, source = (x.removeprefix("'") for x in line)
        if field in _FIELDS:
            data[field] = value
            continue
        if not field.startswith(_SOURCE):
            data["facts"][field] = value
        if source:
            data["sources"][field.removeprefix(_SOURCE)] = source
    return data


# -- theories -------------------------------------------------------------------------------------------------------


def theory_asp(finding: Finding) -> str:
    """The part of the law behind a finding, with its row of facts, as an answer set program that clingo runs as it is.

    The atoms ``plus_D``, ``minus_D``, ``plus_d`` and ``minus_d`` of its one answer set are the tags.
    """
    from .statement import state

    assert finding.board is not None
    board = finding.board
    made = state(board.law, board.hypothetical, finding.action, finding.basis)
    posed = board.hypothetical.with_facts(**made["supposed"]) if made["supposed"] else board.hypothetical
    truths = {a: posed.row.truths[a] for a in made["row"]["atoms"] if a in posed.row.truths}
    head = f"% {finding.action}, {finding.basis}: determination {made['determination']}, ruleset {board.law.hash}."
    program = Path(__file__).with_name("defeasible.lp").read_text(encoding="utf-8")
    return "\n".join([head, program, *_asp(made["law"], truths), ""])


def _asp(law: Mapping[str, Any], truths: Mapping[str, bool | None]) -> Iterator[str]:
    names = dict.fromkeys(atom_of(x) for _, _, head, body in law["rules"] for x in (head, *body))
    yield from (f"atom(0,{_quoted(atom)})." for atom in dict.fromkeys((*names, *truths)))
    for atom, value in truths.items():
        yield f"unknown(0,{_quoted(atom)})." if value is None else f"fact(0,{_term(atom if value else '~' + atom)})."
    for name, kind, head, body in law["rules"]:
        yield f"rule(0,{_quoted(name)},{kind},{_term(head)})."
        yield from (f"body(0,{_quoted(name)},{_term(literal)})." for literal in body)
    yield from (f"beats(0,{_quoted(strong)},{_quoted(weak)})." for strong, weak in law["superiority"])


def _term(literal: str) -> str:
    return f"lit({_quoted(atom_of(literal))},{'neg' if literal[0] == '~' else 'pos'})"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


# -- the door -------------------------------------------------------------------------------------------------------

BOARDS: Mapping[str, Callable[[Board], str | bytes]] = {".csv": board_csv, ".xlsx": board_xlsx, ".md": board_markdown}
HYPOTHETICALS: Mapping[str, Callable[[Hypothetical], str]] = {
    ".yaml": hypothetical_yaml, ".json": hypothetical_json, ".csv": hypothetical_csv,
}  # fmt: skip


def export(board: Board, path: Path, facts: bool = False) -> None:
    """Writes the board, or with ``facts`` its hypothetical, in the form that the ending of the path names."""
    forms: Mapping[str, Callable[[Any], str | bytes]] = HYPOTHETICALS if facts else {**HYPOTHETICALS, **BOARDS}
    if path.suffix not in forms:
        raise FactError(unknown_name("ending", path.suffix, forms))
    form = forms[path.suffix]
    write_whole(path, form(board if form in BOARDS.values() else board.hypothetical))
