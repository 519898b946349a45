"""What a to-do says over there: the task's title, its record as far as its person may read it, when it is due, a link
that asks for the rights of whoever follows it."""

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from perennial import access, messages
from perennial.kernel import Row, Tx

TITLE_MOST = 300  # characters


@dataclass(frozen=True, slots=True)
class Words:
    """`due_ms`: since 1970; `url`: "" where nobody has said where people reach this program."""

    title: str
    due_ms: int | None = None
    due: str = ""  # the same as people read it
    url: str = ""
    language: str = "zh"

    def dump(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def load(cls, tree: dict[str, Any]) -> "Words":
        return cls(**tree)


def words_of(tx: Tx, tasks: list[Row]) -> dict[int, Words]:
    """By mirrored row, as the acting person reads them: whoever acts is whose tasks they are. One statement for each
    form that the tasks are about."""
    titles: dict[tuple[str, int], str] = {}
    for form in sorted({task["form"] for task in tasks if task["form"]}):
        if access.may(tx, "read", form):
            rows = access.readable(tx, form)
            at = rows.source.table
            select = sa.select(at.c["id"], rows.label().label("title")).select_from(rows.from_).where(rows.where)
            ids = sorted({task["record_id"] for task in tasks if task["form"] == form})
            some = sa.cast(ids, sa.ARRAY(sa.BigInteger))
            for row in tx.rows(select.where(at.c["id"].in_(sa.select(sa.func.unnest(some))))):
                titles[form, row["id"]] = row["title"] or ""
    base = messages.policy(tx).link_base.rstrip("/")
    return {task["id"]: _words(tx, task, titles, base) for task in tasks}


def _words(tx: Tx, task: Row, titles: dict[tuple[str, int], str], base: str) -> Words:
    about = titles.get((task["form"], task["record_id"]))
    title = str(task["title"] or "")
    if about and about not in title:
        title = f"{title} · {about}"
    path = f"/r/{task['form']}/{task['record_id']}" if about is not None else "/tasks"
    due: dt.datetime | None = task["due_at"]
    return Words(
        " ".join(title.split())[:TITLE_MOST], None if due is None else int(due.timestamp() * 1000),
        "" if due is None else due.astimezone(tx.zone).strftime("%Y-%m-%d %H:%M"), base + path if base else "",
        task["language"] or "zh",
    )  # fmt: skip
