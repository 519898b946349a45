"""`perennial simulate --until DAY`: the coming months on a scratch copy."""

import datetime as dt
import json
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

commands = typer.Typer()

ASSUMPTIONS = {
    "nobody": "nobody acts",
    "median": "each task is done after its median time by its most frequent outcome:",
    "script": "tasks are done as the script says, others are not done:",
}


@commands.command()
def simulate(
    until: Annotated[dt.datetime, typer.Option(formats=["%Y-%m-%d"], help="the last day, for example 2027-11-21")],
    people: Annotated[
        str, typer.Option(help="median: tasks are done as they usually were; nobody: none is; script: as --script says")
    ] = "median",
    script: Annotated[
        Path | None,
        typer.Option(
            help="YAML: a list of {form, key, days, outcome}; kinds of task that it does not name are not done."
            " {on, form, when, values} changes records on a day"
        ),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="everything as JSON")] = False,
) -> None:
    """Who would get what when, and the load per person and week. Nothing is written, nothing is sent."""
    from perennial import simulation
    from perennial.kernel import opened, settings

    items: list[dict[str, Any]] = yaml.safe_load(script.read_text("utf-8")) if script else []
    lines = [simulation.Line(**one) for one in items if "on" not in one]
    edits = [simulation.Edit(**one) for one in items if "on" in one]
    people = "script" if script else people
    if people not in ("median", "nobody", "script"):
        raise typer.BadParameter("median, nobody or script")
    with opened(settings()) as database:
        found = simulation.simulate(database.url, until.date(), people, script=lines, edits=edits)
    if json_:
        typer.echo(
            json.dumps({**found.as_json(), "seconds": found.seconds, "entries": found.entries}, ensure_ascii=False)
        )
        return
    typer.echo(f"simulated from {found.copied_at:%Y-%m-%d %H:%M} to {until:%Y-%m-%d}; nothing was written or sent")
    typer.echo(f"assumption about people: {ASSUMPTIONS[people]}")
    for habit in found.assumption["habits"]:
        typer.echo(
            f"  {habit['label']}: {habit['days']} days, {habit['outcome_label'] or 'done'} (from {habit['seen']})"
        )
    if found.assumption["released"]:
        typer.echo(f"channels held today and taken for released: {', '.join(found.assumption['released'])}")
    for name, value in found.figures.items():
        typer.echo(f"{name}: {value}")
    for person in found.people:
        counts = [week["count"] for week in person["weeks"].values()]
        busiest = max(person["weeks"], key=lambda week: person["weeks"][week]["count"], default="")
        above = f"; above the usual {person['capacity']:g} in {len(person['over'])} weeks" if person["over"] else ""
        typer.echo(
            f"  {person['name']}: {sum(counts)} tasks, at most {max(counts, default=0)} in the week of {busiest}{above}"
        )
