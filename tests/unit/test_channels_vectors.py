"""Signatures and sealed callbacks, against what their vendors publish, bit for bit.

`tests/data/im` says where each is from. The signatures of the two robots and of a Feishu event, of which no vendor
publishes an example, were computed with openssl and sha256sum.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from perennial.channels import Envelope, Forged, dingtalk, feishu, wecom
from perennial.channels.crypt import feishu_decrypt
from perennial.channels.signatures import (
    aliyun_rpc,
    aliyun_v3,
    callback,
    dingtalk_robot,
    feishu_event,
    feishu_robot,
    percent,
    tencent_tc3,
)

DATA = Path(__file__).parents[1] / "data" / "im"
VECTORS = {
    one["id"]: (one["given"], one["expect"])
    for name in ("vectors.json", "more.json")
    for one in json.loads((DATA / name).read_text("utf-8"))
}


def never(nonce: str, until: float) -> bool:
    return False


def envelope(given: dict[str, str], now: float, seen: Any = never) -> Envelope:
    receiver = given.get("receiveid") or given["owner_key"]
    return Envelope(given["token"], given["aes_key"], receiver, lambda: now, seen)


def wecom_query(given: dict[str, str], expect: dict[str, Any]) -> dict[str, str]:
    return {"msg_signature": expect["msg_signature"], "timestamp": given["timestamp"], "nonce": given["nonce"]}


def test_w1_wecom_tries_the_address() -> None:
    given, expect = VECTORS["W1"]
    taken = wecom.Callback(envelope(given, 1409659589))
    assert taken.verify({**wecom_query(given, expect), "echostr": given["echostr"]}) == expect["plain"]


def test_w2_a_message_of_wecom_whose_padding_is_of_block_32() -> None:
    given, expect = VECTORS["W2"]
    body = f"<xml><ToUserName>x</ToUserName><Encrypt><![CDATA[{given['encrypt']}]]></Encrypt></xml>".encode()
    taken = wecom.Callback(envelope(given, 1409659813))
    assert taken.open(wecom_query(given, expect), body) == expect["elements"]
    as_json = json.dumps({"tousername": "x", "encrypt": given["encrypt"], "agentid": "218"}).encode()
    assert taken.open(wecom_query(given, expect), as_json)["Content"] == "hello"


@pytest.mark.parametrize("names", [("signature", "timestamp"), ("msg_signature", "timeStamp")])
def test_d1_dingtalk_tries_the_address_under_either_name_of_its_query(names: tuple[str, str]) -> None:
    given, expect = VECTORS["D1"]
    taken = dingtalk.Callback(envelope(given, 1608001896.814))
    query = {names[0]: expect["msg_signature"], names[1]: given["timestamp"], "nonce": given["nonce"]}
    assert taken.open(query, json.dumps({"encrypt": given["encrypt"]}).encode()) == json.loads(expect["plain"])


def test_f1_an_event_of_feishu() -> None:
    given, expect = VECTORS["F1"]
    assert feishu_decrypt(given["encrypt_key"], given["encrypt"]) == expect["plain"]


@pytest.mark.parametrize("key", ["A1", "A2"])
def test_aliyun_rpc(key: str) -> None:
    given, expect = VECTORS[key]
    assert aliyun_rpc(given["method"], given["params"], given["secret"]) == expect["signature"]


def test_aliyun_encodes_as_rfc_3986() -> None:
    assert percent("a b*c~d/中") == "a%20b%2Ac~d%2F%E4%B8%AD"


def test_a3_aliyun_v3() -> None:
    given, expect = VECTORS["A3"]
    signed = aliyun_v3("POST", "/", given["params"], given["headers"], b"", given["key"], given["secret"])
    assert signed == expect["authorization"]


def test_t1_tencent_step_by_step() -> None:
    given, expect = VECTORS["T1"]
    signed = tencent_tc3(
        given["signed_headers"],
        given["payload"].encode(),
        given["service"],
        given["timestamp"],
        given["secret_id"],
        given["secret_key"],
    )
    assert {
        "payload_sha256": signed.hashed_payload,
        "hashed_canonical_request": signed.hashed_request,
        "secret_date": signed.secret_date,
        "secret_service": signed.secret_service,
        "secret_signing": signed.secret_signing,
        "signature": signed.signature,
    } == expect
    assert signed.authorization == (
        "TC3-HMAC-SHA256 Credential=AKID********************************/2019-02-25/cvm/tc3_request, "
        f"SignedHeaders=content-type;host;x-tc-action, Signature={expect['signature']}"
    )


def test_robots_and_events_as_openssl_computes_them() -> None:
    assert dingtalk_robot("SECthis is secret", 1608001896814) == "ukjD0Vij5b8ydCy1V3xShKqv8GMz3UqYHMPucKl83uc="
    assert feishu_robot("demo", 1599360473) == "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8="
    expected = "c281bfb3c2c44ef135277695c9ef6d9b626c452523abfae5ca504889723fa938"
    assert feishu_event("key", "1599360473", "n1", b'{"encrypt":"x"}') == expected


# --- what is not theirs


def test_what_we_seal_can_be_opened_and_counts_bytes_not_characters() -> None:
    given, _ = VECTORS["W1"]
    box = envelope(given, 1409659589)
    for text in ("", "续费提醒：合同将于 30 天后到期 👨‍👩‍👧", "x" * 300):
        sealed = box.seal(text, "1409659589", "n1")
        assert "\n" not in sealed.encrypt
        assert box.open(sealed.signature, sealed.timestamp, sealed.nonce, sealed.encrypt) == text


@pytest.mark.parametrize(
    ("change", "now", "why"),
    [
        ({"msg_signature": "0" * 40}, 1409659813, "signature"),
        ({"msg_signature": ""}, 1409659813, "signature"),
        ({"nonce": "1"}, 1409659813, "signature"),
        ({"timestamp": "1409659814"}, 1409659813, "signature"),
        ({}, 1409659813 + 61 * 60, "stale"),
        ({}, 1409659813 - 61 * 60, "stale"),
    ],
)
def test_a_callback_that_was_changed_or_is_old_is_refused(change: dict[str, str], now: float, why: str) -> None:
    given, expect = VECTORS["W2"]
    body = f"<xml><Encrypt>{given['encrypt']}</Encrypt></xml>".encode()
    with pytest.raises(Forged) as refused:
        wecom.Callback(envelope(given, now)).open({**wecom_query(given, expect), **change}, body)
    assert refused.value.why == why


def test_a_nonce_is_taken_once_and_only_of_what_is_theirs() -> None:
    given, expect = VECTORS["W2"]
    kept: dict[str, float] = {}

    def seen(nonce: str, until: float) -> bool:
        return nonce in kept or bool(kept.update({nonce: until}))

    taken = wecom.Callback(envelope(given, 1409659813, seen))
    body = f"<xml><Encrypt>{given['encrypt']}</Encrypt></xml>".encode()
    with pytest.raises(Forged, match="signature"):
        taken.open({**wecom_query(given, expect), "msg_signature": "1" * 40}, body)
    assert kept == {}
    taken.open(wecom_query(given, expect), body)
    assert kept == {"1372623149": 1409659813 + 600}
    with pytest.raises(Forged, match="replayed"):
        taken.open(wecom_query(given, expect), body)


def test_a_callback_for_somebody_else_is_refused() -> None:
    given, expect = VECTORS["W2"]
    taken = wecom.Callback(envelope({**given, "receiveid": "wx0000000000000000"}, 1409659813))
    with pytest.raises(Forged, match="receiver"):
        taken.open(wecom_query(given, expect), f"<xml><Encrypt>{given['encrypt']}</Encrypt></xml>".encode())


@pytest.mark.parametrize("encrypt", ["", "x", "AAAA", "A" * 64, "é" * 20, "AAAAAAAAAAAAAAAAAAAAAA=="])
def test_what_cannot_be_opened_is_refused_even_when_it_is_signed(encrypt: str) -> None:
    given, _ = VECTORS["W2"]
    signature = callback(given["token"], given["timestamp"], given["nonce"], encrypt)
    with pytest.raises(Forged, match="sealed"):
        envelope(given, 1409659813).open(signature, given["timestamp"], given["nonce"], encrypt)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"<xml>",
        b"<xml/>",
        b'{"encrypt": 1}',
        b"\xff",
        b'<!DOCTYPE x [<!ENTITY a "b">]><xml>&a;</xml>',
    ],
)
def test_bodies_that_are_none_are_refused(body: bytes) -> None:
    given, expect = VECTORS["W2"]
    for vendor in (wecom.Callback(envelope(given, 1409659813)), dingtalk.Callback(envelope(given, 1409659813))):
        with pytest.raises(Forged):
            vendor.open(wecom_query(given, expect), body)


def test_dingtalk_is_answered_with_a_sealed_success() -> None:
    given, _ = VECTORS["D1"]
    box = envelope(given, 1608001896.814)
    answer = dingtalk.Callback(box).success()
    assert box.open(answer["msg_signature"], answer["timeStamp"], answer["nonce"], answer["encrypt"]) == "success"


# --- Feishu


def signed(body: bytes, key: str = "test key", at: str = "1700000000") -> dict[str, str]:
    signature = hashlib.sha256(f"{at}n1{key}".encode() + body).hexdigest()
    return {"X-Lark-Request-Timestamp": at, "X-Lark-Request-Nonce": "n1", "X-Lark-Signature": signature}


def feishu_sealed(message: dict[str, Any], key: str = "test key") -> bytes:
    """Sealed by another library than the code that opens it would use for sealing: there is none in it."""
    import base64

    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.padding import PKCS7

    padder = PKCS7(128).padder()
    plain = padder.update(json.dumps(message).encode()) + padder.finalize()
    work = Cipher(algorithms.AES(hashlib.sha256(key.encode()).digest()), modes.CBC(b"i" * 16)).encryptor()
    return json.dumps({"encrypt": base64.b64encode(b"i" * 16 + work.update(plain) + work.finalize()).decode()}).encode()


EVENT = {
    "schema": "2.0",
    "header": {"event_id": "e1", "event_type": "card.action.trigger", "token": "vt"},
    "event": {"a": 1},
}


def feishu_callback(now: float = 1700000000, key: str = "test key", seen: Any = never) -> feishu.Callback:
    return feishu.Callback("vt", key, lambda: now, seen)


def test_feishu_tries_the_address_before_anything_is_signed() -> None:
    body = feishu_sealed({"challenge": "c1", "token": "vt", "type": "url_verification"})
    assert feishu_callback().open({}, body) == feishu.Challenge({"challenge": "c1"})
    with pytest.raises(Forged, match="token"):
        feishu_callback().open({}, feishu_sealed({"challenge": "c1", "token": "no", "type": "url_verification"}))


def test_an_event_of_feishu_is_opened_when_it_is_signed() -> None:
    body = feishu_sealed(EVENT)
    assert feishu_callback().open(signed(body), body) == feishu.Event("e1", "card.action.trigger", {"a": 1})


@pytest.mark.parametrize(
    ("headers", "now", "why"),
    [
        ({"X-Lark-Signature": "0" * 64}, 1700000000, "signature"),
        ({}, 1700000000 + 3660, "stale"),
        ({"X-Lark-Request-Nonce": "n2"}, 1700000000, "signature"),
    ],
)
def test_an_event_of_feishu_that_was_changed_is_refused(headers: dict[str, str], now: float, why: str) -> None:
    body = feishu_sealed(EVENT)
    with pytest.raises(Forged, match=why):
        feishu_callback(now).open({**signed(body), **headers}, body)


def test_an_event_of_feishu_is_taken_once_and_with_its_token() -> None:
    body = feishu_sealed(EVENT)
    with pytest.raises(Forged, match="replayed"):
        feishu_callback(seen=lambda nonce, until: True).open(signed(body), body)
    with pytest.raises(Forged, match="token"):
        feishu_callback().open(signed(body), feishu_sealed({**EVENT, "header": {"token": "other"}}))
    with pytest.raises(Forged, match="sealed"):
        feishu_callback().open(signed(b"{}"), b"{}")


def test_without_a_key_the_token_is_all_there_is() -> None:
    event = feishu_callback(key="").open({}, json.dumps(EVENT).encode())
    assert isinstance(event, feishu.Event) and event.id == "e1"
    with pytest.raises(Forged, match="token"):
        feishu_callback(key="").open({}, json.dumps({**EVENT, "header": {}}).encode())
