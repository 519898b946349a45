"""Published versions in memory: a version never changes, so it is read once per database."""

from dataclasses import dataclass
from typing import Any, cast

from perennial import forms
from perennial.kernel import Missing, Query, Tx
from perennial.processes import nodes
from perennial.processes.definition import Process
from perennial.processes.load import load
from perennial.processes.nodes.common import Published

KEPT = 500
_versions: dict[tuple[str, int], Published] = {}
_statements: dict[tuple[int, Process, str], dict[str, Query]] = {}


def _database(tx: Tx) -> str:
    info = tx.connection.info
    return f"{info.host}:{info.port}/{info.dbname}"


def version(tx: Tx, version_id: int) -> Published:
    """A version by its number in tables."""
    key = (_database(tx), version_id)
    if key not in _versions:
        if len(_versions) > KEPT:
            _versions.clear()
        _versions[key] = _read(tx, version_id)
    return _versions[key]


def _read(tx: Tx, version_id: int) -> Published:
    from perennial.processes.publish import with_owner

    row = tx.one(
        "SELECT v.id, v.process_id, v.number, v.definition,"
        "       (SELECT jsonb_object_agg(n.key, n.id) FROM processes.node n WHERE n.version_id = v.id) AS nodes,"
        "       (SELECT jsonb_object_agg(n.key, k.id) FROM processes.node n JOIN tasks.kind k ON k.node_id = n.id"
        "         WHERE n.version_id = v.id) AS kinds"
        "  FROM processes.version v WHERE v.id = %(id)s",
        {"id": version_id},
    )
    if row is None:
        raise Missing("processes.no_such_version", version=version_id)
    process = with_owner(tx, load(cast("dict[str, Any]", row["definition"])))
    return Published(row["id"], row["process_id"], row["number"], process, row["nodes"], row["kinds"] or {})


def statements(tx: Tx, published: Published, key: str) -> dict[str, Query]:
    """The statements of a node, compiled once per definition and catalog."""
    at = (forms.catalog(tx).version, published.process, key)
    if at not in _statements:
        if len(_statements) > KEPT * 10:
            _statements.clear()
        _statements[at] = nodes.make(
            tx, published.process, published.process.node(key), forms_held(tx, published.process)
        )
    return _statements[at]


def forms_held(tx: Tx, process: Process) -> tuple[str, ...]:
    """The forms that the relations of `hold_by` lead to."""
    scope = forms.catalog(tx).scope(process.form)
    found: list[str] = []
    for path in process.hold_by:
        at = scope
        for name in path.split("."):
            at = at.relation(name) or at
        found.append(at.form)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Active:
    """A published process and its triggers: key -> number."""

    version: Published
    triggers: dict[str, int]

    @property
    def process(self) -> Process:
        return self.version.process


def active(tx: Tx) -> list[Active]:
    """Every process in force, by key. Remembered for the transaction."""
    known = tx.memo.get("processes.active")
    if known is None:
        rows = tx.rows(
            "SELECT p.version_id, (SELECT coalesce(jsonb_object_agg(t.key, t.id), '{}') FROM processes.trigger t"
            "  WHERE t.process_id = p.id AND t.active) AS triggers"
            "  FROM processes.process p WHERE p.version_id IS NOT NULL ORDER BY p.key"
        )
        known = tx.memo["processes.active"] = [Active(version(tx, row["version_id"]), row["triggers"]) for row in rows]
    return known


def lock(tx: Tx, key: str, *, shared: bool = False) -> None:
    """Until the end of the transaction nobody publishes the process of this key; not shared: nor moves what runs."""
    name = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    tx.run(f"SELECT {name}(1886547813, hashtext(%(key)s))", {"key": key})


def active_of(tx: Tx, key: str) -> Active:
    """The process in force of this key. errors: Missing processes.no_such_process."""
    found = next((one for one in active(tx) if one.process.key == key), None)
    if found is None:
        raise Missing("processes.no_such_process", process=key)
    return found
