"""Local servers that speak the real protocols of DingTalk, WeCom, Feishu, Aliyun and Tencent SMS, SMTP and IMAP.

In:   requests of our clients; failures asked for
Out:  the answers of the real hosts, failures with HTTP 200 included; a recording of everything, without deduplication
Read in this order: server (threads and ports), doors (a request and its failure), faults, errors (who says what),
dingtalk_old … sms (one file per host), callbacks (what is sent to us), smtp, imap, letters.

Written from the published protocols alone: nothing of `channels` is imported here, since what is read the same wrong
way twice proves nothing.
"""

from perennial.dev import callbacks, letters, signing
from perennial.dev.accounts import Accounts, App, Robot, Sms, User
from perennial.dev.errors import ERRORS, EXPIRED, Refusal
from perennial.dev.exchange import Effect, Received
from perennial.dev.scenarios import SCENARIOS
from perennial.dev.server import PORTS, Serving, serving
from perennial.dev.world import World

__all__ = [
    "ERRORS", "EXPIRED", "PORTS", "SCENARIOS", "Accounts", "App", "Effect", "Received", "Refusal", "Robot", "Serving",
    "Sms", "User", "World", "callbacks", "letters", "serving", "signing",
]  # fmt: skip
