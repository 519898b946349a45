-- name: open
-- A session that ends by itself after some days.
INSERT INTO people.session (token_hash, person_id, csrf, expires_at, address, agent)
VALUES (%(hash)s, %(person)s, %(csrf)s, clock_timestamp() + make_interval(days => %(days)s), %(address)s, %(agent)s)

-- name: enter
-- The person behind a session with roles and rights: a Lookup of the kernel.
SELECT 'person' AS kind, p.id, p.name AS label, p.language, s.csrf, r.roles, r.may
  FROM people.session s
  JOIN people.person p ON p.id = s.person_id AND p.active,
       LATERAL (SELECT coalesce(array_agg(DISTINCT m.role_id) FILTER (WHERE m.role_id IS NOT NULL), '{}') AS roles,
                       coalesce(array_agg(DISTINCT u.right_) FILTER (WHERE u.right_ IS NOT NULL), '{}') AS may
                  FROM people.membership m JOIN people.role q ON q.id = m.role_id
                  LEFT JOIN LATERAL unnest(q.may) AS u (right_) ON true
                 WHERE m.person_id = p.id) r
 WHERE s.token_hash = %(hash)s AND s.expires_at > clock_timestamp()

-- name: prolong
-- A session in its second half is as good as new.
UPDATE people.session SET expires_at = clock_timestamp() + make_interval(days => %(days)s)
 WHERE token_hash = %(hash)s AND expires_at < clock_timestamp() + make_interval(days => %(days)s) / 2

-- name: standing
-- Roles and rights of one person.
SELECT p.id, p.language, r.roles, r.may
  FROM people.person p,
       LATERAL (SELECT coalesce(array_agg(DISTINCT m.role_id) FILTER (WHERE m.role_id IS NOT NULL), '{}') AS roles,
                       coalesce(array_agg(DISTINCT u.right_) FILTER (WHERE u.right_ IS NOT NULL), '{}') AS may
                  FROM people.membership m JOIN people.role q ON q.id = m.role_id
                  LEFT JOIN LATERAL unnest(q.may) AS u (right_) ON true
                 WHERE m.person_id = p.id) r
 WHERE p.id = %(person)s AND p.active
