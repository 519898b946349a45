"""What others send to us, sealed: callbacks of WeCom and DingTalk (one scheme), events of Feishu.

Order: signature (in constant time), age, decryption, whom it is for, and at last whether it was seen before, so nothing
that is not theirs touches the memory of nonces.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from perennial.channels import signatures

BLOCK = 32  # bytes of padding, where AES itself would do with 16
TOLERANCE_S = 600  # a callback so old, or so far ahead, is refused, and its nonce may be forgotten
_MILLISECONDS_FROM = 100_000_000_000  # as seconds, the year 5138

Seen = Callable[[str, float], bool]
"""`seen(nonce, until)`: was it here before? If not, it is kept until that moment (epoch seconds). Keep it in the
transaction that does the work: what was rolled back may come again."""


class Forged(Exception):
    """Not theirs, not for us, not now, or not again. `why`: signature, stale, sealed, receiver, replayed, token."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Sealed:
    encrypt: str
    signature: str
    timestamp: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """WeCom: `receiver` is the corp id. DingTalk: the app key (event subscription), corp id or suite key."""

    token: str = field(repr=False)
    aes_key: str = field(repr=False)  # 43 characters
    receiver: str
    clock: Callable[[], float]
    seen: Seen

    def open(self, signature: str, timestamp: str, nonce: str, encrypt: str) -> str:
        """The text inside; `Forged` where it is not theirs."""
        if not same(signature, signatures.callback(self.token, timestamp, nonce, encrypt)):
            raise Forged("signature")
        sent_at = fresh(timestamp, self.clock())
        text, receiver = self._unseal(encrypt)
        if not same(receiver, self.receiver):
            raise Forged("receiver")
        if self.seen(nonce, sent_at + TOLERANCE_S):
            raise Forged("replayed")
        return text

    def seal(self, text: str, timestamp: str, nonce: str) -> Sealed:
        """An answer. `timestamp` in the unit of the vendor."""
        message = text.encode()
        plain = secrets.token_bytes(16) + struct.pack(">I", len(message)) + message + self.receiver.encode()
        pad = BLOCK - len(plain) % BLOCK
        encrypt = base64.b64encode(_aes(self._key(), plain + bytes([pad]) * pad, seal=True)).decode()
        return Sealed(encrypt, signatures.callback(self.token, timestamp, nonce, encrypt), timestamp, nonce)

    def _key(self) -> bytes:
        key = base64.b64decode(self.aes_key + "=")
        if len(key) != 32:
            raise ValueError("the AES key of a callback has 43 characters")
        return key

    def _unseal(self, encrypt: str) -> tuple[str, str]:
        plain = unpad(_aes(self._key(), _sealed_bytes(encrypt), seal=False), BLOCK)
        if len(plain) < 20:
            raise Forged("sealed")
        end = 20 + struct.unpack(">I", plain[16:20])[0]
        if end > len(plain):
            raise Forged("sealed")
        try:
            return plain[20:end].decode(), plain[end:].decode()
        except UnicodeDecodeError:
            raise Forged("sealed") from None


def feishu_decrypt(encrypt_key: str, encrypt: str) -> str:
    """The text of an event of Feishu."""
    sealed = _sealed_bytes(encrypt)
    if len(sealed) < 32:
        raise Forged("sealed")
    plain = unpad(_aes(hashlib.sha256(encrypt_key.encode()).digest(), sealed[16:], seal=False, iv=sealed[:16]), 16)
    try:
        return plain.decode()
    except UnicodeDecodeError:
        raise Forged("sealed") from None


def same(one: str, other: str) -> bool:
    """In constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def fresh(timestamp: str, now: float) -> float:
    """The moment in epoch seconds, from seconds or milliseconds."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 16):
        raise Forged("stale")
    at = int(timestamp)
    seconds = at / 1000 if at >= _MILLISECONDS_FROM else float(at)
    if abs(now - seconds) >= TOLERANCE_S:
        raise Forged("stale")
    return seconds


def unpad(plain: bytes, block: int) -> bytes:
    """PKCS#7: the last byte says how many bytes of its value stand at the end."""
    pad = plain[-1] if plain else 0
    if not 1 <= pad <= block or len(plain) < pad or plain[-pad:] != bytes([pad]) * pad:
        raise Forged("sealed")
    return plain[:-pad]


def _sealed_bytes(encrypt: str) -> bytes:
    try:
        sealed = base64.b64decode(encrypt, validate=True)
    except (binascii.Error, ValueError):
        raise Forged("sealed") from None
    if not sealed or len(sealed) % 16:
        raise Forged("sealed")
    return sealed


def _aes(key: bytes, data: bytes, *, seal: bool, iv: bytes | None = None) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    cipher = Cipher(algorithms.AES(key), modes.CBC(iv or key[:16]))
    work = cipher.encryptor() if seal else cipher.decryptor()
    return work.update(data) + work.finalize()
