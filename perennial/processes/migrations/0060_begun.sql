-- Instances that a person began before their date, with who, when and why. Written once, kept for the history.
CREATE TABLE processes.begun (
    instance_id bigint PRIMARY KEY,
    person_id   bigint,                       -- NULL: the system, as in a script
    at          timestamptz NOT NULL,
    reason      text NOT NULL
);
