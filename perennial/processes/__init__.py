"""Processes: what happens by itself, and what people are asked to do, for every record of a form.

In:   definitions (a graph of nodes), changes of records, the clock, finished tasks
Out:  instances and their tokens, tasks, messages, record changes; the plan (a query) and the ledger (facts)

    publish(tx, tree)                 a definition is in force; check(tx, process) says what is wrong with it
    react(database)                   follow what was written: the loop of each worker calls it
    tick(database, at=, through=)     decide and do what is due: each minute; on a manual clock to any moment
    finish_task(tx, id, values, outcome, version)   a person has done a task; its instance has gone on
    start(tx, process, records), hold / end_hold, leave_out / take_in, retry
    plan, ledger, proof, uncovered, doctor, states, delivery_guard, preview

Read in this order: definition, load, graph, publish; record (the select that statements join), nodes/ (one file per kind),
advance (the loop), stuck; occurrences and triggers (date decisions), react with changed, terms, edges, coverage; holds;
tick; plan, ledger, doctor.
"""

from perennial.processes.definition import Process
from perennial.processes.drain import drain
from perennial.processes.dump import dump
from perennial.processes.finish import finish_task
from perennial.processes.holds import end_hold, hold, holding
from perennial.processes.leaving import hand_over, leaving
from perennial.processes.load import load
from perennial.processes.publish import check, current, publish
from perennial.processes.react import react
from perennial.processes.stuck import retry
from perennial.processes.tick import Ticked, tick

__all__ = [
    "Process", "Ticked", "check", "current", "drain", "dump", "end_hold", "finish_task", "hand_over", "hold", "holding", "leaving", "load", "publish", "react",
    "retry", "tick",
]  # fmt: skip
