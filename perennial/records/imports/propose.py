"""Which column is probably which field, and how sure that is. The person confirms; nothing is written on a guess."""

import difflib
import functools
import re
import unicodedata
from pathlib import Path
from typing import Any

import yaml

from perennial import access, forms
from perennial.forms import Field, Form
from perennial.kernel import Tx
from perennial.records.exports import BETWEEN
from perennial.records.imports import cast

SURE, LIKELY, PERHAPS = 1.0, 0.85, 0.6
_NEVER = ("formula", "attachment", "image", "signature", "certificate")  # no cell holds them
_SHAPES = {
    "phone": re.compile(r"^\+?[\d][\d ()./-]{4,}"), "mail": re.compile(r"^\S+@\S+\.\S+$"),
    "link": re.compile(r"^(https?://)?[^\s.]+(\.[^\s.]+)+"),
}  # fmt: skip
_FITS = {
    "number": {"number"}, "money": {"number"}, "percent": {"number"}, "date": {"date", "number"},
    "datetime": {"date", "number"}, "yes_no": {"logical", "number", "text"}, "mail": {"text"}, "link": {"text"},
    "phone": {"text", "number"}, "select": {"text"}, "person": {"text"}, "department": {"text"},
}  # fmt: skip


def plain(text: str) -> str:
    """For comparing: half-width, lower case, without marks, units in brackets and words like 必填."""
    text = unicodedata.normalize("NFKC", text).lower()
    text = re.sub(r"[(\[【].*?[)\]】]|必填|\*", "", text) or text
    return re.sub(r"[\s_\-:：/.*#]+", "", text)


@functools.cache
def _groups() -> dict[str, frozenset[int]]:
    """Word -> the groups of synonyms in which it stands."""
    tree: list[list[str]] = yaml.safe_load((Path(__file__).parent / "synonyms.yaml").read_text(encoding="utf-8"))
    found: dict[str, set[int]] = {}
    for at, words in enumerate(tree):
        for word in words:
            found.setdefault(plain(word), set()).add(at)
    return {word: frozenset(groups) for word, groups in found.items()}


def likeness(header: str, field: Field) -> float:
    """0 to 1: how much the header speaks of this field."""
    said = plain(header)
    if not said:
        return 0.0
    names = {plain(text) for text in (field.label, field.label_en or "", field.key) if text}
    if said in names:
        return SURE
    own = frozenset[int]().union(*(_groups().get(name, frozenset()) for name in names))
    if own & _groups().get(said, frozenset()):
        return LIKELY
    near = max((difflib.SequenceMatcher(None, said, name).ratio() for name in names), default=0.0)
    inside = any(len(name) >= 2 and (name in said or (len(said) >= 2 and said in name)) for name in names)
    return PERHAPS + 0.1 if inside else near if near >= PERHAPS else 0.0


def confidence(column: dict[str, Any], field: Field, known: cast.Names) -> float:
    """Likeness of the name, less when the values are of another kind. A name that is only alike is believed when most
    of the samples could be values of the field; one that means the field, when any of a phone, mail or link could."""
    found = likeness(column["name"], field) if column["titled"] else 0.0
    fitting = _fitting(column, field, known) if found else None
    if fitting is not None:
        strict = field.kind in ("phone", "mail", "link")
        if (found < LIKELY and fitting < 0.5) or (strict and fitting == 0.0):
            return 0.0
    kinds: dict[str, int] = column["kinds"]
    fits = _FITS.get(field.kind)
    if not found or not fits or not kinds:
        return found
    good = sum(count for kind, count in kinds.items() if kind in fits) / sum(kinds.values())
    return round(found * (0.5 + 0.5 * good), 2)


def _fitting(column: dict[str, Any], field: Field, known: cast.Names) -> float | None:
    """The share of the samples that could be values of the field; None where that cannot be told."""
    samples = [unicodedata.normalize("NFKC", text).strip().lower() for text in column.get("samples", [])]
    if not samples:
        return None
    if (shape := _SHAPES.get(field.kind)) is not None:
        good = [text for text in samples if shape.search(text)]
    elif field.kind in ("select", "multi_select"):
        spelt = cast.options(field)
        good = [text for text in samples if all(part.strip() in spelt for part in re.split(r"[,;、|]", text))]
    elif field.kind == "person":
        good = [text for text in samples if text in known.persons]
    elif field.kind == "department":
        good = [text for text in samples if text in known.departments]
    else:
        return None
    return len(good) / len(samples)


def propose(tx: Tx, form: str, about: dict[str, Any]) -> dict[str, Any]:
    """A mapping tree (see `mapping`) with `sure` {field: confidence} beside each target. A relation is found by its
    title, and columns that speak of the related record feed that record too."""
    catalog = forms.catalog(tx)
    own = catalog.form(form)
    columns: list[dict[str, Any]] = about["columns"]
    free = {column["name"]: column for column in columns}
    known = cast.names(tx)
    main = _target(own, writable(tx, form), free, known)
    parents: list[dict[str, Any]] = []
    for relation in own.fields:
        if relation.kind != "relation" or not relation.to or relation.to == form or relation.key not in main["sure"]:
            continue
        parent = catalog.form(relation.to)
        title = parent.field(parent.title or "")
        item = next(one for one in main["fields"] if one["field"] == relation.key)
        if title is None or title.kind == "formula" or not access.may(tx, "create", relation.to):
            continue
        mine = {k: v for k, v in free.items() if k not in _used(main) or k == item.get("column")}
        more = _target(parent, writable(tx, relation.to), mine, known)
        more["fields"] = [one for one in more["fields"] if one["field"] != title.key]
        if more["fields"]:
            more["fields"].insert(0, {"field": title.key, "column": item["column"]})
            more["key"] = [k for k in more["key"] if k != title.key] or [title.key]
            parents.append(more)
            main["fields"][main["fields"].index(item)] = {"field": relation.key, "from": relation.to}
        else:
            item.update(match=title.key, create=True)
    return {"targets": [*parents, main], "date_order": {}}


def _used(target: dict[str, Any]) -> set[str]:
    return {one["column"] for one in target["fields"] if "column" in one}


def writable(tx: Tx, form: str) -> set[str]:
    """The fields that the person may fill in, of records that are or will be."""
    fields: dict[str, str] = {}
    if access.may(tx, "update", form):
        fields |= dict(access.writable(tx, form).fields)
    if access.may(tx, "create", form):
        fields |= {k: v for k, v in access.creatable(tx, form).fields.items() if v == "write"}
    return {key for key, level in fields.items() if level == "write"}


def _target(form: Form, writable: set[str], free: dict[str, Any], known: cast.Names) -> dict[str, Any]:
    """The best pairs first; each column and each field once."""
    pairs: list[tuple[float, int, str, Field]] = []
    for at, (name, column) in enumerate(free.items()):
        if BETWEEN in name:
            continue  # a column of a related record in one of our exports
        for field in form.fields:
            if field.kind not in _NEVER and field.key in writable:
                sure = confidence(column, field, known)
                if field.kind == "relation" and form.title and sure == 0.0:
                    continue
                if sure >= PERHAPS:
                    pairs.append((sure, -at, name, field))
    pairs.sort(key=lambda pair: pair[:2], reverse=True)
    items: dict[str, dict[str, Any]] = {}
    sure_of: dict[str, float] = {}
    taken: set[str] = set()
    for sure, _, name, field in pairs:
        if name not in taken and field.key not in items:
            taken.add(name)
            items[field.key] = {"field": field.key, "column": name}
            sure_of[field.key] = sure
    ordered = [items[field.key] for field in form.fields if field.key in items]
    return {"form": form.key, "key": _key(form, set(items)), "mode": "upsert", "fields": ordered, "sure": sure_of}


def _key(form: Form, mapped: set[str]) -> list[str]:
    """What says which record a row is about: a unique field, else the title."""
    unique = next((field.key for field in form.fields if field.unique and field.key in mapped), None)
    several = next((list(one.fields) for one in form.unique if set(one.fields) <= mapped), None)
    if unique:
        return [unique]
    return several or ([form.title] if form.title in mapped and form.title else [])
