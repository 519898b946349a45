"""What may stand at the cursor: fields, related rows, functions, options."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from perennial.formula.functions import functions, table
from perennial.formula.printer import part
from perennial.formula.typed import FieldInfo, Scope

_TOKEN = re.compile(
    r'"(?:[^"]|"")*"?|[“”][^“”]*[“”]?|\[(?:[^\]]|\]\])*\]?|【[^】]*】?|[^\W\d]\w*|[\d.]+|<=|>=|<>|\s+|.', re.DOTALL
)
_CLOSED = re.compile(r'"(?:[^"]|"")*"|[“”][^“”]*[“”]')
_NAME = re.compile(r"[^\W\d]\w*\Z|\[|【")


@dataclass(frozen=True, slots=True)
class Item:
    """`insert` replaces the text from `start` to the cursor. kind: field, relation, rows, function, option.

    about   of a function: what it does
    """

    label: str
    insert: str
    kind: str
    detail: str
    start: int
    about: str = ""


@dataclass(frozen=True, slots=True)
class Hint:
    """The call that the cursor stands in: `argument` (from 0) of `arguments` is being written."""

    function: str
    signature: str
    about: str
    arguments: tuple[str, ...]
    argument: int


def complete(text: str, cursor: int, scope: Scope, limit: int = 50) -> list[Item]:
    """What fits what was typed before the cursor, nearest first; never an error, whatever stands there."""
    words = [(hit.group(), hit.start()) for hit in _TOKEN.finditer(text[:cursor]) if not hit.group().isspace()]
    here = _scope_at(words, scope)
    typed, start = "", cursor
    if words and words[-1][0][0] in '"“':
        if not _CLOSED.fullmatch(words[-1][0]):
            return _options(words, here)[:limit]
        if words[-1][1] + len(words[-1][0]) == cursor:
            return []  # behind a whole text
    if words and _NAME.match(words[-1][0]) and words[-1][1] + len(words[-1][0]) == cursor:
        typed, start = words.pop()
    if len(words) >= 2 and words[-1][0] == "." and _NAME.match(words[-2][0]):
        found = _walk(words, here)
        items = [] if found is None else list(_fields(found, start))
    else:
        items = [*_fields(here, start), *_functions(start)]
    needle = typed.strip("[]【】").lower()
    fitting = [(rank, item) for item in items if (rank := _rank(item, needle)) is not None]
    return [item for _, item in sorted(fitting, key=lambda pair: pair[0])][:limit]


def _rank(item: Item, needle: str) -> int | None:
    words = (item.label.lower(), item.insert.lower(), item.detail.lower())
    if any(word.startswith(needle) for word in words):
        return 0
    return 1 if any(needle in word for word in words) else None


def _fields(scope: Scope, start: int) -> Iterator[Item]:
    for field in scope.fields():
        kind = "relation" if field.type.kind == "relation" else "field"
        yield Item(field.label, part(field.key), kind, f"{field.key} · {field.type.kind}", start)
    for rows in scope.collections():
        yield Item(rows.label, part(rows.key), "rows", rows.key, start)


def _functions(start: int) -> Iterator[Item]:
    for fn in functions():
        yield Item(fn.name, f"{fn.name}(", "function", f"{fn.zh} · {fn.signature}", start, fn.about)


def _walk(words: list[tuple[str, int]], scope: Scope) -> Scope | None:
    """The scope behind `a.b.` at the end of the words."""
    keys: list[str] = []
    rest = list(words)
    while len(rest) >= 2 and rest[-1][0] == "." and _NAME.match(rest[-2][0]):
        rest.pop()
        keys.insert(0, rest.pop()[0].strip("[]【】"))
    found: Scope | None = scope
    for place, key in enumerate(keys):
        rows = None if found is None else found.collection(key)
        other = found.other(key) if found is not None and place == 0 and found.field(key) is None else None
        found = None if found is None else rows.scope if rows is not None else found.relation(key) or other
    return found


def hint(text: str, cursor: int) -> Hint | None:
    """The innermost open call before the cursor, and which of its arguments stands there."""
    words = [(hit.group(), hit.start()) for hit in _TOKEN.finditer(text[:cursor]) if not hit.group().isspace()]
    for name, _, commas in reversed(_open(words)):
        fn = table().get(name)
        if fn is not None:
            place = commas if fn.most is None or not fn.args else min(commas, len(fn.args) - 1)
            shown = fn.args.index(fn.arg(place)) if fn.args else 0
            return Hint(fn.name, fn.signature, fn.about, tuple(arg.hint for arg in fn.args), shown)
    return None


def _open(words: list[tuple[str, int]]) -> list[tuple[str, int, int]]:
    """Calls that are not closed: function, its bracket's place, commas seen."""
    calls: list[tuple[str, int, int]] = []
    for place, (word, _) in enumerate(words):
        if word in "(（":
            calls.append((_called(words, place), place, 0))
        elif word in ")）" and calls:
            calls.pop()
        elif word in ",，" and calls:
            name, bracket, commas = calls[-1]
            calls[-1] = (name, bracket, commas + 1)
    return calls


def _called(words: list[tuple[str, int]], bracket: int) -> str:
    """What stands before the bracket; `NETWORKDAYS.INTL` is one name."""
    name = words[bracket - 1][0].upper() if bracket else ""
    dotted = bracket >= 3 and words[bracket - 2][0] == "."
    return f"{words[bracket - 3][0].upper()}.{name}" if dotted else name


def _scope_at(words: list[tuple[str, int]], scope: Scope) -> Scope:
    """The scope of the innermost SUMIF (or the like) that is open at the end, behind its first comma."""
    for name, bracket, commas in _open(words):
        fn = table().get(name)
        if fn is None or not commas or not fn.args or fn.args[0].wants not in ("collection", "column"):
            continue
        if fn.args[0].wants == "column" and fn.args[-1].wants != "condition":
            continue
        path = [w.strip("[]【】") for w, _ in words[bracket + 1 :]]
        path = path[: next(i for i, w in enumerate(path) if w in ",，")]
        path = path[:-2] if fn.args[0].wants == "column" else path  # SUMIFS(contracts.amount, …
        found: Scope | None = scope
        for key in path[:-1:2]:
            found = None if found is None else found.relation(key)
        rows = None if found is None or not path else found.collection(path[-1])
        scope = scope if rows is None else rows.scope
    return scope


def _options(words: list[tuple[str, int]], scope: Scope) -> list[Item]:
    """Options of the select that the open text is compared with: `status = "` or `IN(status, "`."""
    text, start = words[-1]
    needle = text[1:].strip('"”').lower()
    for word, _ in reversed(words[:-1]):
        field: FieldInfo | None = scope.field(word.strip("[]【】")) if _NAME.match(word) else None
        if field is not None and field.type.options:
            return [
                Item(option.label, f'"{option.key}"', "option", option.key, start)
                for option in field.type.options
                if needle in option.label.lower() or needle in option.key.lower()
            ]
        if word in ("AND", "OR", "(", "（") or field is not None:
            break
    return []
