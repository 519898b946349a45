-- name: reached
-- What each record of the period came to: its start fell due in it, or it entered by another way. x: form, record_id.
WITH meant AS MATERIALIZED (
    SELECT d.record_id, d.due_at, d.outcome = 'skipped' AND d.reason = 'condition' AS not_meant,
           coalesce(d.instance_id, (SELECT max(i.id) FROM processes.instance i
                                     WHERE i.process_id = d.process_id AND i.record_id = d.record_id
                                       AND i.basis = d.basis)) AS instance_id, p.form
      FROM processes.decision d JOIN processes.process p ON p.id = d.process_id
     WHERE d.process_id = %(process)s AND d.trigger_id IS NOT NULL AND d.due_at >= %(since)s AND d.due_at < %(until)s
    UNION ALL
    SELECT i.record_id, i.started_at, false, i.id, p.form
      FROM processes.instance i JOIN processes.process p ON p.id = i.process_id
     WHERE i.process_id = %(process)s AND i.started_at >= %(since)s AND i.started_at < %(until)s
       AND NOT EXISTS (SELECT FROM processes.decision d WHERE d.record_id = i.record_id AND d.instance_id = i.id
                          AND d.trigger_id IS NOT NULL)
), cohort AS MATERIALIZED (
    SELECT DISTINCT ON (x.record_id) x.record_id, x.due_at, x.instance_id,
           x.not_meant AND x.instance_id IS NULL AS not_meant, i.state
      FROM meant x
      LEFT JOIN processes.instance i ON i.id = x.instance_id
     WHERE ({test}) AND (%(version)s::int IS NULL OR i.version_id = %(version)s)
     ORDER BY x.record_id, x.instance_id DESC NULLS LAST
), valued AS ({values}),
had AS MATERIALIZED (
    SELECT c.record_id, array_agg(DISTINCT v.value) AS values
      FROM cohort c
      JOIN valued now ON now.id = c.record_id AND now.value IS NOT NULL
     CROSS JOIN LATERAL (SELECT now.value
                         UNION ALL
                         SELECT e.value FROM changes.change h JOIN changes.transaction t ON t.id = h.transaction_id
                          CROSS JOIN LATERAL (VALUES (h.before ->> %(field)s::text), (h.after ->> %(field)s::text)) e (value)
                          WHERE h.form_id = %(form_id)s AND h.record_id = c.record_id
                            AND h.fields @> ARRAY[%(field)s::text] AND t.at >= c.due_at) v
     WHERE %(field)s::text IS NOT NULL AND NOT c.not_meant
     GROUP BY c.record_id
), done AS MATERIALIZED (
    SELECT c.record_id, array_agg(DISTINCT 'node:' || n.key) AS nodes
      FROM cohort c
      JOIN processes.step s ON s.instance_id = c.instance_id
      JOIN processes.node n ON n.id = s.node_id
     WHERE (n.kind = 'approval' AND s.outcome IN ('approved', 'rejected')) OR s.facts ->> 'by' IS NOT NULL
     GROUP BY c.record_id
), reached AS (
    SELECT c.record_id, CASE WHEN c.not_meant THEN ARRAY['not_meant'] ELSE
           array_remove(ARRAY['due',
               CASE WHEN c.instance_id IS NOT NULL THEN 'started' END,
               CASE WHEN d.nodes IS NOT NULL OR EXISTS (
                         SELECT FROM messages.outbox o LEFT JOIN messages.outbox l ON l.id = o.merged_into
                          WHERE o.instance_id = c.instance_id AND o.outward AND coalesce(l.state, o.state) = 'sent')
                    THEN 'acted' END,
               CASE WHEN %(field)s::text IS NOT NULL
                    THEN 'end:' || CASE WHEN now.value = ANY (%(final)s::text[]) THEN now.value ELSE 'open' END
                    WHEN c.state IS NOT NULL
                    THEN 'end:' || CASE WHEN c.state = 'suspended' THEN 'open' ELSE c.state END END], NULL)
           || array(SELECT 'value:' || b.value FROM unnest(%(between)s::text[]) WITH ORDINALITY b (value, n)
                     WHERE h.values && (SELECT array_agg(l.value)
                                          FROM unnest(%(between)s::text[] || %(good)s::text) WITH ORDINALITY l (value, n)
                                         WHERE l.n >= b.n))
           || coalesce(d.nodes, '{{}}') END AS stages
      FROM cohort c
      LEFT JOIN done d ON d.record_id = c.record_id
      LEFT JOIN had h ON h.record_id = c.record_id
      LEFT JOIN valued now ON now.id = c.record_id
)

-- name: counts
-- How many records came so far.
SELECT s.key, count(*) AS n FROM reached r CROSS JOIN LATERAL unnest(r.stages) AS s (key) GROUP BY s.key

-- name: page
-- The records of one stage, page by page.
, there AS MATERIALIZED (SELECT record_id FROM reached WHERE %(stage)s = ANY (stages))
SELECT (SELECT count(*) FROM there) AS count,
       array(SELECT record_id FROM there WHERE record_id > %(after)s ORDER BY record_id LIMIT %(limit)s) AS ids
