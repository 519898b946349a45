-- A task that an alert (rules.alert) has set off: it closes with it.
ALTER TABLE tasks.task ADD COLUMN alert_id bigint;
CREATE INDEX task_alert ON tasks.task (alert_id) WHERE alert_id IS NOT NULL;
