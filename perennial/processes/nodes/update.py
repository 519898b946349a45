"""update: the record, or one that a relation leads to, has new values.

Two statements: the tokens go on and leave a step each; then the records of those steps are written as one set.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from perennial import actions
from perennial.kernel import Query
from perennial.processes.definition import Process, Update
from perennial.processes.nodes.common import EFFECT, Making, Moved, Standing, moved, stepped, target
from perennial.rules import Wanted, record, values


def columns(node: Update) -> dict[str, Wanted]:
    when = {"wanted": Wanted(node.when, "yes_no")} if node.when else {}
    return {**when, **({"target_id": Wanted(node.record)} if node.record else {})}


def make(making: Making, node: Update) -> dict[str, Query]:
    outcome = "CASE WHEN a.wanted THEN 'updated' ELSE 'skipped' END" if node.when else "'updated'"
    of = "a.target_id" if node.record else "a.record_id"
    ids = f"array_agg(DISTINCT {of}) FILTER (WHERE {of} IS NOT NULL{' AND a.wanted' if node.when else ''})"
    only = " FILTER (WHERE a.wanted)" if node.when else ""
    return {
        "run": making.query(
            f"""WITH {making.at_node()},
{stepped(outcome)},
{
                moved(
                    target(node.next),
                    sets=EFFECT,
                    told=f"SELECT count(*) AS n, {ids} AS ids, array_agg(a.record_id){only} AS origins FROM at_node a",
                )
            }"""
        )
    }


def run(standing: Standing) -> Moved:
    node = standing.node
    assert isinstance(node, Update)
    row = standing.rows("run")[0]
    if row["ids"]:
        process = standing.version.process
        form = standing.form_of(node.record)
        wanted = values(standing.tx, form, node.values)
        target_id = Wanted(node.record) if node.record else None
        select = chosen(standing, process, wanted, target_id, row["origins"])
        with standing.tx.because(standing.reason):
            actions.update(standing.tx, form, select)
    return Moved(row["n"], row["n"], None)  # what is written may let others go on


def chosen(
    standing: Standing, process: Process, new: dict[str, Wanted], target_id: Wanted | None, origins: list[int]
) -> sa.Select[tuple[object, ...]]:
    """A select `id` plus one column per field; several origins of one target give the first one's values."""
    wanted = {**new, **({"target__": target_id} if target_id else {})}
    of = record(standing.tx, process.form, wanted).subquery("of")
    key = of.c["target__"] if target_id else of.c.rid
    chosen_columns = [key.label("id"), *(of.c[name].label(name) for name in new)]
    select = sa.select(*chosen_columns).where(
        of.c.rid == sa.any_(sa.cast(origins, sa.ARRAY(sa.BigInteger))), key.is_not(None)
    )
    return select.ext(distinct_on(key)).order_by(key, of.c.rid)
