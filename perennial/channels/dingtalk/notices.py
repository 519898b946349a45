"""To one person or many: work notices, and the robot that speaks to one person."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from perennial.channels.dingtalk.stacks import App, nothing_said
from perennial.channels.reply import Reply
from perennial.channels.shapes import inner, names, rows, word
from perennial.channels.text import bytes_of, cut

NOTICE_BYTES = 2048  # of a text
MARKDOWN_BYTES = 5000
CHAT_USERS = 20
_DROPPED = {"143105": "duplicate", "143106": "quota"}


def notify(app: App, user_ids: Sequence[str], text: str, *, title: str = "", url: str = "") -> Reply:
    """A work notice: a text; with a title markdown; with an address too a card that leads there.

    `sent` says that DingTalk took it, not that it arrived: what is over its limits (the same content to the same person
    twice a day, 500 a day) is dropped silently. `notice_result` tells, with `remote_id`. So a repetition of the same
    words arrives once a day, though the call knows no key.
    """
    fits, was_cut = cut(text, MARKDOWN_BYTES if title else NOTICE_BYTES)
    if url:
        message: dict[str, Any] = {
            "msgtype": "action_card",
            "action_card": {"title": title, "markdown": fits, "single_title": title or url, "single_url": url},
        }
    elif title:
        message = {"msgtype": "markdown", "markdown": {"title": title, "text": fits}}
    else:
        message = {"msgtype": "text", "text": {"content": fits}}
    asked = {"agent_id": _number(app.account.agent_id), "userid_list": ",".join(user_ids), "msg": message}
    found = app.old("/topapi/message/corpconversation/asyncsend_v2", asked)
    if isinstance(found, Reply):
        return found
    return Reply("sent", "cut" if was_cut else "", remote_id=word(found.get("task_id")))


def notice_result(app: App, task_id: str) -> Reply:
    """Who has not got a work notice, and why: `undelivered`. `permanent` where nobody has.

    The lists are named as in the vendor's SDK; `forbidden_list` as documented. Not seen from the real server.
    """
    asked = {"agent_id": _number(app.account.agent_id), "task_id": _number(task_id)}
    found = app.old("/topapi/message/corpconversation/getsendresult", asked)
    if isinstance(found, Reply):
        return found
    result = inner(found.get("send_result"))
    missed = dict.fromkeys(names(result.get("failed_user_id_list")), "refused")
    missed |= dict.fromkeys(names(result.get("forbidden_user_id_list")), "throttled")
    missed |= dict.fromkeys(names(result.get("invalid_user_id_list")), "no_such_recipient")
    for one in rows(result.get("forbidden_list")):
        missed[word(one.get("userid"))] = _DROPPED.get(word(one.get("code")), "throttled")
    missed.pop("", None)
    arrived = [*names(result.get("read_user_id_list")), *names(result.get("unread_user_id_list"))]
    if missed and not arrived:
        return Reply("permanent", next(iter(missed.values())), remote_id=task_id, undelivered=missed)
    return Reply("sent", remote_id=task_id, undelivered=missed)


def chat(app: App, user_ids: Sequence[str], text: str, *, title: str = "") -> Reply:
    """The robot of the application speaks to each of at most 20 people alone."""
    if len(user_ids) > CHAT_USERS:
        return Reply("permanent", "too_long", f"{len(user_ids)} people, at most {CHAT_USERS}")
    said, was_cut = _sample(app, text, title)
    found = app.new("POST", "/v1.0/robot/oToMessages/batchSend", {"userIds": list(user_ids), **said})
    if isinstance(found, Reply):
        return found
    number = word(found.get("processQueryKey"))
    if not number:
        return nothing_said("no processQueryKey")
    missed = dict.fromkeys(names(found.get("invalidStaffIdList")), "no_such_recipient")
    missed |= dict.fromkeys(names(found.get("flowControlledStaffIdList")), "throttled")
    missed |= dict.fromkeys(names(found.get("filteredStaffIdList")), "content")
    reply = Reply("sent", "cut" if was_cut else "", remote_id=number, undelivered=missed)
    return nobody_got_it(reply, user_ids)


def chat_group(app: App, conversation_id: str, text: str, *, title: str = "") -> Reply:
    """The robot of the application speaks in a group that it belongs to (`openConversationId`)."""
    said, was_cut = _sample(app, text, title)
    found = app.new("POST", "/v1.0/robot/groupMessages/send", {"openConversationId": conversation_id, **said})
    if isinstance(found, Reply):
        return found
    number = word(found.get("processQueryKey"))
    return Reply("sent", "cut" if was_cut else "", remote_id=number) if number else nothing_said("no processQueryKey")


def _sample(app: App, text: str, title: str) -> tuple[dict[str, Any], bool]:
    """(what a robot says, whether it was cut): its parameters are JSON inside JSON."""

    def shape(fits: str) -> str:
        return json.dumps({"title": title, "text": fits} if title else {"content": fits}, ensure_ascii=False)

    fits, was_cut = cut(text, MARKDOWN_BYTES, lambda one: bytes_of(shape(one)))
    key = "sampleMarkdown" if title else "sampleText"
    return {"robotCode": app.account.robot_code, "msgKey": key, "msgParam": shape(fits)}, was_cut


def nobody_got_it(reply: Reply, recipients: Sequence[str]) -> Reply:
    """Where each of the recipients was refused, nothing was sent; it may be repeated where all were only throttled."""
    whys = [reply.undelivered.get(one) for one in recipients]
    if not recipients or None in whys:
        return reply
    only_early = set(whys) <= {"throttled", "busy"}
    why = str(whys[0])
    if only_early:
        return replace(reply, state="temporary", why=why, wait_s=60.0)
    return replace(reply, state="permanent", why=next(str(one) for one in whys if one not in ("throttled", "busy")))


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() else text
