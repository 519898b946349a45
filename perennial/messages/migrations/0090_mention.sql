-- A notice to a colleague who was named in a comment. Its number is one of the outbox's, so that notices have one order.
CREATE TABLE messages.mention (
    id         bigint PRIMARY KEY DEFAULT nextval(pg_get_serial_sequence('messages.outbox', 'id')),
    comment_id bigint NOT NULL,
    person_id  bigint NOT NULL REFERENCES people.person,
    author_id  bigint NOT NULL REFERENCES people.person,
    form       text NOT NULL,
    record_id  bigint NOT NULL,
    at         timestamptz NOT NULL DEFAULT kernel.now(),
    read_at    timestamptz,
    gone       boolean NOT NULL DEFAULT false,  -- no longer named, or the comment is deleted
    UNIQUE (comment_id, person_id)
);
CREATE INDEX ON messages.mention (person_id, id) WHERE NOT gone;
