-- Folders whose files are imported by themselves, with the mapping that a person once confirmed for their columns.
CREATE TABLE imports.folder (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL UNIQUE CHECK (name !~ '[/\\]' AND name !~ '^\.'),  -- below PERENNIAL_HOME/inbox
    form        text NOT NULL,
    daily_at    time,                            -- NULL: as soon as a file is there
    answer      text NOT NULL CHECK (answer IN ('tasks', 'latest', 'all', 'none')),
    skip_errors boolean NOT NULL,
    active      boolean NOT NULL DEFAULT true,
    person      bigint REFERENCES people.person, -- on whose behalf, with whose rights
    label       text NOT NULL,
    looked_at   timestamptz                      -- the last time it was looked into
);
CREATE TABLE imports.arrival (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    folder_id bigint NOT NULL REFERENCES imports.folder ON DELETE CASCADE,
    file_name text NOT NULL,
    import_id bigint,                            -- none: the file could not be read
    done      boolean NOT NULL,
    error     jsonb,                             -- code, facts
    at        timestamptz NOT NULL DEFAULT kernel.now()
);
CREATE INDEX ON imports.arrival (folder_id, id);
