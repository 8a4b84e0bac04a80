"""The answer as HTML: what changed, a mistake in one sentence, the board, an explanation. Pure; all text is escaped."""

from __future__ import annotations

import traceback
from html import escape
from typing import TYPE_CHECKING

from blackletter.pages import argument_section, board_tables

from .decide import View, say_changes

if TYPE_CHECKING:
    from blackletter.findings import ActionFinding, Board, Finding

NOTHING = ""
"""The key of no finding."""


def answer_html(view: View) -> str:
    """What changed, or the mistake, in words; then the board."""
    assert view.board is not None
    said = f"<p class='bl-error' role='alert' data-error='yes'><strong>Not asked.</strong> {escape(view.error)} " \
        "The board below answers what was asked before.</p>" if view.error else _changes_html(view)  # fmt: skip
    return said + board_tables(view.board, None if view.error else view.before)


def _changes_html(view: View) -> str:
    if view.before is None:
        return ""
    assert view.board is not None
    law = view.board.law
    items = "".join(f"<li>{escape(line)}</li>" for line in say_changes(law, view.changes))
    count = len(view.changes)
    what = "no answer changed" if not count else f"{count} finding{'s' if count > 1 else ''} changed"
    head = f"<strong>{escape(view.edit)}</strong> — {what}."
    return f"<div class='bl-changes' role='status' data-changes='{count}'><p>{head}</p><ul>{items}</ul></div>"


def explanation_html(board: Board, key: str) -> str:
    """The argument for the finding that ``key`` names as "action|basis"; empty when nothing is open."""
    if key == NOTHING:
        return ""
    action, basis = key.split("|", 1)
    finding: Finding | ActionFinding = board[action, basis] if basis else board[action]
    return f"<div data-explains='{escape(key)}'>{argument_section(finding.why())}</div>"


def fault_html(fault: Exception) -> str:
    """A fault of ours, told where the answer is: Jupyter shows no error of a callback."""
    told = "".join(traceback.format_exception(fault))
    return (
        "<div class='bl-error' role='alert' data-error='fault'><p><strong>A fault in Blackletter, "
        "not in what you stated.</strong> Press Undo, and report the lines below.</p>"
        f"<details><summary>{escape(type(fault).__name__)}: {escape(str(fault))}</summary>"
        f"<pre>{escape(told)}</pre></details></div>"
    )
