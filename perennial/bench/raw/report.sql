-- name: sums
-- By month and product line: what was due and what was renewed, of a salesperson's customers.
SELECT to_char(c.end_date, 'YYYY-MM') AS month, count(*) AS due, count(*) FILTER (WHERE c.status = 'renewed') AS renewed,
       coalesce(sum(CASE WHEN c.status = 'renewed' THEN coalesce(c.renewed_amount, c.amount)
                         ELSE coalesce(c.forecast_amount, c.amount) END), 0) AS expected
  FROM data.contract c LEFT JOIN data.customer k ON k.id = c.customer
 WHERE c.deleted_at IS NULL AND k.sales = %(me)s
 GROUP BY 1 ORDER BY 1
