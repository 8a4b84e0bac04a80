"""The forward-chaining session over real law: rules are seen firing, and told facts lead where asking leads."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

import blackletter as bl
from blackletter import planes


@pytest.fixture(scope="module")
def law() -> Any:
    return bl.load()


def test_the_log_names_the_order_that_bars(law: Any) -> None:
    with law.watch(law.hypothetical("springfield", as_of="2017-06-01")) as watch:
        told = "\n".join(map(str, watch.steps))
    assert "Section 9(a) may not be enforced" in told
    assert [s.number for s in watch.steps] == sorted(s.number for s in watch.steps)


def test_telling_a_fact_fires_what_it_decides(law: Any) -> None:
    with law.watch(law.hypothetical("springfield", share_status="unknown")) as watch:
        fired = "\n".join(s.says for s in watch.tell(share_status="restricted"))
        assert "A bar on sending or receiving status is a prohibition." in fired
        back = watch.tell(share_status="unknown")
        assert "A bar on sending or receiving status is a prohibition." not in "\n".join(s.says for s in back)


def test_a_session_told_facts_one_by_one_ends_where_asking_ends(law: Any) -> None:
    city = law.hypothetical("springfield", as_of="2017-06-01")
    facts = city.as_text()
    with law.watch(law.hypothetical(as_of="2017-06-01")) as watch:
        for fact in ("detainer", "share_status", "state", "program", "agency", "term_validation", "willful"):
            watch.tell(**{fact: facts[fact]})
        row = watch.hypothetical.row.truths
        assert watch.session.tokens == planes.close(law.code.program, row)


def test_the_log_is_the_same_in_another_process() -> None:
    code = (
        "import blackletter as bl; law = bl.load();"
        "print(*law.watch(law.hypothetical('springfield', as_of='2017-06-01')).steps, sep='\\n')"
    )
    logs = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "1", "6")
    }
    assert 1 == len(logs)
