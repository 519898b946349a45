-- People's to-dos. What a task asks for is the same for all tasks of one node of one version: tasks.kind.
CREATE SCHEMA tasks;

CREATE TABLE tasks.kind (
    id       int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    node_id  int UNIQUE,                      -- processes.node
    form     text NOT NULL,
    key      text NOT NULL,
    label    text NOT NULL,
    label_en text NOT NULL DEFAULT '',
    fill     jsonb NOT NULL DEFAULT '[]',     -- [{field, required}]
    outcomes jsonb NOT NULL DEFAULT '[]'      -- [{key, label, label_en, fill}]
);

CREATE TABLE tasks.task (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind_id     int NOT NULL REFERENCES tasks.kind,
    record_id   bigint NOT NULL,
    instance_id bigint,
    token_id    bigint,
    title       text,                         -- NULL: the label of its kind
    assignee_id bigint,                       -- NULL: whoever of `candidates` takes it
    candidates  bigint[],
    named_id    bigint,                       -- whom the process names
    owner_id    bigint,                       -- the customer's owner, the third in order
    found_by    text NOT NULL,                -- the step of the order: named deputy owner head admin role nobody person
    state       text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'closed')),
    why         text,                         -- of closed: cancelled, superseded, deleted, undone
    priority    smallint NOT NULL DEFAULT 0,  -- -1 low, 0 normal, 1 high
    proposal    jsonb,                        -- values offered for fields to fill in
    opened_at   timestamptz NOT NULL,
    due_at      timestamptz,
    reminders   smallint NOT NULL DEFAULT 0,
    outcome     text,
    finished_at timestamptz,
    finished_by bigint
) WITH (autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX task_mine ON tasks.task (assignee_id, due_at) WHERE state = 'open';
CREATE INDEX task_claimable ON tasks.task USING gin (candidates) WHERE state = 'open' AND assignee_id IS NULL;
CREATE INDEX ON tasks.task (instance_id) WHERE state IN ('open', 'closed');
CREATE INDEX ON tasks.task (record_id);
CREATE INDEX ON tasks.task (finished_at) WHERE state = 'done';

-- Who gets a task: the named person, the deputy, the customer's owner, the department head up the tree, role
-- business_admin. One row, or one with NULL when there is really nobody.
CREATE FUNCTION tasks.resolve(named bigint, owner bigint, day date)
RETURNS TABLE (person_id bigint, found_by text) LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT x.person_id, x.found_by
      FROM (SELECT p.id AS person_id, 'named' AS found_by, 1 AS n, 0 AS steps
              FROM people.person p WHERE p.id = named AND people.stand_in(p.id, day) = p.id
            UNION ALL
            SELECT people.stand_in(named, day), 'deputy', 2, 0
            UNION ALL
            SELECT p.id, 'named', 3, 0 FROM people.person p WHERE p.id = named AND p.active
            UNION ALL
            SELECT people.stand_in(owner, day), 'owner', 4, 0
            UNION ALL
            SELECT people.stand_in(d.head_id, day), 'head', 5, t.steps
              FROM people.person p
              JOIN people.department_tree t ON t.department_id = p.department_id
              JOIN people.department d ON d.id = t.above_id
             WHERE p.id = coalesce(named, owner)
            UNION ALL
            (SELECT p.id, 'admin', 6, 0
               FROM people.role r JOIN people.membership m ON m.role_id = r.id JOIN people.person p ON p.id = m.person_id
              WHERE r.key = 'business_admin' AND p.active ORDER BY p.id LIMIT 1)
            UNION ALL
            SELECT NULL, 'nobody', 7, 0) x
     WHERE x.person_id IS NOT NULL OR x.n = 7
     ORDER BY x.n, x.steps LIMIT 1
$$;

-- The holders of a role nearest up the departments of `around`; when none there, all holders.
CREATE FUNCTION tasks.holders(role_key text, around bigint) RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(x.id ORDER BY x.id)
      FROM (SELECT p.id, rank() OVER (ORDER BY coalesce(t.steps, 1000)) AS near
              FROM people.role r
              JOIN people.membership m ON m.role_id = r.id
              JOIN people.person p ON p.id = m.person_id AND p.active
              LEFT JOIN people.person o ON o.id = around
              LEFT JOIN people.department_tree t
                     ON t.department_id = o.department_id AND t.above_id = p.department_id
             WHERE r.key = role_key) x
     WHERE x.near = 1
$$;

-- The head of a person's department, or of the nearest one above that has one; never the person themselves.
CREATE FUNCTION tasks.head_of(person bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT d.head_id
      FROM people.person p
      JOIN people.department_tree t ON t.department_id = p.department_id
      JOIN people.department d ON d.id = t.above_id
      JOIN people.person h ON h.id = d.head_id AND h.active
     WHERE p.id = person AND d.head_id <> person
     ORDER BY t.steps LIMIT 1
$$;
