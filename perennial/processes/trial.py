"""One record walks through a draft, step by step: the engine itself runs, and everything is rolled back.

A walk is a list of choices: go to the moment that a wait ends, finish this task so, decide this vote so, take this
condition for met. Nothing is kept between two steps: each time the whole list is played from the beginning, in one
transaction that is undone, so a walk can be taken back and begun again at any place.
Read in this order: trial_time (the transaction at another moment), trial, trial_told (what each step did).
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

import psycopg.errors as pg

from perennial import forms, people
from perennial.kernel import SYSTEM, Invalid, Row, Tx
from perennial.processes.advance import advance
from perennial.processes.approvals.vote import Said, decide
from perennial.processes.definition import Approval, Fill, Node, Process, Sub, Task, Wait, Webhook
from perennial.processes.finish import finish_task
from perennial.processes.load import sketch
from perennial.processes.nodes.common import Published
from perennial.processes.preview import rolled_back
from perennial.processes.publish import publish
from perennial.processes.reader import Tree
from perennial.processes.start import start_by_hand
from perennial.processes.trial_time import Slow, Walking
from perennial.processes.trial_told import Mark, Round, first_transaction, mark, told

LONGEST_MS = 2000  # whoever saves this record meanwhile waits for it
KEY = "trial_of_a_draft"
FILES = ("attachment", "image", "signature", "certificate")
MOMENTS = 200  # stops on the way to a moment: what asks again every day for years ends here


@dataclass(frozen=True, slots=True)
class Choice:
    """What happens next at the `nth` of what stands at a node (0 is the first).

    forward  time passes until its moment, with everything that falls due before · finish  its task, with `outcome` and
    `values` · decide  its vote: approved or rejected · assume  what it waits for has come
    """

    act: Literal["forward", "finish", "decide", "assume"]
    node: str
    nth: int = 0
    outcome: str = ""
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Stand:
    """Where it stands. `code`: what stopped it; `asks`: what is open there, with who has it."""

    node: str
    state: str
    wake_at: dt.datetime | None
    code: str | None
    asks: Literal["task", "vote"] | None
    people: list[str]
    title: str | None
    due_at: dt.datetime | None
    proposal: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Walk:
    """`rounds`: what the beginning did, then each choice."""

    rounds: list[Round]
    stands: list[Stand]


def trial(tx: Tx, tree: Tree, record_id: int, choices: Sequence[Choice] = ()) -> Walk:
    """How this record would go on if the draft began for it now; nothing stays, nothing leaves.

    errors   those of publishing the draft and of what people do; Invalid processes.trial_slow, processes.trial_gone
    """
    drawn, unread = sketch(tree)
    if drawn is None or unread:
        raise unread[0]
    walking = Walking(tx, LONGEST_MS / 1000)

    def act() -> Walk:
        since = first_transaction(walking)
        version = publish(walking, _alone(walking, drawn))
        begun = start_by_hand(walking, version, [record_id])
        marks = [(walking.now, Mark())]
        advance(walking, begun)
        for at, choice in enumerate(choices):
            marks.append((walking.now, mark(walking, begun, since)))
            _choose(walking, version, begun, choice, f"choices[{at}]")
        walking.act_as(tx.actor)
        return Walk(
            told(walking, begun, marks, since), [_stand(row) for row in walking.rows(_STANDS, {"begun": begun})]
        )

    try:
        return rolled_back(walking, act)
    except (pg.QueryCanceled, Slow) as error:
        raise Invalid("processes.trial_slow", path="record_id", seconds=LONGEST_MS // 1000) from error


def _alone(tx: Tx, drawn: Process) -> Process:
    """Under a key of its own, so that what is in force is neither locked nor changed; nobody else is begun or covered.
    What only a real person can give, a file, a signature, an opinion, is not asked for."""
    starts = tuple(
        start if start.on == "date" else replace(start, on="hand", when="", undone="") for start in drawn.starts
    )
    form = forms.catalog(tx).form(drawn.form) if drawn.form in forms.catalog(tx) else None
    files = {one.key for one in form.fields if one.kind in FILES} if form else set[str]()

    def asked(fill: tuple[Fill, ...]) -> tuple[Fill, ...]:
        return tuple(one for one in fill if one.field not in files)

    def eased(node: Node) -> Node:
        match node:
            case Task():
                outcomes = tuple(replace(one, fill=asked(one.fill)) for one in node.outcomes)
                return replace(node, seal="", fill=asked(node.fill), outcomes=outcomes)
            case Approval():
                rights = tuple(one for one in node.fields if one.field not in files)
                return replace(node, signature=False, opinion="none", fields=rights)
            case _:
                return node

    return replace(drawn, key=KEY, covers="", starts=starts, nodes=tuple(eased(node) for node in drawn.nodes))


def _choose(tx: Walking, version: Published, begun: list[int], choice: Choice, path: str) -> None:
    here = [row for row in tx.rows(_STANDS, {"begun": begun}) if row["node"] == choice.node]
    row: Row = here[choice.nth] if 0 <= choice.nth < len(here) else {}
    asks, waits = _stand(row).asks if row else None, row.get("state") == "waiting"
    match choice.act:
        case "forward" if waits and row["wake_at"] is not None:
            _forward(tx, begun, row["wake_at"])
        case "finish" if asks == "task":
            tx.act_as(_whoever(tx, row))
            finish_task(tx, row["task"], dict(choice.values), choice.outcome or None)
        case "decide" if asks == "vote":
            tx.act_as(_whoever(tx, row))
            decide(tx, row["vote"], choice.outcome, Said(values=dict(choice.values)))
        case "assume" if waits and isinstance(node := version.process.node(choice.node), Wait | Sub | Webhook):
            tx.run(_MET, {"token": row["id"], "to": version.target(node.next)})
        case _:
            label = next((one.label for one in version.process.nodes if one.key == choice.node), "")
            raise Invalid("processes.trial_gone", path=path, label=label or choice.node)
    tx.act_as(SYSTEM)
    tx.run(_LOOK_AGAIN, {"begun": begun})
    advance(tx, begun, ending=True)


def _stand(row: Row) -> Stand:
    asks = "vote" if row["vote"] is not None else "task" if row["task"] is not None else None
    given = {one.name: row[one.name] for one in fields(Stand) if one.name != "asks"}
    return Stand(**given, asks=asks)


def _whoever(tx: Tx, row: Row) -> people.Person | None:
    """Who has the task acts, with the rights that they have."""
    person = row["assignee_id"] or next(iter(row["candidates"] or []), None)
    return people.find(tx, person) if person else None


def _forward(tx: Walking, begun: list[int], until: dt.datetime) -> None:
    """From moment to moment, as the clock would have come there; what waits to leave is taken for sent."""
    for _ in range(MOMENTS):
        due: dt.datetime | None = tx.value(_NEXT, {"begun": begun, "until": until})
        if due is None:
            break
        tx.go_to(max(due, tx.now))
        tx.run(_SENT, {"begun": begun})
        advance(tx, begun)
    tx.go_to(max(until, tx.now))
    tx.run(_SENT, {"begun": begun})


_STANDS = """
SELECT t.id, n.key AS node, t.state, t.wake_at,
       (SELECT x.code FROM processes.stuck x WHERE x.token_id = t.id) AS code,
       k.id AS task, k.vote_id AS vote, k.title, k.due_at, k.proposal, k.assignee_id, k.candidates,
       coalesce((SELECT array_agg(p.name ORDER BY p.name) FROM people.person p
                  WHERE p.id = k.assignee_id OR k.assignee_id IS NULL AND p.id = ANY(k.candidates)), '{}') AS people
  FROM processes.token t
  JOIN processes.node n ON n.id = t.node_id
  LEFT JOIN tasks.task k ON k.token_id = t.id AND k.state = 'open'
 WHERE t.instance_id = ANY(%(begun)s::bigint[]) ORDER BY t.id, k.id
"""
_NEXT = """
SELECT min(t.wake_at) FROM processes.token t JOIN processes.instance i ON i.id = t.instance_id AND i.state = 'open'
 WHERE t.instance_id = ANY(%(begun)s::bigint[]) AND t.state = 'waiting' AND t.wake_at <= %(until)s
"""
_SENT = """
UPDATE messages.outbox SET state = 'sent', settled_at = %(now)s
 WHERE instance_id = ANY(%(begun)s::bigint[]) AND state = 'queued' AND due_at <= %(now)s
"""
# waits that a changed field could move look again, as the reaction to the change would have them do
_LOOK_AGAIN = """
UPDATE processes.token t SET state = 'ready', wake_at = %(now)s FROM processes.node n, processes.instance i
 WHERE t.instance_id = ANY(%(begun)s::bigint[]) AND t.state = 'waiting' AND n.id = t.node_id AND n.kind = 'wait'
   AND i.id = t.instance_id AND i.state = 'open'
"""
_MET = """
WITH here AS (SELECT * FROM processes.token WHERE id = %(token)s), stepped AS (
    INSERT INTO processes.step (instance_id, node_id, token_id, entered_at, left_at, outcome)
    SELECT instance_id, node_id, id, entered_at, %(now)s, 'met' FROM here
), gone AS (DELETE FROM processes.token t USING here h WHERE t.id = h.id AND %(to)s::int IS NULL)
UPDATE processes.token t
   SET node_id = %(to)s, state = 'ready', wake_at = %(now)s, entered_at = %(now)s, base_at = %(now)s, quiet = NULL
  FROM here h WHERE t.id = h.id AND %(to)s::int IS NOT NULL
"""
