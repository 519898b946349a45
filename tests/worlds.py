"""Databases for tests: each is made when it is first used. What a function marked `@built_once` builds in a fresh one
is built once per test process; every test begins with a copy of it: the rows, the files, what the function returned.
"""

import contextlib
import copy
import functools
import os
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Concatenate, ParamSpec, TypeVar
from unittest import mock

import psycopg

from perennial import files
from perennial.kernel import Database, settings

P = ParamSpec("P")
T = TypeVar("T")
D = TypeVar("D", bound=object)

KEPT = 12


@dataclass(frozen=True, slots=True)
class Built:
    """What stands in the database `template`, and in `home`."""

    value: Any
    database: Database
    home: Path
    template: str


class Places:
    """Where databases of tests are made on one server, as copies; they are dropped while the next test runs."""

    def __init__(self, server: str, template: str) -> None:
        self.server, self.template = server, template
        self._makes, self._drops = (psycopg.connect(f"{server} dbname=postgres", autocommit=True) for _ in range(2))
        self._behind = ThreadPoolExecutor(1, "drops")
        self._dropped: list[Future[None]] = []
        self._homes = contextlib.ExitStack()
        self.built: dict[str, Built] = {}

    def make(self, template: str, prefix: str = "t") -> str:
        name = f"{prefix}_{uuid.uuid4().hex[:12]}"
        self._makes.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY".encode())
        return name

    def drop(self, name: str) -> None:
        self._dropped.append(self._behind.submit(drop_database, self._drops, name))

    def keep(self, key: str, built: Built) -> None:
        """Of what was used last there are KEPT."""
        self.built[key] = built
        if len(self.built) > KEPT:
            self.drop(self.built.pop(next(iter(self.built))).template)

    def home(self) -> Path:
        """A folder that is there as long as the server."""
        return Path(self._homes.enter_context(TemporaryDirectory(prefix="perennial-world-")))

    def close(self) -> None:
        self._homes.close()
        self._behind.shutdown()
        self._makes.close()
        self._drops.close()
        for one in self._dropped:
            one.result()


def drop_database(connection: "psycopg.Connection[Any]", name: str) -> None:
    """Drop it with whoever is in it; an autovacuum worker in it belongs to another role, for a moment."""
    for left in reversed(range(50)):
        try:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
            return
        except psycopg.errors.InsufficientPrivilege:
            if not left:
                raise
            time.sleep(0.1)


class Fresh(Database):
    """A copy of `template`, made when somebody asks for its url or its connections."""

    def __init__(self, places: Places) -> None:
        self.places, self.template, self.name = places, places.template, ""
        self._making = threading.RLock()

    def __getattr__(self, name: str) -> Any:
        if name not in ("url", "_pool", "_notifier"):
            raise AttributeError(name)
        with self._making:
            if name == "url" and not self.name:
                self.name = self.places.make(self.template)
                self.url = f"{self.places.server} dbname={self.name}"
            elif name not in vars(self):
                super().__init__(self.url)
        return vars(self)[name]

    def close(self) -> None:
        if "_pool" in vars(self):
            super().close()


@contextlib.contextmanager
def fresh(places: Places) -> Generator[Fresh]:
    database = Fresh(places)
    try:
        yield database
    finally:
        database.close()
        if database.name:
            places.drop(database.name)


@contextlib.contextmanager
def at_home(folder: Path) -> Generator[None]:
    """PERENNIAL_HOME is this folder."""
    try:
        with mock.patch.dict(os.environ, PERENNIAL_HOME=str(folder)):
            _forget()
            yield
    finally:
        _forget()


def _forget() -> None:
    settings.cache_clear()
    files.forget_store()


def built_once(build: Callable[Concatenate[D, P], T]) -> Callable[Concatenate[D, P], T]:
    """In a database that somebody has used already, or that is none of ours, it is built there."""

    @functools.wraps(build)
    def stand(database: D, *args: P.args, **more: P.kwargs) -> T:
        if not isinstance(database, Fresh) or database.name or database.template != database.places.template:
            return build(database, *args, **more)
        places = database.places
        key = repr((build.__module__.rpartition(".")[2], build.__qualname__, args, sorted(more.items())))
        was = places.built.pop(key, None) or _build(places, lambda new: build(new, *args, **more))
        places.keep(key, was)
        database.template = was.template
        if any(was.home.iterdir()):
            shutil.copytree(was.home, os.environ["PERENNIAL_HOME"], dirs_exist_ok=True)
        return copy.deepcopy(was.value, {id(was.database): database})

    return stand


def _build(places: Places, build: Callable[[Database], Any]) -> Built:
    home, database = places.home(), Fresh(places)
    with at_home(home):
        value = build(database)
    database.close()
    psycopg.connect(database.url).close()  # leaves behind what every later connection starts with
    return Built(value, database, home, database.name)
