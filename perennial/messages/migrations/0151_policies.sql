-- What holds messages back: one policy per workspace, contacts who want no reminders, a template's first mass sending.
CREATE TABLE messages.policy (
    "only"     boolean PRIMARY KEY DEFAULT true CHECK ("only"),
    definition jsonb NOT NULL,
    at         timestamptz NOT NULL,
    by         jsonb NOT NULL
);
CREATE TABLE messages.opt_out (
    form       text NOT NULL,      -- of the contacts
    contact_id bigint NOT NULL,
    at         timestamptz NOT NULL,
    how        text NOT NULL CHECK (how IN ('link', 'person')),
    by         jsonb,
    PRIMARY KEY (form, contact_id)
);
-- Signs the links that stand in messages. Of this installation.
CREATE TABLE messages.signing (
    "only" boolean PRIMARY KEY DEFAULT true CHECK ("only"),
    secret text NOT NULL
);
ALTER TABLE messages.template
    ADD COLUMN held_at timestamptz,        -- more recipients than somebody wants to be asked about
    ADD COLUMN approved_at timestamptz,
    ADD COLUMN approved_by bigint REFERENCES people.person;
