-- name: ask
-- Queued.
INSERT INTO simulation.run (people, until_on, script, edits, process, instead, base_id, asked_at, asked_by)
VALUES (%(people)s, %(until)s, %(script)s, %(edits)s, %(process)s, %(instead)s, %(base)s, %(now)s, %(me)s) RETURNING id;

-- name: begin
-- Taken up; also one whose worker died. What is written from now on may be newer than the copy.
UPDATE simulation.run SET state = 'running', reached_on = NULL, problem = NULL,
       last_transaction = (SELECT coalesce(max(id), 0) FROM changes.transaction)
 WHERE id = %(id)s AND state IN ('queued', 'running')
RETURNING until_on, people, script, edits, process, instead, base_id;

-- name: unfinished
-- Asked for, not over. A base has no job of its own.
SELECT r.id FROM simulation.run r
 WHERE r.state IN ('queued', 'running') AND NOT EXISTS (SELECT FROM simulation.run o WHERE o.base_id = r.id) ORDER BY r.id;

-- name: reached
-- Progress never runs backwards; nothing when it was given up.
UPDATE simulation.run SET reached_on = greatest(reached_on, %(day)s) WHERE id = %(id)s AND state = 'running';

-- name: cancel
-- With the run beside it.
UPDATE simulation.run SET state = 'cancelled'
 WHERE id IN (%(id)s, (SELECT o.base_id FROM simulation.run o WHERE o.id = %(id)s)) AND state IN ('queued', 'running');

-- name: in_force
-- The number of the version in force.
SELECT v.number FROM processes.process p JOIN processes.version v ON v.id = p.version_id WHERE p.key = %(process)s;

-- name: version
-- A version as it was published.
SELECT v.definition FROM processes.process p JOIN processes.version v ON v.process_id = p.id
 WHERE p.key = %(process)s AND v.number = %(number)s;

-- name: failed
-- With the reason.
UPDATE simulation.run SET state = 'failed', problem = %(problem)s
 WHERE id IN (%(id)s, (SELECT o.base_id FROM simulation.run o WHERE o.id = %(id)s)) AND state = 'running';

-- name: clear
-- A repeated run replaces what it left.
DELETE FROM simulation.entry WHERE run_id = %(id)s;

-- name: keep
-- Entries that came out.
INSERT INTO simulation.entry (run_id, at, kind, label, person_id, name, channel, form, record_id, record, process, node, why,
                              done_at, outcome, n)
SELECT %(id)s, r.at, r.kind, r.label, r.person_id, r.name, r.channel, r.form, r.record_id, r.record, r.process, r.node, r.why,
       r.done_at, r.outcome, r.n
  FROM jsonb_to_recordset(%(rows)s) AS r (at timestamptz, kind text, label text, person_id bigint, name text, channel text,
                                          form text, record_id bigint, record text, process text, node text, why jsonb,
                                          done_at timestamptz, outcome text, n int);

-- name: done
-- The figures.
UPDATE simulation.run SET state = 'done', copied_at = %(copied)s, seconds = %(seconds)s, result = %(result)s,
       definitions = %(definitions)s, reached_on = until_on WHERE id = %(id)s AND state = 'running';

-- name: runs
-- Newest first.
SELECT r.id, r.state, r.people, r.until_on, r.asked_at, p.name AS asked_by, r.copied_at, r.reached_on, r.seconds, r.problem,
       r.process, r.base_id, r.instead - 'tree' AS instead
  FROM simulation.run r LEFT JOIN people.person p ON p.id = r.asked_by
 WHERE NOT EXISTS (SELECT FROM simulation.run o WHERE o.base_id = r.id) ORDER BY r.id DESC LIMIT %(limit)s;

-- name: read
-- One with its result.
SELECT r.id, r.state, r.people, r.until_on, r.asked_at, p.name AS asked_by, r.copied_at, r.reached_on, r.seconds, r.problem,
       r.script, r.edits, r.process, r.base_id, r.instead, r.result
  FROM simulation.run r LEFT JOIN people.person p ON p.id = r.asked_by WHERE r.id = %(id)s;

-- name: stale
-- What is newer than the copy.
SELECT r.definitions IS DISTINCT FROM simulation.definitions() AS definitions,
       (SELECT count(*)::int FROM (SELECT FROM changes.change c WHERE c.transaction_id > r.last_transaction LIMIT 1000) x) AS changes
  FROM simulation.run r WHERE r.id = %(id)s;

-- name: entries
-- Filtered, in order of time.
SELECT at, kind, label, person_id, name, channel, form, record_id, record, process, node, why, done_at, outcome
  FROM simulation.entry
 WHERE run_id = %(id)s AND (%(person)s::bigint IS NULL OR person_id = %(person)s)
   AND (%(record)s::bigint IS NULL OR record_id = %(record)s) AND (%(form)s::text IS NULL OR form = %(form)s)
   AND (%(kind)s::text IS NULL OR kind = %(kind)s)
   AND (%(week)s::date IS NULL OR date_trunc('week', at AT TIME ZONE %(zone)s)::date = %(week)s)
 ORDER BY at, n, label LIMIT %(limit)s;
