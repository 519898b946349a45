"""The application: every room's router under /api, the client for the rest."""

import importlib
import pkgutil
from pathlib import Path

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.middleware.gzip import GZipMiddleware

import perennial.http
from perennial.http import client, errors
from perennial.http.edge import modules_with_router
from perennial.http.shield import Shield
from perennial.kernel import Database

GZIP_FROM_BYTES = 1_400  # one packet needs no compression
GZIP_LEVEL = 4


def create_app(database: Database, *, built: Path = client.BUILT, setup_code: str | None = None) -> FastAPI:
    """The application over one workspace. The caller closes `database`.

    setup_code  what the first administrator must give from another machine; without one they must be at this one
    """
    app = FastAPI(
        title="Perennial",
        version="1",
        openapi_url="/api/openapi.json",
        docs_url=None,  # these pages load scripts from elsewhere
        redoc_url=None,
        generate_unique_id_function=_operation,
    )
    app.state.database = database
    app.state.setup_code = setup_code
    modules = [importlib.import_module(f"perennial.http.{name}") for name in _modules()]
    for router in modules_with_router(modules):
        app.include_router(router, prefix="/api")
    errors.install(app)
    client.install(app, built)
    app.add_middleware(GZipMiddleware, minimum_size=GZIP_FROM_BYTES, compresslevel=GZIP_LEVEL)
    app.add_middleware(Shield)
    return app


def _modules() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(perennial.http.__path__))


def _operation(route: APIRoute) -> str:
    return route.name
