-- Saved views of a list: a person's own (roles is NULL), or shared with roles ('{}': with everyone).
CREATE TABLE records.view (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    form       text NOT NULL,
    label      text NOT NULL,
    owner      bigint REFERENCES people.person,
    roles      text[],
    tree       jsonb NOT NULL,      -- kind, filter, search, sort, group, columns, colours
    made_at    timestamptz NOT NULL DEFAULT kernel.now(),
    deleted_at timestamptz
);
CREATE INDEX ON records.view (form) WHERE deleted_at IS NULL;

-- The view with which a person's list opens.
CREATE TABLE records.view_default (
    person bigint NOT NULL REFERENCES people.person,
    form   text NOT NULL,
    view   bigint NOT NULL REFERENCES records.view,
    PRIMARY KEY (person, form)
);
