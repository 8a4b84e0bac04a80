"""What can be wrong with law, facts or a run. Every error knows where it is; the wording lives here."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file; ``line`` counts from 1, 0 when the fault has no line."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong: where, what, what was known, one hint.

    ``code`` is a short stable word for tools (``unknown-key``); ``known`` lists what would have been valid.
    """

    code: str
    what: str
    place: Place | None = None
    known: tuple[str, ...] = ()
    known_as: str = "known"
    near: str | None = None

    def __str__(self) -> str:
        head = f"{self.place}  {self.what}" if self.place else self.what
        lines = [head]
        if self.known:
            lines.append(f"  {self.known_as}: {_clip(self.known)}")
        if self.near:
            lines.append(f'  did you mean "{self.near}"?')
        return "\n".join(lines)


def _clip(names: Sequence[str], limit: int = 24) -> str:
    shown = ", ".join(names[:limit])
    more = len(names) - limit
    return f"{shown}, and {more} more" if more > 0 else shown


def quoted(word: object, most: int = 120) -> str:
    r"""A word as a message repeats it: cut when very long, without characters that a terminal obeys.

    >>> quoted("a\x1b[31mb"), quoted("x" * 200, 3)
    ('a\\x1b[31mb', 'xxx…')
    """
    text = str(word)
    shown = text[:most] + ("…" if len(text) > most else "")
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in shown)


def near_name(word: str, known: Iterable[str]) -> str | None:
    """The known name closest to ``word``, or None when nothing is close.

    >>> near_name("detaner", ["detainer", "state"])
    'detainer'
    """
    found = difflib.get_close_matches(str(word), list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def unknown_name(
    kind: str,
    word: object,
    known: Iterable[str],
    place: Place | None = None,
    *,
    where: str = "",
    plural: str | None = None,
) -> Fault:
    """The fault for a name nobody knows, with the names that are known and the nearest of them.

    >>> print(unknown_name("action", "withold", ["withhold", "sue"]))
    unknown action "withold"
      known actions: withhold, sue
      did you mean "withhold"?
    """
    names = tuple(known)
    prefix = f"{where} has an unknown {kind}" if where else f"unknown {kind}"
    return Fault(
        code=f"unknown-{kind.replace(' ', '-')}",
        what=f'{prefix} "{quoted(word)}"',
        place=place,
        known=names,
        known_as=f"known {plural or kind + 's'}",
        near=near_name(str(word), names),
    )


@dataclass(eq=False)
class BlackletterError(Exception):
    """The root of every error this package raises on purpose; ``faults`` holds all of them, not the first."""

    faults: tuple[Fault, ...] = field(default_factory=tuple)

    def __init__(self, faults: Fault | Iterable[Fault] | str) -> None:
        if isinstance(faults, str):
            faults = Fault("error", faults)
        self.faults = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__(str(self))

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


class RulesetError(BlackletterError):
    """The law on file is malformed."""


class FactError(BlackletterError):
    """A hypothetical is malformed: an unknown fact, value, preset, action or date."""


class TheoryError(BlackletterError):
    """A bare theory is malformed."""


class EngineError(BlackletterError):
    """An evaluator cannot carry this program, or was interrupted."""
