-- name: scan
-- What is asked without an index: every text of both forms.
SELECT 'customer' AS form, id
  FROM data.customer
 WHERE deleted_at IS NULL
   AND (name ILIKE %(like)s OR code ILIKE %(like)s OR credit_code ILIKE %(like)s OR phone ILIKE %(like)s OR address ILIKE %(like)s)
UNION ALL
SELECT 'contract', id FROM data.contract WHERE deleted_at IS NULL AND number ILIKE %(like)s

-- name: marked
-- One customer with a name that nobody else has, and a phone number.
UPDATE data.customer SET name = '厦门屿岸', phone = '0592-777 4321' WHERE id = %(id)s

-- name: second
-- Another one whose name holds what a person types.
UPDATE data.customer SET name = '客户' || id || '号' WHERE id = %(id)s
