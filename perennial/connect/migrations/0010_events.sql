-- What comes back from DingTalk, WeCom and Feishu, each event once, refused ones too; and the cards of approvals.
CREATE SCHEMA IF NOT EXISTS connect;

CREATE TABLE connect.event (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel    text NOT NULL CHECK (channel IN ('dingtalk', 'wecom', 'feishu')),
    event_id   text,                          -- theirs; NULL: it was forged, or said nothing that could be told apart
    way        text NOT NULL CHECK (way IN ('callback', 'stream')),
    kind       text NOT NULL DEFAULT '',      -- what they call it
    what       text NOT NULL DEFAULT '',      -- agree, refuse, done, open; '': nothing that we follow
    about      text NOT NULL DEFAULT '',      -- our key of a card, or their number of a thing
    remote     text NOT NULL DEFAULT '',      -- the account that acted
    said       jsonb NOT NULL DEFAULT '{}',   -- a remark; WeCom: the code that changes the card
    state      text NOT NULL CHECK (state IN ('new', 'followed', 'late', 'refused', 'failed')),
    why        text,                          -- of refused: forged …, unknown_account …, or the code of an error
    facts      jsonb NOT NULL DEFAULT '{}',
    person_id  bigint REFERENCES people.person,
    source     text NOT NULL DEFAULT '',      -- the address that it came from
    excerpt    text,                          -- of a refused one: how it began, without secrets
    tries      int NOT NULL DEFAULT 0,
    try_at     timestamptz NOT NULL DEFAULT kernel.now(),
    at         timestamptz NOT NULL DEFAULT kernel.now(),
    settled_at timestamptz,
    UNIQUE (channel, event_id)
);
CREATE INDEX ON connect.event (try_at, id) WHERE state = 'new';
CREATE INDEX ON connect.event (at);

-- What was signed once counts once, for as long as it could be taken for fresh.
CREATE TABLE connect.nonce (
    channel text NOT NULL,
    hash    bytea NOT NULL,
    until   timestamptz NOT NULL,
    PRIMARY KEY (channel, hash)
);
CREATE INDEX ON connect.nonce (until);

-- How many were refused in an hour; of these only the first are kept as events, so that nobody fills the disk.
CREATE TABLE connect.refusals (
    channel text NOT NULL,
    hour    timestamptz NOT NULL,
    count   int NOT NULL,
    PRIMARY KEY (channel, hour)
);

-- An approval that waits for somebody, as a card where they can decide it; afterwards its result.
CREATE TABLE connect.card (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key        text NOT NULL UNIQUE DEFAULT 'card-' || replace(gen_random_uuid()::text, '-', ''),
    task_id    bigint NOT NULL,
    vote_id    bigint NOT NULL,
    person_id  bigint NOT NULL REFERENCES people.person,
    channel    text NOT NULL CHECK (channel IN ('dingtalk', 'wecom', 'feishu')),
    remote     text NOT NULL,                 -- the account it stands with
    wanted     text NOT NULL CHECK (wanted IN ('open', 'over')),
    stands     text NOT NULL DEFAULT 'none' CHECK (stands IN ('none', 'open', 'over')),
    shape      text NOT NULL DEFAULT '',      -- DingTalk: approval or todo
    unsure     boolean NOT NULL DEFAULT false, -- a call has begun and its answer is not known
    pressed    boolean NOT NULL DEFAULT false, -- decided over there: DingTalk shows that by itself
    remote_id  text,
    code       text,                          -- WeCom: what changes it, once
    note       jsonb,                         -- {code, facts}: why a press came to nothing
    basis      text NOT NULL,                 -- hash of what its words are made of
    hash       text,                          -- of the words that stand there
    attempts   int NOT NULL DEFAULT 0,
    try_at     timestamptz,                   -- NULL: as it should be, or nothing more is tried
    problem    text,
    detail     text,
    made_at    timestamptz NOT NULL DEFAULT kernel.now(),
    sent_at    timestamptz,
    settled_at timestamptz,
    UNIQUE (task_id, person_id, channel)
);
CREATE INDEX ON connect.card (channel, try_at) WHERE try_at IS NOT NULL;
CREATE INDEX ON connect.card (task_id) WHERE wanted = 'open';
CREATE INDEX ON connect.card (channel, remote_id) WHERE remote_id IS NOT NULL;
