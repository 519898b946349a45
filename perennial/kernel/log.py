"""Structured logs: an event name and facts, as JSON or for a console. Never a formatted sentence, never a secret."""

import logging
import sys

import structlog

from perennial.kernel.settings import Settings

log: structlog.stdlib.BoundLogger = structlog.get_logger("perennial")
"""`log.info("tick.done", decided=12)`; bind with structlog.contextvars for a request or a job."""


def configure_log(settings: Settings) -> None:
    """Our events and those of libraries leave through one door, to standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    as_json = settings.log == "json"
    last: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if as_json
        # plain: a richer traceback prints local variables, and with them secrets
        else [
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        ]
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    for noisy in ("httpx", "httpcore", "psycopg.pool", "asyncio", "uvicorn", "procrastinate"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
