"""Blackletter: legal hypotheticals, answered with reasons.

A hypothetical is a row of facts. The law is a defeasible theory. A finding is a conclusion with its argument.

>>> import blackletter as bl
>>> law = bl.load()
>>> city = law.hypothetical("springfield", as_of="2017-06-01", state="CO", program="transit", agency="dot")
>>> law.ask(city)["terminate", "eo-13768-9a"].verdict
'enjoined'

Words used throughout:

- *fact*: something asked about the city, the award, the actor, the dates or the forum; it may be unknown
- *basis*: the claimed head of power for a federal act
- *gate*: authority, constitution, orders, award: four questions, of which a "no" to one says nothing about the others
- *reading*: one answer to an open question of law
- *finding*: a verdict about an (action, basis) or a (choice, law), with its argument
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

_HOME = {
    "load": "reader",
    "Ruleset": "ruleset",
    "Hypothetical": "hypothetical",
    "Board": "findings",
    "Finding": "findings",
    "Argument": "argue",
    "Theory": "theory",
    "BlackletterError": "errors",
    "FactError": "errors",
    "RulesetError": "errors",
    "TheoryError": "errors",
    "EngineError": "errors",
    "table": "tables",
    "Workbench": "widgets",
    "Predict": "widgets",
}

__all__ = [
    "Argument", "BlackletterError", "Board", "EngineError", "FactError", "Finding", "Hypothetical", "Predict",
    "Ruleset", "RulesetError", "Theory", "TheoryError", "Workbench", "__version__", "load",
    "table",
]  # fmt: skip

if TYPE_CHECKING:
    from .argue import Argument
    from .errors import BlackletterError, EngineError, FactError, RulesetError, TheoryError
    from .findings import Board, Finding
    from .hypothetical import Hypothetical
    from .reader import load
    from .ruleset import Ruleset
    from .tables import table
    from .theory import Theory
    from .widgets import Predict, Workbench


def __getattr__(name: str) -> object:
    """The public names, imported when first used."""
    if name not in _HOME:
        raise AttributeError(f"module 'blackletter' has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
