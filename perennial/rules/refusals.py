"""What is wrong with a definition, told as data: all of it, each with its place."""

from collections.abc import Callable, Iterator

from perennial import forms, formula
from perennial.kernel import Invalid, Tx


def said(act: Callable[[], object]) -> Iterator[Invalid]:
    """What it is refused for, as data."""
    try:
        act()
    except Invalid as problem:
        yield problem


def typed_at(tx: Tx, form: str, text: str, kind: str | None, path: str) -> formula.Typed | None:
    """The checked formula; None: there is no text. A refusal names `path`."""
    if not text:
        return None
    try:
        return formula.check(text, forms.catalog(tx).scope(form), kind)  # type: ignore[arg-type]
    except Invalid as error:
        raise Invalid(error.code, path=path, **error.facts) from error
