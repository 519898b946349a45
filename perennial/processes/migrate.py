"""Running instances go to another version: what can, what needs a choice, what cannot and why; all in one step, once.

In:   a process; for nodes that the version does not have, where to go on instead
Out:  instances of that version, each token where it stood or where somebody chose, with its assignee, age and history

The unit is the instance: all its tokens can go, or it stays. A token can go to a node when the same joins wait for it
there as where it stands; everything else about a node may differ. How many groups of tokens there are follows the
definition, never the number of instances. docs/decisions/0022.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from perennial.kernel import Conflict, Invalid, Row, Tx, fail_point
from perennial.processes import nudges, versions
from perennial.processes.advance import advance, lock
from perennial.processes.definition import Join, Node, Outcome, Process, Task, targets, waits
from perennial.processes.graph import enclosing
from perennial.processes.load_nodes import kind_of
from perennial.processes.plan import readable

INLINE = 500  # instances advanced at once; more are left ready for the workers' batches
SHOWN = 200  # instances named one by one
STAY = ""  # a choice: it stays on its version
_SHOWN_ONLY = {"key", "label", "label_en", "place", "note"}  # what of a node is for the eye

Verdict = Literal["moves", "choose", "cannot"]


@dataclass(frozen=True, slots=True)
class Standing:
    """The tokens that stand at one node of one version, below the same splits. `why` they do not simply move: `gone`
    (the node), `other_kind`, `other_split`; `options`: nodes they may go to; `changes`: what is different there."""

    version_id: int
    number: int
    node_id: int
    node: Node
    splits: tuple[str, ...]
    here: int
    verdict: Verdict
    why: str = ""
    options: tuple[str, ...] = ()
    proposed: str = ""
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Own:
    """A choice for one instance."""

    instance: int
    node: str
    target: str


@dataclass(frozen=True, slots=True)
class Migrated:
    """What one migration did: its number (None: nothing went); how many instances went, stayed, are left to workers."""

    id: int | None
    moved: int
    stayed: int
    left: int = 0


# every token of open instances on other versions, with the splits on its path by their keys, which all versions share
TOKENS = """
SELECT t.id, t.instance_id, t.node_id, t.state, t.wake_at, t.entered_at, t.decision_id, i.version_id, i.record_id,
       (SELECT coalesce(string_agg(y.key, ' ' ORDER BY o.n), '')
          FROM unnest(t.path) WITH ORDINALITY o (visit, n)
          JOIN processes.step z ON z.id = o.visit JOIN processes.node y ON y.id = z.node_id
         WHERE o.n % 2 = 1) AS splits
  FROM processes.instance i JOIN processes.token t ON t.instance_id = i.id
 WHERE i.process_id = %(process)s AND i.state = 'open' AND i.version_id IS DISTINCT FROM %(version)s
""".replace("% 2", "%% 2")
_GROUPS = f"""
SELECT x.version_id, v.number, x.node_id, n.key, x.splits, count(DISTINCT x.instance_id) AS here
  FROM ({TOKENS}) x JOIN processes.node n ON n.id = x.node_id JOIN processes.version v ON v.id = x.version_id
 GROUP BY x.version_id, v.number, x.node_id, n.key, x.splits ORDER BY v.number DESC, x.node_id, x.splits
"""


def foresee(tx: Tx, key: str, target: Process | None = None) -> dict[str, Any]:
    """What a migration would do, with no choice made yet.

    target   a definition that is not in force; None: the version in force
    returns  `to` (number in force, None of a draft), `open` (instances on other versions), `moves`, `choose`, `cannot`
             (instances), `nodes` (a row per node and version: key, label, label_en, kind, version, here, moves, choose,
             cannot, why, changes), `ask` (instances to choose for, the first of them: instance, record_id, node,
             version, why, options, proposed), `stay` (the same of those that cannot), `options` (key -> label,
             `acts`: by itself), `suspended` (of deleted records, which come along only later)
    """
    active = versions.active_of(tx, key)
    to = target or active.process
    of = {"process": active.version.process_id, "version": None if target else active.version.id}
    found = judged(tx, to, of)
    row = tx.one(_VERDICTS + _COUNTS, {**of, **_plan(found, {}, to)})
    assert row is not None
    test, own = readable(tx)
    asked = tx.rows(
        _VERDICTS + _ONE_BY_ONE.format(test=test),
        {**of, **_plan(found, {}, to), **own, "form": active.process.form, "zone": tx.zone.key, "limit": SHOWN},
    )
    by_place = {(one.node_id, " ".join(one.splits)): one for one in found}
    suspended = "SELECT count(*) FROM processes.instance WHERE process_id = %(process)s AND state = 'suspended'"
    return {
        "form": active.process.form, "to": None if target else active.version.number, "open": row["open"],
        "moves": row["moves"], "choose": row["choose"], "cannot": row["cannot"],
        "suspended": int(tx.value(f"{suspended} AND version_id IS DISTINCT FROM %(version)s", of)),
        "nodes": [_node(one) for one in found],
        "ask": [_one(one, by_place) for one in asked if one["verdict"] == "choose"],
        "stay": [_one(one, by_place) for one in asked if one["verdict"] == "cannot"],
        "options": {
            node.key: {"label": node.label or node.key, "label_en": node.label_en, "acts": not waits(node)}
            for node in to.nodes
        },
    }  # fmt: skip


def judged(tx: Tx, to: Process, of: Mapping[str, Any]) -> list[Standing]:
    """Every group of tokens, and whether it can go."""
    around = enclosing(to)
    joined = frozenset(node.of for node in to.nodes if isinstance(node, Join))
    found: list[Standing] = []
    for row in tx.rows(_GROUPS, of):  # as many as places in definitions
        process = versions.version(tx, row["version_id"]).process
        found.append(_judge(process, process.node(row["key"]), to, around, joined, row))
    return found


def _judge(
    process: Process, node: Node, to: Process, around: Mapping[str, frozenset[str]], joined: frozenset[str], row: Row
) -> Standing:
    splits = tuple(row["splits"].split())
    mine = joined.intersection(splits)
    place = (row["version_id"], row["number"], row["node_id"], node, splits, row["here"])
    there = next((one for one in to.nodes if one.key == node.key), None)
    if there is not None and type(there) is type(node) and around[node.key] == mine:
        return Standing(*place, "moves", changes=_changes(node, there))
    why = "gone" if there is None else "other_kind" if type(there) is not type(node) else "other_split"
    options = tuple(one.key for one in to.nodes if around[one.key] == mine and not isinstance(one, Join))
    if not options:
        return Standing(*place, "cannot", why)
    return Standing(*place, "choose", why, options, _nearest(process, node, to, options))


def _changes(node: Node, there: Node) -> tuple[str, ...]:
    """Attributes that differ; where only the ways of outcomes do, `next`."""
    found = {
        one.name
        for one in fields(node)
        if one.name not in _SHOWN_ONLY and getattr(node, one.name) != getattr(there, one.name)
    }
    if "outcomes" in found and isinstance(node, Task) and isinstance(there, Task) and _asks(node) == _asks(there):
        found = found - {"outcomes"} | {"next"}
    return tuple(sorted(found))


def _asks(node: Task) -> list[Outcome]:
    return [replace(one, next="") for one in node.outcomes]


def _nearest(process: Process, node: Node, to: Process, options: Collection[str]) -> str:
    """Where to go on, as a person would: to what now comes after the steps before, else to what came next; but only
    where somebody or a moment is waited for, so that nothing happens by the choice alone. '' when there is none."""
    stands = {one.key for one in to.nodes if one.key in options and waits(one)}
    before = {one.key for one in process.nodes if node.key in targets(one)}
    ahead = [way for one in to.nodes if one.key in before for way in targets(one)]
    return next((key for key in ahead if key in stands), "") or _behind(process, node, stands)


def _behind(process: Process, node: Node, among: Collection[str]) -> str:
    """The first of these nodes behind this one, as it was drawn."""
    keys, seen, waiting = {one.key for one in process.nodes}, {node.key}, list(targets(node))
    while waiting:
        key = waiting.pop(0)
        if key in among:
            return key
        if key in keys and key not in seen:
            seen.add(key)
            waiting += targets(process.node(key))
    return ""


# what becomes of each token: `plan` by node and splits, `own` by instance; a plan of 0 stays
_VERDICTS = f"""
WITH plan AS MATERIALIZED (
    SELECT * FROM unnest(%(nodes)s::int[], %(splits)s::text[], %(verdicts)s::text[], %(tos)s::text[])
        AS p (node_id, splits, verdict, target)),
own AS MATERIALIZED (
    SELECT * FROM unnest(%(own_instances)s::bigint[], %(own_nodes)s::text[], %(own_targets)s::text[])
        AS o (instance_id, key, target)),
judged AS MATERIALIZED (
    SELECT x.*, n.key, n.kind, p.verdict, coalesce(o.target, p.target) AS target
      FROM ({TOKENS}) x
      JOIN processes.node n ON n.id = x.node_id
      JOIN plan p ON p.node_id = x.node_id AND p.splits = x.splits
      LEFT JOIN own o ON o.instance_id = x.instance_id AND o.key = n.key)
"""
_COUNTS = """
SELECT count(*) AS open, count(*) FILTER (WHERE verdict = 0) AS moves, count(*) FILTER (WHERE verdict = 1) AS choose,
       count(*) FILTER (WHERE verdict = 2) AS cannot
  FROM (SELECT max(CASE verdict WHEN 'moves' THEN 0 WHEN 'choose' THEN 1 ELSE 2 END) AS verdict
          FROM judged GROUP BY instance_id) i
"""
_ONE_BY_ONE = """
SELECT x.* FROM (
    SELECT DISTINCT ON (j.instance_id, j.node_id) j.instance_id, j.record_id, j.node_id, j.splits, j.verdict,
           %(form)s::text AS form, row_number() OVER (PARTITION BY j.verdict ORDER BY j.instance_id) AS n
      FROM judged j WHERE j.verdict <> 'moves' ORDER BY j.instance_id, j.node_id) x
 WHERE x.n <= %(limit)s AND ({test}) ORDER BY x.instance_id, x.node_id
"""


def _plan(
    found: Sequence[Standing], choices: Mapping[str, str], to: Process, own: Sequence[Own] = ()
) -> dict[str, Any]:
    """The choices as arrays. errors: Invalid processes.migration_choice for a node that one cannot go to from there."""
    for node, target in [*choices.items(), *((one.node, one.target) for one in own)]:
        for one in found:
            ways = (one.node.key,) if one.verdict == "moves" else one.options
            if one.node.key == node and target not in (*ways, STAY):
                label = next((there.label or there.key for there in to.nodes if there.key == target), target)
                raise Invalid("processes.migration_choice", path=f"choices.{node}", node=one.node.label, target=label)
    return {
        "nodes": [one.node_id for one in found], "splits": [" ".join(one.splits) for one in found],
        "verdicts": [one.verdict for one in found],
        "tos": [
            choices.get(one.node.key, one.node.key if one.verdict == "moves" else STAY) or None for one in found
        ],
        "own_instances": [one.instance for one in own], "own_nodes": [one.node for one in own],
        "own_targets": [one.target for one in own],
    }  # fmt: skip


def migrate(tx: Tx, key: str, to: int, choices: Mapping[str, str], own: Sequence[Own] = ()) -> Migrated:
    """Every instance of which all tokens can go is on version `to`, the one in force; in one set.

    choices  node of the old version -> where to go on, or STAY; a node without a choice stays when it needs one
    own      the same for single instances, before the others
    locks    all open instances of other versions, by number
    errors   Conflict processes.version_moved: another version is in force by now · Invalid processes.migration_choice
    """
    versions.lock(tx, key, shared=True)
    active = versions.active_of(tx, key)
    if active.version.number != to:
        raise Conflict("processes.version_moved", process=active.process.label, number=active.version.number)
    of = {"process": active.version.process_id, "version": active.version.id}
    lock(tx, tx.value(f"SELECT array_agg(DISTINCT instance_id) FROM ({TOKENS}) x", of) or [])
    given = {**of, **_plan(judged(tx, active.process, of), choices, active.process, own), "by": tx.actor.as_json()}
    row = tx.one(_VERDICTS + _REMEMBER, given)
    assert row is not None
    if not row["moved"]:
        return Migrated(None, 0, row["stayed"])
    for statement in _MOVE:
        tx.run(statement, {"migration": row["id"], "version": active.version.id})
    fail_point("processes.migrating")
    return Migrated(row["id"], row["moved"], row["stayed"], go_on(tx, row["id"]))


def go_on(tx: Tx, migration: int, *, back: bool = False) -> int:
    """Those of a migration that are ready now are advanced; how many are left to the workers since they are too many.

    back  only those that went back
    """
    ready: list[int] = tx.value(_READY, {"migration": migration, "back": back}) or []
    if len(ready) > INLINE:
        return len(ready)
    advance(tx, ready)
    return 0


_REMEMBER = """, whole AS MATERIALIZED (
    SELECT instance_id, bool_and(coalesce(target, '') <> '') AS goes FROM judged GROUP BY instance_id
), made AS (
    INSERT INTO processes.migration (process_id, version_id, at, by)
    SELECT %(process)s, %(version)s, %(now)s, %(by)s::jsonb WHERE EXISTS (SELECT FROM whole WHERE goes) RETURNING id
), kept AS (
    INSERT INTO processes.migrated (migration_id, token_id, instance_id, version_id, node_id, to_id, goes, state,
                                    wake_at, entered_at, decision_id)
    SELECT m.id, j.id, j.instance_id, j.version_id, j.node_id, n.id,
           n.key <> j.key OR n.kind <> j.kind, j.state, j.wake_at, j.entered_at, j.decision_id
      FROM made m, judged j
      JOIN whole w ON w.instance_id = j.instance_id AND w.goes
      JOIN processes.node n ON n.version_id = %(version)s AND n.key = j.target
)
SELECT (SELECT id FROM made) AS id, count(*) FILTER (WHERE goes) AS moved, count(*) FILTER (WHERE NOT goes) AS stayed
  FROM whole
"""
# in this order: tasks and stuck tokens while the tokens still say where they stood, then the tokens, then the instances
_MOVE = (
    """
    INSERT INTO processes.step (instance_id, node_id, token_id, entered_at, left_at, outcome, facts)
    SELECT m.instance_id, m.node_id, m.token_id, m.entered_at, %(now)s, 'migrated', jsonb_build_object('to', n.key)
      FROM processes.migrated m JOIN processes.node n ON n.id = m.to_id WHERE m.migration_id = %(migration)s AND m.goes
    """,
    """
    UPDATE tasks.task k SET kind_id = new.id
      FROM processes.migrated m JOIN tasks.kind new ON new.node_id = m.to_id
     WHERE m.migration_id = %(migration)s AND NOT m.goes AND k.token_id = m.token_id
       AND (k.state = 'open' OR k.why = 'sent_back')
    """,
    """
    UPDATE tasks.task k SET state = 'closed', why = 'migrated', finished_at = %(now)s FROM processes.migrated m
     WHERE m.migration_id = %(migration)s AND m.goes AND k.token_id = m.token_id
       AND (k.state = 'open' OR k.why = 'sent_back')
    """,
    """
    UPDATE processes.vote v SET state = 'closed', counts = false, why = 'migrated'
      FROM processes.migrated m JOIN processes.approval a ON a.token_id = m.token_id AND a.state = 'open'
     WHERE m.migration_id = %(migration)s AND m.goes AND v.approval_id = a.id AND v.state IN ('waiting', 'asked')
    """,
    """
    UPDATE processes.approval a SET state = CASE WHEN m.goes THEN 'closed' ELSE 'open' END,
           node_id = CASE WHEN m.goes THEN a.node_id ELSE m.to_id END,
           decided_at = CASE WHEN m.goes THEN %(now)s::timestamptz END
      FROM processes.migrated m WHERE m.migration_id = %(migration)s AND a.token_id = m.token_id AND a.state = 'open'
    """,
    """
    UPDATE processes.decision d SET outcome = 'skipped', reason = 'migrated', decided_at = %(now)s
      FROM processes.migrated m WHERE m.migration_id = %(migration)s AND m.goes AND d.id = m.decision_id
       AND d.outcome = 'held'
    """,
    *nudges.MIGRATED,
    """
    DELETE FROM processes.stuck s USING processes.migrated m
     WHERE m.migration_id = %(migration)s AND m.goes AND s.token_id = m.token_id
    """,
    """
    UPDATE processes.stuck s SET node_id = m.to_id FROM processes.migrated m
     WHERE m.migration_id = %(migration)s AND s.token_id = m.token_id
    """,
    """
    UPDATE processes.token t SET node_id = m.to_id,
           state = CASE WHEN t.state = 'frozen' THEN t.state
                        WHEN m.goes OR t.state = 'waiting' AND n.kind IN ('wait', 'join', 'sub', 'webhook') THEN 'ready'
                        ELSE t.state END,
           wake_at = CASE WHEN m.goes OR t.state = 'waiting' AND n.kind IN ('wait', 'join', 'sub', 'webhook')
                          THEN %(now)s
                          ELSE t.wake_at END,
           entered_at = CASE WHEN m.goes THEN %(now)s ELSE t.entered_at END,
           decision_id = CASE WHEN NOT m.goes THEN t.decision_id END
      FROM processes.migrated m JOIN processes.node n ON n.id = m.to_id
     WHERE m.migration_id = %(migration)s AND t.id = m.token_id
    """,
    """
    UPDATE processes.instance i SET version_id = %(version)s
     WHERE i.id IN (SELECT instance_id FROM processes.migrated WHERE migration_id = %(migration)s)
    """,
)
_READY = """
SELECT array_agg(DISTINCT t.instance_id ORDER BY t.instance_id) FROM processes.migrated m
  JOIN processes.token t ON t.id = m.token_id
 WHERE m.migration_id = %(migration)s AND (m.back OR NOT %(back)s) AND t.state = 'ready'
"""


def _node(one: Standing) -> dict[str, Any]:
    return {
        "key": one.node.key, "label": one.node.label or one.node.key, "label_en": one.node.label_en,
        "kind": kind_of(one.node), "version": one.number, "here": one.here, "verdict": one.verdict, "why": one.why,
        "options": list(one.options), "proposed": one.proposed, "changes": list(one.changes),
    }  # fmt: skip


def _one(row: Row, by_place: Mapping[tuple[int, str], Standing]) -> dict[str, Any]:
    place = by_place[row["node_id"], row["splits"]]
    return {"instance": row["instance_id"], "record_id": row["record_id"], **_node(place)}
