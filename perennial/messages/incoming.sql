-- name: about
-- The mail of ours that is spoken of: the nearest that is named; of merged ones the one that left.
SELECT o.id, o.form, o.record_id, o.contact_id, o.name
  FROM unnest(%(ids)s::text[]) WITH ORDINALITY AS r (id, place)
  JOIN messages.outbox o ON o.wire_id = r.id AND o.channel = 'mail'
 ORDER BY r.place, o.merged_into IS NOT NULL, o.id LIMIT 1;

-- name: keep
-- Once by its Message-ID.
INSERT INTO messages.incoming (message_id, kind, outbox_id, form, record_id, contact_id, at, sender, name, subject, text, attachments)
VALUES (%(message_id)s, %(kind)s, %(outbox)s, %(form)s, %(record_id)s, %(contact_id)s, %(now)s, %(sender)s, %(name)s, %(subject)s,
        %(text)s, %(attachments)s)
ON CONFLICT (message_id) DO NOTHING
RETURNING id;

-- name: bounced
-- It counted as sent, and has not arrived.
UPDATE messages.outbox SET state = 'bounced', why = 'bounced', settled_at = %(now)s
 WHERE id = %(id)s AND state IN ('sent', 'uncertain');

-- name: read_upto
-- The next run begins behind it.
INSERT INTO messages.mailbox (place, validity, uid) VALUES (%(place)s, %(validity)s, %(uid)s)
ON CONFLICT (place) DO UPDATE SET validity = excluded.validity, uid = excluded.uid;

-- name: problem
-- What keeps the mailbox from being read.
UPDATE messages.channel SET problem = %(problem)s, problem_at = %(now)s WHERE key = 'mail_in' AND problem IS DISTINCT FROM %(problem)s;

-- name: well
-- It was read.
UPDATE messages.channel SET problem = NULL, problem_at = NULL WHERE key = 'mail_in' AND problem IS NOT NULL;

-- name: replies
-- What came back about one mail.
SELECT kind, at, sender, name, subject, text, attachments FROM messages.incoming WHERE outbox_id = %(id)s ORDER BY id;
