-- More ways out than mail: what each is set up with, what holds it back, what becomes of a message that does not arrive.
ALTER TABLE messages.channel DROP CONSTRAINT channel_key_check;
ALTER TABLE messages.channel ADD CHECK (key IN ('in_app', 'mail', 'sms', 'dingtalk', 'wecom', 'feishu', 'webhook', 'mail_in'));
ALTER TABLE messages.channel
    ADD COLUMN settings jsonb,             -- without secrets; NULL: not set up here
    ADD COLUMN settings_at timestamptz,
    ADD COLUMN settings_by bigint REFERENCES people.person,
    ADD COLUMN wait_until timestamptz,     -- the other side asked for patience; infinity: it refuses us, somebody must look
    ADD COLUMN tried jsonb;                -- the last "send me one": {at, by, state, why, detail}
INSERT INTO messages.channel (key, outward) VALUES
    ('sms', true), ('dingtalk', true), ('wecom', true), ('feishu', true), ('webhook', true), ('mail_in', false);

-- Sealed with a key that stands outside the database.
CREATE TABLE messages.secret (
    channel text NOT NULL REFERENCES messages.channel (key),
    name    text NOT NULL,
    sealed  bytea NOT NULL,
    at      timestamptz NOT NULL DEFAULT kernel.now(),
    PRIMARY KEY (channel, name)
);

-- What was said: a message that has left keeps the words of its time.
CREATE TABLE messages.template_version (
    key        text NOT NULL,
    version    int NOT NULL,
    definition jsonb NOT NULL,
    PRIMARY KEY (key, version)
);
INSERT INTO messages.template_version (key, version, definition) SELECT key, version, definition FROM messages.template;

ALTER TABLE messages.outbox DROP CONSTRAINT outbox_state_check;
ALTER TABLE messages.outbox ADD CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'uncertain', 'cancelled', 'expired',
                                                 'merged', 'unaddressed', 'bounced'));
ALTER TABLE messages.outbox
    ADD COLUMN of_id bigint,               -- whose contact it is: the customer
    ADD COLUMN contact_form text,
    ADD COLUMN ways jsonb,                 -- channel -> address of this recipient, as it was when decided
    ADD COLUMN language text,
    ADD COLUMN version int,                -- of the template, as it left
    ADD COLUMN falls_from bigint REFERENCES messages.outbox (id),
    ADD COLUMN resend_of bigint REFERENCES messages.outbox (id),
    ADD COLUMN remote_id text,             -- the other side's number for it
    ADD COLUMN asks text CHECK (asks IN ('call', 'contact'));  -- no way is left: somebody of ours is to be asked
UPDATE messages.outbox SET asks = CASE state WHEN 'failed' THEN 'call' ELSE 'contact' END
 WHERE outward AND state IN ('failed', 'unaddressed');
UPDATE messages.outbox o SET asks = 'call' FROM messages.outbox l
 WHERE l.id = o.merged_into AND l.outward AND l.state = 'failed' AND o.state = 'merged';
CREATE INDEX ON messages.outbox (asks, id) WHERE asks IS NOT NULL;
CREATE INDEX ON messages.outbox (decision);
CREATE INDEX ON messages.outbox (wire_id) WHERE wire_id IS NOT NULL;
CREATE INDEX ON messages.outbox (contact_id, settled_at) WHERE state = 'sent' AND contact_id IS NOT NULL;
CREATE INDEX ON messages.outbox (falls_from) WHERE falls_from IS NOT NULL;
CREATE INDEX ON messages.outbox (resend_of) WHERE resend_of IS NOT NULL;

ALTER TABLE messages.attempt ADD COLUMN why text, ADD COLUMN remote_id text;
