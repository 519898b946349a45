"""A person decides a vote; somebody else may have been first. Many votes of one person, or of a script, at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa

from perennial import access, files, forms, records, tasks
from perennial.kernel import Conflict, Denied, Invalid, Missing, Problem, Reason, Row, Tx, fail_point
from perennial.processes import required, versions
from perennial.processes.advance import advance, lock
from perennial.processes.approvals.settle import Rule, settle
from perennial.processes.definition import Approval
from perennial.processes.finish import version_of

MOST = 200  # votes that a person decides in one act
LONGEST = 4000  # characters of an opinion


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says with a decision. `values`: fields of the record, `version` as it was read."""

    opinion: str = ""
    files: tuple[int, ...] = ()
    signature: int | None = None
    values: dict[str, Any] = field(default_factory=dict[str, Any])
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A vote that waits for the actor, under the lock of its instance. `row`: the vote with its approval and task."""

    row: Row
    rule: Rule

    @property
    def form(self) -> str:
        return self.rule.version.process.form


_VOTE = """
SELECT v.*, a.instance_id, a.node_id, a.token_id, a.record_id, a.round, a.submitter_id, a.state AS approval_state,
       n.version_id, n.key, n.label, t.id AS task_id, t.assignee_id, t.candidates
  FROM processes.vote v
  JOIN processes.approval a ON a.id = v.approval_id
  JOIN processes.node n ON n.id = a.node_id
  LEFT JOIN tasks.task t ON t.vote_id = v.id AND t.state = 'open'
 WHERE v.id = %(vote)s
"""
_INVOLVED = """
SELECT EXISTS (SELECT FROM processes.vote v LEFT JOIN tasks.task t ON t.vote_id = v.id
                WHERE v.approval_id = %(approval)s
                  AND %(me)s IN (v.person_id, v.decided_by, v.by_id, t.assignee_id)
                   OR v.approval_id = %(approval)s AND t.candidates @> ARRAY[%(me)s::bigint])
    OR EXISTS (SELECT FROM processes.approval a WHERE a.id = %(approval)s AND a.submitter_id = %(me)s)
    OR EXISTS (SELECT FROM processes.copied c WHERE c.approval_id = %(approval)s AND c.person_id = %(me)s)
"""


def known(tx: Tx, vote_id: int) -> Row:
    """A vote with its approval, for who takes or took part in it, submitted it or has a copy; Missing for others."""
    row = tx.one(_VOTE, {"vote": vote_id}) if 0 < vote_id < 2**63 else None
    if row is None or (tx.actor.kind != "system" and not tx.value(_INVOLVED, {"approval": row["approval_id"]})):
        raise Missing("processes.no_vote")
    return row


def rule_of(tx: Tx, row: Row) -> Rule:
    published = versions.version(tx, row["version_id"])
    node = published.process.node(row["key"])
    assert isinstance(node, Approval)
    return Rule(published, node)


def rules_of(tx: Tx, approvals: Sequence[int]) -> list[Rule]:
    """The nodes that these approvals stand at."""
    rows = tx.rows(
        "SELECT DISTINCT n.version_id, n.key FROM processes.approval a JOIN processes.node n ON n.id = a.node_id"
        " WHERE a.id IN (SELECT unnest(%(ids)s::bigint[]))",
        {"ids": list(approvals)},
    )
    return [rule_of(tx, row) for row in rows]


def locked(tx: Tx, vote_id: int) -> Row:
    """The vote as it is once its instance is held."""
    lock(tx, [known(tx, vote_id)["instance_id"]])
    return known(tx, vote_id)


def standing(tx: Tx, vote_id: int) -> Asked:
    """The vote waits for the actor, and nobody can be first any more.

    errors  Missing · Conflict when it is decided already, with who did it · Denied when it waits for somebody else
    """
    row = locked(tx, vote_id)
    if row["state"] != "asked" or row["task_id"] is None:
        raise _lost(tx, row)
    if tx.actor.kind != "system" and not mine(tx, row):
        raise Denied("processes.vote_not_yours", label=row["label"])
    return Asked(row, rule_of(tx, row))


def mine(tx: Tx, row: Row) -> bool:
    """Is it the actor's turn?"""
    return row["assignee_id"] == tx.actor.id or (
        row["assignee_id"] is None and tx.actor.id in (row["candidates"] or [])
    )


def _lost(tx: Tx, row: Row) -> Problem:
    """Why nothing is left to do: who was first, and with what."""
    first = tx.one(
        "SELECT v.state, v.decided_by, p.name FROM processes.vote v JOIN people.person p ON p.id = v.decided_by"
        " WHERE v.approval_id = %(approval)s AND v.state IN ('approved', 'rejected', 'returned')"
        "   AND (v.id = %(vote)s OR %(over)s) ORDER BY (v.id = %(vote)s) DESC, v.decided_at DESC, v.id DESC LIMIT 1",
        {"approval": row["approval_id"], "vote": row["id"], "over": row["approval_state"] != "open"},
    )
    if first is None:
        return Conflict("processes.vote_over", label=row["label"])
    if first["decided_by"] == tx.actor.id:
        return Conflict("processes.vote_done", label=row["label"])
    return Conflict(f"processes.lost_{first['state']}", name=first["name"])


def decide(tx: Tx, vote_id: int, outcome: str, said: Said = Said()) -> None:
    """The vote is decided by the actor (approved, rejected; an opinion is given), and the instance has gone on.

    locks   the instance (up to 3 s), the record
    errors  of `standing` · Invalid at opinion, signature, files, values · those of records.update
    """
    if outcome not in ("approved", "rejected"):
        raise Invalid("processes.vote_outcome", path="outcome")
    asked = standing(tx, vote_id)
    check_said(tx, asked, outcome, said)
    _save(tx, asked, outcome, said)
    write(tx, asked, "given" if asked.row["kind"] == "opinion" else outcome, said)
    go_on(tx, asked)


def check_said(tx: Tx, asked: Asked, outcome: str, said: Said) -> None:
    """An opinion where one is asked for, a signature, files of the actor's own."""
    node, needs = asked.rule.node, asked.rule.node.opinion
    opinion = asked.row["kind"] == "opinion" and outcome in ("approved", "rejected")
    if not said.opinion.strip() and (
        opinion or needs == "always" or (needs == "reject" and outcome in ("rejected", "returned"))
    ):
        raise Invalid("processes.opinion_missing", path="opinion", label=asked.row["label"])
    if len(said.opinion) > LONGEST:
        raise Invalid("processes.opinion_long", path="opinion", most=LONGEST)
    if node.signature and said.signature is None and outcome in ("approved", "rejected") and not opinion:
        raise Invalid("processes.signature_missing", path="signature", label=asked.row["label"])
    if said.files and not node.attachments:
        raise Invalid("processes.no_attachments", path="files", label=asked.row["label"])
    wanted = [*said.files, *([] if said.signature is None else [said.signature])]
    for one in wanted:
        records.upload(tx, one)  # Missing when it is not the actor's own, or stands somewhere already
    if wanted:
        files.keep(tx, wanted)


Granted = Literal["hidden", "read", "write", "required"]


def rights(node: Approval) -> dict[str, Granted]:
    return {one.field: one.right for one in node.fields}


def needed(node: Approval) -> list[tasks.Needed]:
    """What must be there before it is approved."""
    return [tasks.Needed(one.field, one.when) for one in node.fields if one.right == "required"]


def _save(tx: Tx, asked: Asked, outcome: str, said: Said) -> None:
    """What the signer wrote is on the record, as any write of theirs; what the node requires is there."""
    allowed = rights(asked.rule.node)
    for key in said.values:
        if allowed.get(key) not in ("write", "required"):
            raise Invalid("tasks.not_asked", path=f"values.{key}", field=key)
    row, form = asked.row, asked.form
    if said.values:
        with tx.because(Reason("task", {"task": row["task_id"], "instance": row["instance_id"], "vote": row["id"]})):
            version = version_of(tx, form, row["record_id"]) if said.version is None else said.version
            records.update(tx, form, row["record_id"], version, said.values)
    if outcome == "approved":
        required.check(tx, form, row["record_id"], needed(asked.rule.node))


def lock_records(tx: Tx, form: str, ids: Sequence[int]) -> None:
    """What is said of these records is said of what stands there now: whoever writes them waits."""
    table = access.everything(tx, form).target
    known = sa.select(sa.func.unnest(sa.cast(list(ids), sa.ARRAY(sa.BigInteger))))
    tx.rows(sa.select(table.c.id).where(table.c.id.in_(known)).order_by(table.c.id).with_for_update(key_share=True))


def seen(tx: Tx, form: str, node: Approval) -> list[str]:
    """The fields that the actor can see there."""
    hidden = {key for key, right in rights(node).items() if right == "hidden"}
    if not access.may(tx, "read", form):
        return []
    return [key for key in access.readable(tx, form).readable_fields() if key not in hidden]


_WRITE = """
WITH voted AS (
    UPDATE processes.vote v
       SET state = %(state)s, counts = %(counts)s, opinion = %(opinion)s, files = %(files)s, signature = %(signature)s,
           seen = %(seen)s, decided_at = %(now)s, decided_by = coalesce(%(me)s, t.assignee_id, t.candidates[1]),
           mark = (SELECT coalesce(max(c.id), 0) FROM changes.change c
                    WHERE c.form_id = %(form)s AND c.record_id = t.record_id)
      FROM tasks.task t
     WHERE v.id IN (SELECT unnest(%(votes)s::bigint[])) AND t.vote_id = v.id AND t.state = 'open'
    RETURNING t.id, v.decided_by
)
UPDATE tasks.task t
   SET state = 'done', outcome = %(state)s, finished_at = %(now)s, finished_by = v.decided_by,
       assignee_id = coalesce(v.decided_by, t.assignee_id)
  FROM voted v WHERE t.id = v.id
"""


def write(tx: Tx, asked: Asked, state: str, said: Said, *, counts: bool = True) -> None:
    """The vote is decided so, its task is done."""
    lock_records(tx, asked.form, [asked.row["record_id"]])
    _write(tx, asked.rule, [asked.row["id"]], state, said, seen(tx, asked.form, asked.rule.node), counts=counts)


def _write(
    tx: Tx, rule: Rule, votes: Sequence[int], state: str, said: Said, fields: Sequence[str], *, counts: bool = True
) -> int:
    """`fields`: what whoever decides can see."""
    form = rule.version.process.form
    return tx.run(
        _WRITE,
        {
            "votes": list(votes), "state": state, "counts": counts, "opinion": said.opinion.strip(),
            "files": list(said.files), "signature": said.signature, "seen": list(fields),
            "form": forms.catalog(tx).id(form),
        },
    )  # fmt: skip


def go_on(tx: Tx, asked: Asked) -> None:
    """What follows from the votes of this approval has happened."""
    settle(tx, [asked.row["approval_id"]], [asked.rule])
    advance(tx, [asked.row["instance_id"]], ending=True)
    fail_point("approvals.deciding")


def decide_many(tx: Tx, votes: Sequence[int], outcome: str, opinion: str = "") -> list[tuple[int, Problem]]:
    """Each of these votes of the actor is decided; those that cannot be are named with the reason, and stay.

    Instances are locked in order first, so that two people with the same list do not wait for each other in a ring.
    """
    if len(votes) > MOST:
        raise Invalid("processes.votes_many", path="votes", most=MOST)
    rows = tx.rows(
        "SELECT a.instance_id FROM processes.vote v JOIN processes.approval a ON a.id = v.approval_id"
        " WHERE v.id IN (SELECT unnest(%(votes)s::bigint[]))",
        {"votes": list(votes)},
    )
    lock(tx, sorted({row["instance_id"] for row in rows}))
    refused: list[tuple[int, Problem]] = []
    for one in dict.fromkeys(votes):  # as many as a person has ticked
        try:
            with tx.savepoint():
                decide(tx, one, outcome, Said(opinion))
        except Problem as problem:
            refused.append((one, problem))
    return refused


_OF_TASKS = """
SELECT n.version_id, n.key, n.label, array_agg(v.id ORDER BY v.id) AS votes,
       array_agg(DISTINCT a.id) AS approvals, array_agg(DISTINCT a.instance_id) AS instances,
       array_agg(DISTINCT a.record_id) AS records, coalesce(t.assignee_id, t.candidates[1]) AS person,
       v.kind = 'opinion' AS opinion
  FROM tasks.task t
  JOIN processes.vote v ON v.id = t.vote_id
  JOIN processes.approval a ON a.id = v.approval_id
  JOIN processes.node n ON n.id = a.node_id
 WHERE t.id IN (SELECT unnest(%(tasks)s::bigint[])) AND t.state = 'open'
 GROUP BY n.version_id, n.key, n.label, coalesce(t.assignee_id, t.candidates[1]), v.kind = 'opinion'
"""


def decide_set(tx: Tx, task_ids: Sequence[int], outcome: str) -> int:
    """The votes behind these open tasks are decided alike by whoever they wait for: what a simulation assumes of
    people, in sets, each seeing what they may see. Returns how many; the statements follow the number of nodes and
    people.

    locks   the caller holds the instances
    """
    count = 0
    for row in tx.rows(_OF_TASKS, {"tasks": list(task_ids)}):  # as many as there are nodes and people
        rule = rule_of(tx, row)
        lock_records(tx, rule.version.process.form, row["records"])
        with access.seeing_as(tx, row["person"]):
            fields = seen(tx, rule.version.process.form, rule.node)
        count += _write(tx, rule, row["votes"], "given" if row["opinion"] else outcome, Said(), fields)
        settle(tx, row["approvals"], [rule])
        advance(tx, row["instances"], ending=True)
    return count
