"""Apps as code: `perennial apply DIR` plans, asks and publishes; `perennial export DIR` writes what is in force."""

from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer()

Folder = Annotated[Path, typer.Argument(help="folder with forms/, roles/, processes/ …")]
_SIGNS = {"create": "+", "change": "~"}


@commands.command("apply")
def apply_app(
    folder: Folder,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="publish without asking")] = False,
    plan_only: Annotated[bool, typer.Option("--plan", help="print the plan and stop")] = False,
) -> None:
    """Publish the definitions of a folder: print what would be created and changed, ask, do it in one transaction."""
    from perennial import apps
    from perennial.kernel import SYSTEM, Reason, opened, settings

    app = apps.load(folder)
    with opened(settings()) as database, database.begin(SYSTEM, Reason("publish", {"app": app.name})) as tx:
        plan = apps.plan(tx, app)
        for step in plan.steps:
            typer.echo(f"{_SIGNS[step.act]} {step.kind:<10} {step.key:<28} {step.label}")
            for operation in step.operations:
                facts = " ".join(f"{name}={value}" for name, value in operation.facts.items())
                typer.echo(f"    {operation.grade:<8} {operation.act} {operation.field or ''} {facts}".rstrip())
        typer.echo(f"{len(plan.steps)} to publish" if plan.steps else "nothing to change")
        if plan.empty or plan_only:
            return
        if not yes:
            typer.confirm("publish?", abort=True)
        apps.publish(tx, plan, app.name)
    typer.echo("published")


@commands.command("export")
def export_app(folder: Folder) -> None:
    """Write every definition in force as YAML; `apply` of the folder changes nothing."""
    from perennial import apps
    from perennial.kernel import SYSTEM, opened, settings

    with opened(settings()) as database, database.begin(SYSTEM) as tx:
        count = apps.export(tx, folder)
    typer.echo(f"{count} files in {folder}")
