-- name: kinds
-- How often each kind of task and message comes in either run.
SELECT kind, label, count(*) FILTER (WHERE run_id = %(first)s)::int AS first,
       count(*) FILTER (WHERE run_id = %(second)s)::int AS second
  FROM simulation.entry WHERE run_id IN (%(first)s, %(second)s) AND kind NOT IN ('open', 'change')
 GROUP BY kind, label ORDER BY kind DESC, greatest(count(*) FILTER (WHERE run_id = %(first)s),
                                                   count(*) FILTER (WHERE run_id = %(second)s)) DESC, label;

-- name: paired
-- What one run has and the other has not, or has at another moment: the n-th of its kind about a record.
WITH numbered AS (
    SELECT e.run_id, e.at, e.kind, e.label, e.form, e.record_id, e.record,
           row_number() OVER (PARTITION BY e.run_id, e.kind, e.label, e.form, e.record_id, e.record, e.name ORDER BY e.at) AS n,
           e.name
      FROM simulation.entry e WHERE e.run_id IN (%(first)s, %(second)s) AND e.kind NOT IN ('open', 'change')
), paired AS (
    SELECT form, record_id, record, kind, label, name, n,
           min(at) FILTER (WHERE run_id = %(first)s) AS first, min(at) FILTER (WHERE run_id = %(second)s) AS second
      FROM numbered GROUP BY form, record_id, record, kind, label, name, n
)

-- name: records
-- The first of them; what comes or goes before what is only earlier or later.
SELECT form, record_id, record, kind, label, name, first, second FROM paired
 WHERE first IS DISTINCT FROM second
 ORDER BY first IS NOT NULL AND second IS NOT NULL, least(first, second), record, label LIMIT %(most)s;

-- name: counted
-- All of them.
SELECT count(DISTINCT (form, record_id, record))::int AS records, count(*) FILTER (WHERE first IS NULL)::int AS gained,
       count(*) FILTER (WHERE second IS NULL)::int AS lost,
       count(*) FILTER (WHERE first IS NOT NULL AND second IS NOT NULL)::int AS moved
  FROM paired WHERE first IS DISTINCT FROM second;
