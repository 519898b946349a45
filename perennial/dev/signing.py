"""Signatures and encryption as the other side checks and makes them, written from the published formulas alone."""

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from urllib.parse import quote

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def _digest(key: bytes, message: bytes, kind: str = "sha256") -> bytes:
    return hmac.new(key, message, kind).digest()


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def dingtalk_robot(secret: str, timestamp_ms: str) -> str:
    return _base64(_digest(secret.encode(), f"{timestamp_ms}\n{secret}".encode()))


def feishu_robot(secret: str, timestamp_s: str) -> str:
    return _base64(_digest(f"{timestamp_s}\n{secret}".encode(), b""))


def aliyun_rpc(secret: str, method: str, given: Mapping[str, str]) -> str:
    """Over all parameters but the signature itself, sorted."""

    def escaped(text: str) -> str:
        return quote(text, safe="-_.~")

    pairs = sorted((key, value) for key, value in given.items() if key != "Signature")
    listed = "&".join(f"{escaped(key)}={escaped(value)}" for key, value in pairs)
    whole = f"{method}&{escaped('/')}&{escaped(listed)}"
    return _base64(_digest(f"{secret}&".encode(), whole.encode(), "sha1"))


def _canonical(method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], signed: str, body: bytes):
    listed = "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in sorted(query.items()))
    lines = "".join(f"{name}:{headers.get(name, '').strip()}\n" for name in signed.split(";"))
    return "\n".join((method, path, listed, lines, signed, hashlib.sha256(body).hexdigest()))


def aliyun_acs3(
    secret: str, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], signed: str, body: bytes
) -> str:
    whole = _canonical(method, path, query, headers, signed, body)
    said = f"ACS3-HMAC-SHA256\n{hashlib.sha256(whole.encode()).hexdigest()}"
    return _digest(secret.encode(), said.encode()).hex()


def tencent_tc3(
    secret: str, method: str, headers: Mapping[str, str], signed: str, body: bytes, *, scope: str, timestamp_s: str
) -> str:
    """`scope` is day/service/tc3_request. Header values count in small letters."""
    small = {name: value.lower() for name, value in headers.items()}
    whole = _canonical(method, "/", {}, small, signed, body)
    said = "\n".join(("TC3-HMAC-SHA256", timestamp_s, scope, hashlib.sha256(whole.encode()).hexdigest()))
    key = f"TC3{secret}".encode()
    for part in scope.split("/"):
        key = _digest(key, part.encode())
    return _digest(key, said.encode()).hex()


# --- callbacks, DingTalk and WeCom

BLOCK = 32  # of the padding; the cipher's own would be 16


def callback_signature(token: str, timestamp: str, nonce: str, encrypted: str) -> str:
    return hashlib.sha1("".join(sorted((token, timestamp, nonce, encrypted))).encode()).hexdigest()


def _cipher(key: bytes, iv: bytes) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(key), modes.CBC(iv))


def _padded(text: bytes, block: int) -> bytes:
    more = block - len(text) % block
    return text + bytes([more]) * more


def encrypt(aes_key: str, text: str, receiver: str) -> str:
    """Sixteen random bytes, the length in bytes, the text, the receiver; padded to blocks of 32."""
    key = base64.b64decode(aes_key + "=")
    raw = text.encode()
    plain = _padded(os.urandom(16) + len(raw).to_bytes(4, "big") + raw + receiver.encode(), BLOCK)
    work = _cipher(key, key[:16]).encryptor()
    return _base64(work.update(plain) + work.finalize())


def decrypt(aes_key: str, encrypted: str) -> tuple[str, str]:
    """text, receiver"""
    key = base64.b64decode(aes_key + "=")
    work = _cipher(key, key[:16]).decryptor()
    plain = work.update(base64.b64decode(encrypted)) + work.finalize()
    if len(plain) % BLOCK or not 1 <= plain[-1] <= BLOCK or set(plain[-plain[-1] :]) != {plain[-1]}:
        raise ValueError("not padded to blocks of 32")
    plain = plain[: -plain[-1]]
    size = int.from_bytes(plain[16:20], "big")
    return plain[20 : 20 + size].decode(), plain[20 + size :].decode()


# --- events, Feishu


def feishu_encrypt(encrypt_key: str, text: str) -> str:
    key, iv = hashlib.sha256(encrypt_key.encode()).digest(), os.urandom(16)
    work = _cipher(key, iv).encryptor()
    return _base64(iv + work.update(_padded(text.encode(), 16)) + work.finalize())


def feishu_signature(encrypt_key: str, timestamp: str, nonce: str, body: bytes) -> str:
    return hashlib.sha256(f"{timestamp}{nonce}{encrypt_key}".encode() + body).hexdigest()
