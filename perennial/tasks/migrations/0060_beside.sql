-- Tasks that were opened together, one for each of several people, bear one number; NULL: it stands alone.
ALTER TABLE tasks.task ADD COLUMN beside bigint;
CREATE INDEX task_beside ON tasks.task (beside) WHERE beside IS NOT NULL;
