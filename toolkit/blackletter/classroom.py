"""What an instructor takes to class, made by the engine: a handout, the answer key, and how a class has answered."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import FactError
from .exercises import Drill, Exercise, Progress, bundled
from .exports import write_whole
from .sheets import answer_key, by_notebook, drill_handout
from .tables import Table, table

if TYPE_CHECKING:
    from .ruleset import Ruleset


def write_kit(law: Ruleset, folder: Path) -> tuple[Path, ...]:
    """Writes the generated part of the teaching kit into a folder, which is made; returns the files.

    ``handout.md`` asks every exercise and answers none; ``answer-key.md`` answers them; ``exercises.csv`` lists them
    for a grade book.
    """
    folder.mkdir(parents=True, exist_ok=True)
    exercises = bundled()
    made = {
        "handout.md": handout(law, exercises),
        "answer-key.md": answer_key(law, exercises),
        "exercises.csv": exercise_list(exercises),
    }
    for name, content in made.items():
        write_whole(folder / name, content)
    return tuple(folder / name for name in made)


def handout(law: Ruleset, exercises: Sequence[Exercise]) -> str:
    """Every exercise as one Markdown page to print: the question, the verdicts, the grounds by letter; no answer."""
    head = ["# Exercises", "", f"{law.id} {law.version} ({law.hash}). {law.not_advice}"]
    return by_notebook(head, exercises, lambda exercise: drill_handout(Drill(law, exercise)))


def exercise_list(exercises: Sequence[Exercise]) -> str:
    """The exercises as CSV: notebook, id, title, what it teaches."""
    made = io.StringIO()
    rows = csv.writer(made, lineterminator="\n")
    rows.writerow(("notebook", "exercise", "title", "teaches"))
    rows.writerows((e.notebook, e.id, e.title, e.teaches) for e in exercises)
    return made.getvalue()


@dataclass(frozen=True, slots=True)
class Tally:
    """How a class answered one exercise: who tried, who was right at once, who at last, and the commonest mistake.

    ``verdict`` and ``because`` are the wrong answer most students gave first; empty when none did.
    """

    exercise: str
    tried: int
    at_once: int
    at_last: int
    verdict: str = ""
    because: str = ""


@dataclass(frozen=True)
class ClassReport:
    """The progress files of a class, exercise by exercise."""

    law: Ruleset
    students: tuple[str, ...]
    tallies: tuple[Tally, ...]

    def table(self) -> Table:
        """The same as a table, the grounds in words."""
        columns = ("Exercise", "Tried", "Right at once", "Right at last", "The commonest first mistake")
        rows = {t.exercise: (t.tried, t.at_once, t.at_last, self._mistake(t)) for t in self.tallies}
        return table(rows, *columns, caption=f"{len(self.students)} students")

    def _mistake(self, tally: Tally) -> str:
        if not tally.verdict:
            return ""
        return f"{tally.verdict}, because: {self.law.exercise(tally.exercise).words(tally.because)}"

    def text(self) -> str:
        """The table as text."""
        return self.table().text()

    def json(self) -> dict[str, Any]:
        """The tallies as plain data."""
        rows = [
            {"exercise": t.exercise, "tried": t.tried, "right_at_once": t.at_once, "right_at_last": t.at_last,
             "mistake": {"verdict": t.verdict, "because": t.because} if t.verdict else None}
            for t in self.tallies
        ]  # fmt: skip
        return {"students": list(self.students), "exercises": rows}


def class_report(law: Ruleset, folder: Path) -> ClassReport:
    """How a class answered: every ``*.json`` of a folder is one student's progress file.

    Raises `FactError` for a folder without one, and for a file that is no progress file.
    """
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise FactError(f"{folder} holds no progress file (*.json)")
    read = {path.stem: Progress(path).read() for path in paths}
    return ClassReport(law, tuple(read), tuple(_tally(e.id, read) for e in bundled()))


def _tally(exercise: str, read: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]) -> Tally:
    tries = [student[exercise] for student in read.values() if student.get(exercise)]
    firsts = [given[0] for given in tries]
    wrong = Counter((first["verdict"], first["because"]) for first in firsts if not first["right"])
    mistake = min(wrong, key=lambda answer: (-wrong[answer], answer), default=("", ""))
    at_last = sum(any(answer["right"] for answer in given) for given in tries)
    return Tally(exercise, len(tries), len(firsts) - wrong.total(), at_last, *mistake)
