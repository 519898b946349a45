"""Contents at rest: what opens, and what must not."""

import base64
import os
from collections.abc import Iterator

import pytest

from perennial.files.sealed import CHUNK_BYTES, MARK, Damaged, key_from, place_of, seal, unseal
from perennial.kernel import Broken

KEY = bytes(range(32))


def pieces(content: bytes, size: int) -> Iterator[bytes]:
    return (content[at : at + size] for at in range(0, len(content), size))


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 200_001])
@pytest.mark.parametrize("step", [999, CHUNK_BYTES, 1_000_000])
def test_what_was_sealed_opens_however_it_is_cut(size: int, step: int) -> None:
    content = os.urandom(size)
    sealed = b"".join(seal(pieces(content, step), KEY))
    assert content not in sealed or not content or size < 8
    assert b"".join(unseal(pieces(sealed, step), KEY)) == content


def test_two_seals_of_one_content_differ() -> None:
    assert b"".join(seal([b"x"], KEY)) != b"".join(seal([b"x"], KEY))


def test_changed_cut_swapped_and_foreign_contents_do_not_open() -> None:
    whole = b"".join(seal([os.urandom(3 * CHUNK_BYTES)], KEY))
    head, chunk = len(MARK) + 16, CHUNK_BYTES + 16
    first, second, rest = whole[head : head + chunk], whole[head + chunk : head + 2 * chunk], whole[head + 2 * chunk :]
    bad = [
        whole[:-1], whole[: head + chunk], whole[:head], whole[:10], b"", b"plain text, much longer than a head" * 9,
        whole[:head] + second + first + rest, whole[:head] + first + first + rest, whole + b"x",
        whole[:head] + bytes([whole[head] ^ 1]) + whole[head + 1 :], whole[:4] + os.urandom(16) + whole[head:],
    ]  # fmt: skip
    for content in bad:
        with pytest.raises(Damaged):
            list(unseal(pieces(content, 4096), KEY))
    with pytest.raises(Damaged):
        list(unseal([whole], bytes(32)))


def test_a_key_is_32_bytes_in_base64() -> None:
    assert key_from(base64.b64encode(KEY).decode()) == KEY
    for wrong in ("", "secret", base64.b64encode(b"short").decode(), "ä" * 44):
        with pytest.raises(Broken) as caught:
            key_from(wrong)
        assert caught.value.code == "files.key"


def test_without_the_key_nobody_tells_from_its_place_that_a_content_is_known() -> None:
    assert place_of("ab" * 32, None) == "ab" * 32
    assert place_of("ab" * 32, KEY) != place_of("ab" * 32, bytes(32)) != "ab" * 32
