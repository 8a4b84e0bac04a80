"""Golden explanations: thirty findings of 2017 to 2021 on preset cities. Run this file to write them again."""

from __future__ import annotations

from pathlib import Path

import blackletter as bl
from blackletter.argue import Argument
from blackletter.ruleset import Ruleset

FILE = Path(__file__).parent / "golden" / "why.txt"

# name, preset, day, action or choice, basis or law, the verdict expected ("" asks why)
FINDINGS = (
    ("enjoined-the-day-after", "philadelphia", "2017-04-26", "withhold", "eo-13768-9a", ""),
    ("no-authority-the-day-before", "santa-clara", "2017-04-24", "withhold", "eo-13768-9a", ""),
    ("not-ripe-before-the-deadline", "new-orleans", "2017-04-26", "withhold", "award-term-validation", ""),
    ("contested-certification", "philadelphia", "2017-04-26", "demand_certification", "award-term-validation", ""),
    ("after-the-deadline", "new-orleans", "2017-07-15", "withhold", "award-term-validation", ""),
    ("list-permitted", "springfield", "2017-04-26", "publish_list", "eo-13768-9b", ""),
    ("designation-permitted", "santa-clara", "2017-04-26", "designate", "eo-13768-9a", ""),
    ("report-permitted", "chicago", "2017-04-26", "demand_report", "eo-13768-9c", ""),
    ("notice-condition-in-2018", "philadelphia", "2018-02-01", "add_condition", "jag-notice", ""),
    ("notice-condition-in-2020", "new-york-city", "2020-03-15", "add_condition", "jag-notice", ""),
    ("notice-condition-chicago-2019", "chicago", "2019-06-01", "add_condition", "jag-notice", ""),
    ("access-condition-providence-2020", "providence", "2020-03-15", "add_condition", "jag-access", ""),
    ("order-narrowed-new-orleans", "new-orleans", "2019-06-01", "withhold", "eo-13768-9a", ""),
    ("order-narrowed-santa-clara", "santa-clara", "2019-06-01", "withhold", "eo-13768-9a", ""),
    ("order-revoked-2021", "philadelphia", "2021-02-01", "withhold", "eo-13768-9a", ""),
    ("suit-to-compel", "philadelphia", "2017-04-26", "compel", "supremacy-suit", ""),
    ("independent-statute", "springfield", "2017-04-26", "withhold", "independent-statute", ""),
    ("sharing-barred", "springfield", "2017-04-26", "restrict_sharing", "8-usc-1373", ""),
    ("sharing-barred-after-murphy", "springfield", "2019-06-01", "restrict_sharing", "8-usc-1373", ""),
    ("not-asking", "philadelphia", "2017-04-26", "not_ask", "8-usc-1373", ""),
    ("not-asking-later", "springfield", "2018-02-01", "not_ask", "8-usc-1373", ""),
    ("detainer-declined", "cook-county", "2017-04-26", "decline_detainer", "8-cfr-287-7", ""),
    ("hold-on-detainer", "springfield", "2017-04-26", "hold_on_detainer", "fourth-amendment", ""),
    ("hold-in-california", "san-francisco", "2018-02-01", "hold_on_detainer", "state-law", ""),
    ("why-not-permitted", "philadelphia", "2017-04-26", "withhold", "eo-13768-9a", "permitted"),
    ("why-not-enjoined-other-power", "philadelphia", "2017-04-26", "withhold", "award-term-validation", "enjoined"),
    ("why-not-enjoined-no-party", "new-orleans", "2019-06-01", "withhold", "eo-13768-9a", "enjoined"),
    ("why-not-no-authority", "springfield", "2017-04-26", "publish_list", "eo-13768-9b", "no authority"),
    ("why-not-contested", "new-york-city", "2020-03-15", "add_condition", "jag-notice", "contested"),
    ("why-not-required", "springfield", "2017-04-26", "restrict_sharing", "8-usc-1373", "required"),
    ("why-not-permitted-action", "new-orleans", "2017-04-26", "withhold", "", "permitted"),
    ("why-not-what-it-is", "philadelphia", "2017-04-26", "withhold", "eo-13768-9a", "enjoined"),
)


def explain(law: Ruleset, preset: str, day: str, action: str, basis: str, expected: str) -> Argument:
    """The explanation that one line of the list asks for."""
    board = law.ask(law.hypothetical(preset, as_of=day))
    found = board[action, basis] if basis else board[action]
    told: Argument = found.why_not(expected) if expected else found.why()
    return told


def golden(law: Ruleset) -> str:
    """Every explanation, the short answer of each, as one text."""
    blocks = []
    for name, preset, day, action, basis, expected in FINDINGS:
        told = explain(law, preset, day, action, basis, expected)
        blocks.append("\n".join([f"== {name}: {preset}, {day}", told.text(0)]))
    return "\n\n".join(blocks) + "\n"


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(golden(bl.load()), encoding="utf-8")
