-- name: channels
-- Each channel with its state and what it did today.
SELECT c.key, c.outward, c.released_at IS NOT NULL AS released, nullif(c.released_at, '-infinity') AS released_at,
       p.name AS released_by, c.problem, c.problem_at,
       count(o.id) FILTER (WHERE o.state = 'queued') AS waiting,
       count(o.id) FILTER (WHERE o.state = 'queued' AND o.let_go_at IS NULL
                             AND (c.released_at IS NULL OR o.outward AND t.held_at IS NOT NULL AND t.approved_at IS NULL)) AS held,
       count(o.id) FILTER (WHERE o.state = 'sent' AND (o.settled_at AT TIME ZONE %(zone)s)::date = %(today)s) AS sent_today,
       count(o.id) FILTER (WHERE o.state IN ('failed', 'bounced')) AS failed,
       count(o.id) FILTER (WHERE o.state = 'uncertain') AS uncertain
  FROM messages.channel c
  LEFT JOIN people.person p ON p.id = c.released_by
  LEFT JOIN messages.outbox o ON o.channel = c.key
  LEFT JOIN messages.template t ON t.key = o.template
 WHERE c.key IN ('in_app', 'mail') OR c.key <> 'mail_in' AND (c.settings IS NOT NULL OR c.released_at IS NOT NULL)
 GROUP BY c.key, p.name
 ORDER BY c.key DESC;

-- name: release
-- From now on what is due leaves.
UPDATE messages.channel SET released_at = %(now)s, released_by = %(by)s
 WHERE key = %(channel)s AND released_at IS NULL;

-- name: recall
-- What has not left yet stays.
UPDATE messages.channel SET released_at = NULL, released_by = NULL WHERE key = %(channel)s AND outward;

-- name: attempts
-- The course of one message.
SELECT started_at, ended_at, outcome, why, detail, remote_id FROM messages.attempt WHERE outbox_id = %(id)s ORDER BY id;

-- name: resolve_again
-- A person decides that an uncertain or failed message goes once more.
UPDATE messages.outbox SET state = 'queued', why = 'asked', asks = NULL, tries = 0, try_at = %(now)s, settled_at = NULL
 WHERE id = %(id)s AND state IN ('uncertain', 'failed');

-- name: resolve_arrived
-- A person decides that an uncertain message counts as delivered.
UPDATE messages.outbox SET state = 'sent', why = 'counted_as_sent', settled_at = %(now)s
 WHERE id = %(id)s AND state = 'uncertain';

-- name: resolve_cancel
-- A person decides that it must not leave.
UPDATE messages.outbox SET state = 'cancelled', why = 'by_person', settled_at = %(now)s
 WHERE id = %(id)s AND state IN ('queued', 'uncertain', 'failed', 'unaddressed');

-- name: notices
-- One person's notices, newest first.
SELECT o.id, o.form, o.record_id, o.captured, o.contact_form, t.definition, o.decided_at, o.read_at
  FROM messages.outbox o JOIN messages.template t ON t.key = o.template
 WHERE o.channel = 'in_app' AND o.person_id = %(person)s AND (%(before)s::bigint IS NULL OR o.id < %(before)s)
 ORDER BY o.id DESC LIMIT %(limit)s;

-- name: unread
-- For the badge.
SELECT count(*) FROM messages.outbox WHERE channel = 'in_app' AND person_id = %(person)s AND read_at IS NULL;

-- name: read_notices
-- Everything up to this one has been seen.
UPDATE messages.outbox SET read_at = %(now)s
 WHERE channel = 'in_app' AND person_id = %(person)s AND read_at IS NULL AND id <= %(upto)s;
