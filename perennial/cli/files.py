"""`perennial check-files`: every file that a record names is there."""

import typer

commands = typer.Typer()


@commands.command("check-files")
def check_files() -> None:
    """Name each file that a record names and the store does not hold. Exit code 1 when there is one."""
    from perennial import records
    from perennial.kernel import SYSTEM, Reason, opened, settings

    with opened(settings()) as database, database.begin(SYSTEM, Reason("check")) as tx:
        lost = records.lost_files(tx)
    for form, field, record, file in lost:
        typer.echo(f"{form} {record} {field}: file {file} is not there")
    typer.echo("every file is there" if not lost else f"{len(lost)} are missing")
    raise typer.Exit(1 if lost else 0)
