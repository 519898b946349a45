"""`perennial verify`: is the change log as it was sealed?"""

from typing import Annotated

import typer

commands = typer.Typer()

_WHAT = {
    "batch": {"zh": "批次的链条", "en": "the chain"},
    "transaction": {"zh": "事务", "en": "transaction"},
    "change": {"zh": "变更", "en": "change"},
    "head": {"zh": "数据库外保存的末批", "en": "the head kept outside the database"},
}
_HOW = {
    "changed": {"zh": "被改动", "en": "was altered"},
    "missing": {"zh": "被删除", "en": "was removed"},
    "added": {"zh": "是事后加入的", "en": "was added afterwards"},
    "chain": {"zh": "断开", "en": "is broken"},
    "behind": {"zh": "在数据库中已不存在", "en": "is no longer in the database"},
}


@commands.command()
def verify(
    seal: Annotated[bool, typer.Option("--seal/--no-seal", help="seal first what is committed")] = True,
) -> None:
    """Recompute every digest of the change log; name the first bad batch and row, exit code 1."""
    from perennial import changes
    from perennial.cli import language
    from perennial.kernel import SYSTEM, opened, settings

    spoken = language()
    head = settings().home / changes.HEAD_FILE
    with opened(settings()) as database:
        if seal:
            changes.seal(database, head)
        with database.begin(SYSTEM) as tx:
            bad = changes.verify(tx, head)
            count = tx.value("SELECT count(*) FROM changes.batch")
    if bad is None:
        typer.echo(f"变更日志完好：{count} 个批次" if spoken == "zh" else f"the change log is whole: {count} batches")
        return
    what, how = _WHAT[bad.what][spoken], _HOW[bad.how][spoken]
    row = "" if bad.id is None else f" {bad.id}"
    if spoken == "zh":
        typer.echo(f"第 {bad.batch} 批：{what}{row} {how}", err=True)
    else:
        typer.echo(f"batch {bad.batch}: {what}{row} {how}", err=True)
    raise typer.Exit(1)
