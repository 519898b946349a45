-- Instances that wait for instances of another process: one row per meant record of a visit, fixed when it was entered.
CREATE TABLE processes.sub (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    parent_id bigint NOT NULL,                -- who waits
    node_id   int NOT NULL,
    token_id  bigint NOT NULL,
    record_id bigint NOT NULL,                -- of the called process's form
    child_id  bigint,                         -- NULL: its process was just over
    begun     boolean NOT NULL DEFAULT false, -- false: it ran already
    at        timestamptz NOT NULL,
    left_at   timestamptz,                    -- it is not waited for any longer
    outcome   text,                           -- the state of the child then
    why       text                            -- what was begun is to end with it: rest, parent, cancelled, migrated
) WITH (autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX sub_token ON processes.sub (token_id);
CREATE INDEX sub_parent ON processes.sub (parent_id);
CREATE INDEX sub_child ON processes.sub (child_id);
CREATE INDEX sub_waited ON processes.sub (id) WHERE left_at IS NULL;

-- Who waits for this instance, or began it, has to be looked at: a row, since neither locks the other.
CREATE TABLE processes.nudge (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    child_id bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX nudge_child ON processes.nudge (child_id);

ALTER TABLE processes.instance DROP CONSTRAINT instance_entry_check;
ALTER TABLE processes.instance ADD CONSTRAINT instance_entry_check
    CHECK (entry IN ('date', 'late', 'created', 'matched', 'hand', 'sub')) NOT VALID;
