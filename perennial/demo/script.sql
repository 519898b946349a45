-- name: tasks
-- Every open task, its record's version, and who would do it.
SELECT t.id, k.key AS kind, k.form, t.record_id, t.vote_id, coalesce(t.assignee_id, t.candidates[1]) AS person_id,
       (%(today)s - (t.opened_at AT TIME ZONE %(zone)s)::date) AS age_days, t.proposal
  FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id
 WHERE t.state = 'open'
 ORDER BY t.id;
