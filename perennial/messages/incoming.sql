-- name: about
-- The mail of ours that is spoken of: the nearest that is named; of merged ones the one that left.
SELECT o.id, o.form, o.record_id, o.contact_id, o.contact_form, o.name
  FROM unnest(%(ids)s::text[]) WITH ORDINALITY AS r (id, place)
  JOIN messages.outbox o ON o.wire_id = r.id AND o.channel = 'mail'
 ORDER BY r.place, o.merged_into IS NOT NULL, o.id LIMIT 1;

-- name: keep
-- Once by its Message-ID.
INSERT INTO messages.incoming (message_id, kind, outbox_id, form, record_id, contact_id, contact_form, at, sender, name, subject, text,
                               attachments)
VALUES (%(message_id)s, %(kind)s, %(outbox)s, %(form)s, %(record_id)s, %(contact_id)s, %(contact_form)s, %(now)s, %(sender)s, %(name)s, %(subject)s,
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

-- name: page
-- What came in, as far as a page tells it, with what the mail said that it is about.
SELECT i.id, i.kind, i.outbox_id, i.sender, i.name AS sender_name, i.subject, left(i.text, 2000) AS text, i.attachments,
       i.form, i.record_id, i.contact_id, i.contact_form, coalesce(o.channel, 'mail') AS channel, coalesce(o.template, '') AS template,
       coalesce(o.captured, '{}') AS captured, coalesce(o.name, i.name) AS name, coalesce(o.address, i.sender) AS address
  FROM messages.incoming i LEFT JOIN messages.outbox o ON o.id = i.outbox_id
 WHERE i.id = ANY (%(ids)s::bigint[]);

-- name: strangers
-- From senders that nobody knows.
SELECT id, at, sender, name, subject, left(text, 2000) AS text, attachments FROM messages.incoming
 WHERE record_id IS NULL AND kind IN ('reply', 'other') AND (%(before)s::bigint IS NULL OR id < %(before)s)
 ORDER BY id DESC LIMIT %(limit)s;
