"""What the statements of all nodes share: who stands at a node and may go on, the step they leave, where they go.

A statement begins with `at_node`: the tokens of a scope that stand at one node of one version, joined with their
record. Holds and `cancel_when` are part of it, so nothing happens after the commit that made them true.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from perennial import forms, formula
from perennial.kernel import Query, Reason, Row, Tx
from perennial.processes.definition import END, LATE_MINUTES, Node, Process
from perennial.rules import Wanted, holding


@dataclass(frozen=True, slots=True)
class Published:
    """A published version: the graph and the numbers that its nodes have in tables."""

    id: int
    process_id: int
    number: int
    process: Process
    nodes: Mapping[str, int]
    kinds: Mapping[str, int] = field(default_factory=dict[str, int])

    def target(self, key: str) -> int | None:
        return None if key in ("", END) else self.nodes[key]


@dataclass(frozen=True, slots=True)
class Standing:
    """A set of tokens at one node: those of `scope` (instances), or only the tokens `only`."""

    tx: Tx
    version: Published
    node: Node
    scope: list[int]
    only: list[int] | None
    statements: Mapping[str, Query]

    def params(self, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
        targets = {f"to_{key}": number for key, number in self.version.nodes.items()}
        return {
            "node": self.version.nodes[self.node.key], "scope": self.scope, "only": self.only,
            "zone": self.tx.zone.key, **targets, **(given or {}),
        }  # fmt: skip

    @property
    def reason(self) -> Reason:
        """What stands in the change log for what this node writes."""
        version = self.version
        return Reason("process", {"process": version.process.key, "version": version.number, "node": self.node.key})

    def form_of(self, record: str) -> str:
        """The form that a relation path of the process's record leads to; '' is its own."""
        form = self.version.process.form
        if not record:
            return form
        found = formula.check(record, forms.catalog(self.tx).scope(form)).type.form
        assert found is not None  # checked when published
        return found

    def value(self, name: str, given: Mapping[str, Any] | None = None) -> int:
        query = self.statements[name]
        return int(self.tx.value(query, {**query.params, **self.params(given)}) or 0)

    def moved(self, name: str, given: Mapping[str, Any] | None = None) -> "Moved":
        row = self.rows(name, given)[0]
        return Moved(row["n"], row["n"], row["onward"] or {})

    def rows(self, name: str, given: Mapping[str, Any] | None = None) -> list[Row]:
        query = self.statements[name]
        return self.tx.rows(query, {**query.params, **self.params(given)})


@dataclass(frozen=True, slots=True)
class Moved:
    """What a node did. `settled`: of the tokens that were ready or due here, those that no longer are, at least;
    `onward`: node -> tokens that are ready there now; None: only the tables know."""

    count: int
    settled: int
    onward: Mapping[str, int] | None = field(default_factory=dict[str, int])
    ended: int = 0  # tokens that are gone without having come to an end of their branch
    begun: tuple[int, ...] = ()  # instances that it began and that go on in the same transaction

    def __add__(self, other: "Moved") -> "Moved":
        onward: dict[str, int] | None = None
        if self.onward is not None and other.onward is not None:
            keys = {**self.onward, **other.onward}
            onward = {key: self.onward.get(key, 0) + other.onward.get(key, 0) for key in keys}
        return Moved(
            self.count + other.count, self.settled + other.settled, onward, self.ended + other.ended,
            (*self.begun, *other.begun),
        )  # fmt: skip


def holds(process: Process) -> dict[str, Wanted]:
    """The records whose hold stops this process, beside its own."""
    return holding.holds(process.hold_by)


def control(process: Process) -> dict[str, Wanted]:
    """Columns that every automatic statement reads."""
    cancelled = {"cancelled": Wanted(process.cancel_when, "yes_no")} if process.cancel_when else {}
    return {**cancelled, **holds(process)}


def held(process: Process, forms_held: tuple[str, ...], r: str = "r") -> str:
    """SQL: a hold is active on the record or on one it belongs to. `forms_held`: the forms of `hold_by`."""
    tests = [(process.form, f"{r}.rid"), *((form, f"{r}.hold_{at}") for at, form in enumerate(forms_held))]
    return holding.held(tests)


# Looked up instance by instance, whatever the planner believes: after a mass start its statistics are those of before,
# and a join that it takes for one row would cost the square of the batch. OFFSET 0 keeps the shape; the state is tested
# outside, since a partial index over open instances looks empty to it. Each look-up hangs on the one before, so that a
# token which stands elsewhere costs nothing more.
SCOPE = "unnest(%(scope)s::bigint[]) AS s (id)"


_ONLY = "t.id = ANY(%(only)s::bigint[])"


@dataclass(frozen=True, slots=True)
class Making:
    """What a node's statements are made from."""

    process: Process
    node: Node
    record: Query
    forms_held: tuple[str, ...]

    @property
    def not_cancelled(self) -> str:
        return "AND (i.past_then OR NOT r.cancelled)" if self.process.cancel_when else ""

    @property
    def free(self) -> str:
        return f"{self.not_cancelled} AND NOT ({held(self.process, self.forms_held)})"

    def at_node(
        self, *, state: str = "t.state = 'ready'", free: str | None = None, more: str = "", only: str = _ONLY
    ) -> str:
        """The CTE `at_node`; `more`: further columns over t, i and r; `only`: what a halved set is."""
        return f"""at_node AS MATERIALIZED (
    SELECT t.id, t.instance_id, t.entered_at, t.wake_at, t.base_at, t.late, t.quiet, t.decision_id, t.path, t.round,
           i.process_id, i.record_id, i.basis, r.*{more}
      FROM {SCOPE}
     CROSS JOIN LATERAL (SELECT * FROM processes.token t WHERE t.instance_id = s.id OFFSET 0) t
     CROSS JOIN LATERAL (SELECT * FROM processes.instance i WHERE i.id = t.instance_id OFFSET 0) i
     CROSS JOIN LATERAL (SELECT * FROM ({self.record.text}) r WHERE r.rid = i.record_id OFFSET 0) r
     WHERE t.node_id = %(node)s AND {state} AND i.state = 'open'
       AND (%(only)s::bigint[] IS NULL OR {only}) {self.free if free is None else free})"""

    def query(self, text: str) -> Query:
        return Query(text, dict(self.record.params))


VISIT = ", nextval('processes.step_id_seq') AS visit"  # a split's step is known before it is written: paths name it


def stepped(
    outcome: str, *, due: str = "NULL::timestamptz", facts: str = "NULL::jsonb", where: str = "", visit: str = ""
) -> str:
    """The visits that end here; `visit`: SQL over `a` for the numbers of their steps."""
    given = f"({'id, ' if visit else ''}instance_id, node_id, token_id, entered_at, due_at, left_at, outcome, facts)"
    overriding, number = (" OVERRIDING SYSTEM VALUE", f"{visit}, ") if visit else ("", "")
    return f"""stepped AS (
    INSERT INTO processes.step {given}{overriding}
    SELECT {number}a.instance_id, %(node)s, a.id, a.entered_at, {due}, %(now)s, {outcome}, {facts}
      FROM at_node a {where})"""


def target(key: str) -> str:
    """SQL for the node number behind a target key; NULL ends the branch."""
    return "NULL::int" if key in ("", END) else f"%(to_{key})s::int"


# node -> tokens that are ready there now; `moved`: what a statement moved
ONWARD = """(SELECT jsonb_object_agg(n.key, c.n)
          FROM (SELECT m.node_id, count(*) AS n FROM ({moved}) m WHERE m.state = 'ready' GROUP BY m.node_id) c
          JOIN processes.node n ON n.id = c.node_id AND n.paused_at IS NULL) AS onward"""
TOLD = f"SELECT count(*) AS n, {ONWARD.format(moved='SELECT node_id, state FROM moved')} FROM at_node"


def moved(
    next_id: str, *, sets: str = "", ended: str = "", told: str = TOLD, state: str = "'ready'", wake: str = "%(now)s"
) -> str:
    """CTEs that move the tokens of `at_node`; those without a next node leave, their branch has ended.

    next_id      SQL over `a`; sets: further assignments (with a leading comma); ended: SQL run on what ends
    told         the last select
    state, wake  SQL over `a`: how a token arrives
    """
    return f"""gone AS (DELETE FROM processes.token t USING at_node a WHERE t.id = a.id AND ({next_id}) IS NULL),
moved AS (
    UPDATE processes.token t SET node_id = ({next_id}), state = {state}, wake_at = {wake}, entered_at = %(now)s{sets}
      FROM at_node a WHERE t.id = a.id AND ({next_id}) IS NOT NULL
    RETURNING t.node_id, t.state){ended}
{told}"""


LATE = f"interval '{LATE_MINUTES} minutes'"
EFFECT = ", decision_id = NULL"  # what a wait owed has happened
