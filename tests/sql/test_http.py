import json
import re

import pytest
from fastapi import APIRouter
from web_client import PASSWORD, logged_in, visitor
from worlds import built_once

from perennial import people
from perennial.http import create_app
from perennial.http.edge import InTx, Router
from perennial.kernel import SYSTEM, Broken, Conflict, Database

FORMS = {
    "text/plain": json.dumps({"account": "boss", "password": PASSWORD}).encode(),
    "application/x-www-form-urlencoded": f"account=boss&password={PASSWORD}".encode(),
    "multipart/form-data; boundary=x": (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\na\r\n--x--'
    ),
}
ADMIN = {"account": "boss", "name": "周予安", "password": PASSWORD}


@pytest.fixture
@built_once
def boss(database: Database) -> int:
    with database.begin(SYSTEM) as tx:
        return people.first_administrator(tx, "boss", "周予安", PASSWORD)


def test_an_empty_installation_asks_for_its_administrator_and_then_never_again(database: Database) -> None:
    with visitor(database) as client:
        assert client.get("/api/state").json()["first_start"] is True
        reply = client.post("/api/setup", json={**ADMIN, "company": "常青科技", "zone": "Asia/Tokyo"})
        assert reply.status_code == 200
        me = client.get("/api/me").json()
        assert (me["name"], me["may"]) == ("周予安", ["design", "import", "people", "release"])
        assert (me["workspace"]["name"], me["workspace"]["zone"]) == ("常青科技", "Asia/Tokyo")
        assert client.get("/api/state").json()["first_start"] is False
        again = client.post("/api/setup", json={**ADMIN, "account": "thief"})
        assert (again.status_code, again.json()["error"]["code"]) == (409, "people.not_empty")


def test_from_another_machine_the_first_administrator_must_know_what_the_server_printed(database: Database) -> None:
    code = "7F3A-21BC-09DE-55A0"
    with visitor(database) as client:
        assert client.get("/api/state").json()["setup_code"] is False, "here nobody is asked for it"
    for printed, given in ((None, ""), (None, code), (code, ""), (code, "7F3A-21BC-09DE-55A1"), (code, "启动码")):
        with visitor(database, address="10.0.0.7", setup_code=printed) as client:
            assert client.get("/api/state").json()["setup_code"] is True
            refused = client.post("/api/setup", json={**ADMIN, "code": given}).json()["error"]
            told = (refused["code"], refused["path"], refused["text"])
            assert told == ("http.setup_code", "code", "启动码不对。它显示在服务器启动时的窗口里")
            assert client.get("/api/state").json()["first_start"] is True
    with visitor(database, setup_code=code) as client:  # another site's name may be made to point here
        foreign = client.post("/api/setup", json=ADMIN, headers={"Host": "rebound.example"})
        assert foreign.status_code == 403
    with visitor(database, address="10.0.0.7", setup_code=code) as client:
        assert client.post("/api/setup", json={**ADMIN, "code": "7f3a21bc09de55a0 "}).status_code == 200
        assert client.get("/api/state").json()["setup_code"] is False


def test_a_wrong_setup_says_which_field_and_leaves_the_installation_empty(database: Database) -> None:
    cases = [({"password": "short"}, "password"), ({"zone": "Mars/Base"}, "zone"), ({"account": ""}, "account"),
             ({"surprise": 1}, "surprise")]  # fmt: skip
    with visitor(database) as client:
        for change, path in cases:
            reply = client.post("/api/setup", json={**ADMIN, **change})
            assert (reply.status_code, reply.json()["error"]["path"]) == (422, path)
        assert client.get("/api/state").json()["first_start"] is True


def test_login_sets_a_cookie_that_scripts_cannot_read_and_logout_ends_it(database: Database, boss: int) -> None:
    with visitor(database) as client:
        reply = client.post("/api/login", json={"account": "boss", "password": PASSWORD})
        cookie = reply.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=lax" in cookie and "secure" not in cookie
        token = client.cookies["perennial_session"]
        assert client.post("/api/logout", headers={"X-CSRF": reply.json()["csrf"]}).status_code == 204
        client.cookies.set("perennial_session", token)
        refused = client.get("/api/me")
        assert (refused.status_code, refused.json()["error"]["text"]) == (401, "请先登录")


def test_login_errors_read_as_the_interface_guide_says(database: Database, boss: int) -> None:
    wrong = {"account": "boss", "password": "no"}
    with visitor(database) as client:
        first = client.post("/api/login", json=wrong).json()["error"]
        assert (first["text"], first["path"]) == ("账号或密码不对，还可以再试 4 次", "password")
        english = client.post("/api/login", json=wrong, headers={"Accept-Language": "en-GB"}).json()["error"]
        assert english["text"] == "Wrong account or password. 3 attempts left"
        client.post("/api/login", json=wrong)
        last = client.post("/api/login", json=wrong).json()["error"]
        assert (last["code"], last["text"]) == ("people.login_last", "账号或密码不对，还可以再试 1 次")
        closed = client.post("/api/login", json=wrong)
        assert closed.status_code == 429 and closed.headers["Retry-After"] == "600"
        assert closed.json()["error"]["text"] == "尝试次数过多，请 10 分钟后再试"


def test_a_write_without_the_pages_own_value_is_refused(database: Database, boss: int) -> None:
    with logged_in(database, "boss") as client:
        del client.headers["X-CSRF"]
        refused = client.patch("/api/me", json={"language": "en"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, "people.csrf")
        assert client.get("/api/me").json()["language"] == "zh"


def test_each_person_reads_errors_in_their_own_language(database: Database, boss: int) -> None:
    with logged_in(database, "boss") as client:
        assert client.patch("/api/me", json={"language": "en", "theme": "dark"}).json()["theme"] == "dark"
        error = client.post("/api/me/password", json={"old": "no", "new": "irrelevant"}).json()["error"]
        assert (error["text"], error["path"]) == ("The old password is wrong", "old")


def test_one_click_login_is_for_the_demo_on_this_machine_only(database: Database, boss: int) -> None:
    with visitor(database) as client:
        assert client.post("/api/demo-login").status_code == 403
    with database.begin(SYSTEM) as tx:
        tx.run("UPDATE kernel.workspace SET kind = 'demo'")
    with visitor(database, address="10.0.0.7") as client:
        assert client.get("/api/state").json()["demo"] is False
        assert client.post("/api/demo-login").status_code == 403
    with visitor(database) as client:
        assert client.post("/api/demo-login", headers={"Host": "rebound.example"}).status_code == 403
        assert client.get("/api/state").json()["demo"] is True
        assert client.post("/api/demo-login").json()["account"] == "boss"


def test_every_reply_carries_the_headers_that_shield_a_browser(database: Database) -> None:
    with visitor(database) as client:
        for path in ("/", "/contracts/1", "/api/state", "/api/nothing"):
            headers = client.get(path).headers
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
        assert client.get("/api/state").headers["cache-control"] == "no-store"


def test_a_request_too_large_or_from_another_site_is_refused_before_it_is_read(database: Database) -> None:
    with visitor(database) as client:
        large = client.post("/api/login", content=b"x" * (5 * 1024 * 1024))
        assert (large.status_code, large.json()["error"]["facts"]) == (413, {"size_mb": 5, "limit_mb": 4})
        for door, most in (("imports", 50), ("files", 50), ("people-imports", 50), ("bundles", 500)):
            told = {"Content-Length": str((most + 2) * 1024 * 1024)}
            refused = client.post(f"/api/{door}", content=b"x", headers=told)
            assert (refused.status_code, refused.json()["error"]["facts"]["limit_mb"]) == (413, most), door
        endless = client.post("/api/login", content=iter([b"x"]))
        assert endless.status_code == 411
        foreign = client.post("/api/login", json={}, headers={"Sec-Fetch-Site": "cross-site"})
        assert (foreign.status_code, foreign.json()["error"]["code"]) == (403, "http.cross_site")


def test_no_page_of_another_site_writes_with_my_session(database: Database, boss: int) -> None:
    with logged_in(database, "boss") as client:
        with database.begin(SYSTEM) as tx:
            tx.run("UPDATE kernel.workspace SET kind = 'demo'")
        del client.headers["X-CSRF"]
        tried, opened = 0, list[str]()
        for path, operations in client.get("/api/openapi.json").json()["paths"].items():
            door = re.sub(r"\{\w+\}", "1", path)
            for method in operations.keys() - {"get", "head"}:
                for kind, body in FORMS.items():  # what a form can send without asking first
                    headers = {"Origin": "https://elsewhere.example", "Content-Type": kind}
                    reply = client.request(method, door, content=body, headers=headers)
                    tried += 1
                    # the secret in the address is all that they ask for
                    unknown = (
                        door in ("/api/hooks/1", "/api/opt-out/1", "/api/callbacks/1") and reply.status_code == 404
                    )
                    if reply.status_code not in (401, 403, 422) and not unknown:
                        opened.append(f"{method} {door} {kind}: {reply.status_code}")
                    if reply.status_code == 401:
                        assert reply.json()["error"]["code"] == "people.csrf", (
                            "the session is there, the page's value not"
                        )
        assert tried > 300 and not opened
        assert client.get("/api/me").json()["account"] == "boss", "nobody was logged out or in"


def test_malformed_input_names_the_place(database: Database) -> None:
    with visitor(database) as client:
        missing = client.post("/api/login", json={"account": "x"}).json()["error"]
        assert (missing["code"], missing["path"]) == ("http.input_missing", "password")
        kind = client.post("/api/login", json={"account": 5, "password": "x"}).json()["error"]
        assert (kind["code"], kind["path"]) == ("http.input_text", "account")
        broken = client.post("/api/login", content=b"{", headers={"Content-Type": "application/json"})
        assert (broken.status_code, broken.json()["error"]["code"]) == (422, "http.input_json")
        assert client.get("/api/nothing").json()["error"]["code"] == "http.no_path"
        assert client.get("/api/login").status_code in (404, 405)


def with_router(database: Database, router: APIRouter):
    from web_client import TestClient

    app = create_app(database)
    app.router.routes.pop()  # the client's page, which would answer first
    app.include_router(router)
    return TestClient(app, base_url="http://localhost", client=("127.0.0.1", 5))


def test_an_error_of_ours_shows_a_number_and_nothing_else_and_writes_nothing(database: Database, boss: int) -> None:
    router = Router()

    @router.get("/boom")
    def boom(tx: InTx) -> None:
        tx.run("UPDATE kernel.workspace SET name = 'half done'")
        raise ZeroDivisionError("secret detail")

    @router.get("/bad")
    def bad(tx: InTx) -> None:
        raise Broken("secret.code", detail="secret detail")

    with with_router(database, router) as client:
        client.post("/api/login", json={"account": "boss", "password": PASSWORD})
        for path in ("/boom", "/bad"):
            reply = client.get(path)
            assert reply.status_code == 500 and "secret" not in reply.text
            assert reply.json()["error"]["facts"]["number"] in reply.json()["error"]["text"]
            assert "content-security-policy" in reply.headers
        assert client.get("/api/state").json()["name"] == ""


def test_an_endpoint_has_committed_before_its_reply_and_is_repeated_on_a_deadlock(
    database: Database, boss: int
) -> None:
    from psycopg import errors as pg

    router, calls = Router(), []

    @router.get("/once/{n}")
    def once(n: int, tx: InTx) -> int:
        calls.append(n)
        tx.run("UPDATE kernel.workspace SET name = name || 'x'")
        if len(calls) < 3:
            raise pg.DeadlockDetected
        return n

    @router.get("/late")
    def late(tx: InTx) -> None:
        raise Conflict("people.not_empty")

    with with_router(database, router) as client:
        client.post("/api/login", json={"account": "boss", "password": PASSWORD})
        assert client.get("/once/7").json() == 7
        assert (calls, client.get("/api/state").json()["name"]) == ([7, 7, 7], "x")
        assert client.get("/late").status_code == 409


def test_the_document_names_every_operation_once(database: Database) -> None:
    paths = create_app(database).openapi()["paths"]
    ids = [operation["operationId"] for methods in paths.values() for operation in methods.values()]
    assert len(ids) == len(set(ids)) and {"login", "me", "state", "list_people"} <= set(ids)
    parameters = paths["/api/people"]["get"]["parameters"]
    assert [parameter["name"] for parameter in parameters] == ["everybody"], "neither tx nor request is input"
