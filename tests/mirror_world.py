"""A small company of which three work in DingTalk, WeCom and Feishu too, beside the local servers of these."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from builders import form, install
from web_client import PASSWORD
from worlds import built_once

from perennial import access, connect, messages, people, records, tasks
from perennial.dev import Serving, World
from perennial.kernel import SYSTEM, Actor, Database, Row, advance_clock

THERE = {"tang": "lin", "liu": "he", "mei": "zhou"}  # who is who on the servers
CHANNELS = ("dingtalk", "wecom", "feishu")


def their(channel: str, name: str) -> str:
    return f"ou_{THERE[name]}" if channel == "feishu" else THERE[name]


@dataclass
class Mirrored:
    """`plain`: a kind of task that needs nothing; `asks`: one that needs an outcome."""

    database: Database
    who: dict[str, int] = field(default_factory=dict[str, int])
    plain: int = 0
    asks: int = 0
    deals: list[int] = field(default_factory=list[int])
    _now: float = 0.0

    # -- arrange

    def channel(self, key: str, im: Serving) -> None:
        """Set up against the local servers."""
        values: dict[str, dict[str, Any]] = {
            "dingtalk": {"app_key": "dingappkey01", "agent_id": "4100001", "base_url": im.urls["dingtalk_old"],
                         "new_url": im.urls["dingtalk"]},
            "wecom": {"corp_id": "ww5823bf96d3bd56c7", "agent_id": 1000002, "base_url": im.urls["wecom"]},
            "feishu": {"app_id": "cli_perennial01", "base_url": im.urls["feishu"]},
        }  # fmt: skip
        secrets = {
            "dingtalk": {"app_secret": "ding-app-secret"}, "wecom": {"secret": "wecom-app-secret"},
            "feishu": {"app_secret": "feishu-app-secret"},
        }  # fmt: skip
        with self.database.begin(SYSTEM) as tx:
            messages.save_setup(tx, key, "app", values[key], secrets[key])

    def on(self, im: Serving, channel: str, *names: str) -> "Mirrored":
        """Set up, released, and these people have accounts there."""
        self.channel(channel, im)
        self.release(channel)
        self.bind(channel, *names)
        return self

    def release(self, *channels: str, on: bool = True) -> None:
        at = "CASE WHEN %(on)s THEN %(now)s::timestamptz END"
        self.run(
            f"UPDATE messages.channel SET released_at = {at} WHERE key = ANY (%(keys)s)", on=on, keys=list(channels)
        )

    def bind(self, channel: str, *names: str) -> None:
        with self.database.begin(SYSTEM) as tx:
            for name in names:
                people.bind(tx, self.who[name], channel, their(channel, name))

    def open(self, name: str | None, title: str | None = None, *, kind: int = 0, due: str | None = None, deal: int = 0,
             candidates: list[str] | None = None) -> int:  # fmt: skip
        """A task of somebody, or of whoever of `candidates` takes it."""
        sql = (
            "INSERT INTO tasks.task (kind_id, record_id, title, assignee_id, candidates, found_by, opened_at, due_at)"
            " VALUES (%(kind)s, %(deal)s, %(title)s, %(who)s, %(candidates)s, 'person', %(now)s, %(due)s) RETURNING id"
        )
        given = {
            "kind": kind or self.plain, "deal": self.deals[deal], "title": title, "due": due and f"{due} 18:00+08",
            "who": self.who.get(name or ""), "candidates": candidates and [self.who[one] for one in candidates],
        }  # fmt: skip
        with self.database.begin(SYSTEM) as tx:
            return int(tx.value(sql, given))

    # -- act

    def run(self, sql: str, **given: Any) -> None:
        with self.database.begin(SYSTEM) as tx:
            tx.run(sql, given)

    def give(self, task: int, name: str) -> None:
        self.run("UPDATE tasks.task SET assignee_id = %(who)s WHERE id = %(id)s", who=self.who[name], id=task)

    def finish(self, task: int) -> None:
        self.run("UPDATE tasks.task SET state = 'done', finished_at = %(now)s WHERE id = %(id)s", id=task)

    def call(self, task: int, title: str) -> None:
        self.run("UPDATE tasks.task SET title = %(title)s WHERE id = %(id)s", title=title, id=task)

    def later(self, **span: float) -> None:
        """The clock moves on."""
        with self.database.begin(SYSTEM) as tx:
            advance_clock(tx, tx.now + dt.timedelta(**span))
            self._now = (tx.now + dt.timedelta(**span)).timestamp()

    def settle(self, minutes: int = 60) -> None:
        """The worker's turns, until both sides are even or so much time has passed."""
        even = 0
        for _ in range(minutes):
            connect.work(self.database)
            even = 0 if self.rows("SELECT id FROM connect.mirrored WHERE try_at IS NOT NULL") else even + 1
            if even == 2:
                return
            self.later(minutes=1)

    # -- look

    def now_s(self) -> float:
        """The workspace's clock in seconds since 1970: that of the servers too."""
        if not self._now:
            self._now = float(self.rows("SELECT extract(epoch FROM %(now)s::timestamptz)::float8 AS s")[0]["s"])
        return self._now

    def rows(self, sql: str, **given: Any) -> list[Row]:
        with self.database.begin(SYSTEM) as tx:
            return tx.rows(sql, given)

    def task(self, id: int) -> Row:
        return self.rows("SELECT * FROM tasks.task WHERE id = %(id)s", id=id)[0]

    def row(self, task: int, channel: str = "dingtalk") -> Row:
        sql = "SELECT * FROM connect.mirrored WHERE task_id = %(task)s AND channel = %(channel)s ORDER BY id DESC"
        return self.rows(sql, task=task, channel=channel)[0]

    def act(self, name: str) -> Actor:
        return Actor("person", self.who[name], name)


def there(world: World, *, done: bool = False) -> Counter[tuple[str, str]]:
    """(title, who does it) of the open to-dos of DingTalk and Feishu, or of those that are done, each as often as it is
    there."""
    found: Counter[tuple[str, str]] = Counter()
    for todo in world.todos.values():
        if todo["done"] is done:
            title = str(todo.get("subject") or todo.get("summary"))
            who = todo.get("executorIds") or [one["id"] for one in todo["members"]]
            found[title, ",".join(who)] += 1
    return found


def standing(world: World, channel: str) -> Counter[tuple[str, str]]:
    """(title, whose) of what waits for somebody on one channel; of WeCom the cards that nobody has said an end of."""
    ours = {their(channel, name): name for name in THERE}
    if channel == "wecom":
        over = {one.key for one in world.reached("card")}
        cards = [one for one in world.reached("notice") if one.id not in over]
        return Counter((one.content["template_card"]["main_title"]["title"], ours[one.to]) for one in cards)
    by_union = {world.accounts.user(id=one): name for one, name in ours.items()} if channel == "dingtalk" else {}
    names = {user.union_id: name for user, name in by_union.items() if user} or ours
    return Counter({(title, names[who]): n for (title, who), n in there(world).items() if who in names})


@built_once
def mirrored(database: Database) -> Mirrored:
    """tang and mei may read every deal, liu none. Nothing is set up, nobody is bound."""
    made = Mirrored(database)
    with database.begin(SYSTEM) as tx:
        install(tx, form("deal", "name: text", "note: text", title="name"))
        access.publish(tx, [access.load({"role": "seller", "label": "销售", "forms": {
            "deal": {"rows": "all", "rights": ["read", "update"], "fields": {"*": "write"}}}})])  # fmt: skip
        people.save_role(tx, people.Role("business_admin", "业务管理员", may=("design", "people", "release")))
        for name in ("tang", "liu", "mei", "zhou"):
            roles = ["business_admin"] if name == "zhou" else ["seller"] if name in ("tang", "mei") else []
            made.who[name] = people.create(tx, name, name, roles=roles, password=PASSWORD)
        outcomes = [{"key": "won", "label": "成交", "label_en": "", "fill": []}]
        made.plain = tasks.kinds(tx, [tasks.Kind(0, "deal", "call", "回访")])["call"]
        made.asks = tasks.kinds(tx, [tasks.Kind(1, "deal", "result", "登记结果", outcomes=outcomes)])["result"]
        made.deals = [records.create(tx, "deal", {"name": name}) for name in ("云帆续约", "海晏扩容")]
        messages.save_policy(tx, messages.Policy(link_base="https://cq.example"))
    return made
