-- What designers are changing, and what was published; trees are json, not jsonb: their order is the author's.
CREATE SCHEMA apps;

CREATE TABLE apps.draft (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind    text NOT NULL,
    key     text NOT NULL,
    tree    json,              -- NULL: the definition shall go
    base    json,              -- what was in force when the draft began; NULL: nothing
    by      jsonb NOT NULL,
    at      timestamptz NOT NULL,
    version int NOT NULL DEFAULT 1,
    UNIQUE (kind, key)
);

CREATE TABLE apps.publication (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        timestamptz NOT NULL,
    by        jsonb NOT NULL,
    note      text NOT NULL,
    before    json NOT NULL,   -- [{kind, key, tree}] of everything it touched; a tree of null: there was none
    after     json NOT NULL,   -- [{kind, key, label, act, tree, number}]
    facts     jsonb NOT NULL,  -- mark: the newest change then; marks: where the starts of processes stood; losses
    undoes    bigint UNIQUE REFERENCES apps.publication,
    undone_by bigint REFERENCES apps.publication
);
