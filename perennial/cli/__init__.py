"""The command line: serve, web, worker, apply, export, tick, simulate, backup, restore, verify, doctor, bench."""

import typer

main = typer.Typer(no_args_is_help=True, add_completion=False)
