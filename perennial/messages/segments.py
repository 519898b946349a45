"""How long an SMS is, as its vendor counts: by the sign name and the text, in parts of 70 characters, or 67 when it has
several. A text of the GSM alphabet alone goes 160 (153) abroad; Chinese vendors count those like any other."""

from dataclasses import dataclass

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€\f")


@dataclass(frozen=True, slots=True)
class Length:
    """`units` of what is counted (UTF-16 or GSM), `parts` that are paid for."""

    units: int
    parts: int
    alphabet: str


def length(text: str, sign_name: str = "", *, domestic: bool = True) -> Length:
    whole = f"【{sign_name}】{text}" if sign_name else text
    if not domestic and all(char in _GSM or char in _GSM_TWICE for char in whole):
        return _counted(sum(2 if char in _GSM_TWICE else 1 for char in whole), 160, 153, "gsm")
    return _counted(len(whole.encode("utf-16-le", "replace")) // 2, 70, 67, "ucs2")


def _counted(units: int, one: int, several: int, alphabet: str) -> Length:
    return Length(units, (1 if units else 0) if units <= one else -(-units // several), alphabet)
