-- The inbox: a task that was put off comes back by itself, and whoever moved one, when and why, stays known.
ALTER TABLE tasks.task ADD COLUMN snoozed_until timestamptz;
ALTER TABLE tasks.task ADD COLUMN snoozed_by bigint;  -- put off for this person alone: whoever has it next sees it at once
-- pages of a person's open tasks, in order
CREATE INDEX task_inbox ON tasks.task (assignee_id, (coalesce(due_at, 'infinity')), id) WHERE state = 'open';
DROP INDEX tasks.task_mine;

-- What people did to a task before it ended; rows of one act are taken back together.
CREATE SEQUENCE tasks.act;
CREATE TABLE tasks.history (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    act_id    bigint NOT NULL,
    task_id   bigint NOT NULL,
    act       text NOT NULL
              CHECK (act IN ('create', 'take', 'give_back', 'transfer', 'snooze', 'due', 'priority', 'urge')),
    by_id     bigint,
    at        timestamptz NOT NULL,
    note      text,
    was       jsonb NOT NULL DEFAULT '{}',
    became    jsonb NOT NULL DEFAULT '{}',
    undone_at timestamptz
);
CREATE INDEX ON tasks.history (task_id, id);
CREATE INDEX ON tasks.history (act_id);
CREATE INDEX history_sent ON tasks.history (by_id, id) WHERE act = 'transfer' AND undone_at IS NULL;

-- Whose tasks somebody looks after: active people of the departments that they head and of those below; everybody for
-- who manages people or designs. Never they themselves.
CREATE FUNCTION tasks.team(me bigint) RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(p.id ORDER BY p.id), '{}')
      FROM people.person p
     WHERE p.active AND p.id <> me
       AND (EXISTS (SELECT FROM people.membership m JOIN people.role r ON r.id = m.role_id
                     WHERE m.person_id = me AND r.may && '{people,design}')
            OR EXISTS (SELECT FROM people.department d JOIN people.department_tree t ON t.above_id = d.id
                        WHERE d.head_id = me AND t.department_id = p.department_id))
$$;
