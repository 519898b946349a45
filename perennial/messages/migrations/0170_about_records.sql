-- A notice may lead to a record; what came in is told with the eyes of who may read its contact.
ALTER TABLE messages.told ADD COLUMN form text, ADD COLUMN record_id bigint;
ALTER TABLE messages.incoming ADD COLUMN contact_form text;
UPDATE messages.incoming i SET contact_form = o.contact_form FROM messages.outbox o WHERE o.id = i.outbox_id;
-- Of senders that nobody knows: newest first.
CREATE INDEX incoming_strange ON messages.incoming (id) WHERE record_id IS NULL AND kind IN ('reply', 'other');
