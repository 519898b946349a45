"""end: of the branch, or of everything that the instance still has open."""

from perennial.kernel import Query
from perennial.processes.definition import End
from perennial.processes.nodes.common import Making, Moved, Standing, stepped


def make(making: Making, node: End) -> dict[str, Query]:
    return {
        "run": making.query(
            f"""WITH {making.at_node()},
{stepped("'ended'")},
unmet AS (
    UPDATE processes.decision d SET outcome = 'skipped', reason = 'condition' FROM at_node a WHERE d.id =
      a.decision_id),
gone AS (DELETE FROM processes.token t USING at_node a WHERE t.id = a.id)
SELECT instance_id AS id FROM at_node"""
        )
    }


def run(standing: Standing) -> Moved:
    ended = [row["id"] for row in standing.rows("run")]
    if ended and isinstance(standing.node, End) and standing.node.scope == "instance":
        from perennial.processes.ending import end_set

        end_set(standing.tx, ended, "finished", "ended")
    return Moved(len(ended), len(ended))
