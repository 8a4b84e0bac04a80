"""The one widget with a script of its own: it shows a page of HTML, says aloud what changed, and reports clicks.

The script merges new HTML into what is on screen instead of replacing it, so focus, opened rows and scrolling stay.
It is one small file beside this one, sent to the browser as it is: no build, no network.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import traitlets

from blackletter.pages import STYLE
from blackletter.strip import FILLS, INK

HERE = Path(__file__).parent

GROUNDS = {verdict: fill for verdict, (fill, _) in FILLS.items()} | {"required": "#d3eeb4", "forbidden": "#f2b3ab"}
"""The ground behind the mark of each verdict, as in the timeline; its letters stay dark in every theme."""


class Sheet(ipywidgets.HTML):  # type: ignore[misc]  # ipywidgets ships no types
    """What is on a page and what is said: a widget of the core, never shown itself, whose changes the page follows."""

    drawn = traitlets.Int(0).tag(sync=True)
    heard = traitlets.Int(0).tag(sync=True)
    said = traitlets.Unicode("").tag(sync=True)
    spoken = traitlets.Int(0).tag(sync=True)


class Page(anywidget.AnyWidget):
    """HTML on screen. ``show`` draws it, ``say`` speaks; ``act`` is called with the data of each button pressed.

    Nothing is ever sent to this widget itself, only to its ``sheet``. Anywidget holds a message back until the script
    is loaded, and with it all that JupyterLab gets after it; where that takes two seconds, on a busy machine or among
    hundreds of other widgets, it gives the widget up, which hears nothing more.
    """

    _esm = (HERE / "page.js").read_text(encoding="utf-8")
    _css = "".join([
        STYLE, (HERE / "page.css").read_text(encoding="utf-8"),
        *(f".bl-page .bl-mark[data-of='{of}']{{background:{ground};color:{INK}}}" for of, ground in GROUNDS.items()),
    ])  # fmt: skip

    sheet = traitlets.Instance(Sheet).tag(sync=True, **ipywidgets.widget_serialization)

    def __init__(self, act: Callable[[dict[str, str]], None], html: str = "") -> None:
        super().__init__(sheet=Sheet(html))
        self._act = act
        self.on_msg(self._told)

    @property
    def html(self) -> str:
        """What is on screen."""
        return str(self.sheet.value)

    def show(self, html: str) -> None:
        """Draw this page; nothing is sent when it is on screen already."""
        if html != self.html:
            with self.sheet.hold_sync():
                self.sheet.value, self.sheet.drawn = html, self.sheet.drawn + 1

    def say(self, text: str) -> None:
        """Say a sentence to those who listen, even when it is the last one again."""
        with self.sheet.hold_sync():
            self.sheet.said, self.sheet.spoken = text, self.sheet.spoken + 1

    def _told(self, _: Any, content: Any, __: Any) -> None:
        if isinstance(content, dict):
            self._act({str(name): str(value) for name, value in content.items()})
            self.sheet.heard += 1
