"""Reading the past gives what stood there: random edits, remembered states, the sealer at random moments."""

import os
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perennial import changes
from perennial.kernel import SYSTEM, Actor, Database, Tx
from tests.builders import at, form, install, run

DEAL = form("deal", "name: text", "amount: money", "due: date", "done: yes_no", "tags: multi_select", "at: datetime")
COLUMNS = ["id", "version", "created_by", "updated_at", "updated_by", "deleted_at",
           "name", "amount", "due", "done", "tags", "at"]  # fmt: skip
RECORDS = 4
EXAMPLES = 300 if os.environ.get("PERENNIAL_SOAK") else 60
met: Counter[str] = Counter()  # how many interesting cases the run saw

values = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from([None, "甲", "b\"'%", "c"]),
        "amount": st.sampled_from([None, "0.10", "99999999999999999999.99", "-5"]),
        "due": st.sampled_from([None, "1900-01-01", "2026-12-01"]),
        "done": st.sampled_from([None, True, False]),
        "tags": st.sampled_from([None, ["x"], ["x", 'y,"z']]),
        "at": st.sampled_from([None, "2026-12-01 10:00:00.123456+08"]),
    },
)
record = st.integers(1, RECORDS)
act = st.one_of(
    st.tuples(st.just("create"), record, values),
    st.tuples(st.just("update"), record, values),
    st.tuples(st.just("bin"), record, st.none()),
    st.tuples(st.just("restore"), record, st.none()),
    st.tuples(st.just("remove"), record, st.none()),
    st.tuples(st.just("seal"), record, st.none()),
    st.tuples(st.just("minute"), record, st.none()),
)


def perform(database: Database, kind: str, record_id: int, given_: dict[str, Any] | None) -> None:
    """One act, in a transaction of its own; an act on a record that is not there does nothing."""
    with database.begin(Actor("person", record_id * 10, "p")) as tx:
        touch = "version = version + 1, updated_at = kernel.now(), updated_by = %(me)s"
        match kind:
            case "create":
                columns = ["id", *(given_ or {})]
                run(
                    tx,
                    f"INSERT INTO data.deal ({', '.join(columns)}) VALUES ({', '.join(f'%({c})s' for c in columns)})"
                    " ON CONFLICT (id) DO NOTHING",
                    {"id": record_id, **(given_ or {})},
                )
            case "update" if given_:
                sets = ", ".join(f"{key} = %({key})s" for key in given_)
                differ = " OR ".join(f"{key} IS DISTINCT FROM %({key})s" for key in given_)
                sets, differ = typed(sets), typed(differ)
                run(
                    tx,
                    f"UPDATE data.deal SET {sets}, {touch} WHERE id = %(id)s AND ({differ})",
                    {"id": record_id, **given_},
                )
            case "bin" | "restore":
                to = "%(now)s" if kind == "bin" else "NULL"
                unlike = "IS NULL" if kind == "bin" else "IS NOT NULL"
                run(
                    tx,
                    f"UPDATE data.deal SET deleted_at = {to}, {touch} WHERE id = %(id)s AND deleted_at {unlike}",
                    {"id": record_id},
                )
            case "remove":
                run(tx, "DELETE FROM data.deal WHERE id = %(id)s", {"id": record_id})
            case "minute":
                run(tx, "UPDATE kernel.workspace SET clock_at = clock_at + interval '7 hours'")
            case _:
                pass


CASTS = {"amount": "numeric", "due": "date", "done": "boolean", "tags": "text[]", "at": "timestamptz", "name": "text"}


def typed(sql: str) -> str:
    for key, cast in CASTS.items():
        sql = sql.replace(f"%({key})s", f"%({key})s::{cast}")
    return sql


def state(tx: Tx, source: str) -> list[dict[str, Any]]:
    return tx.rows(f"SELECT {', '.join(COLUMNS)} FROM {source} d ORDER BY id")


@pytest.fixture
def prepared(database: Database) -> Database:
    with database.begin(SYSTEM) as tx:
        install(tx, DEAL)
    return database


def test_as_of_equals_the_remembered_state(prepared: Database) -> None:
    met.clear()
    replay(prepared)
    print(dict(met))
    assert met["another state"] >= 20 and met["removed since"] >= 3 and met["created since"] >= 10


@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
@given(acts=st.lists(act, min_size=8, max_size=30))
def replay(prepared: Database, acts: list[tuple[str, int, Any]]) -> None:
    with prepared.begin(SYSTEM) as tx:
        reset(tx)
    remembered: dict[int, list[dict[str, Any]]] = {}
    for kind, record_id, given_ in [*acts, ("seal", 1, None)]:
        perform(prepared, kind, record_id, given_)
        if kind != "seal":
            continue
        changes.seal(prepared)
        with prepared.begin(SYSTEM) as tx:
            head = changes.current_head(tx)
            remembered[head.number if head else 0] = state(tx, at(tx, "data.deal"))
    for kind, record_id, given_ in acts[::-1]:  # and once more, without a seal
        perform(prepared, kind, record_id, given_)
    with prepared.begin(SYSTEM) as tx:
        form_id = tx.value("SELECT id FROM forms.form WHERE key = 'deal'")
        for batch, then in remembered.items():
            sql = changes.as_of(at(tx, "data.deal"), form_id, COLUMNS, batch)
            assert state(tx, f"({sql.replace('%', '%%')})") == then
            now = state(tx, at(tx, "data.deal"))
            met["another state"] += then != now
            met["removed since"] += len({row["id"] for row in then} - {row["id"] for row in now})
            met["created since"] += len({row["id"] for row in now} - {row["id"] for row in then})
        assert changes.verify(tx) is None


def reset(tx: Tx) -> None:
    """Empty tables are quicker than another database; the log is switched off for it."""
    for statement in (
        "ALTER TABLE data.deal DISABLE TRIGGER USER",
        "DELETE FROM data.deal",
        "ALTER TABLE data.deal ENABLE TRIGGER USER",
        "TRUNCATE changes.transaction, changes.change, changes.reaction, changes.batch",
    ):
        run(tx, statement)
