-- A task that stands for a message which did not reach its recipient; once per message, however it goes on.
ALTER TABLE tasks.task ADD COLUMN message_id bigint;
CREATE UNIQUE INDEX task_message ON tasks.task (message_id) WHERE message_id IS NOT NULL;
-- Kinds that belong to no node: one per form.
CREATE UNIQUE INDEX kind_standing ON tasks.kind (form, key) WHERE node_id IS NULL;
