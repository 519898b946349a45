"""Texts without secrets: what is known to be secret, and what looks as if it were."""

import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

HIDDEN = "***"
_SHORTEST = 4  # a shorter secret would hide half of the alphabet
_NAMED = re.compile(
    r"""(?ix)
    (?<![\w-])
    ((?:[\w-]*(?:token|secret|password|passwd|signature)|key|sign|ticket)  # its name …
     [\\"']*\s*[:=]\s*[\\"']*)
    ([^\s"'\\&,;}<>]+)                                                     # … and what it is
    """
)
_HEADER = re.compile(r"""(?i)(authorization[\\"']*\s*[:=]\s*[\\"']*)([^\r\n"'\\}]+)""")
_BEARER = re.compile(r"(?i)\b(bearer\s+)[^\s\"',;}]+")
_HOOK = re.compile(r"(/hook/)[^/?\s\"']+")


def scrub(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` with every secret hidden, as it is and as an address would carry it."""
    for secret in sorted({one for one in secrets if len(one) >= _SHORTEST}, key=len, reverse=True):
        for form in {secret, quote(secret, safe=""), quote(secret), quote_plus(secret)}:
            text = text.replace(form, HIDDEN)
    text = _HEADER.sub(rf"\1{HIDDEN}", text)
    text = _BEARER.sub(rf"\1{HIDDEN}", text)
    text = _HOOK.sub(rf"\1{HIDDEN}", text)
    return _NAMED.sub(rf"\1{HIDDEN}", text)
