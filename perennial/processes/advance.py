"""Move process instances forward.

In:   instances that the caller holds locked; statements compiled at publication
Out:  moved tokens; steps, tasks, messages, decisions and record changes, in the same transaction
Read in this order: advance (the loop), sweep (cancelled, held, deleted), nodes/ (one file per kind), stuck
(quarantine).
"""

from dataclasses import dataclass, field

from perennial.kernel import Tx
from perennial.processes import nudges, stuck, versions
from perennial.processes.approvals import lost
from perennial.processes.definition import END, End, Join, targets
from perennial.processes.ending import cancel, end_set
from perennial.processes.nodes.common import LATE, SCOPE, Standing, control, held
from perennial.rules import rendered

ROUNDS = 1000  # no graph is that deep; a cycle without a person in it is refused when published

Ready = dict[int, dict[str, int]]  # version -> node -> tokens that are ready or due there

_READY = """
SELECT n.version_id, n.key, count(*) AS n
  FROM (SELECT t.node_id
          FROM unnest(%(scope)s::bigint[]) AS s (id)
         CROSS JOIN LATERAL (SELECT * FROM processes.token t WHERE t.instance_id = s.id OFFSET 0) t
         CROSS JOIN LATERAL (SELECT i.state FROM processes.instance i WHERE i.id = t.instance_id OFFSET 0) i
         WHERE i.state = 'open' AND (t.state = 'ready' OR t.state = 'waiting' AND t.wake_at <= %(now)s)) t
  JOIN processes.node n ON n.id = t.node_id AND n.paused_at IS NULL
 GROUP BY n.version_id, n.key
"""
_FINISH = f"""
WITH ended AS (
    UPDATE processes.instance i SET state = 'finished', ended_at = %(now)s, why = 'ended'
     WHERE i.id IN (SELECT unnest(%(scope)s::bigint[])) AND i.state = 'open'
       AND NOT EXISTS (SELECT FROM processes.token t WHERE t.instance_id = i.id)
    RETURNING i.id
), {nudges.TOLD}
SELECT count(*) FROM ended
"""


@dataclass(slots=True)
class Advanced:
    """What one advance did. `moved`: "process.node" -> tokens; `stuck`: the same -> error code -> tokens."""

    moved: dict[str, int] = field(default_factory=dict[str, int])
    stuck: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])
    cancelled: int = 0
    held: int = 0
    finished: int = 0
    ends: bool = False  # a branch may have ended

    @property
    def count(self) -> int:
        return sum(self.moved.values()) + self.cancelled + self.held + self.finished

    def add(self, other: "Advanced") -> None:
        for node, count in other.moved.items():
            self.moved[node] = self.moved.get(node, 0) + count
        self.stuck.update(other.stuck)
        self.cancelled += other.cancelled
        self.held += other.held
        self.finished += other.finished


def lock(tx: Tx, instances: list[int]) -> list[int]:
    """Lock instances in order of id, in a statement of its own; those that exist."""
    return [
        row["id"]
        for row in tx.rows(
            "SELECT id FROM processes.instance WHERE id = ANY(%(ids)s::bigint[]) ORDER BY id FOR UPDATE",
            {"ids": instances},
        )
    ]


def advance(tx: Tx, scope: list[int], *, swept: bool = True, ending: bool = False, at: Ready | None = None) -> Advanced:
    """Move every ready or due token of these instances until nothing is ready, in sets; no row visits Python.

    scope    instances that the caller has locked; those that they begin are added
    ending   a branch may have ended already
    swept    look first for what must stop; without, only when something ready does not move (each statement refuses it)
    at       all that is ready or due, when the caller knows; otherwise the tables are asked
    returns  what moved; a stuck node never stops the others
    """
    done = Advanced(ends=ending)
    if not scope:
        return done
    scope = [*scope]
    if swept:
        sweep(tx, scope, done)
        at = None
    walk = _Walk() if at is None else _Walk({number: {**here} for number, here in at.items()}, certain=True)
    ended = False
    for _ in range(ROUNDS):
        if not walk.certain:
            walk = _Walk(_ready(tx, scope), certain=True)
        here, walk.ready = walk.ready, {}
        if not any(here.values()):
            if not _unqueue(tx, scope) and not (done.ends and _rouse(tx, scope)):
                break
            ended, done.ends, walk.certain = True, False, False
            continue
        moved = sum(_version(tx, number, here[number], scope, walk, done) for number in sorted(here))
        if not moved:
            if not sweep(tx, scope, done):
                break
            walk.certain = False
    done.ends |= ended
    done.ends |= lost.end(tx, scope) > 0
    if done.ends or done.count:
        nudges.let_go(tx, scope)
    if done.ends:
        done.finished += int(tx.value(_FINISH, {"scope": scope}))
    return done


@dataclass(slots=True)
class _Walk:
    """What is ready in the next round, as far as the statements of this one told. Not certain: something stayed where
    it was, or records were written that may let others go on; then the tables are asked."""

    ready: Ready = field(default_factory=dict[int, dict[str, int]])
    certain: bool = False


def _unqueue(tx: Tx, scope: list[int]) -> int:
    """Whose turn it is among tasks that exclude each other: the first in line, where nobody is at work."""
    if not tx.value("SELECT EXISTS (SELECT FROM processes.node WHERE critical IS NOT NULL)"):
        return 0
    return tx.run(_UNQUEUE, {"scope": scope})


_UNQUEUE = """
UPDATE processes.token t SET state = 'ready', wake_at = %(now)s
  FROM (SELECT DISTINCT ON (q.instance_id, n.critical) q.id
          FROM processes.token q
          JOIN processes.node n ON n.id = q.node_id
          JOIN processes.instance i ON i.id = q.instance_id AND i.state = 'open'
         WHERE q.instance_id IN (SELECT unnest(%(scope)s::bigint[])) AND q.state = 'queued'
           AND NOT EXISTS (SELECT FROM processes.token o JOIN processes.node m ON m.id = o.node_id
                            WHERE o.instance_id = q.instance_id AND m.critical = n.critical
                              AND o.state IN ('ready', 'waiting', 'held', 'parked'))
         ORDER BY q.instance_id, n.critical, q.entered_at, q.id) f
 WHERE t.id = f.id
"""


def _rouse(tx: Tx, scope: list[int]) -> int:
    """A branch has ended: joins look again whom they wait for. How many tokens stand at one."""
    if not tx.value("SELECT EXISTS (SELECT FROM processes.node WHERE kind = 'join')"):
        return 0
    return tx.run(
        "UPDATE processes.token t SET state = 'ready', wake_at = %(now)s FROM processes.node n, processes.instance i"
        " WHERE t.instance_id IN (SELECT unnest(%(scope)s::bigint[])) AND t.state = 'waiting' AND n.id = t.node_id"
        "   AND n.kind = 'join' AND i.id = t.instance_id AND i.state = 'open'",
        {"scope": scope},
    )


def _ready(tx: Tx, scope: list[int]) -> Ready:
    found: Ready = {}
    for row in tx.rows(_READY, {"scope": scope}):
        found.setdefault(row["version_id"], {})[row["key"]] = row["n"]
    return found


def _version(tx: Tx, version_id: int, here: dict[str, int], scope: list[int], walk: _Walk, done: Advanced) -> int:
    """The nodes of one version at which something is ready, in the order of the definition; who arrives at a later one
    of them goes on with it."""
    published = versions.version(tx, version_id)
    waiting, total = dict(here), 0
    for node in published.process.nodes:
        if not waiting.get(node.key):
            continue
        standing = Standing(tx, published, node, scope, None, versions.statements(tx, published, node.key))
        ready = waiting.pop(node.key)
        went, parked = stuck.run(standing)
        scope.extend(went.begun)
        walk.certain &= went.settled >= ready and went.onward is not None
        for key, count in (went.onward or {}).items():
            later = waiting if key in waiting else walk.ready.setdefault(version_id, {})
            later[key] = later.get(key, 0) + count
        moved, name = went.count, f"{published.process.key}.{node.key}"
        if moved:
            done.moved[name] = done.moved.get(name, 0) + moved
        if parked:
            done.stuck[name] = parked
        total += moved
        leaves = isinstance(node, End) or any(key in ("", END) for key in targets(node))
        done.ends |= went.ended > 0 or (moved > 0 and leaves and not isinstance(node, Join))
    return total


def sweep(tx: Tx, scope: list[int], done: Advanced) -> int:
    """What must not go on stops: cancelled instances end, tokens under a hold are held, deleted records suspend."""
    rows = tx.rows(
        "SELECT DISTINCT version_id FROM processes.instance"
        " WHERE id IN (SELECT unnest(%(scope)s::bigint[])) AND state = 'open' ORDER BY version_id",
        {"scope": scope},
    )
    total = 0
    for row in rows:
        total += _sweep_version(tx, row["version_id"], scope, done)
    return total


def _sweep_version(tx: Tx, version_id: int, scope: list[int], done: Advanced) -> int:
    published = versions.version(tx, version_id)
    process = published.process
    query = rendered(tx, process.form, control(process))
    params = {**query.params, "version": version_id, "scope": scope, "zone": tx.zone.key}
    cancelled = "NOT i.past_then AND r.cancelled" if process.cancel_when else "false"
    stopped = tx.rows(
        f"""
        SELECT i.id, r.rid IS NULL AS gone
          FROM {SCOPE}
         CROSS JOIN LATERAL (SELECT * FROM processes.instance i
                              WHERE i.id = s.id OFFSET 0) i
          LEFT JOIN LATERAL (SELECT * FROM ({query.text}) r WHERE r.rid = i.record_id OFFSET 0) r ON true
         WHERE i.version_id = %(version)s AND i.state = 'open' AND (r.rid IS NULL OR {cancelled})
        """,
        params,
    )
    gone = [row["id"] for row in stopped if row["gone"]]
    over = [row["id"] for row in stopped if not row["gone"]]
    count = end_set(tx, gone, "suspended", "deleted") if gone else 0
    if over:
        done.cancelled += cancel(tx, published, over)
        count += len(over)
    forms_held = versions.forms_held(tx, process)
    caught = tx.run(_HOLD.format(record=query.text, held=held(process, forms_held), late=LATE), params)
    done.held += caught
    return count + caught


# entering a wait is allowed under a hold: what falls due in it gets its decision, as held. A task that asks again
# waits another day.
_HOLD = """
WITH caught AS MATERIALIZED (
    SELECT t.id, t.instance_id, t.node_id, t.state, t.wake_at, t.decision_id, i.process_id, i.record_id, i.basis,
      n.kind,
           nextval('processes.decision_id_seq') AS new_id
      FROM unnest(%(scope)s::bigint[]) AS s (id)
     CROSS JOIN LATERAL (SELECT * FROM processes.instance i
                          WHERE i.id = s.id OFFSET 0) i
     CROSS JOIN LATERAL (SELECT * FROM processes.token t WHERE t.instance_id = s.id OFFSET 0) t
      JOIN processes.node n ON n.id = t.node_id
     CROSS JOIN LATERAL (SELECT * FROM ({record}) r WHERE r.rid = i.record_id OFFSET 0) r
     WHERE i.version_id = %(version)s AND i.state = 'open' AND ({held})
       AND (t.state = 'ready' AND n.kind <> 'wait' OR t.state = 'waiting' AND t.wake_at <= %(now)s)
), decided AS (
    INSERT INTO processes.decision
           (id, process_id, node_id, instance_id, record_id, basis, due_at, decided_at, outcome, held_at)
    OVERRIDING SYSTEM VALUE
    SELECT new_id, process_id, node_id, instance_id, record_id, basis, wake_at, %(now)s, 'held', %(now)s
      FROM caught WHERE state = 'waiting' AND kind IN ('wait', 'approval') AND decision_id IS NULL
)
UPDATE processes.token t
   SET state = CASE WHEN c.kind IN ('task', 'approval', 'sub') AND c.state = 'waiting' THEN 'waiting' ELSE 'held' END,
       wake_at = CASE WHEN c.kind IN ('task', 'approval', 'sub') AND c.state = 'waiting'
                      THEN c.wake_at + interval '1 day' ELSE c.wake_at END,
       decision_id = CASE WHEN c.state = 'waiting' AND c.kind IN ('wait', 'approval')
                          THEN coalesce(c.decision_id, c.new_id) ELSE c.decision_id END
  FROM caught c WHERE t.id = c.id
"""
