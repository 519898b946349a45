-- What happens outside: records that waits look out for, calls of hooks, calls that webhooks make.

-- Of a token at a wait for an event: what has happened: {node, at (when that was noticed), …}. It is of this visit when
-- the node is the one where the token stands and the moment is not before it came.
ALTER TABLE processes.token ADD COLUMN came jsonb;

-- Addresses that somebody outside may call: one per process and name. Only the hash is kept; `hint` is its beginning.
CREATE TABLE processes.hook (
    process     text NOT NULL,                -- its key: the address may be made before the first publication
    name        text NOT NULL,
    secret_hash bytea NOT NULL UNIQUE,
    hint        text NOT NULL,
    made_at     timestamptz NOT NULL,
    made_by     jsonb NOT NULL,
    PRIMARY KEY (process, name)
);
-- Calls that came in, each once per idempotency key; kept, since a wait may ask for what came since its start.
CREATE TABLE processes.called (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    process    text NOT NULL,
    name       text NOT NULL,
    record_id  bigint NOT NULL,
    key        text,                          -- what the caller named it; NULL: each call is one of its own
    body       jsonb NOT NULL,
    at         timestamptz NOT NULL,
    handled_at timestamptz,                   -- the reaction has followed it
    attempts   smallint NOT NULL DEFAULT 0,
    error      text
);
CREATE UNIQUE INDEX called_once ON processes.called (process, name, key) WHERE key IS NOT NULL;
CREATE INDEX called_record ON processes.called (record_id, process, name);
CREATE INDEX called_new ON processes.called (id) WHERE handled_at IS NULL;

-- What signs the calls of a process's webhooks.
CREATE TABLE processes.signing (
    process text PRIMARY KEY,
    secret  text NOT NULL,
    made_at timestamptz NOT NULL,
    made_by jsonb NOT NULL
);
-- Calls that go out: one per visit of a token at a webhook. queued -> sending (an attempt, committed before the wire) ->
-- done, or queued again, or failed for good. cancelled: its reason was gone. recorded: this workspace sends nothing.
CREATE TABLE processes.call (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key         uuid NOT NULL DEFAULT gen_random_uuid(), -- what the receiver knows it by; the same at every attempt
    process_id  int NOT NULL,
    node_id     int NOT NULL,
    instance_id bigint NOT NULL,
    token_id    bigint NOT NULL,
    entered_at  timestamptz NOT NULL,         -- with token_id: the visit
    record_id   bigint NOT NULL,
    url         text NOT NULL,
    body        text NOT NULL,                -- as it is signed and sent
    state       text NOT NULL DEFAULT 'queued'
                CHECK (state IN ('queued', 'sending', 'done', 'failed', 'cancelled', 'recorded')),
    why         text,                         -- hold, retry, uncertain …; of a failure a code
    tries       smallint NOT NULL DEFAULT 0,  -- attempts so far
    most        smallint NOT NULL,
    try_at      timestamptz NOT NULL,
    status      int,                          -- of the last answer
    reply       text,                         -- its beginning
    decided_at  timestamptz NOT NULL,
    sent_at     timestamptz,                  -- the last attempt
    settled_at  timestamptz,
    left_at     timestamptz                   -- the token has gone on
) WITH (autovacuum_vacuum_scale_factor = 0.05, fillfactor = 80);
CREATE INDEX call_token ON processes.call (token_id);
CREATE INDEX call_due ON processes.call (try_at, id) WHERE state IN ('queued', 'sending');
CREATE INDEX call_process ON processes.call (process_id, id);
