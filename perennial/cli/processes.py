"""tick and doctor."""

import datetime as dt
import json
import sys
from typing import Annotated

import typer

commands = typer.Typer()


@commands.command()
def tick(
    at: Annotated[
        str, typer.Option(help="A manual clock is set to this moment, as if the service had been away.")
    ] = "",
    through: Annotated[str, typer.Option(help="A manual clock goes there from due moment to due moment.")] = "",
) -> None:
    """Decide and do what is due; print what happened as JSON."""
    from perennial import processes
    from perennial.kernel import opened, settings

    with opened(settings()) as database:
        done = processes.tick(database, at=_moment(at, end=False), through=_moment(through, end=True))
    print(json.dumps(done.as_json(), ensure_ascii=False))


@commands.command()
def doctor() -> None:
    """Check that nothing is missed, nobody forgotten, nothing stuck; exit code 1 when something is."""
    from perennial import processes
    from perennial.kernel import SYSTEM, Reason, opened, settings

    with opened(settings()) as database, database.begin(SYSTEM, Reason("doctor")) as tx:
        found = processes.doctor(tx)
    print(json.dumps([one.as_json() for one in found], ensure_ascii=False, default=str))
    if not all(one.ok for one in found):
        sys.exit(1)


def _moment(text: str, *, end: bool) -> dt.datetime | None:
    """`2026-12-31` is the end of that day for --through and its beginning for --at; without a zone, the workspace's."""
    if not text:
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        from perennial.kernel import Invalid

        raise Invalid("processes.moment", path="at", value=text) from None
    if end and len(text) == len("2026-12-31"):
        return moment + dt.timedelta(days=1) - dt.timedelta(seconds=1)
    return moment
