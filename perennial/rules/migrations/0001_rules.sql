-- Rules: definitions, what fired for which record, what somebody should look at.
CREATE SCHEMA rules;

CREATE TABLE rules.rule (
    id           int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key          text NOT NULL UNIQUE,
    form         text NOT NULL,
    version_id   int,                          -- the published one; NULL: taken away
    published_at timestamptz NOT NULL,         -- what was due before it is not owed
    watermark    timestamptz NOT NULL,         -- of a schedule or offsets: everything due at or before it is decided
    checked_on   date NOT NULL,                -- the day whose open alerts have been looked at
    paused_at    timestamptz                   -- too many records failed at once
);
CREATE TABLE rules.version (
    id           int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rule_id      int NOT NULL REFERENCES rules.rule,
    number       int NOT NULL,
    definition   jsonb NOT NULL,               -- the YAML tree; never changes
    kinds        jsonb NOT NULL,               -- "step.action" -> tasks.kind
    published_at timestamptz NOT NULL,
    published_by jsonb NOT NULL,
    UNIQUE (rule_id, number)
);
-- Records for which a rule holds: it fires for one that was not here before.
CREATE TABLE rules.matching (
    rule_id   int NOT NULL REFERENCES rules.rule,
    record_id bigint NOT NULL,
    PRIMARY KEY (rule_id, record_id)
);

-- One row per (rule, record, occasion). cut: the rule met itself; stopped: its actions failed for this record.
CREATE TABLE rules.firing (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rule_id    int NOT NULL,
    version_id int NOT NULL,
    record_id  bigint NOT NULL,
    occasion   text NOT NULL,                  -- date:<basis>:<step>, change:<transaction>, period:<start>, cycle:<date>, once
    step       text NOT NULL DEFAULT '',
    outcome    text NOT NULL CHECK (outcome IN ('fired', 'late', 'held', 'skipped', 'cut', 'stopped', 'gap')),
    reason     text,                           -- of one that did not fire: a code
    severity   smallint NOT NULL,              -- 0 info, 1 warn, 2 high
    basis      date,
    due_at     timestamptz NOT NULL,
    at         timestamptz NOT NULL,
    quiet      boolean NOT NULL DEFAULT false, -- imported: nothing goes to customers
    facts      jsonb,                          -- what was read: formula -> value
    trail      text[] NOT NULL DEFAULT '{}',   -- the rules whose changes led here
    UNIQUE (rule_id, record_id, occasion)
);
CREATE INDEX ON rules.firing (record_id);
CREATE INDEX ON rules.firing (rule_id, at);
CREATE INDEX firing_held ON rules.firing (rule_id, record_id) WHERE outcome = 'held';

-- What somebody should look at.
CREATE TABLE rules.alert (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rule_id         int NOT NULL REFERENCES rules.rule,
    record_id       bigint NOT NULL,
    firing_id       bigint NOT NULL REFERENCES rules.firing, -- the last one that it stands for
    state           text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'acknowledged', 'resolved', 'dismissed')),
    severity        smallint NOT NULL,
    owner_id        bigint,
    opened_at       timestamptz NOT NULL,
    escalate_at     timestamptz,
    escalated_at    timestamptz,
    escalated_to    bigint,
    acknowledged_at timestamptz,
    acknowledged_by bigint,
    settled_at      timestamptz,
    settled_by      bigint,
    why             text                       -- resolved: a code; dismissed: what its person said
);
CREATE UNIQUE INDEX alert_one_open ON rules.alert (rule_id, record_id) WHERE state IN ('open', 'acknowledged');
CREATE INDEX ON rules.alert (record_id);
CREATE INDEX ON rules.alert (owner_id, id) WHERE state IN ('open', 'acknowledged');
CREATE INDEX ON rules.alert (escalate_at) WHERE state = 'open' AND escalated_at IS NULL AND escalate_at IS NOT NULL;

-- Records for which a rule's actions failed: it leaves them alone until somebody mends and tries again.
CREATE TABLE rules.stopped (
    rule_id   int NOT NULL REFERENCES rules.rule,
    record_id bigint NOT NULL,
    code      text NOT NULL,
    facts     jsonb NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (rule_id, record_id)
);

-- A process that a firing asks for; the room above takes it up.
CREATE TABLE rules.wish (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    firing_id bigint NOT NULL REFERENCES rules.firing,
    process   text NOT NULL,
    record_id bigint NOT NULL,
    asked_at  timestamptz NOT NULL,
    taken_at  timestamptz,
    UNIQUE (firing_id, process)
);
CREATE INDEX ON rules.wish (id) WHERE taken_at IS NULL;
