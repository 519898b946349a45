"""Long and periodic jobs on Procrastinate. A job is a batch, never a row.

After a kill -9 a job stays "doing"; `rescue` gives it back each minute. Jobs are written so that running one twice is
harmless: an import runs in one transaction and knows when it is done, a delivery claims what is queued.
"""

import asyncio
import os
import threading
import time
from typing import Any

from perennial import messages, processes
from perennial.kernel import Database, log
from perennial.records import imports

STALLED_S = 60


def channels() -> dict[str, messages.Channel]:
    """The ways out that this installation has: mail when PERENNIAL_SMTP_URL is set."""
    url = os.environ.get("PERENNIAL_SMTP_URL")
    if not url:
        return {}
    return {"mail": messages.Smtp(url, os.environ.get("PERENNIAL_MAIL_FROM", "perennial@localhost"))}


def deliver(database: Database) -> messages.Delivered:
    """Send what is due and released; what a process no longer wants to say stays."""
    return messages.deliver(database, channels(), guard=processes.delivery_guard)


def _app(database: Database) -> Any:
    from procrastinate import App, PsycopgConnector

    app = App(connector=PsycopgConnector(conninfo=database.url, kwargs={"options": "-c search_path=procrastinate"}))

    @app.periodic(cron="* * * * *")
    @app.task(name="messages.deliver", pass_context=False)
    def deliver_messages(timestamp: int = 0) -> None:
        deliver(database)

    @app.task(name="imports.run")
    def run_import(import_id: int) -> None:
        imports.run(database, import_id)

    @app.periodic(cron="* * * * *")
    @app.task(name="jobs.rescue")
    async def rescue(timestamp: int = 0) -> None:
        for job in await app.job_manager.get_stalled_jobs():
            log.warning("a job's worker died; it runs again", job=job.id, task=job.task_name)
            await app.job_manager.retry_job(job)

    return app


def run_queue(database: Database, stop: threading.Event) -> None:
    """Work off jobs until `stop` is set; a failing worker is started again."""
    while not stop.is_set():
        try:
            asyncio.run(_work(database, stop))
        except Exception:
            log.exception("queue worker failed")
            stop.wait(5)


async def _work(database: Database, stop: threading.Event) -> None:
    app = _app(database)
    async with app.open_async():
        worker = asyncio.create_task(
            app.run_worker_async(
                install_signal_handlers=False, delete_jobs="successful", concurrency=2, shutdown_graceful_timeout=5
            )
        )
        while not stop.is_set() and not worker.done():
            await asyncio.sleep(0.25)
        worker.cancel()
        began = time.monotonic()
        while not worker.done() and time.monotonic() - began < 6:
            await asyncio.sleep(0.1)
        if worker.done() and not worker.cancelled() and worker.exception() is not None:
            raise RuntimeError("queue worker ended") from worker.exception()
