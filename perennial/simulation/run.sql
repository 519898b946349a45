-- name: ask
-- Queued.
INSERT INTO simulation.run (people, until_on, script, asked_at, asked_by)
VALUES (%(people)s, %(until)s, %(script)s, %(now)s, %(me)s) RETURNING id;

-- name: begin
-- Taken up; also one whose worker died. What is written from now on may be newer than the copy.
UPDATE simulation.run SET state = 'running', reached_on = NULL, problem = NULL,
       last_transaction = (SELECT coalesce(max(id), 0) FROM changes.transaction)
 WHERE id = %(id)s AND state IN ('queued', 'running') RETURNING until_on, people, script;

-- name: unfinished
-- Asked for, not over.
SELECT id FROM simulation.run WHERE state IN ('queued', 'running') ORDER BY id;

-- name: reached
-- Progress never runs backwards.
UPDATE simulation.run SET reached_on = greatest(reached_on, %(day)s) WHERE id = %(id)s;

-- name: failed
-- With the reason.
UPDATE simulation.run SET state = 'failed', problem = %(problem)s WHERE id = %(id)s;

-- name: clear
-- A repeated run replaces what it left.
DELETE FROM simulation.entry WHERE run_id = %(id)s;

-- name: keep
-- Entries that came out.
INSERT INTO simulation.entry (run_id, at, kind, label, person_id, name, channel, form, record_id, record)
SELECT %(id)s, r.at, r.kind, r.label, r.person_id, r.name, r.channel, r.form, r.record_id, r.record
  FROM jsonb_to_recordset(%(rows)s) AS r (at timestamptz, kind text, label text, person_id bigint, name text, channel text,
                                          form text, record_id bigint, record text);

-- name: done
-- The figures.
UPDATE simulation.run SET state = 'done', copied_at = %(copied)s, seconds = %(seconds)s, result = %(result)s,
       definitions = %(definitions)s, reached_on = until_on WHERE id = %(id)s;

-- name: runs
-- Newest first.
SELECT r.id, r.state, r.people, r.until_on, r.asked_at, p.name AS asked_by, r.copied_at, r.reached_on, r.seconds, r.problem
  FROM simulation.run r LEFT JOIN people.person p ON p.id = r.asked_by ORDER BY r.id DESC LIMIT %(limit)s;

-- name: read
-- One with its result.
SELECT r.id, r.state, r.people, r.until_on, r.asked_at, p.name AS asked_by, r.copied_at, r.reached_on, r.seconds, r.problem,
       r.script, r.result
  FROM simulation.run r LEFT JOIN people.person p ON p.id = r.asked_by WHERE r.id = %(id)s;

-- name: stale
-- What is newer than the copy.
SELECT r.definitions IS DISTINCT FROM simulation.definitions() AS definitions,
       (SELECT count(*)::int FROM (SELECT FROM changes.change c WHERE c.transaction_id > r.last_transaction LIMIT 1000) x) AS changes
  FROM simulation.run r WHERE r.id = %(id)s;

-- name: entries
-- Filtered, in order of time.
SELECT at, kind, label, person_id, name, channel, form, record_id, record FROM simulation.entry
 WHERE run_id = %(id)s AND (%(person)s::bigint IS NULL OR person_id = %(person)s)
   AND (%(record)s::bigint IS NULL OR record_id = %(record)s) AND (%(kind)s::text IS NULL OR kind = %(kind)s)
   AND (%(week)s::date IS NULL OR date_trunc('week', at AT TIME ZONE %(zone)s)::date = %(week)s)
 ORDER BY at, label LIMIT %(limit)s;
