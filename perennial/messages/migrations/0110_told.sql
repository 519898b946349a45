-- What a person asked for is ready: a notice without a record. Its number is one of the outbox's, as a mention's is.
CREATE TABLE messages.told (
    id        bigint PRIMARY KEY DEFAULT nextval(pg_get_serial_sequence('messages.outbox', 'id')),
    person_id bigint NOT NULL REFERENCES people.person,
    what      text NOT NULL,  -- export, pack
    subject   text NOT NULL,  -- the file's name
    at        timestamptz NOT NULL DEFAULT kernel.now(),
    read_at   timestamptz
);
CREATE INDEX ON messages.told (person_id, id);
