"""What a signer does beside deciding: add signers, take them back, hand the vote on, ask for an opinion, urge.

Each act writes votes under the lock of the instance and settles. Ranks order the votes of a slot; making room is a
shift of those behind.
"""

from collections.abc import Sequence
from typing import Literal

from perennial.kernel import Conflict, Denied, Invalid, Row, Tx
from perennial.processes.advance import advance
from perennial.processes.approvals.settle import settle
from perennial.processes.approvals.vote import Asked, Said, check_said, go_on, locked, rule_of, standing, write

Act = Literal[
    "approve", "reject", "give", "return", "transfer", "delegate", "add", "remove", "withdraw", "urge", "read"
]
URGE_HOURS = 4  # of working days; nobody is urged about one vote more often
MOST_ADDED = 20  # signers in one act

_SHIFT = (
    "UPDATE processes.vote SET rank = rank + 1"
    " WHERE approval_id = %(approval)s AND slot = %(slot)s AND rank >= %(rank)s AND counts"
)
_ADD = """
INSERT INTO processes.vote (approval_id, slot, rank, kind, person_id, of_id, by_id)
SELECT %(approval)s, %(slot)s, %(rank)s, %(kind)s, p.id, %(of)s, %(me)s
  FROM unnest(%(people)s::bigint[]) WITH ORDINALITY AS p (id, n) ORDER BY p.n
"""
_BACK = """
WITH waits AS (
    UPDATE processes.vote SET state = 'waiting', asked_at = NULL, due_at = NULL WHERE id = %(vote)s
)
UPDATE tasks.task SET state = 'closed', why = %(why)s, finished_at = %(now)s
 WHERE vote_id = %(vote)s AND state = 'open'
"""


def add(tx: Tx, vote_id: int, people: Sequence[int], where: str, opinion: str = "") -> None:
    """These sign too: `before` the actor (whose own vote waits again), `beside`, or `after` (the actor approves).

    errors  of `standing` · Invalid at people, where, opinion
    """
    if where not in ("before", "after", "beside"):
        raise Invalid("processes.add_where", path="where")
    asked = _signing(tx, vote_id)
    wanted = _people(tx, asked, people)
    row, rank = asked.row, asked.row["rank"]
    if where == "after":
        check_said(tx, asked, "approved", Said(opinion))
    base = {"approval": row["approval_id"], "slot": row["slot"]}
    if where != "beside":
        tx.run(_SHIFT, {**base, "rank": rank + (where == "after")})
    if where == "before":
        _waits_again(tx, row, "added")
        _remember(tx, row["id"], opinion)
    tx.run(_ADD, {**base, "rank": rank + (where == "after"), "kind": where, "people": wanted, "of": row["id"]})
    if where == "after":
        write(tx, asked, "approved", Said(opinion))
    go_on(tx, asked)


def delegate(tx: Tx, vote_id: int, person: int, opinion: str = "") -> None:
    """Somebody gives an opinion first, without deciding; then the actor is asked again."""
    asked = _signing(tx, vote_id)
    wanted = _people(tx, asked, [person])
    row = asked.row
    base = {"approval": row["approval_id"], "slot": row["slot"], "rank": row["rank"]}
    tx.run(_SHIFT, base)
    _waits_again(tx, row, "delegated")
    _remember(tx, row["id"], opinion)
    tx.run(_ADD, {**base, "kind": "opinion", "people": wanted, "of": row["id"]})
    go_on(tx, asked)


def transfer(tx: Tx, vote_id: int, person: int, opinion: str = "") -> None:
    """Somebody else decides instead of the actor."""
    asked = standing(tx, vote_id)
    wanted = _people(tx, asked, [person])
    row = asked.row
    check_said(tx, asked, "handed", Said(opinion))
    write(tx, asked, "handed", Said(opinion), counts=False)
    given = {"approval": row["approval_id"], "slot": row["slot"], "rank": row["rank"], "kind": row["kind"]}
    tx.run(_ADD, {**given, "people": wanted, "of": row["id"]})
    go_on(tx, asked)


def remove(tx: Tx, vote_id: int) -> None:
    """A signer whom the actor added and who has not decided is asked no more."""
    row = locked(tx, vote_id)
    if row["by_id"] != tx.actor.id or row["kind"] == "signer":
        raise Denied("processes.vote_not_added", label=row["label"])
    if row["state"] not in ("waiting", "asked") or not row["counts"] or row["approval_state"] != "open":
        raise Conflict("processes.vote_over", label=row["label"])
    tx.run(
        "WITH closed AS (UPDATE tasks.task SET state = 'closed', why = 'dropped', finished_at = %(now)s"
        "  WHERE vote_id = %(vote)s AND state = 'open')"
        " UPDATE processes.vote SET state = 'dropped', counts = false, decided_at = %(now)s WHERE id = %(vote)s",
        {"vote": vote_id},
    )
    settle(tx, [row["approval_id"]], [rule_of(tx, row)])
    advance(tx, [row["instance_id"]], ending=True)


def urge(tx: Tx, vote_id: int) -> list[int]:
    """Whoever this vote waits for is reminded by the submitter or somebody who takes part; who that is.

    errors  Conflict when somebody urged within four hours of working time, or nothing waits
    """
    row = locked(tx, vote_id)
    if row["state"] != "asked" or row["task_id"] is None:
        raise Conflict("processes.vote_over", label=row["label"])
    recent = tx.value(_URGED, {"vote": vote_id, "hours": URGE_HOURS, "zone": tx.zone.key})
    if recent:
        raise Conflict("processes.vote_urged", label=row["label"], hours=URGE_HOURS)
    tx.run("INSERT INTO processes.urged (vote_id, by_id, at) VALUES (%(vote)s, %(me)s, %(now)s)", {"vote": vote_id})
    tx.run("UPDATE tasks.task SET reminders = reminders + 1 WHERE id = %(task)s", {"task": row["task_id"]})
    return [row["assignee_id"]] if row["assignee_id"] else list(row["candidates"] or [])


# working time passes on working days alone: a night or a weekend between does not count for itself
_URGED = """
SELECT EXISTS (
    SELECT FROM processes.urged u
     WHERE u.vote_id = %(vote)s
       AND u.at > %(now)s::timestamptz - interval '30 days'
       AND (SELECT coalesce(sum(extract(epoch FROM
                     least(%(now)s::timestamptz, (d::date + time '18:00') AT TIME ZONE %(zone)s)
                   - greatest(u.at, (d::date + time '09:00') AT TIME ZONE %(zone)s))), 0)
              FROM generate_series((u.at AT TIME ZONE %(zone)s)::date, %(today)s::date, interval '1 day') d
             WHERE kernel.is_workday(d::date)
               AND least(%(now)s::timestamptz, (d::date + time '18:00') AT TIME ZONE %(zone)s)
                 > greatest(u.at, (d::date + time '09:00') AT TIME ZONE %(zone)s)) < %(hours)s * 3600)
"""


def _signing(tx: Tx, vote_id: int) -> Asked:
    """The vote waits for the actor, and it decides: who was asked for an opinion gives it, or hands it on."""
    asked = standing(tx, vote_id)
    if asked.row["kind"] == "opinion":
        raise Conflict("processes.vote_opinion", label=asked.row["label"])
    return asked


def _people(tx: Tx, asked: Asked, people: Sequence[int]) -> list[int]:
    """Active colleagues, each once, not the actor, and nobody whom this slot waits for already."""
    wanted = list(dict.fromkeys(people))
    if not 0 < len(wanted) <= MOST_ADDED or tx.actor.id in wanted:
        raise Invalid("processes.add_nobody", path="people", most=MOST_ADDED)
    active = tx.value(
        "SELECT count(*) FROM people.person WHERE active AND id IN (SELECT unnest(%(ids)s::bigint[]))", {"ids": wanted}
    )
    if active < len(wanted):
        raise Invalid("tasks.not_active", path="people")
    name = tx.value(
        "SELECT p.name FROM processes.vote v LEFT JOIN tasks.task t ON t.vote_id = v.id AND t.state = 'open'"
        "  JOIN people.person p ON p.id = coalesce(t.assignee_id, v.person_id)"
        " WHERE v.approval_id = %(approval)s AND v.slot = %(slot)s AND v.counts AND v.state IN ('waiting', 'asked')"
        "   AND v.id <> %(vote)s AND p.id IN (SELECT unnest(%(ids)s::bigint[])) LIMIT 1",
        {"approval": asked.row["approval_id"], "slot": asked.row["slot"], "vote": asked.row["id"], "ids": wanted},
    )
    if name is not None:
        raise Invalid("processes.signs_already", path="people", name=name)
    return wanted


def _waits_again(tx: Tx, row: Row, why: str) -> None:
    tx.run(_BACK, {"vote": row["id"], "why": why})


def _remember(tx: Tx, vote_id: int, opinion: str) -> None:
    """What the actor said with it stands at their own vote until they decide."""
    if opinion.strip():
        tx.run(
            "UPDATE processes.vote SET opinion = %(opinion)s WHERE id = %(vote)s",
            {"opinion": opinion.strip(), "vote": vote_id},
        )


def may(row: Row, is_mine: bool) -> list[Act]:
    """What the actor may do with this vote now."""
    if not is_mine:
        return ["urge", "read"] if row["state"] == "asked" and row["task_id"] is not None else ["read"]
    if row["kind"] == "opinion":
        return ["give", "transfer", "read"]
    return ["approve", "reject", "transfer", "delegate", "add", "read"]


def removable(tx: Tx, row: Row) -> list[int]:
    """Votes of this approval that the actor added and nobody has decided."""
    return [
        one["id"]
        for one in tx.rows(
            "SELECT id FROM processes.vote WHERE approval_id = %(approval)s AND by_id = %(me)s AND kind <> 'signer'"
            "   AND counts AND state IN ('waiting', 'asked') AND %(open)s ORDER BY id",
            {"approval": row["approval_id"], "open": row["approval_state"] == "open"},
        )
    ]
