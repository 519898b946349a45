"""A rule over past weeks: how often it would have fired, for whom, and what became of them.

In:   a definition, published or not, perhaps a second one beside it; the log of changes, readings
Out:  rows of `rules.backtest*`; nothing else is written and no message leaves
Read in this order: backtest_look (what a rule would have read), backtest_fire and backtest_dates (when it would have
fired), backtest_fate (what became of the records), this (asked, queued, run), backtest_figures (as one reader sees it).
"""

import datetime as dt
from collections.abc import Callable, Sequence

from psycopg.types.json import Jsonb

from perennial.kernel import SYSTEM, Conflict, Database, Invalid, Missing, Reason, Row, Tx, defer, statements
from perennial.rules import backtest_fate
from perennial.rules.backtest_fate import Outcome
from perennial.rules.backtest_fire import fire
from perennial.rules.backtest_look import Look
from perennial.rules.common import facts, owner, responsible
from perennial.rules.definition import Rule, Task
from perennial.rules.load import dump, load
from perennial.rules.publish import wrong
from perennial.rules.reader import Tree
from perennial.rules.selects import Wanted
from perennial.rules.who import Who, named, role_of, who_columns

WEEKS, LONGEST_DAYS, MOST_VARIANTS = 26, 3 * 366, 2
HORIZON_DAYS = 180
_SQL = statements(__file__, "backtest.sql")


class GivenUp(Exception):
    """Somebody has cancelled it."""


def ask(
    tx: Tx, trees: Sequence[Tree], *, since: dt.date | None = None, until: dt.date | None = None,
    horizon_days: int = HORIZON_DAYS, anew: bool = False,
) -> int:  # fmt: skip
    """A backtest of one definition, or of two beside each other, is queued; its id. The same question of the same day
    is the same backtest, unless `anew`.

    since, until   the first and the last day; by default the 26 weeks up to yesterday
    errors         what loading and publishing a definition says; Invalid rules.backtest_days, rules.backtest_form
    """
    read = [load(tree) for tree in trees[:MOST_VARIANTS]]
    for rule in read:
        for problem in wrong(tx, rule):
            raise problem
        if rule.form != read[0].form:
            raise Invalid("rules.backtest_form", path="compare", form=read[0].form)
    last = until or tx.today - dt.timedelta(days=1)
    first = since or last - dt.timedelta(days=7 * WEEKS - 1)
    if not first <= last <= tx.today or (last - first).days >= LONGEST_DAYS or not 1 <= horizon_days <= LONGEST_DAYS:
        raise Invalid("rules.backtest_days", path="from", most=LONGEST_DAYS)
    given = {
        "rule": read[0].key, "form": read[0].form, "definitions": Jsonb([dump(rule) for rule in read]),
        "since": first, "until": last, "horizon": horizon_days,
        "outcome": Jsonb(backtest_fate.as_json(backtest_fate.usual(tx, read[0].form))),
    }  # fmt: skip
    known = None if anew else tx.value(_SQL["known"], {**given, "zone": tx.zone.key})
    if known is not None:
        return int(known)
    made = int(tx.value(_SQL["ask"], given))
    defer(tx, "rules.backtest", backtest_id=made)
    return made


def published(tx: Tx, key: str) -> Tree:
    """The definition in force, or switched off. errors: Missing rules.no_such_rule"""
    tree = tx.value(_SQL["published"], {"key": key})
    if tree is None:
        raise Missing("rules.no_such_rule", rule=key)
    return tree


def listed(tx: Tx, rule: str | None = None, limit: int = 20) -> list[Row]:
    """The last backtests, newest first."""
    return tx.rows(_SQL["listed"], {"rule": rule, "limit": limit})


def one(tx: Tx, backtest: int) -> Row:
    """errors: Missing rules.no_such_backtest"""
    row = tx.one(_SQL["one"], {"id": backtest})
    if row is None:
        raise Missing("rules.no_such_backtest", backtest=backtest)
    return row


def has(run: Row, variant: int) -> None:
    """errors: Missing rules.no_such_backtest"""
    if not 0 <= variant < len(run["definitions"]):
        raise Missing("rules.no_such_backtest", backtest=run["id"])


def cancel(tx: Tx, backtest: int) -> None:
    """It is given up where it is. errors: Missing rules.no_such_backtest, Conflict rules.backtest_over"""
    one(tx, backtest)
    if not tx.run(_SQL["cancel"], {"id": backtest}):
        raise Conflict("rules.backtest_over", backtest=backtest)


def unfinished(tx: Tx) -> list[int]:
    """Those that somebody asked for and that are not over: each must have a job."""
    return [row["id"] for row in tx.rows(_SQL["unfinished"])]


def run(database: Database, backtest: int) -> None:
    """Work off a queued backtest; one that fails says why, one that was interrupted starts anew."""
    with database.begin(SYSTEM, Reason("backtest")) as tx:
        row = tx.one(_SQL["begin"], {"id": backtest})
    if row is None:
        return

    def reached(share: float) -> None:
        with database.begin(SYSTEM, Reason("backtest")) as other:
            if not other.run(_SQL["reached"], {"id": backtest, "progress": int(share * 100)}):
                raise GivenUp

    try:
        with database.begin(SYSTEM, Reason("backtest")) as tx:
            _run(tx, row, reached)
    except GivenUp:
        return
    except BaseException as error:
        with database.begin(SYSTEM, Reason("backtest")) as tx:
            tx.run(_SQL["failed"], {"id": backtest, "problem": f"{type(error).__name__}: {error}"[:500]})
        raise


def _run(tx: Tx, row: Row, reached: Callable[[float], None]) -> None:
    rules = [load(tree) for tree in row["definitions"]]
    tx.run(_SQL["clear"], {"id": row["id"]})
    start = dt.datetime.combine(row["since_on"], dt.time(), tx.zone) - dt.timedelta(microseconds=1)
    end = dt.datetime.combine(row["until_on"] + dt.timedelta(days=1), dt.time(), tx.zone)
    look = Look(tx, start, min(end - dt.timedelta(microseconds=1), tx.now))
    for at, rule in enumerate(rules):
        fire(look, rule, lambda share, at=at: reached((at + share) / len(rules)))
        _keep(look, row["id"], at, rule)
        reached((at + 1) / len(rules) * 0.99)
    backtest_fate.keep(tx, row["id"], rules[0].form, [Outcome(**one) for one in row["outcome"]])
    tx.run(_SQL["done"], {"id": row["id"]})


def played(tx: Tx, rule: Rule, since: dt.datetime, until: dt.datetime) -> list[Row]:
    """Each firing, held or skipped occurrence and gap between two moments: record_id, at, step, outcome, reason, basis.
    Nothing is kept."""
    fire(Look(tx, since, until), rule, lambda _: None)
    return tx.rows(
        "SELECT f.rid AS record_id, f.now AS at, f.step, f.outcome, f.reason, f.basis FROM bt_fired f"
        " ORDER BY f.now, f.at, f.rid, f.step"
    )


def _keep(look: Look, backtest: int, at: int, rule: Rule) -> None:
    """The firings with what was read, whose the alert would have been, and whose the tasks."""
    tx = look.tx
    columns, pairs = facts(tx, rule, *(step.condition for step in rule.steps if step.condition))
    behind = owner(tx, rule)
    columns |= {"owner_id": Wanted(behind)} if behind else {}
    stands_in = "r.owner_id" if behind else "NULL::bigint"
    who = responsible(tx, rule)
    columns |= who_columns(who, "whose")
    tasks: dict[str, list[str]] = {}
    every = [(step, action) for step in rule.steps for action in step.actions]
    for n, (step, action) in enumerate(every):
        if isinstance(action, Task):
            columns |= who_columns(action.who, f"task_{n}")
            tasks.setdefault(step.key, []).append(_person(action.who, f"r.task_{n}", stands_in))
    cases = " ".join(f"WHEN '{key}' THEN ARRAY[{', '.join(found)}]::bigint[]" for key, found in tasks.items())
    query = look.read(rule.form, columns, "bt_fired")
    made = f"CASE f.step {cases} ELSE '{{}}' END" if cases else "'{}'"
    tx.run(
        "INSERT INTO rules.backtest_firing (backtest_id, variant, record_id, at, day, place, step, outcome, reason,"
        " severity, basis, facts, owner_id, tasks)"
        " SELECT %(backtest)s, %(variant)s, f.rid, f.now, f.today, greatest(f.at, %(base)s), f.step,"
        " f.outcome, f.reason, f.severity,"
        f" f.basis, {pairs}, {_person(who, 'r.whose', stands_in)},"
        f" CASE WHEN f.outcome IN ('fired', 'late') THEN {made} ELSE '{{}}' END"
        f" FROM bt_fired f JOIN (SELECT DISTINCT ON (r.rid, r.at, r.now) r.* FROM ({query.text}) r) r"
        " ON r.rid = f.rid AND r.at = f.at AND r.now = f.now",
        {**query.params, "backtest": backtest, "variant": at, "base": look.base},
    )


def _person(who: Who, column: str, behind: str) -> str:
    """SQL over `r`: who it is, by today's organisation; of a role with several holders nobody yet."""
    if who.kind == "role":
        held = f"tasks.holders({role_of(who)}, {behind})"
        return f"(CASE WHEN cardinality({held}) = 1 THEN ({held})[1] END)"
    return f"(SELECT x.person_id FROM tasks.resolve({named(who, column)}, {behind}, r.today) x)"
