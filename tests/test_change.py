"""What would change a verdict: every set of changes flips it when asked again, no proper subset does, none is missed.

BLACKLETTER_ROUNDS raises the number of random hypotheticals.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest

import blackletter as bl
from blackletter import chain
from blackletter.change import change, made
from blackletter.dials import Key
from blackletter.hypothetical import value_text
from test_findings import random_row

ROUNDS = int(os.environ.get("BLACKLETTER_ROUNDS", "8"))
MOST_SETS = 5
"""Sets of one answer that are asked again: the small ones, and as many at random."""


@pytest.fixture(scope="module")
def law() -> Any:
    return bl.load()


def verdict(hypothetical: Any, key: Key) -> str:
    """The verdict as a new board gives it."""
    from blackletter.desk import ask

    board = ask(hypothetical.law, hypothetical, only=[key.action])
    return str(board[key.action, key.basis].verdict if key.basis else board[key.action].verdict)


def random_case(law: Any, seed: int) -> tuple[Any, Key, str | None]:
    """A random city, something asked about it, and whose changes count."""
    rng = random.Random(seed)
    city = law.hypothetical(**random_row(law, rng, rng.choice((0.6, 0.75, 0.9, 1.0))))
    keys = [Key(a, b) for b, a in law.code.pairs] + [Key(c, n) for c, n in law.code.choices]
    keys += [Key(a) for a in dict.fromkeys(a for _, a in law.code.pairs)]
    return city, rng.choice(keys), rng.choice((None, "city", "federal"))


def subsets(words: dict[str, str]) -> list[dict[str, str]]:
    """Every proper subset but the empty one."""
    return [dict(part) for size in range(1, len(words)) for part in combinations(words.items(), size)]


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_every_change_flips_and_no_proper_subset_does(law: Any, seed: int) -> None:
    city, key, side = random_case(law, seed)
    board = law.ask(city)
    found = change(board, key, side=side)
    assert verdict(city, key) == found.verdict
    rng = random.Random(seed)
    for item in [*found[:MOST_SETS], *rng.sample([*found], min(MOST_SETS, len(found)))]:
        assert item.verdict == verdict(made(city, item.set), key) != found.verdict, item
        if item.brings:
            assert item.verdict == verdict(made(city, {**item.set, **item.brings}), key), item
        for part in subsets(dict(item.set)):
            assert found.verdict == verdict(made(city, part), key), (item, part)


@pytest.mark.parametrize("seed", range(max(3, ROUNDS // 5)))
def test_no_smallest_set_is_missed(law: Any, seed: int) -> None:
    """Everything is locked but four facts of words; every way to set up to three of them is asked again."""
    rng = random.Random(seed + 1000)
    city, key, _ = random_case(law, seed + 1000)
    board = law.ask(city)
    tied = {f for c in law.constraints for line in (*c.when, *c.then) for f in law.facts if f in line}
    forms = {f for c in law.choices.values() for f in c.forms} if key.basis in law.laws else set()
    words = [f for f, n in law.facts.items() if n.side and n.kind in ("one of", "yes or no") and f not in tied | forms]
    read = [f for f in words if any(f in n for n in _atoms(law, key))]
    free = rng.sample(read, min(4, len(read)))
    lock = [f for f in (*law.facts, *law.questions, "as_of") if f not in free]
    found = {frozenset(c.set.items()): c.verdict for c in change(board, key, lock=lock)}
    assert brute(city, key, free) == found


def _atoms(law: Any, key: Key) -> set[str]:
    code = law.code
    names = {code.program.names[i] for i in code.cone(key.literals(law))} & code.atoms.keys()
    return {f for n in names for f in code.atoms[n].facts}


def brute(city: Any, key: Key, free: list[str]) -> dict[frozenset[tuple[str, str]], str]:
    """Every minimal set of up to three changes to these facts, found by asking about every one of them."""
    before, found = verdict(city, key), {}
    for size in (1, 2, 3):
        for facts in combinations(free, size):
            values = [[v for v in map(value_text, _values(city, f)) if v != city[f]] for f in facts]
            for chosen in product(*values):
                words = frozenset(zip(facts, chosen, strict=True))
                if any(s < words for s in found):
                    continue
                after = verdict(made(city, dict(words)), key)
                if after != before:
                    found[words] = after
    return found


def _values(city: Any, fact: str) -> tuple[Any, ...]:
    noun = city.law.facts[fact]
    return (True, False) if noun.kind == "yes or no" else tuple(noun.values)


def test_a_verdict_asked_for_is_the_one_reached(law: Any) -> None:
    city = law.hypothetical("springfield", as_of="2018-01-15")
    found = law.ask(city)["withhold", "award-term-1373"].change(to="not ripe")
    assert len(found)
    assert {"not ripe"} == {c.verdict for c in found}
    assert "yes" == found[0].set["term_1373"]


def test_waiting_is_a_change_of_the_federal_side(law: Any) -> None:
    board = law.ask(law.hypothetical("philadelphia"))
    finding = board["terminate", "eo-13768-9a"]
    waits = [c for c in finding.change(side="federal") if set(c.set) == {"as_of"}]
    assert waits
    for item in waits:
        later = law.hypothetical("philadelphia", as_of=item.set["as_of"])
        assert item.verdict == law.ask(later)["terminate", "eo-13768-9a"].verdict
    assert not any("as_of" in c.set for c in finding.change(side="city"))
    assert not any("as_of" in c.set for c in finding.change(side="federal", lock=["as_of"]))


def test_an_open_question_is_settled_by_a_ruling(law: Any) -> None:
    board = law.ask(law.hypothetical("philadelphia"))
    contested = board["subpoena", "ice-subpoena"]
    assert "contested" == contested.verdict
    rulings = [c for c in contested.change(side="federal") if set(c.set) <= set(law.questions)]
    assert rulings
    for item in rulings:
        under = law.assume(**item.set)
        after = under.ask(board.hypothetical.under(under))["subpoena", "ice-subpoena"]
        assert item.verdict == after.verdict != contested.verdict


def test_sides_and_locks_are_kept(law: Any) -> None:
    board = law.ask(law.hypothetical("springfield"))
    finding = board["publish_list", "eo-13768-9b"]
    mine = finding.change(side="city")
    assert {"detainer"} == {f for c in mine for f in c.set}
    assert all(law.facts[f].side == "city" for c in mine for f in c.set)
    held = finding.change(side="city", lock=["detainer"])
    assert held.json() == finding.change(side="city", lock="detainer").json()
    assert () == held.found
    assert "detainer" in held.instead[0].set
    assert "needs what is locked" in str(held)
    assert law.facts["detainer"].ask in str(held)


def test_nothing_is_said_plainly(law: Any) -> None:
    found = law.ask(law.hypothetical("philadelphia"))["withhold"].change(side="city")
    assert 0 == len(found)
    assert "Nothing by the city within 3 changes gives another verdict." in str(found)
    assert "is not the city's" in str(found)


def test_what_is_unknown_is_supposed_not_changed(law: Any) -> None:
    city = law.hypothetical("springfield", detainer="unknown")
    found = law.ask(city)["publish_list", "eo-13768-9b"].change(side="city")
    assert len(found)
    assert all(("detainer",) == c.supposes for c in found)
    assert "turned out to be" in str(found)


def test_a_change_brings_what_cannot_stay(law: Any) -> None:
    """Without the validation term no validation can be due: the due date goes with the term."""
    from blackletter.change import brought

    city = law.hypothetical("philadelphia")
    assert {"validation_due": "never"} == brought(city, {"term_validation": "no"}, ())
    assert brought(city, {"term_validation": "no"}, ("validation_due",)) is None
    assert {} == brought(city, {"term_1373": "no"}, ())


def test_the_parts_of_a_change_stand_in_the_order_of_the_facts_and_waiting_last(law: Any) -> None:
    order = [*law.facts, *law.questions, "as_of"]
    found = law.ask(law.hypothetical("new-orleans"))["withhold"].change()
    told = [[order.index(name) for name in item.set] for item in found]
    assert max(map(len, told)) > 1
    assert [sorted(places) for places in told] == told


def test_a_city_of_which_nothing_is_known_is_answered_and_the_rest_is_counted(law: Any) -> None:
    from blackletter.change import LISTED

    city = law.hypothetical()
    found = law.ask(city)["sue", "supremacy-suit"].change()
    assert LISTED == len(found)
    assert found.through < found.most
    assert found.more > 0
    assert f"{LISTED + found.more} smallest sets of up to {found.through} changes" in str(found)
    assert f"{LISTED} were asked again" in str(found)
    assert "too much is unknown" in str(found)
    assert found.json()["more"] == found.more
    for item in (found[0], found[LISTED - 1]):
        assert item.verdict == verdict(made(city, item.set), found.key) != found.verdict


def test_past_the_room_single_changes_are_gone_through(law: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from blackletter import change as module

    finding = law.ask(law.hypothetical("new-orleans", breach_found="unknown"))["withhold", "award-term-validation"]
    whole = finding.change()
    monkeypatch.setattr(module, "ROOM", 1 << 9)
    monkeypatch.setattr(module, "GROUP", 3)
    parts = finding.change()
    assert (3, 1) == (whole.through, parts.through)
    assert [(c.set, c.verdict) for c in whole if len(c.set) == 1] == [(c.set, c.verdict) for c in parts]
    assert len(parts)


WITHOUT_SIDE = {
    "acted_on", "state", "circuit", "entity", "operates_jail", "subrecipient_of", "actor", "federal_confidentiality",
    "singles_out_federal", "own_immigration_crimes", "program", "fiscal_year", "agency", "award_kind", "award_stage",
    "accepted_on", "term_known_on", "condition_related", "amount_usd", "probable_cause", "prompt_review",
    "state_arrest_power", "party_to", "not_party_to", "uscm_member",
}  # fmt: skip
"""What neither side changes: who and where the city is, what award it is, what happened, what a thing is in law."""


def test_every_fact_has_a_side_or_is_deliberately_without(law: Any) -> None:
    assert WITHOUT_SIDE == {f for f, noun in law.facts.items() if not noun.side}
    assert {"city", "federal"} == {noun.side for noun in law.facts.values() if noun.side}


GOLDEN = Path(__file__).parent / "golden" / "change"
ASKED = {
    "new-orleans-withhold": ("new-orleans", "withhold", None, {}),
    "new-orleans-withhold-city": ("new-orleans", "withhold", None, {"side": "city"}),
    "philadelphia-subpoena": ("philadelphia", "subpoena", "ice-subpoena", {}),
    "philadelphia-sharing": ("philadelphia", "restrict_sharing", "8-usc-1373", {"side": "city"}),
    "springfield-list": ("springfield", "publish_list", "eo-13768-9b", {}),
    "springfield-list-locked": ("springfield", "publish_list", "eo-13768-9b", {"side": "city", "lock": ["detainer"]}),
    "chicago-condition": ("chicago", "add_condition", "jag-notice", {"side": "federal", "most": 2}),
    "unknown-sharing": (None, "restrict_sharing", "8-usc-1373", {"most": 1}),
}


@pytest.mark.parametrize("name", ASKED)
def test_changes_read_as_the_golden_text(law: Any, name: str) -> None:
    """BLACKLETTER_GOLDEN=1 writes the text anew: read it before it is kept."""
    preset, action, basis, options = ASKED[name]
    board = law.ask(law.hypothetical(preset))
    told = str((board[action, basis] if basis else board[action]).change(**options)) + "\n"
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("BLACKLETTER_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(told)
    assert path.read_text() == told


def test_without_the_rules_engine_the_plain_evaluator_asks_again(law: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object, **__: object) -> None:
        raise bl.EngineError("durable_rules cannot be imported")

    board = law.ask(law.hypothetical("springfield"))
    with_it = board["publish_list", "eo-13768-9b"].change()
    assert {"chain"} == {c.checked for c in with_it}
    monkeypatch.setattr(chain, "Session", missing)
    without = board["publish_list", "eo-13768-9b"].change()
    assert {"planes"} == {c.checked for c in without}
    assert [c.set for c in with_it] == [c.set for c in without]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"to": "permited"}, 'did you mean "permitted"?'),
        ({"to": "forbidden"}, 'unknown verdict "forbidden"'),
        ({"to": "enjoined"}, "already"),
        ({"side": "citty"}, 'did you mean "city"?'),
        ({"lock": ["detaner"]}, 'did you mean "detainer"?'),
        ({"most": 0}, "at least one change"),
    ],
)
def test_bad_questions_are_refused_with_near_names(law: Any, options: dict[str, Any], message: str) -> None:
    city = law.hypothetical("springfield", as_of="2017-06-01", program="transit", agency="dot")
    with pytest.raises(bl.FactError) as caught:
        law.ask(city)["terminate", "eo-13768-9a"].change(**options)
    assert message in str(caught.value)


def test_what_the_ruleset_does_not_speak_to_has_no_changes(law: Any) -> None:
    board = law.ask(law.hypothetical("springfield"))
    with pytest.raises(bl.FactError, match="does not speak to this"):
        board["withhold", "eo-13768-9b"].change()


def run(*args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from blackletter.cli import main; main()", *args]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def test_the_command_gives_sets_smallest_first() -> None:
    done = run("change", "philadelphia", "withhold", "--lock", "as_of", "--json")
    assert 0 == done.returncode, done.stderr
    changes = json.loads(done.stdout)["changes"]
    assert changes
    assert sorted(len(c["set"]) for c in changes) == [len(c["set"]) for c in changes]
    assert all("as_of" not in c["set"] and c["verdict"] for c in changes)
    refused = run("change", "philadelphia", "withhold", "--to", "forbiden")
    assert 2 == refused.returncode
    assert "unknown verdict" in refused.stderr


class BareDials:
    """A panel of bare dials: what `Moves` needs of one."""

    def __init__(self, sizes: list[int]) -> None:
        from blackletter.dials import Panel
        from blackletter.exact import Room

        self.dials = {f"d{n}": tuple(f"v{k}" for k in range(size)) for n, size in enumerate(sizes)}
        room = Room(1 << 12)
        self.moved = {name: room.code(name, values) for name, values in self.dials.items()}
        self.fixed = lambda f, setting: Panel.fixed(self, f, setting)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(25))
def test_the_walk_over_the_diagram_finds_just_the_minimal_sets(seed: int) -> None:
    """Random functions of four dials, against every setting gone through one by one."""
    from blackletter.dials import Moves
    from blackletter.exact import all_of, any_of

    rng = random.Random(seed)
    panel = BareDials([2, 3, 2, 4])
    rows = list(product(*(range(len(v)) for v in panel.dials.values())))
    good = [row for row in rows if any(row) and rng.random() < rng.choice((0.1, 0.3, 0.6))]
    codes = [c.codes for c in panel.moved.values()]
    f = any_of(all_of(codes[n][k] for n, k in enumerate(row)) for row in good)
    sets = {frozenset((f"d{n}", k) for n, k in enumerate(row) if k) for row in good}
    minimal = {s for s in sets if len(s) <= 3 and not any(t < s for t in sets)}
    found = Moves(panel).smallest(f, 3)  # type: ignore[arg-type]
    assert len(found) == len(set(found))
    assert minimal == set(found)
    assert sorted(map(len, found)) == [*map(len, found)]
