-- Runs of the coming months on a scratch copy. Only their results are kept.
CREATE SCHEMA simulation;
CREATE TABLE simulation.run (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    state      text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'failed')),
    people     text NOT NULL CHECK (people IN ('nobody', 'median')),
    until_on   date NOT NULL,
    asked_at   timestamptz NOT NULL,
    asked_by   bigint REFERENCES people.person (id),
    copied_at  timestamptz,                  -- moment of the copy
    reached_on date,                         -- progress
    seconds    numeric,
    problem    text,
    result     jsonb                         -- assumption, figures, load per person and week, messages per week
);
-- Who would get what, when. Read through the record's access.
CREATE TABLE simulation.entry (
    run_id    bigint NOT NULL REFERENCES simulation.run (id) ON DELETE CASCADE,
    at        timestamptz NOT NULL,
    kind      text NOT NULL CHECK (kind IN ('task', 'message', 'renewed')),
    label     text NOT NULL,
    person_id bigint,                        -- whose task
    name      text,                          -- to whom the message
    channel   text,
    form      text NOT NULL,
    record_id bigint,                        -- NULL: a record that only the simulation has
    record    text NOT NULL
);
CREATE INDEX ON simulation.entry (run_id, at);
CREATE INDEX ON simulation.entry (run_id, record_id);
