"""Lists of related records in a cell (厦门屿岸、长沙沐岚): what their names mean, looked up once for a file.

A record is named by its title or by a unique text of it; only records that the person may read are found.
"""

import sqlalchemy as sa

from perennial import access, forms
from perennial.forms import KINDS
from perennial.kernel import Tx
from perennial.records.imports.mapping import Mapping

SEVERAL = 0  # as in `cast`: more than one record is called so


def linked(tx: Tx, rows: sa.TableClause, mapping: Mapping) -> dict[str, dict[str, int]]:
    """Form -> name in lower case -> id, SEVERAL where it is not one record."""
    wanted: dict[str, set[int]] = {}
    for target in mapping.targets:
        for column in target.columns:
            if column.field.kind == "relations" and column.position and column.field.to:
                wanted.setdefault(column.field.to, set()).add(column.position)
    return {form: _known(tx, form, _names(tx, rows, positions)) for form, positions in wanted.items()}


def _names(tx: Tx, rows: sa.TableClause, positions: set[int]) -> list[str]:
    parts = " UNION ".join(
        f"SELECT lower(btrim(part)) AS part FROM {rows.schema}.{rows.name},"
        rf" regexp_split_to_table(c{position}, '[,;，；、|\n]+') part WHERE NOT skip"
        for position in sorted(positions)
    )
    return tx.value(f"SELECT array_agg(part) FROM ({parts}) p WHERE part <> ''") or []


def _known(tx: Tx, form: str, names: list[str]) -> dict[str, int]:
    if not names or not access.may(tx, "read", form):
        return {}
    definition = forms.catalog(tx).form(form)
    levels = access.readable(tx, form).fields
    keys = [
        field.key
        for field in definition.fields
        if (field.unique or field.key == definition.title or field.kind == "auto_number")
        and KINDS[field.kind].value == "text" and field.kind != "formula"
        and levels.get(field.key) in ("read", "write")
    ]  # fmt: skip
    found: dict[str, int] = {}
    for key in keys:
        rows = access.readable(tx, form)
        name, id_, where = sa.func.lower(rows.source.field(key)), rows.source.field("id"), rows.where
        among = name.in_(sa.select(sa.func.unnest(sa.cast(names, sa.ARRAY(sa.Text())))))
        one = sa.select(name.label("name"), sa.func.min(id_).label("id"), sa.func.count().label("n"))
        for row in tx.rows(one.select_from(rows.from_).where(where, among).group_by(name)):
            same = row["n"] == 1 and found.get(row["name"], row["id"]) == row["id"]
            found[row["name"]] = row["id"] if same else SEVERAL
    return found
