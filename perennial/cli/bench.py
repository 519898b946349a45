"""`perennial bench import|list|report|process|search|decision|rules`: ratios to raw SQL or COPY of the same run."""

import json
from typing import Annotated

import typer

commands = typer.Typer()
_ROWS = {"import": 100_000, "list": 1_000_000, "report": 1_000_000, "process": 100_000, "search": 1_000_000,
         "decision": 100_000, "rules": 100_000}  # fmt: skip


@commands.command("bench")
def bench_command(
    kind: Annotated[str, typer.Argument(help="import, list, report, process, search, decision or rules")],
    rows: Annotated[int, typer.Option(help="0: the usual number of this bench")] = 0,
    json_: Annotated[bool, typer.Option("--json", help="the last line is JSON")] = False,
) -> None:
    """Measure ours and the raw SQL or COPY doing the same work, on a scratch database."""
    from perennial.bench import KINDS, bench

    if kind not in KINDS:
        raise typer.BadParameter(f"one of {', '.join(KINDS)}")
    found = bench(kind, rows or _ROWS[kind])
    rounded = {key: round(value, 4) if isinstance(value, float) else value for key, value in found.items()}
    typer.echo(json.dumps(rounded) if json_ else "\n".join(f"{key}: {value}" for key, value in rounded.items()))
