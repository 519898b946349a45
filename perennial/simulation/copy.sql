-- name: hold
-- This session uses the copy of that name. Locks of a session go with it, however it ends.
SELECT pg_advisory_lock(hashtextextended(%(name)s, 0));

-- name: left_over
-- Copies of this owner that no session on the server holds. A copy is held from before it exists until it is gone.
SELECT d.datname FROM pg_database d
 WHERE starts_with(d.datname, %(prefix)s) AND d.datdba = (SELECT oid FROM pg_roles WHERE rolname = current_user)
   AND NOT EXISTS (SELECT FROM pg_locks l
                    WHERE l.locktype = 'advisory' AND l.objsubid = 1
                      AND (l.classid::bigint << 32) | l.objid::bigint = hashtextextended(d.datname, 0))
 ORDER BY d.datname;

-- name: last
-- The last number that the table has given.
SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence(%(table)s, 'id')::regclass), 0);

-- name: count_on
-- Numbers of the table go on behind those of the original: what was noted there by number stays older.
SELECT setval(pg_get_serial_sequence(%(table)s, 'id'), %(last)s::bigint + 1);

-- name: stop_clock
-- The copy's clock is moved by hand, from the moment of the snapshot on.
UPDATE kernel.workspace SET kind = 'scratch', clock_kind = 'manual',
       clock_at = CASE clock_kind WHEN 'manual' THEN clock_at ELSE greatest(clock_timestamp(), clock_at) END;

-- name: release
-- What the workspace holds would leave; 'epoch' marks it as assumed. Webhooks that wait for an answer have had one.
UPDATE messages.channel SET released_at = 'epoch' WHERE released_at IS NULL;
UPDATE processes.token t SET state = 'ready', wake_at = (SELECT clock_at FROM kernel.workspace)
  FROM processes.call c
 WHERE c.token_id = t.id AND c.entered_at = t.entered_at AND c.left_at IS NULL AND c.state IN ('queued', 'sending')
   AND t.state = 'waiting';
UPDATE processes.call SET state = 'recorded' WHERE state IN ('queued', 'sending');
