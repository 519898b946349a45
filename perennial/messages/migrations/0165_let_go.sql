-- One message, or one batch, may leave though its channel is held; versions of a template say when and by whom.
ALTER TABLE messages.outbox
    ADD COLUMN let_go_at timestamptz,
    ADD COLUMN let_go_by bigint REFERENCES people.person;
CREATE INDEX ON messages.outbox (channel, id) WHERE state = 'queued' AND let_go_at IS NOT NULL;
ALTER TABLE messages.template_version ADD COLUMN at timestamptz, ADD COLUMN by bigint REFERENCES people.person;
