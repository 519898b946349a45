"""A table as a worksheet, and back: heads, one line per rule, and below the head grey lines that begin with # and say
what the columns are. A sheet without those lines is taken as the rules of a table that is there.
"""

import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter

from perennial.forms.decisions.definition import Decision, dump
from perennial.kernel import Invalid

_COLUMN = ("key", "label_en", "kind", "options", "formula", "optional", "least", "most")
_TABLE = ("label", "label_en", "decision", "form", "policy", "note")
NOTE = "备注"


def export(one: Decision) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("decision")
    bold, grey = book.add_format({"bold": True, "bottom": 1}), book.add_format({"font_color": "#888888"})
    for at, (shape, line) in enumerate(_lines(one)):
        for place, text in enumerate(line):
            if text:
                sheet.write_string(at, place, text, bold if shape == "head" else grey if shape == "about" else None)
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, 0, 10)
    sheet.set_column(1, len(one.inputs) + len(one.outputs) + 1, 18)
    book.close()
    return out.getvalue()


def _lines(one: Decision) -> list[tuple[str, list[str]]]:
    tree = dump(one)
    columns = [*tree["inputs"], *tree["outputs"]]
    found = [("head", ["#", *(column["label"] for column in columns), NOTE])]
    found.append(("about", ["#side", *("when" for _ in one.inputs), *("give" for _ in one.outputs)]))
    for name in _COLUMN:
        if any(column.get(name) for column in columns):
            found.append(("about", [f"#{name}", *(_written(name, column.get(name)) for column in columns)]))
    if one.otherwise:
        found.append(("about", ["#otherwise", *("" for _ in one.inputs), *(text or "null" for text in one.otherwise)]))
    found += [("about", [f"#table {name}", str(tree[name])]) for name in _TABLE if tree.get(name)]
    for row, rule in enumerate(one.rules, start=1):
        found.append(("rule", [str(row), *(cell or "-" for cell in rule.when), *rule.then, rule.note]))
    return found


def _written(name: str, value: Any) -> str:
    if not value:
        return ""
    if name == "options":
        return "; ".join(f"{one['key']} = {one['label']}" for one in value)
    return "yes" if value is True else str(value)


def take(columns: Sequence[str], rows: Sequence[tuple[int, Sequence[str]]], known: Decision | None) -> dict[str, Any]:
    """The tree that a sheet says; of a plain one, `known` with its rules. `rows`: number in the file, cells.

    errors   Invalid decisions.sheet_column, decisions.sheet_missing, decisions.sheet_empty with the column's name
    """
    about = {row[0].strip(): row[1:] for _, row in rows if row and row[0].strip().startswith("#")}
    filled = [row for _, row in rows if any(cell.strip() for cell in row)]
    lines = [row for row in filled if not row[0].strip().startswith("#")]
    if not lines:
        raise Invalid("decisions.sheet_empty", path="file")
    if "#side" in about and "#key" in about:
        return _whole(columns, about, lines)
    if known is None:
        raise Invalid("decisions.sheet_missing", path="file", column="#key")
    return _rules(columns, lines, known)


def _whole(columns: Sequence[str], about: dict[str, Sequence[str]], lines: list[Sequence[str]]) -> dict[str, Any]:
    def said(name: str, at: int) -> str:
        line = about.get(f"#{name}", ())
        return line[at].strip() if at < len(line) else ""

    places: dict[str, list[int]] = {"when": [], "give": []}
    for at in range(len(columns) - 1):
        if said("side", at) in places:
            places[said("side", at)].append(at)
    tree: dict[str, Any] = {name: said(f"table {name}", 0) for name in _TABLE if said(f"table {name}", 0)}
    for side, name in (("when", "inputs"), ("give", "outputs")):
        tree[name] = []
        for at in places[side]:
            column: dict[str, Any] = {"key": said("key", at), "label": columns[at + 1], "kind": said("kind", at)}
            column |= {key: said(key, at) for key in ("label_en", "formula", "least", "most") if said(key, at)}
            if said("options", at):
                pairs = (one.partition("=") for one in said("options", at).split(";"))
                column["options"] = [{"key": key.strip(), "label": (label or key).strip()} for key, _, label in pairs]
            tree[name].append({**column, "optional": True} if said("optional", at) else column)
    if "#otherwise" in about:
        tree["otherwise"] = [said("otherwise", at) for at in places["give"]]
    after = max([*places["when"], *places["give"]], default=0) + 1
    return {**tree, "rules": [_rule(line[1:], places["when"], places["give"], after) for line in lines]}


def _rules(columns: Sequence[str], lines: list[Sequence[str]], known: Decision) -> dict[str, Any]:
    """Heads are labels or keys; # in front and a note behind may be there."""
    heads = {head.strip(): at for at, head in enumerate(columns)}
    wanted = [*known.inputs, *known.outputs]
    places: list[int] = []
    for column in wanted:
        at = heads.pop(column.label, heads.pop(column.key, None))
        if at is None:
            raise Invalid("decisions.sheet_missing", path="file", column=column.words)
        places.append(at)
    note = heads.pop(NOTE, None)
    unknown = [head for head in heads if head not in ("#", "行", "row", "序号")]
    if unknown:
        raise Invalid("decisions.sheet_column", path="file", column=unknown[0], known=[one.label for one in wanted])
    split = len(known.inputs)
    return {**dump(known), "rules": [_rule(line, places[:split], places[split:], note) for line in lines]}


def _rule(line: Sequence[str], when: Sequence[int], then: Sequence[int], note: int | None) -> dict[str, Any]:
    def cell(at: int) -> str:
        return line[at].strip().removesuffix(" 00:00:00") if at < len(line) else ""

    rule: dict[str, Any] = {"when": [cell(at) for at in when], "give": [cell(at) for at in then]}
    return {**rule, "note": cell(note)} if note is not None and cell(note) else rule
