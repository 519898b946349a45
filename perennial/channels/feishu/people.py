"""The organisation and who is at the door.

Paths and fields of this file are the vendor's documented ones; none was tried against the real server.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from perennial.channels.feishu.app import App
from perennial.channels.reply import Reply, permanent, temporary
from perennial.channels.shapes import inner, names, rows, word

ROOT = "0"  # the department that is the organisation
PAGE = 50
PAGES = 1000


@dataclass(frozen=True, slots=True)
class Department:
    id: str  # open_department_id
    name: str
    parent_id: str


@dataclass(frozen=True, slots=True)
class Person:
    open_id: str
    union_id: str
    user_id: str = ""
    name: str = ""
    mobile: str = ""
    email: str = ""
    departments: tuple[str, ...] = ()
    active: bool = True


def departments(app: App, under: str = ROOT) -> list[Department] | Reply:
    """All below it."""
    path = f"/contact/v3/departments/{quote(under, safe='')}/children"
    found = _pages(app, path, {"fetch_child": "true"})
    if isinstance(found, Reply):
        return found
    return [
        Department(word(one.get("open_department_id")), word(one.get("name")), word(one.get("parent_department_id")))
        for one in found
    ]


def people(app: App, department_id: str) -> list[Person] | Reply:
    """Those who are directly in it."""
    found = _pages(app, "/contact/v3/users/find_by_department", {"department_id": department_id})
    return found if isinstance(found, Reply) else [_person(one) for one in found]


def find_person(app: App, mobile: str) -> str | Reply:
    """The open id behind a mobile number."""
    found = app.call("POST", "/contact/v3/users/batch_get_id", {"mobiles": [mobile]}, {"user_id_type": "open_id"})
    if isinstance(found, Reply):
        return found
    known = [found_id for one in rows(found.get("user_list")) if (found_id := word(one.get("user_id")))]
    return known[0] if known else permanent("no_such_recipient", "nobody has this number")


def sign_in_url(app: App, redirect_url: str, state: str, base_url: str = "https://accounts.feishu.cn") -> str:
    """Where a person is sent to sign in; Feishu sends them back with `code` and `state`."""
    query = {
        "client_id": app.account.app_id,
        "redirect_uri": redirect_url,
        "response_type": "code",
        "state": state,
    }
    return f"{base_url}/open-apis/authen/v1/authorize?{urlencode(query)}"


def sign_in(app: App, code: str, redirect_url: str = "") -> Person | Reply:
    """Who came back with this code; it works once. `redirect_url`: the one that they were sent with."""
    asked = {
        "grant_type": "authorization_code",
        "client_id": app.account.app_id,
        "client_secret": app.account.app_secret,
        "code": code,
    }
    if redirect_url:
        asked["redirect_uri"] = redirect_url
    granted = app.bare("POST", "/authen/v2/oauth/token", asked)
    if isinstance(granted, Reply):
        return granted
    token = word(granted.get("access_token"))
    if not token:
        return temporary("nonsense", "no access_token in the answer")
    found = app.bare("GET", "/authen/v1/user_info", token=token)
    if isinstance(found, Reply):
        return found
    person = _person(inner(found.get("data")))
    return person if person.open_id else temporary("nonsense", "no open_id in the answer")


def _pages(app: App, path: str, query: Mapping[str, str]) -> list[Mapping[str, Any]] | Reply:
    items: list[Mapping[str, Any]] = []
    after = ""
    for _ in range(PAGES):
        asked = {**query, "page_size": str(PAGE), **({"page_token": after} if after else {})}
        found = app.call("GET", path, query=asked)
        if isinstance(found, Reply):
            return found
        items += rows(found.get("items"))
        after = word(found.get("page_token"))
        if not found.get("has_more") or not after:
            break
    return items


def _person(one: Mapping[str, Any]) -> Person:
    status = inner(one.get("status"))
    gone = status.get("is_resigned") is True or status.get("is_frozen") is True
    return Person(
        word(one.get("open_id")),
        word(one.get("union_id")),
        word(one.get("user_id")),
        word(one.get("name")),
        word(one.get("mobile")),
        word(one.get("enterprise_email")) or word(one.get("email")),
        tuple(names(one.get("department_ids"))),
        not gone,
    )
