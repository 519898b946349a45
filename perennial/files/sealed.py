"""Contents encrypted at rest, in chunks: AES-256-GCM by the STREAM construction, so that size never matters.

    PFS1 · 16 bytes of salt · chunk · chunk · … · last chunk

Each file has a key of its own (HKDF of the configured key and the salt). A chunk's nonce is its number and whether it
is the last: chunks that are cut off, swapped or repeated do not open.
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from perennial.kernel import Broken

MARK = b"PFS1"
SALT_BYTES = 16
CHUNK_BYTES = 64 * 1024
_TAG_BYTES = 16


class Damaged(Exception):
    """The content does not open with this key."""


def key_from(text: str) -> bytes:
    """The key as configured; Broken files.key when it is not one."""
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Broken("files.key") from error
    if len(key) != 32:
        raise Broken("files.key")
    return key


def place_of(sha256: str, key: bytes | None) -> str:
    """The name of a content in the store. With a key nobody can test for a content that they know."""
    return sha256 if key is None else hmac.new(key, sha256.encode(), hashlib.sha256).hexdigest()


def seal(content: Iterable[bytes], key: bytes) -> Iterator[bytes]:
    salt = os.urandom(SALT_BYTES)
    cipher = _cipher(key, salt)
    yield MARK + salt
    at, held = 0, b""
    for part in content:
        held += part
        while len(held) > CHUNK_BYTES:  # the last chunk must be known as such
            yield cipher.encrypt(_nonce(at, last=False), held[:CHUNK_BYTES], MARK)
            at, held = at + 1, held[CHUNK_BYTES:]
    yield cipher.encrypt(_nonce(at, last=True), held, MARK)


def unseal(content: Iterable[bytes], key: bytes) -> Iterator[bytes]:
    """What `seal` was given; Damaged when anything was changed or is missing."""
    parts = iter(content)
    held = b""
    for part in parts:
        held += part
        if len(held) >= len(MARK) + SALT_BYTES:
            break
    if held[: len(MARK)] != MARK or len(held) < len(MARK) + SALT_BYTES:
        raise Damaged
    cipher = _cipher(key, held[len(MARK) : len(MARK) + SALT_BYTES])
    held = held[len(MARK) + SALT_BYTES :]
    size, at = CHUNK_BYTES + _TAG_BYTES, 0
    for part in parts:
        held += part
        while len(held) > size:
            yield _opened(cipher, at, held[:size], last=False)
            at, held = at + 1, held[size:]
    while len(held) > size:
        yield _opened(cipher, at, held[:size], last=False)
        at, held = at + 1, held[size:]
    yield _opened(cipher, at, held, last=True)


def _opened(cipher: AESGCM, at: int, chunk: bytes, *, last: bool) -> bytes:
    try:
        return cipher.decrypt(_nonce(at, last=last), chunk, MARK)
    except InvalidTag as error:
        raise Damaged from error


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt, b"perennial file").derive(key))


def _nonce(at: int, *, last: bool) -> bytes:
    return at.to_bytes(11, "big") + bytes([last])
