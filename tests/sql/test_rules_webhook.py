"""A rule calls somebody else's server: signed, once for each firing, again after a failure, and listed."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest
from error_codes import refused
from test_rules_engine import Shop, shop
from web_client import PASSWORD, logged_in
from webhook_world import Receiver, receiving

from perennial import people, processes, rules
from perennial.kernel import SYSTEM, settings

__all__ = ["shop"]


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("PERENNIAL_WEBHOOK_PRIVATE", "1")
    settings.cache_clear()
    with receiving() as it:
        yield it
    settings.cache_clear()


def calling(shop: Shop, url: str, **more: Any) -> None:
    action = {"kind": "webhook", "url": url, "set": {"deal": "this", "name": "name", "amount": "amount"}, **more}
    shop.rule("big", condition="amount > 10", actions=[action])


def turn(shop: Shop) -> dict[str, int]:
    processes.tick(shop.database)
    return processes.send_webhooks(shop.database).counts


def later(shop: Shop, minutes: int) -> None:
    shop.run("UPDATE kernel.workspace SET clock_at = clock_at + make_interval(mins => %(n)s)", n=minutes)


def test_each_firing_is_one_signed_call_with_the_values_of_then(shop: Shop, receiver: Receiver) -> None:
    calling(shop, receiver.url())
    one, other = shop.deal(name="a", amount="11.50"), shop.deal(name="b", amount="12")
    shop.change(one, name="later")
    assert turn(shop) == {"done": 2}
    assert turn(shop) == {}
    bodies = [json.loads(body) for _, _, body in receiver.got]
    assert sorted(bodies, key=lambda body: body["deal"]) == [
        {"deal": one, "name": "a", "amount": "11.5"}, {"deal": other, "name": "b", "amount": "12"},
    ]  # fmt: skip
    (secret,) = shop.rows("SELECT secret FROM processes.signing WHERE process = 'rule:big'")
    _, headers, body = receiver.got[0]
    said = f"{headers['X-Perennial-Timestamp']}.{headers['X-Perennial-Id']}.".encode() + body
    signed = hmac.new(secret["secret"].encode(), said, hashlib.sha256).hexdigest()
    assert headers["X-Perennial-Signature"] == signed


def test_a_call_that_fails_is_made_again_with_its_key_then_stays_listed_until_somebody_asks(
    shop: Shop, receiver: Receiver
) -> None:
    receiver.answers = [503, 503, 200]
    calling(shop, receiver.url(), tries=2)
    deal = shop.deal(name="a", amount="11")
    assert turn(shop) == {"retry": 1}
    later(shop, 2)
    assert turn(shop) == {"failed": 1}
    with shop.database.begin(SYSTEM) as tx:
        people.save_role(tx, people.Role("designer", "设计", may=("design",)))
        people.create(tx, "xu", "许", password=PASSWORD, roles=["designer", "business_admin"])
    with logged_in(shop.database, "xu") as client:
        (listed,) = client.get("/api/rules/big/calls", params={"state": "failed"}).json()
        assert (listed["record_id"], listed["record_title"], listed["status"], listed["again"]) == (
            deal,
            "a",
            503,
            True,
        )
        (sender,) = client.get("/api/channels/webhooks").json()
        told = (sender["of"], sender["key"], sender["urls"], sender["today"], sender["failed"])
        assert told == ("rule", "big", [receiver.url()], 1, 1)
        assert client.post(f"/api/rules/big/calls/{listed['id']}/retry").status_code == 200
        assert turn(shop) == {"done": 1}
        assert client.post(f"/api/rules/big/calls/{listed['id']}/retry").status_code == 409
        assert client.post("/api/rules/big/calls/99/retry").status_code == 404
        shop.run(
            "INSERT INTO rules.stopped SELECT id, %(deal)s, 'rules.no_reason', '{}', now() FROM rules.rule", deal=deal
        )
        (left,) = client.get("/api/rules/big/kept-back").json()
        assert (left["record_id"], left["title"], left["fault"]) == (deal, "a", "请写明为什么忽略这条预警")
        first = client.get("/api/rules/big/signing").json()["secret"]
        assert client.post("/api/rules/big/signing").json()["secret"] != first
    assert len({headers["X-Perennial-Id"] for _, headers, _ in receiver.got}) == 1 and len(receiver.got) == 3


def test_an_address_that_cannot_or_must_not_be_called_is_refused_and_a_trial_calls_nobody(shop: Shop) -> None:
    wrong = "「ftp://x」不是可以发送的网址，请以 http:// 或 https:// 开头，不要把用户名和密码写在里面"
    with refused("rules.url", wrong, path="actions[0].url"):
        calling(shop, "ftp://x")
    inside = "「http://127.0.0.1/」在内网，这个系统没有允许向内网发送（PERENNIAL_WEBHOOK_PRIVATE）"
    with refused("rules.private_url", inside, path="actions[0].url"):
        calling(shop, "http://127.0.0.1/")
    deal = shop.deal(name="a", amount="11")
    tree = {"rule": "big", "label": "big", "form": "deal", "when": {"kind": "changed"}, "condition": "amount > 10",
            "actions": [{"kind": "webhook", "url": "https://erp.example.com/in", "set": {"name": "name"}}]}  # fmt: skip
    with shop.database.begin(SYSTEM) as tx:
        tried = rules.trial(tx, tree, deal)
    assert tried.calls == [{"url": "https://erp.example.com/in", "body": '{ "name" : "a" }'}]
    assert shop.rows("SELECT FROM rules.posting") == []
