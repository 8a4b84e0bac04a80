"""Commands that open a browser: the workbench without code (`app`), and JupyterLab on the notebooks (`lab`)."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from blackletter.errors import FactError

LOOPBACK = "127.0.0.1"
IDLE_SECONDS, CHECK_SECONDS, POOL = 1800, 60, 1

CODE = """import blackletter as bl

bl.Workbench(bl.load(){preset})"""

Port = Annotated[int, typer.Option("--port", min=1, max=65535, help="The port on this machine.")]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Open no browser; print the address.")]


def app(
    preset: Annotated[str | None, typer.Option("--preset", help="The city to start from.")] = None,
    port: Port = 8866, no_browser: NoBrowser = False,
) -> None:  # fmt: skip
    """The workbench as a page of its own, on this machine only.

    No code is shown.
    """
    from blackletter.reader import load

    if preset is not None:
        load().hypothetical(preset)
    with tempfile.TemporaryDirectory(prefix="blackletter-") as folder:
        page = Path(folder) / "blackletter.ipynb"
        write_page(page, preset)
        typer.echo(f"Blackletter: http://{LOOPBACK}:{port}/ (Ctrl-C ends it)", err=True)
        _run([sys.executable, "-m", "voila", *voila_arguments(page, port, no_browser)])


def write_page(page: Path, preset: str | None) -> None:
    """Writes the one notebook that the app serves."""
    code = CODE.format(preset=f", preset={preset!r}" if preset else "")
    cell = {"cell_type": "code", "id": "workbench", "metadata": {}, "source": code, "outputs": []}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": kernel},
        "cells": [{**cell, "execution_count": None}],
    }
    page.write_text(json.dumps(notebook), encoding="utf-8")


def voila_arguments(page: Path, port: int, no_browser: bool) -> list[str]:
    """How Voilà is started: loopback, no code, one kernel kept ready, idle ones ended."""
    return [
        str(page), f"--port={port}", f"--Voila.ip={LOOPBACK}", *(["--no-browser"] if no_browser else []),
        "--VoilaConfiguration.strip_sources=True", "--VoilaConfiguration.show_tracebacks=False",
        "--preheat_kernel=True", f"--pool_size={POOL}",
        f"--MappingKernelManager.cull_idle_timeout={IDLE_SECONDS}",
        f"--MappingKernelManager.cull_interval={CHECK_SECONDS}",
        "--MappingKernelManager.cull_connected=False", "--Voila.log_level=WARN",
    ]  # fmt: skip


def lab(
    folder: Annotated[
        Path | None, typer.Argument(metavar="FOLDER", help="Where the notebooks are; default: ./notebooks.")
    ] = None,
    port: Port = 8888, no_browser: NoBrowser = False,
) -> None:  # fmt: skip
    """JupyterLab on the notebooks.

    They are looked for in the folder you name, else in ./notebooks, else in this folder.
    """
    where = folder or (Path("notebooks") if Path("notebooks").is_dir() else Path())
    if not where.is_dir():
        raise FactError(f"{where} is not a folder: name the one that holds your notebooks")
    first = next(iter(sorted(where.glob("*.ipynb"))), None)
    opens = [f"--LabApp.default_url=/lab/tree/{first.name}"] if first else []
    rooted = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    _run([
        sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={where.resolve()}", f"--port={port}",
        f"--ip={LOOPBACK}", *opens, *(["--no-browser"] if no_browser else []), *rooted,
    ])  # fmt: skip


def _run(command: list[str]) -> None:
    """Runs a server in the foreground until it ends; kernels of this very environment come first."""
    import subprocess

    env = {"BLACKLETTER_FILES": str(Path.cwd()), **os.environ, "JUPYTER_PREFER_ENV_PATH": "1"}
    try:
        code = subprocess.run(command, check=False, env=env).returncode  # noqa: S603 - our own arguments
    except KeyboardInterrupt:
        code = 0
    if code:
        raise typer.Exit(code)
