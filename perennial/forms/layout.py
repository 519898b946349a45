"""How a form stands on the screen: tabs of sections of rows of cells. Fields that no cell names come in a last section;
a cell whose field is gone shows nothing, so that a field may be hidden and come back to its place.

layout:
  - tab: 基本信息
    sections:
      - section: 客户
        columns: 2
        rows:
          - [name, {field: industry, span: 2}]
          - [{sub_table: items}]
          - [{text: 请附营业执照}]
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from perennial.forms.tree import branch, items, text
from perennial.kernel import Invalid

MOST_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """One of field, sub_table (the key of the collection) and text is given."""

    field: str | None = None
    sub_table: str | None = None
    text: str | None = None
    text_en: str | None = None
    span: int = 1


@dataclass(frozen=True, slots=True)
class Section:
    rows: tuple[tuple[Cell, ...], ...]
    label: str | None = None
    label_en: str | None = None
    columns: int = 2
    closed: bool = False  # folded until somebody opens it


@dataclass(frozen=True, slots=True)
class Tab:
    sections: tuple[Section, ...]
    label: str | None = None
    label_en: str | None = None


def cells(layout: tuple[Tab, ...]) -> Iterator[tuple[str, Cell]]:
    """Every cell with its path."""
    for t, tab in enumerate(layout):
        for s, section in enumerate(tab.sections):
            for r, row in enumerate(section.rows):
                for c, cell in enumerate(row):
                    yield f"layout[{t}].sections[{s}].rows[{r}][{c}]", cell


def load_layout(raw: Any) -> tuple[Tab, ...]:
    """The tabs of a tree, or Invalid with the path of what is wrong."""
    return tuple(_tab(one, f"layout[{at}]") for at, one in enumerate(items(raw, "layout")))


def _tab(raw: Any, path: str) -> Tab:
    tree = branch(raw, path, ("tab", "tab_en", "sections"))
    sections = items(tree.get("sections"), f"{path}.sections")
    return Tab(
        tuple(_section(one, f"{path}.sections[{at}]") for at, one in enumerate(sections)),
        text(tree, "tab", path), text(tree, "tab_en", path),
    )  # fmt: skip


def _section(raw: Any, path: str) -> Section:
    tree = branch(raw, path, ("section", "section_en", "columns", "closed", "rows"))
    rows = items(tree.get("rows"), f"{path}.rows")
    made: list[tuple[Cell, ...]] = []
    for at, row in enumerate(rows):
        here = f"{path}.rows[{at}]"
        made.append(tuple(_cell(one, f"{here}[{c}]") for c, one in enumerate(items(row, here))))
    return Section(
        tuple(made), text(tree, "section", path), text(tree, "section_en", path),
        _count(tree, "columns", path, 2), bool(tree.get("closed")),
    )  # fmt: skip


def _cell(raw: Any, path: str) -> Cell:
    if isinstance(raw, str) and raw:
        return Cell(field=raw)
    tree = branch(raw, path, ("field", "sub_table", "text", "text_en", "span"))
    texts = {name: text(tree, name, path) for name in ("field", "sub_table", "text", "text_en")}
    if sum(texts[name] is not None for name in ("field", "sub_table", "text")) != 1:
        raise Invalid("forms.cell", path=path)
    return Cell(**texts, span=_count(tree, "span", path, 1))


def dump_layout(layout: tuple[Tab, ...]) -> list[dict[str, Any]]:
    """What `load_layout` reads back; what says nothing is left out."""
    return [_plain({
        "tab": tab.label, "tab_en": tab.label_en,
        "sections": [_plain({
            "section": one.label, "section_en": one.label_en, "columns": None if one.columns == 2 else one.columns,
            "closed": one.closed or None, "rows": [[_dump_cell(cell) for cell in row] for row in one.rows],
        }) for one in tab.sections],
    }) for tab in layout]  # fmt: skip


def _dump_cell(cell: Cell) -> Any:
    if cell.field is not None and cell.span == 1:
        return cell.field
    names = ("field", "sub_table", "text", "text_en")
    return _plain({**{name: getattr(cell, name) for name in names}, "span": None if cell.span == 1 else cell.span})


def _plain(tree: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in tree.items() if value is not None}


def _count(tree: Mapping[str, Any], name: str, path: str, default: int) -> int:
    value = tree.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_COLUMNS:
        raise Invalid("forms.attribute", path=f"{path}.{name}", attribute=name)
    return value
