-- name: counted
-- On each channel: how many would leave, how many would be lines of another, whom nothing reaches, who asked for nothing.
WITH made AS (
    SELECT o.*, coalesce(t.definition ->> 'kind' = 'reminder', false)
                AND EXISTS (SELECT FROM messages.opt_out x WHERE x.form = o.contact_form AND x.contact_id = o.contact_id)
                AS unwanted
      FROM messages.outbox o JOIN messages.template t ON t.key = o.template
     WHERE o.decision LIKE 'foresee:%%'
), placed AS (
    SELECT m.*, row_number() OVER (PARTITION BY m.channel, m.address, m.unwanted, CASE WHEN %(by_customer)s THEN '' ELSE m.template END
                                   ORDER BY m.id) AS place
      FROM made m
)
SELECT channel,
       count(*) FILTER (WHERE state = 'queued' AND NOT unwanted AND place = 1) AS messages,
       count(*) FILTER (WHERE state = 'queued' AND NOT unwanted AND place > 1) AS merged,
       count(*) FILTER (WHERE state = 'unaddressed') AS unaddressed,
       count(*) FILTER (WHERE state = 'queued' AND unwanted) AS opted_out
  FROM placed GROUP BY channel ORDER BY channel;

-- name: first
-- The first of them.
SELECT id, channel, record_id, state, why, language FROM messages.outbox WHERE decision LIKE 'foresee:%%' ORDER BY id LIMIT %(limit)s;
