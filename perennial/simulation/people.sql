-- name: habits
-- Per kind of task of the processes in force: how long it took and how it ended. A node that was republished keeps its key.
SELECT k.form, k.key, (array_agg(k.label ORDER BY k.id DESC))[1] AS label, (array_agg(k.label_en ORDER BY k.id DESC))[1] AS label_en,
       (array_agg(k.fill ORDER BY k.id DESC))[1] AS fill, (array_agg(k.outcomes ORDER BY k.id DESC))[1] AS outcomes,
       bool_or(n.kind = 'approval') IS TRUE AS approval, count(t.id) AS seen, mode() WITHIN GROUP (ORDER BY t.outcome) AS outcome,
       coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM t.finished_at - t.opened_at) / 86400), 0) AS days
  FROM tasks.kind k
  LEFT JOIN processes.node n ON n.id = k.node_id
  LEFT JOIN tasks.task t ON t.kind_id = k.id AND t.state = 'done'
 GROUP BY k.form, k.key
 ORDER BY k.form, k.key;

-- name: done_records
-- The records whose task of this kind was done.
SELECT t.record_id FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id
 WHERE t.state = 'done' AND k.form = :form AND k.key = :key;

-- name: ripe
-- Open tasks of a kind that have lain long enough.
SELECT t.id FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id
 WHERE t.state = 'open' AND k.form = %(form)s AND k.key = %(key)s AND t.opened_at <= %(before)s
   AND coalesce(t.assignee_id, t.candidates[1]) IS NOT NULL;

-- name: to_send_back
-- Of votes behind these tasks the first of each step that has not sent its instance back yet.
SELECT DISTINCT ON (a.instance_id, a.node_id) v.id AS vote
  FROM tasks.task t
  JOIN processes.vote v ON v.id = t.vote_id
  JOIN processes.approval a ON a.id = v.approval_id
 WHERE t.id IN (SELECT unnest(%(tasks)s::bigint[])) AND t.state = 'open' AND v.kind <> 'opinion'
   AND NOT EXISTS (SELECT FROM processes.returned r JOIN processes.approval o ON o.id = r.approval_id
                    WHERE r.instance_id = a.instance_id AND o.node_id = a.node_id AND r.vote_id IS NOT NULL)
 ORDER BY a.instance_id, a.node_id, t.id;
