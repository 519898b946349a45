-- name: reasons
-- Why two records are perhaps one, with the values that were compared. A pair of names that are alike enough shares one of the rarest half
-- of its character pairs (they are ordered by how many names have them), so only names that meet there are compared: the
-- work grows with the number of names, not with its square.
WITH named AS MATERIALIZED (
    SELECT id, plain, records.place_of(plain) AS place, records.name_core(plain) AS core
      FROM dup_r WHERE char_length(plain) > 2
), grams AS MATERIALIZED (
    SELECT id, records.bigrams(core) AS pairs FROM named
), each AS MATERIALIZED (
    SELECT id, pair FROM grams, unnest(pairs) AS pair
), frequent AS MATERIALIZED (
    SELECT pair, count(*) AS n FROM each GROUP BY pair
), rare AS MATERIALIZED (
    SELECT id, pair, size FROM (
        SELECT id, pair, n, row_number() OVER (PARTITION BY id ORDER BY n, pair) AS nth,
               count(*) OVER (PARTITION BY id) AS size FROM each JOIN frequent USING (pair)) x
     WHERE n BETWEEN 2 AND %(common)s AND nth <= size / 2 + 1
), near AS (
    SELECT DISTINCT a.id AS one, b.id AS other FROM rare a JOIN rare b ON b.pair = a.pair AND b.id > a.id
           AND b.size <= 2 * a.size AND a.size <= 2 * b.size
    UNION
    SELECT a.id, b.id FROM named a JOIN named b ON b.core = a.core AND b.id > a.id
     WHERE a.core IN (SELECT core FROM named GROUP BY core HAVING count(*) BETWEEN 2 AND %(alike)s)
), scored AS (
    SELECT n.one, n.other, a.plain AS one_key, b.plain AS other_key,
           CASE WHEN a.plain = b.plain THEN 100.0
                ELSE 90.0 * CASE WHEN a.place <> b.place THEN 0.8 ELSE 1 END * CASE WHEN a.core = b.core THEN 1 ELSE
                     2.0 * (SELECT count(*) FROM unnest(g.pairs) p WHERE p = ANY (h.pairs))
                     / (cardinality(g.pairs) + cardinality(h.pairs)) END END AS score
      FROM near n JOIN named a ON a.id = n.one JOIN named b ON b.id = n.other
      JOIN grams g ON g.id = n.one JOIN grams h ON h.id = n.other
), reasons AS (
    SELECT one, other, '' AS field, one_key, other_key,
           CASE WHEN one_key = other_key THEN 'same_name' ELSE 'name' END AS why, score
      FROM scored WHERE score >= %(least)s
    UNION ALL
    SELECT a.id, b.id, a.field, a.key, b.key, a.field, a.score
      FROM dup_k a JOIN dup_k b ON b.field = a.field AND b.key = a.key AND b.id > a.id
     WHERE (a.field, a.key) IN (SELECT field, key FROM dup_k GROUP BY field, key HAVING count(*) BETWEEN 2 AND %(alike)s)
)

-- name: kept
-- Reasons that were kept, of which the reader reads both values (dup_v), and reads them still.
WITH reasons AS (
    SELECT s.one, s.other, s.why, s.score FROM records.suspect s
      JOIN dup_v a ON a.id = s.one AND a.field = s.field AND a.key = s.one_key
      JOIN dup_v b ON b.id = s.other AND b.field = s.field AND b.key = s.other_key
     WHERE s.form = %(form)s
)

-- name: told
-- Pairs, best first, without those that somebody has judged to be two.
SELECT r.one, r.other, least(max(r.score) + 3 * (count(*) - 1), 100)::int AS score,
       array_agg(r.why ORDER BY r.score DESC, r.why) AS why
  FROM reasons r
 WHERE NOT EXISTS (SELECT FROM records.different d WHERE d.form = %(form)s AND d.one = r.one AND d.other = r.other)
 GROUP BY r.one, r.other ORDER BY score DESC, r.one, r.other LIMIT %(limit)s

-- name: keep
-- The best of them are kept.
INSERT INTO records.suspect (form, one, other, field, one_key, other_key, why, score)
SELECT %(form)s, one, other, field, one_key, other_key, why, score FROM reasons
 ORDER BY score DESC, one, other LIMIT %(limit)s
