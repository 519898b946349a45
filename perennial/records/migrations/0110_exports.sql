-- Exports: what a person asked to take out of a list, how far it is, and where the file stands.
CREATE SCHEMA exports;

CREATE TABLE exports.export (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person      bigint REFERENCES people.person,          -- whose grants decide, at the time of running; NULL: the system
    label       text NOT NULL,                            -- the person's name, for the change log's sake
    form        text NOT NULL,
    query       jsonb NOT NULL,                           -- columns, filter, sort, search
    format      text NOT NULL CHECK (format IN ('xlsx', 'csv')),
    language    text NOT NULL CHECK (language IN ('zh', 'en')),
    file_name   text NOT NULL,
    state       text NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    total       bigint,                                   -- rows to write, once counted
    written     bigint NOT NULL DEFAULT 0,
    file_id     bigint,                                   -- files.file; the sweep takes it after a day
    error       jsonb,                                    -- why it failed: code, facts
    created_at  timestamptz NOT NULL DEFAULT kernel.now(),
    finished_at timestamptz,
    expires_at  timestamptz
);
CREATE INDEX ON exports.export (person, id);
