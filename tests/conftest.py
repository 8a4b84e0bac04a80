"""What every test run shares: browser tests run last, and say why when they cannot run."""

from __future__ import annotations

import os
import shutil

import pytest

NO_CHROMIUM = "no Chromium on this machine: run `apt-get install chromium`"


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() not in {"", "0", "false", "no"}


def find_chromium() -> str | None:
    """The path of Debian's Chromium, or of the one BLACKLETTER_CHROMIUM names."""
    names = [os.environ.get("BLACKLETTER_CHROMIUM", ""), "chromium", "chromium-browser"]
    return next((path for name in names if name and (path := shutil.which(name))), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Playwright leaves an event loop running in this thread, which notebook kernels cannot share.
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    path = find_chromium()
    if path is None and in_ci():
        pytest.fail(NO_CHROMIUM)
    if path is None:
        pytest.skip(NO_CHROMIUM)
    return path
