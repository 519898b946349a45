"""Every way out that the channels know, as the matrix of tests asks it: one call with one text."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from perennial.channels import Memory, Reply, dingtalk, feishu, sms, smtp, wecom
from perennial.dev import Effect, Serving

START = 1_795_000_000.0  # some moment of 2026; the same for both sides until a test moves one


@dataclass
class Clock:
    at: float = START

    def __call__(self) -> float:
        return self.at


@dataclass
class Ours:
    """Our side: clients of the accounts that the servers know. `seconds` is what an exchange may take."""

    im: Serving
    clock: Clock
    memory: Memory = field(default_factory=Memory)
    seconds: float = 5.0

    def again(self) -> "Ours":
        """Another process: nothing is remembered."""
        return Ours(self.im, self.clock, seconds=self.seconds)

    def _options(self) -> Any:
        return {"memory": self.memory, "seconds": self.seconds}

    def ding_robot(self, token: str = "ding-signed", secret: str = "SECding-robot-secret") -> dingtalk.Robot:
        account = dingtalk.RobotAccount(token, secret, self.im.urls["dingtalk_old"])
        return dingtalk.Robot(account, self.clock, **self._options())

    def ding(self, secret: str = "ding-app-secret") -> dingtalk.App:
        urls = self.im.urls
        account = dingtalk.AppAccount(
            "dingappkey01", secret, "4100001", "dingappkey01", urls["dingtalk_old"], urls["dingtalk"]
        )
        return dingtalk.App(account, self.clock, **self._options())

    def wecom_robot(self, key: str = "wecom-robot-key") -> wecom.Robot:
        return wecom.Robot(wecom.RobotAccount(key, self.im.urls["wecom"]), self.clock, **self._options())

    def wecom(self, secret: str = "wecom-app-secret") -> wecom.App:
        account = wecom.AppAccount("ww5823bf96d3bd56c7", secret, 1000002, self.im.urls["wecom"])
        return wecom.App(account, self.clock, **self._options())

    def feishu_robot(self, token: str = "feishu-signed", secret: str = "feishu-robot-secret") -> feishu.Robot:
        return feishu.Robot(feishu.RobotAccount(token, secret, self.im.urls["feishu"]), self.clock, **self._options())

    def feishu(self, secret: str = "feishu-app-secret") -> feishu.App:
        account = feishu.AppAccount("cli_perennial01", secret, self.im.urls["feishu"])
        return feishu.App(account, self.clock, **self._options())

    def aliyun(self, secret: str = "aliyun-key-secret") -> sms.Aliyun:
        account = sms.AliyunAccount("aliyun-key-id", secret, "常青", self.im.urls["aliyun"])
        return sms.Aliyun(account, self.clock, **self._options())

    def tencent(self, secret: str = "tencent-key-secret") -> sms.Tencent:
        account = sms.TencentAccount("AKIDtencent01", secret, "1400000001", "常青", base_url=self.im.urls["tencent"])
        return sms.Tencent(account, self.clock, **self._options())

    def smtp(self) -> smtp.Smtp:
        url = self.im.urls["smtp"].replace("smtp://", "smtp://us:smtp-password@")
        return smtp.Smtp(smtp.SmtpAccount(url, "we@example.com", "常青", self.seconds))


def _todo(ours: Ours, text: str, key: str) -> Reply:
    return dingtalk.create_todo(ours.ding(), "uLin", dingtalk.Todo(text, key, ["uLin"]))


def _approval(ours: Ours, text: str, key: str) -> Reply:
    return dingtalk.start_approval(ours.ding(), "PROC-1", "lin", {"事由": text}, approvers=[("AND", ["he"])])


def _card(ours: Ours, text: str, key: str) -> Reply:
    return wecom.send_card(ours.wecom(), ["lin"], wecom.Card("审批", text, key, [wecom.Button("agree", "同意")]))[0]


def _task(ours: Ours, text: str, key: str) -> Reply:
    return feishu.create_task(ours.feishu(), feishu.Task(text, key, ["ou_lin"]))


@dataclass(frozen=True)
class Way:
    """`door`: as the table of errors calls it. `keyed`: repeating it makes no second one. `text`: of what arrived."""

    name: str
    service: str
    door: str
    path: str
    call: Callable[[Ours, str, str], Reply]
    text: Callable[[Any], str] = lambda content: ""
    keyed: bool = False
    limit_bytes: int = 0  # of the text itself

    def send(self, ours: Ours, text: str = "续费提醒", key: str = "row-1") -> Reply:
        return self.call(ours, text, key)

    def arrived(self, im: Serving) -> list[Effect]:
        return [one for one in im.world.effects if one.service == self.service]


def _of(*names: str) -> Callable[[Any], str]:
    def read(content: Any) -> str:
        for name in names:
            content = content[name]
        return str(content)

    return read


WAYS = {
    one.name: one
    for one in (
        Way("ding_robot", "dingtalk_old", "robot", "/robot/send",
            lambda ours, text, key: ours.ding_robot().text(text), _of("text", "content")),
        Way("ding_notice", "dingtalk_old", "notice", "/topapi/message/corpconversation/asyncsend_v2",
            lambda ours, text, key: dingtalk.notify(ours.ding(), ["lin"], text), _of("text", "content"),
            limit_bytes=2048),
        Way("ding_todo", "dingtalk", "todo", "/v1.0/todo/users/uLin/tasks", _todo, _of("subject"), True, 1024),
        Way("ding_chat", "dingtalk", "chat", "/v1.0/robot/oToMessages/batchSend",
            lambda ours, text, key: dingtalk.chat(ours.ding(), ["lin"], text), _of("msgParam")),
        Way("ding_approval", "dingtalk", "approval", "/v1.0/workflow/processInstances", _approval),
        Way("wecom_robot", "wecom", "robot", "/cgi-bin/webhook/send",
            lambda ours, text, key: ours.wecom_robot().text(text), _of("text", "content"), limit_bytes=2048),
        Way("wecom_app", "wecom", "app", "/cgi-bin/message/send",
            lambda ours, text, key: wecom.send(ours.wecom(), ["lin"], text), _of("text", "content"), True, 2048),
        Way("wecom_card", "wecom", "card", "/cgi-bin/message/send", _card,
            _of("template_card", "main_title", "desc"), True, 512),
        Way("feishu_robot", "feishu", "robot", "/open-apis/bot/v2/hook/feishu-signed",
            lambda ours, text, key: ours.feishu_robot().text(text), _of("content", "text")),
        Way("feishu_app", "feishu", "app", "/open-apis/im/v1/messages",
            lambda ours, text, key: feishu.send(ours.feishu(), "ou_lin", text, key=key), _of("content"), True),
        Way("feishu_task", "feishu", "task", "/open-apis/task/v2/tasks", _task, _of("summary"), True, 3000),
        Way("aliyun", "aliyun", "sms", "/",
            lambda ours, text, key: ours.aliyun().send(["13800000002"], "SMS_100002", {}, out_id=key)),
        Way("tencent", "tencent", "sms", "/",
            lambda ours, text, key: ours.tencent().send(["13800000002"], "100002", [], session=key)),
    )
}  # fmt: skip
TOKENS = {
    "ding_notice": ("dingtalk_old", "/gettoken"),
    "ding_todo": ("dingtalk", "/v1.0/oauth2/accessToken"),
    "ding_chat": ("dingtalk", "/v1.0/oauth2/accessToken"),
    "ding_approval": ("dingtalk", "/v1.0/oauth2/accessToken"),
    "wecom_app": ("wecom", "/cgi-bin/gettoken"),
    "wecom_card": ("wecom", "/cgi-bin/gettoken"),
    "feishu_app": ("feishu", "/open-apis/auth/v3/tenant_access_token/internal"),
    "feishu_task": ("feishu", "/open-apis/auth/v3/tenant_access_token/internal"),
}
"""Way -> where its token comes from."""

SECRETS = (
    "SECding-robot-secret", "ding-app-secret", "wecom-app-secret", "feishu-robot-secret", "feishu-app-secret",
    "aliyun-key-secret", "tencent-key-secret", "smtp-password", "ding-signed", "wecom-robot-key", "feishu-signed",
)  # fmt: skip
"""What may stand in no text that leaves the clients; beside it the tokens that were issued and the signatures made."""


def issued(im: Serving) -> set[str]:
    """Tokens and signatures of this run."""
    tokens = set(im.world._tokens) | set(im.world._revoked)  # pyright: ignore[reportPrivateUsage]
    signs = {one.query.get("sign", "") for one in im.world.received}
    headers = {one.headers.get("authorization", "").rpartition("=")[2] for one in im.world.received}
    bodies = (one.body.partition("Signature=")[2].partition("&")[0] for one in im.world.received)
    return {one for one in itertools.chain(tokens, signs, headers, bodies) if len(one) > 8}
