-- name: resend
-- The same words to the same address, as a row of its own.
INSERT INTO messages.outbox (key, decision, channel, template, outward, form, record_id, instance_id, node, contact_id, person_id,
                             name, address, captured, state, why, decided_at, due_at, try_at, of_id, contact_form, ways, language,
                             resend_of)
SELECT o.key || ':again' || (SELECT count(*) + 1 FROM messages.outbox r WHERE r.resend_of = o.id), o.decision, o.channel, o.template,
       o.outward, o.form, o.record_id, o.instance_id, o.node, o.contact_id, o.person_id, o.name, o.address, o.captured, 'queued',
       'asked', %(now)s, %(now)s, %(now)s, o.of_id, o.contact_form, o.ways, o.language, o.id
  FROM messages.outbox o
 WHERE o.id = %(id)s AND o.address IS NOT NULL AND o.channel <> 'in_app' AND (o.state <> 'uncertain' OR %(sure)s)
RETURNING id;

-- name: mass_sendings
-- Held before they were approved, and how many people they are for.
SELECT t.key AS template, t.definition ->> 'label' AS label, t.held_at,
       (SELECT count(DISTINCT o.address) FROM messages.outbox o WHERE o.template = t.key AND o.outward AND o.state = 'queued')
       AS recipients
  FROM messages.template t
 WHERE t.held_at IS NOT NULL AND t.approved_at IS NULL
 ORDER BY t.held_at, t.key;

-- name: approve
-- Somebody has looked.
UPDATE messages.template SET approved_at = %(now)s, approved_by = %(by)s WHERE key = %(key)s AND approved_at IS NULL;
