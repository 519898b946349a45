-- name: ready
-- Set up as an application, released, and not asking for patience; a refusal is forgotten with the settings that it met.
SELECT c.key AS channel
  FROM messages.channel c JOIN connect.standing s ON s.channel = c.key
 WHERE c.key = ANY (%(channels)s) AND c.settings ->> 'kind' = 'app' AND c.released_at IS NOT NULL
   AND (c.wait_until IS NULL OR c.wait_until <= %(now)s)
   AND (s.wait_until IS NULL OR s.wait_until <= %(now)s OR s.settings_at IS DISTINCT FROM c.settings_at
        OR c.tried ->> 'state' = 'sent' AND (c.tried ->> 'at')::timestamptz > s.problem_at)
 ORDER BY c.key;

-- name: refresh
-- What should be there, from the tasks as they are: whoever has an open task and an account finds it there. A vote has its
-- card, and what nobody of a role has taken yet is nobody's.
WITH due AS MATERIALIZED (
    SELECT t.id AS task_id, a.person_id, a.channel, a.remote,
           md5(concat_ws(chr(31), coalesce(t.title, CASE p.language WHEN 'en' THEN nullif(k.label_en, '') END, k.label),
                         coalesce(extract(epoch FROM t.due_at)::text, '-'), t.priority)) AS basis
      FROM people.account a
      JOIN people.person p ON p.id = a.person_id AND p.active
      JOIN tasks.task t ON t.assignee_id = a.person_id AND t.state = 'open' AND t.vote_id IS NULL
      JOIN tasks.kind k ON k.id = t.kind_id
     WHERE a.channel = ANY (%(channels)s)
), made AS (
    INSERT INTO connect.mirrored (task_id, person_id, channel, remote, key, wanted, basis, try_at)
    SELECT d.task_id, d.person_id, d.channel, d.remote, g.tag || replace(gen_random_uuid()::text, '-', ''), 'open', d.basis,
           %(now)s
      FROM due d CROSS JOIN connect.tag g
     WHERE NOT EXISTS (SELECT FROM connect.mirrored m
                        WHERE m.task_id = d.task_id AND m.channel = d.channel AND m.remote = d.remote)
    RETURNING id
), changed AS (
    UPDATE connect.mirrored m
       SET wanted = 'open', basis = d.basis, person_id = d.person_id, attempts = 0, problem = NULL, detail = NULL,
           try_at = %(now)s
      FROM due d
     WHERE m.task_id = d.task_id AND m.channel = d.channel AND m.remote = d.remote
       AND (m.wanted <> 'open' OR m.basis <> d.basis OR m.person_id <> d.person_id)
    RETURNING m.id
), over AS (
    UPDATE connect.mirrored m
       SET wanted = 'closed', attempts = 0, problem = NULL, detail = NULL,
           try_at = CASE WHEN m.stands = 'open' OR m.unsure THEN %(now)s::timestamptz END
     WHERE m.channel = ANY (%(channels)s) AND m.wanted = 'open'
       AND NOT EXISTS (SELECT FROM due d WHERE d.task_id = m.task_id AND d.channel = m.channel AND d.remote = m.remote)
    RETURNING m.id
)
SELECT (SELECT count(*) FROM made) AS made, (SELECT count(*) FROM changed) AS changed, (SELECT count(*) FROM over) AS over;

-- name: never_there
-- Neither wanted nor there.
DELETE FROM connect.mirrored WHERE channel = ANY (%(channels)s) AND wanted = 'closed' AND stands = 'none' AND NOT unsure;

-- name: claim
-- What differs, the longest waiting first; `most` cards a minute to one member (more would be dropped in silence), 0: any.
SELECT id, person_id, person
  FROM (SELECT m.id, m.person_id, p.name AS person, m.try_at, m.stands, m.remote,
               row_number() OVER (PARTITION BY m.remote, m.stands IN ('none', 'gone') ORDER BY m.try_at, m.id) AS nth
          FROM connect.mirrored m JOIN people.person p ON p.id = m.person_id
         WHERE m.channel = %(channel)s AND m.try_at <= %(now)s) x
 WHERE %(most)s = 0 OR x.stands NOT IN ('none', 'gone')
    OR x.nth + (SELECT count(*) FROM connect.mirrored o WHERE o.channel = %(channel)s AND o.remote = x.remote
                   AND o.created_at > %(now)s::timestamptz - interval '1 minute') <= %(most)s
 ORDER BY x.try_at, x.id LIMIT %(batch)s;

-- name: take
-- One of them, with what its words are made of.
SELECT m.id, m.task_id, m.person_id, m.channel, m.remote, m.key, m.wanted, m.stands, m.unsure, m.remote_id, m.code, m.code_at,
       m.basis, m.sent_basis, m.words, m.attempts, k.form, t.record_id, t.due_at, t.state, t.why, t.assignee_id, p.language,
       coalesce(t.title, CASE p.language WHEN 'en' THEN nullif(k.label_en, '') END, k.label) AS title,
       (SELECT c.released_at IS NULL FROM messages.channel c WHERE c.key = m.channel) AS held
  FROM connect.mirrored m
  JOIN people.person p ON p.id = m.person_id
  LEFT JOIN tasks.task t ON t.id = m.task_id
  LEFT JOIN tasks.kind k ON k.id = t.kind_id
 WHERE m.id = %(id)s AND m.try_at <= %(now)s
   FOR UPDATE OF m;

-- name: begin
-- Committed before the wire.
UPDATE connect.mirrored SET unsure = true, words = coalesce(%(words)s::jsonb, words), key = %(key)s, stands = %(stands)s
 WHERE id = %(id)s;

-- name: even
-- Nothing is to be done, as it turns out.
UPDATE connect.mirrored SET try_at = NULL, unsure = false, sent_basis = basis, settled_at = %(now)s WHERE id = %(id)s;

-- name: settle
-- What the answer makes of it; what was wanted may be another thing by now.
UPDATE connect.mirrored
   SET stands = %(stands)s, unsure = %(unsure)s, remote_id = coalesce(%(remote_id)s, remote_id),
       sent_basis = CASE WHEN %(said)s THEN %(basis)s ELSE sent_basis END,
       code = %(code)s, code_at = CASE WHEN %(code)s IS DISTINCT FROM code THEN %(now)s::timestamptz ELSE code_at END,
       created_at = CASE WHEN %(created)s THEN %(now)s::timestamptz ELSE created_at END,
       opened_at = CASE WHEN %(opened)s THEN clock_timestamp() ELSE opened_at END,
       attempts = %(attempts)s, problem = %(problem)s, detail = %(detail)s, settled_at = %(now)s,
       try_at = CASE WHEN %(ended)s THEN NULL
                     WHEN %(later_s)s::float8 IS NOT NULL THEN %(now)s::timestamptz + make_interval(secs => %(later_s)s::float8)
                     WHEN wanted = 'open' AND (%(stands)s <> 'open' OR basis IS DISTINCT FROM
                               CASE WHEN %(said)s THEN %(basis)s ELSE sent_basis END) THEN %(now)s::timestamptz
                     WHEN wanted = 'closed' AND (%(stands)s = 'open' OR %(unsure)s) THEN %(now)s::timestamptz END
 WHERE id = %(id)s;

-- name: well
-- It answers. What happened over there while it did not is looked up.
UPDATE connect.standing SET fails = 0, problem = NULL, detail = NULL, problem_at = NULL, wait_until = NULL,
       reconcile = reconcile OR coalesce(down_at < %(now)s::timestamptz - interval '1 minute', false), down_at = NULL
 WHERE channel = %(channel)s AND (fails > 0 OR problem IS NOT NULL OR down_at IS NOT NULL);

-- name: unwell
-- An exchange failed; after some in a row nobody asks for a while, longer each time.
UPDATE connect.standing SET fails = fails + 1, down_at = coalesce(down_at, %(now)s), problem = %(problem)s, detail = %(detail)s,
       problem_at = %(now)s, settings_at = (SELECT settings_at FROM messages.channel WHERE key = %(channel)s),
       wait_until = CASE WHEN fails + 1 >= %(patience)s THEN %(now)s::timestamptz
                         + make_interval(secs => least(%(most_s)s, %(rest_s)s * 2 ^ least(fails + 1 - %(patience)s, 10))) END
 WHERE channel = %(channel)s
RETURNING wait_until IS NOT NULL AS rests;

-- name: waits
-- It asked for patience, or refuses us: then until somebody does something about it.
UPDATE connect.standing SET problem = %(problem)s, detail = %(detail)s, problem_at = %(now)s,
       settings_at = (SELECT settings_at FROM messages.channel WHERE key = %(channel)s),
       wait_until = CASE WHEN %(wait_s)s::float8 IS NULL THEN 'infinity'
                         ELSE %(now)s::timestamptz + make_interval(secs => %(wait_s)s::float8) END
 WHERE channel = %(channel)s;

-- name: union_ids
-- Those that are known already.
SELECT remote, union_id FROM connect.union_id;

-- name: keep_union_id
-- Asked for once.
INSERT INTO connect.union_id (remote, union_id) VALUES (%(remote)s, %(union_id)s)
ON CONFLICT (remote) DO UPDATE SET union_id = excluded.union_id;
