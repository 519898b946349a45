"""The records behind a figure of a watched period: every number opens exactly these."""

import datetime as dt
from typing import Any, Literal

from perennial.kernel import Missing, Tx, statements
from perennial.processes.plan import MOST, readable
from perennial.processes.watch import checked, version_id
from perennial.processes.watch_funnel import reached
from perennial.processes.watch_ways import known

_SQL = statements(__file__, "watch.sql")
Of = Literal["passed", "beyond", "way", "overdue", "began", "ended", "stage"]

_OVERDUE = """
SELECT i.record_id, p.form
  FROM unnest(%(nodes)s::int[]) AS o (id)
  JOIN processes.node n ON n.id = o.id AND (%(node)s::text IS NULL OR n.key = %(node)s)
  JOIN processes.token t ON t.node_id = o.id AND t.state <> 'frozen'
  JOIN processes.instance i ON i.id = t.instance_id
  JOIN processes.process p ON p.id = i.process_id
 WHERE EXISTS (SELECT FROM tasks.task k WHERE k.instance_id = t.instance_id AND k.token_id = t.id AND k.state = 'open'
                  AND k.due_at < %(now)s)
"""
_SPAN = """
SELECT i.record_id, p.form FROM processes.instance i JOIN processes.process p ON p.id = i.process_id
 WHERE i.process_id = %(process)s AND i.{at} >= %(since)s AND i.{at} < %(until)s
   AND (%(version)s::int IS NULL OR i.version_id = %(version)s)
   AND (%(stage)s = '' OR i.state = %(stage)s)
"""
_PAGE = """there AS MATERIALIZED (SELECT DISTINCT x.record_id FROM {of} WHERE {which} AND ({test}))
SELECT (SELECT count(*) FROM there) AS count,
       array(SELECT record_id FROM there WHERE record_id > %(after)s ORDER BY record_id LIMIT %(limit)s) AS ids
"""


def behind(
    tx: Tx, key: str, of: Of, since: dt.datetime, until: dt.datetime, *, node: str | None = None, to: str = "",
    stage: str = "", version: int | None = None, after: int = 0, limit: int = 50,
) -> dict[str, Any]:  # fmt: skip
    """The records of one figure that the actor may read.

    of       passed: who left `node`; beyond: who took longer there than it allows; way: who left it for `to`; overdue:
             who has an open task past its moment (at `node`, or anywhere); began, ended (with the state `stage`,
             or any); stage: who came to this stage or end of the funnel
    returns  form, count (of all), ids (a page, ascending, behind `after`), next (None: that was all)
    """
    period = checked(since, until)
    found = known(tx, key, version)
    number = version_id(tx, found, version)
    if node is not None and node not in found.labels:
        raise Missing("processes.no_such_step", node=node)
    limit = min(max(limit, 1), MOST)
    if of == "stage":
        row = reached(tx, key, period, stage, number, after, limit)
    else:
        test, own = readable(tx)
        given = {
            **own, **found.params, **period.params, "version": number, "node": node, "to": to, "stage": stage,
            "after": after, "limit": limit,
        }  # fmt: skip
        one = tx.one(_text(of).replace("{test}", test), given)
        assert one is not None
        row = one
    more = row["ids"][-1] if len(row["ids"]) == limit else None
    return {"form": found.form, "count": row["count"], "ids": row["ids"], "next": more}


def _text(of: Of) -> str:
    match of:
        case "overdue":
            return "WITH " + _PAGE.replace("{of}", f"({_OVERDUE}) x").replace("{which}", "true")
        case "began" | "ended":
            span = _SPAN.replace("{at}", "started_at" if of == "began" else "ended_at")
            return "WITH " + _PAGE.replace("{of}", f"({span}) x").replace("{which}", "true")
        case _:
            which = {
                "passed": "true", "beyond": "x.workdays > x.allowed",
                "way": "%(to)s = ANY (string_to_array(x.leads, ' '))",
            }[of]  # fmt: skip
            return f"WITH {_SQL['passed']}, " + _PAGE.replace("{of}", "x").replace(
                "{which}", f"x.now AND x.key = %(node)s AND {which}"
            )
