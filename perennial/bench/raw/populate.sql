-- name: departments
-- Four departments.
INSERT INTO people.department (key, name) SELECT 'd' || n, '部门' || n FROM generate_series(1, 4) n;

-- name: persons
-- People spread over them.
INSERT INTO people.person (account, name, department_id)
SELECT 'p' || n, '员工' || n, 1 + n %% 4 FROM generate_series(1, %(people)s) n;

-- name: roles
-- Everybody is a salesperson.
INSERT INTO people.membership (person_id, role_id) SELECT p.id, r.id FROM people.person p, people.role r WHERE r.key = 'sales';

-- name: customers
-- Each with a salesperson.
INSERT INTO data.customer (name, code, csm, sales, industry, tier, since)
SELECT '客户' || n, 'KH-' || n, 1 + n %% %(people)s, 1 + (n * 7) %% %(people)s,
       (ARRAY['manufacturing', 'software', 'retail'])[1 + n %% 3], (ARRAY['a', 'b', 'c'])[1 + n %% 3],
       date '2020-01-01' + n %% 2000
  FROM generate_series(1, %(customers)s) n;

-- name: contracts
-- Ends spread over four years, every status.
INSERT INTO data.contract (customer, number, product_line, amount, start_date, end_date, status, renew_mode, owner, renewed_amount)
SELECT 1 + (n::bigint * 7919) %% %(customers)s, 'B-' || n, (ARRAY['crm', 'erp', 'hr', 'bi'])[1 + n %% 4], 1000 + n %% 9000,
       date '2024-01-01' + (n::bigint * 104729 %% 1460)::int, date '2025-01-01' + (n::bigint * 104729 %% 1460)::int,
       (ARRAY['pending', 'confirmed', 'renewed', 'renewed', 'lost'])[1 + n %% 5], (ARRAY['auto', 'manual'])[1 + n %% 2],
       1 + n %% %(people)s, CASE WHEN n %% 5 IN (2, 3) THEN 1000 + n %% 9500 END
  FROM generate_series(1, %(contracts)s) n;
