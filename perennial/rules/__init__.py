"""Rules: what is watched over all records of a form, and what follows when it holds.

In:   definitions (when, condition, actions), changes of records, the clock
Out:  firings, each occasion of a record once; alerts; tasks, messages, record changes, wishes for processes

    load, dump, problems, publish, remove, current, references, names     definitions: YAML tree <-> Rule
    follow, due, next_moment, guard                              what processes, the tick and the delivery call
    alerts_of, alert, own, why, acknowledge, dismiss, reopen     what people see of alerts and do to them
    listed, kept, trial, retry                                   the rules, their versions, one tried on a record
    wishes, granted                                              processes that rules ask for
    backtest, backtest_figures                                   what a rule would have found over past weeks
    backlog, catch_up                                            for whom it holds already when it is switched on
    conflicts                                                    what it does to other rules and to processes

Read in this order: definition, load, publish, versions (which rule reads what), common, turns (what stands in one
statement), act and opened (what firings of several rules set off), arms (a rule in the statement of many), edges,
schedule, dated, engine. What processes read as well: reader, who, selects (the select that statements join), changed
(what was written, as sets), offsets, holding, locks, refusals.
"""

from perennial.rules import backtest, backtest_figures, conflicts, holding, offsets
from perennial.rules.alerts import acknowledge, dismiss
from perennial.rules.backlog import backlog, catch_up
from perennial.rules.backtest_thresholds import Threshold, thresholds
from perennial.rules.board import View, alert, listed, own, retry, why
from perennial.rules.board import alerts as alerts_of
from perennial.rules.changed import Group, affected, groups
from perennial.rules.decided import ALERT_OF, FIRING, audience_of
from perennial.rules.definition import Rule
from perennial.rules.engine import due, follow, guard, next_moment
from perennial.rules.kept import kept
from perennial.rules.kept_back import kept_back
from perennial.rules.load import dump, load
from perennial.rules.locks import alone
from perennial.rules.posting import postings, taken
from perennial.rules.publish import current, problems, publish, remove
from perennial.rules.reader import Reader, Tree
from perennial.rules.references import names, references
from perennial.rules.refusals import said, typed_at
from perennial.rules.reopen import reopen
from perennial.rules.selects import Wanted, reads, record, renamed, rendered, values
from perennial.rules.trial import Tried, trial
from perennial.rules.who import OWNER, WHO, Who, named, role_of, who_columns, whom
from perennial.rules.wishes import Wish, granted, wishes

__all__ = [
    "ALERT_OF",
    "FIRING",
    "OWNER",
    "WHO",
    "Group",
    "Reader",
    "Rule",
    "Threshold",
    "Tree",
    "Tried",
    "View",
    "Wanted",
    "Who",
    "Wish",
    "acknowledge",
    "affected",
    "alert",
    "alerts_of",
    "alone",
    "audience_of",
    "backlog",
    "backtest",
    "backtest_figures",
    "catch_up",
    "conflicts",
    "current",
    "dismiss",
    "due",
    "dump",
    "follow",
    "granted",
    "groups",
    "guard",
    "holding",
    "kept",
    "kept_back",
    "listed",
    "load",
    "named",
    "names",
    "next_moment",
    "offsets",
    "own",
    "postings",
    "problems",
    "publish",
    "reads",
    "record",
    "references",
    "remove",
    "renamed",
    "rendered",
    "reopen",
    "retry",
    "role_of",
    "said",
    "taken",
    "thresholds",
    "trial",
    "typed_at",
    "values",
    "who_columns",
    "whom",
    "why",
    "wishes",
]  # fmt: skip
