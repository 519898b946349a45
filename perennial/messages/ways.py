"""From an outbox row to a client of `perennial.channels`: the ways out that the settings in the database make."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from perennial.channels import Reply, dingtalk, feishu, sms, smtp, wecom
from perennial.kernel import SYSTEM, Database, Tx
from perennial.messages.channels import REFUSED, Channel, Outcome, Wire, unsubscribe
from perennial.messages.incoming import checked
from perennial.messages.setup import KINDS, Setup, setup

AGAIN_S, REST_S = 60.0, 300.0  # until a server that was not there, or did not let us in, is asked again
Send = Callable[[Wire], Reply]


@dataclass(slots=True)
class Way:
    """A channel as it is set up; `repeats` as its client knows a key of repetition."""

    call: Send
    repeats: int = 0
    instant: bool = False

    def send(self, wire: Wire) -> Outcome:
        reply = self.call(wire)
        missed = next(iter(reply.undelivered.values()), "") if reply.state == "sent" else ""
        if missed and missed not in ("throttled", "busy"):  # one recipient, and that one was refused
            return Outcome("permanent", reply.detail, why=missed, remote_id=reply.remote_id)
        wait_s = reply.wait_s
        if reply.state == "temporary" and wait_s is None:  # of the channel, not of this message: nothing is lost to it
            wait_s = REST_S if reply.why in REFUSED else AGAIN_S if reply.why == "unreachable" else None
        return Outcome(reply.state, reply.detail, why=reply.why, remote_id=reply.remote_id, wait_s=wait_s)


def by_environment() -> dict[str, Channel]:
    """Mail, when PERENNIAL_SMTP_URL is set: as good as a setup in the database, which goes before it."""
    url = os.environ.get("PERENNIAL_SMTP_URL")
    return {"mail": _by_smtp(smtp.SmtpAccount(url, sender_by_environment()))} if url else {}


def sender_by_environment() -> str:
    return os.environ.get("PERENNIAL_MAIL_FROM", "perennial@localhost")


def set_up(database: Database) -> dict[str, Channel]:
    """The ways out that are set up here. One whose secrets do not open is none, and its channel says so."""
    with database.begin(SYSTEM) as tx:
        found = {channel: way_of(tx, channel) for channel in KINDS if channel != "mail_in"}
    return {channel: way for channel, way in found.items() if way is not None}


def sender_of(database: Database) -> str | None:
    """The address that mails of the settings come from."""
    with database.begin(SYSTEM) as tx:
        sql = "SELECT settings -> 'values' ->> 'sender' FROM messages.channel WHERE key = 'mail'"
        return tx.value(sql)


def way_of(tx: Tx, channel: str) -> Way | None:
    made = setup(tx, channel)
    if made is None:
        return None
    if made.lost:
        lost = "UPDATE messages.channel SET problem = 'secret_lost', problem_at = %(now)s WHERE key = %(channel)s"
        tx.run(f"{lost} AND problem IS DISTINCT FROM 'secret_lost'", {"channel": channel})
        return None
    return _MADE[channel, made.kind](made)


def _base(made: Setup, key: str = "base_url", name: str = "base_url") -> dict[str, str]:
    """Another server than the vendor's, where one is given."""
    return {name: made.text(key)} if made.text(key) else {}


def _mail(made: Setup) -> Way:
    user, password = made.text("user"), made.secrets.get("password", "")
    scheme = "smtps" if made.text("security") == "tls" else "smtp"
    who = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
    port = made.values.get("port") or (465 if scheme == "smtps" else 587 if user else 25)
    account = smtp.SmtpAccount(
        f"{scheme}://{who}{made.text('host')}:{port}", made.text("sender"), made.text("sender_name"),
        security=made.text("security"),
    )  # fmt: skip
    return _by_smtp(account)


def _by_smtp(account: smtp.SmtpAccount) -> Way:
    client = smtp.Smtp(account)

    def send(wire: Wire) -> Reply:
        mail = smtp.Mail(wire.wire_id, wire.name, wire.address, wire.subject, wire.body, headers=unsubscribe(wire))
        return client.send(mail)

    return Way(send, repeats=1)


def _code(made: Setup, wire: Wire) -> str:
    codes: Mapping[str, str] = made.values.get("codes") or {}
    return codes.get(wire.code, wire.code)


def _aliyun(made: Setup) -> Way:
    account = sms.AliyunAccount(made.text("key_id"), made.secrets["key_secret"], made.text("sign_name"), **_base(made))
    client = sms.Aliyun(account, time.time)
    return Way(lambda wire: client.send([wire.address], _code(made, wire), dict(wire.params), out_id=wire.wire_id[:64]))


def _tencent(made: Setup) -> Way:
    account = sms.TencentAccount(
        made.text("secret_id"), made.secrets["secret_key"], made.text("app_id"), made.text("sign_name"),
        **{"region": made.text("region", "ap-guangzhou"), **_base(made)},
    )  # fmt: skip
    client = sms.Tencent(account, time.time)
    return Way(lambda wire: client.send([wire.address], _code(made, wire), [value for _, value in wire.params]))


def _dingtalk_robot(made: Setup) -> Way:
    account = dingtalk.RobotAccount(made.secrets["token"], made.secrets.get("secret", ""), **_base(made))
    client = dingtalk.Robot(account, time.time)
    return Way(lambda wire: client.markdown(wire.subject, f"**{wire.subject}**\n\n{wire.body}"))


def app_of(tx: Tx, channel: str) -> dingtalk.App | wecom.App | feishu.App | None:
    """The application behind a channel, for what is more than a message: to-dos, cards, people. None: not set up as
    one, or its secrets do not open."""
    made = setup(tx, channel)
    if made is None or made.kind != "app" or made.lost:
        return None
    return _APPS[channel](made)


def _dingtalk(made: Setup) -> dingtalk.App:
    places = {**_base(made, name="old_url"), **_base(made, "new_url", "new_url")}
    account = dingtalk.AppAccount(
        made.text("app_key"), made.secrets["app_secret"], made.text("agent_id"), made.text("robot_code"), **places
    )
    return dingtalk.App(account, time.time)


def _dingtalk_app(made: Setup) -> Way:
    app = _dingtalk(made)
    return Way(lambda wire: dingtalk.notify(app, [wire.address], wire.body, title=wire.subject))


def _wecom_robot(made: Setup) -> Way:
    client = wecom.Robot(wecom.RobotAccount(made.secrets["key"], **_base(made)), time.time)
    return Way(lambda wire: client.markdown(f"**{wire.subject}**\n{wire.body}"))


def _wecom(made: Setup) -> wecom.App:
    account = wecom.AppAccount(
        made.text("corp_id"), made.secrets["secret"], int(made.values["agent_id"]), **_base(made)
    )
    return wecom.App(account, time.time)


def _wecom_app(made: Setup) -> Way:
    app = _wecom(made)
    return Way(lambda wire: wecom.send(app, [wire.address], f"{wire.subject}\n{wire.body}"), repeats=1)


def _feishu_robot(made: Setup) -> Way:
    account = feishu.RobotAccount(made.secrets["token"], made.secrets.get("secret", ""), **_base(made))
    client = feishu.Robot(account, time.time)
    return Way(lambda wire: client.post(wire.subject, wire.body))


def _feishu(made: Setup) -> feishu.App:
    return feishu.App(feishu.AppAccount(made.text("app_id"), made.secrets["app_secret"], **_base(made)), time.time)


def _feishu_app(made: Setup) -> Way:
    app = _feishu(made)
    return Way(lambda wire: feishu.send(app, wire.address, f"{wire.subject}\n{wire.body}", key=wire.wire_id), repeats=1)


def _imap(made: Setup) -> Way:
    """Nothing leaves by it: trying it opens the mailbox."""
    return Way(lambda wire: checked(made))


_APPS: Mapping[str, Callable[[Setup], dingtalk.App | wecom.App | feishu.App]] = {
    "dingtalk": _dingtalk, "wecom": _wecom, "feishu": _feishu,
}  # fmt: skip
_MADE: Mapping[tuple[str, str], Callable[[Setup], Way]] = {
    ("mail", "smtp"): _mail, ("sms", "aliyun"): _aliyun, ("sms", "tencent"): _tencent,
    ("dingtalk", "robot"): _dingtalk_robot, ("dingtalk", "app"): _dingtalk_app,
    ("wecom", "robot"): _wecom_robot, ("wecom", "app"): _wecom_app,
    ("mail_in", "imap"): _imap, ("feishu", "robot"): _feishu_robot, ("feishu", "app"): _feishu_app,
}  # fmt: skip
