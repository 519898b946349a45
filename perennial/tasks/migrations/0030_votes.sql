-- A task that stands in the inbox for a vote (processes.vote): it is finished by deciding the vote alone.
ALTER TABLE tasks.task ADD COLUMN vote_id bigint;
CREATE INDEX task_vote ON tasks.task (vote_id) WHERE vote_id IS NOT NULL;
