-- name: opted_out
-- Contacts who want no reminders get none.
UPDATE messages.outbox o SET state = 'cancelled', why = 'opted_out', settled_at = %(now)s
  FROM messages.opt_out x, messages.template t
 WHERE o.id IN (SELECT unnest(%(ids)s::bigint[])) AND o.state = 'queued' AND o.outward
   AND x.form = o.contact_form AND x.contact_id = o.contact_id AND t.key = o.template
   AND t.definition ->> 'kind' = 'reminder'
RETURNING o.id, o.form, o.record_id, o.name;

-- name: quiet
-- Not now: at the next moment that the policy allows.
UPDATE messages.outbox SET try_at = %(from)s, why = 'quiet'
 WHERE id IN (SELECT unnest(%(ids)s::bigint[])) AND state = 'queued' AND outward;

-- name: cap
-- A contact who has had enough of the day, or of the week, gets the rest when the next begins. Merged ones are one.
WITH waiting AS (
    SELECT o.id, o.contact_form, o.contact_id, row_number() OVER (PARTITION BY o.contact_form, o.contact_id ORDER BY o.due_at, o.id) AS place
      FROM messages.outbox o
     WHERE o.id IN (SELECT unnest(%(ids)s::bigint[])) AND o.state = 'queued' AND o.outward AND o.contact_id IS NOT NULL
       AND o.try_at <= %(now)s
), had AS (
    SELECT w.id, w.place, count(s.id) FILTER (WHERE s.settled_at >= %(day)s) AS of_day, count(s.id) AS of_week
      FROM waiting w
      LEFT JOIN messages.outbox s ON s.contact_id = w.contact_id AND s.contact_form = w.contact_form AND s.state = 'sent'
                                 AND s.settled_at >= %(week)s AND s.outward
     GROUP BY w.id, w.place
)
UPDATE messages.outbox o SET why = 'cap',
       try_at = CASE WHEN %(most_week)s > 0 AND h.of_week + h.place > %(most_week)s THEN %(next_week)s ELSE %(next_day)s END
  FROM had h
 WHERE o.id = h.id AND (%(most_week)s > 0 AND h.of_week + h.place > %(most_week)s
                        OR %(most_day)s > 0 AND h.of_day + h.place > %(most_day)s);

-- name: lock_contact
-- Attempts of one contact are committed one after the other.
SELECT pg_advisory_xact_lock(hashtextextended('messages.contact:' || contact_form, contact_id))
  FROM messages.outbox WHERE id = %(id)s AND contact_form IS NOT NULL;

-- name: had
-- What this contact got, and what is on its way to them since before this attempt.
SELECT count(s.id) FILTER (WHERE s.state = 'sending' OR s.settled_at >= %(day)s) AS of_day, count(s.id) AS of_week
  FROM messages.outbox o
  LEFT JOIN messages.outbox s ON s.contact_id = o.contact_id AND s.contact_form = o.contact_form AND s.outward AND s.id <> o.id
   AND (s.state = 'sent' AND s.settled_at >= %(week)s
        OR s.state = 'sending' AND EXISTS (SELECT FROM messages.attempt a
                                            WHERE a.outbox_id = s.id AND a.outcome IS NULL AND a.id < %(attempt)s))
 WHERE o.id = %(id)s;

-- name: tell
-- A notice for each owner and contact; it leads to the record that it is about where that is one.
INSERT INTO messages.told (person_id, what, subject, at, number, form, record_id)
SELECT person, %(what)s, name, %(now)s, number, CASE WHEN record IS NOT NULL THEN %(form)s END, record
  FROM unnest(%(person)s::bigint[], %(name)s::text[], %(number)s::int[], %(record)s::bigint[]) AS x (person, name, number, record);
