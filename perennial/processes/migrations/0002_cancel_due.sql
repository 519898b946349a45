-- A `cancel_when` that reads the clock comes true without a change: until when its instances have been asked.
ALTER TABLE processes.version ADD COLUMN cancelled_at timestamptz NOT NULL DEFAULT 'epoch';
