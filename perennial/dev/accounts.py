"""Who is known to the servers: one company on every platform. Secrets here open nothing outside of them."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Robot:
    token: str
    secret: str = ""  # "": not signed
    keyword: str = ""  # "": any text


@dataclass(frozen=True, slots=True)
class User:
    """The same person on every platform, where their number is `id` (DingTalk, WeCom) or `open_id` (Feishu)."""

    id: str
    name: str
    union_id: str
    open_id: str
    mobile: str
    mail: str
    department: int


@dataclass(frozen=True, slots=True)
class Department:
    id: int
    name: str
    parent: int


@dataclass(frozen=True, slots=True)
class App:
    """An application of the company: `id` and `secret` buy a token, `agent` is its number, the rest for callbacks."""

    id: str
    secret: str
    agent: int
    company: str
    token: str  # signs callbacks (Feishu: the verification token)
    aes_key: str  # encrypts them (Feishu: the encrypt key)


@dataclass(frozen=True, slots=True)
class Sms:
    key_id: str
    secret: str
    app: str  # SmsSdkAppId
    sign: str
    templates: dict[str, list[str]]  # template -> the parameters that it needs


USERS = (
    User("zhou", "周宁", "uZhou", "ou_zhou", "13800000001", "zhou@example.com", 2),
    User("lin", "林晓棠", "uLin", "ou_lin", "13800000002", "lin@example.com", 2),
    User("he", "何立", "uHe", "ou_he", "13800000003", "he@example.com", 3),
)
DEPARTMENTS = (Department(1, "常青示例公司", 0), Department(2, "客户成功部", 1), Department(3, "销售部", 1))


@dataclass(frozen=True, slots=True)
class Accounts:
    users: tuple[User, ...] = USERS
    departments: tuple[Department, ...] = DEPARTMENTS
    dingtalk_robots: tuple[Robot, ...] = (
        Robot("ding-signed", "SECding-robot-secret"),
        Robot("ding-plain"),
        Robot("ding-keyword", keyword="续费"),
    )
    dingtalk: App = App(
        "dingappkey01", "ding-app-secret", 4100001, "dingcorp01", "dingcbtoken",
        "Yue0EfdN5900c1ce5cf6A152c63DDe1808a60c5ecd7",
    )  # fmt: skip
    wecom_robots: tuple[Robot, ...] = (Robot("wecom-robot-key"), Robot("wecom-other-key"))
    wecom: App = App(
        "ww5823bf96d3bd56c7", "wecom-app-secret", 1000002, "ww5823bf96d3bd56c7", "QDG6eK",
        "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
    )  # fmt: skip
    feishu_robots: tuple[Robot, ...] = (
        Robot("feishu-signed", "feishu-robot-secret"),
        Robot("feishu-plain"),
        Robot("feishu-keyword", keyword="续费"),
    )
    feishu: App = App(
        "cli_perennial01", "feishu-app-secret", 0, "tenant01", "feishu-verification", "feishu-encrypt-key"
    )
    aliyun: Sms = field(
        default_factory=lambda: Sms(
            "aliyun-key-id", "aliyun-key-secret", "", "常青", {"SMS_100001": ["customer", "days"], "SMS_100002": []}
        )
    )
    tencent: Sms = field(
        default_factory=lambda: Sms(
            "AKIDtencent01", "tencent-key-secret", "1400000001", "常青", {"100001": ["1", "2"], "100002": []}
        )
    )

    def user(self, **by: str) -> User | None:
        """The one whose attribute it is: `user(id="lin")`, `user(union_id="uLin")`."""
        return next((one for one in self.users if all(getattr(one, key) == value for key, value in by.items())), None)

    def as_json(self) -> dict[str, Any]:
        """What to put into the settings of the channels to try them."""
        return dataclasses.asdict(self)


def robot(robots: tuple[Robot, ...], token: str) -> Robot | None:
    return next((one for one in robots if one.token == token), None)
