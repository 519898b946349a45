-- The options of a list stand in the order of their definition, as they do when a person chooses them.
DROP FUNCTION imports.to_options(text, jsonb);
CREATE FUNCTION imports.to_options(t text, known jsonb, ordering text[]) RETURNS text[]
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN every THEN ARRAY(SELECT k FROM unnest(found) k ORDER BY array_position(ordering, k)) END
      FROM (SELECT bool_and(known ? lower(btrim(part))) AS every, array_agg(DISTINCT known ->> lower(btrim(part))) AS found
              FROM regexp_split_to_table(t, '[,;，；、|\n]+') part WHERE btrim(part) <> '') p
$$;
