-- name: interrupted
-- Left by a deliverer that died between the attempt and its answer.
WITH lost AS (
    UPDATE messages.attempt a SET outcome = 'uncertain', ended_at = %(now)s, detail = 'interrupted'
      FROM messages.outbox o
     WHERE o.id = a.outbox_id AND o.state = 'sending' AND a.outcome IS NULL
)
UPDATE messages.outbox SET state = 'uncertain', why = 'interrupted', settled_at = %(now)s WHERE state = 'sending';

-- name: repeat_uncertain
-- Mail repeats an unanswered attempt once, with the same Message-ID; it stays listed by its attempts.
UPDATE messages.outbox SET state = 'queued', repeats = repeats + 1, try_at = %(now)s, settled_at = NULL
 WHERE state = 'uncertain' AND repeats = 0 AND withdrawn IS NULL
   AND channel = 'mail' AND channel = ANY (%(channels)s);

-- name: split
-- Lines of a mail that did not leave stand for themselves again; they keep its Message-ID, it may have arrived.
WITH apart AS (
    UPDATE messages.outbox m
       SET state = 'queued', merged_into = NULL, settled_at = NULL, wire_id = coalesce(m.wire_id, l.wire_id),
           tries = l.tries, repeats = l.repeats, try_at = l.try_at
      FROM messages.outbox l
     WHERE m.merged_into = l.id AND m.state = 'merged'
       AND (l.id = ANY (%(ids)s) OR l.state IN ('cancelled', 'expired') AND l.why <> 'by_person')
    RETURNING m.id
)
SELECT id FROM apart;

-- name: claim
-- What is due on released channels, oldest first, and whatever leaves in one mail with it.
WITH first AS (
    SELECT DISTINCT f.template, f.channel, f.address
      FROM (SELECT o.template, o.channel, o.address
              FROM messages.outbox o
             WHERE o.state = 'queued' AND o.try_at <= %(now)s AND o.due_at <= %(now)s
               AND o.channel IN (SELECT key FROM messages.channel
                                  WHERE released_at IS NOT NULL AND key = ANY (%(channels)s))
             ORDER BY o.id LIMIT %(batch)s) f
)
SELECT o.id
  FROM messages.outbox o
 WHERE o.state = 'queued' AND o.try_at <= %(now)s AND o.due_at <= %(now)s
   AND (o.template, o.channel, o.address) IN (SELECT template, channel, address FROM first)
 ORDER BY o.id
   FOR UPDATE OF o SKIP LOCKED;

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
-- One template, one address, one day: the first carries the others as lines. A repeated mail takes nothing new along.
WITH ready AS (
    SELECT id, min(id) OVER (PARTITION BY template, channel, address, (due_at AT TIME ZONE %(zone)s)::date, wire_id)
               AS leader
      FROM messages.outbox
     WHERE id = ANY (%(ids)s) AND state = 'queued' AND try_at <= %(now)s
)
UPDATE messages.outbox o SET state = 'merged', merged_into = r.leader, settled_at = %(now)s
  FROM ready r
 WHERE o.id = r.id AND r.leader <> r.id;

-- name: send_instantly
-- Channels that take everything: one statement, one attempt each.
WITH gone AS (
    UPDATE messages.outbox SET state = 'sent', tries = tries + 1, settled_at = %(now)s
     WHERE id = ANY (%(ids)s) AND state = 'queued' AND try_at <= %(now)s AND channel = ANY (%(channels)s)
    RETURNING id
)
INSERT INTO messages.attempt (outbox_id, started_at, ended_at, outcome, detail)
SELECT id, %(now)s, %(now)s, 'sent', 'recorded' FROM gone;

-- name: leaving
-- What is left of a claim: each a mail.
SELECT id FROM messages.outbox WHERE id = ANY (%(ids)s) AND state = 'queued' AND try_at <= %(now)s ORDER BY id;

-- name: attempt
-- Committed before the wire.
WITH leaving AS (
    UPDATE messages.outbox
       SET state = 'sending', tries = tries + 1,
           wire_id = coalesce(wire_id, '<' || id || '.' || md5(key) || '@' || %(domain)s || '>')
     WHERE id = %(id)s AND state = 'queued' AND try_at <= %(now)s AND withdrawn IS NULL
    RETURNING id, channel, tries
), started AS (
    INSERT INTO messages.attempt (outbox_id, started_at) SELECT id, %(now)s FROM leaving RETURNING id, outbox_id
)
SELECT l.id, l.channel, l.tries, s.id AS attempt_id FROM leaving l JOIN started s ON s.outbox_id = l.id;

-- name: wanted
-- Read after the attempt is committed: the mail and its lines, unless one was taken back or the channel recalled.
SELECT array_agg(o.id) AS ids
  FROM messages.outbox o JOIN messages.channel c ON c.key = o.channel
 WHERE o.id = %(id)s OR o.merged_into = %(id)s
HAVING bool_and(o.withdrawn IS NULL AND c.released_at IS NOT NULL);

-- name: take_back
-- It did not leave: no attempt, and the next claim decides anew.
WITH none AS (DELETE FROM messages.attempt WHERE id = %(attempt)s)
UPDATE messages.outbox SET state = 'queued', tries = tries - 1 WHERE id = %(id)s AND state = 'sending';

-- name: end_attempt
-- The answer of the wire.
UPDATE messages.attempt SET ended_at = %(now)s, outcome = %(outcome)s, detail = %(detail)s
 WHERE id = %(id)s AND outcome IS NULL;

-- name: settle
-- What became of the message.
UPDATE messages.outbox SET state = %(state)s, why = %(why)s, try_at = %(try_at)s, settled_at = %(now)s
 WHERE id = %(id)s AND state = 'sending';
