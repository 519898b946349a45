"""`perennial simulate --until DAY`: the coming months on a scratch copy."""

import datetime as dt
import json
from typing import Annotated

import typer

commands = typer.Typer()


@commands.command()
def simulate(
    until: Annotated[dt.datetime, typer.Option(formats=["%Y-%m-%d"], help="the last day, for example 2027-11-21")],
    people: Annotated[
        str, typer.Option(help="median: tasks are done as they usually were; nobody: none is")
    ] = "median",
    json_: Annotated[bool, typer.Option("--json", help="everything as JSON")] = False,
) -> None:
    """Who would get what when, and the load per person and week. Nothing is written, nothing is sent."""
    from perennial import simulation
    from perennial.kernel import opened, settings

    if people not in ("median", "nobody"):
        raise typer.BadParameter("median or nobody")
    with opened(settings()) as database:
        found = simulation.simulate(database.url, until.date(), people)
    if json_:
        typer.echo(
            json.dumps({**found.as_json(), "seconds": found.seconds, "entries": found.entries}, ensure_ascii=False)
        )
        return
    typer.echo(f"simulated from {found.copied_at:%Y-%m-%d %H:%M} to {until:%Y-%m-%d}; nothing was written or sent")
    if people == "nobody":
        typer.echo("assumption about people: nobody acts")
    else:
        typer.echo("assumption about people: each task is done after its median time by its most frequent outcome:")
        for habit in found.assumption["habits"]:
            typer.echo(f"  {habit['label']}: {habit['days']} days, {habit['outcome'] or 'done'} (from {habit['seen']})")
    for name, value in found.figures.items():
        typer.echo(f"{name}: {value}")
    for person in found.people:
        counts = [week["count"] for week in person["weeks"].values()]
        busiest = max(person["weeks"], key=lambda week: person["weeks"][week]["count"], default="")
        typer.echo(
            f"  {person['name']}: {sum(counts)} tasks, at most {max(counts, default=0)} in the week of {busiest}"
        )
