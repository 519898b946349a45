"""condition: the first case that holds says where the branch goes on."""

from perennial.kernel import Query
from perennial.processes.definition import Condition, Find, Inclusive
from perennial.processes.nodes import arrival
from perennial.processes.nodes.common import Making, Moved, Standing, moved, stepped, target
from perennial.processes.nodes.find import found
from perennial.rules import Wanted


def columns(node: Condition | Inclusive) -> dict[str, Wanted]:
    return {f"case_{at}": Wanted(case.when, "yes_no") for at, case in enumerate(node.cases) if case.when}


def finds(node: Condition | Inclusive) -> dict[str, Find]:
    return {f"find_{at}": case.exists for at, case in enumerate(node.cases) if case.exists}


def tests(node: Condition | Inclusive) -> list[str]:
    """SQL over `a`: one test per case."""
    found: list[str] = []
    for at, case in enumerate(node.cases):
        both = [f"a.case_{at}"] if case.when else []
        both += [f"a.find_{at}"] if case.exists else []
        both += [f"messages.has_left(a.instance_id, '{case.left}')"] if case.left else []
        both += [_HELD] if case.held else []
        both += [_STANDS.format(key=case.stands)] if case.stands else []
        found.append(" AND ".join(both))
    return found


def looked_up(node: Condition | Inclusive, others: dict[str, Query]) -> str:
    """Further columns of `at_node`: is there a similar record?"""
    return "".join(f", EXISTS ({found(find, others[name], name=name)}) AS {name}" for name, find in finds(node).items())


def make(making: Making, node: Condition, others: dict[str, Query]) -> dict[str, Query]:
    case_at = " ".join(f"WHEN {test} THEN {at}" for at, test in enumerate(tests(node)))
    goes = " ".join(f"WHEN {at} THEN {target(case.next)}" for at, case in enumerate(node.cases))
    more = looked_up(node, others) + arrival.moments(making.process, node)
    which = f"CASE {case_at} ELSE -1 END"
    next_id = f"CASE ({which}) {goes} ELSE {target(node.otherwise)} END"
    params = {key: value for other in others.values() for key, value in other.params.items()}
    query = making.query(
        f"""WITH {making.at_node(more=more)},
{stepped("CASE WHEN (" + which + ") < 0 THEN 'otherwise' ELSE 'case_' || (" + which + ") END")},
{
            moved(
                next_id,
                ended=_UNMET.format(next_id=next_id),
                state=arrival.state(making.process, node, next_id),
                wake=arrival.wake(making.process, node, next_id),
            )
        }"""
    )
    return {"run": Query(query.text, {**query.params, **params})}


_STANDS = """EXISTS (SELECT FROM processes.token o WHERE o.instance_id = a.instance_id AND o.id <> a.id
            AND o.node_id = %(to_{key})s AND o.state <> 'frozen')"""
_HELD = "EXISTS (SELECT FROM processes.decision d WHERE d.id = a.decision_id AND d.held_at IS NOT NULL)"

# a wait whose branch ends here has had no effect: its decision was "the condition does not hold"
_UNMET = """,
unmet AS (
    UPDATE processes.decision d SET outcome = 'skipped', reason = 'condition'
      FROM at_node a WHERE d.id = a.decision_id AND ({next_id}) IS NULL)"""


def run(standing: Standing) -> Moved:
    return standing.moved("run")
