"""The organisation and who is at the door.

Paths and fields of this file are the vendor's documented ones; none was tried against the real server.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from perennial.channels.dingtalk.stacks import App, nothing_said
from perennial.channels.reply import Reply
from perennial.channels.shapes import inner, names, rows, whole, word

ROOT = 1  # the department that is the organisation
PAGE = 100
PAGES = 1000  # of one department; whoever has more is not read to the end


@dataclass(frozen=True, slots=True)
class Department:
    id: int
    name: str
    parent_id: int | None


@dataclass(frozen=True, slots=True)
class Person:
    user_id: str
    union_id: str
    name: str
    mobile: str = ""
    email: str = ""
    departments: tuple[int, ...] = ()
    active: bool = True


def departments(app: App, under: int = ROOT) -> list[Department] | Reply:
    """All below `under`, parents before children; one request per department."""
    found: list[Department] = []
    seen, waiting = {under}, [under]
    while waiting:
        answer = app.old("/topapi/v2/department/listsub", {"dept_id": waiting.pop(0)})
        if isinstance(answer, Reply):
            return answer
        for one in rows(answer.get("result")):
            number = whole(one.get("dept_id"))
            if number is not None and number not in seen:  # a tree that bites its tail ends here
                seen.add(number)
                waiting.append(number)
                found.append(Department(number, word(one.get("name")), whole(one.get("parent_id"))))
    return found


def people(app: App, department_id: int) -> list[Person] | Reply:
    """Those who are directly in it."""
    found: list[Person] = []
    cursor = 0
    for _ in range(PAGES):
        answer = app.old("/topapi/v2/user/list", {"dept_id": department_id, "cursor": cursor, "size": PAGE})
        if isinstance(answer, Reply):
            return answer
        page = answer.get("result")
        if not isinstance(page, dict):
            return nothing_said("no result")
        found += [_person(one) for one in rows(page.get("list"))]
        if not page.get("has_more"):
            break
        cursor = whole(page.get("next_cursor")) or 0
    return found


def user_id_of(app: App, union_id: str) -> str | Reply:
    answer = app.old("/topapi/user/getbyunionid", {"unionid": union_id})
    return answer if isinstance(answer, Reply) else _named(answer.get("result"), "userid")


def union_id_of(app: App, user_id: str) -> str | Reply:
    """By which to-dos know a person."""
    answer = app.old("/topapi/v2/user/get", {"userid": user_id})
    return answer if isinstance(answer, Reply) else _named(answer.get("result"), "unionid")


def find_person(app: App, mobile: str) -> str | Reply:
    """The user id behind a mobile number."""
    answer = app.old("/topapi/v2/user/getbymobile", {"mobile": mobile})
    return answer if isinstance(answer, Reply) else _named(answer.get("result"), "userid")


def sign_in_inside(app: App, code: str) -> Person | Reply:
    """Who opened a page of ours inside DingTalk, by the code that its client gives to the page; it works once."""
    answer = app.old("/topapi/v2/user/getuserinfo", {"code": code})
    if isinstance(answer, Reply):
        return answer
    person = _person(inner(answer.get("result")))
    return person if person.user_id else nothing_said("no userid")


def sign_in_url(app: App, redirect_url: str, state: str, base_url: str = "https://login.dingtalk.com") -> str:
    """Where a person is sent to sign in; DingTalk sends them back with `authCode` and `state`."""
    query = {
        "redirect_uri": redirect_url,
        "response_type": "code",
        "client_id": app.account.app_key,
        "scope": "openid",
        "state": state,
        "prompt": "consent",
    }
    return f"{base_url}/oauth2/auth?{urlencode(query)}"


def sign_in(app: App, code: str) -> Person | Reply:
    """Who came back with this `authCode`; it works once."""
    asked = {
        "clientId": app.account.app_key,
        "clientSecret": app.account.app_secret,
        "code": code,
        "grantType": "authorization_code",
    }
    granted = app.bare("POST", "/v1.0/oauth2/userAccessToken", asked, secret=code)
    if isinstance(granted, Reply):
        return granted
    token = word(granted.get("accessToken"))
    if not token:
        return nothing_said("no accessToken")
    me = app.bare("GET", "/v1.0/contact/users/me", headers={"x-acs-dingtalk-access-token": token}, secret=token)
    if isinstance(me, Reply):
        return me
    union_id = word(me.get("unionId"))
    if not union_id:
        return nothing_said("no unionId")
    user_id = user_id_of(app, union_id)
    if isinstance(user_id, Reply):
        return user_id
    return Person(user_id, union_id, word(me.get("nick")), word(me.get("mobile")), word(me.get("email")))


def _person(one: Mapping[str, Any]) -> Person:
    return Person(
        word(one.get("userid")),
        word(one.get("unionid")),
        word(one.get("name")),
        word(one.get("mobile")),
        word(one.get("org_email")) or word(one.get("email")),
        tuple(int(number) for number in names(one.get("dept_id_list")) if number.isdigit()),
        one.get("active") is not False,
    )


def _named(found: Any, name: str) -> str | Reply:
    return word(inner(found).get(name)) or nothing_said(f"no {name}")
