"""Events that waits look out for: whose tokens they concern, and that these know of them.

In:   records that were created, or calls of hooks, by their ids
Out:  tokens that know and are ready; one statement per (version, node). nodes/event.py
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from perennial.kernel import Query, Tx
from perennial.processes import versions
from perennial.processes.definition import Wait
from perennial.processes.nodes.common import Published
from perennial.processes.nodes.event import NO_EFFECT
from perennial.rules import Group


@dataclass(frozen=True, slots=True)
class Events:
    """What has happened: form -> records created; (process, hook) -> calls."""

    records: Mapping[str, list[int]]
    calls: Mapping[tuple[str, str], list[int]]

    def of(self, process: str, node: Wait) -> list[int]:
        if node.arrives:
            return self.records.get(node.arrives.form, [])
        return self.calls.get((process, node.hook), [])

    def __bool__(self) -> bool:
        return bool(self.records or self.calls)


def arrived(found: Iterable[Group]) -> Events:
    """The records that these changes created. What comes back is not new, and some imports are to set off nothing."""
    records: dict[str, list[int]] = {}
    for group in found:
        silent = group.reason == "undo" or (group.reason == "import" and group.answer == NO_EFFECT)
        if group.created and not group.deleted and not silent:
            records.setdefault(group.form, []).extend(group.ids)
    return Events(records, {})


def whom(tx: Tx, events: Events) -> dict[int, list[int]]:
    """process -> records that these events lead to, whose instances are to be locked."""
    found: dict[int, set[int]] = {}
    for published, _, ids, statements in _looking(tx, events):
        query = statements["whom"]
        records = tx.value(query, {**query.params, "ids": ids, "zone": tx.zone.key}) or []
        found.setdefault(published.process_id, set()).update(records)
    return {process: sorted(records) for process, records in found.items() if records}


def noticed(tx: Tx, events: Events, held: set[int]) -> set[int]:
    """Instances with a token that knows now what it waited for. Asked of the versions as they are under the lock: who
    was taken to another one meanwhile is found there.

    held   instances that the caller has locked
    """
    scope: set[int] = set()
    for published, node, ids, statements in _looking(tx, events):
        query = statements["notice"]
        given = {"ids": ids, "held": sorted(held), "node": published.nodes[node.key], "zone": tx.zone.key}
        scope |= set(tx.value(query, {**query.params, **given}) or [])
    return scope


def _looking(tx: Tx, events: Events) -> list[tuple[Published, Wait, list[int], Mapping[str, Query]]]:
    """The waits of versions with open instances that look out for such an event."""
    if not events:
        return []
    rows = tx.rows(
        "SELECT v.id FROM processes.version v"
        " WHERE jsonb_path_exists(v.definition, '$.nodes[*] ? (exists(@.arrives) || exists(@.hook))')"
        "   AND EXISTS (SELECT FROM processes.instance i WHERE i.version_id = v.id AND i.state = 'open') ORDER BY v.id"
    )
    found: list[tuple[Published, Wait, list[int], Mapping[str, Query]]] = []
    for row in rows:  # as many as there are versions
        published = versions.version(tx, row["id"])
        for node in published.process.nodes:
            ids = events.of(published.process.key, node) if isinstance(node, Wait) else []
            if isinstance(node, Wait) and ids:
                found.append((published, node, ids, versions.statements(tx, published, node.key)))
    return found
