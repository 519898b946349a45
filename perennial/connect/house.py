"""Who is here, beside who is over there: by account, by number and mail, by name and sound."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TypeVar

from perennial import people
from perennial.connect.theirs import Member
from perennial.kernel import Tx

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody here who may be the same person: `why` is mobile, mail, name or sound."""

    person_id: int
    name: str
    account: str
    why: str


class House:
    """Who is here: by account, mobile, mail, name and sound; what is bound on this channel."""

    def __init__(self, tx: Tx, channel: str) -> None:
        self.everybody = people.people(tx, all_=True)
        self.by_id = {one.id: one for one in self.everybody}
        self.accounts = {one.account for one in self.everybody}
        self.bound = people.bound(tx, channel)
        taken = set(self.bound.values())
        free = [one for one in self.everybody if one.active and one.id not in taken]
        self.mobiles = _alone((digits(one.phone), one) for one in free)
        self.mails = _alone(((one.mail or "").lower(), one) for one in free)
        self.names = groups((one.name, one) for one in free)
        self.sounds = groups((_sound(one.name), one) for one in free)
        self.departments = people.departments(tx)
        self.paths: dict[int, str] = {}
        for one in self.departments:  # parents before children
            above = self.paths.get(one.parent_id or 0)
            self.paths[one.id] = f"{above}/{one.name}" if above else one.name

    def matched(self, one: Member) -> tuple[int | None, str]:
        """Whose mobile or mail it is, where that is one active person alone."""
        if found := self.mobiles.get(digits(one.mobile)):
            return found.id, "mobile"
        if found := self.mails.get(one.mail.lower()):
            return found.id, "mail"
        return None, ""

    def alike(self, one: Member) -> list[Candidate]:
        """Who has the same name, in characters or in sound."""
        same = [(person, "name") for person in self.names.get(one.name, [])]
        same += [(person, "sound") for person in self.sounds.get(_sound(one.name), []) if person.name != one.name]
        return [Candidate(person.id, person.name, person.account, why) for person, why in same[:5]]


def account_for(one: Member, taken: Collection[str]) -> str:
    """Their number where it can be typed, else the name in pinyin; with a number where that is taken."""
    plain = one.remote.lower()
    if not re.fullmatch(r"[a-z][a-z0-9._-]{1,39}", plain) or plain.startswith("ou_"):
        plain = re.sub(r"[^a-z0-9]", "", "".join(_syllables(one.name)).lower())[:38] or "user"
    return next(name for at in range(1, len(taken) + 2) if (name := plain if at == 1 else f"{plain}{at}") not in taken)


def digits(phone: str | None) -> str:
    return re.sub(r"\D", "", (phone or "").strip().removeprefix("+86").removeprefix("0086"))


def _sound(name: str) -> str:
    return " ".join(_syllables(name))


def _syllables(name: str) -> list[str]:
    from pypinyin import lazy_pinyin  # a quarter of a second, which no program that starts should wait for

    return lazy_pinyin(name)


def groups(pairs: Iterable[tuple[str, T]]) -> dict[str, list[T]]:
    found: dict[str, list[T]] = {}
    for key, value in pairs:
        if key:
            found.setdefault(key, []).append(value)
    return found


def _alone(pairs: Iterable[tuple[str, T]]) -> dict[str, T]:
    return {key: values[0] for key, values in groups(pairs).items() if len(values) == 1}
