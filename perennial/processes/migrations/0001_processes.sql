-- Processes: definitions, where every instance stands, what was decided, and what is held.
CREATE SCHEMA processes;

CREATE TABLE processes.process (
    id         int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key        text NOT NULL UNIQUE,
    form       text NOT NULL,
    version_id int,                           -- the published one; NULL: switched off
    covered_on date,                          -- the day whose complete coverage check is done
    covered_at timestamptz NOT NULL DEFAULT 'epoch' -- instances that ended before it are checked
);
CREATE TABLE processes.version (
    id           int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    process_id   int NOT NULL REFERENCES processes.process,
    number       int NOT NULL,
    definition   jsonb NOT NULL,              -- the YAML tree; never changes
    published_at timestamptz NOT NULL,
    published_by jsonb NOT NULL,
    UNIQUE (process_id, number)
);
CREATE TABLE processes.node (
    id         int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version_id int NOT NULL REFERENCES processes.version,
    key        text NOT NULL,
    kind       text NOT NULL,
    label      text NOT NULL,
    label_en   text NOT NULL DEFAULT '',
    paused_at  timestamptz,                   -- too many tokens stuck in one batch
    UNIQUE (version_id, key)
);
-- A way to start. Its key survives editing; what was decided under it stays decided.
CREATE TABLE processes.trigger (
    id           int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    process_id   int NOT NULL REFERENCES processes.process,
    key          text NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('date', 'created', 'matched', 'hand')),
    active       boolean NOT NULL DEFAULT true,
    published_at timestamptz NOT NULL,        -- occurrences due at or before it are backlog, not owed
    watermark    timestamptz NOT NULL,        -- everything due at or before it is decided
    UNIQUE (process_id, key)
);
-- Records that match a "changed to match" start: an edge is a record that was not here before.
CREATE TABLE processes.matching (
    trigger_id int NOT NULL REFERENCES processes.trigger,
    record_id  bigint NOT NULL,
    PRIMARY KEY (trigger_id, record_id)
);

CREATE TABLE processes.instance (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    process_id int NOT NULL,
    version_id int NOT NULL,
    record_id  bigint NOT NULL,
    basis      date,                          -- the term it belongs to; NULL: a process without dates
    entry      text NOT NULL CHECK (entry IN ('date', 'late', 'created', 'matched', 'hand')),
    state      text NOT NULL DEFAULT 'open'
               CHECK (state IN ('open', 'suspended', 'finished', 'cancelled', 'superseded')),
    past_then  boolean NOT NULL DEFAULT false, -- stands behind `then`: no longer subject to cancel_when
    due_at     timestamptz NOT NULL,          -- when it should have begun: lateness counts from it
    quiet      text,                          -- of a late entry: what its first walk may say to customers
    started_at timestamptz NOT NULL,
    ended_at   timestamptz,
    why        text                           -- of the end
) WITH (autovacuum_vacuum_scale_factor = 0.05);
-- one open instance per record: a later term supersedes the earlier
CREATE UNIQUE INDEX instance_one_open ON processes.instance (process_id, record_id) WHERE state IN ('open', 'suspended');
CREATE INDEX ON processes.instance (record_id, process_id);
CREATE INDEX ON processes.instance (version_id) WHERE state = 'open';
CREATE INDEX ON processes.instance (process_id, ended_at) WHERE ended_at IS NOT NULL;

-- Where an instance stands. ready: a statement may move it; waiting: for a person or for wake_at; held: by a hold;
-- parked: its data made a statement fail; frozen: of an instance that may come back.
CREATE TABLE processes.token (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    instance_id bigint NOT NULL,
    node_id     int NOT NULL,
    state       text NOT NULL DEFAULT 'ready'
                CHECK (state IN ('ready', 'waiting', 'held', 'parked', 'frozen')),
    wake_at     timestamptz,                  -- ready: since; waiting: when; NULL: a person, a change
    entered_at  timestamptz NOT NULL,
    base_at     timestamptz NOT NULL,         -- the moment of the last date wait or start: lateness counts from it
    late        boolean NOT NULL DEFAULT false,
    quiet       text,                         -- first walk of a late entry: tasks, latest, all; NULL: messages as usual
    decision_id bigint,                       -- the ledger row whose effect is still owed
    path        smallint[] NOT NULL DEFAULT '{}', -- which branch of each open split
    round       smallint NOT NULL DEFAULT 0
) WITH (autovacuum_vacuum_scale_factor = 0.02, fillfactor = 80);
CREATE INDEX token_instance ON processes.token (instance_id);
CREATE INDEX token_due ON processes.token (wake_at, id) WHERE state IN ('ready', 'waiting') AND wake_at IS NOT NULL;
CREATE INDEX token_node ON processes.token (node_id) WHERE state <> 'frozen';

-- The history of visits, append-only: written when a token leaves a node.
CREATE TABLE processes.step (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    instance_id bigint NOT NULL,
    node_id     int NOT NULL,
    token_id    bigint NOT NULL,
    entered_at  timestamptz NOT NULL,
    due_at      timestamptz,                  -- a wait's moment
    left_at     timestamptz NOT NULL,
    outcome     text NOT NULL,
    facts       jsonb
);
CREATE INDEX ON processes.step (instance_id);

-- The ledger. Of a trigger: one row per (trigger, record, basis date). Of a wait: one row per passing.
CREATE TABLE processes.decision (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    process_id  int NOT NULL,
    trigger_id  int,
    node_id     int,                          -- of a wait
    instance_id bigint,                       -- what it started, or whose wait it is
    record_id   bigint NOT NULL,
    basis       date,
    due_at      timestamptz NOT NULL,
    decided_at  timestamptz NOT NULL,
    outcome     text NOT NULL CHECK (outcome IN ('fired', 'late', 'held', 'skipped')),
    reason      text,                         -- of a skip: a code
    facts       jsonb,                        -- the values that decided
    held_at     timestamptz,                  -- decided as held then, settled at decided_at
    CHECK (num_nonnulls(trigger_id, node_id) = 1)
);
CREATE UNIQUE INDEX decision_once ON processes.decision (trigger_id, record_id, basis) WHERE trigger_id IS NOT NULL;
CREATE INDEX ON processes.decision (record_id);
CREATE INDEX ON processes.decision (due_at);
CREATE INDEX decision_held ON processes.decision (record_id) WHERE outcome = 'held';

CREATE TABLE processes.hold (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    form      text NOT NULL,
    record_id bigint NOT NULL,
    reason    text NOT NULL,
    since     timestamptz NOT NULL,
    until     timestamptz NOT NULL,
    set_by    jsonb NOT NULL,
    ended_at  timestamptz,
    ended_by  jsonb
);
CREATE INDEX hold_active ON processes.hold (form, record_id) WHERE ended_at IS NULL;

-- Covered records that somebody left out of a process, for the term of `basis`.
CREATE TABLE processes.uncovered (
    process_id int NOT NULL,
    record_id  bigint NOT NULL,
    basis      date,
    reason     text NOT NULL,
    by         jsonb NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (process_id, record_id)
);

-- Tokens whose data made their node's statement fail.
CREATE TABLE processes.stuck (
    token_id    bigint PRIMARY KEY REFERENCES processes.token ON DELETE CASCADE,
    instance_id bigint NOT NULL,
    node_id     int NOT NULL,
    code        text NOT NULL,
    facts       jsonb NOT NULL,
    at          timestamptz NOT NULL
);

-- Records that an instance created or linked; `version` as created, to see whether anybody touched it since.
CREATE TABLE processes.created (
    instance_id bigint NOT NULL,
    node_id     int NOT NULL,
    form        text NOT NULL,
    record_id   bigint NOT NULL,
    version     int,                          -- NULL: linked, it was there before
    PRIMARY KEY (instance_id, node_id, record_id)
);
CREATE INDEX ON processes.created (form, record_id);
