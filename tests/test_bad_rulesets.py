"""Bad law is refused with every fault at once: each file here stands beside the exact message it must give."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from blackletter.errors import RulesetError
from blackletter.reader import load

HERE = Path(__file__).parent
BAD = sorted((HERE / "bad_rulesets").glob("*.yaml"))


def message_of(bad: Path, folder: Path) -> str:
    root = folder / "tiny"
    shutil.copytree(HERE / "tiny", root)
    shutil.copy(bad, root / "law" / bad.name)
    with pytest.raises(RulesetError) as caught:
        load(root)
    return str(caught.value) + "\n"


@pytest.mark.parametrize("bad", BAD, ids=lambda p: p.stem)
def test_a_bad_file_gives_exactly_its_message(bad: Path, tmp_path: Path) -> None:
    """Run with BLACKLETTER_RECORD=1 to record the messages again, and read the diff."""
    found = message_of(bad, tmp_path)
    golden = bad.with_suffix(".txt")
    if os.environ.get("BLACKLETTER_RECORD"):
        golden.write_text(found)
    assert golden.read_text() == found


def test_every_bad_file_is_tried() -> None:
    assert len(BAD) >= 5
