-- name: lock
-- One attempt per subject at a time, in one order.
SELECT pg_advisory_xact_lock(hashtextextended(s, 7)) FROM unnest(%(subjects)s::text[]) s

-- name: forget
-- Attempts out of the window are nobody's business.
DELETE FROM people.attempt WHERE at < clock_timestamp() - make_interval(mins => %(window)s)

-- name: wait
-- Whole minutes until fewer than its bound lie in the window for each subject; NULL: the door is open.
SELECT CASE WHEN count(*) > 0 THEN greatest(1, ceil(extract(epoch FROM max(opens) - clock_timestamp()) / 60))::int END
  FROM (SELECT min(n.at) + make_interval(mins => %(window)s) AS opens
          FROM unnest(%(subjects)s::text[], %(bounds)s::int[]) AS s (subject, bound)
          CROSS JOIN LATERAL (SELECT a.at FROM people.attempt a WHERE a.subject = s.subject
                               ORDER BY a.at DESC LIMIT s.bound) n
         GROUP BY s.subject, s.bound HAVING count(*) >= s.bound) closed

-- name: reserve
-- This attempt, for each subject.
INSERT INTO people.attempt (subject) SELECT unnest(%(subjects)s::text[]) RETURNING id

-- name: left
-- How many attempts are left for the subject that has the fewest, this one counted.
SELECT min(s.bound - (SELECT count(*) FROM people.attempt a WHERE a.subject = s.subject))::int
  FROM unnest(%(subjects)s::text[], %(bounds)s::int[]) AS s (subject, bound)

-- name: find
-- The active person of an account.
SELECT id, password_hash FROM people.person WHERE account = %(account)s AND active

-- name: forgive
-- The password was right: this attempt was none, and this account starts afresh from here; the wide bounds keep theirs.
DELETE FROM people.attempt WHERE id = ANY(%(ids)s) OR subject = %(pair)s
