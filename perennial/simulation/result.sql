-- name: tasks
-- Tasks that would be opened, and votes asked; before them those that lay open. Of one process: `process`.
SELECT greatest(t.opened_at, %(start)s) AS at, CASE WHEN t.opened_at <= %(start)s THEN 'open' WHEN t.vote_id IS NULL THEN 'task' ELSE 'approval' END AS kind,
       coalesce(t.title, k.label) AS label, coalesce(t.assignee_id, t.candidates[1]) AS person_id,
       p.name, NULL AS channel, k.form, t.record_id, t.instance_id, r.key AS process, n.key AS node,
       CASE WHEN t.state = 'done' THEN t.finished_at END AS done_at,
       CASE WHEN t.state = 'done' THEN coalesce((SELECT o ->> 'label' FROM jsonb_array_elements(k.outcomes) o
                                                  WHERE o ->> 'key' = t.outcome LIMIT 1), '') END AS outcome
  FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id
  LEFT JOIN processes.node n ON n.id = k.node_id
  LEFT JOIN processes.version v ON v.id = n.version_id
  LEFT JOIN processes.process r ON r.id = v.process_id
  LEFT JOIN people.person p ON p.id = coalesce(t.assignee_id, t.candidates[1])
 WHERE (t.opened_at > %(start)s OR t.state = 'open' OR t.finished_at > %(start)s)
   AND (%(process)s::text IS NULL OR r.key = %(process)s)
 ORDER BY t.opened_at, t.id LIMIT %(most)s;

-- name: messages
-- Messages that would leave.
SELECT o.settled_at AS at, 'message' AS kind, t.definition ->> 'label' AS label, o.person_id, o.name, o.channel, o.form, o.record_id,
       o.instance_id, p.key AS process, o.node, NULL::timestamptz AS done_at, NULL AS outcome
  FROM messages.outbox o JOIN messages.template t ON t.key = o.template
  LEFT JOIN processes.instance i ON i.id = o.instance_id
  LEFT JOIN processes.process p ON p.id = i.process_id
 WHERE o.settled_at > %(start)s AND o.state = 'sent' AND (%(process)s::text IS NULL OR p.key = %(process)s)
 ORDER BY o.settled_at, o.id LIMIT %(most)s;

-- name: changes
-- What processes would write.
SELECT s.left_at AS at, 'change' AS kind, n.label, NULL::bigint AS person_id, NULL AS name, NULL AS channel, p.form, i.record_id,
       s.instance_id, p.key AS process, n.key AS node, NULL::timestamptz AS done_at, NULL AS outcome
  FROM processes.step s JOIN processes.node n ON n.id = s.node_id
  JOIN processes.instance i ON i.id = s.instance_id JOIN processes.process p ON p.id = i.process_id
 WHERE s.left_at > %(start)s AND n.kind IN ('update', 'create') AND s.outcome <> 'skipped'
   AND (%(process)s::text IS NULL OR p.key = %(process)s)
 ORDER BY s.left_at, s.id LIMIT %(most)s;

-- name: ways
-- Per instance the conditions that it went through, and how: what led to what came after.
SELECT s.instance_id, s.left_at AS at, n.label, n.label_en, CASE WHEN s.outcome = 'otherwise' THEN '' ELSE coalesce(
           c.one ->> 'label', c.one ->> 'when', '') END AS way, s.outcome = 'otherwise' AS otherwise
  FROM processes.step s JOIN processes.node n ON n.id = s.node_id AND n.kind IN ('condition', 'inclusive')
  LEFT JOIN LATERAL (SELECT x -> 'cases' -> substring(s.outcome FROM '^case_([0-9]+)$')::int AS one
                       FROM processes.version v, jsonb_array_elements(v.definition -> 'nodes') x
                      WHERE v.id = n.version_id AND x ->> 'key' = n.key) c ON true
 WHERE s.instance_id IN (SELECT unnest(%(instances)s::bigint[])) ORDER BY s.instance_id, s.id;

-- name: entered
-- How each instance began.
SELECT i.id, i.entry FROM processes.instance i WHERE i.id IN (SELECT unnest(%(instances)s::bigint[]));

-- name: load
-- Tasks per person and week, beside what the person can do in one: what is set for them, else what they usually finish.
WITH opened AS (
    SELECT coalesce(t.assignee_id, t.candidates[1]) AS person_id, k.label,
           date_trunc('week', t.opened_at AT TIME ZONE %(zone)s)::date AS week
      FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id
      LEFT JOIN processes.node n ON n.id = k.node_id LEFT JOIN processes.version v ON v.id = n.version_id
      LEFT JOIN processes.process r ON r.id = v.process_id
     WHERE t.opened_at > %(start)s AND (%(process)s::text IS NULL OR r.key = %(process)s)
), counted AS (
    SELECT person_id, week, sum(n)::int AS count, jsonb_object_agg(label, n) AS kinds
      FROM (SELECT person_id, week, label, count(*) AS n FROM opened GROUP BY 1, 2, 3) x GROUP BY 1, 2
), usual AS (
    SELECT finished_by AS person_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY n) AS capacity
      FROM (SELECT finished_by, date_trunc('week', finished_at AT TIME ZONE %(zone)s) AS week, count(*) AS n
              FROM tasks.task WHERE state = 'done' AND finished_at <= %(start)s AND finished_by IS NOT NULL GROUP BY 1, 2) x
     GROUP BY 1
)
SELECT p.id AS person_id, p.name, d.name AS department, coalesce(p.capacity, u.capacity) AS capacity, c.week, c.count, c.kinds
  FROM people.person p
  LEFT JOIN people.department d ON d.id = p.department_id
  LEFT JOIN usual u ON u.person_id = p.id
  LEFT JOIN counted c ON c.person_id = p.id
 WHERE p.active AND (c.week IS NOT NULL OR u.capacity IS NOT NULL)
 ORDER BY d.id, p.id, c.week;

-- name: weeks
-- What happens in each week; `tasks` are votes too, `peak`: most tasks of one of its days.
SELECT date_trunc('week', day)::date AS week, sum(tasks)::int AS tasks, sum(approvals)::int AS approvals, sum(mails)::int AS mails,
       sum(notices)::int AS notices, max(tasks)::int AS peak, (array_agg(day ORDER BY tasks DESC, day))[1] AS peak_on
  FROM (SELECT day, count(*) FILTER (WHERE kind IN ('task', 'approval')) AS tasks, count(*) FILTER (WHERE kind = 'approval') AS approvals,
               count(*) FILTER (WHERE kind = 'mail') AS mails, count(*) FILTER (WHERE kind = 'notice') AS notices
          FROM (SELECT (t.opened_at AT TIME ZONE %(zone)s)::date AS day, CASE WHEN t.vote_id IS NULL THEN 'task' ELSE 'approval' END AS kind
                  FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id
                  LEFT JOIN processes.node n ON n.id = k.node_id LEFT JOIN processes.version v ON v.id = n.version_id
                  LEFT JOIN processes.process r ON r.id = v.process_id
                 WHERE t.opened_at > %(start)s AND (%(process)s::text IS NULL OR r.key = %(process)s)
                UNION ALL
                SELECT (o.settled_at AT TIME ZONE %(zone)s)::date, CASE o.channel WHEN 'in_app' THEN 'notice' ELSE 'mail' END
                  FROM messages.outbox o LEFT JOIN processes.instance i ON i.id = o.instance_id
                  LEFT JOIN processes.process p ON p.id = i.process_id
                 WHERE o.settled_at > %(start)s AND o.state = 'sent' AND (%(process)s::text IS NULL OR p.key = %(process)s)) x
         GROUP BY day) d
 GROUP BY 1 ORDER BY 1;

-- name: figures
-- The span in numbers. `tasks` are votes too; `done`: of those opened in it; `done_before`: those that lay open when it began;
-- `days`: the median from the start to the end of what ended in it.
WITH opened AS (
    SELECT t.*, t.opened_at > %(start)s AS fresh FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id
      LEFT JOIN processes.node n ON n.id = k.node_id LEFT JOIN processes.version v ON v.id = n.version_id
      LEFT JOIN processes.process r ON r.id = v.process_id
     WHERE (t.opened_at > %(start)s OR t.finished_at > %(start)s) AND (%(process)s::text IS NULL OR r.key = %(process)s)
), told AS (
    SELECT o.* FROM messages.outbox o LEFT JOIN processes.instance i ON i.id = o.instance_id
      LEFT JOIN processes.process p ON p.id = i.process_id
     WHERE greatest(o.settled_at, o.decided_at) > %(start)s AND (%(process)s::text IS NULL OR p.key = %(process)s)
), run AS (
    SELECT i.* FROM processes.instance i JOIN processes.process p ON p.id = i.process_id
     WHERE (i.started_at > %(start)s OR i.ended_at > %(start)s) AND (%(process)s::text IS NULL OR p.key = %(process)s)
)
SELECT (SELECT count(*) FROM opened WHERE fresh) AS tasks,
       (SELECT count(*) FROM opened WHERE fresh AND vote_id IS NOT NULL) AS approvals,
       (SELECT count(*) FROM opened WHERE fresh AND state = 'done') AS done,
       (SELECT count(*) FROM opened WHERE NOT fresh AND state = 'done') AS done_before,
       (SELECT count(*) FROM told WHERE settled_at > %(start)s AND state = 'sent' AND channel = 'mail') AS mails,
       (SELECT count(*) FROM told WHERE settled_at > %(start)s AND state = 'sent' AND channel = 'in_app') AS notices,
       (SELECT count(*) FROM told WHERE decided_at > %(start)s AND state = 'unaddressed') AS unaddressed,
       (SELECT count(*) FROM run WHERE started_at > %(start)s) AS started,
       (SELECT count(*) FROM run WHERE ended_at > %(start)s AND state = 'finished') AS finished,
       (SELECT coalesce(round(percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM ended_at - started_at) / 86400)::numeric, 1), 0)::float
          FROM run WHERE ended_at > %(start)s AND state = 'finished') AS days;

-- name: assumed_released
-- Channels that the workspace holds and that would send something: it counts as sent here.
SELECT key FROM messages.channel c
 WHERE released_at = 'epoch' AND EXISTS (SELECT FROM messages.outbox o WHERE o.channel = c.key) ORDER BY key;
