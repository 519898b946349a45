-- name: passed
-- Visits that ended in the period or in the equal one before it, with the way they were left by. x: form, record_id.
node AS MATERIALIZED (
    SELECT o.id, o.key COLLATE "C" AS key, o.kind, o.allowed, o.leads
      FROM unnest(%(nodes)s::int[], %(keys)s::text[], %(kinds)s::text[], %(allowed)s::int[], %(leads)s::text[])
        AS o (id, key, kind, allowed, leads)
), way AS MATERIALIZED (
    SELECT * FROM unnest(%(way_nodes)s::int[], %(way_outcomes)s::text[], %(way_leads)s::text[])
        AS w (node_id, outcome, leads)
), worked AS MATERIALIZED ( -- the number of each day, so that days between two are a subtraction
    SELECT d.first, (SELECT array_agg(kernel.workdays_between(d.first, d.first + n) ORDER BY n)
                       FROM generate_series(0, d.last - d.first) n) AS numbers
      FROM (SELECT (%(before)s::timestamptz AT TIME ZONE %(zone)s)::date - 366 AS first,
                   (%(until)s::timestamptz AT TIME ZONE %(zone)s)::date AS last) d
), back AS MATERIALIZED (
    SELECT r.id, n.key AS leads FROM processes.returned r JOIN processes.node n ON n.id = r.to_id
     WHERE r.at >= %(before)s AND r.at < %(until)s
), straight AS MATERIALIZED ( -- a step done for whoever sent it back leads straight back to them
    SELECT n.key AS leads,
           (SELECT max(s.id) FROM processes.step s
             WHERE s.instance_id = r.instance_id AND s.node_id = r.to_id AND s.left_at = r.over_at
               AND s.outcome = r.way AND s.entered_at >= r.at) AS step_id
      FROM processes.returned r JOIN processes.approval v ON v.id = r.approval_id
      JOIN processes.node n ON n.id = v.node_id
     WHERE r.how = 'straight' AND r.over_at >= %(before)s AND r.over_at < %(until)s
), x AS NOT MATERIALIZED (
    SELECT o.key, s.left_at >= %(since)s AS now, i.record_id, p.form, o.allowed,
           extract(epoch FROM s.left_at - s.entered_at)::float8 AS stay_s,
           CASE WHEN o.allowed IS NULL THEN NULL
                WHEN e.day >= w.first THEN (w.numbers[l.day - w.first + 1] - w.numbers[e.day - w.first + 1])::float8
                ELSE kernel.workdays_between(e.day + 1, l.day)::float8 END AS workdays,
           coalesce(b.leads, straight.leads, way.leads,
                    CASE WHEN o.kind = 'inclusive' THEN (SELECT string_agg(y.leads, ' ')
                         FROM unnest(string_to_array(s.outcome, ' ')) t JOIN way y
                           ON y.node_id = s.node_id AND y.outcome = t)
                         WHEN s.outcome IN ('migrated', 'migrated_back') THEN s.facts ->> 'to' END,
                    o.leads) COLLATE "C" AS leads
      FROM node o
      JOIN processes.step s ON s.node_id = o.id AND s.left_at >= %(before)s AND s.left_at < %(until)s
       AND s.outcome <> ALL (%(not_left)s::text[])
      JOIN processes.instance i ON i.id = s.instance_id
      JOIN processes.process p ON p.id = i.process_id
     CROSS JOIN worked w
     CROSS JOIN LATERAL (SELECT (s.entered_at AT TIME ZONE %(zone)s)::date AS day) e
     CROSS JOIN LATERAL (SELECT (s.left_at AT TIME ZONE %(zone)s)::date AS day) l
      LEFT JOIN way ON way.node_id = s.node_id AND way.outcome = s.outcome
      LEFT JOIN back b ON s.outcome IN ('returned', 'withdrawn') AND b.id = (s.facts ->> 'return')::bigint
      LEFT JOIN straight ON straight.step_id = s.id
)

-- name: figures
-- Of each node, and of each way out of it, now and in the period before: how many and how long.
SELECT x.key, x.leads, grouping(x.leads) = 1 AS whole, x.now, count(*) AS visits,
       percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY x.stay_s) AS stays,
       percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY x.workdays) AS workdays,
       count(*) FILTER (WHERE x.workdays > x.allowed) AS beyond
  FROM x WHERE ({test})
 GROUP BY GROUPING SETS ((x.key, x.now), (x.key, x.leads, x.now))

-- name: standing
-- Who stands where now: one row per node. x: form, record_id.
SELECT x.key, count(DISTINCT x.record_id) AS here, count(DISTINCT x.record_id) FILTER (WHERE x.overdue) AS overdue,
       count(DISTINCT x.record_id) FILTER (WHERE x.stuck) AS stuck, min(x.entered_at) AS oldest_at,
       bool_or(x.paused) AS paused
  FROM (SELECT n.key, n.paused_at IS NOT NULL AS paused, t.entered_at, i.record_id, p.form,
               EXISTS (SELECT FROM tasks.task k WHERE k.instance_id = t.instance_id AND k.token_id = t.id
                          AND k.state = 'open' AND k.due_at < %(now)s) AS overdue,
               EXISTS (SELECT FROM processes.stuck s WHERE s.token_id = t.id) AS stuck
          FROM unnest(%(nodes)s::int[]) AS o (id)
          JOIN processes.node n ON n.id = o.id
          JOIN processes.token t ON t.node_id = o.id AND t.state <> 'frozen'
          JOIN processes.instance i ON i.id = t.instance_id
          JOIN processes.process p ON p.id = i.process_id) x
 WHERE ({test}) GROUP BY x.key

-- name: overdue
-- Open tasks past their moment, the longest first. x: form, record_id.
SELECT x.*, h.name AS person, count(*) OVER () AS of_all
  FROM (SELECT k.id AS task, n.key, k.record_id, p.form, k.title, k.due_at, k.assignee_id, k.reminders
          FROM unnest(%(nodes)s::int[]) AS o (id)
          JOIN processes.node n ON n.id = o.id
          JOIN processes.token t ON t.node_id = o.id AND t.state <> 'frozen'
          JOIN tasks.task k ON k.instance_id = t.instance_id AND k.token_id = t.id AND k.state = 'open'
           AND k.due_at < %(now)s
          JOIN processes.instance i ON i.id = t.instance_id
          JOIN processes.process p ON p.id = i.process_id) x
  LEFT JOIN people.person h ON h.id = x.assignee_id
 WHERE ({test}) ORDER BY x.due_at, x.task LIMIT %(limit)s

-- name: stuck
-- Tokens whose data made a statement fail, the latest first. x: form, record_id.
SELECT x.*, count(*) OVER () AS of_all
  FROM (SELECT s.token_id AS token, n.key, i.record_id, p.form, s.code, s.facts, s.at, n.id AS node_id
          FROM processes.stuck s
          JOIN unnest(%(nodes)s::int[]) AS o (id) ON o.id = s.node_id
          JOIN processes.node n ON n.id = s.node_id
          JOIN processes.instance i ON i.id = s.instance_id
          JOIN processes.process p ON p.id = i.process_id) x
 WHERE ({test}) ORDER BY x.at DESC, x.token DESC LIMIT %(limit)s

-- name: whole
-- Instances that began and that ended, now and in the period before. x: form, record_id.
SELECT x.now, x.what, x.state, count(*) AS n, count(DISTINCT x.record_id) AS records,
       percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY x.stay_s) AS stays, grouping(x.state) = 1 AS all_states
  FROM (SELECT i.record_id, p.form, e.what, e.at >= %(since)s AS now,
               CASE e.what WHEN 'began' THEN i.entry ELSE i.state END AS state,
               CASE WHEN e.what = 'ended' THEN extract(epoch FROM i.ended_at - i.started_at)::float8 END AS stay_s
          FROM processes.instance i
          JOIN processes.process p ON p.id = i.process_id
         CROSS JOIN LATERAL (VALUES ('began', i.started_at), ('ended', i.ended_at)) AS e (what, at)
         WHERE i.process_id = %(process)s AND e.at >= %(before)s AND e.at < %(until)s
           AND (%(version)s::int IS NULL OR i.version_id = %(version)s)) x
 WHERE ({test}) GROUP BY GROUPING SETS ((x.now, x.what), (x.now, x.what, x.state))

-- name: begun_by
-- Instances that began in the period, by the key of their start. x: form, record_id.
SELECT x.key, count(*) AS n
  FROM (SELECT i.record_id, p.form,
               coalesce((SELECT t.key FROM processes.decision d JOIN processes.trigger t ON t.id = d.trigger_id
                          WHERE d.record_id = i.record_id AND d.instance_id = i.id LIMIT 1),
                        (SELECT min(t.key) FROM processes.trigger t
                          WHERE t.process_id = i.process_id AND t.kind = i.entry HAVING count(*) = 1), '') AS key
          FROM processes.instance i JOIN processes.process p ON p.id = i.process_id
         WHERE i.process_id = %(process)s AND i.started_at >= %(since)s AND i.started_at < %(until)s
           AND (%(version)s::int IS NULL OR i.version_id = %(version)s)) x
 WHERE ({test}) GROUP BY x.key
