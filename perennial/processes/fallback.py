"""What becomes of a mail that will never arrive: its owner is asked to call. (SMS will stand between the two.)"""

from perennial import forms, tasks
from perennial.kernel import Query, Tx
from perennial.processes import versions
from perennial.processes.nodes.common import Published
from perennial.processes.record import Wanted, rendered

CALL = "call"
DUE = "(SELECT (kernel.workday_offset(%(today)s::date, 1) + time '18:00') AT TIME ZONE %(zone)s)"

# Failed for good, and each line that went with one; the reason for it still stands. Nobody was asked yet.
_LOST = """
SELECT o.id, coalesce(o.merged_into, o.id) AS mail, o.record_id, o.instance_id, o.name, i.version_id
  FROM messages.outbox l
  JOIN messages.outbox o ON o.id = l.id OR o.merged_into = l.id
  JOIN processes.instance i ON i.id = o.instance_id AND i.state IN ('open', 'finished')
 WHERE l.state = 'failed' AND l.outward AND l.channel = 'mail' AND l.merged_into IS NULL
   AND NOT EXISTS (SELECT FROM tasks.task t WHERE t.message_id = l.id)
"""


def call_instead(tx: Tx) -> int:
    """Whoever owns the record of a mail that failed for good has a task to call, once per mail and owner; how many."""
    rows = tx.rows(f"SELECT DISTINCT version_id FROM ({_LOST}) x ORDER BY version_id")
    return sum(_of_version(tx, versions.version(tx, row["version_id"])) for row in rows)


def _of_version(tx: Tx, version: Published) -> int:
    process = version.process
    owner = forms.catalog(tx).form(process.form).owner
    wanted = {"named": Wanted(owner)} if owner else {}
    wanted |= {"above": Wanted(process.owner)} if process.owner else {}
    query = rendered(tx, process.form, wanted)
    named = "r.named" if owner else "NULL::bigint"
    lost = f"""SELECT DISTINCT ON (x.mail, {named}) %(kind)s::int AS kind_id, x.record_id, x.instance_id,
       NULL::bigint AS token_id, %(label)s::text || coalesce('：' || x.name, '') AS title, {named} AS named_id,
       NULL::text AS role_key, {"r.above" if process.owner else "NULL::bigint"} AS owner_id, {DUE} AS due_at,
       1::smallint AS priority, NULL::jsonb AS proposal, x.id AS message_id
  FROM ({_LOST}) x JOIN ({query.text}) r ON r.rid = x.record_id
 WHERE x.version_id = %(version)s ORDER BY x.mail, {named}, x.id"""
    label = "致电客户（邮件未送达）"
    kind = tasks.standing_kind(tx, process.form, CALL, label, "Call the customer (mail not delivered)")
    facts = {"kind": kind, "label": label, "version": version.id, "zone": tx.zone.key}
    opening = tasks.opening(Query(lost, {**query.params, **facts}), message=True)
    return int(tx.value(opening, opening.params) or 0)
