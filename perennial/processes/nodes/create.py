"""create: a record exists that belongs to this one. A live match is linked; only without one a record is made."""

from typing import Any, cast

import sqlalchemy as sa

from perennial import actions
from perennial.kernel import Query
from perennial.processes.definition import Create
from perennial.processes.nodes.common import EFFECT, Making, Moved, Standing, moved, stepped, target
from perennial.rules import record, values

THIS = "this"  # the process's record, as a value


_TOLD = "SELECT a.id, a.instance_id, a.record_id FROM at_node a ORDER BY a.id"


def make(making: Making, node: Create) -> dict[str, Query]:
    return {
        "run": making.query(
            f"""WITH {making.at_node()},
{stepped("'created'")},
{moved(target(node.next), sets=EFFECT, told=_TOLD)}"""
        )
    }


def run(standing: Standing) -> Moved:
    node, tx = standing.node, standing.tx
    assert isinstance(node, Create)
    rows = standing.rows("run")
    if not rows:
        return Moved(0, 0)
    # several branches of one instance may stand here at once: with a match they share one record
    origins = {row["record_id"]: row["id"] for row in reversed(rows)} if node.match else {}
    tokens = [row["id"] for row in rows if not node.match or origins[row["record_id"]] == row["id"]]
    new = values(tx, node.form, ((field, text) for field, text in node.values if text != THIS))
    of = record(tx, standing.version.process.form, new).subquery("of")
    columns = {field: of.c.rid if text == THIS else of.c[field] for field, text in node.values}
    numbers = sa.ARRAY(sa.BigInteger)
    chosen = set(tokens)
    pairs = [(row["id"], row["record_id"]) for row in rows if row["id"] in chosen]
    here = (
        sa.func.unnest(sa.cast([one for one, _ in pairs], numbers), sa.cast([one for _, one in pairs], numbers))
        .table_valued(sa.column("token", sa.BigInteger), sa.column("record", sa.BigInteger))
        .render_derived(name="here")
    )
    wanted = sa.select(
        here.c.token.label("origin__"), *(column.label(field) for field, column in columns.items())
    ).select_from(here.join(of, of.c.rid == here.c.record))
    with tx.because(standing.reason):
        made = actions.create(tx, node.form, cast("sa.Select[Any]", wanted), match=node.match)
    instances = {row["id"]: row["instance_id"] for row in rows}
    tx.run(
        "INSERT INTO processes.created (instance_id, node_id, form, record_id, version)"
        " SELECT m.instance, %(node)s, %(form)s, m.id, m.version"
        "   FROM unnest(%(instances)s::bigint[], %(ids)s::bigint[], %(versions)s::int[]) AS m (instance, id, version)"
        " ON CONFLICT DO NOTHING",
        {
            "node": standing.version.nodes[node.key], "form": node.form,
            "instances": [instances[one.origin] for one in made], "ids": [one.id for one in made],
            "versions": [one.version for one in made],
        },
    )  # fmt: skip
    return Moved(len(rows), len(rows), None)  # what is written may let others go on
