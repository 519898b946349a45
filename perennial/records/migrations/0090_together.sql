-- What people say at a record.
CREATE TABLE records.comment (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    form       text NOT NULL,
    record_id  bigint NOT NULL,
    author     bigint NOT NULL REFERENCES people.person,
    text       text NOT NULL,
    mentions   jsonb NOT NULL DEFAULT '[]',    -- [{"id", "name"}] of who was named, as they were called then
    at         timestamptz NOT NULL DEFAULT kernel.now(),
    edited_at  timestamptz,
    deleted_at timestamptz,
    xid        xid8 NOT NULL DEFAULT pg_current_xact_id()  -- of the last write: live events look for it
);
CREATE INDEX ON records.comment (form, record_id, id);
CREATE INDEX ON records.comment (xid);

-- Who has a record open in which window. A row expires unless its window says again that it is there; it lives on
-- physical time and is not worth a log.
CREATE UNLOGGED TABLE records.presence (
    form      text NOT NULL,
    record_id bigint NOT NULL,
    person_id bigint NOT NULL REFERENCES people.person ON DELETE CASCADE,
    window_id text NOT NULL,
    editing   boolean NOT NULL,
    until     timestamptz NOT NULL,
    xid       xid8 NOT NULL DEFAULT pg_current_xact_id(),  -- of the last coming, going or beginning to edit
    PRIMARY KEY (form, record_id, person_id, window_id)
);
