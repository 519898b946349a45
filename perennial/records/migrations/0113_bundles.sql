-- A ZIP of files that go to records by their names: what each file is taken for, until a person says that it is right.
CREATE SCHEMA bundles;

CREATE TABLE bundles.bundle (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    form           text NOT NULL,
    field          text NOT NULL,               -- where files go whose name says no other field
    file_name      text NOT NULL,
    state          text NOT NULL CHECK (state IN ('ready', 'done', 'undone')),
    transaction_id bigint,                      -- changes.transaction of the run
    filled         int,                         -- files that reached a record
    person         bigint,
    label          text NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT kernel.now(),
    finished_at    timestamptz
);

CREATE TABLE bundles.item (
    bundle_id  bigint NOT NULL REFERENCES bundles.bundle ON DELETE CASCADE,
    n          int NOT NULL,                    -- its place in the ZIP
    name       text NOT NULL,
    size       bigint NOT NULL,
    file_id    bigint,                          -- files.file; none: refused
    field      text NOT NULL,
    from_on    date,
    until_on   date,
    record_id  bigint,
    state      text NOT NULL CHECK (state IN ('matched', 'ambiguous', 'unknown', 'refused')),
    why        jsonb,                           -- of a refusal: code, facts
    candidates bigint[] NOT NULL DEFAULT '{}',
    fixed      boolean NOT NULL DEFAULT false,  -- by hand
    skip       boolean NOT NULL DEFAULT false,
    PRIMARY KEY (bundle_id, n)
);

-- Every piece of a file name that a record may be called by: two characters at least, never cut out of a longer number
-- or Latin word.
CREATE FUNCTION bundles.pieces(t text) RETURNS SETOF text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT DISTINCT substr(s, a, n)
      FROM (SELECT left(lower(t), 100) AS s) one, generate_series(1, char_length(s) - 1) a,
           generate_series(2, char_length(s) - a + 1) n
     WHERE NOT (substr(s, a, 1) ~ '[a-z0-9]' AND a > 1 AND substr(s, a - 1, 1) ~ '[a-z0-9]')
       AND NOT (substr(s, a + n - 1, 1) ~ '[a-z0-9]' AND substr(s, a + n, 1) ~ '[a-z0-9]')
$$;
