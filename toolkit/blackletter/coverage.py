"""The ledger: every item of the digest is encoded by named rules, or left out for a stated reason.

And what the notebooks leave unsaid: the rules that no notebook names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import Fault, Place, near_name

if TYPE_CHECKING:
    from .model import Rule
    from .ruleset import Ruleset

STATUS = {"encoded": "E", "left out": "L", "missing": "M"}
"""A letter beside each color."""


@dataclass(frozen=True)
class Entry:
    """One digest item: the ids that encode it, or the reason it is left out."""

    item: str
    rules: tuple[str, ...] = ()
    left_out: str = ""

    @property
    def status(self) -> str:
        """``encoded``, ``left out`` or ``missing``."""
        return "encoded" if self.rules else "left out" if self.left_out else "missing"


@dataclass(frozen=True)
class Ledger:
    """Every item in order, and the faults of the ledger against the law."""

    entries: Mapping[str, Entry]
    faults: tuple[Fault, ...]

    def html(self) -> str:
        """The ledger as a page: items shaded by status, with the status letter beside the color."""
        rows = "".join(_row(e) for e in self.entries.values())
        counts = ", ".join(f"{n} {s}" for s, n in self.counts().items())
        return (
            "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>Coverage of the digest</title>"
            f"<style>{_STYLE}</style></head><body><main><h1>Coverage of the digest</h1><p>{escape(counts)}. "
            "E encoded, L left out with a reason, M missing.</p><table><caption>Each item of the digest and what "
            "encodes it</caption><thead><tr><th scope='col'>Item</th><th scope='col'>Status</th>"
            f"<th scope='col'>Encoded by, or why not</th></tr></thead><tbody>{rows}</tbody></table>"
            "</main></body></html>"
        )

    def counts(self) -> dict[str, int]:
        """How many items have each status."""
        found = dict.fromkeys(STATUS, 0)
        for entry in self.entries.values():
            found[entry.status] += 1
        return found


_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid #767676;padding:.3rem .5rem;text-align:left;"
    "vertical-align:top}tr.encoded td.s{background:#d7ecd9}tr.left-out td.s{background:#fdf0c2}"
    "tr.missing td.s{background:#f6d0d0}td.s{white-space:nowrap}"
)


def _row(entry: Entry) -> str:
    what = escape(", ".join(entry.rules) or entry.left_out)
    kind = entry.status.replace(" ", "-")
    status = f"<b>{STATUS[entry.status]}</b> {entry.status}"
    return (
        f"<tr class='{kind}'><th scope='row'>{escape(entry.item)}</th><td class='s'>{status}</td><td>{what}</td></tr>"
    )


def read_ledger(law: Ruleset, folder: Path) -> Ledger:
    """The ledger in ``folder`` (``items.yaml`` and files of ``coverage:``), held against the law.

    Faults: an item with neither rules nor a reason, an id that is not on file, a rule that no item names.
    """
    from .reader import plain_yaml

    faults: list[Fault] = []
    entries: dict[str, Entry] = {}
    for path in sorted(folder.glob("*.yaml")):
        data = plain_yaml(path.read_text(encoding="utf-8"), f"coverage/{path.name}")
        for item in data.get("items", []):
            entries.setdefault(item, Entry(item))
        for item, value in (data.get("coverage") or {}).items():
            entries[item] = _merge(entries.get(item, Entry(item)), value)
    faults += _missing(entries)
    faults += _unknown(entries, names_on_file(law))
    faults += _unnamed(law, entries)
    return Ledger(entries, tuple(faults))


def _merge(entry: Entry, value: Any) -> Entry:
    rules = value.get("rules", []) if isinstance(value, dict) else []
    reason = value.get("left_out", "") if isinstance(value, dict) else str(value)
    return Entry(entry.item, tuple(dict.fromkeys((*entry.rules, *rules))), entry.left_out or reason)


def names_on_file(law: Ruleset) -> set[str]:
    """Every id that a ledger may name."""
    names = {*law.instruments, *law.bases, *law.laws, *law.terms, *law.questions, *law.suits, *law.awards, *law.presets}
    names |= {*law.facts, *law.actions, *law.choices, *law.rulings, "meeting", "definitions", "vectors", "gates"}
    for i in law.instruments.values():
        names |= {f"{i.instrument}#{r.id}" for r in i.rules} | {w.id for w in i.waivers}
        names |= {f"{i.instrument}#{h.id}" for h in i.holdings}
    return names


def _missing(entries: Mapping[str, Entry]) -> Iterator[Fault]:
    for entry in entries.values():
        if entry.status == "missing":
            yield Fault("uncovered-item", f"digest item {entry.item} has neither rules nor a reason", Place("coverage"))


def _unknown(entries: Mapping[str, Entry], known: set[str]) -> Iterator[Fault]:
    for entry in entries.values():
        for name in entry.rules:
            if name not in known:
                what = f'digest item {entry.item} names "{name}", which is not on file'
                yield Fault("unknown-id", what, Place("coverage"), near=near_name(name, known))


def _unnamed(law: Ruleset, entries: Mapping[str, Entry]) -> Iterator[Fault]:
    """Rules that belong to no item: neither named by the ledger nor naming an item themselves."""
    named = {name for e in entries.values() for name in e.rules}
    for i in law.instruments.values():
        for rule in i.rules:
            full = f"{i.instrument}#{rule.id}"
            if full not in named and not rule.digest and not i.digest:
                yield Fault("unnamed-rule", f"rule {full} belongs to no digest item", rule.place)


# -- what the notebooks name ----------------------------------------------------------------------------------------

_NAME = re.compile(r"[\w./-]+(?:#[\w.-]+)?")


def unnamed_rules(law: Ruleset, notebooks: Iterable[Path]) -> dict[str, tuple[str, ...]]:
    """Instrument -> its rules that no notebook names, by full name; instruments without any are left out.

    A rule is named when a cell has its own name, its instrument's name or title, or something it bears on: a basis, a
    law or a term, at once or through terms that rules for it rest on. An exercise that a cell opens counts with the
    finding it asks for. Outputs do not count, nor does a rule that only speaks for a whole class of powers.
    """
    sources = [_sources(path) for path in notebooks]
    words = set(_NAME.findall("\n".join(sources)))
    words |= {word for finding in _exercised(words) for word in finding.split()}
    told = " ".join(" ".join(sources).casefold().split())
    spoken = {name for name, i in law.instruments.items() if name in words or _short(i.title) in told}
    borne = _rested_on(law, words)
    left = {
        name: tuple(f"{name}#{r.id}" for r in i.rules if f"{name}#{r.id}" not in words and not borne & _concludes(r))
        for name, i in law.instruments.items() if name not in spoken
    }  # fmt: skip
    return {name: rules for name, rules in left.items() if rules}


def _sources(path: Path) -> str:
    return "\n".join("".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"])


def _exercised(words: set[str]) -> Iterator[str]:
    from .exercises import bundled

    yield from (exercise.finding for exercise in bundled() if exercise.id in words)


def _short(title: str) -> str:
    """A title as prose says it: no article in front, no year or court behind."""
    return re.sub(r"\s*\([^)]*\d{4}\)$", "", title).removeprefix("The ").casefold()


def _rested_on(law: Ruleset, words: set[str]) -> set[str]:
    """The bases, laws and terms among some words, and every term that rules for these rest on."""
    rules = [rule for i in law.instruments.values() for rule in i.rules]
    found = words & {*law.bases, *law.laws, *law.terms}
    size = -1
    while size != len(found):
        size = len(found)
        lines = [line for rule in rules if found & _concludes(rule) for line in (*rule.when, *rule.unless)]
        found |= {line.removeprefix("not ").split()[0] for line in lines} & law.terms.keys()
    return found


def _concludes(rule: Rule) -> set[str]:
    if isinstance(rule.then, str):
        return {rule.then}
    return {*rule.then.basis, *(name for name in (rule.then.law,) if name)}
