"""Statements that run thousands of times an hour: prepared on each connection, sent without a detour.

`prepare_threshold=None` guards against "cached plan must not change result type"; a statement here gives JSON and
counts, whose types no publication changes, and its text changes with the definitions. Constants of the query stand in
the text, so that a generic plan knows them; measured in docs/decisions/0005: half of PostgreSQL's work, a quarter of
ours. The wait happens inside libpq without the interpreter's lock.
"""

import datetime as dt
import itertools
import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg import pq, sql
from psycopg.errors import error_from_result

from perennial.kernel import Broken, Query, Tx

MOST_PREPARED = 100  # statements kept on one connection
_BIND = re.compile(r"%\((\w+)\)s|%%")
_OIDS: dict[type, int] = {int: 20, dt.date: 1082, dt.datetime: 1184, bool: 16, list: 1016}  # text: as its cast says
_numbers = itertools.count(1)
_prepared: "WeakKeyDictionary[psycopg.Connection[Any], OrderedDict[bytes, None]]" = WeakKeyDictionary()


@dataclass(slots=True)
class Statement:
    """`binds` in the order of $1, $2, …; `lasting`: worth being prepared once it was seen twice."""

    name: bytes
    text: bytes
    binds: tuple[str, ...]
    lasting: bool
    seen: int = field(default=0)


def statement(tx: Tx, query: Query, constants: Mapping[str, Any], *, lasting: bool = True) -> Statement:
    """`query` with what it knew when it was rendered, and `constants`, written into the text."""
    known = {**query.params, **constants}
    binds: list[str] = []

    def put(match: re.Match[str]) -> str:
        name = match[1]
        if name is None:
            return "%"
        if name in known:
            return sql.Literal(known[name]).as_string(tx.connection)
        if name not in binds:
            binds.append(name)
        return f"${binds.index(name) + 1}"

    text = _BIND.sub(put, query.text)
    return Statement(b"records_%d" % next(_numbers), text.encode(), tuple(binds), lasting)


def fetch(tx: Tx, wanted: Statement, values: Mapping[str, Any]) -> pq.abc.PGresult:
    """The result, rows as PostgreSQL's bytes."""
    connection = tx.connection.pgconn
    given = [values[name] for name in wanted.binds]
    texts: Any = [_text(value) for value in given]  # its annotation forgets None
    wanted.seen += 1
    if wanted.lasting and wanted.seen > 1:
        known = _prepared.get(tx.connection)
        if known is None:
            known = _prepared[tx.connection] = OrderedDict()
        if wanted.name in known:
            known.move_to_end(wanted.name)
        else:
            _raise(connection.prepare(wanted.name, wanted.text, [_oid(value) for value in given]))
            known[wanted.name] = None
            _forget(connection, known)
        found = connection.exec_prepared(wanted.name, texts)
    else:
        found = connection.exec_params(wanted.text, texts, [_oid(value) for value in given])
    _raise(found)
    return found


def _forget(connection: pq.abc.PGconn, known: "OrderedDict[bytes, None]") -> None:
    while len(known) > MOST_PREPARED:
        oldest, _ = known.popitem(last=False)
        _raise(connection.exec_(b"DEALLOCATE " + oldest))


def _raise(result: pq.abc.PGresult) -> None:
    if result.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
        raise error_from_result(result)


def _oid(value: Any) -> int:
    return _OIDS.get(type(value), 0)


def _text(value: Any) -> bytes | None:
    if value is None:
        return None
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bool):
        return b"t" if value else b"f"
    if isinstance(value, list | tuple):
        return b"{" + b",".join(b"%d" % one for one in value) + b"}"
    if isinstance(value, dt.date):  # a datetime too
        return value.isoformat().encode()
    if isinstance(value, int):
        return b"%d" % value
    raise Broken("records.bind", kind=type(value).__name__)
