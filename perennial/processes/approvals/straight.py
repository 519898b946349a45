"""A step to which something was sent back, to come straight again, is done: what was frozen goes on where it stood.

Only those sign again who saw a field that has changed, and whoever sent it back.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from perennial import forms, tasks
from perennial.kernel import Row, Tx

UNHELD = """
UPDATE processes.decision d SET outcome = 'skipped', reason = 'returned', decided_at = %(now)s FROM processes.token t
 WHERE t.id = ANY(%(tokens)s::bigint[]) AND d.id = t.decision_id AND d.outcome = 'held'
"""
CLOSE = """
WITH over AS MATERIALIZED (
    SELECT a.id FROM processes.approval a WHERE a.token_id = ANY(%(tokens)s::bigint[]) AND a.state = 'open'
), votes AS (
    UPDATE processes.vote v SET state = 'closed', counts = false, why = 'returned'
      FROM over o WHERE v.approval_id = o.id AND v.state IN ('waiting', 'asked')
)
UPDATE processes.approval a SET state = CASE WHEN a.id = %(approval)s THEN 'returned' ELSE 'closed' END,
       decided_at = %(now)s
  FROM over o WHERE a.id = o.id
"""
# a migration has put the token of a return at the node where it stands, instead of at the step: `n`
PUT = """EXISTS (SELECT FROM processes.migrated m JOIN processes.migration g ON g.id = m.migration_id
                JOIN processes.node p ON p.id = m.to_id
               WHERE m.instance_id = r.instance_id AND m.token_id = {token} AND m.goes AND NOT m.back
                 AND m.state <> 'frozen' AND p.key = n.key AND g.at = {entered})"""
_HERE = PUT.format(token="t.id", entered="t.entered_at")
# the step goes by its key, which a version shares with the next
_CARRIED = f"""
SELECT t.id, t.return_id, t.path, t.round, CASE WHEN NOT {_HERE} THEN r.way END AS way, r.over_at
  FROM processes.token t JOIN processes.returned r ON r.id = t.return_id
  JOIN processes.node n ON n.id = t.node_id JOIN processes.node o ON o.id = r.to_id
 WHERE t.return_id IS NOT NULL AND (n.key = o.key OR {_HERE}) AND {{tokens}}
"""
_OF_TASKS = "t.id IN (SELECT token_id FROM tasks.task WHERE id IN (SELECT unnest(%(tasks)s::bigint[])))"


def carried(tx: Tx, done: Sequence[int]) -> list[Row]:
    """Of the tokens of these tasks, which are about to leave: those that come back straight."""
    return tx.rows(_CARRIED.format(tokens=_OF_TASKS), {"tasks": list(done)})


_EXPECTED = f"""
SELECT CASE WHEN x.put THEN NULL WHEN x.step THEN r.way ELSE 'approved' END AS way, r.over_at,
       x.put OR x.step OR %(opened)s::timestamptz < r.at AS here
  FROM processes.returned r JOIN processes.node o ON o.id = r.to_id JOIN processes.node n ON n.id = %(node)s
 CROSS JOIN LATERAL (SELECT n.key = o.key AS step,
                            {PUT.format(token="%(id)s", entered="%(entered)s::timestamptz")} AS put) x
 WHERE r.id = %(return_id)s
"""


def decided(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """The same for tokens that an approval has just let go: id, return_id, node, entered, opened, fate, path,
    round."""
    found: list[int] = []
    for row in rows:
        expected = tx.one(_EXPECTED, row)
        if expected is not None and expected["here"]:
            found += came_back(tx, [{**row, **expected}], row["fate"])
    return found


def came_back(tx: Tx, rows: Sequence[Row], way: str) -> list[int]:
    """These tokens have left by `way`. What waited for them goes on, or is over; the approvals that have to be settled.

    A handful: each is one act of one person.
    """
    found: list[int] = []
    for row in rows:
        if row["over_at"] is None:
            found += _thaw(tx, row) if row["way"] in (None, way) else _give_up(tx, row)
    return found


def _give_up(tx: Tx, row: Row) -> list[int]:
    """It was left by another way than before: what is frozen is over, the token goes on where that leads."""
    given = {"return": row["return_id"], "token": row["id"]}
    frozen: list[int] = tx.value(
        "SELECT array_agg(id) FROM processes.token WHERE frozen_by = %(return)s"
        "    OR return_id = %(return)s AND id <> %(token)s",
        given,
    ) or []  # fmt: skip
    tasks.close_tokens(tx, frozen, "returned")
    tx.run(CLOSE, {"tokens": frozen, "approval": 0})
    tx.run(UNHELD, {"tokens": frozen})
    tx.run("DELETE FROM processes.token WHERE id = ANY(%(ids)s::bigint[])", {"ids": frozen})
    tx.run("UPDATE processes.token SET return_id = NULL WHERE id = %(token)s", given)
    tx.run("UPDATE processes.returned SET over_at = %(now)s WHERE id = %(return)s", given)
    return []


# votes that were decided before and whose voter saw a field that has changed since
_STALE = """
SELECT v.id FROM processes.vote v JOIN processes.approval a ON a.id = v.approval_id
 WHERE a.id = ANY(%(approvals)s::bigint[]) AND v.counts AND v.state IN ('approved', 'rejected')
   AND v.decided_by IS NOT NULL
   AND EXISTS (SELECT FROM changes.change c WHERE c.form_id = %(form)s AND c.record_id = a.record_id AND c.id > v.mark
                  AND c.fields && v.seen)
"""
_AGAIN = """
WITH old AS (
    UPDATE processes.vote SET counts = false WHERE id = ANY(%(votes)s::bigint[])
    RETURNING id, approval_id, slot, rank, kind, decided_by
)
INSERT INTO processes.vote (approval_id, slot, rank, kind, person_id, of_id, why)
SELECT approval_id, slot, rank, kind, decided_by, id, %(why)s FROM old ORDER BY id
"""
# at the node of the version that the instance is on by now; where it has none, nobody is asked again
_BETWEEN = """
SELECT a.id, n.id AS node_id, a.path FROM processes.approval a
  JOIN processes.returned r ON r.id = %(return)s
  JOIN processes.instance i ON i.id = a.instance_id
  JOIN processes.node w ON w.id = a.node_id
  JOIN processes.node n ON n.version_id = i.version_id AND n.key = w.key AND n.kind = 'approval'
 WHERE a.instance_id = r.instance_id AND a.state = 'approved' AND a.opened_at >= (
       SELECT coalesce(max(s.left_at), 'epoch') FROM processes.step s
         JOIN processes.node x ON x.id = s.node_id JOIN processes.node y ON y.id = r.to_id AND y.key = x.key
        WHERE s.instance_id = r.instance_id AND s.left_at <= r.at AND s.outcome NOT LIKE 'migrated%%')
   AND a.decided_at <= r.at AND a.path[:cardinality(%(path)s::bigint[])] = %(path)s::bigint[]
 ORDER BY a.id
"""


def _thaw(tx: Tx, row: Row) -> list[int]:
    """The step is done again. Approvals before the one that sent it back ask those who saw what changed; when none
    has to, what was frozen goes on."""
    given = {"return": row["return_id"], "token": row["id"]}
    of = tx.one(
        "SELECT r.*, p.form, i.record_id FROM processes.returned r JOIN processes.instance i ON i.id = r.instance_id"
        "  JOIN processes.process p ON p.id = i.process_id WHERE r.id = %(return)s",
        given,
    )
    assert of is not None
    form = forms.catalog(tx).id(of["form"])
    first = not tx.value(
        "SELECT EXISTS (SELECT FROM processes.token WHERE return_id = %(return)s AND id <> %(token)s)", given
    )
    tx.run("DELETE FROM processes.token WHERE id = %(token)s", given)
    again: list[int] = []
    for one in tx.rows(_BETWEEN, {"return": row["return_id"], "path": list(row["path"])}) if first else ():
        stale = [v["id"] for v in tx.rows(_STALE, {"approvals": [one["id"]], "form": form})]
        if stale:
            tx.run(_REOPEN, {**one, **given, "instance": of["instance_id"], "round": row["round"]})
            tx.run(_AGAIN, {"votes": stale, "why": "changed"})
            again.append(one["id"])
    if again or tx.value("SELECT EXISTS (SELECT FROM processes.token WHERE return_id = %(return)s)", given):
        return again
    return _go_on(tx, of, form, int(row["round"]))


_REOPEN = """
WITH token AS (
    INSERT INTO processes.token (instance_id, node_id, state, entered_at, base_at, path, round, return_id)
    VALUES (%(instance)s, %(node_id)s, 'waiting', %(now)s, %(now)s, %(path)s, %(round)s, %(return)s) RETURNING id
)
UPDATE processes.approval a SET state = 'open', decided_at = NULL, token_id = t.id, round = %(round)s,
       node_id = %(node_id)s
  FROM token t WHERE a.id = %(id)s
"""
_THAW = """
WITH thawed AS (
    UPDATE processes.token t
       SET state = CASE WHEN k.id IS NULL AND NOT v.open THEN 'ready' ELSE 'waiting' END, frozen_by = NULL,
           wake_at = CASE WHEN k.id IS NULL AND NOT v.open THEN %(now)s::timestamptz ELSE t.wake_at END,
           round = %(round)s
      FROM processes.token s
     CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM processes.approval a
                                         WHERE a.instance_id = s.instance_id AND a.token_id = s.id
                                           AND a.state = 'open') AS open) v
      LEFT JOIN LATERAL (SELECT k.id FROM tasks.task k
                          WHERE k.token_id = s.id AND k.state = 'closed' AND k.why = 'sent_back'
                          ORDER BY k.id DESC LIMIT 1) k ON true
     WHERE s.id = t.id AND t.frozen_by = %(return)s
    RETURNING t.id, k.id AS task_id
)
SELECT array_agg(id) AS tokens, array_agg(id) FILTER (WHERE task_id IS NOT NULL) AS with_tasks FROM thawed
"""


def _go_on(tx: Tx, of: Row, form: int, rounds: int) -> list[int]:
    """What was frozen stands where it stood, in the new round: tasks are open again, and those sign again who must."""
    thawed = tx.rows(_THAW, {"return": of["id"], "round": rounds})[0]
    if thawed["with_tasks"]:
        tasks.reopen_set(tx, thawed["with_tasks"])
    tx.run("DELETE FROM processes.stuck WHERE token_id = ANY(%(tokens)s::bigint[])", {"tokens": thawed["tokens"] or []})
    approvals: list[int] = tx.value(
        "SELECT array_agg(id) FROM processes.approval WHERE token_id = ANY(%(tokens)s::bigint[]) AND state = 'open'",
        {"tokens": thawed["tokens"] or []},
    ) or []  # fmt: skip
    stale = [one["id"] for one in tx.rows(_STALE, {"approvals": approvals, "form": form})]
    if stale:
        tx.run(_AGAIN, {"votes": stale, "why": "changed"})
    if of["approval_id"] in approvals:
        tx.run(_AGAIN, {"votes": [of["vote_id"]], "why": "returned"})
    tx.run(
        "UPDATE processes.approval SET round = %(round)s WHERE id = ANY(%(ids)s::bigint[])",
        {"ids": approvals, "round": rounds},
    )
    tx.run("UPDATE processes.returned SET over_at = %(now)s WHERE id = %(id)s", of)
    return approvals
