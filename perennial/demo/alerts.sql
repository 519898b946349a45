-- name: alerts
-- What waits for somebody, with whose customer it is about.
SELECT a.id, u.key AS rule, a.record_id, a.state, a.owner_id,
       (%(today)s - (a.opened_at AT TIME ZONE %(zone)s)::date) AS age_days
  FROM rules.alert a JOIN rules.rule u ON u.id = a.rule_id
 WHERE a.state IN ('open', 'acknowledged') AND a.owner_id IS NOT NULL ORDER BY a.id;
