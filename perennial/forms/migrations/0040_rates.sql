-- How long rewriting operations of a form held its table: what the next plan tells instead of a guess.
CREATE TABLE forms.rate (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    form    text NOT NULL,
    act     text NOT NULL,
    rows    bigint NOT NULL CHECK (rows > 0),
    seconds double precision NOT NULL,
    at      timestamptz NOT NULL DEFAULT kernel.now()
);
CREATE INDEX ON forms.rate (form, act, id);
