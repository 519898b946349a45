-- Ids of the names in a list, in their order: names separated by commas, semicolons, 、 or bars. NULL if one is unknown.
CREATE FUNCTION imports.to_ids(t text, known jsonb) RETURNS bigint[] IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN bool_and(known ? lower(btrim(part))) THEN array_agg((known ->> lower(btrim(part)))::bigint ORDER BY n) END
      FROM regexp_split_to_table(t, '[,;，；、|\n]+') WITH ORDINALITY AS p (part, n) WHERE btrim(part) <> ''
$$;
