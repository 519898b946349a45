"""Indexes follow use: which, when, how many, and what people decide; search is right while one is missing."""

import json
import threading
from collections.abc import Sequence

import psycopg
import pytest
from builders import at, install_shipped
from builders_records import customer
from test_search_all import found
from web_client import PASSWORD, logged_in

from perennial import access, apps, forms, people, records
from perennial.kernel import SYSTEM, Database, Tx
from perennial.records import Query, index_keys, indexes, questions
from perennial.records.search import missing, search_indexes
from tests.error_codes import refused


def keys(tx: Tx, filter: str | None, *sort: str, group: str | None = None) -> tuple[str, ...]:
    order = [(path.removeprefix("-"), path.startswith("-")) for path in sort]
    return index_keys.keys_of(tx, "contract", filter, order, group)


@pytest.mark.parametrize(
    ("filter", "sort", "expected"),
    [
        ('AND(status = "pending", end_date >= TODAY())', ("end_date",), ("status", "end_date")),
        ('AND(end_date >= TODAY(), "pending" = status)', (), ("status", "end_date")),
        ('status = "pending"', ("-amount",), ("status", "amount")),
        ('AND(status = "lost", owner = 7)', ("end_date", "amount"), ("status", "owner", "end_date", "amount")),
        ("owner = ME()", ("-end_date", "amount"), ("owner", "end_date")),  # blanks: no index has both orders
        (None, ("status",), ("order:status",)),
        ('OR(status = "lost", amount > 5)', (), ()),
        ("open", (), ()),
        ("owner = ME()", (), ()),  # a person's field has its index
        ("days_left < 30", (), ()),  # of another day tomorrow
        ('customer.tier = "a"', ("customer",), ()),  # another form's
        (None, ("number",), ()),  # unique, so ordered already
        (None, ("next_start",), ("order:next_start",)),  # computed from its own row
    ],
)
@pytest.mark.usefixtures("renewal")
def test_the_index_of_a_list_holds_what_is_equal_then_its_order(
    tx: Tx, filter: str | None, sort: Sequence[str], expected: tuple[str, ...]
) -> None:
    assert keys(tx, filter, *sort) == expected


@pytest.mark.usefixtures("renewal")
def test_a_board_wants_its_columns_and_a_calendar_its_days(tx: Tx) -> None:
    assert keys(tx, None, "amount", group="status") == ("status", "amount")
    assert keys(tx, "owner = ME()", group="end_date") == ("owner", "end_date")


def filled(database: Database, rows: int = 400) -> None:
    """The renewal app with contracts of one customer."""
    install_shipped(database)
    with database.begin(SYSTEM) as tx:
        one = customer(tx, name="厦门屿岸")
        tx.run(
            f"INSERT INTO {at(tx, 'data.contract')} (customer, number, amount, start_date, end_date, status)"
            " SELECT %(one)s, 'B-' || n, n, '2026-01-01', date '2026-01-01' + n, 'pending'"
            " FROM generate_series(1, %(rows)s) n",
            {"one": one, "rows": rows},
        )
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("ANALYZE")


def standing(database: Database) -> dict[tuple[str, ...], str]:
    with database.begin(SYSTEM) as tx:
        found = records.standing.overview(tx, apps.watched(tx)).indexes
    return {tuple(one.keys): one.state for one in found if one.form == "contract" and one.name.startswith("use_")}


@pytest.fixture
def low(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forms of 400 rows are long ones."""
    monkeypatch.setattr(indexes, "LEAST_ROWS", 100)
    monkeypatch.setattr(indexes, "AT_ONCE_ROWS", 100)


VIEW = {"kind": "table", "filter": 'status = "pending"', "sort": [{"field": "amount"}]}
PENDING = ("status", "amount")
FULL = "「续费合同」已有 1 个加速索引。每多一个，每次保存就慢一点：请先去掉一个用不上的"


def test_a_view_and_a_trigger_get_their_index_and_the_page_uses_it(database: Database, low: None) -> None:
    filled(database, 3000)
    assert standing(database) == {("end_date",): "waiting"}  # the renewal process looks for ends
    with database.begin(SYSTEM) as tx:
        records.save_view(tx, "contract", "待续费", VIEW)
    assert len(apps.build_indexes(database)) == 2
    assert standing(database) == {("end_date",): "ready", PENDING: "ready"}
    assert apps.build_indexes(database) == []  # a second time changes nothing
    with database.begin(SYSTEM) as tx:
        table = at(tx, "data.contract")
        asked = f"SELECT id FROM {table} WHERE deleted_at IS NULL AND status = 'lost' ORDER BY amount, id LIMIT 50"
        plan = "\n".join(row["QUERY PLAN"] for row in tx.rows(f"EXPLAIN {asked}"))
    assert "Index Scan using use_" in plan or "Index Only Scan using use_" in plan
    assert "Sort" not in plan


def test_a_short_form_gets_none_and_a_long_one_at_most_so_many(
    database: Database, low: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(database, 50)
    with database.begin(SYSTEM) as tx:
        records.save_view(tx, "contract", "待续费", VIEW)
    assert apps.build_indexes(database) == []
    assert standing(database)[PENDING] == "short"
    monkeypatch.setattr(indexes, "LEAST_ROWS", 10)
    monkeypatch.setattr(indexes, "MOST", 1)
    assert len(apps.build_indexes(database)) == 1
    assert standing(database) == {("end_date",): "ready", PENDING: "full"}
    with database.begin(SYSTEM) as tx, refused("records.too_many_indexes", FULL):
        records.standing.ask_for(tx, "contract", PENDING, apps.watched(tx))
    with database.begin(SYSTEM) as tx:  # what a person lets go leaves room
        records.standing.let_go(tx, index_keys.index_of(tx, "contract", ("end_date",)).name)
    assert len(apps.build_indexes(database)) == 1
    assert standing(database) == {("end_date",): "dropped", PENDING: "ready"}


def test_a_broken_build_is_dropped_and_built_again(database: Database, low: None) -> None:
    filled(database)
    apps.build_indexes(database)
    with database.begin(SYSTEM) as tx:
        name = index_keys.index_of(tx, "contract", ("end_date",)).name
        definition = index_keys.index_of(tx, "contract", ("number",))
        table = definition.table
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(f'DROP INDEX data."{name}"'.encode())
        with pytest.raises(psycopg.errors.UniqueViolation):  # what it leaves behind is not valid
            connection.execute(f'CREATE UNIQUE INDEX CONCURRENTLY "{name}" ON {table} (status)'.encode())
    assert standing(database)[("end_date",)] == "waiting"
    assert apps.build_indexes(database) == [name]
    assert standing(database)[("end_date",)] == "ready"


def test_what_is_let_go_stays_away_until_it_is_asked_for(database: Database, low: None) -> None:
    filled(database)
    name = apps.build_indexes(database)[0]
    with database.begin(SYSTEM) as tx:
        people.create(tx, "lin", "林", password=PASSWORD, roles=["business_admin"])
        people.create(tx, "lu", "陆", password=PASSWORD, roles=["sales"])
    with logged_in(database, "lin") as client:
        assert client.post(f"/api/database/indexes/{name}/drop").status_code == 204
        assert standing(database)[("end_date",)] == "dropping"
        assert apps.build_indexes(database) == []
        assert standing(database)[("end_date",)] == "dropped"
        shown = client.get("/api/database").json()
        mine = next(one for one in shown["indexes"] if one["name"] == name)
        assert (mine["keys"], mine["state"], mine["size"]) == (["end_date"], "dropped", 0)
        assert mine["reasons"][0]["why"] == "trigger"
        assert {one["form"] for one in shown["tables"]} >= {"contract", "customer"}
        assert client.post(f"/api/database/indexes/{name}/build").status_code == 204
        assert apps.build_indexes(database) == [name]
        for path in ("indexes/use_0/drop", "indexes/use_0/build", "questions/0/build"):
            reply = client.post(f"/api/database/{path}")
            assert (reply.status_code, reply.json()["error"]["code"]) == (404, "records.no_such_index"), path
    with logged_in(database, "lu") as client:
        assert client.get("/api/database").status_code == 403
        assert client.post(f"/api/database/indexes/{name}/drop").status_code == 403


def test_a_slow_page_is_noted_without_its_values_and_its_index_is_one_click(
    database: Database, low: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(database)
    monkeypatch.setattr(questions, "SLOW_MS", 0)
    asked = Query(filter='AND(status = "pending", amount > 123)', sort=(("amount", True),), columns=("number",))
    with database.begin(SYSTEM) as tx:
        for _ in range(3):
            records.page(tx, "contract", asked)
        (one,) = questions.slow(tx)
        assert (one.form, one.reads, one.sort, one.keys, one.count) == (
            "contract", ["amount", "status"], ["-amount"], ["status", "amount"], 3)  # fmt: skip
        assert "123" not in json.dumps(tx.rows("SELECT * FROM records.question"), default=str)
        records.standing.answer(tx, one.shape, apps.watched(tx))
        assert questions.slow(tx) == []
    assert len(apps.build_indexes(database)) == 2
    assert standing(database)[PENDING] == "ready"
    with database.begin(SYSTEM) as tx:
        monkeypatch.setattr(questions, "MOST", 5)
        for at_ in range(9):
            records.page(
                tx,
                "contract",
                Query(sort=(("amount", at_ > 4),), filter=f'{"note" if at_ % 2 else "number"} <> "x"', limit=1),
            )
        assert len(questions.slow(tx)) == 4
        for field in ("renewed_amount", "forecast_amount", "notice_days", "lost_on"):
            records.page(tx, "contract", Query(sort=((field, False),)))
        assert len(questions.slow(tx)) == 5


def test_a_new_text_of_a_long_form_is_searched_at_once_and_indexed_by_the_job(database: Database, low: None) -> None:
    filled(database)
    with database.begin(SYSTEM) as tx:
        assert missing(tx) == frozenset()
        shown = forms.dump(forms.catalog(tx).form("contract"))
        shown["fields"].append({"key": "alias", "label": "别名", "kind": "text"})
        plan = apps.propose(tx, [apps.Change("form", "contract", shown)])
        apps.publish(tx, plan)
        assert missing(tx) == {("contract", "search")}
        assert (
            tx.value("SELECT count(*) FROM procrastinate.procrastinate_jobs WHERE task_name = 'records.indexes'") == 1
        )
        one = records.create(tx, "contract", {"customer": 1, "number": "B-9999", "alias": "青苹果",
                                              "start_date": "2026-01-01", "end_date": "2026-12-31"})  # fmt: skip
    for built in (0, 1):
        with database.begin(SYSTEM) as tx:
            for text in ("青苹果", "苹果", "b9999"):
                assert ("contract", one) in found(tx, text), (built, text)
            page = json.loads(records.page(tx, "contract", Query(search="苹果", columns=("number",))))
            assert [row["id"] for row in page["rows"]] == [one]
            grant = {"rows": "all", "rights": ["read"], "fields": {"*": "read", "alias": "hidden"}}
            access.publish(tx, [access.load({"role": "partly", "label": "部分", "forms": {"contract": grant}})])
            reader = people.create(tx, f"p{built}", "部", roles=["partly"])
            with access.seeing_as(tx, reader):
                assert found(tx, "苹果") == []
        if not built:
            apps.build_indexes(database)
            with database.begin(SYSTEM) as tx:
                assert missing(tx) == frozenset()
                table = at(tx, "data.contract").partition(".")[2].strip('"')
                counted = "SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'search%%' AND tablename = %(table)s"
                assert tx.value(counted, {"table": table}) == 1


@pytest.mark.usefixtures("renewal")
def test_a_field_that_only_moves_leaves_the_indexes_of_the_search_as_they_are(tx: Tx) -> None:
    stood = [one.name for one in search_indexes(tx, "customer").values()]
    shown = forms.dump(forms.catalog(tx).form("customer"))
    apps.publish(tx, apps.propose(tx, [apps.Change("form", "customer", {**shown, "fields": shown["fields"][::-1]})]))
    assert [one.key for one in forms.catalog(tx).form("customer").fields] == [one["key"] for one in shown["fields"]][
        ::-1
    ]
    assert [one.name for one in search_indexes(tx, "customer").values()] == stood


def test_a_publication_stops_a_build_that_holds_its_lock(database: Database) -> None:
    install_shipped(database)
    with psycopg.connect(database.url, autocommit=True) as builder:
        builder.execute("SELECT pg_advisory_lock(%s, %s)", indexes._LOCK)
        ended: list[bool] = []

        def wait() -> None:
            try:
                builder.execute("SELECT pg_sleep(20)")
            except psycopg.errors.QueryCanceled:
                ended.append(True)

        thread = threading.Thread(target=wait)
        thread.start()
        with database.begin(SYSTEM) as tx:
            for _ in range(50):
                if (
                    tx.value(
                        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%%pg_sleep(20)%%' AND state = 'active'"
                    )
                    > 1
                ):
                    break
                tx.run("SELECT pg_sleep(0.05)")
            records.stop_builds(tx)
        thread.join(5)
        assert ended == [True]


def test_no_index_holds_a_text_that_may_be_longer_than_its_entry(database: Database, low: None) -> None:
    filled(database)
    with database.begin(SYSTEM) as tx:
        assert keys(tx, 'AND(note = "x", status = "pending")', "amount") == ("status", "amount")
        assert keys(tx, 'AND(number = "x", status = "pending")', "number", "customer.name") == ("status", "number")
        # as an earlier program built it
        bad = index_keys.index_of(tx, "contract", ("note", "amount"))
        run = (
            "INSERT INTO records.index (name, form, keys, built_at) VALUES (%(n)s, 'contract', '{note,amount}', now())"
        )
        tx.run(run, {"n": bad.name})
        tx.run(f'CREATE INDEX "{bad.name}" ON {bad.table} {bad.definition}')
    apps.build_indexes(database)
    assert set(standing(database)) == {("end_date",)}


def test_a_build_that_failed_is_tried_again_later_and_search_has_its_button(database: Database, low: None) -> None:
    filled(database)
    with database.begin(SYSTEM) as tx:
        people.create(tx, "lin", "林", password=PASSWORD, roles=["business_admin"])
        search = search_indexes(tx, "contract")["search"]
        tx.run(f'DROP INDEX data."{search.name}"')
    with psycopg.connect(database.url, autocommit=True) as connection:
        closed = psycopg.connect(database.url)
        closed.close()
        with pytest.raises(psycopg.OperationalError):  # the worker lost its database: nothing is wrong with the index
            indexes._made(database, closed, "SELECT 1", search)
        assert not indexes._made(database, connection, "SELECT 1/0", search)
    with logged_in(database, "lin") as client:

        def state() -> str:
            shown = client.get("/api/database").json()["indexes"]
            return next(one["state"] for one in shown if one["name"] == search.name)

        assert len(apps.build_indexes(database)) == 1  # that of the trigger
        assert state() == "failed"
        assert client.post(f"/api/database/indexes/{search.name}/drop").status_code == 404
        assert client.post(f"/api/database/indexes/{search.name}/build").status_code == 204
        assert apps.build_indexes(database) == [search.name]
        assert state() == "ready"
    with database.begin(SYSTEM) as tx:
        tx.run(f'DROP INDEX data."{search.name}"')
        tx.run("UPDATE records.index SET problem = 'No space left', built_at = kernel.now() - interval '61 minutes'")
    assert apps.build_indexes(database) == [search.name]
