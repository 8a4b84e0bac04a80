"""Cities kept on disk: saved by name, and a draft after every edit. Plain files, written whole or not at all.

A file holds what `blackletter ask FILE` reads: name, preset, as_of, facts, and the readings assumed. Nothing here is
run or trusted: a file is read as text and posed like anything a user types.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blackletter.errors import FactError
from blackletter.exports import write_whole
from blackletter.views import long_date

from .decide import Inputs

if TYPE_CHECKING:
    from blackletter.document import Document

FILES = "BLACKLETTER_FILES"
"""The environment variable that names the folder for memos, where it is not the notebook's own."""

HOME = "BLACKLETTER_HOME"
"""The environment variable that names another folder than the user's own."""

DRAFTS = 12
"""Drafts kept; older ones go."""

CITIES, DRAFT = "cities", "drafts"


def home() -> Path:
    """The folder of this user's cities and drafts."""
    named = os.environ.get(HOME)
    if named:
        return Path(named)
    import platformdirs

    return Path(platformdirs.user_data_dir("blackletter", appauthor=False))


def write_memo(made: Document, name: str) -> Path:
    """Writes a memo beside the notebook, in the form that the name's ending tells; a file of that name stays."""
    folder = Path(os.environ.get(FILES) or ".").resolve()
    wanted = Path(name)
    free = (wanted.stem + (f"-{n}" if n > 1 else "") + wanted.suffix for n in count(1))
    path = next(path for path in (folder / name for name in free) if not path.exists())
    made.write(path)
    return path


@dataclass(frozen=True)
class Kept:
    """A city on disk: what it is called in a list, and its file."""

    title: str
    path: Path


@dataclass(frozen=True)
class Store:
    """The cities of one folder. ``draft`` is the name under which this workbench keeps its own work."""

    folder: Path
    draft: str

    def save(self, name: str, inputs: Inputs) -> Path:
        """Keep a city under a name; a city of that name is replaced."""
        if not name.strip():
            raise FactError("a saved city needs a name: type one beside Save")
        return write(self.folder / CITIES / f"{slug(name)}.yaml", inputs, name.strip())

    def keep(self, inputs: Inputs) -> None:
        """Keep the draft of this workbench, and the newest of the others."""
        write(self.folder / DRAFT / f"{self.draft}.yaml", inputs, inputs.facts.get("name", ""))
        for old in self._newest(DRAFT)[DRAFTS:]:
            old.unlink(missing_ok=True)

    def kept(self) -> list[Kept]:
        """Every city on disk: drafts of other sessions first, newest first, then the saved ones by name."""
        drafts = [p for p in self._newest(DRAFT) if p.stem != self.draft]
        saved = sorted((self.folder / CITIES).glob("*.yaml"))
        return [*(Kept(_draft_title(p), p) for p in drafts), *(Kept(_title(p), p) for p in saved)]

    def _newest(self, under: str) -> list[Path]:
        found = list((self.folder / under).glob("*.yaml"))
        return sorted(found, key=lambda path: (-path.stat().st_mtime, path.name))


def here() -> Store:
    """This user's store; the draft's name tells sessions apart."""
    return Store(home(), f"{dt.datetime.now():%Y%m%d-%H%M%S}-{os.getpid()}")


def slug(name: str) -> str:
    """A file name for a city's name.

    >>> slug("Our city, after the vote / 2017")
    'our-city-after-the-vote-2017'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "city"


def write(path: Path, inputs: Inputs, name: str) -> Path:
    """Writes a hypothetical file whole or not at all."""
    import yaml

    facts = {fact: word for fact, word in inputs.facts.items() if fact not in ("as_of", "name")}
    data = {"name": name, "preset": inputs.preset, "as_of": inputs.facts.get("as_of"), "facts": facts}
    data["assume"] = dict(inputs.assume)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, yaml.safe_dump({k: v for k, v in data.items() if v}, allow_unicode=True, sort_keys=False))
    return path


def read(path: Path) -> Inputs:
    """The inputs a file holds; raises `FactError` when it is no hypothetical file."""
    from blackletter.reader import plain_yaml

    try:
        data: Any = plain_yaml(path.read_text(encoding="utf-8", errors="replace"), path.name)
    except OSError as error:
        raise FactError(f"{path.name} cannot be read ({error.strerror}): save the city again") from None
    facts, assume = (data.get(key, {}) if isinstance(data, dict) else None for key in ("facts", "assume"))
    if not isinstance(facts, Mapping) or not isinstance(assume, Mapping):
        raise FactError(f"{path.name} holds no city: it needs facts, each with a value")
    stated = {str(fact): str(word) for fact, word in facts.items()}
    for key in ("as_of", "name"):
        if data.get(key):
            stated[key] = str(data[key])
    assumed = {str(question): str(reading) for question, reading in assume.items()}
    return Inputs(str(data["preset"]) if data.get("preset") else None, stated, assumed)


def _title(path: Path) -> str:
    try:
        return read(path).facts.get("name") or path.stem
    except FactError:
        return path.stem


def _draft_title(path: Path) -> str:
    when = dt.datetime.fromtimestamp(path.stat().st_mtime)
    return f"draft of {long_date(when.date())}, {when:%H:%M}: {_title(path)}"
