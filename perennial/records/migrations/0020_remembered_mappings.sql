-- The mapping of the last import that ran, per form and columns of the file: the next file with these columns begins with it.
DROP TABLE imports.plan;  -- never had a door
CREATE TABLE imports.remembered (
    id        int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    form      text NOT NULL,
    columns   text[] NOT NULL,      -- names of the file's columns, in their order
    digest    text NOT NULL,        -- md5 of `columns`: they may be too long for an index
    mapping   jsonb NOT NULL,
    file_name text NOT NULL,
    at        timestamptz NOT NULL,
    by_label  text NOT NULL,
    UNIQUE (form, digest)
);
