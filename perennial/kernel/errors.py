"""Errors, named by their remedy. They carry a code and facts; the text is chosen at the edge (`kernel.i18n`)."""

from typing import Any, ClassVar


class Problem(Exception):
    """Something a caller can be told. Never carries a formatted sentence."""

    status: ClassVar[int] = 500

    def __init__(self, code: str, *, path: str | None = None, **facts: Any) -> None:
        super().__init__(code, facts)
        self.code = code
        self.path = path
        self.facts = facts


class Invalid(Problem):
    """The input is wrong; `path` says where. Mend it and send again."""

    status = 422


class Denied(Problem):
    """The actor sees the thing but may not do this to it."""

    status = 403


class Missing(Problem):
    """There is no such thing, or the actor may not know of it."""

    status = 404


class Conflict(Problem):
    """Somebody else was first. Read again, then decide."""

    status = 409


class Busy(Problem):
    """Not now: too many attempts, or locked for longer than a person should wait."""

    status = 429


class Broken(Problem):
    """Ours to mend."""

    status = 500
