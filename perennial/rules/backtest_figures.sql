-- name: base
-- What the reader may count: records of the rule's form that they may read; what became of them, told by what they may read.
WITH seen AS MATERIALIZED (
    SELECT x.id FROM (SELECT record_id AS id FROM rules.backtest_firing WHERE backtest_id = %(id)s
                      UNION SELECT record_id FROM rules.backtest_fate WHERE backtest_id = %(id)s) x
     WHERE x.id IN ({seen})
), fate AS MATERIALIZED (
    SELECT t.* FROM ({told}) t JOIN seen s ON s.id = t.record_id
), firing AS MATERIALIZED (
    SELECT f.* FROM rules.backtest_firing f JOIN seen s ON s.id = f.record_id
     WHERE f.backtest_id = %(id)s AND f.variant = %(variant)s
), fired AS MATERIALIZED (
    SELECT f.record_id, f.at, f.day, f.step, f.tasks,
           (SELECT min(l.day) FROM fate l WHERE l.record_id = f.record_id AND l.kind = 'lost'
               AND l.day > f.day AND l.day <= f.day + %(horizon)s::int) AS lost_on
      FROM firing f WHERE f.outcome IN ('fired', 'late')
);

-- name: figures
-- One row.
, one AS (
    SELECT f.record_id, min(f.day) FILTER (WHERE f.lost_on IS NOT NULL) AS warned, max(f.day) AS last_day,
           (array_agg(f.lost_on ORDER BY f.day) FILTER (WHERE f.lost_on IS NOT NULL))[1] AS lost_on
      FROM fired f GROUP BY f.record_id
), gone AS (
    SELECT l.record_id, bool_or(EXISTS (SELECT FROM fired f WHERE f.record_id = l.record_id AND f.day < l.day
                                           AND f.day >= l.day - %(horizon)s::int)) AS caught
      FROM fate l WHERE l.kind = 'lost' AND l.day BETWEEN %(since)s AND %(until)s GROUP BY l.record_id
), task AS (
    SELECT t.person_id, (f.day - %(since)s::date) / 7 AS week FROM fired f CROSS JOIN LATERAL unnest(f.tasks) t (person_id)
), busy AS (
    SELECT t.person_id, p.name, %(since)s::date + 7 * t.week AS since, count(*)::int AS count
      FROM task t JOIN people.person p ON p.id = t.person_id GROUP BY 1, 2, 3 ORDER BY 4 DESC, 3, 1 LIMIT 1
)
SELECT (SELECT count(*) FROM fired)::int AS firings, (SELECT count(*) FROM one)::int AS records,
       (SELECT count(*) FROM one WHERE lost_on IS NOT NULL)::int AS lost,
       (SELECT count(*) FROM gone)::int AS lost_in_period, (SELECT count(*) FROM gone WHERE caught)::int AS caught,
       (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY lost_on - warned) FROM one WHERE lost_on IS NOT NULL)::float
           AS lead_days,
       (SELECT count(*) FROM one WHERE lost_on IS NULL AND last_day + %(horizon)s::int > %(asked)s)::int AS waiting,
       (SELECT count(*) FROM task)::int AS tasks,
       (SELECT count(DISTINCT person_id) FROM task)::int AS people,
       (SELECT to_jsonb(b) FROM busy b) AS busiest,
       (SELECT count(DISTINCT record_id) FROM firing WHERE outcome = 'gap')::int AS gaps,
       (SELECT count(*) FROM firing WHERE outcome = 'held')::int AS held,
       (SELECT coalesce(jsonb_object_agg(x.reason, x.n), '{}') FROM (
            SELECT reason, count(*) AS n FROM firing WHERE outcome IN ('skipped', 'cut') GROUP BY reason) x) AS skipped;

-- name: weeks
-- Seven days each, the last one perhaps shorter.
SELECT w.since::date AS since, least(w.since::date + 6, %(until)s) AS until,
       count(f.record_id)::int AS fired, count(f.lost_on)::int AS lost
  FROM generate_series(%(since)s::date, %(until)s::date, interval '7 days') w (since)
  LEFT JOIN fired f ON f.day BETWEEN w.since::date AND w.since::date + 6
 GROUP BY w.since ORDER BY w.since;

-- name: counts
-- Records, each once.
, stands AS (
    SELECT f.record_id, bool_or(f.lost_on IS NOT NULL) AS lost,
           EXISTS (SELECT FROM fate k WHERE k.record_id = f.record_id AND k.kind = 'kept' AND k.day >= min(f.day)) AS kept
      FROM fired f GROUP BY f.record_id
)
SELECT count(*)::int AS all, count(*) FILTER (WHERE lost)::int AS lost,
       count(*) FILTER (WHERE NOT lost AND kept)::int AS renewed,
       count(*) FILTER (WHERE NOT lost AND NOT kept)::int AS active,
       (SELECT count(DISTINCT record_id) FROM firing WHERE outcome = 'gap')::int AS gaps
  FROM stands;

-- name: page
-- One row per record.
, stands AS (
    SELECT f.record_id, min(f.at) AS at, count(*)::int AS times, min(f.day) AS day,
           min(f.lost_on) AS lost_on, min(f.day) FILTER (WHERE f.lost_on IS NOT NULL) AS warned,
           (SELECT min(k.day) FROM fate k WHERE k.record_id = f.record_id AND k.kind = 'kept' AND k.day >= min(f.day))
               AS kept_on
      FROM fired f WHERE %(what)s <> 'gaps' GROUP BY f.record_id
    UNION ALL
    SELECT g.record_id, min(g.at), count(*)::int, min(g.day), NULL, NULL,
           (SELECT min(k.day) FROM fate k WHERE k.record_id = g.record_id AND k.kind = 'kept' AND k.day >= min(g.day))
      FROM firing g WHERE %(what)s = 'gaps' AND g.outcome = 'gap' GROUP BY g.record_id
)
SELECT s.record_id, s.at, s.times, x.step, x.facts, x.owner_id, p.name AS owner,
       CASE WHEN s.lost_on IS NOT NULL THEN 'lost' WHEN s.kept_on IS NOT NULL THEN 'renewed'
            WHEN o.day IS NOT NULL THEN 'active' ELSE 'none' END AS state,
       coalesce(s.lost_on, s.kept_on) AS "on", l.reason, coalesce(l.source, 0) AS source,
       CASE WHEN s.lost_on IS NULL AND s.kept_on IS NULL THEN o.day - %(today)s END AS days_left,
       s.lost_on - s.warned AS lead_days,
       (SELECT jsonb_agg(y ORDER BY y.at) FROM (SELECT f.at, f.step, f.outcome FROM firing f
          WHERE f.record_id = s.record_id AND f.outcome IN ('fired', 'late', 'held', 'gap') ORDER BY f.at LIMIT 20) y)
           AS firings
  FROM stands s
  JOIN LATERAL (SELECT f.step, f.facts, f.owner_id FROM firing f WHERE f.record_id = s.record_id AND f.at = s.at
                   AND f.outcome IN ('fired', 'late', 'gap') ORDER BY f.outcome = 'gap', f.severity DESC LIMIT 1) x ON true
  LEFT JOIN people.person p ON p.id = x.owner_id
  LEFT JOIN LATERAL (SELECT f.reason, f.source FROM fate f WHERE f.record_id = s.record_id AND f.kind = 'lost'
                        AND f.day = s.lost_on ORDER BY f.reason IS NULL, f.source LIMIT 1) l ON true
  LEFT JOIN LATERAL (SELECT min(f.day) AS day FROM fate f WHERE f.record_id = s.record_id AND f.kind = 'open') o ON true
 WHERE CASE %(what)s WHEN 'lost' THEN s.lost_on IS NOT NULL
                     WHEN 'renewed' THEN s.lost_on IS NULL AND s.kept_on IS NOT NULL
                     WHEN 'active' THEN s.lost_on IS NULL AND s.kept_on IS NULL ELSE true END
 ORDER BY s.at DESC, s.record_id LIMIT %(limit)s OFFSET %(offset)s;

-- name: fired
-- Where it was read.
SELECT f.step, f.place, f.at FROM rules.backtest_firing f
 WHERE f.backtest_id = %(id)s AND f.variant = %(variant)s AND f.record_id = %(record)s AND f.at = %(at)s
 ORDER BY f.outcome IN ('fired', 'late') DESC, f.severity DESC LIMIT 1;
