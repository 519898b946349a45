-- What the job and people left about indexes that follow use. Which are wanted follows from the definitions.
CREATE TABLE records.index (
    name     text PRIMARY KEY,            -- of the index in schema data; made of what it holds
    form     text NOT NULL,
    keys     text[] NOT NULL,             -- fields in order; `order:name` is a name as lists sort it
    wish     text CHECK (wish IN ('keep', 'drop')), -- of a person; NULL: as the definitions want it
    by       jsonb,
    at       timestamptz,
    built_at timestamptz,
    took_ms  int,
    problem  text                         -- why the last attempt failed
);

-- Slow pages by their shape, without values: which fields are filtered by and sorted by.
CREATE TABLE records.question (
    shape    text PRIMARY KEY,
    form     text NOT NULL,
    reads    text[] NOT NULL,
    sort     text[] NOT NULL,             -- `-amount`: downwards
    keys     text[] NOT NULL,             -- of the index that would help; empty: none would
    count    int NOT NULL,
    total_ms bigint NOT NULL,
    worst_ms int NOT NULL,
    first_at timestamptz NOT NULL,
    last_at  timestamptz NOT NULL
);
