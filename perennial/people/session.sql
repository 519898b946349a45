-- name: open
-- A session that ends by itself after some days.
INSERT INTO people.session (token_hash, person_id, csrf, expires_at, address, agent)
VALUES (%(hash)s, %(person)s, %(csrf)s, clock_timestamp() + make_interval(days => %(days)s), %(address)s, %(agent)s)

-- name: enter
-- The person behind a session with roles and rights: a Lookup of the kernel.
SELECT kind, id, label, language, csrf, roles, may FROM people.behind(%(hash)s)

-- name: prolong
-- A session in its second half is as good as new.
UPDATE people.session SET expires_at = clock_timestamp() + make_interval(days => %(days)s)
 WHERE token_hash = %(hash)s AND expires_at < clock_timestamp() + make_interval(days => %(days)s) / 2

-- name: standing
-- Roles and rights of one person.
SELECT p.id, p.language,
       ARRAY(SELECT m.role_id FROM people.membership m WHERE m.person_id = p.id ORDER BY 1) AS roles,
       ARRAY(SELECT DISTINCT unnest(q.may) FROM people.membership m JOIN people.role q ON q.id = m.role_id
              WHERE m.person_id = p.id ORDER BY 1) AS may
  FROM people.person p
 WHERE p.id = %(person)s AND p.active

-- name: standings
-- Roles and rights behind each of these sessions.
SELECT s.token_hash, p.id, p.language,
       ARRAY(SELECT m.role_id FROM people.membership m WHERE m.person_id = p.id ORDER BY 1) AS roles,
       ARRAY(SELECT DISTINCT unnest(q.may) FROM people.membership m JOIN people.role q ON q.id = m.role_id
              WHERE m.person_id = p.id ORDER BY 1) AS may
  FROM people.session s JOIN people.person p ON p.id = s.person_id AND p.active
 WHERE s.token_hash = ANY(%(hashes)s::bytea[]) AND s.expires_at > clock_timestamp()
