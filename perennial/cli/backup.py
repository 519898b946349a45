"""`perennial backup FILE`, `perennial restore FILE`."""

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from perennial.cli.stop import stopped_by_signals

commands = typer.Typer()

Archive = Annotated[Path, typer.Argument(metavar="FILE", help="one archive: database, files, definitions")]


@commands.command("backup")
def backup_workspace(file: Archive) -> None:
    """Write everything of this workspace into one archive. People may go on working meanwhile."""
    from perennial import apps, changes
    from perennial.kernel import SYSTEM, Reason, backup, opened, settings

    chosen = settings()
    with stopped_by_signals(), tempfile.TemporaryDirectory() as room:
        with opened(chosen) as database:
            with database.begin(SYSTEM, Reason("backup")) as tx:
                apps.export(tx, Path(room))
                head = changes.current_head(tx)
            manifest = backup(
                database.url,
                file,
                home={name: chosen.home / name for name in ("files", changes.HEAD_FILE)},
                definitions=Path(room),
                facts={"head": None if head is None else asdict(head)},
            )
        typer.echo(f"{file}: {file.stat().st_size / 1e6:.1f} MB, {len(manifest.parts)} parts, {manifest.made_at}")


@commands.command("restore")
def restore_workspace(
    file: Archive,
    replace: Annotated[bool, typer.Option("--replace", help="put it in place of the workspace that is there")] = False,
) -> None:
    """Bring a workspace back. All programs that use it must be stopped; nothing changes unless all of it succeeds."""
    from perennial import messages
    from perennial.kernel import SYSTEM, Reason, opened, reached, restore, settings

    chosen = settings()
    with stopped_by_signals(), reached(chosen) as url:
        manifest = restore(url, file, home=chosen.home, replace=replace)
        # what waited in the outbox then may have left since: nothing leaves again before an administrator looked at it
        with opened(chosen) as database, database.begin(SYSTEM, Reason("restore")) as tx:
            for channel in messages.channels(tx):
                if channel["outward"]:
                    messages.release(tx, channel["key"], released=False)
        typer.echo(f"restored as of {manifest.made_at} (Perennial {manifest.perennial}); outgoing messages are held")
