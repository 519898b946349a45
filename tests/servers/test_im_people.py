"""People and departments follow the other side; who it says is at the door comes in."""

import dataclasses
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from error_codes import refused
from web_client import PASSWORD, logged_in, visitor
from worlds import built_once

from perennial import connect, messages, people, records
from perennial.dev import Accounts, Serving, User, serving
from perennial.dev.accounts import Department
from perennial.kernel import SYSTEM, Database, Reason

pytestmark = pytest.mark.servers
CHANNELS = ("dingtalk", "wecom", "feishu")
UNITS = (
    Department(1, "常青示例公司", 0), Department(2, "华东一部", 1), Department(3, "大客户部", 1),
    Department(4, "华南组", 1),
)  # fmt: skip
USERS = (
    User("taoling", "陶令姜", "uTao", "ou_tao", "13800000001", "tao@example.com", 2),
    User("song", "宋以南", "uSong", "ou_song", "13800000002", "song@example.com", 2),  # ours by the mobile number
    User("xuqy", "许清樾", "uXu", "ou_xu", "13800000003", "xu@example.com", 4),  # sounds like somebody here
    User("big", "蒋文澜", "uJiang", "ou_jiang", "13800000004", "jiang@example.com", 3),
)


@pytest.fixture
def im() -> Iterator[Serving]:
    with serving(accounts=Accounts(users=USERS, departments=UNITS)) as running:
        yield running


@pytest.fixture
@built_once
def house(database: Database) -> int:
    """An administrator, two colleagues, three departments of ours."""
    with database.begin(SYSTEM) as tx:
        east = people.save_department(tx, "east", "华东一组")
        people.save_department(tx, "south", "华南组")
        people.create(tx, "songyn", "宋以南", phone="138 0000 0002", mail="song@example.com", department_id=east)
        people.create(tx, "xu", "许清越", mail="qingyue@example.com")
        return people.create(tx, "boss", "老板", password=PASSWORD, roles=["business_admin"])


def set_up(database: Database, im: Serving) -> None:
    urls, known = im.urls, im.world.accounts
    with database.begin(SYSTEM) as tx:
        ding = {"app_key": known.dingtalk.id, "agent_id": str(known.dingtalk.agent), "base_url": urls["dingtalk_old"],
                "new_url": urls["dingtalk"]}  # fmt: skip
        messages.save_setup(tx, "dingtalk", "app", ding, {"app_secret": known.dingtalk.secret})
        wecom = {"corp_id": known.wecom.company, "agent_id": known.wecom.agent, "base_url": urls["wecom"]}
        messages.save_setup(tx, "wecom", "app", wecom, {"secret": known.wecom.secret})
        feishu = {"app_id": known.feishu.id, "base_url": urls["feishu"]}
        messages.save_setup(tx, "feishu", "app", feishu, {"app_secret": known.feishu.secret})
        policy = messages.policy(tx)
        messages.save_policy(tx, dataclasses.replace(policy, link_base="https://renewal.example.com"))


def unit_of(shown: dict[str, object], name: str) -> str:
    return next(one["remote"] for one in shown["units"] if one["path"] == name)  # type: ignore[index,union-attr]


@pytest.mark.parametrize("channel", CHANNELS)
def test_an_organisation_is_previewed_synced_left_and_taken_back(
    database: Database, house: int, im: Serving, channel: str
) -> None:
    set_up(database, im)
    door = f"/api/organisations/{channel}"
    with logged_in(database, "boss") as client:
        assert client.get(door).json()["read_at"] is None
        shown = client.post(f"{door}/read").json()
        lines = {line["name"]: line for line in shown["lines"]}
        # nobody has said what 华东一部 and 大客户部 are here; 华南组 is named alike
        assert {name: (line["act"], line["chosen"]) for name, line in lines.items()} == {
            "陶令姜": ("unplaced", False), "蒋文澜": ("unplaced", False), "许清樾": ("new", False),
            "宋以南": ("bind", True),
        }  # fmt: skip
        # WeCom tells no mail and the numbers of phones are ours, so who is alike is known everywhere
        assert [one["why"] for one in lines["许清樾"]["candidates"]] == ["sound"]
        assert lines["宋以南"]["match"] == "mobile"

        east = next(one["id"] for one in client.get("/api/departments").json() if one["name"] == "华东一组")
        choices = [
            {"remote": unit_of(shown, "华东一部"), "choice": "is", "department_id": east},
            {"remote": unit_of(shown, "大客户部"), "choice": "make"},
        ]
        shown = client.put(f"{door}/units", json=choices).json()
        assert shown["counts"] | {"refused": 0} == {
            "new": 3, "bind": 1, "unplaced": 0, "change": 0, "leave": 0, "same": 0, "refused": 0
        }  # fmt: skip
        chosen = [line["remote"] for line in shown["lines"] if line["chosen"]]
        done = client.post(f"{door}/sync", json={"read_at": shown["read_at"], "remotes": chosen}).json()
        # 许清樾 was not chosen, and waits
        assert [line["name"] for line in done["organisation"]["lines"]] == ["许清樾"]
        here = {one["name"]: one for one in client.get("/api/colleagues").json()}
        assert (here["陶令姜"]["department"], here["蒋文澜"]["department"]) == ("华东一组", "大客户部")
        assert here["陶令姜"]["phone"] == "13800000001"

        # somebody leaves over there: told, not done, until chosen
        im.world.accounts = dataclasses.replace(im.world.accounts, users=tuple(u for u in USERS if u.id != "big"))
        shown = client.post(f"{door}/read").json()
        gone = next(line for line in shown["lines"] if line["act"] == "leave")
        assert (gone["name"], gone["chosen"], gone["held"]) == ("蒋文澜", False, 0)
        stale = {"read_at": "2026-01-01T00:00:00Z", "remotes": [gone["remote"]]}
        assert client.post(f"{door}/sync", json=stale).json()["error"]["code"] == "connect.read_again"
        left = client.post(f"{door}/sync", json={"read_at": shown["read_at"], "remotes": [gone["remote"]]}).json()
        assert next(one for one in client.get("/api/colleagues").json() if one["name"] == "蒋文澜")["active"] is False
        assert client.post(f"/api/people-imports/{left['roster']}/undo").json() == {"kept": 0}
        assert next(one for one in client.get("/api/colleagues").json() if one["name"] == "蒋文澜")["active"] is True


def test_who_still_holds_something_does_not_leave_by_a_sync(renewal: Database, im: Serving) -> None:
    set_up(renewal, im)
    with renewal.begin(SYSTEM) as tx:
        people.create(tx, "boss", "老板", password=PASSWORD, roles=["business_admin"])
        busy = people.create(tx, "qin", "秦牧")
        people.bind(tx, busy, "wecom", "qinmu", "秦牧")
        records.create(tx, "customer", {"name": "佛山临溪包装有限公司", "csm": busy})
    with logged_in(renewal, "boss") as client:
        shown = client.post("/api/organisations/wecom/read").json()
        gone = next(line for line in shown["lines"] if line["act"] == "leave")
        assert (gone["name"], gone["held"]) == ("秦牧", 1)
        refusal = client.post(
            "/api/organisations/wecom/sync", json={"read_at": shown["read_at"], "remotes": [gone["remote"]]}
        )
        assert refusal.json()["error"]["code"] == "processes.handover_first"


def test_a_side_that_says_no_changes_nothing(database: Database, house: int, im: Serving) -> None:
    set_up(database, im)
    with logged_in(database, "boss") as client:
        before = client.post("/api/organisations/wecom/read").json()
        im.fail("/cgi-bin/user/list", "code:60011", times=1)
        refusal = client.post("/api/organisations/wecom/read").json()["error"]
        assert (refusal["code"], "60011" in refusal["text"]) == ("connect.side", True)
        after = client.get("/api/organisations/wecom").json()
        assert (after["read_at"], after["lines"]) == (before["read_at"], before["lines"])
        assert "60011" in after["problem"]
        unknown = client.put("/api/organisations/wecom/units", json=[{"remote": "99", "choice": "make"}])
        assert unknown.json()["error"]["code"] == "connect.no_unit"
        unplaced = next(line["remote"] for line in after["lines"] if line["act"] == "unplaced")
        refusal = client.post(
            "/api/organisations/wecom/sync", json={"read_at": after["read_at"], "remotes": [unplaced]}
        ).json()["error"]
        assert (refusal["code"], refusal["path"]) == ("connect.not_chosen", unplaced)


def test_by_itself_only_what_is_sure_is_done_once_a_day(database: Database, house: int, im: Serving) -> None:
    set_up(database, im)
    assert connect.daily(database) == 0
    with database.begin(SYSTEM, Reason("test")) as tx:
        connect.set_daily(tx, "wecom", True)
        connect.set_daily(tx, "feishu", False)
    connect.read_organisation(database, "wecom")
    with database.begin(SYSTEM) as tx:
        connect.save_units(tx, "wecom", {"2": ("make", None), "3": ("make", None)})
    assert connect.daily(database) == 2  # 陶令姜 and 蒋文澜: nobody is bound by a number, and whoever is alike waits
    assert connect.daily(database) == 0
    with database.begin(SYSTEM) as tx:
        assert sorted(people.bound(tx, "wecom")) == ["big", "taoling"]


@pytest.mark.parametrize("channel", CHANNELS)
def test_who_they_say_it_is_comes_in(database: Database, house: int, im: Serving, channel: str) -> None:
    remote = "ou_tao" if channel == "feishu" else "taoling"
    with visitor(database) as client:
        assert client.get("/api/entrances").json() == []
        assert "connect.no_app" in client.get(f"/api/entrances/{channel}", follow_redirects=False).headers["location"]
        set_up(database, im)
        assert client.get("/api/entrances").json() == list(CHANNELS)

        def came(code: str) -> str:
            away = client.get(f"/api/entrances/{channel}", follow_redirects=False)
            assert away.status_code == 303
            asked = parse_qs(urlsplit(away.headers["location"]).query)
            assert asked["redirect_uri"] == [f"https://renewal.example.com/api/entrances/{channel}/back"]
            given = {"code": code, "state": asked["state"][0]}
            back = client.get(f"/api/entrances/{channel}/back", params=given, follow_redirects=False)
            return back.headers["location"]

        assert came("code-taoling").startswith("/login?refused=connect.nobody")
        im.world.nonces.clear()
        with database.begin(SYSTEM) as tx:
            people.bind(tx, house, channel, remote, "陶令姜")
        assert "connect.not_told" in came("code-nobody")
        strange = client.get(f"/api/entrances/{channel}/back?code=code-taoling&state=mine", follow_redirects=False)
        assert "connect.not_yours" in strange.headers["location"]
        assert client.get("/api/me").status_code == 401
        assert came("code-taoling") == "/"
        assert client.get("/api/me").json()["account"] == "boss"


def test_ones_own_account_is_bound_by_going_there(database: Database, house: int, im: Serving) -> None:
    set_up(database, im)
    with logged_in(database, "boss") as client:
        away = client.get("/api/entrances/wecom/bind", follow_redirects=False)
        state = parse_qs(urlsplit(away.headers["location"]).query)["state"][0]
        back = client.get(f"/api/entrances/wecom/back?code=code-song&state={state}", follow_redirects=False)
        assert back.headers["location"] == "/me?bound=wecom"
    with database.begin(SYSTEM) as tx:
        assert people.bound(tx, "wecom") == {"song": house}
        with refused("connect.no_app", "飞书还没有配置成应用，先到「渠道」里填好应用编号和密钥"):
            messages.clear_setup(tx, "feishu")
            connect.away(tx, "feishu", house)
