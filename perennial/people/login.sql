-- name: lock
-- One attempt per subject at a time, in one order.
SELECT pg_advisory_xact_lock(hashtextextended(s, 7)) FROM unnest(%(subjects)s::text[]) s

-- name: forget
-- Attempts out of the window are nobody's business.
DELETE FROM people.attempt WHERE at < clock_timestamp() - make_interval(mins => %(window)s)

-- name: wait
-- Whole minutes until fewer than the allowed number lie in the window; NULL: the door is open.
SELECT CASE WHEN count(*) > 0 THEN greatest(1, ceil(extract(epoch FROM max(opens) - clock_timestamp()) / 60))::int END
  FROM (SELECT min(at) + make_interval(mins => %(window)s) AS opens
          FROM (SELECT subject, at, row_number() OVER (PARTITION BY subject ORDER BY at DESC) AS nth
                  FROM people.attempt WHERE subject = ANY(%(subjects)s)) newest
         WHERE nth <= %(attempts)s
         GROUP BY subject HAVING count(*) >= %(attempts)s) closed

-- name: reserve
-- This attempt, for each subject.
INSERT INTO people.attempt (subject) SELECT unnest(%(subjects)s::text[]) RETURNING id

-- name: wrong
-- The larger number of attempts of the two subjects, this one included.
SELECT max(n)::int FROM (SELECT count(*) AS n FROM people.attempt WHERE subject = ANY(%(subjects)s) GROUP BY subject) per

-- name: find
-- The active person of an account.
SELECT id, password_hash FROM people.person WHERE account = %(account)s AND active

-- name: forgive
-- The password was right: this attempt was none, and the account starts afresh. The address keeps its earlier wrong ones.
DELETE FROM people.attempt WHERE id = ANY(%(ids)s) OR subject = %(account)s
