-- name: ask
-- Somebody wants to know.
UPDATE connect.standing SET reconcile = true WHERE channel = %(channel)s;

-- name: again
-- What would wait for its task to change.
UPDATE connect.mirrored SET try_at = %(now)s, attempts = 0
 WHERE channel = %(channel)s AND try_at IS NULL AND problem IS NOT NULL;

-- name: figures
-- One row per channel.
SELECT c.key AS channel, c.released_at IS NOT NULL AND c.settings ->> 'kind' IS NOT DISTINCT FROM 'app' AS "on",
       (SELECT count(*) FROM people.account a WHERE a.channel = c.key) AS accounts,
       m.open, m.waiting, m.oldest_at, coalesce(m.problems, '[]') AS problems, x.problem, x.detail, x.problem_at,
       CASE WHEN x.wait_until < 'infinity' THEN x.wait_until END AS rests_until,
       x.wait_until IS NOT DISTINCT FROM 'infinity' AS stopped, s.reconciled_at, s.reconcile AS asked
  FROM connect.standing s
  JOIN messages.channel c ON c.key = s.channel
  LEFT JOIN connect.standing x ON x.channel = s.channel AND x.settings_at IS NOT DISTINCT FROM c.settings_at
   AND (x.wait_until IS NULL OR x.wait_until > %(now)s)
 CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE r.stands = 'open') AS open, count(*) FILTER (WHERE r.try_at IS NOT NULL) AS waiting,
           min(r.made_at) FILTER (WHERE r.try_at IS NOT NULL) AS oldest_at,
           (SELECT jsonb_agg(q ORDER BY q.count DESC, q.why)
              FROM (SELECT b.problem AS why, count(*) AS count, min(b.detail) AS detail, min(p.name) AS person
                      FROM connect.mirrored b JOIN people.person p ON p.id = b.person_id
                     WHERE b.channel = c.key AND b.problem IS NOT NULL AND b.try_at IS NULL GROUP BY b.problem) q) AS problems
      FROM connect.mirrored r
     WHERE r.channel = c.key) m
 ORDER BY c.key;

-- name: wanted
-- Asked for, or long ago; in between those who have something open there, the more seldom the more of them there are.
SELECT CASE WHEN s.reconcile OR coalesce(s.reconciled_at < %(now)s::timestamptz - make_interval(hours => %(hours)s), true)
            THEN 'all'
            WHEN %(each)s > 0 AND n.n > 0
             AND s.looked_at < %(now)s::timestamptz - make_interval(mins => greatest(%(least)s, %(each)s * n.n)) THEN 'open' END
  FROM connect.standing s,
       LATERAL (SELECT (CASE s.channel WHEN 'dingtalk' THEN count(DISTINCT m.remote) ELSE count(*) END)::int AS n
                  FROM connect.mirrored m WHERE m.channel = s.channel AND m.stands = 'open') n
 WHERE s.channel = %(channel)s;

-- name: reconciled
-- To the end.
UPDATE connect.standing
   SET looked_at = %(now)s, reconcile = reconcile AND NOT %(whole)s,
       reconciled_at = CASE WHEN %(whole)s THEN %(now)s::timestamptz ELSE reconciled_at END
 WHERE channel = %(channel)s;

-- name: persons
-- Who has something open there.
SELECT DISTINCT person_id FROM connect.mirrored WHERE channel = %(channel)s AND stands = 'open' AND wanted = 'open' ORDER BY 1;

-- name: said
-- What one of them was told, and what the words are made of now.
SELECT m.id, m.words, k.form, t.record_id, t.due_at, p.language,
       coalesce(t.title, CASE p.language WHEN 'en' THEN nullif(k.label_en, '') END, k.label) AS title
  FROM connect.mirrored m
  JOIN people.person p ON p.id = m.person_id
  JOIN tasks.task t ON t.id = m.task_id
  JOIN tasks.kind k ON k.id = t.kind_id
 WHERE m.channel = %(channel)s AND m.person_id = %(person)s AND m.stands = 'open' AND m.wanted = 'open' AND NOT m.unsure;

-- name: say_anew
-- With the next exchange.
UPDATE connect.mirrored SET sent_basis = NULL, try_at = %(now)s WHERE id IN (SELECT unnest(%(ids)s::bigint[]));

-- name: remotes
-- Everybody who may have something there: with an account, or with what they had before; or who has something open.
SELECT remote FROM people.account WHERE channel = %(channel)s AND %(everybody)s
UNION
SELECT remote FROM connect.mirrored WHERE channel = %(channel)s AND stands = 'open'
ORDER BY 1;

-- name: reopened_there
-- Open there, over here, and we thought it closed.
UPDATE connect.mirrored SET stands = 'open', try_at = %(now)s, attempts = 0, problem = NULL, detail = NULL
 WHERE channel = %(channel)s AND key = ANY (%(keys)s::text[]) AND wanted = 'closed' AND stands <> 'open';

-- name: nobodys
-- Of our making, and no row of ours knows them: made under a key that was given up, or before a restore.
SELECT k.key FROM unnest(%(keys)s::text[]) AS k (key), connect.tag g
 WHERE starts_with(k.key, g.tag) AND NOT EXISTS (SELECT FROM connect.mirrored m WHERE m.key = k.key);

-- name: not_listed
-- Open there as we think, and not among what is open there.
SELECT m.id, m.key, m.remote, m.remote_id, m.stands, m.person_id, p.name AS person
  FROM connect.mirrored m JOIN people.person p ON p.id = m.person_id
 WHERE m.channel = %(channel)s AND m.remote = %(remote)s AND m.stands = 'open' AND NOT m.unsure AND m.key <> ALL (%(keys)s::text[])
 ORDER BY m.id;

-- name: open
-- All that we think is open there, and what was closed lately.
SELECT m.id, m.key, m.remote, m.remote_id, m.stands, m.person_id, p.name AS person
  FROM connect.mirrored m JOIN people.person p ON p.id = m.person_id
 WHERE m.channel = %(channel)s AND m.remote_id IS NOT NULL AND NOT m.unsure
   AND (m.stands = 'open' OR m.stands = 'closed' AND m.settled_at > %(now)s::timestamptz - interval '7 days')
 ORDER BY m.id;
