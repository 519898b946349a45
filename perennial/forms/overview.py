"""What stands at first sight on the page of a record: figures, a score with its history, terms on a line of time,
people, and the stream of what happened. Names that are gone, or that the reader may not see, show nothing, as in a
layout.

overview:
  facts: [open_amount, next_end, health_score, csm]
  basics: [credit_code, industry]
  score: health_score
  low: 60
  terms: {of: contracts, from: start_date, until: end_date, amount: amount, next_from: next_start, next_until: next_end}
  people: {of: contacts, left: left_on}
  stream: [interactions, tickets, contracts.payments]
  without: [usages]
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from perennial.forms.tree import branch, text
from perennial.kernel import Invalid


@dataclass(frozen=True, slots=True)
class Terms:
    """Records of the collection `of` with a first and a last day; `next_…`: what follows one that is open."""

    of: str
    start: str
    until: str
    amount: str | None = None
    next_from: str | None = None
    next_until: str | None = None
    next_amount: str | None = None


@dataclass(frozen=True, slots=True)
class Folk:
    """People of the collection `of`; `left`: the day from which one is gone."""

    of: str
    left: str | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """`score` is a tracked field; below `low` it warns. `stream`: collections in their order, through others by a dot;
    every other collection follows, but those of `without`."""

    facts: tuple[str, ...] = ()
    basics: tuple[str, ...] = ()
    score: str | None = None
    low: int | None = None
    terms: Terms | None = None
    people: Folk | None = None
    stream: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


_TERMS = {"from": "start", **{name: name for name in Terms.__dataclass_fields__ if name != "start"}}


def load_overview(raw: Any) -> Overview | None:
    """The overview of a tree, or Invalid with the path of what is wrong."""
    if raw is None:
        return None
    tree = branch(raw, "overview", Overview.__dataclass_fields__)
    low = tree.get("low")
    if low is not None and (isinstance(low, bool) or not isinstance(low, int)):
        raise Invalid("forms.attribute", path="overview.low", attribute="low")
    terms, people = tree.get("terms"), tree.get("people")
    return Overview(
        facts=_texts(tree, "facts"),
        basics=_texts(tree, "basics"),
        score=text(tree, "score", "overview"),
        low=low,
        terms=None if terms is None else Terms(**_named(terms, "terms", _TERMS, ("of", "from", "until"))),
        people=None if people is None else Folk(**_named(people, "people", {"of": "of", "left": "left"}, ("of",))),
        stream=_texts(tree, "stream"),
        without=_texts(tree, "without"),
    )


def dump_overview(one: Overview) -> dict[str, Any]:
    """What `load_overview` reads back; what says nothing is left out."""
    tree: dict[str, Any] = {}
    for name in Overview.__dataclass_fields__:
        value = getattr(one, name)
        if isinstance(value, Terms):
            value = {key: told for key, of in _TERMS.items() if (told := getattr(value, of)) is not None}
        elif isinstance(value, Folk):
            value = {"of": value.of, **({"left": value.left} if value.left else {})}
        elif isinstance(value, tuple):
            value = list(cast("tuple[str, ...]", value)) or None
        if value is not None:
            tree[name] = value
    return tree


def _named(raw: Any, name: str, names: Mapping[str, str], needed: tuple[str, ...]) -> dict[str, Any]:
    path = f"overview.{name}"
    tree = branch(raw, path, names)
    for one in needed:
        if tree.get(one) is None:
            raise Invalid("forms.attribute", path=f"{path}.{one}", attribute=one)
    return {of: text(tree, key, path) for key, of in names.items()}


def _texts(tree: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = tree.get(name)
    if value is None:
        return ()
    found = cast("list[Any]", value) if isinstance(value, list) else []
    if not found or not all(isinstance(one, str) and one for one in found):
        raise Invalid("forms.attribute", path=f"overview.{name}", attribute=name)
    return tuple(found)
