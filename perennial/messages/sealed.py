"""Secrets of channels at rest: AES-256-GCM with a key that stands outside the database.

The key is PERENNIAL_FILE_KEY, else one that this installation makes for itself in PERENNIAL_HOME/channels.key. Programs
on several machines share a key by PERENNIAL_FILE_KEY. What does not open with the key of today has to be entered again.
"""

import base64
import binascii
import contextlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from perennial.files import file_settings
from perennial.kernel import Broken, settings

_NONCE_BYTES = 12
KEY_FILE = "channels.key"


def seal(channel: str, name: str, plain: str) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + _cipher(make=True).encrypt(nonce, plain.encode(), _place(channel, name))


def unseal(channel: str, name: str, sealed: bytes) -> str | None:
    """The secret; None when it was sealed with another key, or for another place."""
    try:
        cipher = _cipher(make=False)
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _place(channel, name)).decode()
    except (InvalidTag, FileNotFoundError):
        return None


def _place(channel: str, name: str) -> bytes:
    return f"{channel}.{name}".encode()


def _cipher(*, make: bool) -> AESGCM:
    given = file_settings().key
    key = _decoded(given) if given else _own(settings().home / KEY_FILE, make=make)
    return AESGCM(HKDF(SHA256(), 32, None, b"perennial channel").derive(key))


def _own(path: Path, *, make: bool) -> bytes:
    """The installation's own key; two programs that make it at once agree on the first."""
    if make and not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_bytes(base64.b64encode(os.urandom(32)))
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return _decoded(path.read_text(encoding="ascii"))


def _decoded(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Broken("files.key") from error
    if len(key) != 32:
        raise Broken("files.key")
    return key
