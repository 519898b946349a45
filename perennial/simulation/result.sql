-- name: tasks
-- Tasks that would be opened.
SELECT t.opened_at AS at, 'task' AS kind, coalesce(t.title, k.label) AS label, coalesce(t.assignee_id, t.candidates[1]) AS person_id,
       p.name, NULL AS channel, k.form, t.record_id
  FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id
  LEFT JOIN people.person p ON p.id = coalesce(t.assignee_id, t.candidates[1])
 WHERE t.opened_at > %(start)s ORDER BY t.opened_at LIMIT %(most)s;

-- name: messages
-- Messages that would leave.
SELECT o.settled_at AS at, 'message' AS kind, t.definition ->> 'label' AS label, o.person_id, o.name, o.channel, o.form, o.record_id
  FROM messages.outbox o JOIN messages.template t ON t.key = o.template
 WHERE o.settled_at > %(start)s AND o.state = 'sent' ORDER BY o.settled_at LIMIT %(most)s;

-- name: load
-- Tasks per person and week, beside what the person finishes in a usual week.
WITH opened AS (
    SELECT coalesce(t.assignee_id, t.candidates[1]) AS person_id, k.label,
           date_trunc('week', t.opened_at AT TIME ZONE %(zone)s)::date AS week
      FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id WHERE t.opened_at > %(start)s
), counted AS (
    SELECT person_id, week, sum(n)::int AS count, jsonb_object_agg(label, n) AS kinds
      FROM (SELECT person_id, week, label, count(*) AS n FROM opened GROUP BY 1, 2, 3) x GROUP BY 1, 2
), usual AS (
    SELECT finished_by AS person_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY n) AS capacity
      FROM (SELECT finished_by, date_trunc('week', finished_at AT TIME ZONE %(zone)s) AS week, count(*) AS n
              FROM tasks.task WHERE state = 'done' AND finished_at <= %(start)s AND finished_by IS NOT NULL GROUP BY 1, 2) x
     GROUP BY 1
)
SELECT p.id AS person_id, p.name, d.name AS department, u.capacity, c.week, c.count, c.kinds
  FROM people.person p
  LEFT JOIN people.department d ON d.id = p.department_id
  LEFT JOIN usual u ON u.person_id = p.id
  LEFT JOIN counted c ON c.person_id = p.id
 WHERE p.active AND (c.week IS NOT NULL OR u.capacity IS NOT NULL)
 ORDER BY d.id, p.id, c.week;

-- name: weeks
-- What happens in each week.
SELECT week, count(*) FILTER (WHERE kind = 'task') AS tasks, count(*) FILTER (WHERE kind = 'mail') AS mails,
       count(*) FILTER (WHERE kind = 'notice') AS notices
  FROM (SELECT date_trunc('week', opened_at AT TIME ZONE %(zone)s)::date AS week, 'task' AS kind
          FROM tasks.task WHERE opened_at > %(start)s
        UNION ALL
        SELECT date_trunc('week', settled_at AT TIME ZONE %(zone)s)::date, CASE channel WHEN 'in_app' THEN 'notice' ELSE 'mail' END
          FROM messages.outbox WHERE settled_at > %(start)s AND state = 'sent') x
 GROUP BY week ORDER BY week;

-- name: figures
-- The span in numbers. `done`: of the tasks opened in it; `done_before`: those that lay open when it began.
SELECT (SELECT count(*) FROM tasks.task WHERE opened_at > %(start)s) AS tasks,
       (SELECT count(*) FROM tasks.task WHERE opened_at > %(start)s AND state = 'done') AS done,
       (SELECT count(*) FROM tasks.task WHERE opened_at <= %(start)s AND finished_at > %(start)s AND state = 'done') AS done_before,
       (SELECT count(*) FROM messages.outbox WHERE settled_at > %(start)s AND state = 'sent' AND channel = 'mail') AS mails,
       (SELECT count(*) FROM messages.outbox WHERE settled_at > %(start)s AND state = 'sent' AND channel = 'in_app') AS notices,
       (SELECT count(*) FROM messages.outbox WHERE decided_at > %(start)s AND state = 'unaddressed') AS unaddressed,
       (SELECT count(*) FROM processes.instance WHERE started_at > %(start)s) AS started;

-- name: assumed_released
-- Channels that the workspace holds: what they would send counts as sent here.
SELECT key FROM messages.channel WHERE released_at = 'epoch' ORDER BY key;
