"""The versions of a rule that were published."""

from perennial.kernel import Row, Tx

MOST = 100


def kept(tx: Tx, key: str) -> list[Row]:
    """Newest first: number, at, by, tree, whether it is the one in force."""
    return tx.rows(
        f"""
        SELECT v.number, v.published_at AS at, coalesce(v.published_by ->> 'label', '') AS by, v.definition AS tree,
               v.id = r.version_id AS current
          FROM rules.rule r JOIN rules.version v ON v.rule_id = r.id
         WHERE r.key = %(key)s ORDER BY v.number DESC LIMIT {MOST}
        """,
        {"key": key},
    )
