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

-- name: empty
-- Before each round of either side, with what refers to it: both write into these tables, indexes and foreign keys included.
TRUNCATE rules.firing, rules.matching CASCADE;

-- name: rule
-- The condition by hand; who matches, a firing with what was read, an alert for the owner.
WITH here AS MATERIALIZED (
    SELECT c.id, c.status, c.amount, c.owner FROM data.contract c
     WHERE c.deleted_at IS NULL AND c.status = 'pending' AND c.amount > %(from)s AND c.amount <= %(to)s
), matching AS (
    INSERT INTO rules.matching (rule_id, record_id) SELECT %(rule)s, id FROM here
), firing AS (
    INSERT INTO rules.firing (rule_id, version_id, record_id, occasion, outcome, severity, due_at, at, facts)
    SELECT %(rule)s, %(version)s, id, %(occasion)s, 'fired', 1, %(now)s, %(now)s,
           jsonb_build_object('status', status, 'amount', amount)
      FROM here RETURNING id, record_id
)
INSERT INTO rules.alert (rule_id, record_id, firing_id, severity, owner_id, opened_at)
SELECT %(rule)s, f.record_id, f.id, 1, h.owner, %(now)s FROM firing f JOIN here h ON h.id = f.record_id;

-- name: written
-- What a side has left: so many of each, and that they are the same.
SELECT (SELECT count(*) FROM rules.matching) AS matching, (SELECT count(*) FROM rules.alert) AS alerts,
       (SELECT md5(string_agg(concat_ws(',', f.rule_id, f.version_id, f.record_id, f.occasion, f.step, f.outcome,
                                        f.severity, f.due_at, f.at, f.quiet, f.facts, a.state, a.severity, a.owner_id,
                                        a.opened_at), ';' ORDER BY f.rule_id, f.record_id))
          FROM rules.firing f JOIN rules.alert a ON a.firing_id = f.id AND a.rule_id = f.rule_id
           AND a.record_id = f.record_id
          JOIN rules.matching m ON m.rule_id = f.rule_id AND m.record_id = f.record_id) AS same;
