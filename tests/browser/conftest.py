"""A JupyterLab of this environment and a Chromium to look at it with."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

HERE = Path(__file__).parent
NOTEBOOKS = HERE.parents[1] / "notebooks"
SERVER_SECONDS = 120
KERNEL_MS = 120_000
RUN_ALL_MS = 180_000
ACT_MS = 45_000
"""How long one click or look-up may take once the notebook runs, on a machine busy with other work."""
expect.set_options(timeout=ACT_MS)
SCREEN = {"width": 1280, "height": 1400}

CHROMIUM_FLAGS = [
    "--no-sandbox",  # Chromium refuses to start as root with it
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

SERVER_FLAGS = [
    "--no-browser",
    "--allow-root",
    "--ip=127.0.0.1",
    "--ServerApp.port_retries=0",
    "--IdentityProvider.token=",  # loopback only, for the length of a test run
    "--ServerApp.disable_check_xsrf=True",
]
HOSTS = {
    "jupyterlab": "--LabApp.expose_app_in_browser=True",
    "notebook": "--JupyterNotebookApp.expose_app_in_browser=True",
}
"""The applications that show notebooks, and how each lets a test see it from the page."""

NO_NEWS = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}

KERNEL_IS_IDLE = """() => {
    const widget = window.jupyterapp && window.jupyterapp.shell.currentWidget;
    const context = widget && widget.context && widget.context.sessionContext;
    const kernel = context && context.session && context.session.kernel;
    return !!kernel && kernel.status === 'idle';
}"""
RUN_ALL_CELLS = """() => {
    window.blRan = false;
    window.jupyterapp.commands.execute('notebook:run-all-cells').finally(() => { window.blRan = true; });
}"""
"""Begins to run every cell; awaiting it here would have no limit of time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("browser")


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: its address, and the folder it serves."""

    address: str
    folder: Path
    log: Path


@dataclass(frozen=True)
class OpenNotebook:
    """A notebook open in JupyterLab, its kernel idle."""

    page: Page
    artifacts: Path
    name: str
    home: Path

    def run_all(self) -> None:
        """Run every cell; returns when the last has run. One that never ends fails, with what the kernels did."""
        self.page.evaluate(RUN_ALL_CELLS)
        try:
            self.page.wait_for_function("() => window.blRan", timeout=RUN_ALL_MS)
        except PlaywrightTimeout:
            pytest.fail(f"a cell did not end; the kernels stood at\n{kernel_stacks(self.home)}")
        self.wait_idle()

    def wait_idle(self) -> None:
        self.page.wait_for_function(KERNEL_IS_IDLE, timeout=KERNEL_MS)

    def outputs(self) -> Locator:
        """The outputs of all cells, without JupyterLab's own furniture."""
        return self.page.locator(".jp-Notebook .jp-OutputArea-output")

    def errors(self) -> list[str]:
        """The tracebacks on the page; empty when every cell ran."""
        found = self.page.locator('[data-mime-type="application/vnd.jupyter.error"]')
        return [found.nth(n).inner_text() for n in range(found.count())]

    def screenshot(self, what: str) -> Path:
        """A picture of the page, kept in the artifacts folder."""
        path = self.artifacts / f"{self.name}-{what}.png"
        self.page.screenshot(path=path)
        return path


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """Where pictures of the page go, to be looked at after a run."""
    folder = Path(os.environ.get("BLACKLETTER_ARTIFACTS", "artifacts")).resolve() / "browser"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def lab(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab on a copy of notebooks/, with settings of its own.

    Tests may add notebooks to ``lab.folder``; nothing they do reaches the checkout.
    """
    with running_lab(tmp_path_factory.mktemp("lab")) as server:
        if NOTEBOOKS.is_dir():
            shutil.copytree(NOTEBOOKS, server.folder, ignore=shutil.ignore_patterns(".*"), dirs_exist_ok=True)
        yield server


@pytest.fixture
def elsewhere(chromium_path: str, tmp_path: Path) -> Iterator[Lab]:
    """A second JupyterLab, of somebody who trusts nothing that the first one ran."""
    with running_lab(tmp_path) as server:
        yield server


@contextmanager
def running_lab(home: Path, host: str = "jupyterlab") -> Iterator[Lab]:
    """JupyterLab, or another host, on an empty folder, with settings and a memory of what is trusted of its own."""
    folder, port = home / "notebooks", free_port()
    folder.mkdir()
    server = Lab(f"http://127.0.0.1:{port}", folder, home / "lab.log")
    with server.log.open("wb") as log:
        process = subprocess.Popen(
            [
                sys.executable, "-m", host, *SERVER_FLAGS, HOSTS[host], f"--port={port}",
                f"--ServerApp.root_dir={folder}",
            ],
            env=own_settings(home), stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        try:
            wait_until_up(server, process)
            yield server
        finally:
            stop(process)


@pytest.fixture(scope="session")
def app(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `blackletter app`, started as a user starts it."""
    home, port = tmp_path_factory.mktemp("app"), free_port()
    server = Lab(f"http://127.0.0.1:{port}", home, home / "app.log")
    code = "from blackletter.cli import main; main()"
    with server.log.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", code, "app", f"--port={port}", "--no-browser", "--preset=philadelphia"],
            env=own_settings(home), stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        try:
            wait_until_up(server, process, "/voila/static/voila.js")
            yield server.address
        finally:
            stop(process)


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, headless=True, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=SCREEN)
    context.set_default_timeout(KERNEL_MS)
    yield context.new_page()
    context.close()


@pytest.fixture
def open_notebook(lab: Lab, page: Page, artifacts: Path) -> Callable[[str], OpenNotebook]:
    """Opens a notebook of ``lab.folder`` by its name and waits for its kernel."""

    def opened(name: str) -> OpenNotebook:
        page.goto(f"{lab.address}/doc/tree/{name}?reset")
        page.wait_for_function(KERNEL_IS_IDLE, timeout=KERNEL_MS)
        return OpenNotebook(page, artifacts, Path(name).stem, lab.log.parent)

    return opened


@pytest.fixture
def open_in_notebook_7(
    chromium_path: str, tmp_path: Path, page: Page, artifacts: Path
) -> Iterator[Callable[[nbformat.NotebookNode], OpenNotebook]]:
    """Opens a notebook in Notebook 7, on a server of its own, and waits for its kernel."""
    with running_lab(tmp_path, "notebook") as server:

        def opened(notebook: nbformat.NotebookNode) -> OpenNotebook:
            nbformat.write(notebook, server.folder / "notebook-7.ipynb")
            page.goto(f"{server.address}/notebooks/notebook-7.ipynb")
            page.wait_for_function(KERNEL_IS_IDLE, timeout=KERNEL_MS)
            return OpenNotebook(page, artifacts, "notebook-7", tmp_path)

        yield opened


@pytest.fixture(scope="module")
def kept_notebook(lab: Lab, browser: Browser, artifacts: Path) -> Iterator[Callable[[str], OpenNotebook]]:
    """Opens a notebook on a page that stays for the tests of one module."""
    context = browser.new_context(viewport=SCREEN, reduced_motion="reduce")
    context.set_default_timeout(ACT_MS)
    page = context.new_page()

    def opened(name: str) -> OpenNotebook:
        page.goto(f"{lab.address}/doc/tree/{name}?reset", timeout=KERNEL_MS)
        page.wait_for_function(KERNEL_IS_IDLE, timeout=KERNEL_MS)
        return OpenNotebook(page, artifacts, Path(name).stem, lab.log.parent)

    yield opened
    context.close()


@pytest.fixture(scope="session")
def axe() -> Callable[[Page, str], list[str]]:
    """What axe-core finds wrong on a page inside an element."""
    return axe_faults


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def own_settings(home: Path) -> dict[str, str]:
    """An environment in which no setting of the person running the tests is read or written."""
    names = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
        "BLACKLETTER_HOME": "cities",
    }
    own = {name: str(home / folder) for name, folder in names.items()}
    for folder in own.values():
        Path(folder).mkdir()
    overrides = home / "config" / "labconfig" / "default_setting_overrides.json"
    overrides.parent.mkdir()
    overrides.write_text(json.dumps(NO_NEWS))
    startup = home / "ipython" / "profile_default" / "startup" / "stacks.py"
    startup.parent.mkdir(parents=True)
    startup.write_text(STACKS)
    return {**os.environ, **own, "JUPYTER_PREFER_ENV_PATH": "1", "BLACKLETTER_STACKS": str(home)}


STACKS = """import faulthandler, os, signal
from pathlib import Path
faulthandler.register(signal.SIGUSR1, (Path(os.environ["BLACKLETTER_STACKS"]) / f"{os.getpid()}.stacks").open("w"))
"""
"""Run by every kernel as it starts: a signal makes it write down where each of its threads stands."""


def kernel_stacks(home: Path) -> str:
    """Where every thread of every kernel of this server stands."""
    for file in home.glob("*.stacks"):
        with suppress(ProcessLookupError):
            os.kill(int(file.stem), signal.SIGUSR1)
    time.sleep(1)
    return "\n".join(file.read_text() for file in home.glob("*.stacks"))


def wait_until_up(server: Lab, process: subprocess.Popen[bytes], path: str = "/api/status") -> None:
    until = time.monotonic() + SERVER_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(f"{server.address}{path}", timeout=2).close()  # noqa: S310 - loopback
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"the server did not start:\n{server.log.read_text()[-3000:]}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End JupyterLab and the kernels it started, which share its process group."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(timeout=10)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
        else:
            return


AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def axe_faults(page: Page, within: str) -> list[str]:
    """What axe-core finds wrong inside ``within``, by the rules of WCAG 2.2 AA; one line a fault."""
    script = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
    hidden = "const define = undefined, module = undefined, exports = undefined;"  # JupyterLab has a loader of its own
    page.evaluate(f"() => {{ {hidden} {script}; window.axe = window.axe || axe; }}")
    rules = {"runOnly": {"type": "tag", "values": AXE_TAGS}}
    found = page.evaluate("([where, rules]) => window.axe.run(where, rules)", [within, rules])
    return [f"{f['id']} ({f['impact']}): {n['html'][:160]}" for f in found["violations"] for n in f["nodes"]]
