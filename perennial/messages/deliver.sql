-- name: interrupted
-- Left by a deliverer that died between the attempt and its answer.
WITH lost AS (
    UPDATE messages.attempt a SET outcome = 'uncertain', ended_at = %(now)s, detail = 'interrupted'
      FROM messages.outbox o
     WHERE o.id = a.outbox_id AND o.state = 'sending' AND a.outcome IS NULL AND o.channel = ANY (%(mine)s)
)
UPDATE messages.outbox SET state = 'uncertain', why = 'interrupted', settled_at = %(now)s
 WHERE state = 'sending' AND channel = ANY (%(mine)s);

-- name: repeat_uncertain
-- An unanswered attempt is repeated with the same id as often as its channel allows; it stays listed by its attempts.
UPDATE messages.outbox o SET state = 'queued', repeats = repeats + 1, try_at = %(now)s, settled_at = NULL
  FROM unnest(%(channels)s::text[], %(often)s::int[]) AS c (key, often)
 WHERE o.state = 'uncertain' AND o.channel = c.key AND o.repeats < c.often AND o.withdrawn IS NULL;

-- name: never_repeated
-- Uncertain, and nobody has looked for another way yet.
SELECT o.id FROM messages.outbox o
 WHERE o.state = 'uncertain' AND o.outward AND o.channel = ANY (%(channels)s) AND o.asks IS NULL AND o.withdrawn IS NULL
   AND NOT EXISTS (SELECT FROM messages.outbox n WHERE n.falls_from = o.id);

-- name: due
-- Channels that do not ask for patience and on which something is due that is released: all of it, or one by one.
SELECT c.key AS channel FROM messages.channel c
 WHERE c.key = ANY (%(channels)s) AND (c.wait_until IS NULL OR c.wait_until <= %(now)s)
   AND (c.released_at IS NOT NULL
        AND EXISTS (SELECT FROM messages.outbox o WHERE o.channel = c.key AND o.state = 'queued' AND o.try_at <= %(now)s
                       AND o.due_at <= %(now)s)
        OR EXISTS (SELECT FROM messages.outbox o WHERE o.channel = c.key AND o.state = 'queued' AND o.let_go_at IS NOT NULL
                      AND o.try_at <= %(now)s AND o.due_at <= %(now)s))
 ORDER BY c.key;

-- name: split
-- Lines of a mail that did not leave stand for themselves again; they keep its Message-ID, it may have arrived.
WITH apart AS (
    UPDATE messages.outbox m
       SET state = 'queued', merged_into = NULL, settled_at = NULL, wire_id = coalesce(m.wire_id, l.wire_id),
           tries = l.tries, repeats = l.repeats, try_at = l.try_at, asks = NULL
      FROM messages.outbox l
     WHERE m.merged_into = l.id AND m.state = 'merged'
       AND (l.id = ANY (%(ids)s) OR l.state IN ('cancelled', 'expired') AND l.why <> 'by_person')
    RETURNING m.id
)
SELECT id FROM apart;

-- name: claim
-- What is due and released, with its channel or by itself, oldest first, and whatever leaves in one mail with it.
WITH first AS (
    SELECT DISTINCT CASE WHEN %(by_customer)s AND f.outward THEN '' ELSE f.template END AS template, f.channel, f.address
      FROM (SELECT o.outward, o.template, o.channel, o.address
              FROM messages.outbox o
             WHERE o.state = 'queued' AND o.try_at <= %(now)s AND o.due_at <= %(now)s
               AND o.channel = %(channel)s
               AND (o.let_go_at IS NOT NULL
                    OR EXISTS (SELECT FROM messages.channel c WHERE c.key = %(channel)s AND c.released_at IS NOT NULL)
                    AND NOT EXISTS (SELECT FROM messages.template t WHERE t.key = o.template AND o.outward
                                       AND t.held_at IS NOT NULL AND t.approved_at IS NULL))
               AND EXISTS (SELECT FROM messages.channel c WHERE c.key = %(channel)s
                              AND (c.wait_until IS NULL OR c.wait_until <= %(now)s))
             ORDER BY o.id LIMIT %(batch)s) f
)
SELECT o.id
  FROM messages.outbox o
 WHERE o.state = 'queued' AND o.try_at <= %(now)s AND o.due_at <= %(now)s
   AND o.channel = %(channel)s
   AND (CASE WHEN %(by_customer)s AND o.outward THEN '' ELSE o.template END, o.channel, o.address)
       IN (SELECT template, channel, address FROM first)
   AND (o.let_go_at IS NOT NULL
        OR EXISTS (SELECT FROM messages.channel c WHERE c.key = %(channel)s AND c.released_at IS NOT NULL)
        AND NOT EXISTS (SELECT FROM messages.template t WHERE t.key = o.template AND o.outward AND t.held_at IS NOT NULL
                           AND t.approved_at IS NULL))
 ORDER BY o.id
   FOR UPDATE OF o SKIP LOCKED;

-- name: hold_mass
-- A template that nobody has approved, for more recipients than may be written to without a question.
UPDATE messages.template t SET held_at = %(now)s
 WHERE t.approved_at IS NULL AND t.held_at IS NULL
   AND (SELECT count(DISTINCT o.address) FROM messages.outbox o
         WHERE o.template = t.key AND o.outward AND o.state = 'queued') > %(most)s;

-- name: withdrawn
-- What was taken back while it was on its way, and came back.
UPDATE messages.outbox SET state = 'cancelled', why = withdrawn, settled_at = %(now)s
 WHERE id = ANY (%(ids)s) AND state = 'queued' AND withdrawn IS NOT NULL;

-- name: expire
-- Its lateness limit has passed while it waited or was held.
UPDATE messages.outbox SET state = 'expired', why = 'too_late', settled_at = %(now)s
 WHERE id = ANY (%(ids)s) AND state = 'queued' AND not_after < %(now)s;

-- name: postpone
-- On hold: looked at again within the hour.
UPDATE messages.outbox SET try_at = %(now)s + interval '1 hour', why = 'hold'
 WHERE id = ANY (%(ids)s) AND state = 'queued';

-- name: cancel
-- The reason for saying it has gone.
UPDATE messages.outbox o SET state = 'cancelled', why = r.why, settled_at = %(now)s
  FROM unnest(%(ids)s::bigint[], %(whys)s::text[]) AS r (id, why)
 WHERE o.id = r.id AND o.state = 'queued';

-- name: merge
-- One template, one address, one day: the first carries the others as lines; or whatever concerns the customer, when the
-- policy says so. A repeated mail takes nothing new along. An SMS has no room for lines.
WITH ready AS (
    SELECT o.id, t.version,
           min(o.id) OVER (PARTITION BY CASE WHEN %(by_customer)s AND o.outward THEN '' ELSE o.template END, o.channel, o.address,
                                        (o.due_at AT TIME ZONE %(zone)s)::date, o.wire_id) AS leader
      FROM messages.outbox o JOIN messages.template t ON t.key = o.template
     WHERE o.id IN (SELECT unnest(%(ids)s::bigint[])) AND o.state = 'queued' AND o.try_at <= %(now)s
)
UPDATE messages.outbox o SET state = 'merged', merged_into = r.leader, settled_at = %(now)s,
       version = CASE WHEN o.wire_id IS NOT NULL THEN coalesce(o.version, r.version) ELSE r.version END
  FROM ready r
 WHERE o.id = r.id AND r.leader <> r.id;

-- name: send_instantly
-- Channels that take everything: one statement, one attempt each.
WITH gone AS (
    UPDATE messages.outbox o SET state = 'sent', tries = tries + 1, settled_at = %(now)s, version = t.version
      FROM messages.template t
     WHERE o.id = ANY (%(ids)s) AND o.state = 'queued' AND o.try_at <= %(now)s AND t.key = o.template
    RETURNING o.id
)
INSERT INTO messages.attempt (outbox_id, started_at, ended_at, outcome, detail)
SELECT id, %(now)s, %(now)s, 'sent', 'recorded' FROM gone;

-- name: leaving
-- What is left of a claim: each a mail.
SELECT id FROM messages.outbox WHERE id = ANY (%(ids)s) AND state = 'queued' AND try_at <= %(now)s ORDER BY id;

-- name: attempt
-- Committed before the wire.
WITH leaving AS (
    UPDATE messages.outbox o
       SET state = 'sending', tries = tries + 1, version = coalesce(CASE WHEN o.wire_id IS NOT NULL THEN o.version END, t.version),
           wire_id = coalesce(wire_id, '<' || id || '.' || md5(o.key) || '@' || %(domain)s || '>')
      FROM messages.template t
     WHERE o.id = %(id)s AND o.state = 'queued' AND o.try_at <= %(now)s AND o.withdrawn IS NULL AND t.key = o.template
    RETURNING o.id, o.channel, o.outward, o.person_id, o.tries
), started AS (
    INSERT INTO messages.attempt (outbox_id, started_at) SELECT id, %(now)s FROM leaving RETURNING id, outbox_id
)
SELECT l.id, l.channel, l.outward, l.person_id, l.tries, s.id AS attempt_id FROM leaving l JOIN started s ON s.outbox_id = l.id;

-- name: wanted
-- Read after the attempt is committed: the mail and its lines, unless one was taken back or the channel recalled.
SELECT array_agg(o.id) AS ids
  FROM messages.outbox o JOIN messages.channel c ON c.key = o.channel JOIN messages.template t ON t.key = o.template
 WHERE o.id = %(id)s OR o.merged_into = %(id)s
HAVING bool_and(o.withdrawn IS NULL AND (c.released_at IS NOT NULL OR o.let_go_at IS NOT NULL)
                AND NOT (o.outward AND t.definition ->> 'kind' IS NOT DISTINCT FROM 'reminder'
                         AND EXISTS (SELECT FROM messages.opt_out x
                                      WHERE x.form = o.contact_form AND x.contact_id = o.contact_id)));

-- name: take_back
-- It did not leave: no attempt, and the next claim decides anew.
WITH none AS (DELETE FROM messages.attempt WHERE id = %(attempt)s)
UPDATE messages.outbox SET state = 'queued', tries = tries - 1, try_at = coalesce(%(later)s::timestamptz, try_at),
       why = coalesce(%(why)s::text, why)
 WHERE id = %(id)s AND state = 'sending';

-- name: end_attempt
-- The answer of the wire.
UPDATE messages.attempt SET ended_at = %(now)s, outcome = %(outcome)s, detail = %(detail)s, why = %(why)s,
       remote_id = %(remote_id)s
 WHERE id = %(id)s AND outcome IS NULL;

-- name: settle
-- What became of the message.
UPDATE messages.outbox SET state = %(state)s, why = %(why)s, try_at = %(try_at)s, settled_at = %(now)s, tries = %(tries)s,
       remote_id = coalesce(%(remote_id)s, remote_id)
 WHERE id = %(id)s AND state = 'sending';

-- name: channel_well
-- It takes what it is given.
UPDATE messages.channel SET problem = NULL, problem_at = NULL WHERE key = %(channel)s AND problem IS NOT NULL;

-- name: channel_problem
-- The last thing that went wrong with it.
UPDATE messages.channel SET problem = %(problem)s, problem_why = %(why)s, problem_at = %(now)s
 WHERE key = %(channel)s AND (problem, problem_why) IS DISTINCT FROM (%(problem)s, %(why)s);

-- name: channel_waits
-- It asked for patience.
UPDATE messages.channel SET problem = %(problem)s, problem_why = %(why)s, problem_at = %(now)s,
       wait_until = %(now)s + make_interval(secs => %(wait_s)s)
 WHERE key = %(channel)s;

-- name: channel_refused
-- It takes nothing from us as it is set up: no message is lost to that, somebody has to look.
UPDATE messages.channel SET problem = %(problem)s, problem_why = %(why)s, problem_at = %(now)s, wait_until = 'infinity'
 WHERE key = %(channel)s;
