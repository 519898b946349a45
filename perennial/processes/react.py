"""React to what was written: claim changes, and let every process that reads them follow, in one transaction.

In:   claimed transactions of the change log
Out:  late entries, edges, arrivals, moved terms, recomputed waits, cancelled instances; all advanced
Locks in the order of the house: trigger watermarks (shared), instances by id, then what advancing needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import psycopg

from perennial import changes, rules
from perennial.kernel import SYSTEM, Database, Reason, Tx, fail_point, log
from perennial.processes import versions
from perennial.processes.advance import Advanced, advance, lock
from perennial.processes.coverage import enter_late
from perennial.processes.definition import Process, Wait
from perennial.processes.drain import drain
from perennial.processes.edges import created, matched
from perennial.processes.ending import resume_set
from perennial.processes.events import arrived, noticed, whom
from perennial.processes.heed import heed
from perennial.processes.hooks import follow_calls
from perennial.processes.nodes.common import Published
from perennial.processes.terms import move
from perennial.processes.triggers import arrivals, share
from perennial.processes.undone import take_back
from perennial.processes.versions import Active
from perennial.rules import Group, affected, groups, reads

CLAIM = 500  # transactions whose reactions are handled together
INLINE = 500  # instances advanced inside the reaction; more are left ready for the workers' batches


@dataclass(slots=True)
class Reacted:
    """What one call did: reactions handled, instances begun, tokens moved."""

    claimed: int = 0
    started: int = 0
    left: int = 0  # instances too many to advance inside the reaction
    fired: int = 0  # rules, for a record each
    advanced: Advanced = field(default_factory=Advanced)

    @property
    def count(self) -> int:
        return self.claimed

    def __bool__(self) -> bool:
        return self.claimed > 0


def react(database: Database) -> Reacted:
    """Handle reactions, and what instances told each other, until nothing is left; several workers may.

    A failure is narrowed to the transaction whose changes it is, which is counted and left for another time; the others
    are handled. Locks, lost connections and full disks are nobody's failure: they raise, and nothing is counted.
    """
    total, failed = Reacted(), list[int]()
    while True:
        _claimed(database, total, failed)
        heeded = heed(database)
        heeded.add(follow_calls(database))
        total.advanced.add(heeded)
        if not heeded.count:  # what moved may have written changes
            return total


def _claimed(database: Database, total: Reacted, failed: list[int]) -> None:
    limit = CLAIM
    while True:
        taken: list[int] = []
        try:
            with database.begin(SYSTEM, Reason("reaction")) as tx:
                claimed = changes.claim(tx, limit, failed)
                if claimed is None:
                    break
                taken = claimed.transactions
                handle(tx, claimed, total)
                fail_point("processes.reacting")
        except psycopg.OperationalError:
            raise
        except Exception as error:
            if not taken:
                raise
            if len(taken) > 1:
                limit = 1
                continue
            failed += taken
            with database.begin(SYSTEM, Reason("reaction")) as tx:
                changes.failed(tx, taken, f"{type(error).__name__}: {error}"[:500])
            log.exception("reaction failed", transaction=taken[0])
            continue
        fail_point("processes.reacted")
        total.claimed += len(taken)
        limit = min(limit * 2, CLAIM)
    if total.left:
        total.left = 0
        total.advanced.add(drain(database))


def handle(tx: Tx, claimed: changes.Claimed, total: Reacted) -> None:
    """Everything that follows from these changes, in the caller's transaction."""
    found = groups(tx, claimed)
    if found:
        follow(tx, found, total)


def follow(tx: Tx, found: list[Group], total: Reacted) -> None:
    """The processes follow these groups of changes, then the rules."""
    actives = versions.active(tx)
    concerns = [(active, _Concern.of(tx, active, found)) for active in actives]
    share(tx, sorted({number for active, one in concerns if one.dated for number in active.triggers.values()}))
    waiting = _waiting(tx, found)
    born = arrived(found)
    held = _lock(tx, concerns, waiting, whom(tx, born))
    scope = _ready(tx, waiting, held) | _suspended(tx, found, actives) | noticed(tx, born, held)
    for active, concern in concerns:
        begun = _follow(tx, active, concern)
        total.started += len(begun)
        scope |= set(begun)
    ids = sorted(scope)
    if len(ids) <= INLINE:
        total.advanced.add(advance(tx, ids))
    else:
        total.left += len(ids)
    total.fired += rules.follow(tx, found)


@dataclass(slots=True)
class _Concern:
    """The records of one process that a claim concerns, by what they concern."""

    dated: list[int] = field(default_factory=list[int])
    based: list[int] = field(default_factory=list[int])
    covered: list[int] = field(default_factory=list[int])
    born: list[int] = field(default_factory=list[int])
    edges: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    silent: list[int] = field(default_factory=list[int])
    undone: list[int] = field(default_factory=list[int])
    answers: dict[str, list[int]] = field(default_factory=dict[str, list[int]])

    @property
    def all(self) -> set[int]:
        return {
            *self.dated,
            *self.based,
            *self.covered,
            *self.born,
            *(one for ids in self.edges.values() for one in ids),
        }

    @classmethod
    def of(cls, tx: Tx, active: Active, found: list[Group]) -> "_Concern":
        self, process = cls(), active.process
        dates = {path for start in process.starts if start.on == "date" for path in reads(tx, process.form, start.date)}
        dates |= reads(tx, process.form, process.not_before)
        covers = reads(tx, process.form, process.covers) | dates if process.covers else frozenset[str]()
        edges = {start.key: reads(tx, process.form, start.when) for start in process.starts if start.on == "matched"}
        for group in found:
            self._add(tx, process, group, dates, covers, edges)
        return self

    def _add(
        self, tx: Tx, process: Process, group: Group, dates: set[str], covers: "frozenset[str] | set[str]",
        edges: dict[str, frozenset[str]],
    ) -> None:  # fmt: skip
        form = process.form
        imported = group.reason == "import" and group.answer != "all"
        if dates:
            self.dated += affected(tx, form, dates, group)
            self.based += affected(tx, form, reads(tx, form, process.basis), group)
        covered = affected(tx, form, covers, group) if covers else []
        self.covered += covered
        own = group.form == form
        if own and group.created and not group.deleted and not imported and group.reason != "undo":
            self.born += group.ids
        for key, paths in edges.items():
            ids = affected(tx, form, paths, group)
            self.edges.setdefault(key, []).extend(ids)
            if imported or group.reason == "undo" or group.restored:
                self.silent += ids
        if own and group.reason == "import":
            self.answers.setdefault(group.answer or "tasks", []).extend(group.ids)
        if group.reason == "undo":
            self.undone += covered


def _follow(tx: Tx, active: Active, concern: _Concern) -> list[int]:
    begun: list[int] = []
    starts = active.process.starts
    if concern.based:
        begun += move(tx, active, concern.based)
    for start in starts:
        if start.on == "date" and concern.dated:
            begun += arrivals(tx, active, start, concern.dated).started
        if start.on == "created" and concern.born:
            begun += created(tx, active, start, concern.born)
        if start.on == "matched" and concern.edges.get(start.key):
            started, gone = matched(tx, active, start, concern.edges[start.key], concern.silent)
            begun += started
            if gone and start.undone:
                begun += take_back(tx, active, start, gone)
    if concern.covered:
        begun += enter_late(tx, active, sorted({*concern.covered}), answers=concern.answers, undone=concern.undone)
    return begun


_Waiting = list[tuple[Published, dict[str, list[int]], list[int]]]


def _waiting(tx: Tx, found: list[Group]) -> _Waiting:
    """Per version with open instances: the records whose waits or whose cancelling or holding read what changed."""
    rows = tx.rows(
        "SELECT v.id FROM processes.version v"
        " WHERE EXISTS (SELECT FROM processes.instance i WHERE i.version_id = v.id AND i.state = 'open') ORDER BY v.id"
    )
    result: _Waiting = []
    for row in rows:
        published = versions.version(tx, row["id"])
        process = published.process
        nodes: dict[str, list[int]] = {}
        control: list[int] = []
        for group in found:
            for node in process.nodes:
                if isinstance(node, Wait) and (node.until or node.met):
                    paths = reads(tx, process.form, node.until) | reads(tx, process.form, node.met)
                    paths |= reads(tx, process.form, process.not_before)
                    ids = affected(tx, process.form, paths, group)
                    if ids:
                        nodes.setdefault(node.key, []).extend(ids)
            paths = reads(tx, process.form, process.cancel_when).union(
                *(reads(tx, process.form, p) for p in process.hold_by)
            )
            control += affected(tx, process.form, paths, group)
            if group.form == process.form and (group.deleted or group.restored):
                control += group.ids
        if nodes or control:
            result.append((published, nodes, sorted({*control})))
    return result


def _lock(
    tx: Tx, concerns: list[tuple[Active, _Concern]], waiting: _Waiting, looked_for: Mapping[int, list[int]]
) -> set[int]:
    """Lock every instance that anything here may touch, in one order; the open ones by record."""
    ids: set[int] = set()
    for process_id, records in looked_for.items():
        ids |= _instances(tx, process_id, records)
    for active, concern in concerns:
        ids |= _instances(tx, active.version.process_id, sorted(concern.all))
    for published, nodes, control in waiting:
        ids |= _instances(
            tx, published.process_id, sorted({*control, *(one for more in nodes.values() for one in more)})
        )
    return set(lock(tx, sorted(ids)))


def _instances(tx: Tx, process_id: int, records: list[int]) -> set[int]:
    if not records:
        return set()
    return set(
        tx.value(
            "SELECT array_agg(id) FROM processes.instance WHERE process_id = %(process)s AND record_id = "
            "ANY(%(records)s::bigint[])"
            " AND state IN ('open', 'suspended', 'superseded', 'cancelled')",
            {"process": process_id, "records": records},
        )
        or []
    )


def _ready(tx: Tx, waiting: _Waiting, held: set[int]) -> set[int]:
    """Waits that read what changed compute their moment again; the instances to be looked at."""
    scope: set[int] = set()
    for published, nodes, control in waiting:
        for key, records in nodes.items():
            scope |= set(
                tx.value(
                    """
                    WITH again AS (
                        UPDATE processes.token t SET state = 'ready', wake_at = %(now)s FROM processes.instance i
                         WHERE i.id = t.instance_id AND i.record_id = ANY(%(records)s::bigint[]) AND t.node_id =
                           %(node)s
                           AND t.state = 'waiting' AND i.state = 'open' AND i.id = ANY(%(held)s::bigint[]) RETURNING
                             i.id
                    )
                    SELECT array_agg(id) FROM again
                    """,
                    {"records": records, "node": published.nodes[key], "held": sorted(held)},
                )
                or []
            )
        if control:
            scope |= set(
                tx.value(
                    "SELECT array_agg(id) FROM processes.instance"
                    " WHERE version_id = %(version)s AND record_id = ANY(%(records)s::bigint[]) AND state = "
                    "'open' AND id "
                    "= ANY(%(held)s::bigint[])",
                    {"version": published.id, "records": control, "held": sorted(held)},
                )
                or []
            )
    return scope


def _suspended(tx: Tx, found: list[Group], actives: list[Active]) -> set[int]:
    """What a deletion suspended comes back with its record."""
    scope: set[int] = set()
    for group in found:
        if not group.restored or group.deleted:
            continue
        ids = tx.value(
            "SELECT array_agg(i.id ORDER BY i.id) FROM processes.instance i JOIN processes.process p ON p.id = "
            "i.process_id"
            " WHERE p.form = %(form)s AND i.record_id = ANY(%(records)s::bigint[]) AND i.state = 'suspended'",
            {"form": group.form, "records": group.ids},
        )
        if ids:
            resume_set(tx, lock(tx, ids))
            scope |= set(ids)
    return scope
