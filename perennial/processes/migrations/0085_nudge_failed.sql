-- A nudge that cannot be followed is counted and, after five times, left and shown; the others go on.
ALTER TABLE processes.nudge ADD COLUMN attempts int NOT NULL DEFAULT 0, ADD COLUMN error text;
