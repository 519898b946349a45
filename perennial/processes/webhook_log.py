"""What webhooks have called: for designers, of records that they may read; and what is tried again by hand."""

from typing import Any, Literal

from perennial import access
from perennial.kernel import Conflict, Missing, Row, Tx, render
from perennial.processes.advance import advance, lock
from perennial.processes.plan import MOST, readable

State = Literal["queued", "sending", "done", "failed", "cancelled", "recorded"]

_CALLS = """
SELECT x.* FROM (
    SELECT c.id, c.key::text AS key, n.key AS node, n.label, n.label_en, c.record_id, p.form, c.instance_id, c.url,
           c.state, c.why, c.tries, c.most, c.status, c.reply, c.decided_at, c.sent_at, c.settled_at,
           CASE c.state WHEN 'queued' THEN c.try_at END AS try_at,
           c.state = 'queued' OR c.state = 'failed' AND EXISTS (
               SELECT FROM processes.token t WHERE t.id = c.token_id AND t.entered_at = c.entered_at
                  AND t.state = 'parked' AND c.left_at IS NULL) AS again
      FROM processes.call c
      JOIN processes.process p ON p.id = c.process_id
      JOIN processes.node n ON n.id = c.node_id
     WHERE p.key = %(process)s AND (%(id)s::bigint IS NULL OR c.id = %(id)s)) x
"""


def calls(
    tx: Tx, process: str, *, state: State | None = None, node: str | None = None, before: int | None = None,
    limit: int = 50,
) -> list[Row]:  # fmt: skip
    """Calls, latest first, behind the number `before`. `key`: what the receiver knows it by; `again`: it can be tried
    again by hand."""
    test, own = readable(tx)
    return tx.rows(
        f"{_CALLS} WHERE (%(state)s::text IS NULL OR x.state = %(state)s) AND (%(before)s::bigint IS NULL"
        " OR x.id < %(before)s) AND (%(node)s::text IS NULL OR x.node = %(node)s)"
        f" AND ({test}) ORDER BY x.id DESC LIMIT %(limit)s",
        {**own, "process": process, "id": None, "state": state, "node": node, "before": before,
         "limit": min(max(limit, 1), MOST), "zone": tx.zone.key},
    )  # fmt: skip


def call_again(tx: Tx, process: str, call: int) -> None:
    """A call that waits for its next attempt, or failed and stands there with its error, is made at the next turn.

    errors  Missing processes.no_such_call · Conflict processes.call_over
    """
    test, own = readable(tx)
    given: dict[str, Any] = {**own, "process": process, "id": call, "zone": tx.zone.key}
    row = tx.one(f"{_CALLS} WHERE ({test})", given)
    if row is None:
        raise Missing("processes.no_such_call", call=call)
    if not row["again"]:
        raise Conflict("processes.call_over", call=call)
    lock(tx, [row["instance_id"]])
    token = tx.value(
        "UPDATE processes.call c SET try_at = %(now)s FROM processes.token t"
        " WHERE c.id = %(id)s AND c.state IN ('queued', 'failed') AND t.id = c.token_id RETURNING t.id",
        {"id": call},
    )
    tx.run("DELETE FROM processes.stuck WHERE token_id = %(token)s", {"token": token})
    tx.run(
        "UPDATE processes.token SET state = 'ready', wake_at = %(now)s WHERE id = %(token)s AND state = 'parked'",
        {"token": token},
    )
    advance(tx, [row["instance_id"]])


_OF_RULE = """
SELECT c.id, c.key::text AS key, '' AS node, '' AS label, '' AS label_en, c.record_id, c.form, c.url, c.state, c.why,
       c.tries, c.most, c.status, c.reply, c.decided_at, c.sent_at, c.settled_at,
       CASE c.state WHEN 'queued' THEN c.try_at END AS try_at, c.state IN ('queued', 'failed') AS again
  FROM processes.call c JOIN ({readable}) x ON x.id = c.record_id
 WHERE c.rule = %(rule)s AND c.form = %(form)s AND (%(id)s::bigint IS NULL OR c.id = %(id)s)
   AND (%(state)s::text IS NULL OR c.state = %(state)s) AND (%(before)s::bigint IS NULL OR c.id < %(before)s)
 ORDER BY c.id DESC LIMIT %(limit)s
"""


def rule_calls(
    tx: Tx, rule: str, *, state: State | None = None, before: int | None = None, only: int | None = None,
    limit: int = 50,
) -> list[Row]:  # fmt: skip
    """The same of a rule: what its firings asked to be posted."""
    form = tx.value("SELECT max(form) FROM processes.call WHERE rule = %(rule)s", {"rule": rule})
    if form is None or not access.may(tx, "read", form):
        return []
    query = render(access.readable(tx, form).select())
    return tx.rows(
        _OF_RULE.format(readable=query.text),
        {**query.params, "rule": rule, "form": form, "id": only, "state": state, "before": before,
         "limit": min(max(limit, 1), MOST)},
    )  # fmt: skip


def rule_call_again(tx: Tx, rule: str, call: int) -> None:
    """A call of a rule that waits for its next attempt, or failed, is made at the next turn, with all its attempts.

    errors  Missing processes.no_such_call · Conflict processes.call_over
    """
    found = rule_calls(tx, rule, only=call)
    if not found:
        raise Missing("processes.no_such_call", call=call)
    again = tx.run(
        "UPDATE processes.call SET tries = CASE state WHEN 'failed' THEN 0 ELSE tries END, state = 'queued',"
        " try_at = %(now)s, settled_at = NULL, why = 'asked' WHERE id = %(id)s AND state IN ('queued', 'failed')",
        {"id": call},
    )
    if not again:
        raise Conflict("processes.call_over", call=call)


def signing(tx: Tx, process: str) -> Row | None:
    """The secret that signs this process's calls (of a rule: `rule:<key>`), since when; None: none was needed yet."""
    return tx.one("SELECT secret, made_at FROM processes.signing WHERE process = %(process)s", {"process": process})


def senders(tx: Tx) -> list[Row]:
    """Processes and rules (`of`) in force that call somebody: key, label, urls, since when signed, calls of today and
    those of the last week that failed, the last one."""
    return tx.rows(_SENDERS, {"zone": tx.zone.key})


_SENDERS = """
WITH known AS (
    SELECT 'process' AS of, p.key, p.key AS signs, p.id AS process_id, NULL AS rule, v.definition
      FROM processes.process p JOIN processes.version v ON v.id = p.version_id
     UNION ALL
    SELECT 'rule', r.key, 'rule:' || r.key, NULL, r.key, v.definition
      FROM rules.rule r JOIN rules.version v ON v.id = r.version_id)
SELECT k.of, k.key, k.definition ->> 'label' AS label, k.definition ->> 'label_en' AS label_en, w.urls,
       s.made_at AS signed_at, c.today, c.failed, c.last_at
  FROM known k
 CROSS JOIN LATERAL (
        SELECT array_agg(DISTINCT u.url #>> '{}') AS urls
          FROM jsonb_path_query(k.definition, '$.** ? (@.kind == "webhook").url') AS u (url)) w
  LEFT JOIN processes.signing s ON s.process = k.signs
 CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE (c.sent_at AT TIME ZONE %(zone)s)::date = %(today)s) AS today,
               count(*) FILTER (WHERE c.state = 'failed') AS failed, max(c.sent_at) AS last_at
          FROM processes.call c
         WHERE (c.process_id = k.process_id OR c.rule = k.rule)
           AND c.decided_at >= %(now)s::timestamptz - interval '7 days') c
 WHERE w.urls IS NOT NULL
 ORDER BY k.of, k.key
"""
