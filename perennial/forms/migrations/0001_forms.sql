-- Form definitions and the schemas that hold what they describe.
CREATE SCHEMA forms;
CREATE SCHEMA data;       -- one table per form; only forms and access know their names
CREATE SCHEMA data_read;  -- one view per form with every field, for a person with an SQL client

CREATE TABLE forms.form (
    id         int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,  -- stands in the change log, never changes
    key        text NOT NULL UNIQUE,
    physical   text NOT NULL UNIQUE,                          -- the table's name in schema data
    number     int NOT NULL,                                  -- of the current definition
    definition jsonb NOT NULL,
    hidden_at  timestamptz                                    -- removed, data kept
);

-- Every definition that was ever in force.
CREATE TABLE forms.version (
    form_id    int NOT NULL REFERENCES forms.form,
    number     int NOT NULL,
    definition jsonb NOT NULL,
    operations jsonb NOT NULL,
    at         timestamptz NOT NULL,
    actor      jsonb NOT NULL,
    PRIMARY KEY (form_id, number)
);
CREATE INDEX ON forms.version (form_id, at);

-- Columns set aside: of removed fields, and the old ones of converted fields.
CREATE TABLE forms.aside (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    form_id     int NOT NULL REFERENCES forms.form,
    field_key   text NOT NULL,
    column_name text NOT NULL,
    field       jsonb NOT NULL,   -- the field as it was
    why         text NOT NULL CHECK (why IN ('removed', 'converted')),
    number      int NOT NULL,     -- the definition that set it aside
    at          timestamptz NOT NULL,
    UNIQUE (form_id, column_name)
);


-- TODAY() and NOW() for data_read: an SQL client is outside any transaction of ours
CREATE FUNCTION forms.reader_now() RETURNS timestamptz LANGUAGE sql STABLE
    RETURN coalesce(nullif(current_setting('perennial.now', true), '')::timestamptz, kernel.clock());
CREATE FUNCTION forms.reader_today() RETURNS date LANGUAGE sql STABLE
    RETURN coalesce(nullif(current_setting('perennial.today', true), '')::date,
                    (SELECT (kernel.clock() AT TIME ZONE w.zone)::date FROM kernel.workspace w));
