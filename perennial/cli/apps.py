"""Apps as code: `apply DIR` plans, asks and publishes, `export DIR` writes what is in force, `undo` takes one back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from perennial.apps import Plan

commands = typer.Typer()

Folder = Annotated[Path, typer.Argument(help="folder with forms/, roles/, processes/ …")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="publish without asking")]
PlanOnly = Annotated[bool, typer.Option("--plan", help="print the plan and stop")]
_SIGNS = {"create": "+", "change": "~", "remove": "-"}


@commands.command("apply")
def apply_app(
    folder: Folder,
    yes: Yes = False,
    plan_only: PlanOnly = False,
    note: Annotated[str, typer.Option(help="why, for the list of publications")] = "",
) -> None:
    """Publish the definitions of a folder: print what would be created and changed, ask, do it in one transaction."""
    from perennial import apps
    from perennial.kernel import SYSTEM, Conflict, Reason, Tx, opened, settings

    app = apps.load(folder)

    def publish(tx: Tx) -> int:
        apps.locked(tx)
        if apps.latest(tx) != seen:
            raise Conflict("apps.overtaken")
        return apps.publish(tx, apps.plan(tx, app), note or app.name)

    with opened(settings()) as database:
        plan, seen = database.run(SYSTEM, lambda tx: (apps.plan(tx, app), apps.latest(tx)))
        if _shown(plan) and not plan_only:
            if not yes:
                typer.confirm("publish?", abort=True)
            number = database.run(SYSTEM, publish, Reason("publish", {"app": app.name}))
            typer.echo(f"published: {number}")


@commands.command("undo")
def undo_publication(
    number: Annotated[int, typer.Argument(help="of the publication")], yes: Yes = False, plan_only: PlanOnly = False
) -> None:
    """Take a publication back: fields that it added are hidden with their data, converted ones return."""
    from perennial import apps
    from perennial.kernel import SYSTEM, Reason, opened, settings

    with opened(settings()) as database:
        plan = database.run(SYSTEM, lambda tx: apps.propose_undo(tx, number))
        if _shown(plan) and not plan_only:
            if not yes:
                typer.confirm("undo?", abort=True)
            done = database.run(SYSTEM, lambda tx: apps.undo(tx, number), Reason("undo", {"publication": number}))
            typer.echo(f"published: {done}")


@commands.command("publications")
def list_publications(limit: Annotated[int, typer.Option(help="how many, the newest first")] = 20) -> None:
    """What was published, when, by whom and why."""
    from perennial import apps
    from perennial.kernel import SYSTEM, opened, settings

    with opened(settings()) as database, database.begin(SYSTEM) as tx:
        for one in apps.publications(tx, limit=limit):
            what = ", ".join(f"{_SIGNS[named['act']]}{named['kind']} {named['key']}" for named in one.definitions)
            undone = f" (undone by {one.undone_by})" if one.undone_by else ""
            typer.echo(f"{one.id:>5} {one.at:%Y-%m-%d %H:%M} {one.by['label']:<12} {one.note} [{what}]{undone}")


@commands.command("export")
def export_app(folder: Folder) -> None:
    """Write every definition in force as YAML; `apply` of the folder changes nothing."""
    from perennial import apps
    from perennial.kernel import SYSTEM, opened, settings

    with opened(settings()) as database, database.begin(SYSTEM) as tx:
        count = apps.export(tx, folder)
    typer.echo(f"{count} files in {folder}")


def _shown(plan: "Plan") -> bool:
    """Print what the sheet in the browser shows; True when there is something to publish and nothing against it."""
    from perennial import apps
    from perennial.cli import language
    from perennial.kernel import text

    for step in plan.steps:
        typer.echo(f"{_SIGNS[step.act]} {step.kind:<10} {step.key:<28} {step.label}")
        for one in step.operations:
            facts = " ".join(f"{name}={value}" for name, value in one.facts.items())
            typer.echo(f"    {one.grade:<8} {one.act} {one.field or '+'.join(one.fields)} {facts}".rstrip())
            for row in one.lost:
                typer.echo(f"             {row.label}: {row.value}")
    for use in plan.uses:
        if use.effect != "none":
            at = f"{use.path} ({use.place})" if use.place else use.path
            typer.echo(f"  {use.effect:<8} {use.form}.{use.field} <- {use.kind} {use.key} {at}")
    for one in plan.running:
        typer.echo(f"  running  {one.process.key} v{one.number}: {one.open} stay on it")
    for found in apps.of_plan(plan):
        typer.echo(f"{found.severity}: {found.kind} {found.key} {found.path}: {text(found.problem, language())}")
    if plan.empty and not plan.problems:
        typer.echo("nothing to change")
        return False
    if not plan.publishable:
        raise typer.Exit(1)
    typer.echo(f"{len(plan.steps)} to publish; a save waits about {plan.lock_ms} ms")
    return True
