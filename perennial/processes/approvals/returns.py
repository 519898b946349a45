"""Sent back to an earlier step, by whoever signs, or by the submitter while nobody has decided.

redo      what stands in the scope ends, one token stands at the step, and everything behind it happens again
straight  what stands in the scope is frozen; when the step is done again as it was, that goes on where it stood, and
          only those sign again who saw a field that changed, and whoever sent it back
The scope is the innermost branch that holds both steps (docs/decisions/0020), else the instance.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from perennial import forms, tasks
from perennial.kernel import Conflict, Denied, Invalid, Row, Tx
from perennial.processes import versions
from perennial.processes.advance import advance
from perennial.processes.approvals.straight import CLOSE, UNHELD
from perennial.processes.approvals.vote import Said, check_said, locked, rule_of, standing, write
from perennial.processes.definition import END, Approval, Join, Node, Parallel, Process, Task, targets
from perennial.processes.load_nodes import kind_of

_VISITED = """
SELECT n.key, max(s.id) AS step, (array_agg(s.outcome ORDER BY s.id DESC))[1] AS way
  FROM processes.step s JOIN processes.node n ON n.id = s.node_id
 WHERE s.instance_id = %(instance)s AND n.kind IN ('task', 'approval')
   AND s.outcome NOT IN ('asked again', 'migrated', 'migrated_back')
 GROUP BY n.key ORDER BY max(s.id) DESC
"""
_PATH = """
SELECT t.path, (SELECT array_agg(n.key ORDER BY o.n) FROM unnest(t.path) WITH ORDINALITY o (visit, n)
                  JOIN processes.step s ON s.id = o.visit JOIN processes.node n ON n.id = s.node_id
                 WHERE o.n %% 2 = 1) AS splits
  FROM processes.token t WHERE t.id = %(token)s
"""


def back(tx: Tx, row: Row) -> list[Mapping[str, Any]]:
    """The steps that this approval may be sent back to, the nearest first: key, kind, label, label_en, and `depth`, how
    much of the token's path the scope keeps."""
    rule = rule_of(tx, row)
    process, node = rule.version.process, rule.node
    place = tx.one(_PATH, {"token": row["token_id"]})
    if place is None:
        return []
    nodes = {one.key: one for one in process.nodes}
    found: list[Mapping[str, Any]] = []
    for visited in tx.rows(_VISITED, {"instance": row["instance_id"]}):
        target = nodes.get(visited["key"])
        if not isinstance(target, Task | Approval) or target.key == node.key:
            continue
        if node.returns and target.key not in node.returns:
            continue
        depth = _depth(process, node.key, target.key, list(place["path"]), list(place["splits"] or ()))
        if depth is not None:
            found.append({
                "key": target.key, "kind": kind_of(target), "label": target.label or target.key,
                "label_en": target.label_en, "depth": depth, "way": visited["way"],
            })  # fmt: skip
    return found


def _depth(process: Process, here: str, target: str, path: Sequence[int], splits: Sequence[str]) -> int | None:
    """How many numbers of the path hold the target too; None: it stands in a branch beside `here`."""
    nodes = {one.key: one for one in process.nodes}
    for at, key in enumerate(splits):
        split = nodes.get(key)
        if split is None:
            return 2 * at
        join = next((one.key for one in process.nodes if isinstance(one, Join) and one.of == key), "")
        if target in _within(nodes, [_branch(nodes, split, path[2 * at + 1], here, (key, join))], (key, join)):
            continue
        return None if target in _within(nodes, list(targets(split)), (key, join)) else 2 * at
    return 2 * len(splits)


def _branch(nodes: Mapping[str, Any], split: Node, number: int, here: str, without: tuple[str, ...]) -> str:
    """Where the branch of this number begins. A migration may have drawn it in another place: then the one that leads
    here."""
    ways = list(targets(split))
    at = number - 1 if number or isinstance(split, Parallel) else len(ways) - 1
    numbered = ways[at : at + 1]
    return next((way for way in (*numbered, *ways) if here in _within(nodes, [way], without)), "")


def _within(nodes: Mapping[str, Any], first: list[str], without: tuple[str, ...]) -> set[str]:
    seen: set[str] = set()
    while first:
        key = first.pop()
        if key not in ("", END) and key in nodes and key not in seen and key not in without:
            seen.add(key)
            first += targets(nodes[key])
    return seen


def send_back(tx: Tx, vote_id: int, to: str, how: str, opinion: str) -> None:
    """The actor has sent it back to `to`.

    how     redo or straight
    errors  of `standing` · Invalid at to, how, opinion
    """
    if how not in ("redo", "straight"):
        raise Invalid("processes.return_how", path="how")
    asked = standing(tx, vote_id)
    row = asked.row
    if row["kind"] == "opinion":
        raise Conflict("processes.vote_opinion", label=row["label"])
    chosen = next((one for one in back(tx, row) if one["key"] == to), None)
    if chosen is None:
        raise Invalid("processes.return_to", path="to", label=row["label"])
    check_said(tx, asked, "returned", Said(opinion))
    write(tx, asked, "returned", Said(opinion), counts=False)
    _go_back(tx, row, chosen, how, opinion, vote_id)


def send_back_each(tx: Tx, votes: Sequence[int], how: str) -> int:
    """Each of these votes that somebody is asked for has sent its instance back to the nearest step, where there is
    one; how many. One by one: what a script does of this is little.

    locks   the instances, in order
    """
    count = 0
    for vote in votes:
        nearest = next(iter(back(tx, locked(tx, vote))), None)
        if nearest is not None:
            send_back(tx, vote, nearest["key"], how, "—")
            count += 1
    return count


def withdraw(tx: Tx, vote_id: int) -> None:
    """The submitter has it back at the task that they did before, since nobody has decided.

    errors  Denied for others · Conflict when somebody has decided, or there is no task to go back to
    """
    row = locked(tx, vote_id)
    if tx.actor.kind != "system" and row["submitter_id"] != tx.actor.id:
        raise Denied("processes.withdraw_not_yours", label=row["label"])
    if row["approval_state"] != "open":
        raise Conflict("processes.vote_over", label=row["label"])
    chosen, decided = _submitted(tx, row)
    if decided is not None:
        raise Conflict("processes.withdraw_late", name=decided)
    if chosen is None:
        raise Conflict("processes.withdraw_nowhere", label=row["label"])
    _go_back(tx, row, chosen, "redo", "", None)


def may_withdraw(tx: Tx, row: Row) -> bool:
    if row["approval_state"] != "open" or row["submitter_id"] != tx.actor.id:
        return False
    chosen, decided = _submitted(tx, row)
    return chosen is not None and decided is None


def _submitted(tx: Tx, row: Row) -> tuple[Mapping[str, Any] | None, str | None]:
    """The task by which the submitter began this, and who has decided since."""
    last = tx.one(
        "SELECT n.key, s.left_at, s.id FROM processes.step s JOIN processes.node n ON n.id = s.node_id"
        " WHERE s.instance_id = %(instance)s AND n.kind = 'task' AND (s.facts ->> 'by')::bigint = %(who)s"
        " ORDER BY s.id DESC LIMIT 1",
        {"instance": row["instance_id"], "who": row["submitter_id"]},
    )
    if last is None:
        return None, None
    decided = tx.value(
        "SELECT coalesce(p.name, '') FROM processes.vote v JOIN processes.approval a ON a.id = v.approval_id"
        "  LEFT JOIN people.person p ON p.id = v.decided_by"
        " WHERE a.instance_id = %(instance)s AND v.state IN ('approved', 'rejected', 'given') AND v.counts"
        "   AND v.why IS DISTINCT FROM 'empty'"
        "   AND v.decided_at >= %(at)s LIMIT 1",
        {"instance": row["instance_id"], "at": last["left_at"]},
    )
    every = {one["key"]: one for one in back(tx, {**row})}
    return every.get(last["key"]), decided


_SCOPE = """
SELECT array_agg(t.id) FILTER (WHERE t.id <> %(token)s) AS others, coalesce(max(t.round), 0) + 1 AS round
  FROM processes.token t
 WHERE t.instance_id = %(instance)s AND t.path[:%(depth)s] = (
       SELECT o.path[:%(depth)s] FROM processes.token o WHERE o.id = %(token)s)
"""
_RECORD = """
INSERT INTO processes.returned (instance_id, approval_id, vote_id, to_id, how, way, by_id, opinion, mark, at)
SELECT %(instance)s, %(approval)s, %(vote)s, %(to)s, %(how)s, %(way)s, %(me)s, %(opinion)s,
       coalesce(max(c.id), 0), %(now)s
  FROM changes.change c WHERE c.form_id = %(form)s AND c.record_id = %(record)s
RETURNING id
"""
_STEP = """
INSERT INTO processes.step (instance_id, node_id, token_id, entered_at, left_at, outcome, facts)
SELECT t.instance_id, t.node_id, t.id, t.entered_at, %(now)s, %(outcome)s,
       jsonb_build_object('return', %(return)s::bigint)
  FROM processes.token t WHERE t.id = %(token)s
"""


def _go_back(tx: Tx, row: Row, to: Mapping[str, Any], how: str, opinion: str, vote_id: int | None) -> None:
    """One token stands at the step; what else stood in the scope has ended, or is frozen."""
    version = versions.version(tx, row["version_id"])
    base = {"instance": row["instance_id"], "token": row["token_id"], "approval": row["approval_id"]}
    scope = tx.rows(_SCOPE, {**base, "depth": to["depth"]})[0]
    others: list[int] = scope["others"] or []
    every = [*others, row["token_id"]]
    number = int(tx.value(_RECORD, {
        **base, "vote": vote_id, "to": version.nodes[to["key"]], "how": how, "way": to["way"],
        "opinion": opinion.strip(), "form": forms.catalog(tx).id(version.process.form), "record": row["record_id"],
    }))  # fmt: skip
    outcome = "withdrawn" if vote_id is None else "returned"
    tx.run(_STEP, {"token": row["token_id"], "outcome": outcome, "return": number})
    tasks.close_tokens(tx, every, "returned" if how == "redo" else "sent_back")
    moved = {**base, "to": version.nodes[to["key"]], "depth": to["depth"], "round": scope["round"]}
    if how == "redo":
        tx.run(CLOSE, {"tokens": every, "approval": row["approval_id"]})
        tx.run(UNHELD, {"tokens": every})
        tx.run("DELETE FROM processes.token WHERE id = ANY(%(ids)s::bigint[])", {"ids": others})
        tx.run(
            "UPDATE processes.token SET node_id = %(to)s, state = 'ready', wake_at = %(now)s, entered_at = %(now)s,"
            " path = path[:%(depth)s], round = %(round)s, decision_id = NULL, return_id = NULL WHERE id = %(token)s",
            moved,
        )
    else:
        tx.run(
            "UPDATE processes.token SET state = 'frozen', frozen_by = %(return)s"
            " WHERE id = ANY(%(ids)s::bigint[]) AND state <> 'frozen'",
            {"ids": every, "return": number},
        )
        tx.run(
            "INSERT INTO processes.token (instance_id, node_id, wake_at, entered_at, base_at, path, round, return_id)"
            " SELECT instance_id, %(to)s, %(now)s, %(now)s, base_at, path[:%(depth)s], %(round)s, %(return)s"
            "   FROM processes.token WHERE id = %(token)s",
            {**moved, "return": number},
        )
    advance(tx, [row["instance_id"]], ending=True)
