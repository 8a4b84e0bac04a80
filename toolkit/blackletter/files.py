"""Hypotheticals in files: YAML, JSON or csv; one city, several entities, several awards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import FactError, Fault, unknown_name
from .exports import csv_data
from .hypothetical import Hypothetical, pose
from .reader import plain_json, plain_yaml, user_text

if TYPE_CHECKING:
    from .ruleset import Ruleset

MAX_BYTES = 1_000_000
_KEYS = ("name", "as_of", "preset", "facts", "assume", "awards", "entities", "sources", "notes")


def read_file(law: Ruleset, path: Path) -> Hypothetical:
    """The hypothetical in a YAML or JSON file: name, as_of, preset, facts, sources, notes.

    Raises `FactError` with every fault, and when the file names several entities or awards (see `read_rows`).
    """
    rows = read_rows(law, path)
    if len(rows) > 1:
        raise FactError(f"{path} names {several(rows)}: ask for each of them")
    return rows[0]


def read_rows(law: Ruleset, path: Path) -> tuple[Hypothetical, ...]:
    """Every hypothetical in a file: one for each award of each entity it names, or its only one.

    ``entities`` maps a name (city police, sheriff, State) to that body's own preset and facts; what stands beside it
    (as_of, facts) holds for all of them, since the law tests the body that controls the act. ``awards`` lists the
    awards of a city, each the id of one on file or a mapping of facts, with a ``name`` if it needs one.
    """
    data = _read(path)
    entities = data.pop("entities", None)
    if not entities:
        return _award_rows(law, data, str(path))
    if not isinstance(entities, dict) or not all(isinstance(e, dict) for e in entities.values()):
        raise FactError(f"{path}: entities maps a name to a mapping with preset and facts")
    return tuple(row for name, own in entities.items() for row in _entity(law, data, str(name), own, str(path)))


def several(rows: Iterable[Hypothetical]) -> str:
    """The entities, or else the awards, that rows are about, in words."""
    entities = dict.fromkeys(row.name for row in rows)
    if len(entities) > 1:
        return f"several entities ({', '.join(entities)})"
    return f"several awards ({', '.join(row.award_name or '' for row in rows)})"


def _entity(
    law: Ruleset, shared: Mapping[str, Any], name: str, own: Mapping[str, Any], path: str
) -> tuple[Hypothetical, ...]:
    where = f"{path}: entity {name}"
    facts = {**_mapping(shared, "facts", path), **_mapping(own, "facts", where)}
    return _award_rows(law, {**shared, **own, "facts": facts, "name": name}, where)


def _mapping(data: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
    found = data.get(key, {})
    if not isinstance(found, dict):
        raise FactError(Fault("shape", f"{where}: {key} is a mapping of fact ids to values"))
    return found


def _award_rows(law: Ruleset, data: Mapping[str, Any], where: str) -> tuple[Hypothetical, ...]:
    """One hypothetical for each award that ``data`` lists; without a list, its only one."""
    city = _from_data(law, data, where)
    awards = data.get("awards") or []
    if not isinstance(awards, list) or not all(isinstance(a, (str, dict)) for a in awards):
        raise FactError(f"{where}: awards is a list; each is the id of an award on file or a mapping of facts")
    rows = [_award_row(city, a, f"{where}: award {n}", f"award {n}") for n, a in enumerate(awards, 1)]
    names = [row.award_name for row in rows]
    twice = [f'two awards are called "{name}"' for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise FactError(f"{where}: {twice[0]}: give each a name of its own, as in {{name: ..., award: ...}}")
    return tuple(rows) or (city,)


def _award_row(city: Hypothetical, award: str | Mapping[str, Any], where: str, name: str) -> Hypothetical:
    facts = {"award": award} if isinstance(award, str) else dict(award)
    name = str(facts.pop("name", facts.get("award", name)))
    if "as_of" in facts:
        raise FactError(f"{where} has its own as_of; the day stands beside awards and holds for all of them")
    return replace(_within(where, lambda: city.with_facts(**facts)), award_name=name)


def _within(where: str, made: Callable[[], Hypothetical]) -> Hypothetical:
    """What is made, or its faults with the place in the file."""
    try:
        return made()
    except FactError as error:
        raise FactError([replace(fault, what=f"{where}: {fault.what}") for fault in error.faults]) from None


def _from_data(law: Ruleset, data: Mapping[str, Any], where: str) -> Hypothetical:
    faults = [unknown_name("key", k, _KEYS, where=where) for k in data if k not in _KEYS]
    faults += [
        Fault("shape", f"{where}: {key} is a mapping of fact ids to values")
        for key in ("facts", "sources", "assume")
        if not isinstance(data.get(key, {}), dict)
    ]
    if faults:
        raise FactError(faults)
    _check_assumed(law, data.get("assume", {}), where)
    facts = {**({"as_of": data["as_of"]} if "as_of" in data else {}), **data.get("facts", {})}
    made = _within(where, lambda: pose(law, data.get("preset"), facts))
    return replace(
        made, name=str(data.get("name") or made.name), notes=str(data.get("notes", made.notes)),
        sources={**made.sources, **data.get("sources", {})},
    )  # fmt: skip


def _check_assumed(law: Ruleset, assume: Mapping[str, Any], where: str) -> None:
    """A file that assumes readings is asked under a law that assumes them, never silently without."""
    lacking = [f"--assume {q}={reading}" for q, reading in assume.items() if law.assumed.get(q) != reading]
    if lacking:
        raise FactError(f"{where} assumes readings, and the law it is asked under does not: add {' '.join(lacking)}")


def _read(path: Path) -> dict[str, Any]:
    forms = {".csv": csv_data, ".json": plain_json}
    data = forms.get(path.suffix, plain_yaml)(user_text(path, MAX_BYTES), str(path))
    if not isinstance(data, dict):
        raise FactError(f"{path}: a hypothetical is a mapping with facts")
    return data
