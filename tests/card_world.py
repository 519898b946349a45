"""The company of the approvals, of which cai, fa and fei also work in DingTalk, WeCom and Feishu."""

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from approval_world import Deals, founded
from web_client import visitor
from worlds import built_once

from perennial import connect, messages, people
from perennial.dev import Effect, Serving, callbacks
from perennial.kernel import SYSTEM, Database, Row, advance_clock

THERE = {"cai": "lin", "fa": "he", "fei": "zhou"}  # who is who on the servers
KEYS = {
    "dingtalk": ("app_secret", "ding-app-secret"), "wecom": ("secret", "wecom-app-secret"),
    "feishu": ("app_secret", "feishu-app-secret"),
}  # fmt: skip


@dataclass
class Cards:
    """`press` is what a person does there: the event comes in by the door, as often and as wrong as asked."""

    deals: Deals
    im: Serving
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    @property
    def database(self) -> Database:
        return self.deals.database

    def channel(self, key: str, *, bind: Sequence[str] = ("cai", "fa", "fei"), **more: Any) -> None:
        """Set up against the local servers, released, and these people bound."""
        urls, known = self.im.urls, self.im.world.accounts
        app = {"dingtalk": known.dingtalk, "wecom": known.wecom, "feishu": known.feishu}[key]
        values: dict[str, Any] = {
            "dingtalk": {"app_key": app.id, "agent_id": str(app.agent), "base_url": urls["dingtalk_old"],
                         "new_url": urls["dingtalk"]},
            "wecom": {"corp_id": app.company, "agent_id": app.agent, "base_url": urls["wecom"]},
            "feishu": {"app_id": app.id, "base_url": urls["feishu"]},
        }[key]  # fmt: skip
        name, secret = KEYS[key]
        called = (
            {"verification_token": app.token, "encrypt_key": app.aes_key}
            if key == "feishu"
            else {"callback_token": app.token, "callback_key": app.aes_key}
        )
        with self.database.begin(SYSTEM) as tx:
            messages.save_setup(tx, key, "app", {**values, **more}, {name: secret, **called})
            messages.save_policy(tx, messages.Policy(link_base="https://cq.example"))
            tx.run("UPDATE messages.channel SET released_at = %(now)s WHERE key = %(key)s", {"key": key})
            for one in bind:
                people.bind(tx, self.deals.who[one], key, self.their(key, one))

    def deal_again(self) -> int:
        """Another deal goes the way that is published."""
        at = self.deals.deal(f"HT-{next(self.numbers) + 100}")
        self.deals.start(at)
        return at

    def their(self, channel: str, name: str) -> str:
        return f"ou_{THERE[name]}" if channel == "feishu" else THERE[name]

    def card(self, name: str, channel: str = "feishu", at: int | None = None) -> Row:
        sql = (
            "SELECT c.* FROM connect.card c JOIN processes.vote v ON v.id = c.vote_id"
            " JOIN processes.approval a ON a.id = v.approval_id WHERE c.person_id = %(who)s"
            " AND c.channel = %(channel)s AND (%(at)s::bigint IS NULL OR a.record_id = %(at)s) ORDER BY c.id DESC"
        )
        return self.deals.rows(sql, who=self.deals.who[name], channel=channel, at=at)[0]

    def pressed(self, name: str, channel: str, card: Row, number: str = "", *, result: str = "agree") -> dict[str, Any]:
        """The event of a press by somebody; the same `number`, the same event."""
        who, number = self.their(channel, name), number or str(next(self.numbers))
        if channel == "feishu":
            event = {"operator": {"open_id": who}, "action": {"tag": "button",
                     "value": {"what": "agree", "card": card["key"]}}}  # fmt: skip
            return callbacks.feishu_event(
                self.im.world.accounts, "card.action.trigger", event, self.im.world.now(), f"ev-{number}"
            )
        if channel == "wecom":
            return {
                "ToUserName": "ww", "FromUserName": who, "CreateTime": number, "MsgType": "event",
                "Event": "template_card_event", "EventKey": "agree", "TaskId": card["key"], "AgentID": 1000002,
                "CardType": "button_interaction",
                "ResponseCode": f"press-{number}",
            }  # fmt: skip
        return {
            "EventType": "bpms_task_change", "type": "finish", "result": result, "staffId": who, "eventId": number,
            "processInstanceId": card["remote_id"], "taskId": 1,
        }  # fmt: skip

    def call(self, channel: str, event: Mapping[str, Any], how: str = "good", *, shift_s: float = 0) -> list[int]:
        """The statuses that our door answers with."""
        calls = callbacks.compose(self.im.world.accounts, channel, event, self.im.world.now() + shift_s, how)
        with visitor(self.database, address="203.0.113.9") as client:
            return [
                client.request(
                    one.method, f"/api/callbacks/{channel}", params=dict(one.query), headers=dict(one.headers),
                    content=one.body,
                ).status_code
                for one in calls
            ]  # fmt: skip

    def press(self, name: str, channel: str = "feishu", card: Row | None = None, **more: Any) -> list[int]:
        card = card or self.card(name, channel)
        return self.call(channel, self.pressed(name, channel, card, **more))

    def follow(self) -> Counter[str]:
        return connect.follow(self.database)

    def show(self, minutes: int = 60) -> None:
        """The worker's turns, until every card is as it should be or so much time has passed."""
        for _ in range(minutes):
            connect.show_cards(self.database)
            if not self.deals.rows("SELECT id FROM connect.card WHERE try_at IS NOT NULL"):
                return
            self.later(minutes=1)

    def later(self, **span: float) -> None:
        with self.database.begin(SYSTEM) as tx:
            advance_clock(tx, tx.now + dt.timedelta(**span))

    def events(self, *columns: str) -> list[tuple[Any, ...]]:
        rows = self.deals.rows("SELECT * FROM connect.event ORDER BY id")
        return [tuple(row[one] for one in columns) for row in rows]

    def sent(self, kind: str, to: str = "") -> list[Any]:
        """What people there have seen, in its order."""
        return [one.content for one in self.im.world.effects if one.kind == kind and to in ("", one.to)]


def is_card(one: Effect) -> bool:
    """Whether people saw a card of an approval by it, not a change of one."""
    return one.kind in ("chat", "approval", "todo") or (one.service, one.kind) == ("wecom", "notice")


@built_once
def asked(database: Database) -> Deals:
    return founded(database)
