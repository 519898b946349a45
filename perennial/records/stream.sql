-- name: task
-- Tasks on the record and on those around it: when they were opened, or how they ended. A title of its own may repeat what
-- a contact is called, so the name of the kind is told; but what somebody asked for by hand has no other name.
SELECT coalesce(t.finished_at, t.opened_at) AS at, ':task' AS kind, t.id, a.form, a.record_id, a.title,
       json_build_object('label', CASE WHEN k.node_id IS NULL AND k.key = 'todo' THEN t.title ELSE k.label END,
                         'label_en', CASE WHEN k.node_id IS NULL AND k.key = 'todo' THEN t.title ELSE k.label_en END,
                         'state', t.state, 'why', t.why, 'due_at', t.due_at,
                         'outcome', (SELECT o FROM jsonb_array_elements(k.outcomes) o WHERE o ->> 'key' = t.outcome)
                                    - 'fill',
                         'assignee', p.name, 'finished_by', f.name) AS told
  FROM around a
  JOIN tasks.task t ON t.record_id = a.record_id
  JOIN tasks.kind k ON k.id = t.kind_id AND k.form = a.form
  LEFT JOIN people.person p ON p.id = t.assignee_id
  LEFT JOIN people.person f ON f.id = t.finished_by
 WHERE t.state = 'open' OR NOT %(open)s

-- name: message
-- What left or will leave about them; its text is put together for the page alone.
SELECT coalesce(o.settled_at, o.decided_at), ':message', o.id, a.form, a.record_id, a.title,
       json_build_object('channel', o.channel, 'template', t.definition ->> 'label', 'state', o.state, 'why', o.why,
                         'due_at', o.due_at)
  FROM around a
  JOIN messages.outbox o ON o.form = a.form AND o.record_id = a.record_id AND o.channel <> 'in_app'
  JOIN messages.template t ON t.key = o.template

-- name: reply
-- What came in about them; what it says is put together for the page alone.
SELECT i.at, ':reply', i.id, a.form, a.record_id, a.title, json_build_object('kind', i.kind)
  FROM around a
  JOIN messages.incoming i ON i.form = a.form AND i.record_id = a.record_id AND i.kind <> 'delay'

-- name: change
-- What was changed on them, in fields that the reader reads somewhere; whether on this record is asked for the page.
SELECT t.at, ':change', c.id, a.form, a.record_id, a.title,
       json_build_object('op', CASE c.op WHEN 'I' THEN 'create' WHEN 'U' THEN 'update' WHEN 'D' THEN 'delete' ELSE 'restore' END,
                         'fields', c.fields, 'before', c.before, 'after', c.after, 'who', t.actor ->> 'label',
                         'who_kind', coalesce(t.actor ->> 'kind', 'system'), 'reason', t.reason ->> 'kind')
  FROM around a
  JOIN changes.change c ON c.form_id = a.form_id AND c.record_id = a.record_id
   AND CASE WHEN c.op = 'U' THEN c.fields && a.known ELSE a.own END
  JOIN changes.transaction t ON t.id = c.transaction_id

-- name: comment
-- What people said about them.
SELECT m.at, ':comment', m.id, a.form, a.record_id, a.title, json_build_object('text', m.text, 'who', p.name)
  FROM around a
  JOIN records.comment m ON m.form = a.form AND m.record_id = a.record_id AND m.deleted_at IS NULL
  JOIN people.person p ON p.id = m.author

-- name: page
-- Newest first; the kind and the number break ties.
SELECT x.at, x.at::text AS mark, x.kind, x.id, x.form, x.record_id, x.title, x.told
  FROM item x
 WHERE %(after_at)s::timestamptz IS NULL
    OR (x.at, x.kind COLLATE "C", x.id) < (%(after_at)s::timestamptz, %(after_kind)s::text, %(after_id)s::bigint)
 ORDER BY x.at DESC, x.kind COLLATE "C" DESC, x.id DESC LIMIT %(limit)s
