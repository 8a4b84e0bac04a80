"""Invented jurisdictions: none of them exists, and their names say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from .ruleset import Ruleset

DAY = "2017-06-01"
ENTITIES = {"city": 0.6, "county": 0.3, "sheriff": 0.1}
GAPS = {"release_notice": 0.05, "practice_restricts": 0.1}
"""For some facts, the share of jurisdictions in which they are not known."""


def sample(law: Ruleset, n: int = 3000, seed: int = 20170425, as_of: str = DAY) -> pd.DataFrame:
    """``n`` invented jurisdictions with an award each, drawn from ``seed``: columns as `Ruleset.sweep` reads them.

    Column ``name`` begins with "Invented"; ``amount_usd`` is in US dollars; a few facts are unknown. Shares are made
    up as well: nothing about real places may be read from them. Raises nothing of its own.

    >>> import blackletter as bl
    >>> sample(bl.load(), 2, seed=1)["name"].tolist()
    ['Invented city 0001', 'Invented sheriff 0002']
    """
    draw = np.random.default_rng(seed)
    entity = draw.choice(list(ENTITIES), n, p=list(ENTITIES.values()))
    columns: dict[str, Any] = {
        "name": [f"Invented {kind} {number:04}" for number, kind in enumerate(entity, 1)],
        "as_of": as_of,
        "award": draw.choice([*law.awards, "none"], n) if law.awards else None,
        "entity": entity,
        "state": draw.choice([s for s in law.facts["state"].values if s != "none"], n),
    }
    for fact, noun in law.facts.items():
        if noun.group == "city policy":
            words = ["yes", "no"] if noun.kind == "yes or no" else list(noun.values)
            weights = np.linspace(2, 1, len(words))
            column = pd.Series(draw.choice(words, n, p=weights / weights.sum()), dtype=object)
            columns[fact] = column.mask(draw.random(n) < GAPS.get(fact, 0))
    for fact in ("designated", "publicly_listed", "named_in_letter", "needed_for_law_enforcement"):
        columns[fact] = "no"
    columns["willful"] = draw.choice(["yes", "no"], n, p=[0.1, 0.9])
    columns["party_to"] = "none"
    columns["amount_usd"] = np.round(np.exp(draw.normal(12, 1.2, n)), -2)
    kinds = {name: pd.CategoricalDtype() for name in columns if name not in ("name", "amount_usd")}
    return pd.DataFrame(columns).astype(kinds)
