-- When it was opened there, last, by physical time: what is told of a moment before that is told too late.
ALTER TABLE connect.mirrored ADD COLUMN opened_at timestamptz;
