-- What was sealed (用印): the file that came with the end of a task, by its content, which cannot be changed behind it.
CREATE TABLE processes.sealed (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    instance_id bigint NOT NULL,
    node_id     int NOT NULL,
    task_id     bigint NOT NULL,
    form        text NOT NULL,
    record_id   bigint NOT NULL,
    field       text NOT NULL,
    file_id     bigint NOT NULL,
    sha256      text NOT NULL,                -- of the content when it was sealed
    person_id   bigint,                       -- NULL: the system
    at          timestamptz NOT NULL
);
CREATE INDEX ON processes.sealed (record_id);
CREATE INDEX ON processes.sealed (task_id);
