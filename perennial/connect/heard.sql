-- name: row
-- By their number or ours; locked, so that two who say the same are heard one after the other.
SELECT m.id, m.task_id, m.person_id, m.wanted, m.stands, m.try_at, m.opened_at,
       EXISTS (SELECT FROM tasks.task t WHERE t.id = m.task_id AND t.state = 'open' AND t.assignee_id = m.person_id) AS is_open
  FROM connect.mirrored m
 WHERE m.channel = %(channel)s AND (m.remote_id = %(remote_id)s OR m.key = %(key)s)
   FOR UPDATE;

-- name: over
-- Closed on both sides; a card that can still say so says it.
UPDATE connect.mirrored SET wanted = 'closed', unsure = false,
       stands = CASE WHEN channel = 'wecom' AND code IS NOT NULL THEN 'open' ELSE 'closed' END, attempts = 0, problem = NULL, detail = NULL,
       settled_at = %(now)s, try_at = CASE WHEN channel = 'wecom' AND code IS NOT NULL THEN %(now)s::timestamptz END
 WHERE id = %(id)s;

-- name: again
-- Closed there, open here.
UPDATE connect.mirrored SET stands = 'closed', unsure = false, sent_basis = NULL, attempts = 0, problem = NULL, detail = NULL,
       try_at = %(now)s
 WHERE id = %(id)s;

-- name: gone
-- Not there any more.
UPDATE connect.mirrored SET stands = 'gone', unsure = false, attempts = 0, problem = NULL, detail = NULL,
       try_at = CASE WHEN wanted = 'open' THEN %(now)s::timestamptz END
 WHERE id = %(id)s;

-- name: fresh_code
-- The newest counts.
UPDATE connect.mirrored SET code = %(code)s, code_at = %(now)s WHERE channel = 'wecom' AND key = %(key)s;
