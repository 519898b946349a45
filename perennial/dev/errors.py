"""What the other side says when it refuses: each code once, with its class, as data.

`lasting`: temporary failures may be tried again, permanent ones never. Codes of the gateways of Feishu and of
Tencent Cloud are the common ones of their public lists. Statuses are those of the real hosts: failing with HTTP 200 is
the rule, not the exception.
"""

from dataclasses import dataclass
from typing import Literal

from perennial.dev.exchange import Answer, said

Lasting = Literal["permanent", "temporary"]


@dataclass(frozen=True, slots=True)
class Refusal:
    service: str
    door: str  # robot, notice, app, todo, token, sms, number (one recipient of several)
    code: str
    text: str
    lasting: Lasting
    status: int = 200
    sub: str = ""  # old stack of DingTalk: errcode 88 says the true code here

    @property
    def name(self) -> str:
        """What `code:…` calls it: `88.40014` where there are two."""
        return f"{self.code}.{self.sub}" if self.sub else self.code

    @property
    def kind(self) -> str:
        """The failure that makes the service say exactly this."""
        return f"code:{self.name}/{self.status if self.status != 200 else self.text[:10]}"


def _of(service: str, door: str, lasting: Lasting, *rows: tuple[str, str], status: int = 200) -> tuple[Refusal, ...]:
    return tuple(Refusal(service, door, code, text, lasting, status) for code, text in rows)


_HINT = "hint: [1764000000_1_abc], from ip: 10.0.0.1, more info at https://open.work.weixin.qq.com/devtool/query?e="
_FAST = "Forbidden.AccessDenied."

ERRORS: tuple[Refusal, ...] = (
    # DingTalk, custom robot: one code of three meanings, so the text is what tells
    *_of(
        "dingtalk_old", "robot", "permanent",
        ("310000", "keywords not in content, more: [https://ding-doc.dingtalk.com/doc#/serverapi2/qf2nxq]"),
        ("310000", "sign not match, more: [https://ding-doc.dingtalk.com/doc#/serverapi2/qf2nxq]"),
        ("310000", "ip 10.0.0.1 not in whitelist, more: [https://ding-doc.dingtalk.com/doc#/serverapi2/qf2nxq]"),
        ("300005", "token is not exist"), ("300001", "token is not exist"), ("400101", "token不存在"),
        ("40035", "缺少参数 access_token"), ("43002", "需要POST请求"), ("43004", "无效的HTTP HEADER Content-Type"),
        ("400013", "群已被解散"), ("400102", "机器人已停用"), ("400105", "不支持的消息类型"),
        ("400106", "机器人不存在"), ("460101", "message too long, exceed 20000 bytes"),
    ),
    *_of(
        "dingtalk_old", "robot", "temporary",
        ("130101", "send too fast, exceed 20 times per minute"), ("410100", "发送速度太快而限流"),
        ("660026", "sending too many messages per minute"), ("-1", "系统繁忙"),
    ),
    # DingTalk, old stack
    *_of("dingtalk_old", "token", "permanent", ("40096", "不合法的appKey或appSecret"), ("40035", "缺少参数 appkey")),
    *_of("dingtalk_old", "notice", "permanent", ("22", "不合法ApiName")),
    Refusal("dingtalk_old", "notice", "88", "缺少参数 access_token", "permanent", sub="40000"),
    *_of(
        "dingtalk_old", "notice", "temporary",
        ("90018", "您的服务器调用钉钉开放平台接口的频率超过上限"), ("90002", "接口调用频率超过限制"),
        ("90020", "企业调用该接口的次数超过上限"), ("-1", "系统繁忙"),
    ),
    Refusal("dingtalk_old", "notice", "88", "您的服务器调用钉钉开放平台接口的频率超过上限", "temporary", sub="90018"),
    # DingTalk, new stack
    *_of("dingtalk", "token", "permanent", ("invalidClientIdOrSecret", "无效的clientId或者clientSecret"), status=400),
    *_of("dingtalk", "todo", "permanent", ("AuthenticationFailed.MissingParameter", "缺少参数"), status=400),
    *_of("dingtalk", "todo", "permanent", ("invalidRequest.duplicateClientToken", "duplicated"), status=409),
    *_of(
        "dingtalk", "todo", "temporary",
        (_FAST + "QpsLimitForAppkeyAndApi", "应用的QPS超过上限"), (_FAST + "QpsLimitForApi", "接口的QPS超过上限"),
        (_FAST + "ApiCountLimitForOrg", "企业调用接口的次数超过上限"), status=403,
    ),
    # WeCom
    *_of(
        "wecom", "robot", "permanent",
        ("93000", f"invalid webhook url, {_HINT}93000"), ("40058", f"content too long, {_HINT}40058"),
        ("40008", f"invalid message type, {_HINT}40008"),
    ),
    *_of("wecom", "robot", "temporary", ("45009", f"api freq out of limit, {_HINT}45009"), ("-1", "system busy")),
    *_of(
        "wecom", "token", "permanent",
        ("40001", "invalid credential"), ("40013", "invalid corpid"), ("60020", "not allow to access from your ip"),
    ),
    *_of("wecom", "token", "temporary", ("45009", "api freq out of limit"), ("-1", "system busy")),
    *_of(
        "wecom", "app", "permanent",
        ("81013", "user & party & tag all invalid"), ("41001", "access_token missing"), ("40058", "invalid parameter"),
        ("60020", "not allow to access from your ip"), ("48002", "api forbidden"), ("40008", "invalid message type"),
    ),
    *_of("wecom", "app", "temporary", ("45009", "api freq out of limit"), ("-1", "system busy")),
    # Feishu
    *_of(
        "feishu", "robot", "permanent",
        ("19001", "param invalid: incoming webhook access token invalid"),
        ("19021", "sign match fail or timestamp is not within one hour from current time"),
        ("19022", "Ip Not Allowed"), ("19024", "Key Words Not Found"), ("9499", "Bad Request"),
    ),
    *_of("feishu", "robot", "permanent", ("9499", "Bad Request"), status=400),
    *_of("feishu", "robot", "temporary", ("11232", "frequency limited")),
    *_of("feishu", "app", "temporary", ("99991400", "request trigger frequency limit")),
    *_of("feishu", "app", "temporary", ("99991400", "request trigger frequency limit"), status=400),
    *_of("feishu", "app", "temporary", ("99991400", "request trigger frequency limit"), status=429),
    # Aliyun SMS
    *_of(
        "aliyun", "sms", "permanent",
        ("isv.MOBILE_NUMBER_ILLEGAL", "非法手机号"), ("isv.MOBILE_COUNT_OVER_LIMIT", "手机号码数量超过限制"),
        ("isv.TEMPLATE_MISSING_PARAMETERS", "模板缺少变量"), ("isv.INVALID_JSON_PARAM", "JSON参数不合法"),
        ("isv.BLACK_KEY_CONTROL_LIMIT", "黑名单管控"), ("isv.PARAM_LENGTH_LIMIT", "参数超出长度限制"),
        ("isv.PARAM_NOT_SUPPORT_URL", "不支持URL"), ("isv.AMOUNT_NOT_ENOUGH", "账户余额不足"),
        ("isv.OUT_OF_SERVICE", "业务停机"),
    ),
    *_of(
        "aliyun", "sms", "temporary",
        ("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1"), ("isv.DAY_LIMIT_CONTROL", "触发日发送限额"),
        ("isp.SYSTEM_ERROR", "系统错误"),
    ),
    # Tencent Cloud SMS: refusals of the whole request, then of one number
    *_of(
        "tencent", "sms", "permanent",
        ("AuthFailure.SignatureFailure", "The provided credentials could not be validated."),
        ("AuthFailure.SignatureExpire", "Signature expired: the timestamp differs from the current time."),
        ("AuthFailure.SecretIdNotFound", "The SecretId is not found."), ("UnauthorizedOperation", "no permission"),
        ("InvalidParameterValue.TemplateParameterFormatError", "format of template parameters is wrong"),
        ("MissingParameter", "a parameter is missing"),
    ),
    *_of("tencent", "sms", "temporary", ("InternalError", "internal error"), ("RequestLimitExceeded", "too many")),
    *_of(
        "tencent", "number", "permanent",
        ("FailedOperation.SignatureIncorrectOrUnapproved", "signature is not approved"),
        ("FailedOperation.TemplateIncorrectOrUnapproved", "template is not approved"),
        ("FailedOperation.PhoneNumberInBlacklist", "the number is in the blacklist"),
        ("FailedOperation.InsufficientBalanceInSmsPackage", "insufficient balance"),
        ("InvalidParameterValue.IncorrectPhoneNumber", "incorrect phone number"),
    ),
    *_of(
        "tencent", "number", "temporary",
        ("LimitExceeded.PhoneNumberThirtySecondLimit", "too many within 30 seconds"),
        ("LimitExceeded.PhoneNumberOneHourLimit", "too many within an hour"), ("InternalError.OtherError", "other"),
    ),
)  # fmt: skip

# a token that does not hold any more: asked for anew once, and only then a failure
EXPIRED: tuple[Refusal, ...] = (
    Refusal("dingtalk_old", "notice", "88", "不合法的access_token", "permanent", sub="40014"),
    Refusal("dingtalk_old", "notice", "40014", "不合法的access_token", "permanent"),
    Refusal("dingtalk_old", "notice", "88", "access_token已过期", "permanent", sub="42001"),
    Refusal("dingtalk_old", "notice", "42001", "access_token已过期", "permanent"),
    Refusal("dingtalk", "todo", "InvalidAuthentication", "不合法的access_token", "permanent", 400),
    Refusal("dingtalk", "todo", "InvalidAuthentication", "不合法的access_token", "permanent", 401),
    Refusal("wecom", "app", "40014", "invalid access_token", "permanent"),
    Refusal("wecom", "app", "42001", "access_token expired", "permanent"),
    Refusal("feishu", "app", "99991663", "Invalid access token for authorization.", "permanent", 400),
)
THROTTLED = {
    "dingtalk_old": "90018", "dingtalk": _FAST + "QpsLimitForAppkeyAndApi", "wecom": "45009", "feishu": "99991400",
    "aliyun": "isv.BUSINESS_LIMIT_CONTROL", "tencent": "RequestLimitExceeded",
}  # fmt: skip
_REQUEST = "15s9in2w1yat9"


def refuse(service: str, code: str, *, robot: bool = False, text: str = "", status: int | None = None) -> Answer:
    """What the service says with this code; an unknown code is said as well."""
    known = [one for one in (*ERRORS, *EXPIRED) if one.service == service and code == one.name]
    known.sort(key=lambda one: (one.door == "robot") != robot)
    fitting = [one for one in known if (text in one.text if text else status in (None, one.status))] or known
    one = fitting[0] if fitting else Refusal(service, "", code, text or "unknown", "permanent")
    return spoken(one, robot=robot, status=status)


def spoken(one: Refusal, *, robot: bool = False, status: int | None = None) -> Answer:
    """The refusal in the words of its protocol."""
    status = one.status if status is None else status
    match one.service:
        case "dingtalk_old" if one.sub:
            whole = f"ding talk error[subcode={one.sub},submsg={one.text}]"
            body = {"errcode": 88, "sub_code": one.sub, "sub_msg": one.text, "errmsg": whole, "request_id": _REQUEST}
        case "dingtalk_old" | "wecom":
            body = {"errcode": int(one.code), "errmsg": one.text}
        case "dingtalk":
            body = {"code": one.code, "message": one.text, "requestid": _REQUEST}
        case "feishu":
            body = {"code": int(one.code), "msg": one.text, **({"data": {}} if robot else {})}
        case "aliyun":
            body = {"Code": one.code, "Message": one.text, "RequestId": _REQUEST}
        case _:
            body = {"Response": {"Error": {"Code": one.code, "Message": one.text}, "RequestId": _REQUEST}}
    return said(body, status)
