"""A to-do in DingTalk, Feishu and WeCom by the same four verbs. Network, hence outside any transaction.

DingTalk  a to-do under `sourceId`; it can be looked up by it, changed, done, opened again.
Feishu    a task under `client_token`; what was created under one token within a day is found by creating it again.
WeCom     has no to-dos: a card with the button 完成. Its words stay as they were sent: what changes a card works once
          and within 72 hours, and is kept for the end. Repeated within four hours the same card arrives once.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from perennial.channels import Reply, dingtalk, feishu, wecom
from perennial.connect.words import Words
from perennial.kernel import Row

CARD_HOURS = 72
REPEAT_S = 14_400
CARDS_A_MINUTE = 20  # to one member; WeCom drops the 31st without a word, and messages go there too
DONE = "done"  # the key of the button
_SAID: Mapping[str, Mapping[str, str]] = {
    "zh": {"source": "常青 · 待办", "due": "截止", "done": "完成", "over": "已处理", "open": "请点开办理"},
    "en": {"source": "Perennial · to-do", "due": "Due", "done": "Done", "over": "Dealt with", "open": "Open to finish"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stood:
    """What an exchange came to. `code`: WeCom's, for the next change; `stands`: where that is no usual end."""

    reply: Reply
    code: str | None = None
    stands: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """As it stands there."""

    remote_id: str
    done: bool


class Side(Protocol):
    """`looks`: a creation that nobody answered is looked for. `changes`: its words can be others, and what is done can
    be open again."""

    looks: bool
    changes: bool

    def create(self, row: Row, words: Words) -> Stood: ...
    def change(self, row: Row, words: Words) -> Stood: ...
    def close(self, row: Row) -> Stood: ...
    def find(self, row: Row) -> Found | Reply: ...


def _opens(row: Row) -> bool:
    """Whether changing it opens it as well: what is open stays untouched, somebody may be marking it done."""
    return row["stands"] != "open" or bool(row["unsure"])


@dataclass
class DingTalk:
    """`union_ids`: those that are known; `learned`: those that were asked for."""

    app: dingtalk.App
    union_ids: dict[str, str]
    learned: dict[str, str] = field(default_factory=dict[str, str])
    looks: bool = True
    changes: bool = True

    def union_id(self, remote: str) -> str | Reply:
        if remote not in self.union_ids:
            found = dingtalk.union_id_of(self.app, remote)
            if isinstance(found, Reply):
                return replace(found, state="temporary") if found.state == "uncertain" else found
            self.union_ids[remote] = self.learned[remote] = found
        return self.union_ids[remote]

    def create(self, row: Row, words: Words) -> Stood:
        who = self.union_id(row["remote"])
        if isinstance(who, Reply):
            return Stood(who)
        todo = dingtalk.Todo(words.title, row["key"], [who], due_ms=words.due_ms, url=words.url)
        return Stood(dingtalk.create_todo(self.app, who, todo))

    def change(self, row: Row, words: Words) -> Stood:
        changes: dict[str, Any] = {"subject": words.title, **({"done": False} if _opens(row) else {})}
        if words.due_ms is not None:
            changes["dueTime"] = words.due_ms
        who = self.union_id(row["remote"])
        return Stood(who if isinstance(who, Reply) else dingtalk.update_todo(self.app, who, row["remote_id"], changes))

    def close(self, row: Row) -> Stood:
        who = self.union_id(row["remote"])
        return Stood(who if isinstance(who, Reply) else dingtalk.complete_todo(self.app, who, row["remote_id"]))

    def find(self, row: Row) -> Found | Reply:
        who = self.union_id(row["remote"])
        found = who if isinstance(who, Reply) else dingtalk.find_todo(self.app, who, row["key"])
        return found if isinstance(found, Reply) else Found(found.id, found.done)


@dataclass
class Feishu:
    app: feishu.App
    looks: bool = False
    changes: bool = True

    def create(self, row: Row, words: Words) -> Stood:
        task = feishu.Task(words.title, row["key"], [row["remote"]], due_ms=words.due_ms, url=words.url)
        return Stood(feishu.create_task(self.app, task))

    def change(self, row: Row, words: Words) -> Stood:
        again = {"completed_at": "0"} if _opens(row) else {}
        changes: dict[str, Any] = {"summary": words.title, **again}
        if words.due_ms is not None:
            changes["due"] = {"timestamp": str(words.due_ms), "is_all_day": False}
        return Stood(feishu.update_task(self.app, row["remote_id"], changes))

    def close(self, row: Row) -> Stood:
        at: dt.datetime = row["at"]
        return Stood(feishu.complete_task(self.app, row["remote_id"], int(at.timestamp() * 1000)))

    def find(self, row: Row) -> Found | Reply:
        found = feishu.read_task(self.app, row["remote_id"])
        return found if isinstance(found, Reply) else Found(found.guid, found.done)


@dataclass
class WeCom:
    app: wecom.App
    looks: bool = False
    changes: bool = False

    def create(self, row: Row, words: Words) -> Stood:
        said = _SAID.get(words.language, _SAID["zh"])
        lines = [(said["due"], words.due)] if words.due else []
        buttons = [wecom.Button(DONE, said["done"])]
        card = wecom.Card(words.title, "", row["key"], buttons, url=words.url, lines=lines, source=said["source"])
        reply, code = wecom.send_card(self.app, [row["remote"]], card, repeat_s=REPEAT_S)
        missed = next(iter(reply.undelivered.values()), "") if reply.state == "sent" else ""
        return Stood(replace(reply, state="permanent", why=missed) if missed else reply, code or None)

    def change(self, row: Row, words: Words) -> Stood:
        """One whose button was pressed in vain says what to do."""
        return self._say(row, "open")

    def close(self, row: Row) -> Stood:
        return self._say(row, "over")

    def _say(self, row: Row, what: str) -> Stood:
        """What can be said no more is left: the card's link tells how it stands."""
        if not row["code"] or row["at"] - row["code_at"] > dt.timedelta(hours=CARD_HOURS):
            return Stood(Reply("sent"), stands="gone")
        said = _SAID.get((row["words"] or {}).get("language", "zh"), _SAID["zh"])
        reply = wecom.update_card(self.app, row["code"], user_ids=[row["remote"]], button=said[what])
        used = reply.state == "permanent" and reply.why == "not_found"  # by a call of ours whose answer never came
        return Stood(Reply("sent") if used else reply, None if used or reply.state == "sent" else row["code"])

    def find(self, row: Row) -> Found | Reply:
        return Reply("permanent", "refused", "cards are not read")
