-- name: interrupted
-- Attempts that a crash left without an answer: repeated with the same key.
UPDATE processes.call SET state = 'queued', why = 'uncertain', try_at = %(now)s WHERE state = 'sending'

-- name: due
-- What is due, the longest first; hosts that did not answer in this run are left for the next one.
SELECT c.id, c.instance_id FROM processes.call c
 WHERE c.state = 'queued' AND c.try_at <= %(now)s
   AND NOT substring(c.url FROM '^[a-zA-Z]+://([^/?#]*)') = ANY (%(silent)s::text[])
 ORDER BY c.try_at, c.id LIMIT %(batch)s
   FOR UPDATE SKIP LOCKED

-- name: gone
-- Calls of tokens that stand elsewhere, or of instances that are over: nobody waits for an answer.
UPDATE processes.call c SET state = 'cancelled', why = coalesce(x.why, 'gone'), settled_at = %(now)s
  FROM (SELECT c.id, CASE WHEN i.state <> 'open' THEN i.state END AS why
          FROM processes.call c
          LEFT JOIN processes.instance i ON i.id = c.instance_id
          LEFT JOIN processes.token t ON t.id = c.token_id AND t.entered_at = c.entered_at
               AND EXISTS (SELECT FROM processes.node n WHERE n.id = t.node_id AND n.kind = 'webhook')
         WHERE c.id = ANY (%(ids)s::bigint[]) AND c.rule IS NULL
           AND (t.id IS NULL OR i.id IS NULL OR i.state NOT IN ('open', 'suspended'))) x
 WHERE c.id = x.id

-- name: attempt
-- Committed before the wire.
UPDATE processes.call SET state = 'sending', tries = tries + 1, sent_at = %(now)s, why = NULL
 WHERE id = ANY (%(ids)s::bigint[]) AND state = 'queued'

-- name: versions
-- The versions whose definitions say whether these calls may leave.
SELECT DISTINCT i.version_id FROM processes.call c JOIN processes.instance i ON i.id = c.instance_id
 WHERE c.id = ANY (%(ids)s::bigint[])

-- name: back
-- What may not leave now was no attempt: asked again later (a hold, a record in the bin), or never.
UPDATE processes.call c
   SET state = CASE WHEN x.why LIKE 'hold%%' THEN 'queued' ELSE 'cancelled' END, why = x.why, tries = c.tries - 1,
       sent_at = NULL, try_at = %(later)s, settled_at = CASE WHEN x.why LIKE 'hold%%' THEN NULL ELSE %(now)s END
  FROM unnest(%(ids)s::bigint[], %(whys)s::text[]) AS x (id, why)
 WHERE c.id = x.id AND c.state = 'sending'

-- name: leaving
-- What leaves, with the secret of its process or rule.
SELECT c.id, c.key::text AS key, c.url, c.body, c.instance_id, s.secret
  FROM processes.call c
  LEFT JOIN processes.process p ON p.id = c.process_id
  LEFT JOIN processes.signing s ON s.process = coalesce(p.key, 'rule:' || c.rule)
 WHERE c.id = ANY (%(ids)s::bigint[]) AND c.state = 'sending' ORDER BY c.id

-- name: unsigned
-- Processes and rules of calls without a secret to sign them.
SELECT DISTINCT x.key FROM processes.call c LEFT JOIN processes.process p ON p.id = c.process_id
 CROSS JOIN LATERAL (SELECT coalesce(p.key, 'rule:' || c.rule) AS key) x
 WHERE c.id = ANY (%(ids)s::bigint[]) AND NOT EXISTS (SELECT FROM processes.signing s WHERE s.process = x.key)

-- name: settle
-- What came of an attempt.
UPDATE processes.call
   SET state = CASE WHEN %(state)s = 'again' THEN CASE WHEN tries < most THEN 'queued' ELSE 'failed' END
                    WHEN %(state)s = 'refused' THEN 'failed' ELSE 'done' END,
       why = CASE WHEN %(state)s <> 'done' THEN %(why)s END, status = %(status)s, reply = nullif(%(reply)s, ''),
       try_at = %(now)s::timestamptz + make_interval(secs => 60 * power(2, least(tries, 12) - 1) * %(jitter)s),
       settled_at = CASE WHEN %(state)s = 'again' AND tries < most THEN NULL ELSE %(now)s::timestamptz END
 WHERE id = %(id)s AND state = 'sending'
RETURNING state

-- name: standing
-- The token that waits for this call, and its node.
SELECT t.id, t.instance_id, t.node_id, n.key, i.version_id FROM processes.call c
  JOIN processes.token t ON t.id = c.token_id AND t.entered_at = c.entered_at AND t.state = 'waiting'
  JOIN processes.node n ON n.id = t.node_id AND n.kind = 'webhook'
  JOIN processes.instance i ON i.id = t.instance_id AND i.state = 'open'
 WHERE c.id = %(id)s

-- name: park
-- It stands there with its error until somebody tries again.
WITH parked AS (
    UPDATE processes.token SET state = 'parked' WHERE id = %(token)s RETURNING id, instance_id, node_id)
INSERT INTO processes.stuck (token_id, instance_id, node_id, code, facts, at)
SELECT id, instance_id, node_id, %(code)s, %(facts)s::jsonb, %(now)s FROM parked
ON CONFLICT (token_id) DO UPDATE SET code = excluded.code, facts = excluded.facts, at = excluded.at

-- name: ready
-- It goes on.
UPDATE processes.token SET state = 'ready', wake_at = %(now)s WHERE id = %(token)s AND state IN ('waiting', 'parked')
