"""The versions of a process that were ever in force, for whoever compares two of them."""

import datetime as dt
from dataclasses import dataclass

from perennial.kernel import Missing, Tx
from perennial.processes.reader import Tree

MOST = 200


@dataclass(frozen=True, slots=True)
class Kept:
    """`by`: who published it, '' for the system; `current`: it is in force; `open`: instances that run on it."""

    number: int
    at: dt.datetime
    by: str
    current: bool
    open: int


def kept(tx: Tx, key: str) -> list[Kept]:
    """Newest first. Missing when there is no such process."""
    rows = tx.rows(_VERSIONS, {"key": key, "most": MOST})
    if not rows:
        raise Missing("processes.no_such_process", process=key)
    return [Kept(**row) for row in rows]


def kept_tree(tx: Tx, key: str, number: int) -> Tree:
    """What this version says. Missing when there is none."""
    tree: Tree | None = tx.value(_TREE, {"key": key, "number": number})
    if tree is None:
        raise Missing("processes.no_such_version", version=number)
    return tree


_VERSIONS = """
SELECT v.number, v.published_at AS at, v.id = p.version_id AS current,
       CASE v.published_by ->> 'kind' WHEN 'person' THEN v.published_by ->> 'label' ELSE '' END AS by,
       (SELECT count(*)::int FROM processes.instance i WHERE i.version_id = v.id AND i.state = 'open') AS open
  FROM processes.process p JOIN processes.version v ON v.process_id = p.id
 WHERE p.key = %(key)s ORDER BY v.number DESC LIMIT %(most)s
"""
_TREE = """
SELECT v.definition FROM processes.process p JOIN processes.version v ON v.process_id = p.id
 WHERE p.key = %(key)s AND v.number = %(number)s
"""
