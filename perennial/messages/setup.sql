-- name: read
-- A channel without its secrets: only whether each is there.
SELECT c.settings, c.settings_at, p.name AS by, c.problem, c.tried,
       coalesce((SELECT array_agg(s.name ORDER BY s.name) FROM messages.secret s WHERE s.channel = c.key), '{}') AS secrets
  FROM messages.channel c LEFT JOIN people.person p ON p.id = c.settings_by
 WHERE c.key = %(channel)s;

-- name: keep_secret
-- The newest counts.
INSERT INTO messages.secret (channel, name, sealed) VALUES (%(channel)s, %(name)s, %(sealed)s)
ON CONFLICT (channel, name) DO UPDATE SET sealed = excluded.sealed, at = excluded.at;

-- name: save
-- Another setup is another try: what it was refused for before counts no more.
UPDATE messages.channel SET settings = %(tree)s, settings_at = %(now)s, settings_by = %(by)s, problem = NULL, problem_at = NULL,
       wait_until = NULL, tried = NULL
 WHERE key = %(channel)s;

-- name: clear
-- As if it had never been set up.
UPDATE messages.channel SET settings = NULL, settings_at = NULL, settings_by = NULL, problem = NULL, problem_at = NULL,
       wait_until = NULL, tried = NULL
 WHERE key = %(channel)s;

-- name: tried
-- The result of "send me one".
UPDATE messages.channel SET tried = %(result)s,
       problem = CASE WHEN %(well)s THEN NULL ELSE problem END, problem_at = CASE WHEN %(well)s THEN NULL ELSE problem_at END,
       wait_until = CASE WHEN %(well)s THEN NULL ELSE wait_until END
 WHERE key = %(channel)s;
