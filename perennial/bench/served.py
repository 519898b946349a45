"""The two servers of the list bench: the product, and the bare endpoint."""

import os

from fastapi import FastAPI, Response
from psycopg_pool import ConnectionPool

from perennial.bench.scratch import RAW
from perennial.kernel import Database, statements


def ours() -> FastAPI:
    from perennial.http import create_app

    return create_app(Database(os.environ["BENCH_URL"]))


def bare() -> FastAPI:
    app = FastAPI()
    pool = ConnectionPool(os.environ["BENCH_URL"], min_size=8, max_size=10, open=True)
    sql = statements(str(RAW / "x"), "list.sql")["page"].encode()
    values = {"me": int(os.environ["BENCH_ME"]), "from": os.environ["BENCH_FROM"]}

    @app.get("/page")
    def page() -> Response:  # pyright: ignore[reportUnusedFunction]
        with pool.connection() as connection, connection.cursor(binary=False) as cursor:
            cursor.execute(sql, values)
            result = cursor.pgresult
            assert result is not None
            return Response(result.get_value(0, 0), media_type="application/json")

    return app
