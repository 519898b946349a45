"""A draft asked with values: its rows are written, PostgreSQL answers as it would, and nothing of it stays."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from psycopg import Rollback

from perennial.forms.decisions.cells import EPOCH, Unreadable, refuse, value
from perennial.forms.decisions.definition import Column, Decision, dump
from perennial.forms.decisions.places import interface
from perennial.forms.decisions.problems import Read, read
from perennial.forms.decisions.publishing import store
from perennial.formula import Deciding, DraftSource, Explained, FieldInfo, StaticScope, check, explain
from perennial.kernel import Tx


@dataclass(frozen=True, slots=True)
class Tried:
    """`rules`: rows that are hit, from 1; (0,) is the answer without a hit. `answers`: per output its value."""

    rules: tuple[int, ...]
    answers: tuple[Any, ...]


def attempt(tx: Tx, decision: Decision, texts: Mapping[str, str]) -> Tried:
    """What the table answers to these values, written as in a cell. Invalid for the first that cannot be read."""
    values = {column.key: _typed(column, texts.get(column.key, "")) for column in decision.inputs}
    fields = [FieldInfo(column.key, column.label, column.type) for column in decision.inputs]
    told: list[Explained | None] = []
    with tx.savepoint():
        scope = StaticScope("decision", fields, decisions=[written(tx, decision)])
        source = DraftSource(values, scope, lambda _: source.table)
        asked = ", ".join(f"[{column.key}]" for column in decision.inputs)
        told += [
            explain(check(f'DECIDE("{decision.key}.{output.key}", {asked})', scope), source, tx)
            for output in decision.outputs
        ]
        raise Rollback
    answers = tuple(None if one is None else one.value for one in told)
    return Tried(() if told[0] is None else told[0].rules, answers)


def written(tx: Tx, decision: Decision) -> Deciding:
    """The rows of a draft stand under a number of their own, for the length of a savepoint that the caller rolls back.
    Invalid for the first cell that cannot be read."""
    understood = read(decision)
    if not isinstance(understood, Read):
        raise understood[0]
    return interface(store(tx, decision, understood), dump(decision))


def _typed(column: Column, text: str) -> Any:
    try:
        found = value(text, column)
    except Unreadable as error:
        raise refuse(error, text, column, 0, column.key) from None
    if column.kind == "yes_no" and found is not None:
        return found == "true"
    if column.kind == "date" and isinstance(found, Decimal):
        return EPOCH + dt.timedelta(days=int(found))
    return found
