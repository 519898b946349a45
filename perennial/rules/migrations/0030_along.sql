-- An alert that stands at the record which its own was merged into; it goes back when that is taken back.
ALTER TABLE rules.alert ADD COLUMN came_from bigint;
CREATE INDEX ON rules.alert (came_from) WHERE came_from IS NOT NULL;
