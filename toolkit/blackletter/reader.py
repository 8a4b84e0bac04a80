"""rulesets/ -> Ruleset: the only reader of law from disk.

YAML is read as text (every scalar a string, so ``3.10`` stays a section and ``no`` a word), with limits on size,
depth and aliases; the model gives the types. All faults of all files are listed at once, each with file and line.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from . import model
from .errors import Fault, Place, RulesetError, near_name
from .model import Located, Noun
from .ruleset import Ruleset

MAX_BYTES = 2_000_000
MAX_DEPTH = 24
MAX_FILES = 5_000
RULESETS = "BLACKLETTER_RULESETS"
"""The environment variable that names a folder of rulesets to use instead of the bundled ones."""

_SHARED: Mapping[str, type[Noun]] = {
    "ruleset": model.RulesetFile,
    "gates": model.GatesFile,
    "facts": model.FactsFile,
    "actions": model.ActionsFile,
    "questions": model.QuestionsFile,
    "suits": model.SuitsFile,
    "definitions": model.DefinitionsFile,
    "awards": model.AwardsFile,
}
_MERGED = ("questions", "suits", "awards")
"""Shared words that may stand in several files."""
_MANY: Mapping[str, type[Noun]] = {"instrument": model.Instrument, "preset": model.Preset}
_APART = ("docket", "coverage", "invariants.yaml", "meeting.yaml", "errata.yaml", "exercises.yaml")
"""Files beside the law that other commands read."""


def find_ruleset(name: str = "us") -> Path:
    """The folder of a bundled ruleset: inside the wheel, else in the checkout.

    Where the environment variable BLACKLETTER_RULESETS names a folder of rulesets, it is looked for there and nowhere
    else. Raises `RulesetError` that says where it was looked for.
    """
    places = [Path(str(importlib.resources.files("blackletter"))) / "rulesets" / name]
    places.append(Path(__file__).resolve().parents[2] / "rulesets" / name)
    if elsewhere := os.environ.get(RULESETS):
        places = [Path(elsewhere) / name]
    for folder in places:
        if folder.is_dir():
            return folder
    raise RulesetError(f'no ruleset "{name}": looked in {" and in ".join(map(str, places))}')


def load(path: str | Path | None = None) -> Ruleset:
    """The ruleset in a folder (default: the bundled law of the United States).

    Raises `RulesetError` with every fault of every file.

    >>> load().id
    'us'
    """
    root = Path(path) if path is not None else find_ruleset()
    if not root.is_dir():
        raise RulesetError(f"{root} is not a folder of law files")
    files = _law_files(root)
    faults: list[Fault] = []
    parts: dict[str, Any] = {}
    many: dict[str, list[Noun]] = {kind: [] for kind in _MANY}
    digest = hashlib.sha256()
    for file in files:
        shown = _shown(file, root)
        text = _read(file, shown, faults)
        digest.update(f"{file.relative_to(root)}\0{text}\0".encode())
        data = _parse(text, shown, faults)
        if data is not None:
            _sort(data, shown, parts, many, faults)
    faults += [Fault("missing-file", f"the ruleset has no {k}.yaml", Place(str(root))) for k in _needed(parts)]
    if faults:
        raise RulesetError(faults)
    ruleset = Ruleset.assemble(parts, many, digest.hexdigest()[:12])
    ruleset.code  # noqa: B018  compiling lists the faults that need the whole ruleset: unknown names, cycles
    return ruleset


def read_text(text: str, shown: str) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """The shared words, and the instruments and presets, in the text of one law file.

    Raises `RulesetError` with every fault; ``shown`` is the name of the file in them.
    """
    faults: list[Fault] = []
    parts: dict[str, Any] = {}
    many: dict[str, list[Noun]] = {kind: [] for kind in _MANY}
    if len(text.encode()) > MAX_BYTES:
        raise RulesetError(Fault("too-large", f"the text is larger than {MAX_BYTES:,} bytes", Place(shown)))
    data = _parse(text, shown, faults)
    if data is not None:
        _sort(data, shown, parts, many, faults)
    if faults or data is None:
        raise RulesetError(faults or Fault("empty", "the file is empty", Place(shown)))
    return parts, many


def _needed(parts: Mapping[str, Any]) -> list[str]:
    return [k for k in ("ruleset", "gates", "facts", "actions") if k not in parts]


def _law_files(root: Path) -> list[Path]:
    found = [
        p for p in sorted(root.rglob("*.yaml"))
        if p.relative_to(root).parts[0] not in _APART and not p.is_symlink()
    ]  # fmt: skip
    if len(found) > MAX_FILES:
        raise RulesetError(f"{root} holds {len(found)} files; the limit is {MAX_FILES}")
    return found


def _shown(file: Path, root: Path) -> str:
    """The path as a reader knows it: from ``rulesets/`` down, else from the given folder."""
    parts = file.resolve().parts
    if "rulesets" in parts:
        return "/".join(parts[parts.index("rulesets") :])
    return str(Path(root.name) / file.relative_to(root))


def _read(file: Path, shown: str, faults: list[Fault]) -> str:
    if file.stat().st_size > MAX_BYTES:
        faults.append(Fault("too-large", f"the file is larger than {MAX_BYTES:,} bytes", Place(shown)))
        return ""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        faults.append(Fault("encoding", "the file is not UTF-8 text", Place(shown)))
        return ""


# -- YAML as text with places ---------------------------------------------------------------------------------------

_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def _parse(text: str, shown: str, faults: list[Fault], kind: str = "law file") -> Located | None:
    if not text:
        return None
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=_LOADER)):
            faults.append(Fault("alias", f"aliases (*name) are not allowed in a {kind}", Place(shown)))
            return None
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        faults.append(Fault("yaml", f"not readable as YAML: {error.problem}", Place(shown, line)))
        return None
    except yaml.YAMLError as error:
        faults.append(Fault("yaml", f"not readable as YAML: {error}", Place(shown)))
        return None
    value = _value(node, shown, faults, 0) if node is not None else None
    if not isinstance(value, Located):
        faults.append(Fault("shape", f"a {kind} is a mapping of keys to values", Place(shown, 1)))
        return None
    return value


def _value(node: yaml.Node, shown: str, faults: list[Fault], depth: int) -> Any:
    line = node.start_mark.line + 1
    if depth > MAX_DEPTH:
        faults.append(Fault("too-deep", f"nested more than {MAX_DEPTH} levels", Place(shown, line)))
        return None
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, shown, faults, depth + 1) for item in node.value]
    found = Located()
    found.place = Place(shown, line)
    for key, item in node.value:
        if not isinstance(key, yaml.ScalarNode):
            faults.append(Fault("shape", "a key is a word, not a list or a mapping", _at(shown, key)))
            continue
        name = str(key.value)
        if name in found:
            faults.append(Fault("duplicate-key", f'the key "{name}" is given twice', _at(shown, key)))
        found[name] = _value(item, shown, faults, depth + 1)
        found.lines[name] = key.start_mark.line + 1
    return found


def _at(shown: str, node: yaml.Node) -> Place:
    return Place(shown, node.start_mark.line + 1)


# -- data to nouns --------------------------------------------------------------------------------------------------


def _sort(data: Located, shown: str, parts: dict[str, Any], many: dict[str, list[Noun]], faults: list[Fault]) -> None:
    """Puts a parsed file where its first key says it belongs."""
    first = next(iter(data), "")
    kind = _SHARED.get(first) or _MANY.get(first)
    if kind is None:
        known = (*_SHARED, *_MANY)
        what = f'the first key "{first}" does not say what the file is'
        faults.append(Fault("unknown-file", what, Place(shown, 1), known, "known first keys", near_name(first, known)))
        return
    try:
        noun = kind.model_validate(data)
    except ValidationError as error:
        faults.extend(noun_faults(error, data, kind, shown))
        return
    if first in _MANY:
        many[first].append(noun)
    elif first in parts and first in _MERGED:
        parts[first] = _merge(parts[first], noun, first, faults)
    elif first in parts:
        faults.append(Fault("duplicate-file", f"a second {first} file", Place(shown, 1)))
    else:
        parts[first] = noun


def _merge(one: Noun, two: Noun, key: str, faults: list[Fault]) -> Noun:
    """Two files of the same shared words as one."""
    ours, theirs = getattr(one, key), getattr(two, key)
    twice = sorted(theirs.keys() & ours.keys())
    faults += [Fault("duplicate-id", f'"{name}" is defined twice in {key}', theirs[name].place) for name in twice]
    return one.model_copy(update={key: {**ours, **theirs}})


def noun_faults(error: ValidationError, data: Located, kind: type[Noun], shown: str) -> Iterator[Fault]:
    """What is wrong with the nouns of a file, each with its line, the keys known there and the nearest of them."""
    for item in error.errors(include_url=False):
        loc = tuple(part for part in item["loc"] if part not in ("term", "effect"))
        where, line = _locate(data, loc)
        place, who, key = Place(shown, line), where or "the file", str(loc[-1]) if loc else ""
        if item["type"] == "extra_forbidden":
            known = _known_keys(kind, loc)
            what = f'{who} has an unknown key "{key}"'
            yield Fault("unknown-key", what, place, known, "known keys", near_name(key, known))
        elif item["type"] == "missing":
            yield Fault("missing-key", f'{who} needs "{key}"', place)
        elif item["type"] == "literal_error":
            known = _values_of(item["ctx"]["expected"])
            what = f'{who} has an unknown {key} "{item["input"]}"'
            yield Fault(f"unknown-{key}", what, place, known, f"known as {key}", near_name(str(item["input"]), known))
        else:
            yield Fault("invalid", f"{who}: {_invalid(key, item)}", place)


def _values_of(expected: str) -> tuple[str, ...]:
    """The values pydantic lists as ``'a', 'b' or 'c'``."""
    return tuple(re.findall(r"'([^']*)'", expected))


def _invalid(key: str, item: Any) -> str:
    if item["type"].startswith("date"):
        return f'{key} is a day like 2017-01-25, not "{item["input"]}"'
    if item["type"].startswith("bool"):
        return f'{key} is yes or no, not "{item["input"]}"'
    reason = item["msg"].removeprefix("Value error, ")
    return reason if item["type"] == "value_error" else f"{key}: {reason[:1].lower()}{reason[1:]}"


def _locate(data: Located, loc: Iterable[Any]) -> tuple[str, int]:
    """Words for the noun that holds ``loc`` ("rule 9a.1"), and the line."""
    here: Any = data
    line = data.place.line if data.place else 0
    name = ""
    for part in loc:
        if isinstance(here, Located):
            if part in here:
                line = here.lines.get(part, line)
                here = here[part]
            continue
        if isinstance(here, list) and isinstance(part, int) and part < len(here):
            here = here[part]
            if isinstance(here, Located) and here.place:
                line = here.place.line
                name = _named(here) or name
    return name, line


def _named(data: Located) -> str:
    label = data.get("id") or data.get("name")
    if not isinstance(label, str):
        return ""
    return f"rule {label}" if "then" in data else f'"{label}"'


def _known_keys(kind: type[Noun], loc: tuple[Any, ...]) -> tuple[str, ...]:
    """The keys the noun at ``loc`` knows, in the order of the model."""
    owner = _owner(kind, loc[:-1])
    if owner is None:
        return ()
    return tuple(f.alias or name for name, f in owner.model_fields.items() if name != "place")


def _owner(kind: type[Noun], loc: tuple[Any, ...]) -> type[Noun] | None:
    current: type[Noun] | None = kind
    for part in loc:
        if current is None:
            return None
        if isinstance(part, str):
            nested = _noun_named(part) or _field_noun(current, part)
            current = nested or current
    return current


def _noun_named(name: str) -> type[Noun] | None:
    found = getattr(model, name, None)
    return found if isinstance(found, type) and issubclass(found, Noun) else None


def _field_noun(owner: type[Noun], name: str) -> type[Noun] | None:
    for field_name, field in owner.model_fields.items():
        if name in (field_name, field.alias):
            return next(_nouns_in(field.annotation), None)
    return None


def _nouns_in(annotation: Any) -> Iterator[type[Noun]]:
    if isinstance(annotation, type) and issubclass(annotation, Noun):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _nouns_in(inner)


def user_text(path: Path, most: int | None = None) -> str:
    """The text of a file a user names, of at most so many bytes; raises `FactError` when it cannot be read as UTF-8."""
    from .errors import FactError

    try:
        if path.is_file() and most is not None and path.stat().st_size > most:
            raise FactError(f"{path} is larger than {most:,} bytes")
        if not path.is_dir():
            return decoded(path.read_bytes(), str(path))
    except FileNotFoundError:
        pass
    except OSError as error:
        raise FactError(f"{path} cannot be read: {error.strerror}") from None
    raise FactError(f"{path} is not a file")


def decoded(data: bytes, shown: str) -> str:
    """Text a user gave as bytes; raises `FactError` when it is not UTF-8."""
    from .errors import FactError

    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FactError(f"{shown} is not UTF-8 text: save it with that encoding") from None


def plain_json(text: str, shown: str) -> Any:
    """JSON data a user wrote; raises `FactError` where it is malformed or gives a key twice."""
    from .errors import FactError

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise FactError(f'{shown}: the key "{twice}" is given twice')
        return found

    if not text.strip():
        raise FactError(f"{shown} is empty")
    try:
        return json.loads(text, object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise FactError(f"{shown} is not readable as JSON: {error}") from None


def plain_yaml(text: str, shown: str) -> Any:
    """YAML data a user wrote, every scalar as text; raises `FactError` with the line of each fault."""
    from .errors import FactError

    faults: list[Fault] = []
    data = _parse(text, shown, faults, "file of facts")
    if faults or data is None:
        raise FactError(faults or f"{shown} is empty")
    return data
