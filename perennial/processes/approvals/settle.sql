-- name: judge
-- Approvals that their votes have decided: what nobody needs to do any more is closed, their tokens go on.
WITH rule AS (
    SELECT * FROM unnest(%(nodes)s::int[], %(modes)s::text[], %(ratios)s::numeric[], %(vetoes)s::boolean[],
                         %(approved)s::int[], %(rejected)s::int[])
        AS r (node_id, mode, ratio, veto, approved_to, rejected_to)
), standing AS MATERIALIZED (
    SELECT a.id, a.token_id, a.opened_at, r.*
      FROM unnest(%(approvals)s::bigint[]) AS s (id)
     CROSS JOIN LATERAL (SELECT * FROM processes.approval a WHERE a.id = s.id OFFSET 0) a
      JOIN rule r ON r.node_id = a.node_id
     WHERE a.state = 'open'
), voted AS MATERIALIZED (
    SELECT v.id, v.approval_id, v.slot, v.state
      FROM standing a
     CROSS JOIN LATERAL (SELECT * FROM processes.vote v WHERE v.approval_id = a.id OFFSET 0) v
     WHERE v.counts
), slots AS MATERIALIZED (
    SELECT approval_id, slot, bool_or(state = 'rejected') AS no, bool_and(state IN ('approved', 'skipped', 'given')) AS yes
      FROM voted GROUP BY approval_id, slot
), judged AS MATERIALIZED (
    SELECT a.*, CASE
             WHEN a.mode = 'any' THEN CASE WHEN s.yes > 0 THEN 'approved' WHEN s.no = s.n THEN 'rejected' END
             WHEN a.mode = 'vote' AND a.veto AND s.no > 0 THEN 'rejected'
             WHEN a.mode = 'vote' THEN CASE WHEN s.yes >= a.ratio * s.n THEN 'approved'
                                            WHEN s.n - s.no < a.ratio * s.n THEN 'rejected' END
             WHEN s.no > 0 THEN 'rejected'
             WHEN s.yes = s.n THEN 'approved'
           END AS fate
      FROM standing a
      JOIN (SELECT approval_id, count(*) AS n, count(*) FILTER (WHERE no) AS no, count(*) FILTER (WHERE yes) AS yes
              FROM slots GROUP BY approval_id) s ON s.approval_id = a.id
), needless AS MATERIALIZED (
    SELECT v.id FROM voted v
      JOIN judged a ON a.id = v.approval_id
      JOIN slots s ON s.approval_id = v.approval_id AND s.slot = v.slot
     WHERE v.state IN ('waiting', 'asked') AND (a.fate IS NOT NULL OR s.no)
), closed AS (
    UPDATE processes.vote v SET state = 'closed', counts = false, why = 'decided' FROM needless n WHERE v.id = n.id
), tasks_closed AS (
    UPDATE tasks.task k SET state = 'closed', why = 'decided', finished_at = %(now)s
      FROM needless n WHERE k.vote_id = n.id AND k.state = 'open'
), decided AS (
    UPDATE processes.approval a SET state = j.fate, decided_at = %(now)s FROM judged j
     WHERE a.id = j.id AND j.fate IS NOT NULL
), going AS MATERIALIZED (
    SELECT t.id, t.instance_id, t.node_id, t.entered_at, t.decision_id, a.id AS approval_id, a.fate,
           t.return_id, t.path, t.round, a.opened_at,
           CASE a.fate WHEN 'approved' THEN a.approved_to ELSE a.rejected_to END AS next_id
      FROM judged a
     CROSS JOIN LATERAL (SELECT * FROM processes.token t WHERE t.id = a.token_id OFFSET 0) t
     WHERE a.fate IS NOT NULL
), stepped AS (
    INSERT INTO processes.step (instance_id, node_id, token_id, entered_at, left_at, outcome, facts)
    SELECT g.instance_id, g.node_id, g.id, g.entered_at, %(now)s, g.fate, jsonb_build_object('approval', g.approval_id)
      FROM going g ORDER BY g.id
), unheld AS (
    UPDATE processes.decision d SET outcome = 'skipped', reason = 'decided', decided_at = %(now)s FROM going g
     WHERE d.id = g.decision_id AND d.outcome = 'held'
), gone AS (
    DELETE FROM processes.token t USING going g WHERE t.id = g.id AND g.next_id IS NULL
), moved AS (
    UPDATE processes.token t
       SET node_id = g.next_id, state = 'ready', wake_at = %(now)s, entered_at = %(now)s, decision_id = NULL
      FROM going g WHERE t.id = g.id AND g.next_id IS NOT NULL
)
SELECT (SELECT count(*) FROM standing) AS n, count(*) AS decided, count(*) FILTER (WHERE next_id IS NULL) AS ended,
       jsonb_agg(jsonb_build_object('id', id, 'return_id', return_id, 'node', node_id, 'entered', entered_at,
                                    'opened', opened_at, 'fate', fate,
                                    'path', path, 'round', round)) FILTER (WHERE return_id IS NOT NULL) AS returned
  FROM going

-- name: ask
-- Whose turn it is: they are asked, or skipped when they have approved in this round and nothing they saw has changed.
WITH rule AS MATERIALIZED (
    SELECT r.*, (kernel.workday_offset(%(today)s::date, r.due_workdays) + time '18:00') AT TIME ZONE %(zone)s AS due_at
      FROM unnest(%(nodes)s::int[], %(modes)s::text[], %(forms)s::int[], %(skips)s::boolean[], %(due)s::int[])
        AS r (node_id, mode, form_id, skips, due_workdays)
), standing AS MATERIALIZED (
    SELECT a.id, a.instance_id, a.record_id, a.round, r.*
      FROM unnest(%(approvals)s::bigint[]) AS s (id)
     CROSS JOIN LATERAL (SELECT * FROM processes.approval a WHERE a.id = s.id OFFSET 0) a
      JOIN rule r ON r.node_id = a.node_id
     WHERE a.state = 'open'
), voted AS MATERIALIZED (
    SELECT v.id, v.approval_id, v.slot, v.rank, v.kind, v.state, v.person_id
      FROM standing a
     CROSS JOIN LATERAL (SELECT * FROM processes.vote v WHERE v.approval_id = a.id OFFSET 0) v
     WHERE v.counts
), slots AS (
    SELECT approval_id, slot, bool_or(state = 'rejected') AS no,
           min(rank) FILTER (WHERE state IN ('waiting', 'asked')) AS rank
      FROM voted GROUP BY approval_id, slot
), turn AS (
    SELECT s.*, min(s.slot) OVER (PARTITION BY s.approval_id) AS first FROM slots s WHERE s.rank IS NOT NULL AND NOT s.no
), next AS MATERIALIZED (
    -- looked up row by row: a join that the planner takes for a handful costs the square of the batch
    SELECT v.id, a.due_at, a.skips AND v.kind = 'signer' AND coalesce((
             SELECT true
               FROM (SELECT b.id FROM processes.approval b
                      WHERE b.instance_id = a.instance_id AND b.round = a.round OFFSET 0) b
              CROSS JOIN LATERAL (SELECT * FROM processes.vote o WHERE o.approval_id = b.id OFFSET 0) o
              WHERE o.decided_by = v.person_id AND o.state = 'approved' AND o.counts
                AND NOT EXISTS (SELECT FROM changes.change c
                                 WHERE c.form_id = a.form_id AND c.record_id = a.record_id AND c.id > o.mark
                                   AND c.fields && o.seen OFFSET 0)
              LIMIT 1), false) AS skip
      FROM turn s
      JOIN standing a ON a.id = s.approval_id
      JOIN voted v ON v.approval_id = s.approval_id AND v.slot = s.slot AND v.rank = s.rank AND v.state = 'waiting'
     WHERE a.mode <> 'order' OR s.slot = s.first
), told AS (
    UPDATE processes.vote v
       SET state = CASE WHEN n.skip THEN 'skipped' ELSE 'asked' END, why = CASE WHEN n.skip THEN 'repeated' ELSE v.why END,
           asked_at = CASE WHEN n.skip THEN v.asked_at ELSE %(now)s END,
           due_at = CASE WHEN n.skip THEN v.due_at ELSE n.due_at END,
           decided_at = CASE WHEN n.skip THEN %(now)s ELSE v.decided_at END
      FROM next n WHERE v.id = n.id
    RETURNING v.id, v.state
)
SELECT array_agg(id ORDER BY id) FILTER (WHERE state = 'asked') AS asked, count(*) FILTER (WHERE state = 'skipped') AS skipped
  FROM told

-- name: tasks
-- The task of each of these votes, for `tasks.opening`.
SELECT r.kind_id, a.record_id, a.instance_id, a.token_id, a.title, v.person_id AS named_id, v.role_key, a.owner_id,
       v.due_at, 0::smallint AS priority, NULL::jsonb AS proposal, v.id AS vote_id
  FROM unnest(%(votes)s::bigint[]) AS s (id)
 CROSS JOIN LATERAL (SELECT * FROM processes.vote v WHERE v.id = s.id OFFSET 0) v
 CROSS JOIN LATERAL (SELECT * FROM processes.approval a WHERE a.id = v.approval_id OFFSET 0) a
  JOIN unnest(%(nodes)s::int[], %(kinds)s::int[]) AS r (node_id, kind_id) ON r.node_id = a.node_id

-- name: wake
-- When time decides: the first moment at which one of those asked is late.
UPDATE processes.token t SET wake_at = w.at
  FROM unnest(%(approvals)s::bigint[]) AS s (id)
 CROSS JOIN LATERAL (SELECT * FROM processes.approval a WHERE a.id = s.id AND a.state = 'open' OFFSET 0) a
  JOIN unnest(%(timed)s::int[]) AS r (node_id) ON r.node_id = a.node_id
 CROSS JOIN LATERAL (SELECT min(v.due_at) AS at FROM processes.vote v
                      WHERE v.approval_id = a.id AND v.state = 'asked') w
 WHERE t.id = a.token_id AND t.state = 'waiting'
