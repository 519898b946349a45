-- A long ZIP is read by a worker, in parts that stay: who waits sees how far it is, and a killed one goes on.
ALTER TABLE bundles.bundle DROP CONSTRAINT bundle_state_check;
ALTER TABLE bundles.bundle
    ADD CHECK (state IN ('queued', 'running', 'failed', 'ready', 'done', 'undone')),
    ADD COLUMN file_id bigint,  -- files.file: the ZIP, while it is read
    ADD COLUMN total   int,     -- files in it
    ADD COLUMN error   jsonb;   -- why it failed: code, facts
CREATE INDEX ON bundles.bundle (person, id);
