"""What people are shown of approvals: lists of what waits for them, and the page of one, with its whole trail."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from perennial import access, files, forms, records
from perennial.kernel import Invalid, Missing, Row, Tx
from perennial.processes import required, seals
from perennial.processes.approvals import acts, returns
from perennial.processes.approvals.settle import Rule
from perennial.processes.approvals.vote import known, mine, needed, rights, rule_of
from perennial.processes.definition import END, Approval
from perennial.processes.load_nodes import kind_of

Shown = Literal["read", "write", "required"]
View = Literal["mine", "done", "sent", "copied"]
PAGE = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list. `next`: what to ask for to read on."""

    rows: list[Row]
    next: str | None


_HEAD = """
SELECT v.id AS vote, a.id AS approval, t.id AS task, p.form, a.record_id, a.instance_id, n.key AS node, n.label,
       n.label_en, coalesce(a.title, n.label) AS title, p.key AS process, w.definition ->> 'label' AS process_label,
       w.definition ->> 'label_en' AS process_label_en, a.round + 1 AS round, v.state, v.kind,
       a.state AS approval_state,
       v.asked_at, coalesce(t.due_at, v.due_at) AS due_at, v.decided_at,
       a.opened_at, a.decided_at AS approval_decided_at, a.submitter_id,
       CASE WHEN coalesce(t.due_at, v.due_at) >= %(now)s THEN greatest(0, kernel.workdays_between(
                %(today)s::date + 1, (coalesce(t.due_at, v.due_at) AT TIME ZONE %(zone)s)::date))
            WHEN coalesce(t.due_at, v.due_at) < %(now)s THEN - greatest(0, kernel.workdays_between(
                (coalesce(t.due_at, v.due_at) AT TIME ZONE %(zone)s)::date + 1, %(today)s)) END AS workdays_left,
       s.name AS submitter, n.version_id, {key} AS sort_key, {read_at} AS read_at
  FROM {source}
  JOIN processes.approval a ON a.id = {approval}
  JOIN processes.node n ON n.id = a.node_id
  JOIN processes.version w ON w.id = n.version_id
  JOIN processes.process p ON p.id = w.process_id
  LEFT JOIN people.person s ON s.id = a.submitter_id
"""
_OPEN = "processes.vote v LEFT JOIN tasks.task t ON t.vote_id = v.id AND t.state = 'open'"
# one vote stands for an approval that somebody submitted or has a copy of: the one that was asked last
_LAST = """ CROSS JOIN LATERAL (SELECT * FROM processes.vote v WHERE v.approval_id = {approval}
                  ORDER BY (v.state = 'asked') DESC, v.id DESC LIMIT 1) v
  LEFT JOIN tasks.task t ON t.vote_id = v.id AND t.state = 'open'"""


def listed(tx: Tx, view: View, after: str | None = None, limit: int = PAGE) -> Listed:
    """mine: waits for me, the most pressing first; done: I decided; sent: I submitted; copied: for my information.
    The newest first. Whether the record may be read is the caller's to ask."""
    moment, number = _after(tx, after)
    given = {"limit": limit + 1, "after": number, "moment": moment, "zone": tx.zone.key}
    if view == "mine":
        head = _HEAD.format(key="coalesce(t.due_at, 'infinity')", read_at="NULL::timestamptz", approval="v.approval_id",
                            source="tasks.task t JOIN processes.vote v ON v.id = t.vote_id")  # fmt: skip
        rows = tx.rows(
            head + " WHERE t.state = 'open' AND (t.assignee_id = %(me)s OR t.assignee_id IS NULL"
            "   AND t.candidates @> ARRAY[%(me)s::bigint])"
            " AND (%(after)s::bigint IS NULL OR (coalesce(t.due_at, 'infinity'), v.id) > (%(moment)s, %(after)s))"
            " ORDER BY coalesce(t.due_at, 'infinity'), v.id LIMIT %(limit)s",
            given,
        )
    elif view == "done":
        head = _HEAD.format(key="v.decided_at", read_at="NULL::timestamptz", approval="v.approval_id",
                            source=_OPEN)  # fmt: skip
        rows = tx.rows(
            head + " WHERE v.decided_by = %(me)s"
            " AND (%(after)s::bigint IS NULL OR (v.decided_at, v.id) < (%(moment)s, %(after)s))"
            " ORDER BY v.decided_at DESC, v.id DESC LIMIT %(limit)s",
            given,
        )
    elif view == "sent":
        source = "processes.approval b" + _LAST.format(approval="b.id")
        head = _HEAD.format(key="b.id", read_at="NULL::timestamptz", approval="b.id", source=source)
        rows = tx.rows(
            head + " WHERE b.submitter_id = %(me)s AND (%(after)s::bigint IS NULL OR b.id < %(after)s)"
            " ORDER BY b.id DESC LIMIT %(limit)s",
            given,
        )
    else:
        source = "processes.copied c" + _LAST.format(approval="c.approval_id")
        head = _HEAD.format(key="c.id", read_at="c.read_at", approval="c.approval_id", source=source)
        rows = tx.rows(
            head + " WHERE c.person_id = %(me)s AND (%(after)s::bigint IS NULL OR c.id < %(after)s)"
            " ORDER BY c.id DESC LIMIT %(limit)s",
            given,
        )
    more = rows[limit - 1] if len(rows) > limit else None
    return Listed(rows[:limit], None if more is None else _mark(more))


def _mark(row: Row) -> str:
    at = row["sort_key"]
    if isinstance(at, dt.datetime):
        return f"{at.isoformat()}~{row['vote']}"
    return f"~{at}"


def _after(tx: Tx, text: str | None) -> tuple[dt.datetime | None, int | None]:
    if text is None:
        return None, None
    at, _, number = text.partition("~")
    try:
        return (dt.datetime.fromisoformat(at) if at else None), int(number)
    except ValueError:
        raise Invalid("processes.moment", path="after", value=text[:60]) from None


def waiting(tx: Tx) -> int:
    """How many wait for the actor."""
    return int(
        tx.value(
            "SELECT count(*) FROM tasks.task t WHERE t.state = 'open' AND t.vote_id IS NOT NULL AND ("
            " t.assignee_id = %(me)s OR t.assignee_id IS NULL AND t.candidates @> ARRAY[%(me)s::bigint])"
        )
    )


@dataclass(frozen=True, slots=True)
class Page:
    """One approval as a person who takes part in it may see it."""

    row: Row
    rule: Rule
    head: Row
    mine: bool
    fields: list[tuple[str, Shown]]  # (key, read | write | required), in the order of the form
    changed: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])
    changed_since: dt.datetime | None = None
    trail: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])
    onward: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])
    may: list[acts.Act] = field(default_factory=list[acts.Act])
    back: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])
    removable: list[int] = field(default_factory=list[int])


def at_once(tx: Tx, row: Row) -> bool:
    """It may be approved without opening it: nothing but an outcome is asked for."""
    if row["state"] != "asked" or row["kind"] == "opinion":
        return False
    node = node_of(tx, row)
    return node.opinion != "always" and not node.signature and "required" not in rights(node).values()


def node_of(tx: Tx, row: Mapping[str, Any]) -> Approval:
    return rule_of(tx, {"version_id": row["version_id"], "key": row["node"]}).node


def page(tx: Tx, vote_id: int) -> Page:
    """Missing for who has nothing to do with it."""
    row = known(tx, vote_id)
    rule = rule_of(tx, row)
    head = tx.one(
        _HEAD.format(key="v.id", read_at="NULL::timestamptz", approval="v.approval_id", source=_OPEN)
        + " WHERE v.id = %(vote)s",
        {"vote": vote_id, "zone": tx.zone.key},
    )
    assert head is not None
    shown = _fields(tx, rule, row["record_id"])
    changed, since = _changed(tx, row, rule, {key for key, _ in shown})
    is_mine = row["state"] == "asked" and row["task_id"] is not None and mine(tx, row)
    ways = returns.back(tx, row) if is_mine and row["kind"] != "opinion" else []
    may = acts.may(row, is_mine)
    if ways:
        may.insert(0, "return")
    if returns.may_withdraw(tx, row):
        may.insert(0, "withdraw")
    return Page(
        row, rule, head, is_mine, shown, changed, since, trail(tx, row["instance_id"]), _onward(rule), may, ways,
        acts.removable(tx, row),
    )  # fmt: skip


def _fields(tx: Tx, rule: Rule, record_id: int) -> list[tuple[str, Shown]]:
    """What access grants, narrowed by the node: what it does not name may be read. What is required under a condition
    is so of this record as it stands."""
    form, own = rule.version.process.form, rights(rule.node)
    if not access.may(tx, "read", form):
        return []
    asked = needed(rule.node)
    due = required.of_records(tx, form, [record_id], asked)[record_id]
    own |= {one.field: "write" for one in asked if one.field not in due}
    rows = access.readable(tx, form)
    found: list[tuple[str, Shown]] = []
    for key in rows.readable_fields():
        right = own.get(key, "read")
        if right != "hidden":
            found.append((key, "read" if rows.fields[key] != "write" else right))
    return found


def _changed(tx: Tx, row: Row, rule: Rule, shown: set[str]) -> tuple[list[Mapping[str, Any]], dt.datetime | None]:
    """What is different of the record since the actor looked or decided last, as they may see it."""
    form = rule.version.process.form
    last = tx.one(
        "SELECT max(x.mark) AS mark, max(x.at) AS at FROM ("
        " SELECT mark, at FROM processes.look WHERE approval_id = %(approval)s AND person_id = %(me)s"
        " UNION ALL SELECT v.mark, v.decided_at FROM processes.vote v JOIN processes.approval a ON a.id = v.approval_id"
        "  WHERE a.instance_id = %(instance)s AND v.decided_by = %(me)s) x",
        {"approval": row["approval_id"], "instance": row["instance_id"]},
    )
    if last is None or not last["mark"]:
        return [], None
    newer = "SELECT EXISTS (SELECT FROM changes.change WHERE form_id = %(f)s AND record_id = %(r)s AND id > %(m)s)"
    if not tx.value(newer, {"f": forms.catalog(tx).id(form), "r": row["record_id"], "m": last["mark"]}):
        return [], last["at"]
    try:
        found = records.past.compare(tx, form, row["record_id"], f"c{last['mark']}", "now")
    except Missing:  # the record itself may not be read
        return [], last["at"]
    return [
        {"field": one.key, "before": one.a, "after": one.b, "last": one.last}
        for one in found.fields
        if one.changed and one.key in shown
    ], last["at"]


def _onward(rule: Rule) -> list[Mapping[str, Any]]:
    process = rule.version.process
    found: list[Mapping[str, Any]] = []
    for outcome, key in (("approved", rule.node.approved), ("rejected", rule.node.rejected)):
        node = None if key in ("", END) else process.node(key)
        found.append({
            "outcome": outcome, "key": node.key if node else None, "kind": kind_of(node) if node else "end",
            "label": (node.label or node.key) if node else "", "label_en": node.label_en if node else "",
        })  # fmt: skip
    return found


# where several had to do it, each of those who did
_TASKS = """
SELECT s.id, coalesce(d.finished_at, s.left_at) AS at, n.key AS node, n.label, n.label_en,
       coalesce(x.told ->> 'outcome', s.outcome) AS outcome, k.outcomes, (x.told ->> 'task')::bigint AS task,
       p.id AS by_id, p.name AS by_name
  FROM processes.step s
  JOIN processes.node n ON n.id = s.node_id AND n.kind = 'task'
  LEFT JOIN tasks.kind k ON k.node_id = n.id
 CROSS JOIN LATERAL jsonb_array_elements(coalesce(s.facts -> 'tasks', jsonb_build_array(s.facts))) AS x (told)
  LEFT JOIN tasks.task d ON s.facts ? 'tasks' AND d.id = (x.told ->> 'task')::bigint
  JOIN people.person p ON p.id = (x.told ->> 'by')::bigint
 WHERE s.instance_id = %(instance)s ORDER BY s.id, at, task
"""
_APPROVALS = """
SELECT a.id, a.opened_at AS at, n.key AS node, n.label, n.label_en, a.round + 1 AS round, a.state, a.decided_at,
       n.version_id
  FROM processes.approval a JOIN processes.node n ON n.id = a.node_id
 WHERE a.instance_id = %(instance)s ORDER BY a.id
"""
_VOTES = """
SELECT v.id, v.approval_id, v.slot, v.rank, v.kind, v.state, v.counts, v.why, v.person_id, p.name AS person_name,
       v.role_key, r.label AS role, r.label_en AS role_en, v.of_id AS of, v.by_id, b.name AS by_name, v.opinion,
       v.files, v.signature, v.asked_at, coalesce(t.due_at, v.due_at) AS due_at, v.decided_at, v.decided_by,
       d.name AS decided_by_name,
       t.assignee_id AS turn_id, q.name AS turn_name, t.found_by,
       (SELECT array_agg(c.name ORDER BY c.id) FROM people.person c WHERE c.id = ANY (t.candidates)) AS candidates,
       (SELECT max(u.at) FROM processes.urged u WHERE u.vote_id = v.id) AS urged_at
  FROM processes.vote v
  JOIN processes.approval a ON a.id = v.approval_id
  LEFT JOIN people.person p ON p.id = v.person_id
  LEFT JOIN people.role r ON r.key = v.role_key
  LEFT JOIN people.person b ON b.id = v.by_id
  LEFT JOIN people.person d ON d.id = v.decided_by
  LEFT JOIN tasks.task t ON t.vote_id = v.id AND t.state = 'open'
  LEFT JOIN people.person q ON q.id = t.assignee_id
 WHERE a.instance_id = %(instance)s ORDER BY v.approval_id, v.slot, v.rank, v.id
"""
_RETURNS = """
SELECT r.id, r.at, n.key AS node, n.label, n.label_en, r.how, r.vote_id, r.opinion, r.over_at, p.id AS by_id,
       p.name AS by_name
  FROM processes.returned r JOIN processes.node n ON n.id = r.to_id LEFT JOIN people.person p ON p.id = r.by_id
 WHERE r.instance_id = %(instance)s ORDER BY r.id
"""


def trail(tx: Tx, instance: int) -> list[Mapping[str, Any]]:
    """What people did in this instance, in its order: `kind` task (with what it sealed), approval (with its votes),
    return."""
    given = {"instance": instance}
    votes = tx.rows(_VOTES, given)
    told = files.known(tx, sorted({one for row in votes for one in (*row["files"], row["signature"]) if one}))
    for row in votes:
        row["files"] = [told[one].told() for one in row["files"] if one in told]
        row["signature"] = told[row["signature"]].told() if row["signature"] in told else None
    done = tx.rows(_TASKS, given)
    sealed = seals.of_tasks(tx, [row["task"] for row in done if row["task"] is not None])
    found: list[Mapping[str, Any]] = [{"kind": "task", **row, "sealed": sealed.get(row["task"], [])} for row in done]
    found += [{"kind": "return", **row} for row in tx.rows(_RETURNS, given)]
    found += [
        {"kind": "approval", **row, "votes": [vote for vote in votes if vote["approval_id"] == row["id"]]}
        for row in tx.rows(_APPROVALS, given)
    ]
    order = {"return": 0, "task": 1, "approval": 2}  # of one moment
    return sorted(found, key=lambda one: (one["at"], order[one["kind"]], one["id"]))


def look(tx: Tx, vote_id: int) -> None:
    """The actor has seen what stands there now; a copy of theirs is read."""
    row = known(tx, vote_id)
    form = rule_of(tx, row).version.process.form
    tx.run(
        "INSERT INTO processes.look (approval_id, person_id, mark, at)"
        " SELECT %(approval)s, %(me)s, coalesce(max(c.id), 0), %(now)s FROM changes.change c"
        "  WHERE c.form_id = %(form)s AND c.record_id = %(record)s"
        " ON CONFLICT (approval_id, person_id) DO UPDATE SET mark = excluded.mark, at = excluded.at",
        {"approval": row["approval_id"], "form": forms.catalog(tx).id(form), "record": row["record_id"]},
    )
    tx.run(
        "UPDATE processes.copied SET read_at = coalesce(read_at, %(now)s)"
        " WHERE approval_id = %(approval)s AND person_id = %(me)s",
        {"approval": row["approval_id"]},
    )


def file(tx: Tx, vote_id: int, file_id: int) -> files.File:
    """A file that somebody put with an opinion in the same instance, for who takes part."""
    row = known(tx, vote_id)
    named = tx.value(
        "SELECT EXISTS (SELECT FROM processes.vote v JOIN processes.approval a ON a.id = v.approval_id"
        " WHERE a.instance_id = %(instance)s AND (%(file)s = ANY (v.files) OR v.signature = %(file)s))",
        {"instance": row["instance_id"], "file": file_id},
    )
    found = files.known(tx, [file_id]).get(file_id) if named else None
    if found is None:
        raise Missing("files.missing")
    return found
