-- What waits for a person here, as it should stand and as it stands in DingTalk, WeCom and Feishu. Ours is the truth.
CREATE SCHEMA IF NOT EXISTS connect;

CREATE TABLE connect.mirrored (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    task_id     bigint NOT NULL,
    person_id   bigint NOT NULL,
    channel     text NOT NULL CHECK (channel IN ('dingtalk', 'wecom', 'feishu')),
    remote      text NOT NULL,               -- the account it stands with (people.account)
    key         text NOT NULL UNIQUE,        -- ours: what is created under it twice is there once
    wanted      text NOT NULL CHECK (wanted IN ('open', 'closed')),
    stands      text NOT NULL DEFAULT 'none' CHECK (stands IN ('none', 'open', 'closed', 'gone')),
    unsure      boolean NOT NULL DEFAULT false, -- a call has begun and its answer is not known
    remote_id   text,                        -- the other side's number of it
    code        text,                        -- WeCom: what changes the card, once
    code_at     timestamptz,
    basis       text NOT NULL,               -- hash of what the words are made of
    sent_basis  text,                        -- the same of what stands there
    words       jsonb,                       -- as they were last sent, or are being sent
    attempts    int NOT NULL DEFAULT 0,      -- that failed one after the other
    try_at      timestamptz,                 -- NULL: both sides are even, or nothing more is tried
    problem     text,                        -- why of docs/decisions/0026
    detail      text,
    made_at     timestamptz NOT NULL DEFAULT kernel.now(),
    created_at  timestamptz,                 -- when it was created there
    settled_at  timestamptz,
    UNIQUE (task_id, channel, remote)
);
CREATE INDEX ON connect.mirrored (channel, try_at) WHERE try_at IS NOT NULL;
CREATE INDEX ON connect.mirrored (channel, remote) WHERE wanted = 'open';
CREATE INDEX ON connect.mirrored (channel, remote_id) WHERE remote_id IS NOT NULL;

-- How a channel stands with the mirror; messages have their own patience with it.
CREATE TABLE connect.standing (
    channel       text PRIMARY KEY,
    wait_until    timestamptz,               -- infinity: it refuses us, until its settings are saved or a try arrives
    settings_at   timestamptz,               -- of which settings that is said
    problem       text,
    detail        text,
    problem_at    timestamptz,
    fails         int NOT NULL DEFAULT 0,    -- exchanges that failed one after the other
    down_at       timestamptz,               -- since when nothing was answered
    reconciled_at timestamptz,
    reconcile     boolean NOT NULL DEFAULT true  -- asked for
);
INSERT INTO connect.standing (channel) VALUES ('dingtalk'), ('wecom'), ('feishu');

-- Begins every key of ours, so that what another installation has put there is left alone.
CREATE TABLE connect.tag ("only" boolean PRIMARY KEY DEFAULT true CHECK ("only"), tag text NOT NULL);
INSERT INTO connect.tag (tag) VALUES ('pr' || substr(md5(gen_random_uuid()::text), 1, 8));

-- DingTalk's to-dos know people by another number than everything else.
CREATE TABLE connect.union_id (remote text PRIMARY KEY, union_id text NOT NULL);
