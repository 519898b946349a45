-- name: rules
-- The thousand rows as a person would keep them: ranges, a product line, what follows.
CREATE TABLE bench_rules (place int PRIMARY KEY, line text, low numeric, high numeric, since date, till date, answer text);

-- name: index
-- What serves the look-up best: the word first, then the amount.
CREATE INDEX ON bench_rules (line, low, high); ANALYZE bench_rules;

-- name: answers
-- The row of each contract.
SELECT c.id, (SELECT r.answer FROM bench_rules r
               WHERE r.line = c.product_line AND r.low <= c.amount AND c.amount < r.high
                 AND r.since <= c.end_date AND c.end_date < r.till
               ORDER BY r.place LIMIT 1)
  FROM data.contract c WHERE c.deleted_at IS NULL ORDER BY c.id
