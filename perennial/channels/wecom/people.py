"""The organisation and who is at the door.

Paths and fields of this file are the vendor's documented ones; none was tried against the real server. A new
application reads no mobile or mail of people unless they allow it.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from perennial.channels.reply import Reply, permanent, temporary
from perennial.channels.shapes import names, rows, whole, word
from perennial.channels.wecom.app import App


@dataclass(frozen=True, slots=True)
class Department:
    id: int
    name: str
    parent_id: int | None


@dataclass(frozen=True, slots=True)
class Person:
    user_id: str
    name: str = ""
    mobile: str = ""
    email: str = ""
    departments: tuple[int, ...] = ()
    active: bool = True


def departments(app: App) -> list[Department] | Reply:
    """All that the application may see, in one request."""
    found = app.call("GET", "/department/list")
    if isinstance(found, Reply):
        return found
    return [
        Department(number, word(one.get("name")) or str(number), whole(one.get("parentid")) or None)
        for one in rows(found.get("department"))
        if (number := whole(one.get("id"))) is not None
    ]


def people(app: App, department_id: int) -> list[Person] | Reply:
    """Those who are directly in it."""
    found = app.call("GET", "/user/list", query={"department_id": str(department_id)})
    if isinstance(found, Reply):
        return found
    return [
        Person(
            word(one["userid"]),
            word(one.get("name")),
            word(one.get("mobile")),
            word(one.get("biz_mail")) or word(one.get("email")),
            tuple(int(number) for number in names(one.get("department")) if number.isdigit()),
            one.get("status") in (None, 1, 4),  # 1 active, 2 disabled, 4 not yet active, 5 left
        )
        for one in rows(found.get("userlist"))
        if one.get("userid")
    ]


def find_person(app: App, mobile: str) -> str | Reply:
    """The user id behind a mobile number; so people are known to an application that may not read their numbers."""
    found = app.call("POST", "/user/getuserid", {"mobile": mobile})
    if isinstance(found, Reply):
        return found
    return word(found.get("userid")) or temporary("nonsense", "no userid in the answer")


def sign_in_url(app: App, redirect_url: str, state: str, base_url: str = "https://login.work.weixin.qq.com") -> str:
    """Where a person is sent to sign in; WeCom sends them back with `code` and `state`."""
    query = {
        "login_type": "CorpApp",
        "appid": app.account.corp_id,
        "agentid": str(app.account.agent_id),
        "redirect_uri": redirect_url,
        "state": state,
    }
    return f"{base_url}/wwlogin/sso/login?{urlencode(query)}"


def sign_in(app: App, code: str) -> str | Reply:
    """The user id of who came back with this code; it works once. Somebody from outside is `no_such_recipient`."""
    found = app.call("GET", "/auth/getuserinfo", query={"code": code})
    if isinstance(found, Reply):
        return found
    user_id = word(found.get("userid")) or word(found.get("UserId"))
    if user_id:
        return user_id
    if found.get("openid") or found.get("external_userid"):
        return permanent("no_such_recipient", "not a member of the corporation")
    return temporary("nonsense", "no userid in the answer")
