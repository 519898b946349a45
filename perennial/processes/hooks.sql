-- name: find
-- The hook behind an address, when a version in force or with open instances waits for its calls.
SELECT h.process, h.name, p.form
  FROM processes.hook h JOIN processes.process p ON p.key = h.process
 WHERE h.secret_hash = %(hash)s
   AND EXISTS (SELECT FROM processes.version v
                WHERE v.process_id = p.id
                  AND jsonb_path_exists(v.definition, '$.nodes[*] ? (@.hook == $name)',
                                        jsonb_build_object('name', h.name))
                  AND (v.id = p.version_id OR EXISTS (SELECT FROM processes.instance i
                                                       WHERE i.version_id = v.id AND i.state = 'open')))

-- name: take
-- A call is written down, once per key; no row: it was there.
INSERT INTO processes.called (process, name, record_id, key, body, at)
VALUES (%(process)s, %(name)s, %(record)s, %(key)s, %(body)s::jsonb, %(now)s)
ON CONFLICT (process, name, key) WHERE key IS NOT NULL DO NOTHING RETURNING id

-- name: renew
-- Another address; the one before leads nowhere from now on.
INSERT INTO processes.hook (process, name, secret_hash, hint, made_at, made_by)
VALUES (%(process)s, %(name)s, %(hash)s, %(hint)s, %(now)s, %(by)s::jsonb)
ON CONFLICT (process, name) DO UPDATE SET secret_hash = excluded.secret_hash, hint = excluded.hint,
       made_at = excluded.made_at, made_by = excluded.made_by

-- name: listed
-- The addresses of a process, with what came in.
SELECT h.name, h.hint, h.made_at, h.made_by,
       (SELECT count(*) FROM processes.called c WHERE c.process = h.process AND c.name = h.name) AS calls,
       (SELECT max(c.at) FROM processes.called c WHERE c.process = h.process AND c.name = h.name) AS last_at
  FROM processes.hook h WHERE h.process = %(process)s ORDER BY h.name

-- name: claim
-- Calls that nobody has followed, those of this run that failed left out.
SELECT id, process, name, record_id FROM processes.called
 WHERE handled_at IS NULL AND attempts < 5 AND NOT id = ANY (%(failed)s::bigint[])
 ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED

-- name: whose
-- Instances of the records that these calls are about.
SELECT array_agg(DISTINCT i.id) FROM processes.called c
  JOIN processes.process p ON p.key = c.process
  JOIN processes.instance i ON i.process_id = p.id AND i.record_id = c.record_id AND i.state = 'open'
 WHERE c.id = ANY (%(ids)s::bigint[])

-- name: handled
-- The reaction has followed them.
UPDATE processes.called SET handled_at = %(now)s WHERE id = ANY (%(ids)s::bigint[])

-- name: failed
-- Something went wrong while it was followed.
UPDATE processes.called SET attempts = attempts + 1, error = %(error)s WHERE id = ANY (%(ids)s::bigint[])
