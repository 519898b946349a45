"""Long and periodic jobs on Procrastinate. A job is a batch, never a row.

After a kill -9 a job stays "doing" until its worker's heartbeat is old; then another worker runs it again. Jobs are
written so that running one twice is harmless: an import is one transaction and knows when it is done, a delivery claims
what is queued. A stop does not wait for a long job: it is dropped, its transaction with it, and runs again later.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from perennial import apps, connect, files, messages, packs, processes, records, rules, simulation
from perennial.jobs.pace import Pace
from perennial.kernel import SYSTEM, Database, defer, log
from perennial.records import bundles, exports, imports

T = TypeVar("T")

CONCURRENCY = 3  # a delivery never waits behind two imports
KEPT_HOURS = 7 * 24  # failed jobs, to look at
_WITHOUT_JOB = """
SELECT i.id FROM unnest(%(ids)s::bigint[]) AS i (id)
 WHERE NOT EXISTS (SELECT FROM procrastinate.procrastinate_jobs j
                    WHERE j.task_name = %(task)s AND j.status IN ('todo', 'doing')
                      AND (j.args ->> %(argument)s)::bigint = i.id)
"""


def channels() -> dict[str, messages.Channel]:
    """The ways out that the environment gives: mail when PERENNIAL_SMTP_URL is set."""
    return messages.by_environment()


def deliver(database: Database, stopped: Callable[[], bool] = lambda: False) -> messages.Delivered:
    """Send what is due and released; what a process no longer wants to say stays."""
    domain = (messages.sender_of(database) or messages.sender_by_environment()).rpartition("@")[2]
    ways = {**channels(), **messages.set_up(database)}
    return messages.deliver(
        database, ways, guard=processes.delivery_guard, domain=domain or "localhost", stopped=stopped
    )


def export(database: Database, export_id: int) -> bool:
    """Write what a person asked to take out; they are told when it is there."""
    done = exports.run(database, export_id, lambda path, note: packs.write(database, path, note) is not None)
    if done:
        with database.begin(SYSTEM) as tx:
            made = exports.known(tx, export_id)
            if made["person"] is not None:
                what = "pack" if made["format"] == "pack" else "export"
                messages.tell(tx, made["person"], what, made["file_name"])
    return done


def run_queue(database: Database, stop: threading.Event, pace: Pace) -> None:
    """Work off jobs until `stop` is set; a failing worker is started again."""
    while not stop.is_set():
        try:
            asyncio.run(_work(database, stop, pace))
        except Exception:
            log.exception("queue worker failed")
            stop.wait(5)


def _app(database: Database, stop: threading.Event) -> Any:
    from procrastinate import App, PsycopgConnector, RetryStrategy

    app = App(connector=PsycopgConnector(conninfo=database.url, kwargs={"options": "-c search_path=procrastinate"}))
    again = RetryStrategy(max_attempts=5, wait=10)

    @app.periodic(cron="* * * * *")
    @app.task(name="messages.deliver")
    async def deliver_messages(timestamp: int = 0) -> None:
        await _beside(lambda: deliver(database, stop.is_set))

    @app.periodic(cron="* * * * *")
    @app.task(name="messages.read_mail", queueing_lock="messages.read_mail", lock="messages.read_mail")
    async def read_mail(timestamp: int = 0) -> None:
        if await _beside(lambda: messages.read_mail(database)):
            database.notify_soon()

    @app.periodic(cron="* * * * *")
    @app.task(name="webhooks.send")
    async def send_webhooks(timestamp: int = 0) -> None:
        await _beside(lambda: processes.send_webhooks(database, stopped=stop.is_set))

    @app.task(name="imports.run", retry=again)
    async def run_import(import_id: int) -> None:
        await _beside(lambda: imports.run(database, import_id))
        database.notify_soon()

    @app.task(name="exports.run", retry=again)
    async def run_export(export_id: int) -> None:
        await _beside(lambda: export(database, export_id))

    @app.task(name="bundles.run", retry=again)
    async def run_bundle(bundle_id: int) -> None:
        await _beside(lambda: bundles.take_in(database, bundle_id))

    @app.periodic(cron="* * * * *")
    @app.task(name="imports.look", queueing_lock="imports.look", lock="imports.look")
    async def look_into_folders(timestamp: int = 0) -> None:
        if await _beside(lambda: imports.look(database)):
            database.notify_soon()

    @app.periodic(cron="17 * * * *")
    @app.task(name="imports.sweep")
    async def sweep_imports(timestamp: int = 0) -> None:
        await _beside(lambda: database.run(SYSTEM, imports.sweep))

    @app.periodic(cron="*/10 * * * *")
    @app.task(name="connect.organisations", queueing_lock="connect.organisations", lock="connect.organisations")
    async def follow_organisations(timestamp: int = 0) -> None:
        if await _beside(lambda: connect.daily(database)):
            database.notify_soon()

    @app.periodic(cron="29 4 * * *")
    @app.task(name="connect.sweep")
    async def sweep_events(timestamp: int = 0) -> None:
        await _beside(lambda: database.run(SYSTEM, connect.sweep))

    @app.periodic(cron="41 * * * *")
    @app.task(name="files.sweep")
    async def sweep_files(timestamp: int = 0) -> None:
        await _beside(lambda: (database.run(SYSTEM, records.sweep_files), files.remove_strays(database)))

    @app.periodic(cron="*/5 * * * *")
    @app.task(name="records.indexes", retry=again)
    async def build_indexes(timestamp: int = 0) -> None:
        await _beside(lambda: apps.build_indexes(database))

    @app.periodic(cron="*/5 * * * *")
    @app.task(name="merge.follow")
    async def follow_merges(timestamp: int = 0) -> None:
        if await _beside(lambda: database.run(SYSTEM, records.merge.follow_late)):
            database.notify_soon()

    @app.task(name=records.suspects.TASK, retry=again)
    async def look_for_duplicates(form: str) -> None:
        await _beside(lambda: records.suspects.look(database, form))

    @app.task(name="simulation.run", retry=again)
    async def run_simulation(run_id: int) -> None:
        await _beside(lambda: simulation.run(database, run_id))

    @app.task(name="rules.backtest", retry=again)
    async def run_backtest(backtest_id: int) -> None:
        await _beside(lambda: rules.backtest.run(database, backtest_id))

    @app.periodic(cron="23 * * * *")
    @app.task(name="simulation.sweep")
    async def sweep_simulations(timestamp: int = 0) -> None:
        await _beside(lambda: simulation.sweep(database.url))

    return app


async def _beside(act: Callable[[], T]) -> T:
    """`act` in a daemon thread: neither a cancelled job nor the end of the program waits for it."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # pyright: ignore[reportArgumentType]

    def run() -> None:
        result, error = None, None
        try:
            result = act()
        except Exception as caught:
            error = caught
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, name="job", daemon=True).start()
    return await future


async def _work(database: Database, stop: threading.Event, pace: Pace) -> None:
    app = _app(database, stop)
    async with app.open_async():
        await _beside(lambda: _swept(database))
        worker = asyncio.create_task(
            app.run_worker_async(
                install_signal_handlers=False, delete_jobs="successful", concurrency=CONCURRENCY,
                shutdown_graceful_timeout=1, update_heartbeat_interval=pace.heartbeat_s,
                stalled_worker_timeout=pace.stalled_s,
            )
        )  # fmt: skip
        rescuer = asyncio.create_task(_rescue(app, database, pace))
        while not stop.is_set() and not worker.done():
            await asyncio.sleep(0.2)
        rescuer.cancel()
        worker.cancel()
        await asyncio.wait([worker, rescuer], timeout=3)
        if worker.done() and not worker.cancelled() and worker.exception() is not None:
            raise RuntimeError("queue worker ended") from worker.exception()


async def _rescue(app: Any, database: Database, pace: Pace) -> None:
    """From time to time: jobs whose worker died run again, as does a started import that has no job any more."""
    while True:
        try:
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=pace.stalled_s):
                log.warning("a job's worker died; it runs again", job=job.id, task=job.task_name)
                await app.job_manager.retry_job(job)
            await asyncio.to_thread(_adopt, database)
            await app.job_manager.delete_old_jobs(
                nb_hours=KEPT_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
            )
        except Exception:
            log.exception("rescue of jobs failed")
        await asyncio.sleep(pace.rescue_s)


def _adopt(database: Database) -> None:
    """An import, an export, a simulation or a backtest that somebody asked for has a job until it is over."""
    with database.begin(SYSTEM) as tx:
        for task, argument, started in (
            ("imports.run", "import_id", imports.unfinished(tx)),
            ("exports.run", "export_id", exports.unfinished(tx)),
            ("bundles.run", "bundle_id", bundles.unfinished(tx)),
            ("simulation.run", "run_id", simulation.unfinished(tx)),
            ("rules.backtest", "backtest_id", rules.backtest.unfinished(tx)),
        ):
            if not started:
                continue
            for row in tx.rows(_WITHOUT_JOB, {"ids": started, "task": task, "argument": argument}):
                log.warning("a job was lost; here is another", task=task, id=row["id"])
                defer(tx, task, **{argument: row["id"]})


def _swept(database: Database) -> None:
    """What a killed simulation left is gone before work begins; that must not keep the worker from it."""
    try:
        simulation.sweep(database.url)
    except Exception:
        log.exception("sweep of simulations failed")
