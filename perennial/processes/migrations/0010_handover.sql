-- Everything of one person went to others: once, and once back.
CREATE TABLE processes.handover (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id      bigint NOT NULL REFERENCES people.person,
    by             bigint REFERENCES people.person,
    at             timestamptz NOT NULL DEFAULT kernel.now(),
    transaction_id bigint,                    -- of the records' new owners, in the change log; NULL: none
    disabled       boolean NOT NULL,          -- the person was disabled with it
    told           jsonb NOT NULL,            -- the preview as it was done: counts before and after
    undone_at      timestamptz
);

-- What went beside records: tasks, posts, roles. `was`: what stood there before.
CREATE TABLE processes.handed (
    handover_id bigint NOT NULL REFERENCES processes.handover ON DELETE CASCADE,
    kind        text NOT NULL CHECK (kind IN ('task', 'claim', 'deputy', 'superior', 'head', 'role')),
    id          bigint NOT NULL,
    to_id       bigint,
    was         jsonb,
    PRIMARY KEY (handover_id, kind, id)
);
