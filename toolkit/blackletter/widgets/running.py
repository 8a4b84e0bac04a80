"""What goes on beside the board: the dates worked out on a thread of their own, and a session whose rules fire."""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from blackletter.errors import EngineError
from blackletter.views import long_date

from .panels import fired_html, time_html

if TYPE_CHECKING:
    import datetime as dt

    from blackletter.hypothetical import Hypothetical
    from blackletter.ruleset import Ruleset
    from blackletter.timeline import Timeline
    from blackletter.watch import Step, Watch

    from .decide import View

WORKING = "Working out the dates on which an answer changes"
OLDER = "Working out the dates again; the picture is of the city before the last edit"
TOLD_SECONDS = 1.5
"""How often the page tells how far the dates are worked out."""

LAST_SECONDS = 3.0
"""How long a kernel that ends waits for the work at hand. Threads that run past it would end inside native code."""

Key = tuple[object, ...]

_ending = threading.Event()
_at_work: set[threading.Thread] = set()


def _begin(work: Callable[..., None], *of: object) -> threading.Thread:
    """Work on a thread of its own, which the end of the interpreter waits for."""

    def run() -> None:
        _at_work.add(threading.current_thread())
        try:
            work(*of)
        finally:
            _at_work.discard(threading.current_thread())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


@atexit.register
def _end() -> None:
    """Nothing more is begun, and what runs is waited for a little."""
    _ending.set()
    until = time.monotonic() + LAST_SECONDS
    for thread in list(_at_work):
        thread.join(max(0.0, until - time.monotonic()))


class Slow:
    """Answers that take longer than a click should: worked out on threads of their own, kept by key.

    ``found`` is called, on such a thread, when one is ready. Work that the page no longer shows is not begun; what was
    begun runs to its end, beside what is asked next, and is kept in case it is asked again.
    """

    KEPT, AT_ONCE = 40, 2

    def __init__(self, found: Callable[[], None]) -> None:
        self.found = found
        self._done: dict[Key, Any] = {}
        self._wanted: set[Key] = set()
        self._begun: dict[Key, threading.Thread] = {}
        self._turn, self._lock = threading.Semaphore(self.AT_ONCE), threading.Lock()

    def page(self) -> None:
        """A page is drawn anew: what it does not ask for again is no longer wanted."""
        with self._lock:
            self._wanted = set()

    def get(self, key: Key, work: Callable[[], Any]) -> Any:
        """The result, or None while it is being worked out; raises again what the work raised."""
        with self._lock:
            self._wanted.add(key)
            if key not in self._done and key not in self._begun:
                self._begun[key] = _begin(self._run, key, work)
            done = self._done.get(key)
        if isinstance(done, Exception):
            raise done
        return done

    def _run(self, key: Key, work: Callable[[], Any]) -> None:
        with self._turn:
            with self._lock:
                if key not in self._wanted or _ending.is_set():
                    del self._begun[key]
                    return
            self._keep(key, work)
        self.found()
        with self._lock:
            del self._begun[key]

    def _keep(self, key: Key, work: Callable[[], Any]) -> None:
        try:
            done = work()
        except Exception as error:  # noqa: BLE001 - raised again where the answer is shown
            done = error
        with self._lock:
            self._done[key] = done
            for old in list(self._done)[: -self.KEPT]:
                del self._done[old]

    def wait(self, seconds: float = 60) -> None:
        """Wait until the work at hand is done."""
        for thread in list(self._begun.values()):
            thread.join(seconds)


class Dates:
    """The timeline of the city on screen. ``found`` is called, on another thread, when it is ready to be drawn.

    Nothing is worked out before a page is there to show it, nor when the last is gone. A city that is edited meanwhile
    ends the work for the one before it; moving to another day needs no work.
    """

    def __init__(self, law: Ruleset, found: Callable[[], None]) -> None:
        self.law, self.found, self.pages = law, found, 0
        self._line: Timeline | None = None
        self._key: Key = ()
        self._upto: dt.date | None = None
        self._wanted: Key = ()
        self._work: threading.Thread | None = None

    def want(self, view: View) -> None:
        """Work the dates out for this city, unless they are known or no page is there."""
        city = view.hypothetical
        if not self.pages or city is None or self._wanted == city_key(city):
            return
        self._wanted, self._upto = city_key(city), None
        self._work = _begin(self._search, city, self._wanted)

    def leave(self) -> None:
        """A page is gone; with the last one the work ends."""
        self.pages = max(0, self.pages - 1)
        if not self.pages and self._key != self._wanted:
            self._wanted = ()

    def _search(self, city: Hypothetical, key: Key) -> None:
        from blackletter.timeline import Timeline, intervals

        parts, told = [], time.monotonic()
        for interval in intervals(city.law, city, only=tuple(city.law.actions)):
            if self._wanted != key or _ending.is_set():
                return
            parts.append(interval)
            if time.monotonic() - told > TOLD_SECONDS:
                self._upto, told = interval.until, time.monotonic()
                self.found()
        if self._wanted != key:
            return
        self._line, self._key = Timeline(city.law, city, parts), key
        self.found()

    def wait(self, seconds: float = 60) -> None:
        """Wait until the work at hand is done."""
        if self._work is not None:
            self._work.join(seconds)

    def coming(self, view: View) -> dict[str, dt.date]:
        """The day on which the answer about each action changes next, where the dates are worked out."""
        city, line = view.hypothetical, self._line
        if city is None or line is None or self._key != city_key(city):
            return {}
        now = next((interval.actions for interval in line if interval.start <= city.as_of < interval.until), {})
        days: dict[str, dt.date] = {}
        for interval in line:
            if interval.start > city.as_of:
                apart = (action for action, verdict in interval.actions.items() if now.get(action) != verdict)
                days = {**dict.fromkeys(apart, interval.start), **days}
        return days

    def html(self, view: View) -> str:
        """The picture, with what is still to come."""
        city = view.hypothetical
        if not self.pages or city is None:
            return ""
        if self._key == city_key(city):
            return time_html(self._line, city.as_of, "")
        reached = f": {long_date(self._upto)} is reached …" if self._upto else " …"
        return time_html(self._line, city.as_of, f"{OLDER if self._line else WORKING}{reached}")


def city_key(city: Hypothetical) -> Key:
    """What the dates depend on: everything but the day."""
    return (city.law.overlays, city.name, tuple(sorted(map(str, city.facts.items()))), tuple(sorted(city.open)))


class Fires:
    """The rules firing for the city on screen, while someone watches."""

    def __init__(self) -> None:
        self._watch: Watch | None = None
        self._since: tuple[Step, ...] | None = None
        self._note = ""

    def toggle(self, view: View) -> None:
        """Begin to watch, or stop."""
        if self._watch is not None:
            self._watch.close()
            self._watch = self._since = None
            return
        assert view.hypothetical is not None
        try:
            self._watch, self._note = view.hypothetical.law.watch(view.hypothetical), ""
        except EngineError as error:
            self._note = f" {error}"

    def follow(self, view: View) -> None:
        """Tell the session what was edited, and keep what fires."""
        if self._watch is None or view.hypothetical is None or view.error:
            return
        if view.hypothetical is not self._watch.hypothetical:
            self._since = self._watch.pose(view.hypothetical)

    def html(self, view: View) -> str:
        """The log, or the button that begins it."""
        if not view.board:
            return ""
        return fired_html(self._watch.steps if self._watch else None, self._since, view.edit, self._note)
