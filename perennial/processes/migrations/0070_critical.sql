-- Tasks of one instance that exclude each other: one token of a name is at work, the others are queued.
ALTER TABLE processes.node ADD COLUMN critical text;
CREATE INDEX node_critical ON processes.node (critical) WHERE critical IS NOT NULL;
ALTER TABLE processes.token DROP CONSTRAINT token_state_check;
ALTER TABLE processes.token ADD CONSTRAINT token_state_check
    CHECK (state IN ('ready', 'waiting', 'queued', 'held', 'parked', 'frozen')) NOT VALID;
