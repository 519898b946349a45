-- Open tasks on a record that no process has asked for: nothing would ask again.
CREATE FUNCTION tasks.loose(of text, record bigint) RETURNS bigint[] LANGUAGE sql VOLATILE AS $$
    SELECT coalesce(array_agg(id ORDER BY id), '{}') FROM (
        SELECT t.id FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id
         WHERE t.record_id = record AND k.form = of AND t.state = 'open' AND t.instance_id IS NULL
         ORDER BY t.id FOR UPDATE OF t) x
$$;

-- These are about another record of the same form.
CREATE FUNCTION tasks.rehang(ids bigint[], record bigint) RETURNS void LANGUAGE sql VOLATILE AS $$
    UPDATE tasks.task SET record_id = record WHERE id = ANY (ids)
$$;
