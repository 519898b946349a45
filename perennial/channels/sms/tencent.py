"""Tencent Cloud (sms 2021-01-11), signed by TC3-HMAC-SHA256. Each number has a code of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Unpack
from urllib.parse import urlsplit

from perennial.channels import signatures
from perennial.channels.exchange import Clock, Line, Options, Said, by_status
from perennial.channels.reply import Reply, permanent, temporary
from perennial.channels.shapes import rows, word
from perennial.channels.text import json_bytes
from perennial.channels.verdicts import TENCENT, verdict

BASE = "https://sms.tencentcloudapi.com"
NUMBERS = 200
_TYPE = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class TencentAccount:
    secret_id: str
    secret_key: str = field(repr=False)
    app_id: str  # SmsSdkAppId
    sign_name: str
    region: str = "ap-guangzhou"
    base_url: str = BASE


class Tencent:
    def __init__(self, account: TencentAccount, clock: Clock, **options: Unpack[Options]) -> None:
        self._account = account
        self._line = Line(account.base_url, clock, (account.secret_key,), **options)

    def send(self, numbers: Sequence[str], template: str, parameters: Sequence[str], *, session: str = "") -> Reply:
        """To at most 200 numbers, with their country code (a number of 11 digits is Chinese). Who was refused stands in
        `undelivered`; `session` comes back, it keeps nothing from being sent twice."""
        if len(numbers) > NUMBERS:
            return permanent("too_long", f"{len(numbers)} numbers, at most {NUMBERS}")
        written = {international(one): one for one in numbers}
        body = json_bytes(
            {
                "PhoneNumberSet": list(written),
                "SmsSdkAppId": self._account.app_id,
                "SignName": self._account.sign_name,
                "TemplateId": template,
                "TemplateParamSet": list(parameters),
                "SessionContext": session,
            }
        )
        now_s = int(self._line.clock())
        signed = {
            "content-type": _TYPE,
            "host": urlsplit(self._account.base_url).netloc,
            "x-tc-action": "SendSms",
        }
        account = self._account
        tc3 = signatures.tencent_tc3(signed, body, "sms", now_s, account.secret_id, account.secret_key)
        headers = {
            "Content-Type": _TYPE,
            "X-TC-Action": "SendSms",
            "X-TC-Version": "2021-01-11",
            "X-TC-Timestamp": str(now_s),
            "X-TC-Region": account.region,
            "Authorization": tc3.authorization,
        }
        said = self._line.ask("POST", "/", body=body, headers=headers, secrets=(tc3.signature,))
        return said if isinstance(said, Reply) else judged(said, written)


def international(number: str) -> str:
    """+86 before a Chinese mobile; everything else as it is, without blanks and dashes."""
    plain = "".join(one for one in number if one.isdigit() or one == "+")
    return f"+86{plain}" if len(plain) == 11 and plain.startswith("1") else plain


def judged(said: Said, written: dict[str, str]) -> Reply:
    """`written`: number as sent -> as it was given."""
    response = said.data.get("Response")
    if not isinstance(response, dict):
        return by_status(said.status, said.text, said.wait_s, otherwise=temporary("nonsense"))
    error = response.get("Error")
    if isinstance(error, dict):
        return verdict(TENCENT, word(error.get("Code")), said.status).reply(said.text, said.wait_s)
    statuses = rows(response.get("SendStatusSet"))
    if not statuses:
        return temporary("nonsense", said.text)
    refused = {
        written.get(word(one.get("PhoneNumber")), word(one.get("PhoneNumber"))): verdict(TENCENT, word(one.get("Code")))
        for one in statuses
        if one.get("Code") != "Ok"
    }
    undelivered = {number: found.why for number, found in refused.items()}
    if len(refused) < len(statuses):
        taken = next(word(one.get("SerialNo")) for one in statuses if one.get("Code") == "Ok")
        return Reply("sent", detail=said.text if refused else "", remote_id=taken, undelivered=undelivered)
    worst = min(refused.values(), key=lambda found: found.state != "permanent")
    reply = worst.reply(said.text, said.wait_s)
    return Reply(reply.state, reply.why, reply.detail, wait_s=reply.wait_s, undelivered=undelivered)
