"""`data_read.<form>`: every live record with every field, computed ones too, for anyone with an SQL client."""

from typing import Any, cast

from sqlalchemy import BindParameter, Date, DateTime, Select, func, select
from sqlalchemy.dialects.postgresql import psycopg as dialect
from sqlalchemy.sql.visitors import replacement_traverse

from perennial.changes import quoted
from perennial.forms.catalog import Catalog
from perennial.formula import compile as compile_formula
from perennial.kernel import Tx

_DIALECT = dialect.dialect(paramstyle="pyformat")
_CLOCK = {
    "today": lambda: func.forms.reader_today(type_=Date),
    "now": lambda: func.forms.reader_now(type_=DateTime(timezone=True)),
}


def refresh_views(tx: Tx, of: Catalog, *, only_drop: bool = False) -> None:
    """Make the views those of this catalog. They stand in the way of column changes, so `apply` drops them first."""
    for row in tx.rows("SELECT viewname FROM pg_views WHERE schemaname = 'data_read'"):
        tx.run(f"DROP VIEW data_read.{quoted(row['viewname'])}")
    if only_drop:
        return
    for form in of.forms:
        tx.run(f"CREATE VIEW data_read.{quoted(form.key)} AS {view(of, form.key)}")


def view(of: Catalog, form: str) -> str:
    """The view's SELECT; no parameters, so the clock is asked by function."""
    source = of.source(form)
    columns: list[Any] = [source.field(name).label(name) for name in ("id", "version", "created_at", "updated_at")]
    for field in of.form(form).fields:
        stored = of.column_kind(form, field) is not None
        value = source.field(field.key) if stored else compile_formula(of.typed(form, field.key), source)
        columns.append(value.label(field.key))
    statement = select(*columns).select_from(source.from_).where(source.field("deleted_at").is_(None))

    def clock(element: Any, **_: Any) -> Any:
        if isinstance(element, BindParameter) and element.key in _CLOCK:
            return _CLOCK[element.key]()
        return None

    plain = cast("Select[Any]", replacement_traverse(statement, {}, clock))
    return str(plain.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True, "render_postcompile": True}))
