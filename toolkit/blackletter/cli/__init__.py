"""The command ``blackletter``: offline; exit 0 answered, 1 a check failed, 2 bad input.

Findings go to stdout, messages to stderr.
"""

from __future__ import annotations

import sys

import typer

from blackletter.errors import BlackletterError

from . import answers, bench, change, course, forum, frames, law, memo, splits, theories
from .app import app as serve
from .app import lab

app = typer.Typer(
    help="Which federal funding actions may reach a city, and why. Not legal advice.",
    epilog="Start with: blackletter ask springfield --set state=CO --as-of 2017-06-01",
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
)  # fmt: skip
for command in (
    answers.ask, answers.why, answers.timeline, change.change, change.interview, change.diff, theories.solve,
    law.check, law.docket, splits.splits, bench.bench,
):  # fmt: skip
    app.command()(command)
app.command()(course.course)
app.command("map")(forum.map_forums)
for many in (frames.sweep, frames.space, frames.facts, frames.sample):
    app.command()(many)
app.command("app")(serve)
app.command()(lab)
for written in (memo.memo, memo.prove, memo.verify, memo.export, memo.errata):
    app.command()(written)


def main() -> None:
    """Runs the command; every error on purpose becomes a message on stderr and exit code 2."""
    try:
        app()
    except BlackletterError as error:
        typer.echo(str(error), err=True)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        typer.echo(f"{error.filename or 'standard output'}: {error.strerror or error}", err=True)
        sys.exit(2)
