"""Aliyun (dysmsapi 2017-05-25), signed as an RPC request of version 1.0."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Unpack

from perennial.channels import signatures
from perennial.channels.exchange import Clock, Line, Options, Said, by_status
from perennial.channels.reply import Reply, permanent, temporary
from perennial.channels.shapes import word
from perennial.channels.verdicts import ALIYUN, verdict

BASE = "https://dysmsapi.aliyuncs.com"
NUMBERS = 1000


@dataclass(frozen=True, slots=True)
class AliyunAccount:
    key_id: str
    key_secret: str = field(repr=False)
    sign_name: str
    base_url: str = BASE


class Aliyun:
    def __init__(self, account: AliyunAccount, clock: Clock, **options: Unpack[Options]) -> None:
        self._account = account
        self._line = Line(account.base_url, clock, (account.key_secret,), **options)

    def send(self, numbers: Sequence[str], template: str, parameters: Mapping[str, str], *, out_id: str = "") -> Reply:
        """The same to each of at most 1,000 numbers: all or none of them is taken. `remote_id` is the BizId.

        `out_id` comes back in reports; it keeps nothing from being sent twice
        """
        if len(numbers) > NUMBERS:
            return permanent("too_long", f"{len(numbers)} numbers, at most {NUMBERS}")
        asked = {
            "AccessKeyId": self._account.key_id,
            "Action": "SendSms",
            "Format": "JSON",
            "PhoneNumbers": ",".join(numbers),
            "SignName": self._account.sign_name,
            "SignatureMethod": "HMAC-SHA1",
            "SignatureNonce": secrets.token_hex(16),
            "SignatureVersion": "1.0",
            "TemplateCode": template,
            "TemplateParam": json.dumps(dict(parameters), ensure_ascii=False),
            "Timestamp": datetime.fromtimestamp(self._line.clock(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Version": "2017-05-25",
        }
        if out_id:
            asked["OutId"] = out_id
        signature = signatures.aliyun_rpc("POST", asked, self._account.key_secret)
        body = signatures.query({**asked, "Signature": signature}).encode()
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        said = self._line.ask("POST", "/", body=body, headers=form, secrets=(signature,))
        return said if isinstance(said, Reply) else judged(said)


def judged(said: Said) -> Reply:
    code = said.data.get("Code")
    if code == "OK":
        return Reply("sent", remote_id=word(said.data.get("BizId")))
    if not isinstance(code, str) or not code:
        return by_status(said.status, said.text, said.wait_s, otherwise=temporary("nonsense"))
    return verdict(ALIYUN, code, said.status).reply(said.text, said.wait_s)
