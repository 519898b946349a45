-- A call of somebody else's server that a firing asks for; the room above takes it up.
CREATE TABLE rules.posting (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    firing_id bigint NOT NULL REFERENCES rules.firing,
    act       text NOT NULL,       -- step.action
    url       text NOT NULL,
    body      text NOT NULL,
    tries     smallint NOT NULL,
    asked_at  timestamptz NOT NULL,
    taken_at  timestamptz,
    UNIQUE (firing_id, act)
);
CREATE INDEX ON rules.posting (id) WHERE taken_at IS NULL;
