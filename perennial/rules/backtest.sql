-- name: known
-- The same question of the same day.
SELECT max(b.id) FROM rules.backtest b
 WHERE b.rule = %(rule)s AND b.definitions = %(definitions)s AND b.since_on = %(since)s AND b.until_on = %(until)s
   AND b.horizon_days = %(horizon)s AND b.outcome = %(outcome)s AND b.state IN ('queued', 'running', 'done')
   AND (b.asked_at AT TIME ZONE %(zone)s)::date = %(today)s;

-- name: ask
-- Queued.
INSERT INTO rules.backtest (rule, form, definitions, since_on, until_on, horizon_days, outcome, asked_at, asked_by)
VALUES (%(rule)s, %(form)s, %(definitions)s, %(since)s, %(until)s, %(horizon)s, %(outcome)s, %(now)s, %(me)s) RETURNING id;

-- name: published
-- The definition in force.
SELECT v.definition FROM rules.rule r JOIN rules.version v ON v.id = r.version_id WHERE r.key = %(key)s;

-- name: listed
-- Newest first.
SELECT b.id, b.state, b.progress, b.rule, b.definitions -> 0 ->> 'label' AS label,
       b.definitions -> 0 ->> 'label_en' AS label_en, b.form, b.since_on, b.until_on, b.horizon_days,
       jsonb_array_length(b.definitions) AS variants, b.asked_at, p.name AS asked_by, b.done_at, b.problem
  FROM rules.backtest b LEFT JOIN people.person p ON p.id = b.asked_by
 WHERE %(rule)s::text IS NULL OR b.rule = %(rule)s ORDER BY b.id DESC LIMIT %(limit)s;

-- name: one
-- With how many changes are newer than what was read; 1,000 stands for that or more.
SELECT b.*, p.name AS asked_by_name, CASE WHEN b.state = 'done' THEN
       (SELECT count(*) FROM (SELECT FROM changes.change c WHERE c.id > b.last_change
                                 AND c.transaction_id >= (SELECT coalesce(max(t.id), 0) FROM changes.transaction t
                                                           WHERE t.at < b.asked_at) LIMIT 1000) x) END AS newer
  FROM rules.backtest b LEFT JOIN people.person p ON p.id = b.asked_by WHERE b.id = %(id)s;

-- name: begin
-- Taken up; also one whose worker died.
UPDATE rules.backtest SET state = 'running', progress = 0, problem = NULL,
       last_change = (SELECT coalesce(max(id), 0) FROM changes.change)
 WHERE id = %(id)s AND state IN ('queued', 'running')
RETURNING id, definitions, since_on, until_on, outcome;

-- name: reached
-- Progress never runs backwards; nothing when it was given up.
UPDATE rules.backtest SET progress = greatest(progress, %(progress)s) WHERE id = %(id)s AND state = 'running';

-- name: failed
-- With the reason.
UPDATE rules.backtest SET state = 'failed', problem = %(problem)s WHERE id = %(id)s AND state = 'running';

-- name: cancel
-- Given up.
UPDATE rules.backtest SET state = 'cancelled' WHERE id = %(id)s AND state IN ('queued', 'running');

-- name: unfinished
-- Asked for, not over.
SELECT id FROM rules.backtest WHERE state IN ('queued', 'running') ORDER BY id;

-- name: clear
-- A repeated one replaces what it left.
WITH f AS (DELETE FROM rules.backtest_firing WHERE backtest_id = %(id)s)
DELETE FROM rules.backtest_fate WHERE backtest_id = %(id)s;

-- name: done
-- Over.
UPDATE rules.backtest SET state = 'done', progress = 100, done_at = %(now)s WHERE id = %(id)s AND state = 'running';
