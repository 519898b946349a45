-- name: persons
-- Accounts are the digits of their ids.
INSERT INTO people.person (account, name) SELECT n::text, '员工' || n FROM generate_series(1, %(people)s) n;

-- name: customers
-- Codes are the digits of their ids.
INSERT INTO data.customer (name, code) SELECT '客户' || n, n::text FROM generate_series(1, %(customers)s) n;

-- name: table
-- The same columns and indexes, no triggers.
CREATE SCHEMA bench; CREATE TABLE bench.contract (LIKE data.contract INCLUDING ALL);
ALTER TABLE bench.contract ALTER created_at SET DEFAULT clock_timestamp(), ALTER updated_at SET DEFAULT clock_timestamp(), ALTER created_by DROP DEFAULT,
                           ALTER updated_by DROP DEFAULT;

-- name: copy
-- What the raw side does with the same file.
COPY bench.contract (customer, number, product_line, amount, start_date, end_date, status, renew_mode, owner, note) FROM STDIN (FORMAT csv, HEADER);

-- name: same
-- Rows on both sides, and those that differ.
SELECT (SELECT count(*) FROM data.contract), (SELECT count(*) FROM bench.contract),
       (SELECT count(*) FROM (SELECT customer, number, product_line, amount, start_date, end_date, status, renew_mode, owner, note FROM data.contract
                              EXCEPT
                              SELECT customer, number, product_line, amount, start_date, end_date, status, renew_mode, owner, note FROM bench.contract) x);
