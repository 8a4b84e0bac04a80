"""durable_rules used the obvious way, in a process of its own because it may hang or die.

Rules are written with ``durable.lang``: ``when_all`` with ``none()`` for a denial, and priorities so that deeper rules
fire later. A row is a session: its facts are posted in one batch. Reads {"clauses", "depth", "rows"} as JSON on
standard input; prints {"held": [the words of each row], "seconds": [the time of each row]}.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any


def main() -> None:
    """Answers every row."""
    from durable.lang import assert_facts, delete_state, get_facts, m, none, pri, ruleset, when_all

    data = json.load(sys.stdin)
    with ruleset("law"):
        for head, body in data["clauses"]:
            tests = [none(m.word == a[1:]) if a[0] == "~" else m.word == a for a in body]
            rule = when_all(pri(data["depth"][head]), m.word == "start", *tests)
            rule(_giving(head))
    held, seconds = [], []
    for n, words in enumerate(data["rows"]):
        start, sid = time.perf_counter(), f"row{n}"
        assert_facts("law", [{"word": word, "sid": sid} for word in ("start", *words)])
        held.append(sorted({fact["word"] for fact in get_facts("law", sid)}))
        seconds.append(time.perf_counter() - start)
        delete_state("law", sid)
    print(json.dumps({"held": held, "seconds": seconds}))


def _giving(head: str) -> Callable[[Any], None]:
    def action(c: Any) -> None:  # one argument: two would mean an action that completes later
        c.assert_fact({"word": head})

    return action


if __name__ == "__main__":
    main()
