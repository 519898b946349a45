"""What becomes of a message that reaches nobody: somebody of ours is asked.

One that failed for good, with no other way left (`messages.fallback`), is a call for the owner of its record; of what
rules said one call at a time, none where the same firing gave somebody a task, and it closes with the alert. One that
had nobody to go to is a task on the customer, the record whose contacts the audience looks for: who is to get it? One
such task at a time, however many messages wait for its answer; what was decided before it was done is answered with it.
"""

from collections.abc import Callable

from perennial import forms, messages, rules, tasks
from perennial.kernel import Query, Tx
from perennial.processes import versions
from perennial.processes.definition import Notify
from perennial.processes.nodes.common import Published
from perennial.rules import Wanted, rendered

CALL = "call"
CONTACT = "contact"
DUE = "(SELECT (kernel.workday_offset(%(today)s::date, 1) + time '18:00') AT TIME ZONE %(zone)s)"

_LABEL = "致电客户"
_LABEL_EN = "Call the customer"
# SQL over `x`: what is asked, and which way was in vain.
_TITLE = f"""'{_LABEL}' || CASE WHEN x.channel = 'mail' THEN '（邮件未送达）'
            WHEN x.channel = 'sms' AND x.state = 'unaddressed' THEN '（没有手机号）'
            WHEN x.channel = 'sms' AND x.state = 'uncertain' THEN '（短信可能未送达）'
            WHEN x.channel = 'sms' THEN '（短信未送达）' ELSE '（消息未送达）' END || coalesce('：' || x.name, '')"""

# No way is left, and each line that went with one; the reason for it still stands. Nobody was asked yet.
_LOST = """
SELECT o.id, coalesce(o.merged_into, o.id) AS mail, o.record_id, o.instance_id, o.name, o.channel, o.state, i.version_id
  FROM messages.outbox o
  JOIN processes.instance i ON i.id = o.instance_id AND i.state IN ('open', 'finished')
 WHERE o.asks = 'call' AND o.outward
   AND NOT EXISTS (SELECT FROM tasks.task t WHERE t.message_id IN (o.id, o.merged_into))
"""
# The same of what rules decided: no instance, but an alert that is not settled.
_LOST_OF_RULES = f"""
SELECT o.id, coalesce(o.merged_into, o.id) AS mail, o.record_id, o.name, o.form, o.channel, o.state, a.id AS alert_id
  FROM messages.outbox o
  LEFT JOIN LATERAL ({rules.ALERT_OF}) a ON true
 WHERE o.asks = 'call' AND o.outward AND o.instance_id IS NULL AND (a.id IS NOT NULL OR o.decision NOT LIKE 'rule:%%')
   AND NOT a.tasked IS TRUE
   AND NOT EXISTS (SELECT FROM tasks.task t WHERE t.message_id IN (o.id, o.merged_into))
   AND NOT EXISTS (SELECT FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id
                    WHERE t.record_id = o.record_id AND k.form = o.form AND k.key = '{CALL}' AND k.node_id IS NULL
                      AND (t.state = 'open' OR t.finished_at >= coalesce(o.settled_at, o.decided_at)))
"""
# Decided with nobody to go to, and not asked about itself.
_NOBODY = """
SELECT o.id, o.record_id, o.node, o.decided_at, i.version_id
  FROM messages.outbox o
  JOIN processes.instance i ON i.id = o.instance_id AND i.state IN ('open', 'finished')
 WHERE o.asks = 'contact' AND o.state = 'unaddressed' AND o.outward
   AND NOT EXISTS (SELECT FROM tasks.task t WHERE t.message_id = o.id)
"""
_NOBODY_OF_RULES = f"""
SELECT o.id, o.record_id, o.decided_at, o.form, f.version_id, split_part(o.decision, ':', 3) AS act
  FROM messages.outbox o
  JOIN rules.firing f ON f.id = {rules.FIRING}
 WHERE o.asks = 'contact' AND o.state = 'unaddressed' AND o.outward AND o.instance_id IS NULL
   AND NOT EXISTS (SELECT FROM tasks.task t WHERE t.message_id = o.id)
"""
# Open tasks of no instance that stand for a message.
_ASKED = "t.state = 'open' AND t.instance_id IS NULL AND t.message_id IS NOT NULL"


def ask_instead(tx: Tx) -> int:
    """Whoever owns the record of a mail that failed for good is asked to call, once per mail and owner; whoever owns a
    customer whom a mail could not reach for want of a contact, to find one. How many tasks."""
    _forget_deleted(tx)
    return (
        _by_version(tx, _LOST, _call)
        + _by_version(tx, _NOBODY, _find_contact)
        + (_call_for_rules(tx) + _find_contact_for_rules(tx))
    )


def _forget_deleted(tx: Tx) -> None:
    """Nobody looks for a contact of a customer who is in the bin."""
    asked = tx.rows(f"SELECT DISTINCT k.form FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id WHERE {_ASKED}")
    for form in [row["form"] for row in asked]:
        live = rendered(tx, form, {})
        tx.run(Query(
            "UPDATE tasks.task t SET state = 'closed', why = 'deleted', finished_at = %(now)s FROM tasks.kind k"
            f" WHERE {_ASKED} AND k.id = t.kind_id AND k.form = %(of)s"
            f" AND NOT EXISTS (SELECT FROM ({live.text}) r WHERE r.rid = t.record_id)",
            {**live.params, "of": form},
        ))  # fmt: skip


def _by_version(tx: Tx, found: str, ask: Callable[[Tx, Published], int]) -> int:
    rows = tx.rows(f"SELECT DISTINCT version_id FROM ({found}) x ORDER BY version_id")
    return sum(ask(tx, versions.version(tx, row["version_id"])) for row in rows)


def _call(tx: Tx, version: Published) -> int:
    owner = forms.catalog(tx).form(version.process.form).owner
    query, named, above = _whose(tx, version, {}, owner)
    lost = f"""SELECT DISTINCT ON (x.mail, {named}) %(kind)s::int AS kind_id, x.record_id, x.instance_id,
       NULL::bigint AS token_id, {_TITLE} AS title, {named} AS named_id,
       NULL::text AS role_key, {above} AS owner_id, {DUE} AS due_at,
       1::smallint AS priority, NULL::jsonb AS proposal, x.id AS message_id
  FROM ({_LOST}) x JOIN ({query.text}) r ON r.rid = x.record_id
 WHERE x.version_id = %(version)s ORDER BY x.mail, {named}, x.id"""
    kind = tasks.standing_kind(tx, version.process.form, CALL, _LABEL, _LABEL_EN)
    return _opened(tx, version, Query(lost, {**query.params, "kind": kind}))


def _call_for_rules(tx: Tx) -> int:
    """What a rule had said, and no way was left for, is a call for the owner of the record."""
    opened = 0
    for row in tx.rows(f"SELECT DISTINCT form FROM ({_LOST_OF_RULES}) x ORDER BY form"):
        owner = forms.catalog(tx).form(row["form"]).owner
        query = rendered(tx, row["form"], {"named": Wanted(owner)} if owner else {})
        named = "r.named" if owner else "NULL::bigint"
        lost = f"""SELECT DISTINCT ON (y.mail, y.named_id) %(kind)s::int AS kind_id, y.record_id,
       NULL::bigint AS instance_id, NULL::bigint AS token_id, y.title, y.named_id,
       NULL::text AS role_key, NULL::bigint AS owner_id, {DUE} AS due_at,
       1::smallint AS priority, NULL::jsonb AS proposal, y.id AS message_id, y.alert_id
  FROM (SELECT DISTINCT ON (x.record_id) x.*, {_TITLE} AS title, {named} AS named_id
          FROM ({_LOST_OF_RULES}) x JOIN ({query.text}) r ON r.rid = x.record_id
         WHERE x.form = %(of)s ORDER BY x.record_id, x.id) y
 ORDER BY y.mail, y.named_id, y.id"""
        kind = tasks.standing_kind(tx, row["form"], CALL, _LABEL, _LABEL_EN)
        facts = {"kind": kind, "of": row["form"], "zone": tx.zone.key}
        opening = tasks.opening(Query(lost, {**query.params, **facts}), message=True, alert=True)
        opened += int(tx.value(opening, opening.params) or 0)
    return opened


def _find_contact(tx: Tx, version: Published) -> int:
    asked: dict[str, list[str]] = {}
    for node in version.process.nodes:
        if isinstance(node, Notify) and node.who.kind == "audience":
            asked.setdefault(node.who.name, []).append(node.key)
    form, above = version.process.form, version.process.owner
    found = f"SELECT * FROM ({_NOBODY}) n WHERE n.version_id = %(version)s AND n.node = ANY (%(nodes)s)"
    return sum(
        _for_audience(tx, form, above or "", key, Query(found, {"version": version.id, "nodes": nodes}))
        for key, nodes in asked.items()
    )


def _find_contact_for_rules(tx: Tx) -> int:
    """The same for what rules had to say."""
    opened = 0
    found = f"SELECT * FROM ({_NOBODY_OF_RULES}) n WHERE n.version_id = %(version)s AND n.act = %(act)s"
    for row in tx.rows(f"SELECT DISTINCT form, version_id, act FROM ({_NOBODY_OF_RULES}) x ORDER BY version_id, act"):
        key = rules.audience_of(tx, row["version_id"], row["act"])
        opened += _for_audience(
            tx, row["form"], "", key, Query(found, {"version": row["version_id"], "act": row["act"]})
        )
    return opened


def _for_audience(tx: Tx, form: str, above: str, key: str, found: Query) -> int:
    """`found`: messages about records of `form`, to this audience; `above`: whose head is asked when nobody owns the
    record that the contacts belong to."""
    to = next(one for one in messages.audiences(tx) if one.key == key)
    catalog = forms.catalog(tx)
    relation = catalog.form(to.form).field(to.relation)
    assert relation is not None and relation.to is not None
    owner = catalog.form(relation.to).owner
    columns = {"of": Wanted(to.of), **({"named": Wanted(f"{to.of}.{owner}")} if owner else {})}
    query = rendered(tx, form, columns | ({"above": Wanted(above)} if above else {}))
    named, behind = "r.named" if owner else "NULL::bigint", "r.above" if above else "NULL::bigint"
    nobody = f"""SELECT DISTINCT ON (r.of) %(kind)s::int AS kind_id, r.of AS record_id, NULL::bigint AS instance_id,
       NULL::bigint AS token_id, NULL::text AS title, {named} AS named_id, NULL::text AS role_key, {behind} AS owner_id,
       {DUE} AS due_at, 1::smallint AS priority, NULL::jsonb AS proposal, x.id AS message_id
  FROM ({found.text}) x JOIN ({query.text}) r ON r.rid = x.record_id
 WHERE r.of IS NOT NULL
   AND NOT EXISTS (SELECT FROM tasks.task t WHERE t.kind_id = %(kind)s AND t.record_id = r.of
                      AND (t.state = 'open' OR t.finished_at >= x.decided_at))
 ORDER BY r.of, x.id"""
    label = "补充联系人（消息无人可收）"
    kind = tasks.standing_kind(tx, relation.to, CONTACT, label, "Add a contact (a message has nobody to go to)")
    facts = {**query.params, **found.params, "kind": kind, "zone": tx.zone.key}
    opening = tasks.opening(Query(nobody, facts), message=True)
    return int(tx.value(opening, opening.params) or 0)


def _whose(tx: Tx, version: Published, columns: dict[str, Wanted], owner: str | None) -> tuple[Query, str, str]:
    """The record with `columns`, and how to name its owner and who stands above."""
    process = version.process
    if owner:
        columns |= {"named": Wanted(owner)}
    if process.owner:
        columns |= {"above": Wanted(process.owner)}
    query = rendered(tx, process.form, columns)
    return query, "r.named" if owner else "NULL::bigint", "r.above" if process.owner else "NULL::bigint"


def _opened(tx: Tx, version: Published, wanted: Query) -> int:
    facts = {"version": version.id, "zone": tx.zone.key}
    opening = tasks.opening(Query(wanted.text, {**wanted.params, **facts}), message=True)
    return int(tx.value(opening, opening.params) or 0)
