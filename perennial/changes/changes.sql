-- name: claim
-- The oldest transactions whose first reaction nobody holds; that row stands for all of the transaction's reactions.
WITH first AS (
    SELECT r.transaction_id
      FROM changes.reaction r
     WHERE r.parked_at IS NULL AND NOT r.transaction_id = ANY (%(skip)s::bigint[])
       AND NOT EXISTS (SELECT FROM changes.reaction e
                        WHERE e.transaction_id = r.transaction_id AND e.id < r.id AND e.parked_at IS NULL)
     ORDER BY r.id LIMIT %(limit)s
       FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM changes.reaction r USING first
     WHERE r.transaction_id = first.transaction_id AND r.parked_at IS NULL
    RETURNING r.transaction_id, r.form_id, r.op, r.fields
)
SELECT form_id, op::text AS op, array_agg(DISTINCT transaction_id) AS transactions,
       array_remove(array_agg(DISTINCT field), NULL) AS fields
  FROM gone LEFT JOIN LATERAL unnest(fields) field ON true
 GROUP BY form_id, op ORDER BY form_id, op

-- name: failed
-- One more attempt went wrong; too many, and the reactions are parked and shown.
UPDATE changes.reaction
   SET attempts = attempts + 1, error = %(error)s,
       parked_at = CASE WHEN attempts + 1 >= %(most)s THEN %(now)s::timestamptz END
 WHERE transaction_id = ANY(%(transactions)s) AND parked_at IS NULL

-- name: unhandled_since
-- The clock of the oldest transaction whose reaction is on its way; a parked one is not.
SELECT min(t.at) AS at FROM changes.reaction r JOIN changes.transaction t ON t.id = r.transaction_id
 WHERE r.parked_at IS NULL

-- name: history
-- A record's changes, newest first, with who and why.
SELECT c.id, t.id AS transaction_id, t.at, t.actor, t.reason, t.batch, c.op::text AS op, c.fields, c.before, c.after
  FROM changes.change c JOIN changes.transaction t ON t.id = c.transaction_id
 WHERE c.form_id = %(form_id)s AND c.record_id = %(record_id)s AND c.id < %(before)s
   AND (c.op <> 'U' OR c.before <> '{}')
 ORDER BY c.id DESC LIMIT %(limit)s

-- name: last_batch
-- What the next batch continues.
SELECT number, sealed_at, hash FROM changes.batch ORDER BY number DESC LIMIT 1

-- name: mark
-- One snapshot: every committed transaction without a batch gets one, a batch for each day. Ids play no part.
WITH unsealed AS (
    SELECT id, %(last)s + dense_rank() OVER (ORDER BY day) AS batch FROM changes.transaction WHERE batch IS NULL
), marked AS (
    UPDATE changes.transaction t SET batch = u.batch FROM unsealed u WHERE t.id = u.id RETURNING t.batch, t.day
)
SELECT DISTINCT batch, day FROM marked ORDER BY batch

-- name: seal
-- Write one batch: digests of its transactions and changes, hashed over the batch before it.
INSERT INTO changes.batch
SELECT (b).number, (b).day, (b).sealed_at, (b).transactions, (b).transaction_digests, (b).changes, (b).change_digests,
       (b).previous, changes.hash(b)
  FROM (
    SELECT ROW(%(number)s::bigint, %(day)s::date, %(sealed_at)s::timestamptz, t.ids, t.digests, c.ids, c.digests,
               %(previous)s::bytea, ''::bytea)::changes.batch AS b
      FROM (SELECT coalesce(array_agg(t.id ORDER BY t.id), '{}') AS ids,
                   coalesce(string_agg(changes.digest(t), ''::bytea ORDER BY t.id), '') AS digests
              FROM changes.transaction t WHERE t.batch = %(number)s) t,
           (SELECT coalesce(array_agg(c.id ORDER BY c.id), '{}') AS ids,
                   coalesce(string_agg(changes.digest(c), ''::bytea ORDER BY c.id), '') AS digests
              FROM changes.transaction t JOIN changes.change c ON c.transaction_id = t.id
             WHERE t.batch = %(number)s) c
  ) made
RETURNING number, sealed_at, hash

-- name: broken_chain
-- The first batch whose hash, number or predecessor is not what it must be.
SELECT number FROM (
    SELECT b.number, changes.hash(b) = b.hash AS whole,
           lag(b.hash, 1, ''::bytea) OVER (ORDER BY b.number) = b.previous AS chained,
           b.number = row_number() OVER (ORDER BY b.number) AS in_turn
      FROM changes.batch b) checked
 WHERE NOT (whole AND chained AND in_turn) ORDER BY number LIMIT 1

-- name: broken_row
-- The first row of the log that differs from its digest, is missing, or was not there when its batch was sealed.
SELECT * FROM (
    SELECT coalesce(s.number, t.batch) AS batch, 'transaction' AS what, coalesce(s.id, t.id) AS id,
           CASE WHEN t.id IS NULL THEN 'missing' WHEN s.id IS NULL THEN 'added' ELSE 'changed' END AS how
      FROM (SELECT b.number, u.id, substr(b.transaction_digests, ((u.place - 1) * 32 + 1)::int, 32) AS digest
              FROM changes.batch b, unnest(b.transactions) WITH ORDINALITY u (id, place)) s
      FULL JOIN (SELECT t.id, t.batch, changes.digest(t) AS digest
                   FROM changes.transaction t WHERE t.batch IS NOT NULL) t ON t.id = s.id
     WHERE s.digest IS DISTINCT FROM t.digest
    UNION ALL
    SELECT coalesce(s.number, c.batch), 'change', coalesce(s.id, c.id),
           CASE WHEN c.id IS NULL THEN 'missing' WHEN s.id IS NULL THEN 'added' ELSE 'changed' END
      FROM (SELECT b.number, u.id, substr(b.change_digests, ((u.place - 1) * 32 + 1)::int, 32) AS digest
              FROM changes.batch b, unnest(b.changes) WITH ORDINALITY u (id, place)) s
      FULL JOIN (SELECT c.id, t.batch, changes.digest(c) AS digest
                   FROM changes.change c JOIN changes.transaction t ON t.id = c.transaction_id
                  WHERE t.batch IS NOT NULL) c ON c.id = s.id
     WHERE s.digest IS DISTINCT FROM c.digest
) broken ORDER BY batch, what DESC, id LIMIT 1

-- name: batch_at
-- The last batch sealed at or before a moment; 0 when there is none.
SELECT coalesce(max(number), 0) AS number FROM changes.batch WHERE sealed_at <= %(at)s

-- name: batch_on
-- The last batch that belongs to a day or one before it; 0 when there is none.
SELECT coalesce(max(number), 0) AS number FROM changes.batch WHERE day <= %(day)s

-- name: told
-- The changes of several records, newest first, with who and why: those that say something of a field in `seen`
-- (form id -> keys), by one of the kinds of `who`.
SELECT c.* FROM unnest(%(forms)s::int[], %(records)s::bigint[]) AS r (form_id, record_id)
 CROSS JOIN LATERAL (
    SELECT c.id, t.id AS transaction_id, t.at, t.actor, t.reason, c.op::text AS op, c.fields, c.before, c.after,
           c.form_id, c.record_id, changes.who(t.actor, t.reason) AS who
      FROM changes.change c JOIN changes.transaction t ON t.id = c.transaction_id
     WHERE c.form_id = r.form_id AND c.record_id = r.record_id AND c.id < %(before)s
       AND (c.op <> 'U' OR c.before ?| ARRAY(SELECT jsonb_array_elements_text(%(seen)s::jsonb -> r.form_id::text)))
       AND (%(field)s::text IS NULL OR c.before ? %(field)s)
       AND (%(who)s::text[] IS NULL OR changes.who(t.actor, t.reason) = ANY (%(who)s))
     ORDER BY c.id DESC LIMIT %(limit)s) c
 ORDER BY c.id DESC LIMIT %(limit)s

-- name: days
-- How many such changes there were on each day of a span.
SELECT t.day, count(*) AS count
  FROM unnest(%(forms)s::int[], %(records)s::bigint[]) AS r (form_id, record_id)
  JOIN changes.change c ON c.form_id = r.form_id AND c.record_id = r.record_id
  JOIN changes.transaction t ON t.id = c.transaction_id
 WHERE (c.op <> 'U' OR c.before ?| ARRAY(SELECT jsonb_array_elements_text(%(seen)s::jsonb -> r.form_id::text)))
   AND t.day >= %(first)s AND t.day <= %(last)s
 GROUP BY t.day ORDER BY t.day

-- name: last_of_fields
-- Who changed each field of a record last, after one change and up to another.
SELECT DISTINCT ON (key) key, c.id, t.id AS transaction_id, t.at, t.actor, t.reason, changes.who(t.actor, t.reason) AS who
  FROM changes.change c JOIN changes.transaction t ON t.id = c.transaction_id, jsonb_object_keys(c.before) AS key
 WHERE c.form_id = %(form_id)s AND c.record_id = %(record_id)s AND c.op <> 'X' AND c.id > %(after)s AND c.id <= %(until)s
 ORDER BY key, c.id DESC
