-- Imports of people from a file: what each did, and what was before, so that it can be taken back.
CREATE TABLE people.roster (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        timestamptz NOT NULL DEFAULT kernel.now(),
    by        bigint,
    file_name text NOT NULL,
    told      jsonb NOT NULL,                 -- counts, and the lines that were told
    made      bigint[] NOT NULL DEFAULT '{}', -- persons
    units     bigint[] NOT NULL DEFAULT '{}', -- departments
    before    jsonb NOT NULL DEFAULT '[]',    -- changed and disabled persons: id, was, became, roles
    undone_at timestamptz
);
