-- name: persons
-- Owners.
INSERT INTO people.person (account, name) SELECT n::text, '员工' || n FROM generate_series(1, %(people)s) n;

-- name: customers
-- Their customers.
INSERT INTO data.customer (name, code) SELECT '客户' || n, n::text FROM generate_series(1, %(customers)s) n;

-- name: contracts
-- Amounts from 1 up, so that each rule finds a fiftieth of them.
INSERT INTO data.contract (customer, number, amount, start_date, end_date, status, renew_mode, owner)
SELECT 1 + n %% %(customers)s, 'P-' || n, n, '2026-01-01', '2027-01-01', 'pending', 'manual', 1 + n %% %(people)s
  FROM generate_series(1, %(rows)s) n;

-- name: tables
-- The same columns and indexes.
CREATE SCHEMA bench;
CREATE TABLE bench.firing (LIKE rules.firing INCLUDING ALL);
CREATE TABLE bench.matching (LIKE rules.matching INCLUDING ALL);
CREATE TABLE bench.alert (LIKE rules.alert INCLUDING ALL);

-- name: empty
-- Before each round.
TRUNCATE bench.firing, bench.matching, bench.alert;

-- name: matching
-- The condition by hand.
INSERT INTO bench.matching (rule_id, record_id)
SELECT %(rule)s, c.id FROM data.contract c
 WHERE c.deleted_at IS NULL AND c.status = 'pending' AND c.amount > %(from)s AND c.amount <= %(to)s;

-- name: firing
-- One firing for each.
INSERT INTO bench.firing (rule_id, version_id, record_id, occasion, outcome, severity, due_at, at, facts)
SELECT m.rule_id, 1, m.record_id, 'period:1', 'fired', 1, %(now)s, %(now)s,
       jsonb_build_object('status', c.status, 'amount', c.amount)
  FROM bench.matching m JOIN data.contract c ON c.id = m.record_id WHERE m.rule_id = %(rule)s;

-- name: alert
-- One alert for its owner.
INSERT INTO bench.alert (rule_id, record_id, firing_id, severity, owner_id, opened_at)
SELECT f.rule_id, f.record_id, f.id, f.severity, c.owner, %(now)s
  FROM bench.firing f JOIN data.contract c ON c.id = f.record_id WHERE f.rule_id = %(rule)s;
