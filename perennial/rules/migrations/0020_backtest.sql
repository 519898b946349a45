-- What a rule would have found over past weeks. Only the results are kept; figures are counted for each reader.
CREATE TABLE rules.backtest (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    state        text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    rule         text NOT NULL,                 -- its key
    form         text NOT NULL,
    definitions  jsonb NOT NULL,                -- one tree, or two beside each other
    since_on     date NOT NULL,
    until_on     date NOT NULL,                 -- the last day
    horizon_days int NOT NULL,                  -- a loss so many days after a firing was foreseen by it
    outcome      jsonb NOT NULL,                       -- [{form, lost, on, reason, …}]: what counts as lost
    progress     int NOT NULL DEFAULT 0,        -- of 100
    problem      text,
    asked_at     timestamptz NOT NULL,
    asked_by     bigint REFERENCES people.person (id),
    done_at      timestamptz,
    last_change  bigint                         -- changes.change: what is newer was not read
);
CREATE INDEX ON rules.backtest (rule, id);

-- variant: place in `definitions`. tasks: whose new tasks it would have made; NULL among them: nobody's yet.
CREATE TABLE rules.backtest_firing (
    backtest_id bigint NOT NULL REFERENCES rules.backtest (id) ON DELETE CASCADE,
    variant     smallint NOT NULL,
    record_id   bigint NOT NULL,
    at          timestamptz NOT NULL,
    day         date NOT NULL,
    place       bigint NOT NULL,               -- in the log: what was read
    step        text NOT NULL,
    outcome     text NOT NULL,
    reason      text,
    severity    smallint NOT NULL,
    basis       date,
    facts       jsonb,
    owner_id    bigint,
    tasks       bigint[] NOT NULL DEFAULT '{}'
);
CREATE INDEX ON rules.backtest_firing (backtest_id, variant, record_id);

-- What became of the records: lost, kept (renewed) on a day, or open until one.
CREATE TABLE rules.backtest_fate (
    backtest_id bigint NOT NULL REFERENCES rules.backtest (id) ON DELETE CASCADE,
    record_id   bigint NOT NULL,
    source      smallint NOT NULL,             -- place in `outcome`
    source_id   bigint NOT NULL,               -- the record that says so
    kind        text NOT NULL CHECK (kind IN ('lost', 'kept', 'open')),
    day         date NOT NULL,
    reason      text
);
CREATE INDEX ON rules.backtest_fate (backtest_id, record_id);
