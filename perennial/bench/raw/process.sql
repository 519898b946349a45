-- name: persons
-- Owners.
INSERT INTO people.person (account, name) SELECT n::text, '员工' || n FROM generate_series(1, %(people)s) n;

-- name: customers
-- Their customers.
INSERT INTO data.customer (name, code) SELECT '客户' || n, n::text FROM generate_series(1, %(customers)s) n;

-- name: contracts
-- All end on the same day.
INSERT INTO data.contract (customer, number, amount, start_date, end_date, status, renew_mode, owner)
SELECT 1 + n %% %(customers)s, 'P-' || n, 1000, %(end)s - 364, %(end)s, 'pending', 'manual', 1 + n %% %(people)s
  FROM generate_series(1, %(rows)s) n;

-- name: tables
-- The same columns and indexes.
CREATE SCHEMA bench;
CREATE TABLE bench.decision (LIKE processes.decision INCLUDING ALL);
CREATE TABLE bench.instance (LIKE processes.instance INCLUDING ALL);
CREATE TABLE bench.step (LIKE processes.step INCLUDING ALL);
CREATE TABLE bench.token (LIKE processes.token INCLUDING ALL);
CREATE TABLE bench.task (LIKE tasks.task INCLUDING ALL);

-- name: empty
-- Before each round.
TRUNCATE bench.decision, bench.instance, bench.step, bench.token, bench.task;

-- name: decision
-- Every date trigger of that day decides about each contract; one of them starts.
INSERT INTO bench.decision (process_id, trigger_id, instance_id, record_id, basis, due_at, decided_at, outcome)
SELECT n, n, CASE WHEN n = 1 THEN c.id END, c.id, c.end_date, %(now)s, %(now)s,
       CASE WHEN n = 1 THEN 'fired' ELSE 'skipped' END
  FROM data.contract c, generate_series(1, %(decisions)s) n
 WHERE c.deleted_at IS NULL AND c.status = 'pending' AND c.renew_mode <> 'auto' AND c.end_date = %(end)s;

-- name: instance
-- One instance.
INSERT INTO bench.instance (process_id, version_id, record_id, basis, entry, due_at, started_at)
SELECT 1, 1, record_id, basis, 'date', due_at, %(now)s FROM bench.decision WHERE outcome = 'fired';

-- name: step
-- The visits that its way took.
INSERT INTO bench.step (instance_id, node_id, token_id, entered_at, left_at, outcome)
SELECT i.id, 1, i.id, %(now)s, %(now)s, 'split' FROM bench.instance i, generate_series(1, %(steps)s);

-- name: token
-- Where its lines stand: waits until their days, one at the task.
INSERT INTO bench.token (instance_id, node_id, state, wake_at, entered_at, base_at, path)
SELECT i.id, n, 'waiting', CASE WHEN n > 1 THEN %(now)s::timestamptz + n * interval '20 days' END, %(now)s, %(now)s, ARRAY[n]::smallint[]
  FROM bench.instance i, generate_series(1, %(tokens)s) n;

-- name: analyze
-- The planner learns how many there are: without it a million tasks are joined row by row, for a quarter of an hour.
ANALYZE bench.instance, bench.token;

-- name: task
-- The owner's task, due in five workdays.
INSERT INTO bench.task (kind_id, record_id, instance_id, token_id, assignee_id, named_id, owner_id, found_by, opened_at, due_at)
SELECT 1, i.record_id, i.id, t.id, p.id, c.owner, c.owner, 'named', %(now)s,
       (kernel.workday_offset(%(now)s::date, 5) + time '18:00') AT TIME ZONE 'Asia/Shanghai'
  FROM bench.instance i
  JOIN bench.token t ON t.instance_id = i.id AND t.node_id = 1
  JOIN data.contract c ON c.id = i.record_id
  JOIN people.person p ON p.id = c.owner AND p.active;
