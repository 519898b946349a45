-- A return that comes straight back: what stood in its scope waits, frozen, until the step is done again.
ALTER TABLE processes.token ADD COLUMN frozen_by bigint;
-- Where an approval stands below splits: who is asked again after a return is looked for in its scope alone.
ALTER TABLE processes.approval ADD COLUMN path bigint[] NOT NULL DEFAULT '{}';
