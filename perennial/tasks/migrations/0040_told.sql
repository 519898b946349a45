-- Live events look for what people did to tasks since the last look.
ALTER TABLE tasks.history ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX ON tasks.history (xid);
