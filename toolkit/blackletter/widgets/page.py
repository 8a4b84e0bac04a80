"""The one widget with a script of its own: it shows a page of HTML, says aloud what changed, and reports clicks.

The script merges new HTML into what is on screen instead of replacing it, so focus, opened rows and scrolling stay.
It is one small file beside this one, sent to the browser as it is: no build, no network.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from blackletter.pages import STYLE
from blackletter.strip import FILLS, INK

HERE = Path(__file__).parent

GROUNDS = {verdict: fill for verdict, (fill, _) in FILLS.items()} | {"required": "#d3eeb4", "forbidden": "#f2b3ab"}
"""The ground behind the mark of each verdict, as in the timeline; its letters stay dark in every theme."""


class Page(anywidget.AnyWidget):
    """HTML on screen. ``show`` draws it, ``say`` speaks; ``act`` is called with the data of each button pressed.

    Give the first ``html`` here, and make it the last part of a form. JupyterLab hands a page its messages one after
    another, and a message to this widget waits until its script is loaded: sent among hundreds of others on a busy
    machine it holds up all of them, and past two seconds the widget is given up and hears nothing more.
    """

    _esm = (HERE / "page.js").read_text(encoding="utf-8")
    _css = "".join([
        STYLE, (HERE / "page.css").read_text(encoding="utf-8"),
        *(f".bl-page .bl-mark[data-of='{of}']{{background:{ground};color:{INK}}}" for of, ground in GROUNDS.items()),
    ])  # fmt: skip

    html = traitlets.Unicode("").tag(sync=True)
    drawn = traitlets.Int(0).tag(sync=True)
    heard = traitlets.Int(0).tag(sync=True)
    said = traitlets.Dict({"n": 0, "text": ""}).tag(sync=True)

    def __init__(self, act: Callable[[dict[str, str]], None], html: str = "") -> None:
        super().__init__(html=html, drawn=1 if html else 0)
        self._act = act
        self._count = 0
        self.on_msg(self._told)

    def show(self, html: str) -> None:
        """Draw this page; nothing is sent when it is on screen already."""
        if html != self.html:
            with self.hold_sync():
                self.html, self.drawn = html, self.drawn + 1

    def say(self, text: str) -> None:
        """Say a sentence to those who listen, even when it is the last one again."""
        self._count += 1
        self.said = {"n": self._count, "text": text}

    def _told(self, _: Any, content: Any, __: Any) -> None:
        if isinstance(content, dict):
            self._act({str(name): str(value) for name, value in content.items()})
            self.heard += 1
