"""Records about to be created that are perhaps there already: asked, never guessed.

Names are compared by pairs of neighbouring characters, after words that every company name has (有限公司 …) are gone.
Pairs that many names share say nothing and are left out, so the work follows what is rare.
"""

from typing import Any

import sqlalchemy as sa

from perennial import access
from perennial.kernel import Row, Tx
from perennial.records.imports.match import Match
from perennial.records.imports.problems import Problems

MOST_NEW = 2_000  # beyond that a list of suspicions helps nobody
LEAST = 0.6
COMMON = 200  # a pair that more names have is no evidence
_NOISE = r"(股份|有限|责任|公司|集团|控股|科技|技术|\(.*?\)|（.*?）|co\.?,? ?ltd\.?|inc\.?|corp\.?|\s|[.,，。·-])"

_NEAR = """
WITH fresh AS (SELECT row, value, lower(regexp_replace(value, %(noise)s, '', 'gi')) AS core FROM imp_s WHERE fresh),
old AS (SELECT id, value, lower(regexp_replace(value, %(noise)s, '', 'gi')) AS core FROM imp_s WHERE NOT fresh),
pairs_of AS (
    SELECT o.id, substr(o.core, n, 2) AS pair FROM old o, generate_series(1, greatest(char_length(o.core) - 1, 1)) n
), rare AS (
    SELECT pair FROM pairs_of GROUP BY pair HAVING count(*) <= %(common)s
), shared AS (
    SELECT f.row, p.id, count(DISTINCT p.pair) AS n
      FROM fresh f, generate_series(1, greatest(char_length(f.core) - 1, 1)) at
      JOIN LATERAL (SELECT substr(f.core, at, 2) AS pair) own ON true
      JOIN rare USING (pair) JOIN pairs_of p USING (pair)
     GROUP BY f.row, p.id
), scored AS (
    SELECT s.row, f.value, o.id, o.value AS other,
           CASE WHEN f.core = o.core THEN 0.98
                ELSE greatest(2.0 * s.n / (char_length(f.core) + char_length(o.core) - 2 + 0.001),
                              0.92 * s.n / greatest(least(char_length(f.core), char_length(o.core)) - 1, 1))
           END AS score
      FROM shared s JOIN fresh f USING (row) JOIN old o ON o.id = s.id
     WHERE char_length(f.core) > 2 AND char_length(o.core) > 2
)
SELECT DISTINCT ON (row) row, value, id, other, round(least(score, 0.98) * 100)::int AS percent
  FROM scored WHERE score >= %(least)s ORDER BY row, score DESC, id
"""


def similar(tx: Tx, match: Match, problems: Problems, i: int) -> None:
    """A hint for each new record of target i whose name is like one that the person can read."""
    target = match.values.mapping.targets[i]
    form = match.catalog.form(target.form)
    if form.title is None or form.title not in {column.field.key for column in target.columns}:
        return
    title = form.field(form.title)
    if title is None or title.kind != "text" or target.mode not in ("upsert", "create", "missing"):
        return
    m, v = match.tables[i], match.values.v
    at = target.at(form.title)
    value = match.values.value(i, at)
    fresh = sa.select(sa.func.min(m.c.row).label("row"), value.label("value"))
    fresh = fresh.select_from(m.join(v, v.c.row == m.c.row)).where(m.c.fresh, value.is_not(None)).group_by(value)
    if not 0 < tx.value(sa.select(sa.func.count()).select_from(fresh.subquery("f"))) <= MOST_NEW:
        return
    rows = access.readable(tx, target.form)
    there = sa.select(rows.source.field("id").label("id"), rows.source.field(form.title).label("value"))
    there = there.select_from(rows.from_).where(rows.where, rows.source.field(form.title).is_not(None))
    tx.run("DROP TABLE IF EXISTS pg_temp.imp_s")
    tx.run("CREATE TEMPORARY TABLE imp_s (fresh boolean, row int, id bigint, value text) ON COMMIT DROP")
    table = sa.table("imp_s", *(sa.column(name) for name in ("fresh", "row", "id", "value")))
    one, two = fresh.subquery("f"), there.subquery("o")
    tx.run(sa.insert(table).from_select(["fresh", "row", "value"], sa.select(sa.true(), one.c.row, one.c.value)))
    tx.run(sa.insert(table).from_select(["fresh", "id", "value"], sa.select(sa.false(), two.c.id, two.c.value)))
    tx.run("ANALYZE imp_s")
    found = tx.rows(_NEAR, {"noise": _NOISE, "common": COMMON, "least": LEAST})
    column = target.columns[at]
    where: dict[str, Any] = {"form": target.form, "field": form.title, "position": column.position}
    if target.asked_by is not None:
        where = {"form": target.name.split(".")[0], "field": target.asked_by[1], "position": target.asked_by[0]}
    _told(tx, problems, found, where)


def _told(tx: Tx, problems: Problems, found: list[Row], where: dict[str, Any]) -> None:
    if not found:
        return
    tx.run(
        "INSERT INTO imp_p (severity, code, row, form, field, position, value, facts)"
        " SELECT 'hint', 'imports.similar', r.row, %(form)s, %(field)s, %(position)s, r.value,"
        " jsonb_build_object('other', r.other, 'id', r.id, 'percent', r.percent)"
        " FROM unnest(%(rows)s::int[], %(values)s::text[], %(others)s::text[], %(ids)s::bigint[], %(percents)s::int[])"
        " AS r (row, value, other, id, percent)",
        {
            **where,
            "rows": [one["row"] for one in found],
            "values": [one["value"] for one in found],
            "others": [one["other"] for one in found],
            "ids": [one["id"] for one in found],
            "percents": [one["percent"] for one in found],
        },
    )
