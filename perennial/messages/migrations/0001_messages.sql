-- What leaves the database goes through the outbox: decided once (key), attempted visibly, never silently dropped.
CREATE SCHEMA messages;

CREATE TABLE messages.template (
    key        text PRIMARY KEY,
    version    int NOT NULL DEFAULT 1,
    definition jsonb NOT NULL
);
CREATE TABLE messages.audience (
    key        text PRIMARY KEY,
    definition jsonb NOT NULL
);

-- A channel that leads out of the building is held until an administrator releases it.
CREATE TABLE messages.channel (
    key         text PRIMARY KEY CHECK (key IN ('in_app', 'mail')),
    outward     boolean NOT NULL,
    released_at timestamptz,
    released_by bigint REFERENCES people.person (id),
    problem     text,
    problem_at  timestamptz
);
INSERT INTO messages.channel (key, outward, released_at) VALUES ('in_app', false, '-infinity'), ('mail', true, NULL);

CREATE TABLE messages.outbox (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key         text NOT NULL UNIQUE,          -- decision and recipient: written once however often it is decided
    decision    text NOT NULL,                 -- the decision alone; several recipients share it
    channel     text NOT NULL REFERENCES messages.channel (key),
    template    text NOT NULL REFERENCES messages.template (key),
    outward     boolean NOT NULL,              -- to a customer; false: to a colleague
    form        text NOT NULL,
    record_id   bigint NOT NULL,
    instance_id bigint,
    node        text,
    contact_id  bigint,
    person_id   bigint REFERENCES people.person (id),
    name        text,
    address     text,
    captured    jsonb NOT NULL,                -- placeholder -> text, as it was when decided
    state       text NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'uncertain',
                                               'cancelled', 'expired', 'merged', 'unaddressed')),
    why         text,                          -- of the state: a code
    withdrawn   text,                          -- no longer wanted, a code; it may be on its way already
    decided_at  timestamptz NOT NULL,
    due_at      timestamptz NOT NULL,
    not_after   timestamptz,                   -- later than this it makes no sense any more
    try_at      timestamptz NOT NULL,
    tries       int NOT NULL DEFAULT 0,
    repeats     int NOT NULL DEFAULT 0,        -- after an attempt whose answer never came
    merged_into bigint REFERENCES messages.outbox (id),
    wire_id     text,                          -- Message-ID, the same for every attempt
    settled_at  timestamptz,
    read_at     timestamptz
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX ON messages.outbox (channel, try_at, id) WHERE state = 'queued';
CREATE INDEX ON messages.outbox (id) WHERE state IN ('sending', 'uncertain', 'failed', 'unaddressed');
CREATE INDEX ON messages.outbox (instance_id, node);
CREATE INDEX ON messages.outbox (form, record_id, id);
CREATE INDEX ON messages.outbox (person_id, id) WHERE channel = 'in_app';
CREATE INDEX ON messages.outbox (merged_into) WHERE merged_into IS NOT NULL;

-- An attempt is committed before the wire; one without an answer is uncertain.
CREATE TABLE messages.attempt (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    outbox_id  bigint NOT NULL REFERENCES messages.outbox (id),
    started_at timestamptz NOT NULL,
    ended_at   timestamptz,
    outcome    text CHECK (outcome IN ('sent', 'temporary', 'permanent', 'uncertain')),
    detail     text
);
CREATE INDEX ON messages.attempt (outbox_id);

-- Has what this node decided for this instance really left? (not held, skipped, failed or uncertain)
CREATE FUNCTION messages.has_left(instance bigint, at_node text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM messages.outbox o LEFT JOIN messages.outbox l ON l.id = o.merged_into
                    WHERE o.instance_id = instance AND o.node = at_node AND coalesce(l.state, o.state) = 'sent')
$$;
