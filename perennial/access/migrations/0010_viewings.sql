-- Who looked at what as somebody else, and when. Looking is not a change, so the change log does not know of it.
CREATE TABLE access.viewing (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    by        bigint NOT NULL REFERENCES people.person,
    at        timestamptz NOT NULL DEFAULT kernel.now(),
    person_id bigint NOT NULL REFERENCES people.person,
    form      text NOT NULL,
    record_id bigint NOT NULL,
    visible   boolean NOT NULL
);
