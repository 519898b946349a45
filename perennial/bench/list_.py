"""A filtered page of 50 as a scoped salesperson over HTTP, against a bare endpoint that runs the same SQL by hand.

Both are FastAPI `def` endpoints on uvicorn, one process each, 8 clients with kept connections. The bare one returns the
bytes of json_agg from a pool: no session, no access, no clock. `ratio` is requests per second, ours to bare;
`ratio_sql` is ours to the bare SQL from 8 threads without HTTP; `gain` is what the index of the saved view brought.
"""

import http.client
import json
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from typing import Any

from psycopg_pool import ConnectionPool

from perennial import apps, people, records
from perennial.bench.scratch import ROUNDS, Scratch, populate
from perennial.kernel import SYSTEM

CLIENTS = 8
SECONDS = 4.0
ME, FROM = 8, "2026-11-21"
ASK = {
    "filter": f'AND(status = "pending", end_date >= DATE({FROM[:4]}, {int(FROM[5:7])}, {int(FROM[8:])}))',
    "sort": [{"field": "end_date"}], "columns": ["number", "customer", "amount", "end_date", "status"], "limit": 50,
}  # fmt: skip


def run(place: Scratch, rows: int) -> dict[str, Any]:
    populate(place, rows)
    raw = place.raw("list.sql")
    place.say(raw["page"])
    with place.database.begin(SYSTEM) as tx:
        session = people.open_session(tx, ME)
    headers = {
        "Cookie": f"perennial_session={session.token}",
        "X-CSRF": session.csrf,
        "Content-Type": "application/json",
    }
    ask = json.dumps(ASK)
    ports = {"ours": 18731, "bare": 18732}
    servers = [_serve(place.url, side, port) for side, port in ports.items()]
    try:
        ours = _fetch(ports["ours"], "POST", "/api/forms/contract/page", headers, ask)
        bare = _fetch(ports["bare"], "GET", "/page", {}, None)
        assert json.loads(ours)["rows"] == json.loads(bare)
        assert len(json.loads(bare)) == 50
        without = _load(ports["ours"], "POST", "/api/forms/contract/page", headers, ask)
        place.say(f"without an index: {without:.0f} requests/s")
        with place.database.begin(SYSTEM) as tx:
            records.save_view(tx, "contract", "bench", {"filter": ASK["filter"], "sort": ASK["sort"]})
        place.say(f"built for the saved view: {', '.join(apps.build_indexes(place.database))}")
        place.explain(raw["page"], {"me": ME, "from": FROM})
        rates: dict[str, list[float]] = {"ours": [], "bare": [], "sql": []}
        for at in range(ROUNDS):
            for side in ("ours", "bare", "sql") if at % 2 == 0 else ("sql", "bare", "ours"):
                if side == "ours":
                    rate = _load(ports["ours"], "POST", "/api/forms/contract/page", headers, ask)
                elif side == "bare":
                    rate = _load(ports["bare"], "GET", "/page", {}, None)
                else:
                    rate = _load_sql(place.url, raw["page"])
                rates[side].append(rate)
                place.say(f"{side}: {rate:.0f} requests/s")
    finally:
        for server in servers:
            server.terminate()
            server.wait(10)
    best = {side: max(found) for side, found in rates.items()}
    return {
        "ours_s": 1 / best["ours"], "raw_s": 1 / best["bare"], "ratio": best["ours"] / best["bare"],
        "ratio_sql": best["ours"] / best["sql"], "gain": best["ours"] / without,
        "requests_per_s": {**{side: round(rate) for side, rate in best.items()}, "without_index": round(without)},
    }  # fmt: skip


def _serve(url: str, side: str, port: int) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "BENCH_URL": url, "BENCH_ME": str(ME), "BENCH_FROM": FROM}
    command = [sys.executable, "-m", "uvicorn", f"perennial.bench.served:{side}", "--factory", "--port", str(port),
               "--log-level", "error", "--no-access-log"]  # fmt: skip
    server = subprocess.Popen(command, env=environment)
    for _ in range(200):
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=1).connect()
        except OSError:
            time.sleep(0.1)
        else:
            return server
    raise RuntimeError(f"{side} does not answer")


def _fetch(port: int, method: str, path: str, headers: dict[str, str], body: str | None) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, body, headers)
    reply = connection.getresponse()
    content = reply.read()
    assert reply.status == 200, content
    return content


def _load(port: int, method: str, path: str, headers: dict[str, str], body: str | None) -> float:
    """Requests per second of all clients, each a thread of one process beside the server."""
    counts: Any = multiprocessing.get_context("spawn").Queue()
    process = multiprocessing.get_context("spawn").Process(
        target=_clients, args=(counts, port, method, path, headers, body)
    )
    process.start()
    rate: float = counts.get(timeout=60)
    process.join()
    return rate


def _clients(counts: Any, port: int, method: str, path: str, headers: dict[str, str], body: str | None) -> None:
    def client(done: list[int]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while time.perf_counter() < end:
            connection.request(method, path, body, headers)
            reply = connection.getresponse()
            reply.read()
            assert reply.status == 200
            done[0] += 1

    _fetch(port, method, path, headers, body)
    end = time.perf_counter() + SECONDS
    counts.put(_together(client))


def _load_sql(url: str, sql: str) -> float:
    with ConnectionPool(url, min_size=CLIENTS, max_size=CLIENTS) as pool:
        pool.wait()
        end = time.perf_counter() + SECONDS

        def client(done: list[int]) -> None:
            while time.perf_counter() < end:
                with pool.connection() as connection:
                    connection.execute(sql.encode(), {"me": ME, "from": FROM}).fetchone()
                done[0] += 1

        return _together(client)


def _together(client: Any) -> float:
    began = time.perf_counter()
    done = [[0] for _ in range(CLIENTS)]
    threads = [threading.Thread(target=client, args=(mine,)) for mine in done]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(mine[0] for mine in done) / (time.perf_counter() - began)
