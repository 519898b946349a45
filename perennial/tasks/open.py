"""Open tasks in sets: one statement finds every assignee by the order and writes the rows."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from perennial.kernel import Query, Tx


@dataclass(frozen=True, slots=True)
class Kind:
    """What all tasks of one node ask for. `fill`: [{field, required, when?, seal?}]; `outcomes`: [{key, label,
    label_en, fill}]."""

    node_id: int
    form: str
    key: str
    label: str
    label_en: str = ""
    fill: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    outcomes: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


def kinds(tx: Tx, given: Sequence[Kind]) -> dict[str, int]:
    """The numbers of new kinds, by key."""
    return {
        kind.key: int(
            tx.value(
                "INSERT INTO tasks.kind (node_id, form, key, label, label_en, fill, outcomes)"
                " VALUES (%(node)s, %(form)s, %(key)s, %(label)s, %(label_en)s, %(fill)s, %(outcomes)s) RETURNING id",
                {
                    "node": kind.node_id, "form": kind.form, "key": kind.key, "label": kind.label,
                    "label_en": kind.label_en, "fill": json.dumps(kind.fill, ensure_ascii=False),
                    "outcomes": json.dumps(kind.outcomes, ensure_ascii=False),
                },
            )
        )
        for kind in given
    }  # fmt: skip


def standing_kind(tx: Tx, form: str, key: str, label: str, label_en: str) -> int:
    """The number of a kind that belongs to no node: tasks that the system itself opens on records of a form."""
    return int(
        tx.value(
            "INSERT INTO tasks.kind AS k (form, key, label, label_en)"
            " VALUES (%(form)s, %(key)s, %(label)s, %(label_en)s)"
            " ON CONFLICT (form, key) WHERE node_id IS NULL DO UPDATE SET label = excluded.label RETURNING k.id",
            {"form": form, "key": key, "label": label, "label_en": label_en},
        )
    )


_COLUMNS = """kind_id, record_id, instance_id, token_id, title, assignee_id, candidates, named_id, owner_id, found_by,
                            priority, proposal, opened_at, due_at, message_id, vote_id, alert_id, beside"""
_ONCE = f"""SELECT {_COLUMNS}
      FROM (SELECT x.*, row_number() OVER (PARTITION BY x.token_id, x.assignee_id,
                   CASE WHEN x.assignee_id IS NULL THEN x.candidates END ORDER BY x.nth) AS twin
              FROM ("""
_FIRST = """) x) x WHERE x.twin = 1 ORDER BY x.token_id, x.nth"""


def opening(
    wanted: Query,
    ctes: str = "",
    *,
    message: bool = False,
    vote: bool = False,
    several: bool = False,
    alert: bool = False,
) -> Query:
    """The statement that opens one task per row of `wanted`; its one value says how many
    (with `several`: for how many tokens).

    wanted  columns kind_id, record_id, instance_id, token_id, title, named_id, role_key, owner_id, due_at, priority,
            proposal; with `role_key` the holders may claim it, else `named_id` is where the order begins
    message  `wanted` has message_id too: the message that the task stands for; a second task for one is not opened
    vote     `wanted` has vote_id too: the vote that the task stands for; it is finished by deciding that
    alert    `wanted` has alert_id too: the alert that set it off; it closes with that
    several  `wanted` has beside and nth too: of rows of one token that come to the same people the first is a task
    ctes    what stands before, in the same statement: the caller moves its own rows on the same snapshot
    """
    before = f"{ctes},\n" if ctes else ""
    return Query(
        f"""WITH {before}wanted AS MATERIALIZED (
{wanted.text}
), roles AS MATERIALIZED (
    SELECT x.role_key, x.owner_id, tasks.holders(x.role_key, x.owner_id) AS candidates
      FROM (SELECT DISTINCT role_key, owner_id FROM wanted WHERE role_key IS NOT NULL) x
), persons AS MATERIALIZED (
    SELECT x.named_id, x.owner_id, f.person_id, f.found_by
      FROM (SELECT DISTINCT w.named_id, w.owner_id FROM wanted w) x, tasks.resolve(x.named_id, x.owner_id, %(today)s) f
), opened AS (
    INSERT INTO tasks.task ({_COLUMNS})
    {_ONCE if several else ""}SELECT w.kind_id, w.record_id, w.instance_id, w.token_id, w.title,
           CASE WHEN r.candidates IS NULL THEN p.person_id
                WHEN cardinality(r.candidates) = 1 THEN r.candidates[1] END AS assignee_id,
           r.candidates, w.named_id, w.owner_id,
           CASE WHEN r.candidates IS NULL THEN p.found_by ELSE 'role' END AS found_by,
           w.priority, w.proposal, %(now)s::timestamptz AS opened_at, w.due_at,
           {"w.message_id" if message else "NULL::bigint AS message_id"},
           {"w.vote_id" if vote else "NULL::bigint AS vote_id"},
           {"w.alert_id" if alert else "NULL::bigint AS alert_id"}, {"w.beside, w.nth" if several else "NULL::bigint"}
      FROM wanted w
      LEFT JOIN roles r ON r.role_key = w.role_key AND coalesce(r.owner_id, 0) = coalesce(w.owner_id, 0)
      LEFT JOIN persons p ON coalesce(p.named_id, 0) = coalesce(w.named_id, 0)
                         AND coalesce(p.owner_id, 0) = coalesce(w.owner_id, 0)
    {_FIRST if several else ""}
    {"ON CONFLICT (message_id) WHERE message_id IS NOT NULL DO NOTHING" if message else ""}
    RETURNING id, token_id
)
SELECT count({"DISTINCT token_id" if several else "*"}) AS n FROM opened""",
        dict(wanted.params),
    )
