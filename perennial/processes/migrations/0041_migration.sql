-- Instances that went to another version together, and where each of their tokens stood: the way back.
CREATE TABLE processes.migration (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    process_id int NOT NULL,
    version_id int NOT NULL,                  -- where they went
    at         timestamptz NOT NULL,
    by         jsonb NOT NULL,
    undone_at  timestamptz,
    undone_by  jsonb
);
CREATE TABLE processes.migrated (
    migration_id bigint NOT NULL REFERENCES processes.migration ON DELETE CASCADE,
    token_id     bigint NOT NULL,
    instance_id  bigint NOT NULL,
    version_id   int NOT NULL,                -- where it came from
    node_id      int NOT NULL,
    to_id        int NOT NULL,
    goes         boolean NOT NULL,            -- to a node of another key: somebody chose it
    state        text NOT NULL,
    wake_at      timestamptz,
    entered_at   timestamptz NOT NULL,
    decision_id  bigint,
    back         boolean NOT NULL DEFAULT false,
    PRIMARY KEY (migration_id, token_id)
);
CREATE INDEX ON processes.migrated (instance_id);
