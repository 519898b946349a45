-- name: waiting
-- What waits on a channel, or of one template there, and what is known of each without asking why it was decided.
SELECT o.id, o.not_after < %(now)s AS late, o.due_at <= %(now)s AND o.try_at <= %(now)s AS due,
       o.outward AND t.definition ->> 'kind' IS NOT DISTINCT FROM 'reminder'
       AND EXISTS (SELECT FROM messages.opt_out x WHERE x.form = o.contact_form AND x.contact_id = o.contact_id) AS unwanted
  FROM messages.outbox o JOIN messages.template t ON t.key = o.template
 WHERE o.channel = %(channel)s AND o.state = 'queued' AND (%(template)s::text IS NULL OR o.template = %(template)s)
   AND (%(ids)s::bigint[] IS NULL OR o.id IN (SELECT unnest(%(ids)s::bigint[])))
 ORDER BY o.id;

-- name: merging
-- Of those that would leave, the ones that go as lines of another.
SELECT x.id FROM (
    SELECT o.id, row_number() OVER (PARTITION BY CASE WHEN %(by_customer)s AND o.outward THEN '' ELSE o.template END, o.address,
                                                 (o.due_at AT TIME ZONE %(zone)s)::date, o.wire_id ORDER BY o.id) AS place
      FROM messages.outbox o WHERE o.id IN (SELECT unnest(%(ids)s::bigint[]))) x
 WHERE x.place > 1;

-- name: customers
-- How many customers they are for.
SELECT count(DISTINCT coalesce(o.of_id, -o.id)) FROM messages.outbox o WHERE o.id IN (SELECT unnest(%(ids)s::bigint[]));

-- name: unaddressed
-- Beside them: for whom nobody could be found.
SELECT count(*) FROM messages.outbox o
 WHERE o.state = 'unaddressed' AND o.channel = %(channel)s AND (%(template)s::text IS NULL OR o.template = %(template)s);

-- name: let_go
-- These may leave though their channel is held.
UPDATE messages.outbox SET let_go_at = %(now)s, let_go_by = %(by)s, try_at = least(try_at, %(now)s)
 WHERE id IN (SELECT unnest(%(ids)s::bigint[])) AND state = 'queued' AND let_go_at IS NULL;

-- name: hold_again
-- A recalled channel holds what has not left, one by one released or not.
UPDATE messages.outbox SET let_go_at = NULL
 WHERE channel = %(channel)s AND let_go_at IS NOT NULL AND state IN ('queued', 'sending', 'merged', 'uncertain');

-- name: cancel
-- A person decides that they must not leave.
UPDATE messages.outbox SET state = 'cancelled', why = 'by_person', settled_at = %(now)s
 WHERE id IN (SELECT unnest(%(ids)s::bigint[])) AND state IN ('queued', 'uncertain', 'failed', 'unaddressed');

-- name: readdress
-- To another contact of the same customer, as long as nothing of it has left.
UPDATE messages.outbox o
   SET contact_id = %(contact)s, contact_form = %(form)s, name = %(name)s, address = %(address)s, ways = %(ways)s::jsonb,
       language = %(language)s, state = 'queued', why = 'readdressed', asks = NULL, settled_at = NULL, try_at = %(now)s
 WHERE o.id = %(id)s AND (o.state = 'queued' AND o.tries = 0 AND o.wire_id IS NULL OR o.state = 'unaddressed')
   AND NOT EXISTS (SELECT FROM messages.outbox n WHERE n.decision = o.decision AND n.channel = o.channel AND n.id <> o.id
                      AND n.contact_id = %(contact)s);

-- name: ways_left
-- The channels that would be tried when this one fails, in their order.
SELECT w.channel
  FROM messages.outbox o JOIN messages.template t ON t.key = o.template
 CROSS JOIN unnest(%(order)s::text[]) WITH ORDINALITY AS w (channel, place)
  JOIN messages.channel c ON c.key = w.channel AND (c.settings IS NOT NULL OR c.released_at IS NOT NULL)
 WHERE o.id = %(id)s AND o.outward AND w.channel <> o.channel
   AND w.place > coalesce(array_position(%(order)s::text[], o.channel), 0) AND o.ways ? w.channel
   AND (w.channel <> 'sms' OR t.definition @? '$.texts[*] ? (@.channel == "sms")')
 ORDER BY w.place;
