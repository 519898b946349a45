"""Processes: what happens by itself, and what people are asked to do, for every record of a form.

In:   definitions (a graph of nodes), changes of records, the clock, finished tasks
Out:  instances and their tokens, tasks, messages, record changes; the plan (a query) and the ledger (facts)

    load, dump, check, publish, current      definitions: YAML tree <-> Process; in force from the next transaction on
    problems, trial                          all that is wrong with a draft; one record's walk through it
    kept, kept_tree                          the versions that were ever in force
    react(database)                          follow what was written: the loop of each worker calls it
    tick(database, at=, through=)            decide and do what is due: each minute; on a manual clock to any moment
    finish_task(tx, id, values, outcome, version)   a person has done a task; its instance has gone on
    start, begin, startable, hold, end_hold, leave_out, take_in, retry      what people do beside tasks
    held, preview_handover, hand_over, undo_handover, handovers               a person leaves (theirs, handover)
    plan, ledger, calendar, proof, uncovered, listed, picture, at_node, done_since, of_record     what may be shown
    children, called_by                       who waits for whom, as far as the reader may know it
    watch, behind, write_log, try_again       how a process has run over a period; what is stuck tries again
    doctor                                                                    both laws, over all records
    delivery_guard, preview, preview_change                                   what others ask
    references, names, running, switch_off, marks, resume, supposing          what a publication asks
    foresee, migrate, undo_migration, migrations                              instances go to the version in force

Read in this order: definition, load, graph, publish; record (the select that statements join), nodes/ (one file per
kind), advance (the loop), stuck; occurrences and triggers (date decisions), react with changed, terms, edges, coverage;
holds; narrowed; nudges, heed (what instances tell each other); tick; plan, ledger, doctor; migrate, migrated; watch.
"""

from perennial.processes.approvals import door as approving
from perennial.processes.begun import Startable, begin, startable
from perennial.processes.by_hand import leave_out, start, take_in
from perennial.processes.calendar import calendar
from perennial.processes.calls import supposing
from perennial.processes.children import called_by, children
from perennial.processes.definition import Process
from perennial.processes.doctor import Finding, doctor
from perennial.processes.drain import drain
from perennial.processes.dump import dump
from perennial.processes.finish import finish_task
from perennial.processes.finish_set import finish_set
from perennial.processes.guard import delivery_guard
from perennial.processes.handover import Share, capacities, hand_over, handovers
from perennial.processes.handover import preview as preview_handover
from perennial.processes.handover import undo as undo_handover
from perennial.processes.holds import end_hold, hold, holding
from perennial.processes.hooks import addresses, knock
from perennial.processes.hooks import renew as renew_address
from perennial.processes.kept import Kept, kept, kept_tree
from perennial.processes.ledger import Proof, ledger, proof, uncovered
from perennial.processes.load import load
from perennial.processes.migrate import Own, foresee, migrate
from perennial.processes.migrated import migrations
from perennial.processes.migrated import undo as undo_migration
from perennial.processes.of_tasks import bases, finish_each, kinds_of, of_kinds
from perennial.processes.parties import parties
from perennial.processes.plan import plan
from perennial.processes.preview import preview, preview_change
from perennial.processes.problems import Drawn, problems
from perennial.processes.publish import asks, check, current, publish, publish_set
from perennial.processes.react import Reacted, react
from perennial.processes.references import names, references
from perennial.processes.required import told as required_now
from perennial.processes.seals import of_tasks as sealed_by
from perennial.processes.seals import sealed
from perennial.processes.states import at_node, done_since, listed, of_record, picture
from perennial.processes.stuck import retry
from perennial.processes.switch import Running, marks, resume, running, switch_off
from perennial.processes.theirs import Held, held, named
from perennial.processes.theirs import steps as steps_to_come
from perennial.processes.tick import Ticked, tick
from perennial.processes.trial import Choice, Walk, trial
from perennial.processes.watch import watch
from perennial.processes.watch_log import write_log
from perennial.processes.watch_records import behind
from perennial.processes.watch_retry import Retried, try_again
from perennial.processes.webhook_log import State as CallState
from perennial.processes.webhook_log import call_again, rule_call_again, rule_calls, signing
from perennial.processes.webhook_log import calls as webhook_calls
from perennial.processes.webhook_log import senders as webhook_senders
from perennial.processes.webhooks import send as send_webhooks
from perennial.processes.webhooks import sign

__all__ = [
    "CallState", "Choice", "Drawn", "Finding", "Held", "Kept", "Own", "Process", "Proof", "Reacted", "Retried",
    "Running", "Share", "Startable", "Ticked", "Walk", "addresses", "approving", "asks", "at_node", "bases", "begin",
    "behind", "calendar", "call_again", "called_by", "capacities", "check", "children", "current", "delivery_guard",
    "doctor", "done_since", "drain", "dump", "end_hold", "finish_each", "finish_set", "finish_task", "foresee",
    "hand_over", "handovers", "held", "hold", "holding", "kept", "kept_tree", "kinds_of", "knock", "leave_out",
    "ledger", "listed", "load", "marks", "migrate", "migrations", "named", "names", "of_kinds", "of_record", "parties",
    "picture", "plan", "preview", "preview_change", "preview_handover", "problems", "proof", "publish", "publish_set",
    "react", "references", "renew_address", "required_now", "resume", "retry", "rule_call_again", "rule_calls",
    "running", "sealed", "sealed_by", "send_webhooks", "sign", "signing", "start", "startable", "steps_to_come",
    "supposing", "switch_off", "take_in", "tick", "trial", "try_again", "uncovered", "undo_handover",
    "undo_migration", "watch", "webhook_calls", "webhook_senders", "write_log",
]  # fmt: skip
