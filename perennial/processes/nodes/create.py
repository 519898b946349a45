"""create: a record exists that belongs to this one. A live match is linked; only without one a record is made."""

import sqlalchemy as sa

from perennial import actions
from perennial.kernel import Query
from perennial.processes.definition import Create
from perennial.processes.nodes.common import EFFECT, Making, Standing, moved, stepped, target
from perennial.processes.record import record, values

THIS = "this"  # the process's record, as a value


def make(making: Making, node: Create) -> dict[str, Query]:
    return {
        "run": making.query(
            f"""WITH {making.at_node()},
{stepped("'created'")},
{
                moved(target(node.next), sets=EFFECT).replace(
                    "SELECT count(*) AS n FROM at_node",
                    "SELECT a.instance_id, a.record_id FROM at_node a ORDER BY a.record_id",
                )
            }"""
        )
    }


def run(standing: Standing) -> int:
    node, tx = standing.node, standing.tx
    assert isinstance(node, Create)
    rows = standing.rows("run")
    origins = sorted({row["record_id"] for row in rows})
    instances = [row["instance_id"] for row in rows]
    if not rows:
        return 0
    new = values(tx, node.form, ((field, text) for field, text in node.values if text != THIS))
    of = record(tx, standing.version.process.form, new).subquery("of")
    columns = {field: of.c.rid if text == THIS else of.c[field] for field, text in node.values}
    wanted = sa.select(of.c.rid.label("origin__"), *(column.label(field) for field, column in columns.items())).where(
        of.c.rid == sa.any_(sa.cast(origins, sa.ARRAY(sa.BigInteger)))
    )
    with tx.because(standing.reason):
        made = actions.create(tx, node.form, wanted, match=node.match)
    tx.run(
        "INSERT INTO processes.created (instance_id, node_id, form, record_id, version)"
        " SELECT i.id, %(node)s, %(form)s, m.id, m.version"
        "   FROM unnest(%(origins)s::bigint[], %(ids)s::bigint[], %(versions)s::int[]) AS m (origin, id, version)"
        "   JOIN processes.instance i ON i.record_id = m.origin AND i.id = ANY(%(instances)s::bigint[])"
        " ON CONFLICT DO NOTHING",
        {
            "node": standing.version.nodes[node.key], "form": node.form, "instances": instances,
            "origins": [one.origin for one in made], "ids": [one.id for one in made],
            "versions": [one.version for one in made],
        },
    )  # fmt: skip
    return len(rows)
