-- Approvals: a visit of a token at an approval node, and the votes that decide it. docs/approvals.md
CREATE TABLE processes.approval (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    instance_id  bigint NOT NULL,
    node_id      int NOT NULL,
    token_id     bigint NOT NULL,
    record_id    bigint NOT NULL,
    round        smallint NOT NULL DEFAULT 0, -- that of its token
    state        text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'approved', 'rejected', 'returned', 'closed')),
    submitter_id bigint,                      -- who did the last task before it, else the record's owner
    owner_id     bigint,                      -- the customer's owner, third in the order of who gets a task
    title        text,                        -- of its tasks; NULL: the label of the node
    opened_at    timestamptz NOT NULL,
    decided_at   timestamptz
) WITH (autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX approval_instance ON processes.approval (instance_id);
CREATE INDEX approval_submitter ON processes.approval (submitter_id, id);

-- A slot is whoever the definition names, a list of votes in the order of their rank. What stands in the inbox is a task
-- (tasks.task.vote_id); what counts is the vote.
CREATE TABLE processes.vote (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    approval_id bigint NOT NULL,
    slot        smallint NOT NULL,
    rank        smallint NOT NULL DEFAULT 1,
    kind        text NOT NULL DEFAULT 'signer' CHECK (kind IN ('signer', 'before', 'after', 'beside', 'opinion')),
    person_id   bigint,                       -- who is named; whose turn it is says the task
    role_key    text,                         -- instead: whoever of its holders takes it
    of_id       bigint,                       -- the vote whose act made it
    by_id       bigint,                       -- who did that
    state       text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'asked', 'approved', 'rejected', 'given',
                'returned', 'handed', 'dropped', 'skipped', 'closed')),
    counts      boolean NOT NULL DEFAULT true, -- false: something else stands for it, or nothing does
    why         text,                         -- empty, repeated, timeout, changed, decided …
    opinion     text NOT NULL DEFAULT '',
    files       bigint[] NOT NULL DEFAULT '{}',
    signature   bigint,
    seen        text[],                       -- the fields that could be seen when it was decided
    mark        bigint,                       -- the last change of the record then
    asked_at    timestamptz,
    due_at      timestamptz,
    decided_at  timestamptz,
    decided_by  bigint                        -- NULL of a decided one: the system
) WITH (autovacuum_vacuum_scale_factor = 0.05, fillfactor = 80);
CREATE INDEX vote_approval ON processes.vote (approval_id);
CREATE INDEX vote_decided_by ON processes.vote (decided_by, decided_at) WHERE decided_by IS NOT NULL;

-- What a person saw last of an approval's record: what changed since is shown first.
CREATE TABLE processes.look (
    approval_id bigint NOT NULL,
    person_id   bigint NOT NULL,
    mark        bigint NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (approval_id, person_id)
);

-- A copy for somebody's information, with a receipt.
CREATE TABLE processes.copied (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    approval_id bigint NOT NULL,
    person_id   bigint NOT NULL,
    by_id       bigint,                       -- NULL: the definition
    at          timestamptz NOT NULL,
    read_at     timestamptz,
    UNIQUE (approval_id, person_id)
);
CREATE INDEX ON processes.copied (person_id, id);

-- Sent back to an earlier step. straight: what stood in its scope is frozen until the step is done again.
CREATE TABLE processes.returned (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    instance_id bigint NOT NULL,
    approval_id bigint NOT NULL,
    vote_id     bigint,                       -- NULL: withdrawn by the submitter
    to_id       int NOT NULL,                 -- the node
    how         text NOT NULL CHECK (how IN ('redo', 'straight')),
    way         text,                         -- straight: the outcome by which the step had been left
    by_id       bigint,
    opinion     text NOT NULL DEFAULT '',
    mark        bigint NOT NULL,
    at          timestamptz NOT NULL,
    over_at     timestamptz
);
CREATE INDEX ON processes.returned (instance_id);

-- Somebody was reminded by hand.
CREATE TABLE processes.urged (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vote_id bigint NOT NULL,
    by_id   bigint NOT NULL,
    at      timestamptz NOT NULL
);
CREATE INDEX ON processes.urged (vote_id);

-- Of a token at the target of a return: its number; of a frozen one: the return that it waits for.
ALTER TABLE processes.token ADD COLUMN return_id bigint;

-- The superior so many levels above a person: the one named, else the head of the nearest department above.
CREATE FUNCTION processes.superior(person bigint, level int) RETURNS bigint LANGUAGE sql STABLE AS $$
    WITH RECURSIVE up (id, n, seen) AS (
        SELECT person, 0, ARRAY[person]
        UNION ALL
        SELECT x.id, u.n + 1, u.seen || x.id
          FROM up u
          JOIN people.person p ON p.id = u.id
          LEFT JOIN people.person s ON s.id = p.superior_id AND s.active
         CROSS JOIN LATERAL (SELECT coalesce(s.id, tasks.head_of(u.id)) AS id) x
         WHERE u.n < level AND x.id <> ALL (u.seen)
    )
    SELECT id FROM up WHERE n = level AND level > 0
$$;
