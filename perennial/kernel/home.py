"""The workspace's database, wherever it stands: on the embedded server or on the administrator's."""

import contextlib
from collections.abc import Generator

from perennial.kernel import postgres
from perennial.kernel.archive import settle
from perennial.kernel.database import Database
from perennial.kernel.migrate import migrate
from perennial.kernel.settings import Settings


@contextlib.contextmanager
def reached(settings: Settings) -> Generator[str]:
    """The URL of a database that answers, for as long as the block runs."""
    if settings.database_url:
        yield settings.database_url
        return
    with postgres.server(settings.home) as url:
        yield url


@contextlib.contextmanager
def opened(settings: Settings) -> Generator[Database]:
    """The database, migrated to what this program knows."""
    with reached(settings) as url:
        settle(url, settings.home)
        migrate(url)
        database = Database(url, size=settings.pool)
        try:
            yield database
        finally:
            database.close()
