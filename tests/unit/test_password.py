"""What a stored password costs whoever guesses at it."""

import time

from builders import STRONG


def test_a_guess_at_a_stored_password_takes_64_mebibytes_and_three_rounds() -> None:
    """RFC 9106, second recommendation: t=3, p=4, m=64 MiB."""
    since = time.process_time()
    stored = STRONG.hash("right horse battery")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert STRONG.verify(stored, "right horse battery")
    assert time.process_time() - since > 0.02
