"""A space is counted as asking each combination counts it; its conditions are exact and minimal; clingo agrees."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import blackletter as bl
from blackletter.errors import EngineError, FactError
from blackletter.exact import all_of, any_of, none_of
from blackletter.hypothetical import value_text
from blackletter.money import money
from blackletter.ruleset import Ruleset
from blackletter.verdicts import settled
from clingo_certificate import check, counted

LARGE = int(os.environ.get("BLACKLETTER_SPACE_BITS", "18"))
POLICY = ("share_status", "savings_clause", "detainer", "release_notice")


@pytest.fixture(scope="module")
def law() -> Ruleset:
    return bl.load()


def asked(law: Ruleset, city: Any, free: Any) -> dict[Any, Counter[str]]:
    found: dict[Any, Counter[str]] = {}
    for values in product(*free.values()):
        board = law.ask(city.with_facts(**dict(zip(free, map(value_text, values), strict=True))))
        for f in board.findings:
            found.setdefault((f.action, f.basis), Counter())[f.verdict] += 1
        for action, line in board.actions.items():
            found.setdefault((action, ""), Counter())[line.verdict] += 1
    return found


@pytest.mark.parametrize("day", ["2017-04-24", "2018-06-01"])
def test_a_space_is_counted_as_asking_each_combination_counts_it(law: Ruleset, day: str) -> None:
    city = law.hypothetical("philadelphia", as_of=day, term_1373="unknown")
    space = law.space(city, ["share_status", "savings_clause", "detainer"])
    assert 3 * 2 * 4 == space.rows
    assert asked(law, city, space.free) == space.verdicts


def test_counting_on_diagrams_agrees_with_going_through_every_combination(law: Ruleset) -> None:
    for preset in ("springfield", "philadelphia"):
        space = law.space(law.hypothetical(preset, as_of="2017-06-01"))
        assert space.rows >= 1 << 14
        assert space.tally() == space.verdicts
        assert all(sum(counts.values()) == space.rows for counts in space.verdicts.values())


def test_conditions_are_exact_prime_and_irredundant(law: Ruleset) -> None:
    space = law.space(law.hypothetical("springfield", as_of="2017-04-24", term_1373="yes"))
    for key in (("publish_list", "eo-13768-9b"), ("withhold", "award-term-1373"), ("not_ask", "8-usc-1373")):
        for f in space.finding(*key).parts.values():
            if not space.count(f):
                continue
            cubes = space.cubes(f)
            said = [space._function(c) for c in cubes]
            assert settled(any_of(said)) == settled(f)
            for n, cube in enumerate(cubes):
                rest = any_of(g for m, g in enumerate(said) if m != n)
                assert settled(all_of((said[n], none_of(rest)))) is not False, "a condition that can be left out"
                for name, chosen in cube.items():
                    wider = {**cube, name: tuple(range(len(space.free[name])))}
                    assert settled(all_of((space._function(wider), none_of(f)))) is not False, (name, chosen)


def test_a_verdict_with_several_conditions_is_met_in_exactly_their_combinations(law: Ruleset) -> None:
    """What is read off the words of the conditions, against asking each combination: no part of a cover is missing."""
    city = law.hypothetical("springfield", as_of="2017-04-24", term_1373="yes", notice_given="yes")
    space = law.space(city, ["share_status", "request_status", "savings_clause", "detainer", "willful"])
    several = 0
    for key, found in space.functions.items():
        if key[0] not in ("sue", "withhold", "publish_list", "restrict_sharing"):
            continue
        for word, f in found.parts.items():
            cubes = space.cubes(f) if space.count(f) else ()
            several += len(cubes) > 1
            met = {
                values for values in product(*(range(len(v)) for v in space.free.values()))
                if any(_meets(dict(zip(space.free, values, strict=True)), cube) for cube in cubes)
            }  # fmt: skip
            assert len(met) == space.verdicts[key].get(word, 0), (key, word)
            assert settled(any_of(map(space._function, cubes))) == settled(f)
    assert several >= 2, "no verdict here needs more than one condition"


def _meets(values: dict[str, int], cube: dict[str, tuple[int, ...]]) -> bool:
    return all(values[name] in chosen for name, chosen in cube.items())


def test_conditions_are_said_in_words(law: Ruleset) -> None:
    space = law.space(law.hypothetical("springfield", as_of="2017-04-24"), ["detainer", "share_status"])
    said = space.conditions("publish_list", "eo-13768-9b")
    assert {"not ripe": ("detainer is honor",), "permitted": ("detainer is not honor",)} == said
    assert ("always",) == space.conditions("publish_list", "eo-14287")["no authority"]


def test_what_cannot_be_free_is_refused(law: Ruleset) -> None:
    city = law.hypothetical("springfield")
    with pytest.raises(FactError, match='did you mean "detainer"'):
        law.space(city, ["detaner"])
    with pytest.raises(FactError, match="party_to cannot be free"):
        law.space(city, ["party_to"])
    with pytest.raises(FactError, match="did you mean"):
        law.space(city, ["detainer"]).conditions("withold")


# -- certificates ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("preset", "facts", "free", "key"),
    [
        ("springfield", {"as_of": "2017-04-24"}, POLICY, ("publish_list", "eo-13768-9b")),
        ("springfield", {"as_of": "2017-04-24", "term_1373": "yes"}, POLICY[:2], ("withhold", "award-term-1373")),
        ("springfield", {"as_of": "2017-04-24", "willful": "unknown"}, POLICY[:2], ("withhold", "eo-13768-9a")),
    ],
)
def test_clingo_counts_the_verdicts_of_a_certificate_again(
    law: Ruleset, tmp_path: Path, preset: str, facts: dict[str, str], free: tuple[str, ...], key: tuple[str, str]
) -> None:
    space = law.space(law.hypothetical(preset, **facts), free)
    said = json.loads(space.certify(tmp_path / "c.json", *key).read_text())
    rows, verdicts = check(said)
    assert (said["rows"], said["verdicts"]) == (rows, dict(verdicts))
    assert said["rows"] * said["unread"] == space.rows
    assert {w: n * said["unread"] for w, n in verdicts.items()} == space.verdicts[key]


def test_a_large_certificate_is_counted_again(law: Ruleset) -> None:
    """As many complete rows as fit in two to the power of BLACKLETTER_SPACE_BITS."""
    free: list[str] = []
    city = law.hypothetical("springfield", as_of="2017-04-24", term_1373="yes")
    said: dict[str, Any] = {}
    for name in (*POLICY, "willful", "breach_found", "notice_given", "hearing_offered", "milder_remedy_tried",
                 "condition_related", "statute_authorizes_condition", "other_programs_threatened", "designated",
                 "practice_restricts", "confidentiality_rule", "request_status", "maintain_status",
                 "exchange_status"):  # fmt: skip
        try:
            more = law.space(city, [*free, name]).certificate("withhold", "award-term-1373")
        except EngineError:
            break
        if _complete(more) <= 1 << LARGE:
            free, said = [*free, name], more
    assert _complete(said) > 1 << (LARGE - 3)
    rows, verdicts = check(said)
    assert (said["rows"], said["verdicts"]) == (rows, dict(verdicts))


def _complete(certificate: dict[str, Any]) -> int:
    return prod(len(values) for name, values in certificate["domains"].items() if name not in certificate["idle"])


def test_what_a_certificate_calls_idle_is_idle(law: Ruleset) -> None:
    """Any other value of what no gate turns on gives the same counts."""
    said = law.space(law.hypothetical("springfield", as_of="2017-04-24"), ["detainer"]).certificate(
        "withhold", "eo-13768-9a"
    )
    assert said["idle"]
    other = {**said, "idle": {v: len(said["domains"][v]) - 1 for v in said["idle"]}}
    assert counted(said) == counted(other)


def test_a_changed_certificate_is_refused(law: Ruleset) -> None:
    said = law.space(law.hypothetical("springfield"), ["detainer"]).certificate("publish_list", "eo-13768-9b")
    with pytest.raises(ValueError, match="not as it was written"):
        check({**said, "rows": 5})


# -- money ----------------------------------------------------------------------------------------------------------


def cities() -> pd.DataFrame:
    return pd.DataFrame(
        {"name": ["A", "B"], "preset": "springfield", "as_of": "2017-04-24", "detainer": ["decline", None]}
    )


def test_dollars_that_are_not_settled_are_a_range(law: Ruleset) -> None:
    awards = pd.DataFrame({"name": ["A", "B", "B", "A"], "amount_usd": [1e6, 2e6, 5e5, None]})
    found = money(law, awards, cities(), actions=["publish_list"], by_basis=True)
    line = found.ranges.set_index("basis").loc["eo-13768-9b"]
    assert (1e6, 3.5e6) == (line["low"], line["high"])
    dollars = found.dollars[found.dollars["basis"] == "eo-13768-9b"].set_index("verdict")
    assert (2, 1e6, 1) == tuple(dollars.loc["permitted", ["awards", "usd", "unpriced"]])
    assert 2.5e6 == dollars.loc["undetermined", "usd"]
    assert "publish list · eo-13768-9b: $1,000,000 to $3,500,000" in found.alt


def test_an_award_of_no_city_or_of_two_is_refused(law: Ruleset) -> None:
    awards = pd.DataFrame({"name": ["A", "X"], "amount_usd": [1.0, 2.0]})
    with pytest.raises(FactError, match="awards of no city in the table: X"):
        money(law, awards, cities())
    with pytest.raises(FactError, match="cities named twice: A"):
        money(law, awards, pd.concat([cities(), cities().iloc[:1]]))
    with pytest.raises(FactError, match="amount_usd"):
        money(law, cities())


def test_the_picture_of_dollars_has_words_and_marks_beside_color(law: Ruleset, tmp_path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    awards = pd.DataFrame({"name": ["A", "B"], "amount_usd": [1e6, 2e6]})
    found = money(law, awards, cities())
    found.save(tmp_path / "money.svg")
    assert found.alt.partition("&")[0] in (tmp_path / "money.svg").read_text()
    ax = found.plot()
    assert {"///"} == {bar.get_hatch() for bar in ax.containers[1]}
    assert found.alt == ax.get_figure().get_label()
    mpl.pyplot.close("all")
    shown = found._repr_mimebundle_()
    assert found.alt == shown["text/plain"]
    assert f"alt='{found.alt.partition('&')[0]}" in shown["text/html"]
    assert len(found.ranges) == shown["text/html"].count("<th scope='row'>")
    assert shown == found._repr_mimebundle_()
    assert [] == mpl.pyplot.get_fignums()


def test_the_command_counts_and_says_conditions(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from blackletter.cli import main; main()", "space", "springfield", "--as-of",
               "2017-04-24", "--free", "detainer", "--action", "publish_list", "--basis", "eo-13768-9b"]  # fmt: skip
    certificate = tmp_path / "c.json"
    done = subprocess.run([*command, "--json", "--certificate", str(certificate)], capture_output=True, text=True)
    assert 0 == done.returncode, done.stderr
    said = json.loads(done.stdout)
    assert (4, {"not ripe": 1, "permitted": 3}) == (said["rows"], said["verdicts"]["publish_list eo-13768-9b"])
    assert {"not ripe": ["detainer is honor"], "permitted": ["detainer is not honor"]} == said["conditions"][
        "publish_list eo-13768-9b"
    ]
    assert (4, Counter({"permitted": 3, "not ripe": 1})) == check(json.loads(certificate.read_text()))
