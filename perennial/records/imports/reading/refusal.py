"""Why a file is not read. The parent turns the code into the error that the person sees."""

from typing import Any


class RefusalError(Exception):
    """`code` and facts, as the errors of Perennial carry them."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts
