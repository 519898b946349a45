"""The ways out: thin clients of DingTalk, WeCom, Feishu, Aliyun and Tencent SMS, SMTP. One call, one answer.

In:   an account (a dataclass; its base URL can be another), a clock of physical time, what is to be said
Out:  `Reply`, the same for all of them; what is read (people, departments, a to-do) or the `Reply` that says why not
Read in this order: reply, exchange (the only place that calls a server), verdicts (what their codes mean), memory
(tokens, the pace of robots), then dingtalk/, wecom/, feishu/, sms/, smtp; signatures and crypt for what comes in.
No table, no transaction, no setting is known here: docs/decisions/0027.
"""

from typing import TYPE_CHECKING

from perennial.channels import dingtalk, feishu, sms, smtp, wecom
from perennial.channels.crypt import Envelope, Forged, Seen
from perennial.channels.memory import MEMORY, Memory
from perennial.channels.reply import WHYS, Reply
from perennial.channels.scrub import scrub

if TYPE_CHECKING:  # it brings httpx, which is loaded when something is sent and not when a program starts
    from perennial.channels import wire

__all__ = [
    "MEMORY",
    "WHYS",
    "Envelope",
    "Forged",
    "Memory",
    "Reply",
    "Seen",
    "dingtalk",
    "feishu",
    "scrub",
    "sms",
    "smtp",
    "wecom",
    "wire",
]
