-- name: counted
-- On each channel: how many would leave, how many would be lines of another, whom nothing reaches, who asked for nothing.
WITH made AS (
    SELECT o.*, t.definition ->> 'kind' = 'reminder'
                AND EXISTS (SELECT FROM messages.opt_out x WHERE x.form = o.contact_form AND x.contact_id = o.contact_id) IS TRUE
                AS unwanted,
           row_number() OVER (PARTITION BY o.channel, o.address, CASE WHEN %(by_customer)s THEN '' ELSE o.template END ORDER BY o.id)
           AS place
      FROM messages.outbox o JOIN messages.template t ON t.key = o.template
     WHERE o.decision LIKE 'foresee:%%'
)
SELECT channel,
       count(*) FILTER (WHERE state = 'queued' AND unwanted IS NOT TRUE AND place = 1) AS messages,
       count(*) FILTER (WHERE state = 'queued' AND unwanted IS NOT TRUE AND place > 1) AS merged,
       count(*) FILTER (WHERE state = 'unaddressed') AS unaddressed,
       count(*) FILTER (WHERE state = 'queued' AND unwanted) AS opted_out
  FROM made GROUP BY channel ORDER BY channel;

-- name: first
-- The first of them.
SELECT id, channel, record_id, state, why, language FROM messages.outbox WHERE decision LIKE 'foresee:%%' ORDER BY id LIMIT %(limit)s;
