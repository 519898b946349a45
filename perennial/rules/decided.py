"""Messages that rules decided: which firing, which alert, for whom. A message names them by its decision
(`rule:<firing>:<step>.<action>`)."""

from perennial.kernel import Tx
from perennial.rules import versions
from perennial.rules.alerts import OPEN
from perennial.rules.definition import Notify

# SQL over a message `o`: the firing that decided it; of any other message nothing.
FIRING = "CASE WHEN o.decision LIKE 'rule:%%' THEN split_part(o.decision, ':', 2)::bigint END"
# The same: the alert that it was decided for, unless that is settled; whether its firing gave somebody a task that
# still waits.
ALERT_OF = f"""SELECT a.id, EXISTS (
           SELECT FROM rules.version v CROSS JOIN LATERAL jsonb_each_text(v.kinds) k
             JOIN tasks.task t ON t.alert_id = a.id AND t.kind_id = k.value::int AND t.state = 'open'
            WHERE v.id = f.version_id AND starts_with(k.key, f.step || '.')) AS tasked
      FROM rules.firing f JOIN rules.alert a ON a.rule_id = f.rule_id AND a.record_id = f.record_id
                                            AND a.opened_at <= f.at AND a.state IN {OPEN}
     WHERE f.id = {FIRING}"""


def audience_of(tx: Tx, version_id: int, act: str) -> str:
    """The audience of an action, named as in a decision."""
    step, _, at = act.rpartition(".")
    action = versions.version(tx, version_id).rule.step(step).actions[int(at)]
    assert isinstance(action, Notify)
    return action.who.name
