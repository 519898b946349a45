-- What comes back: reports of mails that did not arrive, and what people answered. Once each, by Message-ID.
CREATE TABLE messages.incoming (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id  text NOT NULL UNIQUE,
    kind        text NOT NULL CHECK (kind IN ('bounce', 'delay', 'reply', 'automatic', 'other')),
    outbox_id   bigint REFERENCES messages.outbox (id),  -- the mail that it is about
    form        text,                                    -- and what that was about
    record_id   bigint,
    contact_id  bigint,
    at          timestamptz NOT NULL,                    -- when it was read, by the workspace's clock
    sender      text,
    name        text,
    subject     text,
    text        text,                                    -- what they wrote, or why it did not arrive
    attachments text[] NOT NULL DEFAULT '{}'             -- names alone: the files stay in the mailbox
);
CREATE INDEX ON messages.incoming (outbox_id) WHERE outbox_id IS NOT NULL;
CREATE INDEX ON messages.incoming (form, record_id, id) WHERE record_id IS NOT NULL;

-- How far a mailbox was read. Another validity, or another place, begins anew: what is known already is not taken twice.
CREATE TABLE messages.mailbox (
    place    text PRIMARY KEY,
    validity bigint NOT NULL,
    uid      bigint NOT NULL
);
