-- Pairs of a large form that are perhaps one, kept by a job: what they were found by, with the values that were compared.
-- Readers are told of those whose values they read and that are still the same.
CREATE TABLE records.suspect (
    form      text NOT NULL,
    one       bigint NOT NULL,
    other     bigint NOT NULL,
    field     text NOT NULL,        -- '': the name
    one_key   text NOT NULL,
    other_key text NOT NULL,
    why       text NOT NULL,
    score     numeric NOT NULL,
    PRIMARY KEY (form, one, other, field)
);

-- When somebody asked for it, and what the last look has seen.
CREATE TABLE records.suspected (
    form      text PRIMARY KEY,
    asked_at  timestamptz,          -- NULL: nobody waits for a look
    found_at  timestamptz,
    change_id bigint NOT NULL DEFAULT 0
);
