"""One record walks through a draft: the engine itself runs until it has to wait, and everything is rolled back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import psycopg.errors as pg

from perennial.kernel import Invalid, Row, Tx
from perennial.processes.advance import advance
from perennial.processes.load import sketch
from perennial.processes.preview import rolled_back
from perennial.processes.publish import publish
from perennial.processes.start import start_by_hand

LONGEST_MS = 2000  # whoever saves this record meanwhile waits for it
KEY = "trial_of_a_draft"


@dataclass(frozen=True, slots=True)
class Walk:
    """`steps`: node, outcome, in order. `stands`: node, state, wake_at, people who have its task, code of what stopped
    it. `told`: node, how many messages were decided and not sent."""

    steps: list[Row]
    stands: list[Row]
    told: list[Row]


def trial(tx: Tx, tree: Mapping[str, Any], record_id: int) -> Walk:
    """How far this record comes by itself if the draft began for it now; nothing stays, nothing leaves.

    errors   those of publishing the draft; Invalid processes.trial_slow
    """
    drawn, unread = sketch(tree)
    if drawn is None or unread:
        raise unread[0]
    # under a key of its own, so that what is in force is neither locked nor changed; nobody else is begun or covered
    starts = tuple(
        start if start.on == "date" else replace(start, on="hand", when="", undone="") for start in drawn.starts
    )
    process = replace(drawn, key=KEY, covers="", starts=starts)

    def act() -> Walk:
        tx.run(f"SET LOCAL statement_timeout = {LONGEST_MS:d}")
        begun = start_by_hand(tx, publish(tx, process), [record_id])
        advance(tx, begun)
        return Walk(
            tx.rows(_STEPS, {"begun": begun}), tx.rows(_STANDS, {"begun": begun}), tx.rows(_TOLD, {"begun": begun})
        )

    try:
        return rolled_back(tx, act)
    except pg.QueryCanceled as error:
        raise Invalid("processes.trial_slow", path="record_id", seconds=LONGEST_MS // 1000) from error


_STEPS = """
SELECT n.key AS node, s.outcome FROM processes.step s JOIN processes.node n ON n.id = s.node_id
 WHERE s.instance_id = ANY(%(begun)s::bigint[]) ORDER BY s.id
"""
_STANDS = """
SELECT n.key AS node, t.state, t.wake_at,
       (SELECT x.code FROM processes.stuck x WHERE x.token_id = t.id) AS code,
       coalesce((SELECT array_agg(DISTINCT p.name ORDER BY p.name)
                   FROM tasks.task k
                   JOIN people.person p ON p.id = k.assignee_id OR k.assignee_id IS NULL AND p.id = ANY(k.candidates)
                  WHERE k.token_id = t.id AND k.state = 'open'), '{}') AS people
  FROM processes.token t JOIN processes.node n ON n.id = t.node_id
 WHERE t.instance_id = ANY(%(begun)s::bigint[]) ORDER BY t.id
"""
_TOLD = """
SELECT n.key AS node, count(*)::int AS count
  FROM processes.step s
  JOIN processes.node n ON n.id = s.node_id
  JOIN messages.outbox o ON o.decision = 'step:' || s.id
 WHERE s.instance_id = ANY(%(begun)s::bigint[]) GROUP BY n.key ORDER BY n.key
"""
