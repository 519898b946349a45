import contextlib
import datetime as dt
import json
import threading
import time
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest

from perennial.kernel import (
    SYSTEM,
    Actor,
    Busy,
    Database,
    Invalid,
    Lookup,
    Missing,
    Reason,
    Tx,
    advance_clock,
    announce,
    make_clock_real,
    migrate,
    set_day,
    set_workspace,
    start_manual_clock,
    workspace,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def reason(tx: Tx) -> str:
    return json.loads(tx.value("SELECT current_setting('perennial.reason')"))["kind"]


def test_a_transaction_knows_its_moment_in_the_workspace_zone(tx: Tx) -> None:
    assert tx.today == dt.date(2026, 11, 21)
    assert tx.now.isoformat() == "2026-11-21T09:00:00+08:00"
    assert tx.value("SELECT kernel.today()") == tx.today
    assert tx.value("SELECT %(today)s::date") == tx.today


def test_the_block_commits_when_it_ends_and_rolls_back_when_it_raises(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        tx.run("CREATE TABLE t (n int)")
    for failing in ("SELECT 1/0", "SELECT * FROM nowhere"):
        with contextlib.suppress(psycopg.DataError, psycopg.ProgrammingError), database.begin(SYSTEM) as tx:
            tx.run("INSERT INTO t VALUES (1)")
            tx.run(failing)
    with contextlib.suppress(ZeroDivisionError), database.begin(SYSTEM) as tx:
        tx.run("INSERT INTO t VALUES (1)")
        raise ZeroDivisionError
    with database.begin(SYSTEM) as tx:
        assert tx.value("SELECT count(*) FROM t") == 0
        assert tx.connection.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
        assert tx.run("INSERT INTO t VALUES (1), (2)") == 2
    with database.begin(SYSTEM) as tx:
        assert tx.value("SELECT count(*) FROM t") == 2


def test_quotes_and_percent_signs_in_an_actors_name_stay_text(database: Database) -> None:
    with database.begin(Actor("person", 7, "O'Brien 100%s \\' ;")) as tx:
        assert json.loads(tx.value("SELECT current_setting('perennial.actor')"))["label"] == "O'Brien 100%s \\' ;"
        assert tx.value("SELECT current_setting('perennial.actor_id')") == "7"


def test_settings_of_one_transaction_are_gone_in_the_next_on_the_same_connection(url: str) -> None:
    database = Database(url, size=1)
    with database.begin(Actor("person", 7, "a"), Reason("import")):
        pass
    with database.connection() as connection:
        row = connection.execute("SELECT current_setting('perennial.actor', true) AS actor").fetchone()
        assert row == {"actor": ""}
    database.close()


def test_because_is_over_after_its_block_even_when_the_block_raised(tx: Tx) -> None:
    before = reason(tx)
    with tx.because(Reason("import")):
        assert reason(tx) == "import"
        with tx.because(Reason("process")):
            assert reason(tx) == "process"
        assert reason(tx) == "import"
    with pytest.raises(Invalid), tx.because(Reason("undo")):
        raise Invalid("x.y")
    assert reason(tx) == before
    with pytest.raises(psycopg.errors.DivisionByZero), tx.savepoint(), tx.because(Reason("undo")):
        tx.run("SELECT 1/0")
    assert reason(tx) == before
    with pytest.raises(psycopg.errors.DivisionByZero), tx.because(Reason("undo")), tx.savepoint():
        tx.run("SELECT 1/0")
    assert reason(tx) == before


def test_after_commit_runs_only_when_there_was_a_commit(database: Database) -> None:
    done: list[str] = []
    with database.begin(SYSTEM) as tx:
        tx.after_commit(lambda: done.append("committed"))
        assert done == []
    with contextlib.suppress(ZeroDivisionError), database.begin(SYSTEM) as tx:
        tx.after_commit(lambda: done.append("never"))
        raise ZeroDivisionError
    assert done == ["committed"]


def test_a_deadlock_repeats_the_whole_transaction_of_the_loser(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        tx.run("CREATE TABLE t (id int, n int); ")
        tx.run("INSERT INTO t VALUES (1, 0), (2, 0)")
    meet = threading.Barrier(2, timeout=10)
    met: list[int] = []

    def both(first: int, second: int) -> None:
        def act(tx: Tx) -> None:
            tx.run("UPDATE t SET n = n + 1 WHERE id = %(id)s", {"id": first})
            if first not in met:
                met.append(first)
                meet.wait()
            tx.run("UPDATE t SET n = n + 1 WHERE id = %(id)s", {"id": second})

        database.run(SYSTEM, act)

    threads = [threading.Thread(target=both, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.begin(SYSTEM) as tx:
        assert [row["n"] for row in tx.rows("SELECT n FROM t")] == [2, 2]


def test_waiting_too_long_for_a_lock_ends_as_busy(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        tx.lock("the same")
        with database.begin(SYSTEM) as other:
            assert not other.try_lock("the same")
            assert other.try_lock("another")
        with pytest.raises(psycopg.errors.LockNotAvailable), database.begin(SYSTEM, lock_timeout_ms=20) as other:
            other.lock("the same")


def test_connections_lost_while_idle_are_replaced_unseen(database: Database, url: str) -> None:
    with database.begin(SYSTEM), database.begin(SYSTEM), database.begin(SYSTEM):
        pass
    with psycopg.connect(url, autocommit=True) as killer:
        killer.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    with database.begin(SYSTEM) as tx, database.begin(SYSTEM):
        assert tx.value("SELECT 1") == 1


def test_a_database_that_is_away_is_busy_and_not_a_stack_trace(
    database: Database, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("perennial.kernel.database.AWAY_SECONDS", 0.2)
    with database.begin(SYSTEM):
        pass
    name = url.rpartition("=")[2]
    with psycopg.connect(url.replace(name, "postgres"), autocommit=True) as other:
        other.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        try:
            other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            with pytest.raises(Busy) as caught, database.begin(SYSTEM):
                pass
            assert caught.value.code == "kernel.database_away"
        finally:
            other.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    monkeypatch.undo()
    with database.begin(SYSTEM) as tx:
        assert tx.value("SELECT 1") == 1


def test_many_wakes_become_few_notifications(database: Database, url: str) -> None:
    with psycopg.connect(url, autocommit=True) as listener:
        listener.execute("LISTEN perennial_changes")
        for _ in range(500):
            database.notify_soon()
        heard = len(list(listener.notifies(timeout=0.5)))
    assert 1 <= heard <= 5


def test_a_listener_wakes_soon_after_a_commit_and_else_after_its_time(database: Database) -> None:
    with database.listening() as wait:
        assert not wait(0.05)
        with database.begin(SYSTEM) as tx:
            tx.after_commit(database.notify_soon)
        since = time.monotonic()
        assert wait(5)
        assert time.monotonic() - since < 1


# --- clock and workspace


def test_a_manual_clock_goes_forward_only(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        advance_clock(tx, at("2026-12-31 23:59"))
        assert tx.today == dt.date(2026, 11, 21)
    with database.begin(SYSTEM) as tx:
        assert tx.now == at("2026-12-31 23:59")
        with pytest.raises(Invalid) as caught:
            advance_clock(tx, dt.datetime.fromisoformat("2026-12-31 23:58"))
    assert (caught.value.code, caught.value.facts) == (
        "kernel.clock_back",
        {"to": "2026-12-31 23:58", "now": "2026-12-31 23:59"},
    )


def test_a_manual_clock_becomes_real_once_and_not_while_it_is_ahead(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        tx.run("UPDATE kernel.workspace SET clock_at = now() + interval '1 hour'")
        with pytest.raises(Invalid, match=r"kernel\.clock_ahead"):
            make_clock_real(tx)
        tx.run("UPDATE kernel.workspace SET clock_at = now() - interval '1 hour'")
        make_clock_real(tx)
    with database.begin(SYSTEM) as tx:
        assert not workspace(tx).manual
        assert abs((tx.value("SELECT clock_timestamp()") - tx.now).total_seconds()) < 5
        with pytest.raises(Invalid, match=r"kernel\.clock_is_real"):
            make_clock_real(tx)
        with pytest.raises(Invalid, match=r"kernel\.clock_is_real"):
            advance_clock(tx, at("2099-01-01 00:00"))
        with pytest.raises(Invalid, match=r"kernel\.clock_already_set"):
            start_manual_clock(tx, "demo", at("2025-11-21 09:00"))


def test_a_real_clock_never_falls_behind_its_floor(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        tx.run("UPDATE kernel.workspace SET clock_kind = 'real', clock_at = '2099-01-01 00:00+08'")
    with database.begin(SYSTEM) as tx:
        assert tx.now == at("2099-01-01 00:00")


def test_a_new_workspace_may_start_on_a_manual_clock_in_the_past(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        tx.run("UPDATE kernel.workspace SET kind = 'real', clock_kind = 'real', clock_at = '-infinity'")
    with database.begin(SYSTEM) as tx:
        start_manual_clock(tx, "demo", dt.datetime.fromisoformat("2025-11-21 09:00"))
        set_workspace(tx, name="常青示例")
    with database.begin(SYSTEM) as tx:
        found = workspace(tx)
        assert (found.name, found.kind, found.manual, found.now) == ("常青示例", "demo", True, at("2025-11-21 09:00"))


def test_midnight_follows_the_workspaces_zone(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        with pytest.raises(Invalid, match=r"kernel\.unknown_zone"):
            set_workspace(tx, zone="Asia/Shanghigh")
        advance_clock(tx, at("2026-11-22 00:30"))
        set_workspace(tx, zone="Europe/Berlin")
    with database.begin(SYSTEM) as tx:
        assert tx.today == dt.date(2026, 11, 21)
        assert tx.value("SELECT kernel.today()") == dt.date(2026, 11, 21)


# --- working days


@pytest.mark.parametrize(
    ("year", "days"), [(2020, 249), (2021, 250), (2022, 249), (2023, 249), (2024, 251), (2025, 248)]
)
def test_published_years_have_their_working_days(tx: Tx, year: int, days: int) -> None:
    between = {"first": dt.date(year, 1, 1), "last": dt.date(year, 12, 31)}
    assert tx.value("SELECT kernel.workdays_between(%(first)s, %(last)s)", between) == days


@pytest.mark.parametrize("year", range(2020, 2026))
def test_every_day_of_a_published_year_is_as_announced(tx: Tx, year: int) -> None:
    golden = json.loads((Path(__file__).parents[1] / "golden" / "calendar.json").read_text(encoding="utf-8"))
    said = {dt.date.fromisoformat(day): not off for day, off in golden["days"].items()}
    rows = tx.rows(
        "SELECT d::date AS day, kernel.is_workday(d::date) AS works"
        " FROM generate_series(%(first)s::date, %(last)s::date, '1 day') d",
        {"first": dt.date(year, 1, 1), "last": dt.date(year, 12, 31)},
    )
    assert len(rows) in (365, 366)
    assert [row for row in rows if row["works"] != said.get(row["day"], row["day"].weekday() < 5)] == []


def test_workday_offset_agrees_with_counting_day_by_day(tx: Tx) -> None:
    # every day of three years as a start, against a count of single days
    wrong = tx.rows(
        """
        WITH numbered AS (
                 SELECT d::date AS day, row_number() OVER (ORDER BY d) AS n
                   FROM generate_series('2023-06-01'::date, '2027-12-31', '1 day') d
                   LEFT JOIN kernel.calendar c ON c.day = d
                  WHERE kind = 'workday' OR kind IS NULL AND extract(isodow FROM d) < 6),
             asked AS (SELECT d::date AS start, o AS days
                         FROM generate_series('2024-01-01'::date, '2026-12-31', '1 day') d,
                              unnest(ARRAY[-30, -6, -2, -1, 0, 1, 2, 3, 7, 30]) o)
        SELECT start, days, expected, kernel.workday_offset(start, days) AS got
          FROM asked, LATERAL (SELECT CASE WHEN days = 0 THEN start
               WHEN days > 0 THEN (SELECT day FROM numbered WHERE n = days
                   + coalesce((SELECT max(n) FROM numbered WHERE day <= start), 0))
               ELSE (SELECT day FROM numbered WHERE n = days
                   + (SELECT min(n) FROM numbered WHERE day >= start)) END AS expected) e
         WHERE kernel.workday_offset(start, days) IS DISTINCT FROM expected
    """
    )
    assert wrong == []


def test_workdays_are_counted_like_networkdays(tx: Tx) -> None:
    def between(first: str, last: str) -> int:
        return tx.value("SELECT kernel.workdays_between(%(a)s::date, %(b)s::date)", {"a": first, "b": last})

    # by hand: 2026-11-20 is a Friday
    assert between("2026-11-20", "2026-11-20") == 1
    assert between("2026-11-21", "2026-11-22") == 0
    assert between("2026-11-20", "2026-11-23") == 2
    assert between("2026-11-23", "2026-11-20") == -2
    assert between("2026-11-22", "2026-11-21") == 0
    # the week of the National Day of 2026 is off, 2026-10-10 is worked for it
    assert between("2026-10-01", "2026-10-07") == 0
    assert between("2026-10-08", "2026-10-10") == 3


def test_working_days_never_raise(tx: Tx) -> None:
    dates = ["-infinity", "infinity", "4713-01-01 BC", "0001-01-01", "9999-12-31", "5874897-12-31", "1900-01-01"]
    called = tx.value(
        "SELECT count((kernel.workday_offset(d, n), kernel.workdays_between(d, e), kernel.is_workday(d),"
        " kernel.calendar_provisional(d)))"
        " FROM unnest(%(dates)s::date[]) d, unnest(%(dates)s::date[]) e,"
        " unnest(ARRAY[-2147483648, -400000, -1, 0, 1, 400000, 2147483647]) n",
        {"dates": dates},
    )
    assert called == 7 * 7 * 7
    assert tx.value("SELECT kernel.workday_offset(NULL, 1)") is None
    assert tx.value("SELECT kernel.workday_offset('9999-12-31'::date, 1)") is None


def test_a_year_not_announced_is_provisional_and_counts_monday_to_friday(tx: Tx) -> None:
    assert tx.value("SELECT kernel.calendar_provisional('2027-05-01'::date)") is True
    assert tx.value("SELECT kernel.calendar_provisional('2026-05-01'::date)") is False
    assert tx.value("SELECT kernel.workdays_between('2027-01-01'::date, '2027-12-31'::date)") == 261
    announce(tx, 2027)
    assert tx.value("SELECT kernel.calendar_provisional('2027-05-01'::date)") is False


def test_an_edited_day_counts_at_once_and_survives_a_new_fill(database: Database, url: str) -> None:
    friday = {"a": dt.date(2026, 11, 20), "b": dt.date(2026, 11, 22)}
    count = "SELECT kernel.workdays_between(%(a)s, %(b)s)"
    with database.begin(SYSTEM) as tx:
        assert tx.value(count, friday) == 1
        set_day(tx, dt.date(2026, 11, 20), "holiday", "公司日")
        set_day(tx, dt.date(2026, 11, 21), "workday")
        set_day(tx, dt.date(2026, 11, 22), "workday")
        assert tx.value(count, friday) == 2
        assert tx.value("SELECT kernel.workday_offset('2026-11-19'::date, 1)") == dt.date(2026, 11, 21)
        tx.run("""UPDATE kernel.workspace SET settings = settings || '{"calendar": "older"}'""")
    migrate(url)
    with database.begin(SYSTEM) as tx:
        assert tx.value(count, friday) == 2
        set_day(tx, dt.date(2026, 11, 20), None)
        set_day(tx, dt.date(2026, 11, 22), None)
        assert tx.value(count, friday) == 2
        with pytest.raises(Invalid, match=r"kernel\.calendar_day"):
            set_day(tx, dt.date(9999, 1, 1), "holiday")


def test_a_hundred_thousand_working_days_are_found_in_a_second(tx: Tx) -> None:
    since = time.monotonic()
    tx.value(
        "SELECT count(kernel.workday_offset(date '2020-01-01' + (n %% 2500), n %% 60))"
        " FROM generate_series(1, 100000) n"
    )
    assert time.monotonic() - since < 1.5


def test_who_acts_may_be_looked_up_while_the_transaction_begins(database: Database) -> None:
    sql = "SELECT 'person' AS kind, n AS id, 'anna' AS label, c.at AS seen FROM generate_series(1, 9) n WHERE n = %(n)s"
    with database.begin(Lookup(sql, {"n": 7})) as tx:
        assert tx.actor == Actor("person", 7, "anna")
        assert tx.entered["seen"] == tx.now
        assert tx.value("SELECT current_setting('perennial.actor_id')") == "7"
        assert reason(tx) == "user"
    with pytest.raises(Missing, match=r"kernel\.nobody"), database.begin(Lookup(sql, {"n": 70})):
        pass
    with database.begin(SYSTEM) as tx:
        assert tx.actor == SYSTEM
