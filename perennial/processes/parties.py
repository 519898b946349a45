"""Processes as rules see them: what makes one begin, what it writes, what it says when."""

from collections.abc import Iterator

from perennial import rules
from perennial.kernel import Tx
from perennial.processes.definition import Notify, Process, Update, Wait
from perennial.processes.publish import current
from perennial.rules import conflicts


def parties(tx: Tx) -> list[conflicts.Party]:
    """Every process in force. Whether it writes a record depends on where its instance stands."""
    return [_party(tx, one) for one in current(tx)]


def _party(tx: Tx, one: Process) -> conflicts.Party:
    texts = [text for start in one.starts for text in (start.when, start.date)]
    paths = {path for text in texts for path in rules.reads(tx, one.form, text)}
    writes = tuple(
        conflicts.Write((form, key), f"nodes.{node.key}.set.{key}", value, node.record, node.when)
        for node in one.nodes if isinstance(node, Update)
        for form in [conflicts.target(tx, one.form, node.record)] for key, value in node.values
    )  # fmt: skip
    return conflicts.Party(
        "process", one.key, one.label, one.form, reads=conflicts.places(tx, one.form, paths), writes=writes,
        said=tuple(_said(one)),
    )  # fmt: skip


def _said(one: Process) -> Iterator[conflicts.Said]:
    """What is said to an audience on a day that a wait just before it names: `end_date - 60`."""
    for wait in one.nodes:
        told = next((node for node in one.nodes if node.key == wait.next), None)
        if isinstance(wait, Wait) and wait.until and isinstance(told, Notify) and told.who.kind == "audience":
            date, offset, unit = conflicts.offset_of(wait.until)
            yield conflicts.Said(f"nodes.{told.key}", told.who.name, date, offset, unit)
