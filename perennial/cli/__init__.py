"""The command line: serve, web, worker, apply, export, tick, simulate, backup, restore, verify, doctor, bench.

Each module here may hold `commands`, a `typer.Typer`; its commands become `perennial <command>`. Modules import their
room inside the command, so that starting one command does not load all rooms.
"""

import importlib
import os
import pkgutil
import sys

import typer

from perennial.kernel import Language, Problem, text

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Perennial (常青)")


@app.callback()
def _perennial() -> None:  # pyright: ignore[reportUnusedFunction]
    """Keeps every customer whose contract or annual review comes due."""


def language() -> Language:
    """The terminal's."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if spoken.startswith("zh") else "en"


def main() -> None:
    """Gather the commands of all modules here and run the one asked for; a problem is one sentence and exit code 1."""
    for module in pkgutil.iter_modules(__path__):
        commands = getattr(importlib.import_module(f"{__name__}.{module.name}"), "commands", None)
        if isinstance(commands, typer.Typer):
            app.add_typer(commands)
    try:
        app()
    except Problem as problem:
        print(f"perennial: {text(problem, language())}", file=sys.stderr)
        sys.exit(1)
