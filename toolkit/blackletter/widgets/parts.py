"""Small parts of the answer's page: buttons that carry what they do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape


def button(
    words: str, do: str, *, facts: Mapping[str, str] | None = None, key: str = "", kind: str = "", label: str = "",
    title: str = "", pressed: bool | None = None, expanded: str = "", **data: str,
) -> str:  # fmt: skip
    """A button whose press sends ``do`` and ``data`` to Python; ``facts`` go with it as JSON.

    >>> button("Why", "tab", name="withhold", tab="why", pressed=True)
    "<button type='button' data-do='tab' data-name='withhold' data-tab='why' aria-pressed='true'>Why</button>"
    """
    sent = {**data, **({"facts": json.dumps(facts)} if facts is not None else {}), **({"key": key} if key else {})}
    marks = {"aria-label": label, "title": title, "class": kind, "aria-expanded": expanded}
    if pressed is not None:
        marks["aria-pressed"] = "true" if pressed else "false"
    told = "".join(f" data-{name}='{escape(value)}'" for name, value in sent.items())
    told += "".join(f" {name}='{escape(value)}'" for name, value in marks.items() if value)
    return f"<button type='button' data-do='{escape(do)}'{told}>{escape(words)}</button>"
