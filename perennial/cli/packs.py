"""`perennial export-pack FILE`, `perennial import-pack FILE`: leave with everything, arrive with everything."""

from pathlib import Path
from typing import Annotated

import typer

from perennial.cli.stop import stopped_by_signals

commands = typer.Typer()

Pack = Annotated[Path, typer.Argument(metavar="FILE", help="one ZIP: records, files, definitions, people, history")]


@commands.command("export-pack")
def export_pack(file: Pack) -> None:
    """Write everything as open files (CSV, YAML, the contents of files). People may go on working meanwhile."""
    from perennial import packs
    from perennial.kernel import opened, settings

    with stopped_by_signals(), opened(settings()) as database:
        manifest = packs.write(database, file)
    assert manifest is not None
    rows = sum(one["rows"] for one in manifest.parts.values())
    lost = f", {len(manifest.lost)} contents were not in the store" if manifest.lost else ""
    typer.echo(f"{file}: {file.stat().st_size / 1e6:.1f} MB, {len(manifest.parts)} tables, {rows} rows{lost}")


@commands.command("import-pack")
def import_pack(file: Pack) -> None:
    """Take a pack into an empty workspace: ids, times and versions as they were. All of it or nothing."""
    from perennial import messages, packs
    from perennial.kernel import Tx, opened, settings

    def hold(tx: Tx) -> None:
        """What waited in the outbox may have left elsewhere since: an administrator looks at it before it leaves."""
        for channel in messages.channels(tx):
            if channel["outward"]:
                messages.release(tx, channel["key"], released=False)

    with stopped_by_signals(), opened(settings()) as database:
        manifest = packs.take_in(database, file, hold)
    rows = sum(one["rows"] for one in manifest.parts.values())
    typer.echo(f"{len(manifest.parts)} tables, {rows} rows of {manifest.made_at}, equal; outgoing messages are held")
