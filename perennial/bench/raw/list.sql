-- name: page
-- The page as one would write it by hand: the first 50 open contracts of a salesperson's customers by end date.
SELECT coalesce(json_agg(json_build_object(
         'id', r.id, 'version', r.version, 'number', r.number, 'customer', json_build_object('id', r.customer_id, 'label', r.customer_name),
         'amount', r.amount::text, 'end_date', r.end_date, 'status', r.status) ORDER BY r.end_date, r.id), '[]')
  FROM (SELECT c.id, c.version, c.number, k.id AS customer_id, k.name AS customer_name, c.amount, c.end_date, c.status
          FROM data.contract c JOIN data.customer k ON k.id = c.customer
         WHERE c.deleted_at IS NULL AND c.status = 'pending' AND c.end_date >= %(from)s AND k.sales = %(me)s
         ORDER BY c.end_date, c.id LIMIT 50) r
