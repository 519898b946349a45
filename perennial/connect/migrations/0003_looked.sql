-- When those who have something open there were last asked about; `reconciled_at` is when everybody was.
ALTER TABLE connect.standing ADD COLUMN looked_at timestamptz;
