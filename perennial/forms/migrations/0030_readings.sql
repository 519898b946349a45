-- Readings: what a tracked field was at the end of a day or a week. One row per record; a record without one has none
-- (its sources were too old, or nobody wrote it). Written set-based, never changed.
CREATE TABLE forms.reading (
    form_id   int NOT NULL REFERENCES forms.form,
    field     text NOT NULL,
    period    text NOT NULL CHECK (period IN ('day', 'week')),
    day       date NOT NULL,        -- the last day of the period: the day itself, or a Sunday
    record_id bigint NOT NULL,
    number    numeric,              -- the value by its family; a date is text, a related record its number
    text      text,
    truth     boolean,
    PRIMARY KEY (form_id, field, period, record_id, day)
);
CREATE INDEX reading_day ON forms.reading (period, day);

-- How far readings were taken: every period up to `day` is done.
CREATE TABLE forms.reading_mark (
    form_id int NOT NULL REFERENCES forms.form,
    field   text NOT NULL,
    period  text NOT NULL,
    day     date NOT NULL,
    PRIMARY KEY (form_id, field, period)
);
