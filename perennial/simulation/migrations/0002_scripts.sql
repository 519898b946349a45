-- A run may follow a script, and knows which definitions and data its copy held.
ALTER TABLE simulation.run DROP CONSTRAINT run_people_check;
ALTER TABLE simulation.run ADD CONSTRAINT run_people_check CHECK (people IN ('nobody', 'median', 'script'));
ALTER TABLE simulation.run
    ADD COLUMN script           jsonb NOT NULL DEFAULT '[]',  -- [{form, key, days, outcome}]
    ADD COLUMN definitions      text,                         -- digest of everything published, in the copy
    ADD COLUMN last_transaction bigint;                       -- changes.transaction: what is newer is not in the copy

-- Everything published that decides what happens by itself, as one digest.
CREATE FUNCTION simulation.definitions() RETURNS text STABLE LANGUAGE sql AS $$
    SELECT md5(jsonb_build_array(
        (SELECT jsonb_agg(jsonb_build_array(f.id, f.definition) ORDER BY f.id) FROM forms.form f),
        (SELECT jsonb_agg(jsonb_build_array(p.key, v.definition) ORDER BY p.key)
           FROM processes.process p JOIN processes.version v ON v.id = p.version_id),
        (SELECT jsonb_agg(jsonb_build_array(t.key, t.definition) ORDER BY t.key) FROM messages.template t),
        (SELECT jsonb_agg(jsonb_build_array(a.key, a.definition) ORDER BY a.key) FROM messages.audience a),
        (SELECT jsonb_agg(jsonb_build_array(c.day, c.kind) ORDER BY c.day) FROM kernel.calendar c),
        (SELECT w.zone FROM kernel.workspace w))::text)
$$;
