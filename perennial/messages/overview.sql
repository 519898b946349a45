-- name: channels
-- Every way out and the mailbox, as set up, and what it did since the day began; one index scan each.
SELECT c.key, c.settings, c.outward, nullif(c.released_at, '-infinity') AS released_at, c.problem, c.problem_why, c.problem_at,
       c.tried, CASE WHEN isfinite(c.wait_until) THEN c.wait_until END AS wait_until,
       coalesce(c.wait_until = 'infinity', false) AS stopped, today.sent, today.failed, today.uncertain, today.bounced,
       EXISTS (SELECT FROM messages.outbox o WHERE o.channel = c.key AND o.settled_at IS NOT NULL AND o.channel <> 'in_app'
                  AND o.state = 'sent' AND o.settled_at >= c.settings_at) AS used,
       EXISTS (SELECT FROM messages.outbox o WHERE o.channel = c.key AND o.settled_at IS NOT NULL AND o.channel <> 'in_app'
                  AND o.state = 'sent' AND o.settled_at > (c.tried ->> 'at')::timestamptz) AS sent_since,
       (SELECT count(*) FROM messages.outbox o WHERE o.channel = c.key AND o.state = 'queued') AS waiting
  FROM messages.channel c
 CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE o.state = 'sent') AS sent, count(*) FILTER (WHERE o.state = 'failed') AS failed,
               count(*) FILTER (WHERE o.state = 'uncertain') AS uncertain, count(*) FILTER (WHERE o.state = 'bounced') AS bounced
          FROM messages.outbox o
         WHERE o.channel = c.key AND o.settled_at IS NOT NULL AND o.channel <> 'in_app' AND o.settled_at >= %(since)s) today
 WHERE c.key = ANY (%(keys)s)
 ORDER BY array_position(%(keys)s::text[], c.key);

-- name: taken_in
-- What was read from the mailbox since the day began, and last.
SELECT count(*) FILTER (WHERE i.at >= %(since)s) AS today, count(*) FILTER (WHERE i.at >= %(since)s AND i.kind = 'bounce') AS bounces,
       max(i.at) AS last_at
  FROM (SELECT at, kind FROM messages.incoming ORDER BY id DESC LIMIT 2000) i;

-- name: codes
-- What SMS say: the name under which a vendor's template is looked up, and its gaps.
SELECT t.key, t.definition ->> 'label' AS label, t.definition ->> 'label_en' AS label_en, s.text ->> 'code' AS code,
       coalesce(CASE jsonb_typeof(s.text -> 'params')
                WHEN 'array' THEN (SELECT array_agg(p.one ->> 'name' ORDER BY p.at)
                                     FROM jsonb_array_elements(s.text -> 'params') WITH ORDINALITY AS p (one, at))
                WHEN 'object' THEN (SELECT array_agg(p.name ORDER BY p.at)
                                      FROM jsonb_object_keys(s.text -> 'params') WITH ORDINALITY AS p (name, at)) END,
                '{}') AS params
  FROM messages.template t
 CROSS JOIN LATERAL jsonb_array_elements(coalesce(t.definition -> 'texts', '[]')) AS s (text)
 WHERE t.retired_at IS NULL AND s.text ->> 'channel' = 'sms' AND coalesce(s.text ->> 'code', '') <> ''
 ORDER BY t.key, code;
