-- name: refresh
-- Who is asked to decide, and has an account; each of those who may take a role's vote, up to twenty.
WITH due AS MATERIALIZED (
    SELECT t.id AS task_id, t.vote_id, p.id AS person_id, a.channel, a.remote,
           md5(concat_ws('|', coalesce(t.title, ''), t.due_at,
                         (SELECT max(x.id) FROM changes.change x WHERE x.form_id = f.id AND x.record_id = t.record_id))) AS basis
      FROM people.account a
      JOIN people.person p ON p.id = a.person_id AND p.active
     CROSS JOIN LATERAL (SELECT x.* FROM tasks.task x
                          WHERE x.assignee_id = p.id AND x.state = 'open' AND x.vote_id IS NOT NULL
                          UNION ALL
                         SELECT x.* FROM tasks.task x
                          WHERE x.candidates @> ARRAY[p.id] AND x.assignee_id IS NULL AND x.state = 'open'
                            AND x.vote_id IS NOT NULL AND p.id = ANY (x.candidates[1:20])) t
      JOIN tasks.kind k ON k.id = t.kind_id
      JOIN forms.form f ON f.key = k.form
     WHERE a.channel = ANY (%(channels)s)
), made AS (
    INSERT INTO connect.card AS c (task_id, vote_id, person_id, channel, remote, wanted, basis, try_at)
    SELECT task_id, vote_id, person_id, channel, remote, 'open', basis, %(now)s FROM due
    ON CONFLICT (task_id, person_id, channel) DO UPDATE
       SET wanted = 'open', basis = excluded.basis, try_at = %(now)s, attempts = 0, problem = NULL, detail = NULL,
           remote = excluded.remote, vote_id = excluded.vote_id,
           -- what was shown as over, or stands with another account, is put there anew
           stands = CASE WHEN c.wanted = 'over' OR c.remote <> excluded.remote THEN 'none' ELSE c.stands END,
           key = CASE WHEN c.wanted = 'over' OR c.remote <> excluded.remote THEN excluded.key ELSE c.key END,
           sent_at = CASE WHEN c.wanted = 'over' OR c.remote <> excluded.remote THEN NULL ELSE c.sent_at END,
           unsure = c.unsure AND c.wanted = 'open' AND c.remote = excluded.remote,
           pressed = c.pressed AND c.wanted = 'open',
           note = CASE WHEN c.wanted = 'open' THEN c.note END
     WHERE c.wanted = 'over' OR c.basis <> excluded.basis OR c.remote <> excluded.remote
    RETURNING c.id
), over AS (
    UPDATE connect.card c SET wanted = 'over', try_at = %(now)s, attempts = 0, problem = NULL, detail = NULL
     WHERE c.wanted = 'open' AND c.channel = ANY (%(channels)s)
       AND NOT EXISTS (SELECT FROM due d WHERE d.task_id = c.task_id AND d.person_id = c.person_id AND d.channel = c.channel)
    RETURNING c.id
)
SELECT (SELECT count(*) FROM made) AS made, (SELECT count(*) FROM over) AS over;

-- name: claim
-- What is not as it should be, the longest waiting first.
SELECT id FROM connect.card WHERE channel = %(channel)s AND try_at <= %(now)s ORDER BY try_at, id LIMIT %(batch)s;

-- name: take
-- One of them.
SELECT c.*, p.name AS person, p.language FROM connect.card c JOIN people.person p ON p.id = c.person_id
 WHERE c.id = %(id)s AND c.try_at <= %(now)s FOR UPDATE OF c;

-- name: begin
-- Committed before the wire.
UPDATE connect.card SET unsure = true, attempts = attempts + 1, sent_at = coalesce(sent_at, %(now)s) WHERE id = %(id)s;

-- name: even
-- Nothing is to be done, as it turns out.
UPDATE connect.card SET try_at = NULL, stands = %(stands)s, settled_at = %(now)s WHERE id = %(id)s;

-- name: settle
-- It stands there; what is wanted may be another thing by now.
UPDATE connect.card
   SET stands = %(stands)s, unsure = false, attempts = 0, problem = NULL, detail = NULL, settled_at = %(now)s,
       remote_id = coalesce(%(remote_id)s, remote_id), shape = %(shape)s, hash = %(hash)s,
       code = CASE WHEN code IS DISTINCT FROM %(used)s THEN code ELSE %(code)s END,
       note = CASE WHEN note IS NOT DISTINCT FROM %(note)s::jsonb AND %(said)s THEN NULL ELSE note END,
       try_at = CASE WHEN wanted = %(wanted)s AND basis = %(basis)s AND note IS NOT DISTINCT FROM %(note)s::jsonb THEN NULL
                     ELSE %(now)s::timestamptz END
 WHERE id = %(id)s;

-- name: failed
-- Later again, or never.
UPDATE connect.card
   SET unsure = %(unsure)s, problem = %(problem)s, detail = %(detail)s, settled_at = %(now)s, attempts = %(attempts)s,
       try_at = CASE WHEN %(later_s)s::float8 IS NOT NULL
                     THEN %(now)s::timestamptz + make_interval(secs => %(later_s)s::float8) END
 WHERE id = %(id)s;

-- name: card
-- By our key, or by their number of it.
SELECT * FROM connect.card
 WHERE channel = %(channel)s AND %(about)s <> '' AND (key = split_part(%(about)s, '@', 1) OR remote_id = %(about)s)
 ORDER BY (key = split_part(%(about)s, '@', 1)) DESC, id DESC LIMIT 1;

-- name: pressed
-- Decided over there.
UPDATE connect.card SET pressed = true WHERE id = %(id)s;

-- name: told
-- A press came to nothing: the card says why, or how it ended.
UPDATE connect.card SET note = %(note)s::jsonb, hash = NULL, pressed = true, attempts = 0, try_at = %(now)s WHERE id = %(id)s;

-- name: fresh_code
-- A press brings what changes the card once more.
UPDATE connect.card SET code = %(code)s, hash = NULL,
       try_at = CASE WHEN wanted = 'over' THEN %(now)s::timestamptz ELSE try_at END
 WHERE channel = %(channel)s AND key = split_part(%(about)s, '@', 1);
