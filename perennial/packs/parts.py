"""Which tables a pack holds, and their canonical rows: columns by name, rows by key, moments in UTC.

Equal content gives equal bytes, whatever order rows and columns have in a database; so a digest over them compares two
workspaces.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from perennial import forms
from perennial.kernel import Tx

SCHEMAS = (
    "kernel", "people", "files", "forms", "access", "imports", "records", "tasks", "messages", "changes", "rules",
    "processes", "reports", "apps", "connect",
)  # fmt: skip
# of this installation or of the moment, not of the workspace: left out, each for the reason given in the README
LEFT_OUT = {
    "kernel.migration": "the program's own",
    "people.session": "who is logged in at the moment",
    "people.attempt": "failed logins",
    "processes.signing": "secrets of webhooks, made anew where they are sent from",
    "messages.secret": "secrets of channels, entered again where they are used",
    "messages.signing": "the secret of links in messages, made anew where they are sent from",
    "connect.standing": "how a channel answered last",
    "connect.union_id": "numbers of people in DingTalk, asked for again",
    "rules.backtest": "what can be found again in the log",
    "rules.backtest_firing": "what can be found again in the log",
    "rules.backtest_fate": "what can be found again in the log",
    "connect.nonce": "what was heard within minutes, of this installation alone",
    "connect.refusals": "how often somebody knocked at this installation who should not",
    "records.presence": "who looks at which record at the moment",
    "records.suspect": "what is perhaps twice, found again by a job",
    "records.suspected": "what is perhaps twice, found again by a job",
    "imports.file": "uploads that wait for their import",
    "imports.fix": "uploads that wait for their import",
    "imports.problem": "uploads that wait for their import",
    "imports.progress": "uploads that wait for their import",
}
LEFT_OUT_SCHEMAS = {
    "exports": "files that can be exported again",
    "bundles": "uploads that wait to be filled in",
    "simulation": "what can be simulated again",
}
# a file that no record ever named is an upload on its way or an export, packs among them: gone in a day
_ONLY = {"imports.import": "state IN ('done', 'undone')", "files.file": "named_at IS NOT NULL"}
_PLACES = {"files.file": ("place", "thumb", "sealed")}  # where a content stands differs from store to store
CANONICAL = (
    "SELECT set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO, YMD', true),"
    " set_config('IntervalStyle', 'iso_8601', true), set_config('bytea_output', 'hex', true),"
    " set_config('extra_float_digits', '1', true)"
)
_TABLES = """
SELECT n.nspname || '.' || t.relname AS name,
       (SELECT array_agg(a.attname::text ORDER BY a.attname COLLATE "C") FROM pg_attribute a
         WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns,
       (SELECT array_agg(quote_ident(a.attname) || CASE a.atttypid WHEN 'text'::regtype THEN ' COLLATE "C"' ELSE '' END
                         ORDER BY array_position(i.indkey::int2[], a.attnum))
          FROM pg_index i JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (i.indkey)
         WHERE i.indrelid = t.oid AND i.indisprimary) AS key
  FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
 WHERE t.relkind = 'r' AND n.nspname = ANY (%(schemas)s) AND t.relname !~ '^rows_[0-9]+$'
 ORDER BY n.nspname COLLATE "C", t.relname COLLATE "C"
"""


@dataclass(frozen=True, slots=True)
class Part:
    """One table. `name`: its file in the pack without suffix; `table`, `order`: as SQL says them."""

    name: str
    table: str
    columns: tuple[str, ...]
    order: tuple[str, ...]
    only: str = "true"

    @property
    def path(self) -> str:
        return f"{self.name}.csv"

    def select(self) -> str:
        """The canonical rows. Texts are ordered by their bytes, a table without a key by whole rows."""
        order = ", ".join(self.order) or 't::text COLLATE "C"'
        listed = ", ".join(map(quoted, self.columns))
        return f"SELECT {listed} FROM {self.table} t WHERE {self.only} ORDER BY {order}"


@dataclass(frozen=True, slots=True)
class Digest:
    rows: int
    sha256: str


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def fixed_parts(tx: Tx) -> list[Part]:
    """The tables that every workspace has."""
    found: list[Part] = []
    for row in tx.rows(_TABLES, {"schemas": list(SCHEMAS)}):
        name = row["name"]
        if name in LEFT_OUT:
            continue
        schema, table = name.split(".")
        columns = tuple(one for one in row["columns"] if one not in _PLACES.get(name, ()))
        key = tuple(row["key"] or ())
        found.append(Part(f"system/{name}", f"{schema}.{quoted(table)}", columns, key, _ONLY.get(name, "true")))
    return found


def form_parts(tx: Tx) -> list[Part]:
    """The tables of the forms, those out of sight included."""
    return [
        Part(f"data/{form}", f"data.{quoted(physical)}", tuple(name for name, _ in forms.columns(tx, form)), ("id",))
        for form, physical in forms.tables(tx).items()
    ]


def copied(tx: Tx, part: Part, take: Callable[[bytes], object]) -> Digest:
    """`take` gets the part's canonical rows as CSV with a header, in pieces; nothing is kept in memory."""
    tx.run(CANONICAL)
    digest = hashlib.sha256()
    copy = f"COPY ({part.select()}) TO STDOUT (FORMAT csv, HEADER)"
    with tx.connection.cursor() as cursor:
        with cursor.copy(copy.encode()) as stream:
            for piece in stream:
                digest.update(piece)
                take(bytes(piece))
        rows = cursor.rowcount
    return Digest(rows, digest.hexdigest())


def hashes(tx: Tx) -> dict[str, Digest]:
    """Part -> how many rows it has and the digest of them."""
    return {part.name: copied(tx, part, lambda piece: None) for part in (*fixed_parts(tx), *form_parts(tx))}
