"""Dollars by verdict: awards of many cities, summed; what is not settled is a range, not a number."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from .errors import FactError
from .findings import AFTER_PROCESS, CONTESTED, PERMITTED, UNDETERMINED

if TYPE_CHECKING:
    from .ruleset import Ruleset

SURE, OPEN = (PERMITTED, AFTER_PROCESS), (CONTESTED, UNDETERMINED)
AMOUNT = "amount_usd"


@dataclass(frozen=True)
class Money:
    """``dollars``: action, basis, verdict, awards (how many) and usd. ``ranges``: what an action or basis reaches.

    ``low`` counts what is permitted on every reading and completion, ``high`` also what is contested or undetermined;
    awards without an amount are counted in ``unpriced`` and in no sum.
    """

    dollars: pd.DataFrame
    ranges: pd.DataFrame
    title: str

    @property
    def alt(self) -> str:
        """The picture in words."""
        lines = [
            f"{_named(row)}: ${row['low']:,.0f}" + ("" if row["low"] == row["high"] else f" to ${row['high']:,.0f}")
            for row in self.ranges.to_dict("records")
        ]
        return f"{self.title}. " + "; ".join(lines) + "."

    def plot(self, ax: Any = None) -> Any:
        """A matplotlib axes: a solid bar for what is permitted, a hatched one for what is not settled, in dollars.

        The figure's ``alt`` is in ``ax.get_figure().get_label()`` and in the ``Description`` of a saved SVG or PNG.
        """
        import matplotlib.pyplot as plt

        rows = self.ranges[self.ranges["high"] > 0].sort_values("high")
        if ax is None:
            _, ax = plt.subplots(figsize=(8, 1.2 + 0.42 * max(1, len(rows))), layout="constrained")
        names, low, high = [_named(r) for r in rows.to_dict("records")], rows["low"] / 1e6, rows["high"] / 1e6
        ax.barh(names, low, color="#1f4e79", edgecolor="#1f4e79", label="permitted, on every reading")
        ax.barh(
            names, high - low, left=low, color="#f2e6c9", edgecolor="#5c4a12", hatch="///",
            label="contested or undetermined",
        )  # fmt: skip
        for at, (a, b) in enumerate(zip(low, high, strict=True)):
            ax.annotate(_span(a, b), (b, at), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8)
        ax.set_xlabel("millions of US dollars")
        ax.set_title(self.title, loc="left", fontsize=10)
        ax.set_xlim(0, 1.25 * max(high, default=1))
        ax.spines[["top", "right"]].set_visible(False)
        if len(rows):
            ax.legend(loc="lower right", bbox_to_anchor=(1, 1), fontsize=8, frameon=False)
        ax.get_figure().set_label(self.alt)
        return ax

    def html(self) -> str:
        """The picture, its words beside it, and the same dollars in a captioned table."""
        rows = "".join(
            f"<tr><th scope='row'>{escape(_named(row))}</th><td>{row['low']:,.0f}</td><td>{row['high']:,.0f}</td></tr>"
            for row in self.ranges.sort_values("high", ascending=False, kind="stable").to_dict("records")
        )
        head = "".join(f"<th scope='col'>{name}</th>" for name in ("What", "At least", "At most"))
        image = f"<img alt='{escape(self.alt)}' style='max-width:100%' src='data:image/png;base64,{self._png()}'>"
        from .pages import styled

        return styled(
            f"<p>{image}</p><table><caption>{escape(self.title)}, in US dollars: at least what is permitted, at most "
            f"also what is contested or undetermined</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{rows}</tbody></table>"
        )

    def _png(self) -> str:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        made, bars = io.BytesIO(), int((self.ranges["high"] > 0).sum())
        figure = Figure(figsize=(8, 1.2 + 0.42 * max(1, bars)), layout="constrained", dpi=80)
        FigureCanvasAgg(figure)
        self.plot(figure.subplots())
        figure.savefig(made, format="png", metadata={"Software": None})
        return b64encode(made.getvalue()).decode()

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": self.alt, "text/html": self.html()}

    def save(self, path: Any) -> None:
        """Writes the picture, its words in the file's description."""
        import matplotlib.pyplot as plt

        figure = self.plot().get_figure()
        figure.savefig(path, metadata={"Description": self.alt}, dpi=150)
        plt.close(figure)


def _named(row: Any) -> str:
    return " · ".join(filter(None, (str(row["action"]).replace("_", " "), str(row["basis"]))))


def _span(low: float, high: float) -> str:
    return f"${low:,.2f} M" if low == high else f"${low:,.2f} to {high:,.2f} M"


def money(
    law: Ruleset,
    awards: pd.DataFrame,
    cities: pd.DataFrame | None = None,
    *,
    on: str = "name",
    actions: Sequence[str] | None = None,
    by_basis: bool = False,
    title: str = "Dollars that each action may reach",
) -> Money:
    """Dollars (``amount_usd``) by verdict, action and basis, over awards joined to their cities.

    ``awards`` has one row an award, with facts of the award and, with ``cities``, the column ``on`` that names the
    city; a fact in both tables is taken from ``awards``. ``by_basis`` sums for each (action, basis) instead of each
    action over all its bases. Raises `FactError` for a missing column, a city named twice, or an award of no city.

    >>> import blackletter as bl
    >>> cities = pd.DataFrame({"name": ["A", "B"], "preset": "springfield", "detainer": ["honor", None]})
    >>> awards = pd.DataFrame({"name": ["A", "B", "B"], "amount_usd": [1e6, 2e6, 5e5]})
    >>> found = money(bl.load(), awards, cities, actions=["publish_list"])
    >>> found.ranges[["low", "high"]].to_dict("records")
    [{'low': 0.0, 'high': 2500000.0}]
    """
    frame = awards if cities is None else _join(awards, cities, on)
    if AMOUNT not in frame:
        raise FactError(f"awards need a column {AMOUNT}, in US dollars")
    frame = frame.reset_index(drop=True)
    found = law.sweep(frame, findings="bases" if by_basis else "actions", only=actions, extra=(on,), progress=False)
    amounts = pd.to_numeric(frame[AMOUNT])
    found = found.assign(usd=amounts.loc[found.index].fillna(0), unpriced=amounts.isna().loc[found.index])
    keys = ["action", "basis"]
    whole = found.groupby([*keys, "verdict"], observed=True, sort=False)
    dollars = whole.agg(awards=("usd", "size"), usd=("usd", "sum"), unpriced=("unpriced", "sum")).reset_index()
    sums = {
        "low": found["usd"].where(found["verdict"].isin(SURE), 0),
        "high": found["usd"].where(found["verdict"].isin((*SURE, *OPEN)), 0),
    }
    ranges = found[keys].assign(**sums).groupby(keys, observed=True, sort=False).sum().reset_index()
    return Money(dollars.sort_values([*keys, "verdict"], ignore_index=True), ranges, title)


def _join(awards: pd.DataFrame, cities: pd.DataFrame, on: str) -> pd.DataFrame:
    for words, table in (("awards", awards), ("cities", cities)):
        if on not in table:
            raise FactError(f'the table of {words} has no column "{on}" to join on')
    twice = cities[on][cities[on].duplicated()].unique().tolist()
    if twice:
        raise FactError(f"cities named twice: {', '.join(map(str, twice[:10]))}")
    strange = awards[on][~awards[on].isin(cities[on])].unique().tolist()
    if strange:
        raise FactError(f"awards of no city in the table: {', '.join(map(str, strange[:10]))}")
    own = [c for c in cities.columns if c == on or c not in awards.columns]
    return awards.merge(cities[own], on=on, how="left")
