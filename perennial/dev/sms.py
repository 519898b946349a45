"""SMS of Aliyun (dysmsapi, signatures V1 and V3) and of Tencent Cloud (TC3). Both check who signed, what and when."""

import calendar
import datetime as dt
import hashlib
import json
import re
import time
from typing import Any

from perennial.dev import signing
from perennial.dev.errors import refuse
from perennial.dev.exchange import Answer, Request, said
from perennial.dev.world import World

ALIYUN, TENCENT = "aliyun", "tencent"
ALIYUN_S, TENCENT_S = 15 * 60, 5 * 60  # how far a clock may be off
_MOBILE = re.compile(r"1\d{10}")
_AUTHORIZATION = re.compile(
    r"(?P<how>\S+) Credential=(?P<id>[^,]+), ?SignedHeaders=(?P<signed>[^,]+), ?Signature=(?P<is>\S+)"
)


def aliyun(world: World, request: Request) -> Answer:
    given = {**request.query, **(request.form() if "form" in request.headers.get("content-type", "") else {})}
    third = request.headers.get("authorization", "").startswith("ACS3-HMAC-SHA256")
    problem = _aliyun_third(world, request) if third else _aliyun_first(world, request, given)
    if problem:
        return said({"Code": problem, "Message": problem, "RequestId": "req", "HostId": "dysmsapi"}, 400)
    action = request.headers.get("x-acs-action", "") if third else given.get("Action", "")
    version = request.headers.get("x-acs-version", "") if third else given.get("Version", "")
    if (action, version) != ("SendSms", "2017-05-25"):
        return said({"Code": "InvalidAction.NotFound", "Message": "no such action", "RequestId": "req"}, 404)
    return _aliyun_send(world, given)


def _aliyun_first(world: World, request: Request, given: dict[str, str]) -> str:
    key = world.accounts.aliyun
    if given.get("AccessKeyId") != key.key_id:
        return "InvalidAccessKeyId.NotFound"
    if given.get("SignatureMethod") != "HMAC-SHA1" or given.get("SignatureVersion") != "1.0":
        return "InvalidParameter"
    if given.get("Signature") != signing.aliyun_rpc(key.secret, request.method, given):
        return "SignatureDoesNotMatch"
    return _fresh(world, given.get("Timestamp", ""), given.get("SignatureNonce", ""))


def _aliyun_third(world: World, request: Request) -> str:
    key, headers = world.accounts.aliyun, request.headers
    found = _AUTHORIZATION.fullmatch(headers["authorization"])
    if found is None or found["id"] != key.key_id:
        return "InvalidAccessKeyId.NotFound"
    due = signing.aliyun_acs3(
        key.secret, request.method, request.path, request.query, headers, found["signed"], request.body
    )
    needed = {"host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"}
    if due != found["is"] or not needed <= set(found["signed"].split(";")):
        return "SignatureDoesNotMatch"
    if headers["x-acs-content-sha256"] != hashlib.sha256(request.body).hexdigest():
        return "SignatureDoesNotMatch"
    return _fresh(world, headers["x-acs-date"], headers["x-acs-signature-nonce"])


def _fresh(world: World, timestamp: str, nonce: str) -> str:
    try:
        at = calendar.timegm(time.strptime(timestamp, "%Y-%m-%dT%H:%M:%SZ"))
    except ValueError:
        return "InvalidTimeStamp.Format"
    if abs(at - world.now()) > ALIYUN_S:
        return "InvalidTimeStamp.Expired"
    return "SignatureNonceUsed" if not nonce or world.replayed(f"aliyun {nonce}") else ""


def _aliyun_send(world: World, given: dict[str, str]) -> Answer:
    key = world.accounts.aliyun
    numbers = given.get("PhoneNumbers", "").split(",")
    if len(numbers) > 1000:
        return refuse(ALIYUN, "isv.MOBILE_COUNT_OVER_LIMIT")
    if any(not _MOBILE.fullmatch(one.removeprefix("+86")) or one in world.refused for one in numbers):
        return refuse(ALIYUN, "isv.MOBILE_NUMBER_ILLEGAL")
    if given.get("SignName") != key.sign:
        return said({"Code": "isv.SMS_SIGNATURE_ILLEGAL", "Message": "该账号下找不到对应签名", "RequestId": "req"})
    if given.get("TemplateCode") not in key.templates:
        return said({"Code": "isv.SMS_TEMPLATE_ILLEGAL", "Message": "该账号下找不到对应模板", "RequestId": "req"})
    values = _values(given.get("TemplateParam") or "{}")
    if values is None:
        return refuse(ALIYUN, "isv.INVALID_JSON_PARAM")
    if any(name not in values for name in key.templates[given["TemplateCode"]]):
        return refuse(ALIYUN, "isv.TEMPLATE_MISSING_PARAMETERS")
    if any("http://" in one or "https://" in one for one in values.values()):
        return refuse(ALIYUN, "isv.PARAM_NOT_SUPPORT_URL")
    if any(world.too_fast(f"aliyun {key.sign} {one}", 1, 60) for one in numbers):
        return refuse(ALIYUN, "isv.BUSINESS_LIMIT_CONTROL")
    content = {"sign": key.sign, "template": given["TemplateCode"], "values": values}
    number = f"biz-{world.number()}"
    for one in numbers:
        world.accept(ALIYUN, "sms", one, content, key=given.get("OutId", ""), id=number)
    return said({"Code": "OK", "Message": "OK", "BizId": number, "RequestId": "req"})


def _values(text: str) -> dict[str, str] | None:
    """None: no object of texts."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    fits = isinstance(found, dict) and all(isinstance(value, str) for value in found.values())
    return found if fits else None


# --- Tencent Cloud


def tencent(world: World, request: Request) -> Answer:
    problem = _tencent_signed(world, request)
    if problem:
        return refuse(TENCENT, problem)
    if (request.headers.get("x-tc-action"), request.headers.get("x-tc-version")) != ("SendSms", "2021-01-11"):
        return refuse(TENCENT, "InvalidAction")
    if not request.headers.get("x-tc-region"):
        return refuse(TENCENT, "MissingParameter")
    return _tencent_send(world, request.json() or {})


def _tencent_signed(world: World, request: Request) -> str:
    key, headers = world.accounts.tencent, request.headers
    found = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    timestamp = headers.get("x-tc-timestamp", "")
    if found is None or found["how"] != "TC3-HMAC-SHA256" or not timestamp.isdigit():
        return "AuthFailure.SignatureFailure"
    key_id, _, scope = found["id"].partition("/")
    if key_id != key.key_id:
        return "AuthFailure.SecretIdNotFound"
    if abs(int(timestamp) - world.now()) > TENCENT_S:
        return "AuthFailure.SignatureExpire"
    day = dt.datetime.fromtimestamp(int(timestamp), dt.UTC).date().isoformat()
    due = signing.tencent_tc3(
        key.secret, request.method, headers, found["signed"], request.body, scope=scope, timestamp_s=timestamp
    )
    covered = {"host", "content-type"} <= set(found["signed"].split(";"))
    right = scope == f"{day}/sms/tc3_request" and covered and due == found["is"]
    return "" if right else "AuthFailure.SignatureFailure"


def _tencent_send(world: World, body: dict[str, Any]) -> Answer:
    key = world.accounts.tencent
    numbers = body.get("PhoneNumberSet") or []
    if not 0 < len(numbers) <= 200 or body.get("SmsSdkAppId") != key.app:
        return refuse(TENCENT, "MissingParameter")
    needed = key.templates.get(str(body.get("TemplateId")))
    statuses: list[dict[str, Any]] = []
    for one in numbers:
        code = _tencent_refuses(world, str(one), body, needed)
        serial = f"serial-{world.number()}"
        if not code:
            content = {"sign": key.sign, "template": body["TemplateId"], "values": body.get("TemplateParamSet") or []}
            world.accept(TENCENT, "sms", str(one), content, key=str(body.get("SessionContext") or ""), id=serial)
        statuses.append({
            "SerialNo": "" if code else serial, "PhoneNumber": one, "Fee": 0 if code else 1,
            "SessionContext": body.get("SessionContext") or "", "Code": code or "Ok",
            "Message": "refused" if code else "send success", "IsoCode": "CN",
        })  # fmt: skip
    return said({"Response": {"SendStatusSet": statuses, "RequestId": "req"}})


def _tencent_refuses(world: World, number: str, body: dict[str, Any], needed: list[str] | None) -> str:
    if not number.startswith("+86") or not _MOBILE.fullmatch(number[3:]):
        return "InvalidParameterValue.IncorrectPhoneNumber"
    if number in world.refused or number[3:] in world.refused:
        return "FailedOperation.PhoneNumberInBlacklist"
    if body.get("SignName") != world.accounts.tencent.sign:
        return "FailedOperation.SignatureIncorrectOrUnapproved"
    if needed is None:
        return "FailedOperation.TemplateIncorrectOrUnapproved"
    if len(body.get("TemplateParamSet") or []) != len(needed):
        return "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"
    return "LimitExceeded.PhoneNumberThirtySecondLimit" if world.too_fast(f"tencent {number}", 1, 30) else ""
