-- Of what kind it is who wrote: a person by hand, or what acted by itself or in someone's name.
CREATE FUNCTION changes.who(actor jsonb, reason jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    CASE WHEN reason ->> 'kind' IN ('import', 'undo', 'handover', 'rule', 'merge', 'restore') THEN reason ->> 'kind'
         WHEN reason ->> 'kind' IN ('process', 'reaction', 'tick') THEN 'process'
         WHEN reason ->> 'kind' = 'publish' THEN 'publication'
         WHEN actor ->> 'kind' = 'person' THEN 'person'
         ELSE 'system' END;
