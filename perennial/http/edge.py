"""What a room's router needs: endpoints that run in a transaction of the person behind the request.

    router = Router(prefix="/forms", tags=["records"])

    @router.get("/{form}/{id}")
    def read_record(tx: InTx, form: str, id: int) -> Response: ...

An endpoint with a `tx: InTx` parameter runs as a whole inside one transaction: the session is looked up in it, it has
committed before the reply leaves, and it is repeated on deadlock and lock timeout. So an endpoint does nothing outside
the database except through `tx.after_commit`. GET reads; every other method must carry the session's `X-CSRF` value.
The function's name is the operation id of the OpenAPI document, hence unique in the whole product.
"""

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Annotated, Any, get_type_hints

from fastapi import APIRouter, Depends, Request, Response

from perennial import people
from perennial.kernel import Database, Denied, Missing, Tx

COOKIE = "perennial_session"
CSRF = "x-csrf"
_READS = ("GET", "HEAD", "OPTIONS")


class _Inside:
    """Marks the parameter that receives the transaction."""


InTx = Annotated[Tx, _Inside()]


def database_of(request: Request) -> Database:
    return request.app.state.database


Connected = Annotated[Database, Depends(database_of)]  # for the few endpoints that know nobody yet


def run(request: Request, act: Callable[[Tx], Any]) -> Any:
    """`act` in a transaction of the person behind the request."""

    def entered(tx: Tx) -> Any:
        request.state.language = tx.entered["language"]
        if request.method not in _READS:
            people.admit(tx, request.headers.get(CSRF))
        return act(tx)

    database = database_of(request)
    try:
        result = database.run(people.behind(request.cookies.get(COOKIE)), entered)
    except Missing as error:
        raise people.logged_out(error) from error
    if request.method not in _READS:
        database.notify_soon()  # somebody may have to react
    return result


class Router(APIRouter):
    """An APIRouter whose endpoints may ask for `tx: InTx`."""

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().add_api_route(path, _inside(endpoint), **options)


def _inside(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """`endpoint` with its `InTx` parameter filled, or as it is when it has none."""
    hints = get_type_hints(endpoint, include_extras=True)
    name = next((name for name, hint in hints.items() if _marked(hint)), None)
    if name is None:
        return endpoint

    @functools.wraps(endpoint)
    def inside(**values: Any) -> Any:
        request: Request = values[where] if own_request else values.pop(where)
        return run(request, lambda tx: endpoint(**{**values, name: tx}))

    signature = inspect.signature(endpoint)
    own_request = next((key for key, hint in hints.items() if hint is Request), None)
    where = own_request or "perennial_request"
    kept = [
        parameter.replace(annotation=hints.get(key, parameter.annotation), kind=inspect.Parameter.KEYWORD_ONLY)
        for key, parameter in signature.parameters.items()
        if key != name
    ]
    if own_request is None:
        kept.append(inspect.Parameter(where, inspect.Parameter.KEYWORD_ONLY, annotation=Request))
    returned = hints.get("return", signature.return_annotation)
    inside.__signature__ = signature.replace(  # pyright: ignore[reportAttributeAccessIssue]
        parameters=kept, return_annotation=None if returned is type(None) else returned
    )
    return inside


def _marked(hint: Any) -> bool:
    return any(isinstance(mark, _Inside) for mark in getattr(hint, "__metadata__", ()))


def allow(tx: Tx, right: str) -> None:
    """The actor has a system right (design, import, release, people), or Denied."""
    if right not in people.standing(tx).may:
        raise Denied("people.may", right=right)


def json_bytes(content: bytes | bytearray | memoryview | str | None, *, status: int = 200) -> Response:
    """JSON that PostgreSQL has built, passed through as it is."""
    return Response(content=b"null" if content is None else content, status_code=status, media_type="application/json")


def address_of(request: Request) -> str:
    """Where the request comes from, as far as the proxies named to the server tell."""
    return request.client.host if request.client else ""


def remember(request: Request, response: Response, session: people.Session) -> None:
    """The browser carries this session from now on."""
    response.set_cookie(
        COOKIE,
        session.token,
        max_age=people.LIFE_DAYS * 86_400,
        path="/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def modules_with_router(modules: Sequence[Any]) -> list[APIRouter]:
    """The routers that modules offer, by a module's `order` (1 unless given; the busiest first), then by its name."""
    found = [((getattr(module, "order", 1), module.__name__), getattr(module, "router", None)) for module in modules]
    return [router for _, router in sorted(found, key=lambda pair: pair[0]) if isinstance(router, APIRouter)]
