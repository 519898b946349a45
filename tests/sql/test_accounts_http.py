"""The doors of accounts, and of the mirror's figures."""

from typing import Any

import pytest
from mirror_world import Mirrored, mirrored
from web_client import TestClient, code, logged_in

from perennial import connect
from perennial.dev import serving
from perennial.kernel import Database


@pytest.fixture
def company(database: Database) -> Mirrored:
    return mirrored(database)


def figures(client: TestClient, channel: str) -> dict[str, Any]:
    return next(one for one in client.get("/api/mirror").json() if one["channel"] == channel)


def test_who_manages_people_binds_an_account_and_its_person_lets_it_go(company: Mirrored) -> None:
    mei, tang = company.who["mei"], company.who["tang"]
    with logged_in(company.database, "zhou") as client:
        bound = client.put(f"/api/people/{tang}/accounts/wecom", json={"remote": "TangY", "name": "小唐"}).json()
        assert [(one["channel"], one["remote"], one["name"]) for one in bound] == [("wecom", "TangY", "小唐")]
        taken = client.put(f"/api/people/{mei}/accounts/wecom", json={"remote": "TangY"})
        assert code(taken) == (409, "people.account_bound")
        assert code(client.put("/api/people/999/accounts/wecom", json={"remote": "a"})) == (404, "people.no_person")
        assert client.get(f"/api/people/{mei}/accounts").json() == []
    with logged_in(company.database, "tang") as client:
        assert client.get("/api/me/accounts").json() == bound
        assert code(client.get(f"/api/people/{mei}/accounts")) == (403, "people.may")
        assert client.delete("/api/me/accounts/wecom").json() == []
    with logged_in(company.database, "zhou") as client:
        assert client.delete(f"/api/people/{tang}/accounts/wecom").json() == []
        assert client.put(f"/api/people/{mei}/accounts/wecom", json={"remote": "TangY"}).status_code == 200


def test_what_stands_there_what_waits_and_what_was_refused_is_told_by_channel(company: Mirrored) -> None:
    with serving() as im, logged_in(company.database, "zhou") as client:
        assert figures(client, "dingtalk")["on"] is False
        company.channel("dingtalk", im)
        company.release("dingtalk")
        company.bind("dingtalk", "tang")
        company.open("tang")
        company.settle()
        now = figures(client, "dingtalk")
        assert (now["on"], now["accounts"], now["open"], now["waiting"], now["problems"]) == (True, 1, 1, 0, [])
        im.fail("dingtalk:*", "code:param.error")
        second = company.open("tang", "报价")
        connect.work(company.database)
        now = figures(client, "dingtalk")
        assert [(one["why"], one["count"], one["person"]) for one in now["problems"]] == [("bad_request", 1, "tang")]
        assert client.post("/api/mirror/dingtalk/compare").status_code == 202
        assert figures(client, "dingtalk")["asked"] is True
        company.settle()
        now = figures(client, "dingtalk")
        assert (now["open"], now["problems"], now["asked"]) == (2, [], False)
        assert company.row(second)["problem"] is None
