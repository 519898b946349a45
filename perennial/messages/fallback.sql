-- name: next_way
-- A row of its own, with the same captured values, under the key that a decision for that channel would have.
WITH lost AS (
    SELECT o.* FROM messages.outbox o
     WHERE (o.id IN (SELECT unnest(%(ids)s::bigint[])) OR o.merged_into IN (SELECT unnest(%(ids)s::bigint[])))
       AND o.outward AND o.contact_id IS NOT NULL AND o.withdrawn IS NULL
), way AS (
    SELECT l.id, n.channel
      FROM lost l JOIN messages.template t ON t.key = l.template
     CROSS JOIN LATERAL (
            SELECT w.channel
              FROM unnest(%(order)s::text[]) WITH ORDINALITY AS w (channel, place)
              JOIN messages.channel c ON c.key = w.channel AND (c.settings IS NOT NULL OR c.released_at IS NOT NULL)
             WHERE w.place > coalesce(array_position(%(order)s::text[], l.channel), 0) AND w.channel <> l.channel
               AND l.ways ? w.channel
               AND (w.channel <> 'sms' OR t.definition @? '$.texts[*] ? (@.channel == "sms")')
             ORDER BY w.place LIMIT 1) n
)
INSERT INTO messages.outbox (key, decision, channel, template, outward, form, record_id, instance_id, node, contact_id, person_id,
                             name, address, captured, state, why, decided_at, due_at, not_after, try_at,
                             of_id, contact_form, ways, language, falls_from)
SELECT l.decision || ':' || w.channel || ':c' || l.contact_id, l.decision, w.channel, l.template, true, l.form, l.record_id,
       l.instance_id, l.node, l.contact_id, NULL, l.name, l.ways ->> w.channel, l.captured, 'queued', 'fell_back', %(now)s,
       %(now)s, l.not_after, %(now)s, l.of_id, l.contact_form, l.ways, l.language, l.id
  FROM lost l JOIN way w USING (id)
 ORDER BY l.id
ON CONFLICT (key) DO NOTHING;

-- name: ask
-- No way is left: neither one taken from here nor one that was decided beside it and may come later in the order.
UPDATE messages.outbox o SET asks = 'call'
 WHERE (o.id IN (SELECT unnest(%(ids)s::bigint[])) OR o.merged_into IN (SELECT unnest(%(ids)s::bigint[])))
   AND o.outward AND o.withdrawn IS NULL AND o.asks IS NULL
   AND NOT EXISTS (SELECT FROM messages.outbox n
                    WHERE n.decision = o.decision AND n.id <> o.id AND (n.contact_id = o.contact_id OR n.contact_id IS NULL)
                      AND (n.asks = 'call'
                           OR n.state IN ('queued', 'sending', 'sent', 'merged', 'uncertain', 'failed', 'bounced')
                              AND array_position(%(order)s::text[], n.channel)
                                  > coalesce(array_position(%(order)s::text[], o.channel), 0)));
