"""Coming in by DingTalk, WeCom or Feishu, and binding one's own account there. Redirects: a browser walks them."""

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import Query, Request
from fastapi.responses import RedirectResponse

from perennial import connect, people
from perennial.http.edge import COOKIE, Connected, InTx, Router, address_of, remember
from perennial.kernel import SYSTEM, Busy, Database, Problem, Tx

router = Router(prefix="/entrances", tags=["people"])

NOTE = "perennial_entrance"
Channel = Literal["dingtalk", "wecom", "feishu"]
Text = Annotated[str, Query(max_length=2_000)]


@router.get("")
def list_entrances(database: Connected) -> list[Channel]:
    """Where one may come in; asked before anybody has logged in."""
    with database.begin(SYSTEM) as tx:
        return connect.ways(tx)  # pyright: ignore[reportReturnType]


@router.get("/{channel}")
def go_to_entrance(request: Request, database: Connected, channel: Channel) -> RedirectResponse:
    """To the other side, to say who one is."""
    try:
        with database.begin(SYSTEM) as tx:
            return _sent(request, *connect.away(tx, channel))
    except Problem as problem:
        return _refused(problem, "/login")


@router.get("/{channel}/bind")
def go_to_bind(request: Request, tx: InTx, channel: Channel) -> RedirectResponse:
    """To the other side, to say which account there is mine."""
    assert tx.actor.id is not None
    return _sent(request, *connect.away(tx, channel, tx.actor.id))


@router.get("/{channel}/back")
def come_back(
    request: Request, database: Connected, channel: Channel, state: Text = "", code: Text = "", authCode: Text = ""
) -> RedirectResponse:
    """Logged in, or bound; else told why at the page where it began."""
    note = connect.read_note(request.cookies.get(NOTE, ""))
    page = "/me" if note is not None and note.person else "/login"
    try:
        member = connect.back(database, channel, authCode or code, state, note)
        assert note is not None
        if note.person:
            return _bound(request, database, channel, note.person, member)
        with database.begin(SYSTEM) as tx:
            session = connect.enter(
                tx, channel, member, address=address_of(request), agent=request.headers.get("user-agent", "")
            )
    except Problem as problem:
        return _refused(_counted(database, request, problem), page)
    answer = RedirectResponse("/", 303)
    remember(request, answer, session)
    answer.delete_cookie(NOTE, path="/api/entrances")
    return answer


def _bound(
    request: Request, database: Database, channel: str, person: int, member: connect.Member
) -> RedirectResponse:  # fmt: skip
    """By the person who went, and still is logged in."""

    def act(tx: Tx) -> None:
        if tx.actor.id != person:
            raise people.LoggedOut("people.logged_out")
        people.bind(tx, person, channel, member.remote, member.name)

    with people.enter(database, request.cookies.get(COOKIE)) as tx:
        act(tx)
    answer = RedirectResponse(f"/me?bound={channel}", 303)
    answer.delete_cookie(NOTE, path="/api/entrances")
    return answer


def _counted(database: Database, request: Request, problem: Problem) -> Problem:
    """Whoever knocks in vain again and again is told to wait."""
    minutes = database.run(SYSTEM, lambda tx: people.wrong_attempt(tx, "entrance", address_of(request)))
    return problem if minutes is None else Busy("people.login_throttled", minutes=minutes)


def _sent(request: Request, address: str, note: connect.Note) -> RedirectResponse:
    answer = RedirectResponse(address, 303)
    answer.set_cookie(
        NOTE, note.written(), max_age=connect.NOTE_LIFE_S, path="/api/entrances", httponly=True, samesite="lax",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    return answer


def _refused(problem: Problem, page: str) -> RedirectResponse:
    name = str(problem.facts.get("name", ""))[:80]
    return RedirectResponse(f"{page}?{urlencode({'refused': problem.code, **({'who': name} if name else {})})}", 303)
